"""Checks of the kit alone, by the lines of its checklist, and what they share: fast, and without any tool,
so that `mutations.py` can ask them about each thing that is taken out, and see to it that each can fail.
"""

from checks import check, equal
from kit import ACCOUNT, listed

LINES = []


def line(name):
    """Registers a check that looks at nothing but the kit."""

    def register(function):
        LINES.append((name, function))
        check(name)(lambda found: function(found.kit))
        return function

    return register


SIDECARS = ("daemon", "cloudwatch-agent", "adot-collector")
FOUR = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
}


def properties(kit, name, **parameters):
    return kit.stack(**parameters)[name]["Properties"]


def containers(kit, sidecar="daemon"):
    return properties(kit, "TaskDefinition", Sidecar=sidecar)["ContainerDefinitions"]


def each(kit):
    """Service and sidecar, for each sidecar there is."""
    for sidecar in SIDECARS:
        service, beside = containers(kit, sidecar)
        equal((service["Name"], beside["Name"]), ("checkout", "xray"))
        yield sidecar, service, beside


def environment(container):
    return {entry["Name"]: entry["Value"] for entry in container["Environment"]}


def statements(policy):
    equal(policy["Version"], "2012-10-17")
    found = []
    for statement in policy["Statement"]:
        equal(statement["Effect"], "Allow")
        found.append((set(listed(statement["Action"])), statement["Resource"]))
    return found


def role_policies(role):
    return {p["PolicyName"]: statements(p["PolicyDocument"]) for p in role["Policies"]}


def trust(role, service, actions, source):
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    equal(role["AssumeRolePolicyDocument"]["Version"], "2012-10-17")
    equal((statement["Effect"], statement["Principal"]), ("Allow", {"Service": service}))
    equal(listed(statement["Action"]), actions)
    equal(statement["Condition"]["StringEquals"], {"aws:SourceAccount": ACCOUNT})
    ((operator, condition),) = [c for c in statement["Condition"].items() if c[0] != "StringEquals"]
    assert operator in ("ArnLike", "ArnEquals"), operator
    equal(condition, {"aws:SourceArn": f"arn:aws:{source}"})
