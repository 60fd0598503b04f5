"""Sampling rules, switches of the account, outputs, prices."""

import json
import re

import yaml

from checks import equal
from kit import ACCOUNT, REGION, rules_script
from line import line, statements


@line("the rules in the template are those that rules.json says")
def _(kit):
    rules = json.loads(kit.text["rules.json"])
    found = {n: r for n, r in kit.stack().items() if r["Type"] == "AWS::XRay::SamplingRule"}
    made = yaml.safe_load(rules_script().resources(kit.text["rules.json"]))
    equal(len(made), len(rules["rules"]) + 1)
    generated = kit.copy()
    generated.templates["checkout.yaml"]["Resources"] = made
    equal(found, generated.stack())


@line("the rules are first the health checks, which are not recorded, and last all of this service")
def _(kit):
    stack = kit.stack().values()
    rules = [
        r["Properties"]["SamplingRule"] for r in stack if r["Type"] == "AWS::XRay::SamplingRule"
    ]
    rules.sort(key=lambda rule: rule["Priority"])
    for rule in rules:
        equal(
            (rule["ServiceName"], rule["ServiceType"], rule["ResourceARN"]), ("checkout", "*", "*")
        )
        assert len(rule["RuleName"]) <= 32 and 1 <= rule["Priority"] <= 9999
    first, *_, last = rules
    equal((first["HTTPMethod"], first["URLPath"], first["Host"]), ("GET", "/health", "*"))
    equal((first["ReservoirSize"], first["FixedRate"]), (0, 0))
    equal((last["HTTPMethod"], last["URLPath"], last["Host"]), ("*", "*", "*"))
    equal((last["ReservoirSize"], last["FixedRate"]), (1, 0.05))
    # Writes are what is looked for later.
    writes = [rule for rule in rules if rule["HTTPMethod"] == "POST"]
    assert writes and all(rule["FixedRate"] >= 0.2 for rule in writes)


@line("what concerns the whole account is apart, and off")
def _(kit):
    template = kit.templates["account.yaml"]
    for name in ("TransactionSearch", "EncryptionKey"):
        equal(template["Parameters"][name]["Default"], "false")
        equal(template["Parameters"][name]["AllowedValues"], ["true", "false"])
    equal(kit.stack("account.yaml"), {})
    (assertion,) = template["Rules"]["SomethingIsWanted"]["Assertions"]
    wanted = [{"Fn::Equals": [{"Ref": n}, "true"]} for n in ("TransactionSearch", "EncryptionKey")]
    equal(assertion["Assert"], {"Fn::Or": wanted})
    assert "TransactionSearch or EncryptionKey" in assertion["AssertDescription"]
    for resource in kit.stack().values():
        assert resource["Type"] not in (
            "AWS::XRay::TransactionSearchConfig",
            "AWS::KMS::Key",
            "AWS::Logs::ResourcePolicy",
        )


