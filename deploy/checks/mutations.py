"""Takes each thing out of the kit in turn, and sees whether a check minds."""

import json
import re

from checks import check
from line import LINES
from tools import invalid, lint

# What may go without anybody noticing: words for people.
WORDS = re.compile(
    r"/(Description|ConstraintDescription|AlarmDescription|GroupDescription|Metadata)(/|$)"
)


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


def linted(template):
    return bool(lint(json.dumps(template)))


def minds(kit, function):
    try:
        function(kit)
    # Whatever a check stumbles over, it has noticed.
    except Exception:
        return True
    return False


class Mutations:
    """All that were tried: how many, which of them nobody minded, and which checks minded any."""

    def __init__(self, kit):
        self._kit = kit = kit.copy()
        # What fails anyway proves nothing.
        self._lines = [line for line in LINES if not minds(kit, line[1])]
        self.tried, self.survivors, self.failed = 0, [], set()
        documents = [(name, template, linted) for name, template in kit.templates.items()]
        documents += [(f"eks.yaml/{m['kind']}", m, invalid) for m in kit.manifests]
        for document in documents:
            self._each(*document)
        # One check is enough to notice, so others may have been left unasked.
        for document in documents:
            self._ask_the_others(document[1])

    def _each(self, name, document, linter):
        for path in list(paths(document)):
            told = "/".join(map(str, (name, *path)))
            if WORDS.search(told):
                continue
            self.tried += 1
            with Without(self._kit, document, path):
                # Who has noticed the last one notices its neighbour, mostly: it is asked first.
                for place, (line, function) in enumerate(self._lines):
                    if minds(self._kit, function):
                        self.failed.add(line)
                        self._lines.insert(0, self._lines.pop(place))
                        break
                else:
                    if not linter(document):
                        self.survivors.append(told)

    def _ask_the_others(self, document):
        for path in list(paths(document)):
            others = [line for line in self._lines if line[0] not in self.failed]
            if not others:
                return
            with Without(self._kit, document, path):
                self.failed |= {check for check, function in others if minds(self._kit, function)}


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
