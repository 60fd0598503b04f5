"""Reads segment documents, and finds one's way in them."""

import json
import pathlib

import jsonschema

_SCHEMAS = pathlib.Path(__file__).parents[2] / "xray-core/test-data"


def _validator(name, of):
    return of(json.loads((_SCHEMAS / name).read_text()))


def validators():
    """X-Ray's own schema, and the stricter one of this repository."""
    return {
        "official": _validator("segment-document.schema.json", jsonschema.Draft4Validator),
        "extended": _validator(
            "segment-document.extended.schema.json", jsonschema.Draft202012Validator
        ),
    }


class Entity:
    """A segment or subsegment, with its place in the tree."""

    def __init__(self, document, above=None):
        self.document = document
        self.above = above
        self.trace_id = document["trace_id"] if above is None else above.trace_id
        self.children = [Entity(child, self) for child in document.get("subsegments", [])]

    def __getitem__(self, member):
        return self.document[member]

    def get(self, member, default=None):
        return self.document.get(member, default)

    def all(self):
        yield self
        for child in self.children:
            yield from child.all()

    def marks(self):
        return {mark for mark in ("error", "fault", "throttle") if self.get(mark)}

    def exception(self):
        """The first one of its cause."""
        return self["cause"]["exceptions"][0]

    def only(self, name):
        """The one child of this name."""
        found = [child for child in self.children if child["name"] == name]
        assert len(found) == 1, f"{len(found)} children {name!r} of {self['name']!r}"
        return found[0]

    def shape(self):
        """Names from here downwards, without order."""
        return [self["name"], sorted(child.shape() for child in self.children)]
