"""Which reason there is for a difference: `differences.json`, read in its order.

An entry says in words what they do, what ours does and why, and under `where` which differences it
means: by patterns, in which `*` is any text and `null` nothing at all. What is not named may be
anything.
"""

import functools
import json
import pathlib
import re

ENTRIES = json.loads(pathlib.Path(__file__).with_name("differences.json").read_text())
_PARTS = ("operation", "entity", "field", "theirs", "ours")


@functools.lru_cache(None)
def _pattern(text):
    return re.compile(re.escape(text).replace(r"\*", ".*"), re.DOTALL)


def _alternative(patterns, text):
    """The first of the patterns that the text is one of, by its number."""
    for number, pattern in enumerate(patterns if isinstance(patterns, list) else [patterns]):
        if (
            pattern is text
            or pattern is not None
            and text is not None
            and _pattern(pattern).fullmatch(text)
        ):
            return number
    return None


def _meant(number, index, difference):
    """What of the entry's `where` speaks of this difference: all its parts, or nothing."""
    entry = ENTRIES[number]
    where = entry["where"][index]
    if difference.sdk not in where.get("sdks", entry["sdks"]):
        return None
    used = {(number, difference.sdk)}
    if "sdks" in where:
        used.add((number, index, difference.sdk))
    for part in _PARTS:
        if part in where:
            alternative = _alternative(where[part], getattr(difference, part))
            if alternative is None:
                return None
            used.add((number, index, part, alternative))
    return used


def _all(number, index):
    """Everything that has to be of use in the entry's `where`."""
    entry = ENTRIES[number]
    where = entry["where"][index]
    found = {(number, sdk) for sdk in entry["sdks"]}
    found |= {(number, index, sdk) for sdk in where.get("sdks", [])}
    for part in _PARTS:
        if part in where:
            patterns = where[part] if isinstance(where[part], list) else [where[part]]
            found |= {(number, index, part, n) for n in range(len(patterns))}
    return found


def explain(differences):
    """Those without a reason, and reasons for what is no difference any more."""
    places = [(n, i) for n, entry in enumerate(ENTRIES) for i in range(len(entry["where"]))]
    unused = set().union(*(_all(*place) for place in places))
    unexplained = []
    for difference in differences:
        used = next(filter(None, (_meant(*place, difference) for place in places)), None)
        if used is None:
            unexplained.append(difference)
        else:
            unused -= used
    return unexplained, [_told(*one) for one in sorted(unused, key=str)]


def _told(number, *rest):
    entry = ENTRIES[number]
    where = entry["where"][rest[0]] if isinstance(rest[0], int) else ""
    return f"{entry['they'][:60]!r}: {rest} {where}"
