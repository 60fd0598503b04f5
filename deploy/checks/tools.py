"""What linters and schemas say. Each of them is also shown a mistake, so that one that has gone blind is
noticed."""

import copy
import json

import kubernetes_validate
import parliament
from cfnlint.api import lint as lint_text
from cfnlint.config import ManualArgs

from checks import check, equal
from kit import TEMPLATES

# At least one of each partition, for what a template may not be able to have there. China has no
# Transaction Search, by the schemas that cfn-lint has.
REGIONS = {
    "checkout.yaml": ["eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1"],
    "account.yaml": ["eu-west-1", "us-east-1"],
    "eks-access.yaml": ["eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1"],
}
# The first with native sidecars by default, and the newest there is a schema for.
KUBERNETES = ["1.29", kubernetes_validate.latest_version()]


def lint(text, regions=("eu-west-1",)):
    """The findings of cfn-lint, warnings included."""
    found = lint_text(text, config=ManualArgs(regions=list(regions)))
    return [f"{match.rule.id} {match.message}" for match in found]


def policies(kit):
    """Every policy of the templates, with a name: what roles and people may do."""
    stacks = {
        "checkout.yaml": {"XRayEndpoint": "true"},
        "account.yaml": {"TransactionSearch": "true", "EncryptionKey": "true"},
        "eks-access.yaml": {},
    }
    for template, parameters in stacks.items():
        for name, resource in kit.stack(template, **parameters).items():
            properties = resource.get("Properties", {})
            for policy in properties.get("Policies", []):
                yield f"{name}/{policy['PolicyName']}", policy["PolicyDocument"]
            if resource["Type"] == "AWS::IAM::ManagedPolicy":
                yield name, properties["PolicyDocument"]


# CloudWatch shows composite alarms to nobody whose right to see alarms is narrower ("DescribeAlarms",
# API reference).
WANTED = {"TraceReaders": ["RESOURCE_STAR ['cloudwatch:DescribeAlarms']"]}


def audit(policy):
    findings = parliament.analyze_policy_string(json.dumps(policy)).findings
    return [f"{finding.issue} {finding.detail}" for finding in findings]


def invalid(manifest, version=KUBERNETES[0]):
    """Whether Kubernetes' schema refuses it."""
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    # A kind or version that there is no schema for is one of ours that is broken, too.
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError, KeyError):
        return True
    return False


@check("cfn-lint finds nothing, in regions of every partition")
def _(found):
    for name in TEMPLATES:
        findings = lint(found.kit.text[name], REGIONS[name])
        assert not findings, f"{name}: {findings}"


@check("cfn-lint sees a rate above 1, a misspelt name and a missing property")
def _(found):
    def broken(change):
        template = copy.deepcopy(found.kit.templates["checkout.yaml"])
        change(template["Resources"])
        return " ".join(lint(json.dumps(template)))

    def rate(resources):
        resources["DefaultRule"]["Properties"]["SamplingRule"]["FixedRate"] = 1.5

    def name(resources):
        resources["Traces"]["Properties"]["GroupNames"] = resources["Traces"]["Properties"].pop(
            "GroupName"
        )

    def containers(resources):
        resources["TaskDefinition"]["Properties"]["ContainerDefinitions"][0].pop("Image")

    assert "E3034" in broken(rate)
    assert "E3002" in broken(name) and "E3003" in broken(name)
    assert "E3003" in broken(containers)


@check("templates are small enough to be sent as they are")
def _(found):
    for name in TEMPLATES:
        # CloudFormation's quota for a template in the request; a larger one has to be in a bucket.
        assert len(found.kit.text[name].encode()) <= 51_200, name


@check("parliament knows every action, and the resources and conditions that go with it")
def _(found):
    all = dict(policies(found.kit))
    names = {
        "TaskRole/xray",
        "TaskRole/checkout",
        "ExecutionRole/start",
        "TraceReaders",
        "TraceKeyReaders",
        "PodRole/xray",
        "PodRole/checkout",
    }
    equal(set(all), names)
    for name, policy in all.items():
        equal((name, audit(policy)), (name, WANTED.get(name, [])))


@check("parliament sees an action that there is not, and a resource that does not fit")
def _(found):
    statement = {"Effect": "Allow", "Action": "xray:GetSamplingTarget", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    assert any("UNKNOWN_ACTION" in finding for finding in audit(policy))
    statement |= {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::the-bucket"}
    assert any("RESOURCE_MISMATCH" in finding for finding in audit(policy))


@check("Kubernetes' schemas take every manifest")
def _(found):
    assert len(found.kit.manifests) == 6
    for manifest in found.kit.manifests:
        for version in KUBERNETES:
            assert not invalid(manifest, version), (manifest["kind"], version)


@check("Kubernetes' schemas see a misspelt key and a wrong type")
def _(found):
    for path, value in (("replica", 2), ("replicas", "two")):
        manifest = copy.deepcopy(found.kit.manifest("Deployment"))
        manifest["spec"][path] = value
        assert invalid(manifest), f"{path}: {value!r} was taken"
