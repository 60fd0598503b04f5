"""What has to hold."""

import json

import explained
import page
from checks import check, equal
from documents import validators
from operations import SDKS

NAMES = {"python": "Python", "node": "Node", "go": "Go", "java": "Java"}


@check("every operation has sent what it says it has, to a daemon of its own")
def _(found):
    equal(len(found.ours), 61)
    # One has no segment, and three are not recorded.
    silent = {operation for operation, done in found.ours.items() if not done.datagrams}
    equal(silent, {"header_duplicates", "header_sampled_0", "no_context", "unsampled"})


@check("every document of ours is one by the official schema and by the stricter one")
def _(found):
    for operation, done in found.ours.items():
        for document in done.documents():
            for name, validator in validators().items():
                errors = [error.message for error in validator.iter_errors(document)]
                assert not errors, f"{operation}, {name}: {errors[0]}: {json.dumps(document)}"


@check("times have six decimals and no exponent, and there is no NaN")
def _(found):
    for operation, done in found.ours.items():
        for datagram in done.datagrams:
            document = datagram.partition(b"\n")[2]
            numbers = []
            json.loads(
                document,
                parse_float=numbers.append,
                parse_constant=lambda name: numbers.append(name),
            )
            times = [number for number in numbers if number.startswith("1")]
            assert times, f"{operation}: no times in {document!r}"
            for number in numbers:
                assert number in ("1.5", "2.5", "1.0") or len(number.partition(".")[2]) == 6, number


def _has_reasons(sdk):
    @check(f"every difference from what {NAMES[sdk]}'s SDK sent has a reason")
    def _(found):
        of_sdk = [difference for difference in found.differences if difference.sdk == sdk]
        assert of_sdk, "there is no difference at all"
        unexplained, _ = explained.explain(of_sdk)
        assert not unexplained, f"{len(unexplained)} without, the first: {unexplained[0]}"


for sdk in SDKS:
    _has_reasons(sdk)


@check("every reason is for a difference that there is")
def _(found):
    _, unused = explained.explain(found.differences)
    assert not unused, f"{len(unused)} for none, the first: {unused[0]}"


@check("what nobody has thought of has no reason, and without differences no reason is of use")
def _(found):
    new = found.differences[0]._replace(field="new", theirs="1", ours=None)
    unexplained, unused = explained.explain([new])
    equal(unexplained, [new])
    assert len(unused) > len(explained.ENTRIES)


@check("docs/interop.md has all of these differences and reasons")
def _(found):
    parts, about = [], None
    for entry in explained.ENTRIES:
        if entry["about"] != about:
            about = entry["about"]
            parts.append((about, []))
        sdks = (
            "all four"
            if len(entry["sdks"]) == len(SDKS)
            else ", ".join(NAMES[s] for s in entry["sdks"])
        )
        parts[-1][1].append([sdks, entry["they"], entry["ours"], entry["why"]])
    heads = ["SDK", "theirs", "ours", "why"]
    texts = [f"#### {about}\n\n{page.table(heads, rows)}" for about, rows in parts]
    page.says("differences", "\n\n".join(texts))
