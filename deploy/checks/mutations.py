"""Takes each thing out of the kit in turn, and sees whether a check minds."""

import json
import re

from checks import check
from lines import LINES
from tools import lint

# What may go without anybody noticing: words for people.
WORDS = re.compile(r"/(Description|ConstraintDescription|AlarmDescription|GroupDescription|Metadata)(/|$)")


def paths(value, path=()):
    """Of everything in it, the innermost first."""
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    else:
        return
    for key, child in children:
        yield from paths(child, (*path, key))
        yield (*path, key)


class Without:
    """A part of the kit without one thing, for as long as it is asked about."""

    def __init__(self, kit, document, path):
        self._kit, self._key = kit, path[-1]
        for key in path[:-1]:
            document = document[key]
        self._parent = document

    def __enter__(self):
        self._old = self._parent.pop(self._key)
        self._kit.changed()

    def __exit__(self, *_):
        if isinstance(self._parent, list):
            self._parent.insert(self._key, self._old)
        else:
            self._parent[self._key] = self._old
        self._kit.changed()


def minded(kit):
    """The names of the checks that fail."""
    failed = set()
    for name, function in LINES:
        try:
            function(kit)
        # Whatever a check stumbles over, it has noticed.
        except Exception:
            failed.add(name)
    return failed


class Mutations:
    """All that were tried: how many, which of them nobody minded, and which checks minded any."""

    def __init__(self, kit):
        kit = kit.copy()
        # What fails anyway proves nothing.
        self.before = minded(kit)
        self.tried, self.survivors, self.failed = 0, [], set()
        for name, template in kit.templates.items():
            self._each(kit, name, template, lambda: lint(json.dumps(template, default=str)))
        for manifest in kit.manifests:
            name = f"eks.yaml/{manifest['kind']}"
            self._each(kit, name, manifest, lambda: [])

    def _each(self, kit, name, document, linter):
        for path in list(paths(document)):
            told = "/".join(map(str, (name, *path)))
            if WORDS.search(told):
                continue
            with Without(kit, document, path):
                self.tried += 1
                failed = minded(kit) - self.before
                self.failed |= failed
                if not failed and not linter():
                    self.survivors.append(told)


# Not from a line of the kit: what these look at is text, or what is not there.
TEXT_ONLY = {
    "no text of the kit has a price without its source",
    "templates name no partition and no region, so they work in all of them",
}


@check("each thing that is taken out of the templates and manifests is missed")
def _(found):
    assert found.mutations.tried > 1000, found.mutations.tried
    assert not found.mutations.survivors, "\n  ".join(["nobody minds:", *found.mutations.survivors])


@check("each check of a line has been seen to fail")
def _(found):
    names = {name for name, _ in LINES} - TEXT_ONLY
    assert names <= found.mutations.failed, names - found.mutations.failed
