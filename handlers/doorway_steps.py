"""Asking for a doorway, one thing at a time: what each stage says, and where it leads.

A search serves a purpose (`home`, `intake`, `emergency`), which says what happens with the place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup
from pydantic import ValidationError

from handlers.keyboards import places as buttons
from handlers.places import (
    PARTS,
    Search,
    choices_below,
    community_of,
    name_of,
    names_of,
    next_part,
    picked_from,
    without_last_part,
)
from handlers.states import Doorway
from handlers.turn import Turn
from models.place import Place
from workflows.tickets.submit import DraftFile


@dataclass(frozen=True, slots=True)
class Purpose:
    """What becomes of a search for a doorway."""

    done: Callable[[Turn, Search, Place], Awaitable[None]]
    cancel: Callable[[Turn], Awaitable[None]]
    back: Callable[[Turn], Awaitable[None]]
    """From the first stage to whatever came before."""
    files: Callable[[Turn, str, Sequence[DraftFile]], Awaitable[bool]]
    """Keep files that came meanwhile, with their words; False when they are not wanted here."""
    matter: bool = False
    """Whether the place is a matter's: then home is offered, and vague words are good enough."""


_PURPOSES: dict[str, Purpose] = {}


def serve(name: str, purpose: Purpose) -> None:
    """Register what a kind of search is for."""
    _PURPOSES[name] = purpose


def purpose_of(search: Search) -> Purpose:
    """What the search is for. Raises KeyError for a purpose nobody registered."""
    return _PURPOSES[search.purpose]


async def load_search(turn: Turn) -> Search | None:
    """The search under way, or None."""
    raw = (await turn.state.get_data()).get("doorway")
    if not raw:
        return None
    try:
        search = Search.model_validate(raw)
    except ValidationError:
        return None
    return search if search.purpose in _PURPOSES else None


async def end_search(turn: Turn) -> None:
    """Forget the search; what it was for goes on by itself."""
    data = await turn.state.get_data()
    data.pop("doorway", None)
    await turn.state.set_data(data)
    if (await turn.state.get_state() or "").startswith(Doorway.__full_group_name__):
        await turn.state.set_state(None)


async def start_search(turn: Turn, search: Search) -> None:
    """Begin: from what is known, with the home on record as the first offer for a matter."""
    if search.options:
        await put(turn, search.at("options"))
    elif search.place is not None:
        await settle(turn, search, search.place)
    elif purpose_of(search).matter and turn.person.resident.place is not None:
        await put(turn, search.at("home"))
    else:
        await put(turn, search.at("ask"))


async def settle(turn: Turn, search: Search, place: Place) -> None:
    """Ask for the next missing part, or be done."""
    services = turn.work.services
    part = next_part(services.district, services.gazetteer, place, search.exactness)
    if part is None:
        await finish(turn, search, place)
    elif part == "grid":
        await put(turn, search.at("grid", place=place, node=place.grid))
    else:
        await put(turn, search.at(part, place=place))


async def finish(turn: Turn, search: Search, place: Place) -> None:
    """Hand the place to whoever wanted it."""
    await end_search(turn)
    await purpose_of(search).done(turn, search, place)


async def keep(turn: Turn, search: Search) -> None:
    """Keep the search and wait for what its stage asks."""
    await turn.state.update_data(doorway=search.model_dump(mode="json"))
    await turn.state.set_state(Doorway.part if search.stage in PARTS else Doorway.address)


async def put(turn: Turn, search: Search) -> None:
    """Keep the search and show its stage."""
    await keep(turn, search)
    text, markup = _STAGES[search.stage](turn, search)
    await turn.show(text, markup)


async def back(turn: Turn, search: Search) -> None:
    """One stage back; from the first, to whatever asked for the place."""
    district = turn.work.district
    if search.stage in PARTS and search.place is not None:
        earlier = without_last_part(search.place)
        if earlier != search.place:
            await settle(turn, search, earlier)
            return
        await put(turn, search.at("ask", place=None))
    elif search.stage == "grid" and (above := picked_from(district, search.node)) is not None:
        await put(turn, search.at("grid", node=above))
    elif search.stage in ("ask", "pin", "home"):
        await end_search(turn)
        await purpose_of(search).back(turn)
    else:
        await put(turn, search.at("ask", place=None, options=[]))


