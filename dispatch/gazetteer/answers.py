"""Answers to "which building?", "which unit?", "which room?"."""

from __future__ import annotations

import re

from dispatch.gazetteer.parts import Before, Kind, Reading, find_parts, readings
from dispatch.gazetteer.text import arabic, clean
from dispatch.gazetteer.tree import Tree, key_of, unit_exists
from models.place import Place

_BARE = re.compile(
    r"第?(\d{1,4}[a-z]?|[a-z]\d{0,3}|[零〇一二两三四五六七八九十百廿卅幺]{1,6}|[甲乙丙丁戊])\s?号?"
)
_DOOR = re.compile(r"\d{1,4}[a-z]?")


def answer(tree: Tree, place: Place, part: str, text: str) -> Place | None:
    """The place with the part that the text names, or None when it names none that exists.

    Parts below it are taken from the same answer ("3单元401"); a unit that the newly known
    building lacks is dropped. Raises ValueError for a part that is never asked for.
    """
    uniform = clean(text).chars.strip(" ,.;:!?。、")
    if place.lane:
        uniform = uniform.removeprefix(place.lane)
    match part:
        case "building":
            return _building(tree, place, uniform)
        case "unit":
            return _unit(tree, place, uniform)
        case "room":
            return _room(tree, place, uniform)
    raise ValueError(f"not a part of a doorway that is asked for: {part!r}")


def _bare(text: str) -> str | None:
    whole = _BARE.fullmatch(text)
    return arabic(whole.group(1)) if whole else None


def _read(text: str) -> Reading:
    marked = [(part, Before.PART) for part in find_parts(text) if part.kind is not Kind.CHAIN]
    return readings(marked, lane=False)[0]


def _building(tree: Tree, place: Place, text: str) -> Place | None:
    bare = _bare(text)
    reading = Reading(building=bare) if bare else _read(text)
    if not (reading.building or reading.numbers):
        return None
    pairs = tree.matching(place.grid, place.lane, place.number, None)
    fitting = [
        (entry, option)
        for entry, option in pairs
        if (not reading.numbers or entry.key in reading.numbers)
        and reading.building in (None, key_of(option.name) if option else entry.key)
    ]
    if not fitting and bare:
        fitting = [pair for pair in pairs if pair[0].key == bare]
    if len(fitting) != 1:
        return None
    entry, option = fitting[0]
    unit = reading.unit or place.unit
    known = {
        "lane": entry.lane,
        "number": entry.number,
        "building": option.name if option else None,
        "unit": unit if unit_exists(unit, [option] if option else []) else None,
        "room": reading.room or place.room,
    }
    return place.model_copy(update=known)


def _unit(tree: Tree, place: Place, text: str) -> Place | None:
    reading = _read(text)
    unit = _bare(text) or reading.unit
    pairs = tree.matching(place.grid, place.lane, place.number, place.building)
    listed = [building for _, building in pairs if building is not None]
    if not unit_exists(unit, listed):
        return None
    return place.model_copy(update={"unit": unit, "room": reading.room or place.room})


def _room(tree: Tree, place: Place, text: str) -> Place | None:
    reading = _read(text)
    room = _bare(text) or reading.room
    if room is None or not (_DOOR.fullmatch(room) or room.endswith("户")):
        return None
    if reading.unit is not None and reading.unit != place.unit:
        moved = _unit(tree, place, f"{reading.unit}单元")
        return moved.model_copy(update={"room": room}) if moved else None
    return place.model_copy(update={"room": room})
