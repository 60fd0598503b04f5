"""What has to hold."""

import json
import re

from checks import check, equal
from sdks import LANGUAGES

ALL = ("ours", *LANGUAGES)
# By name and part: requests, sampled, borrowed.
COUNTS = {
    (0, "all"): (7, 7, 0),
    (0, "none"): (5, 0, 0),
    (1, "all"): (7, 0, 0),
    (1, "none"): (5, 5, 0),
}


def _each(what):
    """A check for each of them."""

    def register(function):
        for name in ALL:
            check(f"{name}: {what}")(lambda found, name=name: function(found.services[name]))

    return register


@_each("comes to its end")
def _(service):
    assert service.error is None, f"{service.error}\n{''.join(service._server.output[-20:])}"


@_each("before the first target, requests, sampled and borrowed are what the rules say")
def _(service):
    for (part, name), counts in COUNTS.items():
        if part == 0:
            equal((name, service.counts(0, name)), (name, counts))
    least, most = service.in_a_second(0, "limited", 1)
    requests, sampled, borrowed = service.counts(0, "limited")
    equal((requests, sampled), (10, 0))
    assert least <= borrowed <= most, f"{borrowed} borrowed, not {least} to {most}"


@_each("after the first target, its rates and its quota hold")
def _(service):
    for (part, name), counts in COUNTS.items():
        if part == 1:
            equal((name, service.counts(1, name)), (name, counts))
    requests, sampled, borrowed = service.counts(1, "limited")
    equal(requests, 10)
    if service.name == "node":
        # It takes the end of its quota for milliseconds, so that it has none and goes on borrowing.
        least, most = service.in_a_second(1, "limited", 1)
        assert sampled == 0 and least <= borrowed <= most, f"sampled {sampled}, borrowed {borrowed}"
        return
    least, most = service.in_a_second(1, "limited", 3)
    equal(borrowed, 0)
    assert least <= sampled <= most, f"{sampled} sampled, not {least} to {most}"


@_each("as many segments are recorded as the report says, and name the rule")
def _(service):
    for part in range(2):
        for name in ("all", "none", "limited"):
            _, sampled, borrowed = service.counts(part, name)
            recorded = service.recorded(part, name)
            # Go sends one twice now and then.
            recorded = set(recorded) if service.name == "go" else recorded
            equal((part, name, len(recorded)), (part, name, sampled + borrowed))


@_each("its calls are what the daemon passes on")
def _(service):
    calls = service.sampling.calls
    assert {call.path for call in calls} == {"/GetSamplingRules", "/SamplingTargets"}
    # Go says no content type, and Java writes its id in capitals and the time in milliseconds.
    types = {"application/json"} if service.name != "go" else {None}
    equal({call.headers.get("content-type") for call in calls}, types)
    rules = {call.body for call in calls if call.path == "/GetSamplingRules"}
    for body in rules:
        assert json.loads(body) in ({}, {"NextToken": None}), body
    reports = service.sampling.reports()
    assert reports
    equal(len({report["ClientID"] for _, report in reports}), 1)
    digits = "[0-9A-F]{24}" if service.name == "java" else "[0-9a-f]{24}"
    for came, report in reports:
        assert re.fullmatch(digits, report["ClientID"]), report["ClientID"]
        seconds = report["Timestamp"] / (1000 if service.name == "java" else 1)
        assert abs(seconds - came) < 5, f"{report['Timestamp']} at {came}"