async def read_address(turn: Turn, search: Search, text: str) -> None:
    """Take typed words for an address: settled, to confirm, to choose from, or not known."""
    services = turn.work.services
    near = search.node or community_of(services.district, turn.person.resident.place)
    if near == services.district.root.code:
        near = None
    matches = services.gazetteer.locate(text, within=near)
    if not matches:
        await turn.say(
            turn.t("doorway/not_found", typed=text, matter=purpose_of(search).matter),
            buttons.ask(turn.t, as_typed=purpose_of(search).matter),
        )
        await keep(turn, search.at("ask", typed=text[:200]))
    elif len(matches) > 1:
        options = [match.place for match in matches[:8]]
        await put(turn, search.at("options", options=options, typed=text[:200]))
    elif matches[0].exact:
        await settle(turn, search, matches[0].place)
    else:
        await put(turn, search.at("confirm", place=matches[0].place, typed=text[:200]))


def part_options(turn: Turn, search: Search) -> list[tuple[Place, str]]:
    """What can be picked at a stage that asks for a building or a unit: place and label."""
    book, place = turn.work.services.gazetteer, search.place
    if place is None:
        return []
    if search.stage == "building":
        found = [
            place.model_copy(
                update={"lane": door.lane, "number": door.number, "building": door.building}
            )
            for door in book.buildings(place.grid)
            if place.lane in (None, door.lane) and place.number in (None, door.number)
        ]
        plain = [other.model_copy(update={"unit": None, "room": None}) for other in found]
        return [(other, book.describe(bare)) for other, bare in zip(found, plain, strict=True)]
    if search.stage == "unit":
        units = book.units(place.grid, place.lane, place.number, place.building)
        return [
            (place.model_copy(update={"unit": unit}), turn.t.label("resident.unit", unit=unit))
            for unit in units
        ]
    return []


Shown = tuple[str, InlineKeyboardMarkup]


def _ask(turn: Turn, search: Search) -> Shown:
    matter = purpose_of(search).matter
    return (
        turn.t("doorway/ask", matter=matter, exactness=search.exactness),
        buttons.ask(turn.t, as_typed=matter and bool(search.typed)),
    )


def _home(turn: Turn, search: Search) -> Shown:
    place = turn.person.resident.place
    address = turn.work.services.gazetteer.describe(place) if place is not None else ""
    return turn.t("doorway/home", address=address), buttons.home(turn.t, address)


def _options(turn: Turn, search: Search) -> Shown:
    names = option_names(turn, search)
    return turn.t("doorway/options", names=names), buttons.options(turn.t, names)


def _confirm(turn: Turn, search: Search) -> Shown:
    assert search.place is not None  # noqa: S101 - set with the stage
    address = turn.work.services.gazetteer.describe(search.place)
    return (
        turn.t("doorway/confirm", address=address, typed=search.typed),
        buttons.confirm(turn.t),
    )


def _grid(turn: Turn, search: Search) -> Shown:
    district = turn.work.district
    node = district.node_by_code.get(search.node) or district.root
    options = [
        (choice.code, name_of(choice, turn.t.locale))
        for choice in choices_below(district, node.code)
    ]
    names = [name for _, name in options]
    above = name_of(node, turn.t.locale)
    top = node.parent is None
    return (
        turn.t("doorway/grid", above=above, top=top, names=names),
        buttons.grids(turn.t, options, stop_here=not top and purpose_of(search).matter),
    )


def _part(turn: Turn, search: Search) -> Shown:
    names = [name for _, name in part_options(turn, search)]
    address = turn.work.services.gazetteer.describe(search.place) if search.place else ""
    return (
        turn.t("doorway/part", part=search.stage, address=address, names=names),
        buttons.parts(turn.t, names),
    )


_STAGES: dict[str, Callable[[Turn, Search], Shown]] = {
    "ask": _ask,
    "pin": _ask,
    "home": _home,
    "options": _options,
    "confirm": _confirm,
    "grid": _grid,
    "building": _part,
    "unit": _part,
    "room": _part,
}


def option_names(turn: Turn, search: Search) -> list[str]:
    """The places to choose from, by name: a courtyard by its own when only that much is known."""
    book, district = turn.work.services.gazetteer, turn.work.district
    return [
        name_of(district.node_by_code[place.grid], turn.t.locale)
        if place.number is None and place.grid in district.node_by_code
        else book.describe(place)
        for place in search.options
    ]


def grid_names(turn: Turn, search: Search) -> tuple[list[str], list[str]]:
    """Codes and names of the grids on offer."""
    district = turn.work.district
    code = search.node if search.node in district.node_by_code else district.root.code
    nodes = choices_below(district, code)
    return [node.code for node in nodes], names_of(nodes, turn.t.locale)
