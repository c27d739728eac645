"""Addresses: of the bot, of pages of the board, of somebody's online meeting."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import segno
from markupsafe import Markup


def bot_link(bot_username: str, number: int) -> str:
    """The address that opens the bot at a deliberation (Bot API, deep linking)."""
    return f"https://t.me/{bot_username}?start=d_{number}"


def qr_svg(link: str) -> Markup:
    """The QR code of a link, as an SVG that takes the size of its place."""
    code = segno.make(link, error="m")
    return Markup(code.svg_inline(omitsize=True, border=2, svgclass="qr"))  # noqa: S704 - modules


def board_link(path: str, lang: str | None, **query: object) -> str:
    """A path of the board that keeps the language which the reader chose."""
    if lang is not None:
        query["lang"] = lang
    return f"{path}?{urlencode(query)}" if query else path


def web_link(url: str) -> bool:
    """Whether an address written by somebody may become a link: http or https, with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
