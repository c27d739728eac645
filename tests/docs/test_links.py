"""Links between pages lead somewhere, and pictures are there and small."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.paths import ROOT
from tests.docs.pages import anchors, links, pages

LARGEST_PICTURE = 150_000


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in links(text):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: there is no such file"
        assert target.is_relative_to(ROOT), f"{link}: leads out of the project"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{link}: no such heading"


def test_every_picture_is_shown_and_small() -> None:
    shown = {
        (page.parent / link).resolve()
        for page in pages()
        for link in links(page.read_text(encoding="utf-8"))
    }
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture in shown, f"{picture.name} is on no page"
        assert picture.stat().st_size < LARGEST_PICTURE, f"{picture.name} is too large"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        found = links(page.read_text(encoding="utf-8"))
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in found]
    assert set((ROOT / "docs").glob("*.md")) <= reached
