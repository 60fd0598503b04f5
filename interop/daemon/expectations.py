"""What has to hold."""

import json
from collections import Counter

from checks import Skipped, check, equal


@check("every document of ours reaches X-Ray byte for byte, the odd ones too")
def _(found):
    assert len(found.sent) > 60
    missing = Counter(found.sent) - Counter(found.replayed)
    assert not missing, f"{sum(missing.values())} are missing, the first: {next(iter(missing))[:300]}"
    other = Counter(found.replayed) - Counter(found.sent)
    assert not other, f"{sum(other.values())} were not sent, the first: {next(iter(other))[:300]}"


@check("as many arrive when nothing is between our emitter and the daemon")
def _(found):
    equal(found.arrived, found.direct)


@check("the daemon refuses nothing, and ends well")
def _(found):
    # It says so of a datagram whose first line it does not know, or which holds nothing else.
    refused = [
        line for line in found.daemon.output if "[Warn]" in line and "header" in line.lower()
    ]
    equal(refused, [])
    equal(found.status, 0)


@check("its proxy passes on our calls for rules and targets, and signs them")
def _(found):
    calls = [call for call in found.endpoint.calls if "Sampling" in call.path]
    equal({call.path for call in calls}, {"/GetSamplingRules", "/SamplingTargets"})
    for call in calls:
        assert call.headers["authorization"].startswith("AWS4-HMAC-SHA256 "), call.headers
        assert "xray/aws4_request" in call.headers["authorization"], call.headers
        json.loads(call.body)


@check("what is recorded by the rules that came through it is what is reported")
def _(found):
    assert found.recorded
    equal(len(found.recorded), found.reported)


@check("all of this by the Go daemon itself")
def _(found):
    if not found.daemon.is_real:
        raise Skipped("$XRAY_DAEMON names no daemon; standin.py was there in its place")
