"""What the case has found, as the tables of docs/interop.md."""

import re

from behaviour import BLANK, ROWS, SERVICES
from faults import FAULTS
from headers import INCOMING
from page import table
from routes import PAIRS, ROUTES
from symbols import TRACE, ZEROS

NAMES = {"ours": "ours", "python": "Python", "node": "Node", "go": "Go", "java": "Java"}


def all(found):
    yield "headers: traces", traces(found)
    yield "headers: routes", routes(found)
    yield "headers: services", services()
    yield "headers: faults", table(["fault", "what it is"], [[f"`{f}`", why] for f, why in FAULTS.items()])


def code(text, traceparent=None):
    if text is None:
        return "none" if traceparent is None else f"none, `traceparent: {traceparent}`"
    both = "" if traceparent is None else f", `traceparent: {traceparent}`"
    # Backquotes lose blanks at the ends.
    words = text.startswith("some ")
    return f"`{text if words else text.replace(' ', BLANK)}`{both}"


def of_w3c(trace):
    return f"1-{trace[:8]}-{trace[8:]}"


class Traces:
    """Letters for the traces of one request."""

    def __init__(self, ids):
        self._letters = {ids[letter]: letter for letter in ids if letter[0] == "R"} | {ZEROS["Z"]: "Z"}
        if "T" in ids:
            self._letters[of_w3c(ids["T"])] = "T"
        self._new = 0

    def letter(self, trace):
        if trace != trace.strip():
            return self.letter(trace.strip()) + BLANK
        if re.fullmatch(TRACE, trace) is None and trace not in self._letters:
            return "X"
        if trace not in self._letters:
            self._new += 1
            self._letters[trace] = "N" if self._new == 1 else f"N{self._new}"
        return self._letters[trace]


def shown(found, trip):
    """A letter for each service: the trace that it has recorded. See the page."""
    ids = trip.visits[0].ids
    traces, cells, above = Traces(ids), [], None
    if "R" in ids and "P" in ids:
        above = (ids["R"], ids["P"])
    if "T" in ids:
        above = (of_w3c(ids["T"]), ids["U"])
    for visit in trip.visits:
        segments = found.documents(visit)
        if not segments:
            cells.append("–")
            above = None
            continue
        (segment,) = segments
        trace, parent = segment["trace_id"], segment.get("parent_id")
        if parent:
            right = above == (trace, parent)
        else:
            right = above is None or above[0] != trace.strip()
        cells.append(traces.letter(trace) + ("" if right else r"\*"))
        calls = segment.get("subsegments")
        above = (trace.strip(), calls[0]["id"]) if calls else None
    return " ".join(cells)


def traces(found):
    heads = ["header", "`ours → Y`"] + [f"`{service} → ours → Y`" for service in SERVICES]
    rows = []
    for name, *_ in INCOMING:
        trips = [trip for trip in found.trips if trip.name == name]
        columns = [[t for t in trips if len(t.route) == 2 and t.route[0] == "ours"]]
        columns += [[t for t in trips if len(t.route) == 3 and t.route[0] == s] for s in SERVICES]
        # Whatever Y is.
        cells = [sorted({shown(found, trip) for trip in column}) for column in columns]
        rows.append([name] + [" or ".join(cell) for cell in cells])
    return table(heads, rows)


def routes(found):
    """How many headers went each way as behaviour.txt has it; this table stands only if all did."""
    count = {route: len([t for t in found.trips if t.route == route]) for route in ROUTES}
    heads = ["first", "then"] + [f"behind: {NAMES[service]}" for service in SERVICES]
    rows = []
    for first in SERVICES:
        rows.append([NAMES[first], "ours"] + [str(count[(first, "ours", last)]) for last in SERVICES])
    pairs = ", ".join(f"{NAMES[a]} → {NAMES[b]} {count[(a, b)]}" for a, b in PAIRS)
    total = sum(count.values())
    return f"{table(heads, rows)}\n\nTwo services: {pairs}. In all {total} requests, none with a difference."


def services():
    """Those that do the same in one line."""
    rows = []
    for row in sorted(ROWS, key=lambda row: row.traceparent is not None):
        header = code(row.header, row.traceparent)
        same = {}
        for service, behaviour in row.services.items():
            same.setdefault(behaviour, []).append(NAMES[service])
        rules = {"any": "", "yes": ", and yes", "no": ", and no"}[row.rules]
        for behaviour, who in same.items():
            recorded, sent, answered, faults = behaviour
            cells = [", ".join(who), *("–" if c is None else code(c) for c in (recorded, sent, answered))]
            rows.append([header + rules, *cells, ", ".join(f"`{fault}`" for fault in faults)])
            header = rules = ""
    return table(["comes in", "service", "is recorded", "is sent on", "is answered", "faults"], rows)
