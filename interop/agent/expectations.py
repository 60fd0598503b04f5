"""What has to hold."""

import page
from checks import check, equal
from losses import OURS, THEIRS
from operations import SDKS
from receiver import KEPT, marks

NAMES = {"python": "Python", "node": "Node", "go": "Go", "java": "Java", "ours": "ours"}


@check("no document of ours is refused")
def _(found):
    assert len(found.taken["ours"]) > 60
    refused = [(taken.operation, taken.refused) for taken in found.taken["ours"] if taken.refused]
    equal(refused, [])


@check("all that ours loses is named, with what to do about it, and nothing else is")
def _(found):
    lost = set().union(*(taken.lost() for taken in found.taken["ours"]))
    equal(sorted(lost ^ set(OURS)), [])


@check("all that the official SDKs lose besides is named, and nothing else is")
def _(found):
    lost = set().union(*(taken.lost() for sdk in SDKS for taken in found.taken[sdk]))
    equal(sorted(lost - set(OURS) - set(THEIRS)), [])
    equal(sorted(set(THEIRS) - lost), [])


@check("what a subsegment says that is sent alone is kept as in its segment, but for its service")
def _(found):
    late = [
        taken
        for taken in found.taken["ours"]
        if taken.operation == "subsegment_closed_after_segment"
    ]
    equal([taken.refused for taken in late], [None, None])
    assert {"parent_id", "type", "annotations.*"} <= late[1].kept(), late[1].kept()


@check("docs/interop.md has what is kept")
def _(found):
    sent = set().union(*(taken.kept() for all in found.taken.values() for taken in all))
    rows = [
        [
            f"`{kept.member}`",
            kept.becomes + (" (outermost entity only)" if kept.root else ""),
            f"`{kept.source}.go`",
        ]
        for kept in KEPT
        if kept.member in sent
    ]
    page.says("agent: kept", page.table(["member", "becomes", "by"], rows))


@check("docs/interop.md has what is lost, and what to do about it")
def _(found):
    rows = []
    for member in [*OURS, *THEIRS]:
        sdks = [
            NAMES[sdk]
            for sdk in found.taken
            if any(member in taken.lost() for taken in found.taken[sdk])
        ]
        why, instead = OURS[member] if member in OURS else (THEIRS[member], "–")
        rows.append([f"`{member}`", ", ".join(sdks), why, instead])
    page.says("agent: lost", page.table(["member", "sent by", "why", "what to do"], rows))


@check("docs/interop.md has what is refused")
def _(found):
    reasons = {}
    for sdk, all in found.taken.items():
        for taken in all:
            if taken.refused:
                operations = reasons.setdefault(taken.refused, {}).setdefault(sdk, {})
                operations[taken.operation] = operations.get(taken.operation, 0) + 1
    rows = []
    for reason, sdks in reasons.items():
        told = []
        for sdk, operations in sdks.items():
            names = ", ".join(
                f"`{name}`" + (f" ({n})" if n > 1 else "") for name, n in operations.items()
            )
            told.append(f"{NAMES[sdk]}: {names}")
        rows.append([reason, "; ".join(told)])
    counts = [
        f"{NAMES[sdk]} {sum(taken.refused is not None for taken in all)} of {len(all)}"
        for sdk, all in found.taken.items()
    ]
    text = page.table(["why", "whose documents, by operation"], rows)
    page.says("agent: refused", f"Refused: {', '.join(counts)}.\n\n{text}")


@check("docs/interop.md has which marks of ours become others")
def _(found):
    rows = []
    for taken in found.taken["ours"]:
        for entity, _, _ in taken.entities:
            sent = {mark for mark in ("error", "fault", "throttle") if entity.get(mark)}
            if sent != marks(entity):
                words = [", ".join(sorted(all)) or "none" for all in (sent, marks(entity))]
                rows.append([f"`{taken.operation}`", f"`{entity['name']}`", *words])
    page.says(
        "agent: marks", page.table(["operation", "entity", "sent", "what X-Ray has then"], rows)
    )
