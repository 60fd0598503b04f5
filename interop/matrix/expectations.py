"""What has to hold: each route's requests as behaviour.txt has them, and some things besides."""

import json

import page
import tables
from behaviour import ROWS, Behaviour
from checks import check, equal
from documents import validators
from headers import INCOMING
from routes import ROUTES
from symbols import Names


def subsegments(segment):
    return segment.get("subsegments", [])


def as_found(found, visit):
    """What a visit shows, in the letters of the table."""
    segments = found.documents(visit)
    own = [call["id"] for segment in segments for call in subsegments(segment)]
    names = Names(visit.ids, own[0] if own else None)
    recorded = []
    for segment in segments:
        parent = segment.get("parent_id")
        recorded.append(names.of(segment["trace_id"]) + (f"<{names.of(parent)}" if parent else ""))
    return Behaviour(" and ".join(recorded) or None, names.of(visit.sent), names.of(visit.answered))


def as_expected(visit):
    """The same from the table; the last service sends nothing on."""
    recorded, sent, answered, _ = visit.expected()
    return Behaviour(recorded, sent if visit.sent is not None else None, answered)


def differences(found, trip):
    last = trip.visits[-1]
    for visit in trip.visits:
        was, expected = as_found(found, visit), as_expected(visit)
        if visit is not last and visit.sent is None:
            expected = expected._replace(sent="a header")
        if was != expected:
            yield f"{visit.service} on {visit.row.header!r}, {visit.rules}: {was[:3]}, not {expected[:3]}"
        for segment in found.documents(visit):
            if len(subsegments(segment)) != (visit is not last):
                yield f"{visit.service}: {len(subsegments(segment))} subsegments"


def of_route(route):
    @check(f"{' → '.join(route)}: {len(INCOMING)} headers, in documents, on the wire and answered")
    def _(found):
        trips = [trip for trip in found.trips if trip.route == route]
        equal([trip.name for trip in trips], [incoming[0] for incoming in INCOMING])
        wrong = [f"{t.name}: {text}" for t in trips for text in differences(found, t)]
        assert not wrong, "\n  ".join(["", *wrong])


for route in ROUTES:
    of_route(route)


@check("nothing is recorded but by the visits that should be")
def _(found):
    recorded = {(v.service, v.path) for v in found.visits if v.expected().recorded}
    equal(set(found.segments) - recorded, set())
    assert len(recorded) > len(ROUTES) * len(INCOMING)


@check("what does not come from a caller is that service's own: no two of its traces are one")
def _(found):
    new = []
    for visit in found.visits:
        if visit.expected().recorded == "N":
            new += [segment["trace_id"] for segment in found.documents(visit)]
    assert len(new) > 100
    equal(len(set(new)), len(new))


@check("behind ours, a trace that it records is whole, and none that it does not is recorded")
def _(found):
    looked_at = 0
    for trip in found.trips:
        at = trip.route.index("ours")
        if at + 1 == len(trip.route):
            continue
        ours, behind = (found.documents(visit) for visit in trip.visits[at : at + 2])
        equal(len(behind), len(ours))
        for segment, below in zip(ours, behind):
            looked_at += 1
            equal(below["trace_id"], segment["trace_id"])
            equal([below["parent_id"]], [call["id"] for call in subsegments(segment)])
    assert looked_at > 100


@check("ours names the URL that it calls and its status")
def _(found):
    looked_at = 0
    for trip in found.trips:
        for visit, behind in zip(trip.visits, trip.visits[1:]):
            for segment in found.documents(visit) if visit.service == "ours" else []:
                (call,) = subsegments(segment)
                looked_at += 1
                equal((call["name"], call["namespace"]), ("127.0.0.1", "remote"))
                assert call["http"]["request"]["url"].endswith(behind.path), call
                equal(call["http"]["response"]["status"], 200)
    assert looked_at > 100


@check("every document of ours is one by the official schema and by the stricter one")
def _(found):
    documents = [g.partition(b"\n")[2] for g in found.datagrams]
    ours = [d for d in map(json.loads, documents) if d["name"] == "ours"]
    assert len(ours) > 100
    for name, validator in validators().items():
        for document in ours:
            errors = [error.message for error in validator.iter_errors(document)]
            assert not errors, f"{name}: {errors[0]}: {document}"


@check("nobody sends `traceparent` on")
def _(found):
    behind = [visit.traceparent for trip in found.trips for visit in trip.visits[1:]]
    equal(set(behind), {None})


@check("ours says nothing")
def _(found):
    equal(found.servers["ours"].output, [])


@check("the table has no line that nothing shows")
def _(found):
    shown = {(visit.row[:3], visit.service) for visit in found.visits}
    every = {(row[:3], service) for row in ROWS for service in row.services}
    equal(every - shown, set())


@check("docs/interop.md has what was found")
def _(found):
    for name, text in tables.all(found):
        page.says(name, text)
