"""QR posters for stairwells."""

from __future__ import annotations

from pathlib import Path

import segno

from bot.district import load_district
from models.district import Level


def deep_link(bot_username: str, grid: str) -> str:
    """The address that opens the bot and already knows the grid.

    A start parameter may hold only letters, digits, `_` and `-` (Bot API, deep linking), so the
    dots of the code become underscores.
    """
    return f"https://t.me/{bot_username}?start=g_{grid.replace('.', '_')}"


def draw_poster(district_folder: Path, grid: str, bot_username: str, out: Path) -> str:
    """Write the QR code as SVG; returns the link in it.

    Raises:
        ValueError: no such courtyard.
    """
    node = load_district(district_folder).node_by_code.get(grid)
    if node is None or node.level is not Level.COURTYARD:
        raise ValueError(f"{grid}: there is no such courtyard grid")
    link = deep_link(bot_username, grid)
    segno.make(link, error="q").save(str(out), scale=10, title=node.name)
    return link
