"""The opinion picture for the board: its drawing, and what it says in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import structlog

from opinions.drawing import draw_svg
from opinions.picture import Picture
from web.board.words import Words
from workflows.deliberation.board.parts import OpinionsView

log = structlog.get_logger(__name__)

MOST_COMMON = 5
"""Sentences on common ground; the strongest come first."""
MOST_TYPICAL = 2
"""Sentences on what sets one group apart."""


@dataclass(frozen=True, slots=True)
class Common:
    """An opinion on which all groups are on the same side."""

    text: str
    agree: bool
    least: int
    """The smallest share of a group on that side, in per cent."""


@dataclass(frozen=True, slots=True)
class Typical:
    """An opinion on which a group differs from the others; shares in per cent."""

    group: str
    text: str
    agrees: bool
    share: int
    others_share: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says of the picture."""

    verdict: str
    participants: int
    groups: tuple[tuple[str, int], ...]
    """Label and number of people."""
    drawn: bool
    consensus: tuple[Common, ...]
    typical: tuple[Typical, ...]


def read_picture(data: dict[str, Any] | None) -> Picture | None:
    """The stored picture; None before the first, or when another version wrote it."""
    if not data:
        return None
    try:
        return Picture.from_json(data)
    except (KeyError, TypeError, ValueError) as error:
        log.warning("picture_not_readable", error=type(error).__name__)
        return None


def picture_of(opinions: OpinionsView | None) -> Shown | None:
    """What to say of the picture; nothing of opinions that are not shown any more."""
    picture = read_picture(opinions.picture) if opinions is not None else None
    if opinions is None or picture is None:
        return None
    return Shown(
        verdict=picture.verdict,
        participants=picture.participants,
        groups=tuple((group.label, group.size) for group in picture.groups),
        drawn=picture.verdict != "too_few" and bool(picture.points),
        consensus=tuple(_common(picture, opinions.texts))[:MOST_COMMON],
        typical=tuple(_typical(picture, opinions.texts)),
    )


def _common(picture: Picture, texts: dict[int, str]) -> Iterator[Common]:
    for one in picture.consensus:
        if one.opinion in texts:
            least = min((share for _, share in one.shares), default=one.value)
            yield Common(texts[one.opinion], one.agree, round(100 * least))


def _typical(picture: Picture, texts: dict[int, str]) -> Iterator[Typical]:
    for group in picture.groups:
        shown = [row for row in group.representative if row.opinion in texts]
        for row in shown[:MOST_TYPICAL]:
            yield Typical(
                group.label,
                texts[row.opinion],
                row.agrees,
                round(100 * row.share),
                round(100 * row.others_share),
            )


def draw_picture(picture: Picture, words: Words) -> str:
    """The picture as SVG. People are put in the order of their places, so that the file does not
    tell in which order they came."""
    places = sorted(picture.points, key=lambda point: (point.group or "", point.x, point.y))
    labels = {"title": str(words.say("picture"))}
    return draw_svg(replace(picture, points=tuple(places)), labels)
