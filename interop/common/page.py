"""docs/interop.md: tables in it that are made from what the cases know.

Each stands between `<!-- name -->` and `<!-- end of name -->`. With `XRAY_INTEROP_WRITE=1` a case
writes them instead of complaining that they are not as they should be.
"""

import os
import pathlib

PAGE = pathlib.Path(__file__).parents[2] / "docs/interop.md"


def table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines
    )


def says(name, text):
    """Checks that the page has this text under this name."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    page = PAGE.read_text()
    before, found, rest = page.partition(begin)
    inside, closed, after = rest.partition(end)
    assert found and closed, f"no place for {name!r} in {PAGE.name}"
    text = f"\n{text}\n\n"
    if inside == text:
        return
    assert os.environ.get("XRAY_INTEROP_WRITE"), (
        f"{name!r} in {PAGE.name} is out of date: XRAY_INTEROP_WRITE=1 interop/run …"
    )
    PAGE.write_text(before + begin + text + end + after)
