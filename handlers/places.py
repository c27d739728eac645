"""Finding a doorway step by step: how far one has got, and what to ask next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, Field

from models.district import District, GridNode, Level, covers
from models.place import Place

Exactness = Literal["doorway", "courtyard"]
Stage = Literal["ask", "pin", "home", "options", "confirm", "grid", "building", "unit", "room"]
PARTS: frozenset[str] = frozenset({"building", "unit", "room"})
MOST_COURTYARDS = 12
"""Up to so many courtyards are listed at once; more are picked by way of the level between."""


class AddressBook(Protocol):
    """What is needed of the gazetteer."""

    def missing(self, place: Place) -> str | None:
        """The next part worth asking for, or None."""


class Search(BaseModel):
    """A doorway being looked for; kept in the conversation's data."""

    purpose: str
    """Whose doorway: a name registered with `handlers.doorway.serve`."""
    exactness: Exactness = "doorway"
    stage: Stage = "ask"
    place: Place | None = None
    """What is known so far."""
    options: list[Place] = Field(default_factory=list)
    """Places to choose from when the words could mean several."""
    node: str = ""
    """The grid whose children are on offer."""
    typed: str = ""
    """The last words that named no known place."""
    ticket: int | None = None
    """The ticket it is for, when that exists already."""

    def at(self, stage: Stage, **changes: object) -> Search:
        """The same search at another stage."""
        return self.model_copy(update={"stage": stage, **changes})


PIN = "location pin"
"""What the gazetteer writes for a place that was not told in words."""


def own_words(place: Place) -> str:
    """The person's own words for a place, where they say more than the grid; else empty."""
    return place.text if place.lane is None and place.text != PIN else ""


def is_courtyard(district: District, code: str) -> bool:
    """Whether the code names a grid of the lowest level."""
    node = district.node_by_code.get(code)
    return node is not None and node.level == Level.COURTYARD


def is_enough(
    district: District, book: AddressBook, place: Place | None, exactness: Exactness
) -> bool:
    """Whether a place is known as exactly as a matter needs it."""
    if place is None or not is_courtyard(district, place.grid):
        return False
    return exactness == "courtyard" or book.missing(place) is None


def next_part(
    district: District, book: AddressBook, place: Place, exactness: Exactness
) -> Stage | None:
    """What to ask next about a place: `grid`, a part of the doorway, or None when it is enough."""
    if not is_courtyard(district, place.grid):
        return "grid"
    if exactness == "courtyard":
        return None
    missing = book.missing(place)
    return missing if missing in ("building", "unit", "room") else None  # type: ignore[return-value]


def choices_below(district: District, code: str) -> tuple[GridNode, ...]:
    """The grids to pick from inside `code`.

    The courtyards themselves while they are few: a unit grid's name says nothing to a resident.
    A level with a single grid is passed over.
    """
    below = [
        node
        for node in district.grids
        if node.level == Level.COURTYARD and node.code != code and covers(code, node.code)
    ]
    if len(below) <= MOST_COURTYARDS:
        return tuple(below)
    children = district.children_by_code.get(code, ())
    return choices_below(district, children[0].code) if len(children) == 1 else tuple(children)


def picked_from(district: District, code: str) -> str | None:
    """The grid whose choices `code` was picked from: the way back; None at the top."""
    for node in district.path(code)[1:]:
        if any(choice.code == code for choice in choices_below(district, node.code)):
            return node.code
    return None


def without_last_part(place: Place) -> Place:
    """The place with its most exact part left open, to be asked again."""
    for part in ("room", "unit", "building"):
        if getattr(place, part) is not None:
            return place.model_copy(update={part: None})
    return place


def community_of(district: District, place: Place | None) -> str | None:
    """The community a place lies in: where a number without a lane is looked for first."""
    if place is None or place.grid not in district.node_by_code:
        return None
    node = district.ancestor(place.grid, Level.COMMUNITY)
    return node.code if node is not None else None


def name_of(node: GridNode, locale: str) -> str:
    """A grid's name in the reader's language."""
    return node.name if locale.startswith("zh") else node.name_en


def names_of(nodes: Sequence[GridNode], locale: str) -> list[str]:
    """The grids' names in the reader's language."""
    return [name_of(node, locale) for node in nodes]
