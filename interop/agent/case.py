"""Documents of ours and of the official SDKs as the CloudWatch agent takes them: see ../README.md."""

import json
import pathlib
import re
import signal
import sys

import checks
import expectations  # noqa: F401  (registers the checks)
from operations import SDKS, Operations, recorded
from receiver import Refused, general, marks, receive

_TIME = 1795476927.495


def restored(value):
    """What was recorded, with times and ids in the place of what stands for them."""
    if isinstance(value, dict):
        return {k: restored(v) for k, v in value.items()}
    if isinstance(value, list):
        return [restored(inner) for inner in value]
    if not isinstance(value, str):
        return value
    value = value.replace("<incoming root>", "1-581cf771-a006649127e371903a2de979")
    value = value.replace("<incoming parent>", "70de5b6f19ff9a0a")
    value = re.sub(r"<id (\d+)>", lambda found: f"{int(found[1]):016x}", value)
    value = re.sub(r"<trace (\d+)>", lambda found: f"1-6b06cbad-{int(found[1]):024x}", value)
    return _TIME if value == "<t>" else value


class Taken:
    """What became of one document."""

    def __init__(self, operation, document):
        self.operation = operation
        self.refused = None
        self.entities = []
        try:
            self.entities = receive(document)
        except Refused as reason:
            self.refused = str(reason)

    def kept(self):
        return set().union(*(kept for _, kept, _ in self.entities))

    def lost(self):
        """By name: members that are gone, and marks that are others."""
        found = set().union(*(lost for _, _, lost in self.entities))
        found -= {"error", "fault", "throttle"}
        for entity, _, _ in self.entities:
            sent = {mark for mark in ("error", "fault", "throttle") if entity.get(mark)}
            found |= sent - marks(entity)
        return {general(member) for member in found}


class Found:
    """Everything that the checks look at."""

    def __init__(self):
        ours = Operations().all("every_member")
        self.taken = {
            sdk: [
                Taken(
                    operation,
                    restored(None if "not_json" in entry["document"] else entry["document"]),
                )
                for operation, entries in recorded(sdk).items()
                for entry in entries
                if "document" in entry
            ]
            for sdk in SDKS
        }
        self.taken["ours"] = [
            Taken(operation, document)
            for operation, done in ours.items()
            for document in done.documents()
        ]
        # What the plugins can add to a segment, all of it at once.
        platform = pathlib.Path(__file__).with_name("platform.json")
        self.taken["ours"].append(Taken("platform", json.loads(platform.read_text())))


# Told to end, it ends what it has started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
sys.exit(0 if checks.run(Found) else 1)
