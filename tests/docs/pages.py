"""The Markdown pages of the project, and what can be read out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bot.paths import ROOT

_LINK = re.compile(r"\[(?:[^\]]|\](?=\())*?\]\(<?([^)\s>]+)>?\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HIDDEN = {"node_modules", "var"}

READMES = ("README.md", "README.zh-CN.md")


def pages() -> list[Path]:
    """Every Markdown page that is the project's own."""
    return sorted(
        path
        for path in ROOT.rglob("*.md")
        if not any(part in _HIDDEN or part.startswith(".") for part in path.relative_to(ROOT).parts)
    )


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def links(text: str) -> list[str]:
    """Targets of links and images, outside of code."""
    return _LINK.findall(_FENCE.sub("", text))


def anchors(text: str) -> set[str]:
    """What GitHub calls the headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(text: str, heading: str) -> str:
    """The text below the heading that starts with these words, up to the next heading."""
    found = re.search(rf"^#+ {re.escape(heading)}.*?\n(.*?)(?=^#|\Z)", text, re.M | re.S)
    assert found is not None, f"there is no heading {heading!r}"
    return found[1]


def rows(text: str) -> Iterator[list[str]]:
    """Cells of every table row, without heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if set(line) <= set("|-: ") or (below and set(below) <= set("|-: ")):
            continue
        yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def names(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)
