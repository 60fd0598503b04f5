"""Reads behaviour.txt."""

import pathlib
from typing import NamedTuple

import symbols
from faults import FAULTS

BLANK = "␣"
SERVICES = ("ours", "python", "node", "go", "java")


class Behaviour(NamedTuple):
    """With letters for ids, and None for nothing."""

    recorded: str
    sent: str
    answered: str
    faults: tuple = ()


class Row(NamedTuple):
    """Of the table: a form of header, and what services make of it."""

    header: str
    traceparent: str
    # "any", "yes" or "no".
    rules: str
    services: dict

    def takes(self, service, header, traceparent, rules):
        """The ids in these headers, if the row is for them."""
        if service not in self.services or self.rules not in ("any", rules):
            return None
        ids = symbols.read(self.header, header)
        if ids is not None and self.traceparent is not None:
            more = symbols.read(self.traceparent, traceparent)
            ids = None if more is None else ids | more
        return ids


def _cell(text):
    text = text.strip().replace(BLANK, " ")
    return None if text in ("-", "(none)") else text


def _row(paragraph):
    first, *lines = paragraph
    header, rules = first.rsplit("|", 1)
    header, _, traceparent = header.partition(" + ")
    services = {}
    for line in lines:
        service, recorded, sent, answered, *faults = line.split("|")
        faults = tuple(" ".join(faults).split())
        assert set(faults) <= set(FAULTS), faults
        found = (_cell(recorded), _cell(sent), _cell(answered))
        services[service.strip()] = Behaviour(*found, faults)
    assert set(services) <= set(SERVICES), first
    return Row(_cell(header), _cell(traceparent) if traceparent else None, rules.strip(), services)


def _table():
    text = (pathlib.Path(__file__).parent / "behaviour.txt").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    paragraphs = "\n".join(lines).strip().split("\n\n")
    rows = [_row(paragraph.strip().splitlines()) for paragraph in paragraphs if paragraph.strip()]
    # Where two take a request, that with more headers is meant.
    return sorted(rows, key=lambda row: row.traceparent is None)


ROWS = _table()


def find(service, header, traceparent, rules):
    """The row for a request to this service, and the ids in it."""
    for row in ROWS:
        ids = row.takes(service, header, traceparent, rules)
        if ids is not None:
            return row, ids
    nothing = Behaviour(None, "whatever behaviour.txt will say", None)
    return Row(header, traceparent, rules, {service: nothing}), {}
