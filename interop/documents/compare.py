"""Every difference between what an official SDK sent and what ours did."""

from collections import namedtuple

from trees import Forest, fields, pairs, placeholders

# Where: the SDK, the operation, the entity, the member. What: theirs, ours; None where there is none.
Difference = namedtuple("Difference", "sdk operation entity field theirs ours")


def documents(recorded):
    return [entry["document"] for entry in recorded if "document" in entry]


def headers(recorded):
    """The tracing headers of a recorded operation: sent on, answered."""
    found = []
    for entry in recorded:
        note = entry.get("note")
        if isinstance(note, dict) and "out" in note:
            out = note["out"]
            out = out.get("X-Amzn-Trace-Id") if isinstance(out, dict) else out
            found.append({"header sent on": out, "header answered": note.get("response")})
    return found


def differences(sdk, operation, recorded, done, port):
    """Of one operation, as recorded and as done by ours."""
    theirs = Forest(documents(recorded))
    ours = Forest([placeholders(document, port) for document in done.documents()])
    matched = pairs(ours.roots, theirs.roots)
    ours.names()
    theirs.names()
    found = []

    def compare(entity, our, their):
        all = our.keys() | their.keys()
        # Of what was not sent there are no members to compare.
        all = {"@sent"} if "no" in (our.get("@sent"), their.get("@sent")) else all
        for field in sorted(all):
            if our.get(field) != their.get(field):
                where = (sdk, operation, entity, field)
                found.append(Difference(*where, their.get(field), our.get(field)))

    for our, their in matched:
        label = (our or their).label
        if our and their:
            compare(label, fields(our, ours), fields(their, theirs))
        else:
            compare(label, {"@sent": "yes"} if our else {}, {"@sent": "yes"} if their else {})
    seen = placeholders(done.seen or {}, port)
    seen = {"header sent on": seen.get("out"), "header answered": seen.get("response")}
    for header in headers(recorded):
        compare("", _named(seen, ours), _named(header, theirs))
    return found


def _named(headers, forest):
    return {name: forest.named(text) for name, text in headers.items() if text}
