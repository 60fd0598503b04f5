"""Documents as trees whose ids and times have names, so that two SDKs' can be compared."""

import re

ID = re.compile(r"<id \d+>|\b(?!0{16})[0-9a-f]{16}\b")
TRACE = re.compile(r"<trace \d+>|\b1-(?!0{8})[0-9a-f]{8}-[0-9a-f]{24}\b")
NOT_JSON = "not JSON"
INCOMING = {
    "1-581cf771-a006649127e371903a2de979": "<incoming root>",
    "70de5b6f19ff9a0a": "<incoming parent>",
}


def placeholders(value, port):
    """Ours, with what differs from run to run replaced as in what was recorded."""
    if isinstance(value, dict):
        found = {}
        for key, inner in value.items():
            long = len(key) >= 400
            key = f"<key of {len(key)} chars>" if long else key
            time = key in ("start_time", "end_time")
            found[key] = "<t>" if time else placeholders(inner, port)
        return found
    if isinstance(value, list):
        return [placeholders(inner, port) for inner in value]
    if isinstance(value, str):
        if len(value) >= 1000:
            return f"<{len(value)} chars>"
        for text, placeholder in INCOMING.items():
            value = value.replace(text, placeholder)
        return value.replace(f":{port}", ":<port>")
    return value


class Entity:
    """A segment or subsegment, and how it was sent."""

    def __init__(self, id):
        self.id = id
        self.members = {}
        self.children = []
        self.alone = False
        self.times = 0
        # What this and its counterpart of the other SDK are called, and which trace this is.
        self.label = None
        self.number = None

    @property
    def name(self):
        return self.members.get("name")

    def exceptions(self):
        cause = self.members.get("cause")
        return cause.get("exceptions", []) if isinstance(cause, dict) else []


class Forest:
    """All that was sent by one operation of one SDK."""

    def __init__(self, documents):
        self.roots = []
        self._by_id = {}
        for number, document in enumerate(documents):
            if "not_json" in document:
                document = {"id": f"none {number}", "name": NOT_JSON}
            entity = self._add(document)
            if entity not in self.roots:
                self.roots.append(entity)
                entity.alone = True
        for entity in list(self.roots):
            if entity.members.get("type") == "subsegment":
                self.roots.remove(entity)
                self._above(entity).children.append(entity)
        # Of names for what has no name of its own.
        self._names = {}

    def _above(self, entity):
        """What a subsegment that was sent alone is below, be it that this was never sent."""
        id = entity.members["parent_id"]
        if id not in self._by_id:
            self._by_id[id] = Entity(id)
            self.roots.append(self._by_id[id])
        return self._by_id[id]

    def _add(self, document):
        entity = self._by_id.setdefault(document["id"], Entity(document["id"]))
        entity.times += 1
        entity.members = {k: v for k, v in document.items() if k != "subsegments"}
        for child in document.get("subsegments", []):
            below = self._add(child)
            if below not in entity.children:
                entity.children.append(below)
        return entity

    def names(self):
        """Gives ids and traces the names that their entities have."""
        for entity in self._by_id.values():
            self._names[entity.id] = f"<id of {entity.label}>"
            for number, exception in enumerate(entity.exceptions()):
                name = f"<exception {number} of {entity.label}>"
                self._names[exception.get("id")] = name
        for root in self.roots:
            self._names.setdefault(root.members.get("trace_id"), f"<trace {root.number}>")

    def named(self, text):
        """A text with these names in the place of ids."""
        text = TRACE.sub(lambda found: self._names.get(found[0], "<a trace>"), text)
        return ID.sub(lambda found: self._names.get(found[0], "<an id>"), text)


def pairs(ours, theirs, above=""):
    """Entities that are each other's counterparts; with None for what only one SDK has sent.

    Those of the same name belong together, then those at the same place among the others.
    """
    ours, theirs = list(ours), list(theirs)
    matched = []
    broken = [entity for entity in theirs if entity.name == NOT_JSON]
    theirs = [entity for entity in theirs if entity.name != NOT_JSON]
    for entity in list(ours):
        same = next((t for t in theirs if t.name == entity.name), None)
        if same:
            matched.append((entity, same))
            ours.remove(entity)
            theirs.remove(same)
    common = min(len(ours), len(theirs))
    matched += zip(ours[:common], theirs[:common])
    matched += [(entity, None) for entity in ours[common:]]
    matched += [(None, entity) for entity in theirs[common:] + broken]
    found = []
    for number, (our, their) in enumerate(matched):
        label = f"{above}/{(our or their).name}".strip("/")
        for entity in filter(None, (our, their)):
            entity.label, entity.number = label, number
        found.append((our, their))
        found += pairs(our.children if our else [], their.children if their else [], label)
    return found


def fields(entity, forest):
    """Everything that an entity says, by its path in the document, and how it was sent."""
    if entity.times == 0:
        return {"@sent": "no"}
    found = {"@sent": "alone" if entity.alone else "within its parent"}
    if entity.times > 1:
        found["@times"] = str(entity.times)
    for member, value in entity.members.items():
        found.update(_flat(value, member, forest))
    return found


def _flat(value, path, forest):
    if path.endswith(".stack"):
        return {path: "<frames>"}
    if isinstance(value, dict) and value:
        return {
            k: v
            for key, inner in value.items()
            for k, v in _flat(inner, f"{path}.{key}", forest).items()
        }
    if isinstance(value, list) and path.endswith(".exceptions"):
        inner = (_flat(item, f"{path}[{i}]", forest) for i, item in enumerate(value))
        return {k: v for found in inner for k, v in found.items()} or {path: "[]"}
    return {path: forest.named(value) if isinstance(value, str) else repr(value)}
