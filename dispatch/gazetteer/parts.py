"""Numbers with a meaning: "12号", "5#楼", "三单元", "401室", "12-3-401"; and without one: "12"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import combinations
from typing import Any, NamedTuple

from dispatch.gazetteer.text import arabic

_CN = "[零〇一二两三四五六七八九十百廿卅幺]"
_NUM = rf"(?:\d{{1,5}}|{_CN}{{1,6}})"
_BUILDING = rf"(?:\d{{1,4}}[a-z]?|[a-z]\d{{0,3}}|{_CN}{{1,6}}|[甲乙丙丁戊])"
_QUANTITY = (
    r"(?:天|个|点|年|月|日|块|元|分|小时|次|人|米|多|岁|路|户|度|斤|毛|只|条|辆|台|周|秒|平|万|千"
    r"|[.:]\d|%)"
)
_CLEAN_END = (
    rf"(?=$|[\s]|[^\w]|院|楼道|楼梯|{_NUM}\s?(?:号?单元|号?[栋幢座]|号楼|\#|室|楼|层|门)"
    rf"|[a-z甲乙丙丁]\s?[座栋幢])"
)
_PATTERN = re.compile(
    rf"""
      (?<![a-z])no\.?\s?(?P<number_en>\d{{1,5}})(?!\d)
    | (?<![a-z])(?:building|bldg\.?|block)\s?(?P<building_en>\d{{1,3}}|[a-z])(?![\da-z])
    | (?<![a-z])unit\s?(?P<unit_en>\d{{1,2}})(?!\d)
    | (?<![a-z])(?:room|rm\.?|apartment|apt\.?|flat)\s?(?P<room_en>\d{{1,4}})(?!\d)
    | (?<![a-z])(?P<zone_en>east|west|north|south)(?![a-z])
    | (?<![\d.a-z-])(?P<chain>(?:\d{{1,4}}[a-z]?|[a-z])
      (?:\s?[-/]\s?(?:\d{{1,4}}|[a-z](?![a-z]))){{1,3}})
      (?:(?P<tail>\s?(?:号?单元|室|号楼|\#楼))|(?![\d-]|{_QUANTITY}))
    | (?<![\d.a-z])第?(?P<building>{_BUILDING})\s?
      (?:号楼(?![道梯院])|号?[栋幢](?:楼(?={_NUM}[单门])|(?!楼))|号?座(?![桥的位山])|\#楼(?![道梯])|\#[栋幢座])
    | (?<![\d.])第?(?P<unit>{_NUM})\s?(?:[号\#]?单元|号?门(?=$|\W|\d|{_CN}))
    | (?<![\d.])(?P<room>\d{{3,4}}|{_CN}{{3,6}})\s?(?:号?室|号?房(?![子租屋东贷产间]))
    | (?P<side>(?:{_NUM}\s?[楼层])?[东西南北中左右]户)
    | (?P<zone>[东西南北中])区
    | (?<![\d.])第?(?P<numbers>(?:{_NUM}[、,和]\s?)*{_NUM})\s?号
      (?:楼院|大院|家属院|院)?(?![线码文令]|晚|早|上午|下午|中午|凌晨|开始|起|到期)
    | (?<![\d.])(?P<floor>{_NUM})\s?(?:楼(?![道梯院])|层)
    | (?<![\d.])(?P<hash>\d{{1,4}})\s?\#
    | (?<![\d.])(?P<bare>\d{{1,4}}|{_CN}{{1,6}})(?!\d|{_QUANTITY})(?P<clean>{_CLEAN_END})?
    """,
    re.VERBOSE,
)


class Kind(StrEnum):
    """What a number was marked as."""

    NUMBER = "number"
    BUILDING = "building"
    HASH = "hash"
    UNIT = "unit"
    ROOM = "room"
    FLOOR = "floor"
    ZONE = "zone"
    CHAIN = "chain"
    BARE = "bare"


_ZONES = {"east": "东", "west": "西", "north": "北", "south": "南"}
_SEPARATORS = {Kind.CHAIN: "[-/]", Kind.NUMBER: "[、,和]"}
_SLOTS = ("number", "building", "unit", "room")
_MOST_READINGS = 24
_SHORTEST_ROOM = 3
"""Digits of a room that is not marked as one: 401 is a door, 4 may be anything."""


class Before(StrEnum):
    """What stands directly before a number; it decides what an unmarked one can mean."""

    NAME = "name"
    PART = "part"
    START = "start"
    APART = "apart"


class Part(NamedTuple):
    """One marked number. `clean`: nothing follows that would make an unmarked number a quantity."""

    kind: Kind
    values: tuple[str, ...]
    start: int
    end: int
    clean: bool = True
    tail: str = ""


class Reading(NamedTuple):
    """One way to read the parts; `whole` is false when a part found no place in it."""

    numbers: tuple[str, ...] = ()
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    zone: str | None = None
    whole: bool = True


def find_parts(text: str) -> list[Part]:
    """The marked and unmarked numbers of uniform text, in order."""
    return [part for found in _PATTERN.finditer(text) if (part := _part(found)) is not None]


def _part(found: re.Match[str]) -> Part | None:
    group, value = next((g, v) for g, v in found.groupdict().items() if v is not None)
    name = group.removesuffix("_en")
    start, end = found.span()
    clean_end = name != "bare" or found.group("clean") is not None
    if name == "side":
        return Part(Kind.ROOM, (_side(value),), start, end)
    if name == "zone":
        return Part(Kind.ZONE, (_ZONES.get(value, value),), start, end)
    kind = Kind.NUMBER if name == "numbers" else Kind(name)
    pieces = re.split(_SEPARATORS.get(kind, "$^"), value)
    values = tuple(plain for piece in pieces if (plain := arabic(piece.strip())) is not None)
    stray = not clean_end and len(values[0] if values else "") < _SHORTEST_ROOM  # the 一 of 一直
    if stray or len(values) < len(pieces):
        return None
    tail = (found.group("tail") or "").strip().lstrip("号#")
    return Part(kind, values, start, end, clean=clean_end, tail=tail)


def _side(value: str) -> str:
    """ "四楼东户" → "4楼东户"."""
    floor = re.match(rf"({_NUM})\s?[楼层]", value)
    return f"{arabic(floor.group(1))}楼{value[-2:]}" if floor else value


def readings(parts: Sequence[tuple[Part, Before]], *, lane: bool) -> list[Reading]:
    """Every way to read the parts; `lane` tells whether they follow the name of a lane.

    Which of them is meant is for the tree to say: only it knows what exists.
    """
    open_: list[Reading] = [Reading()]
    for position, (part, before) in enumerate(parts):
        following = parts[position + 1][0] if position + 1 < len(parts) else None
        open_ = [
            extended
            for reading in open_
            for extended in _extend(reading, part, before, following, lane=lane)
        ][:_MOST_READINGS]
    return list(dict.fromkeys(open_))


def _extend(
    reading: Reading, part: Part, before: Before, following: Part | None, *, lane: bool
) -> Iterable[Reading]:
    value = part.values[0]
    match part.kind:
        case Kind.NUMBER:
            ways = [_number(reading, part)]
        case Kind.HASH if lane and not reading.numbers:
            ways = [_put(reading, "number", value), _put(reading, "building", value)]
        case Kind.HASH:
            ways = [_put(reading, "building", value)]
        case Kind.FLOOR:
            leads = following is not None and following.kind is Kind.UNIT
            ways = [_put(reading, "building", value) if leads else reading]
        case Kind.CHAIN:
            ways = list(_chain(reading, part, lane=lane)) or [reading._replace(whole=False)]
        case Kind.BARE:
            ways = _bare(reading, part, before, following, lane=lane)
        case _:
            ways = [_put(reading, part.kind.value, value)]
    return ways


def _put(reading: Reading, slot: str, value: str) -> Reading:
    """The reading with the slot filled; one that holds something else already cannot take it."""
    if slot == "number":
        return reading._replace(numbers=(value,))
    known = getattr(reading, slot)
    if known is not None:
        return reading if known == value else reading._replace(whole=False)
    filled: dict[str, Any] = {slot: value}
    return reading._replace(**filled)


def _number(reading: Reading, part: Part) -> Reading:
    value = part.values[0]
    doorplate = len(value) >= _SHORTEST_ROOM and reading.room is None
    if doorplate and (reading.numbers or reading.building or reading.unit):
        return reading._replace(room=value)
    if not reading.numbers:
        return reading._replace(numbers=part.values)
    return _put(reading, "building", value)


def _chain(reading: Reading, part: Part, *, lane: bool) -> Iterable[Reading]:
    taken = (reading.numbers, reading.building, reading.unit, reading.room)
    last = max((i for i, known in enumerate(taken) if known), default=-1)
    if last < 0 and len(part.values) == 2:
        yield _put(reading, "number", "-".join(part.values))  # 12-1号 is a number of its own
    for slots in combinations(_SLOTS[last + 1 :], len(part.values)):
        if lane and not reading.numbers and slots[0] != "number":
            continue
        if _fits(slots, part):
            filled = reading
            for slot, value in zip(slots, part.values, strict=True):
                filled = _put(filled, slot, value)
            yield filled


def _fits(slots: Sequence[str], part: Part) -> bool:
    long = len(part.values[-1]) >= _SHORTEST_ROOM
    marked = {"单元": "unit", "室": "room", "楼": "building"}.get(part.tail)
    if slots[-1] != (marked or ("room" if long else slots[-1])):
        return False
    if slots[-1] == "room" and not (long or marked):
        return False
    return all(
        value.isdigit() and len(value) <= 2
        for slot, value in zip(slots, part.values, strict=True)
        if slot == "unit"
    )


def _bare(
    reading: Reading, part: Part, before: Before, following: Part | None, *, lane: bool
) -> list[Reading]:
    value = part.values[0]
    named = before is Before.NAME or (before is Before.START and following is not None)
    if named and part.clean and not reading.numbers:
        by_number = _put(reading, "number", value)
        return [by_number] if lane else [by_number, _put(reading, "building", value)]
    if before is Before.PART and len(value) >= _SHORTEST_ROOM:
        return [_put(reading, "room", value)]
    if before is Before.PART and part.clean and reading.unit is None:
        options = [_put(reading, "unit", value)]
        return options if reading.building else [*options, _put(reading, "building", value)]
    return [reading]
