"""The files of the kit, read once, and what CloudFormation would make of a template."""

import copy
import json
import pathlib
import re
import types

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent.parent
ROOT = DEPLOY.parent
TEMPLATES = ("checkout.yaml", "account.yaml", "eks-access.yaml")
DIGEST = "sha256:" + "0123456789abcdef" * 4
ACCOUNT, REGION = "123456789012", "eu-west-1"
# What a deployment has to give, and nothing it may leave out.
GIVEN = {
    "checkout.yaml": {
        "Image": f"registry.example/checkout@{DIGEST}",
        "SidecarImage": f"registry.example/sidecar@{DIGEST}",
        "VpcId": "vpc-0123456789abcdef0",
        "SubnetIds": "subnet-0123456789abcdef0",
        "ClientCidr": "10.0.0.0/8",
    },
    "account.yaml": {},
    "eks-access.yaml": {
        "ClusterName": "cluster",
        "TableName": "table",
        "QueueName": "queue",
        "BucketName": "bucket",
    },
}


class Loader(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation's functions, made long."""


def _function(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _function)


class Kit:
    """All of it. A mutation is a copy in which one thing is different."""

    def __init__(self):
        self.text = {
            path.name: path.read_text()
            for path in [*DEPLOY.iterdir(), ROOT / "docs/guide/ecs.md"]
            if path.is_file()
        }
        self.templates = {name: yaml.load(self.text[name], Loader) for name in TEMPLATES}
        # As envsubst would write it.
        manifest = re.sub(r"\$\{\w+\}", f"registry.example/image@{DIGEST}", self.text["eks.yaml"])
        self.manifests = [entry for entry in yaml.safe_load_all(manifest) if entry]
        table = json.loads((ROOT / "xray-core/test-data/metrics.json").read_text())
        self._stacks = {}
        self.namespace = table["namespace"]
        # By name, the dimensions that each metric is emitted with.
        self.metrics = {
            metric["name"]: [sorted(names) for names in metric["dimensions"]]
            for metric in table["metrics"]
        }

    def copy(self):
        other = copy.copy(self)
        other.templates = copy.deepcopy(self.templates)
        other.manifests = copy.deepcopy(self.manifests)
        other.changed()
        return other

    def changed(self):
        """To be called after a template was."""
        self._stacks = {}

    def manifest(self, kind):
        (found,) = [entry for entry in self.manifests if entry["kind"] == kind]
        return found

    def stack(self, name="checkout.yaml", **parameters):
        """The resources of a template with these parameters, without a single function left."""
        key = (name, *sorted(parameters.items()))
        if key not in self._stacks:
            stack = _Stack(self.templates[name], {**GIVEN[name], **parameters})
            self._stacks[key] = stack.resources()
        return self._stacks[key]


class _Stack:
    NOTHING = object()

    def __init__(self, template, given):
        self._template = template
        declared = template.get("Parameters", {})
        self._values = {name: p["Default"] for name, p in declared.items() if "Default" in p}
        self._values |= given
        self._values |= {
            "AWS::AccountId": ACCOUNT,
            "AWS::Region": REGION,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": "stack",
            "AWS::NoValue": self.NOTHING,
        }

    def resources(self):
        found = {}
        for name, resource in self._template["Resources"].items():
            if self._holds(resource.get("Condition")):
                rest = {key: value for key, value in resource.items() if key != "Condition"}
                found[name] = self._resolve(rest)
        return found

    def _holds(self, condition):
        if condition is None:
            return True
        if isinstance(condition, str):
            condition = self._template["Conditions"][condition]
        ((function, of),) = condition.items()
        if function == "Fn::Equals":
            first, second = (self._resolve(value) for value in of)
            return first == second
        if function == "Fn::Not":
            return not self._holds(of[0])
        if function == "Fn::Or":
            return any(self._holds(one) for one in of)
        raise ValueError(f"unknown condition {function}")

    def _resolve(self, value):
        if isinstance(value, list):
            items = [self._resolve(item) for item in value]
            return [item for item in items if item is not self.NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, of),) = value.items()
            if function == "Ref":
                return self._ref(of)
            if function == "Fn::GetAtt":
                return self._attribute(*of)
            if function == "Fn::Sub":
                return re.sub(r"\$\{([^}]+)\}", lambda found: str(self._named(found[1])), of)
            if function == "Fn::If":
                condition, then, otherwise = of
                return self._resolve(then if self._holds(condition) else otherwise)
            if function.startswith("Fn::"):
                raise ValueError(f"unknown function {function}")
        resolved = {key: self._resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not self.NOTHING}

    def _named(self, name):
        return self._attribute(*name.split(".", 1)) if "." in name else self._ref(name)

    def _ref(self, name):
        if name in self._values:
            return self._values[name]
        resource = self._template["Resources"][name]
        # What Ref gives is the name or the ARN.
        if resource["Type"] in ("AWS::SNS::Topic", "AWS::IAM::ManagedPolicy"):
            return self._arn(name)
        return f"the-{name}"

    def _attribute(self, name, attribute):
        self._template["Resources"][name]  # a KeyError if it is not there
        return self._arn(name) if attribute == "Arn" else f"{attribute}-of-{name}"

    def _arn(self, name):
        kind = self._template["Resources"][name]["Type"]
        rest = {
            "AWS::DynamoDB::Table": f"dynamodb:{REGION}:{ACCOUNT}:table/the-{name}",
            "AWS::SQS::Queue": f"sqs:{REGION}:{ACCOUNT}:the-{name}",
            "AWS::S3::Bucket": f"s3:::the-{name}",
            "AWS::IAM::Role": f"iam::{ACCOUNT}:role/the-{name}",
            "AWS::IAM::ManagedPolicy": f"iam::{ACCOUNT}:policy/the-{name}",
            "AWS::SNS::Topic": f"sns:{REGION}:{ACCOUNT}:the-{name}",
            "AWS::Events::Rule": f"events:{REGION}:{ACCOUNT}:rule/the-{name}",
            "AWS::KMS::Key": f"kms:{REGION}:{ACCOUNT}:key/the-{name}",
        }
        return f"arn:aws:{rest[kind]}"


def listed(value):
    """IAM takes one or a list of them."""
    return value if isinstance(value, list) else [value]


def rules_script():
    """`deploy/rules`, as a module; it has no suffix, because it is a command."""
    module = types.ModuleType("rules")
    module.__file__ = str(DEPLOY / "rules")
    exec(compile((DEPLOY / "rules").read_text(), module.__file__, "exec"), module.__dict__)
    return module
