"""Headers with letters in place of ids, so that what different requests show can be compared.

    R P     trace and caller that a request names; R2 P2 where it names them twice
    T U     the same in a `traceparent`
    N       a trace of the service's own
    S       the service's own subsegment, or what it names as its caller's instead
    Z z     nothing but zeros
"""

import re
import secrets

ZEROS = {"Z": "1-00000000-" + "0" * 24, "z": "0" * 16}
TRACE = r"1-(?!0{8}-0{24})[0-9a-f]{8}-[0-9a-f]{24}"
ID = r"(?!0{16})\b[0-9a-f]{16}\b"
_LETTER = re.compile(r"\b(?:[RP]2?|[TUZz])\b")


def new_ids():
    """Of a request that is to be sent."""
    ids = {"T": secrets.token_hex(16), "U": secrets.token_hex(8), **ZEROS}
    for n in ("", "2"):
        ids["R" + n] = f"1-6a0{secrets.token_hex(3)[1:]}-{secrets.token_hex(12)}"
        ids["P" + n] = secrets.token_hex(8)
    return ids


def written(template, ids):
    """The header that this stands for."""
    return template and _LETTER.sub(lambda letter: ids[letter[0]], template)


def read(template, header):
    """The ids in a header of this form, or nothing if it has another."""
    if template is None or header is None:
        return {} if template == header else None
    seen = set()

    def expression(letter):
        name = letter[0]
        if name in ZEROS:
            return ZEROS[name]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        form = {"R": TRACE, "P": ID, "T": "[0-9a-f]{32}", "U": ID}[name[0]]
        return f"(?P<{name}>{form})"

    parts = re.split(f"({_LETTER.pattern})", in_order(template))
    pattern = "".join(
        expression([part]) if i % 2 else re.escape(part) for i, part in enumerate(parts)
    )
    found = re.fullmatch(pattern, in_order(header))
    return found and found.groupdict()


def in_order(header):
    """From the fourth field on by their keys: Go carries what is not X-Ray's own on in any order."""
    parts = header.split(";")
    return ";".join(parts[:3] + sorted(parts[3:], key=lambda part: part.partition("=")[0]))


class Names:
    """Letters for the ids of one request to one service."""

    def __init__(self, ids, subsegment=None):
        self._letters = {value: letter for letter, value in {**ids, **ZEROS}.items()}
        if "T" in ids:
            self._letters[f"1-{ids['T'][:8]}-{ids['T'][8:]}"] = "T"
        # What was not recorded cannot be known; any id will do.
        self._subsegment = subsegment
        self._new = {}

    def _letter(self, found):
        value = found[0]
        if value in self._letters:
            return self._letters[value]
        letter = "N" if "-" in value else "S"
        if letter == "S" and self._subsegment is not None and value != self._subsegment:
            return value
        # There is one of each; a second one is shown as it is.
        return letter if self._new.setdefault(letter, value) == value else value

    def of(self, text):
        """This text, with letters."""
        if text is None:
            return None
        return re.sub(rf"1-[0-9a-f]{{8}}-[0-9a-f]{{24}}|\b[0-9a-f]{{16}}\b", self._letter, in_order(text))
