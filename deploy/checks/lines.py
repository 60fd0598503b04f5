"""What the files of the kit have to say, line by line of the checklist. `mutations.py` sees to it that
each of these checks can fail."""

import json
import re

from checks import check, equal

LINES = []


def line(name):
    """A check of the kit alone: fast, and without any tool, so that it can be asked about mutations."""

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