@line("Transaction Search: X-Ray may write its spans first, and for this account alone")
def _(kit):
    stack = kit.stack("account.yaml", TransactionSearch="true", IndexingPercentage=3)
    equal(set(stack), {"SpansPolicy", "Spans"})
    equal(stack["Spans"]["DependsOn"], "SpansPolicy")
    equal(stack["Spans"]["Properties"], {"IndexingPercentage": 3})
    policy = json.loads(stack["SpansPolicy"]["Properties"]["PolicyDocument"])
    groups = ("aws/spans", "/aws/application-signals/data")
    arns = [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*" for group in groups]
    equal(policy["Statement"][0]["Resource"], arns)
    statement = policy["Statement"][0]
    equal(
        (statement["Action"], statement["Principal"]),
        ("logs:PutLogEvents", {"Service": "xray.amazonaws.com"}),
    )
    condition = statement["Condition"]
    equal(condition["StringEquals"], {"aws:SourceAccount": ACCOUNT})
    equal(condition["ArnLike"], {"aws:SourceArn": f"arn:aws:xray:{REGION}:{ACCOUNT}:*"})


@line("a key for X-Ray outlives its stack, and readers may use it through X-Ray alone")
def _(kit):
    stack = kit.stack("account.yaml", EncryptionKey="true")
    equal(set(stack), {"Key", "TraceKeyReaders"})
    equal(
        (stack["Key"]["DeletionPolicy"], stack["Key"]["UpdateReplacePolicy"]), ("Retain", "Retain")
    )
    assert stack["Key"]["Properties"]["EnableKeyRotation"] is True
    policy = stack["Key"]["Properties"]["KeyPolicy"]
    equal(statements(policy), [({"kms:*"}, "*")])
    equal(policy["Statement"][0]["Principal"], {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    policy = stack["TraceKeyReaders"]["Properties"]["PolicyDocument"]
    equal(statements(policy), [({"kms:Decrypt"}, f"arn:aws:kms:{REGION}:{ACCOUNT}:key/the-Key")])
    (statement,) = policy["Statement"]
    equal(
        statement["Condition"], {"StringEquals": {"kms:ViaService": f"xray.{REGION}.amazonaws.com"}}
    )
    command = kit.templates["account.yaml"]["Outputs"]["EncryptionCommand"]["Value"]["Fn::Sub"]
    assert command.startswith("aws xray put-encryption-config --type KMS --key-id ${Key.Arn} ")


@line("templates name no partition and no region, so they work in all of them")
def _(kit):
    for name, template in kit.templates.items():
        text = json.dumps(template)
        assert "arn:" in text and "arn:aws" not in text, name
        assert not re.search(r"\b(us|eu|ap|cn|sa|ca|me|af)-[a-z]+-\d\b", text), name


@line("templates are of the one version, and take no value that makes no sense")
def _(kit):
    for template in kit.templates.values():
        equal(template["AWSTemplateFormatVersion"], "2010-09-09")
    parameters = kit.templates["checkout.yaml"]["Parameters"]
    truth = ["true", "false"]
    equal(parameters["AssignPublicIp"]["AllowedValues"], ["ENABLED", "DISABLED"])
    equal(parameters["XRayEndpoint"]["AllowedValues"], truth)
    equal(parameters["DesiredCount"]["MinValue"], 0)
    # What CloudWatch Logs takes, of which these are some ("PutRetentionPolicy", API reference).
    days = [1, 3, 5, 7, 14, 30, 60, 90, 180, 365]
    equal(parameters["LogRetentionDays"]["AllowedValues"], days)
    for name, good, bad in (
        ("ServiceName", "check-out.v2_a", "a service"),
        ("ClientCidr", "10.0.0.0/8", "10.0.0.0"),
    ):
        pattern = re.compile(parameters[name]["AllowedPattern"])
        assert pattern.fullmatch(good) and not pattern.fullmatch(bad), name
    index = kit.templates["account.yaml"]["Parameters"]["IndexingPercentage"]
    equal((index["MinValue"], index["MaxValue"], index["Default"]), (0, 100, 1))


@line("what has to be known to look, and to take it down, is an output")
def _(kit):
    outputs = kit.templates["checkout.yaml"]["Outputs"]
    equal(set(outputs), {"LogGroup", "Cluster", "Service", "Bucket", "Dashboard", "TraceReaders"})
    for name, output in outputs.items():
        reference = {"Fn::GetAtt": ["Service", "Name"]} if name == "Service" else {"Ref": name}
        equal(output["Value"], reference)


@line("no text of the kit has a price without its source")
def _(kit):
    for name, text in kit.text.items():
        for paragraph in text.split("\n\n"):
            if re.search(r"\$ ?\d+\.\d|\$ ?\d+ (per|a)\b|\bUSD\b|\bdollars?\b", paragraph):
                assert "https://" in paragraph, f"{name}: {paragraph[:80]}"
