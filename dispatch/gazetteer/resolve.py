"""From a read address to the courtyards that it can mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from dispatch.gazetteer.names import Anchor
from dispatch.gazetteer.parts import Reading, readings
from dispatch.gazetteer.segments import Segment
from dispatch.gazetteer.tree import Entry, Tree, unit_exists
from models.district import Building, GridNode, Level, covers

_NONE: frozenset[str] = frozenset()
_ENOUGH_TO_ASK = 2
_PARTS = ("lane", "number", "building", "unit", "room")


class Target(NamedTuple):
    """Where to look: on these lanes, in these grids; both empty means anywhere."""

    lanes: frozenset[str] = _NONE
    codes: frozenset[str] = _NONE


class Search(NamedTuple):
    """A first place to look, and another one that the same names can mean (合水中路: 社区)."""

    first: Target
    second: Target | None = None
    equal: bool = False
    """Whether the second counts beside the first, or only when the first leads nowhere."""


class Hit(NamedTuple):
    """A grid the address can mean, and the parts of the address that exist there.

    `valid`: everything that was written exists; `sure`: and was written without a slip.
    """

    node: GridNode
    lane: str | None = None
    number: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    valid: bool = True
    sure: bool = True


def find(tree: Tree, found: Iterable[Segment], within: str | None) -> list[Hit]:
    """The grids that the segments can mean, one hit each, in the order of the tree.

    Where something fits wholly, what fits only in part is left out; of what fits, what lies within
    the grid `within` is preferred.
    """
    hits = [hit for segment in found for hit in _of_segment(tree, segment, within)]
    if any(hit.valid for hit in hits):
        hits = [hit for hit in hits if hit.valid]
    if within is not None and any(covers(within, hit.node.code) for hit in hits):
        hits = [hit for hit in hits if covers(within, hit.node.code)]
    by_node: dict[str, Hit] = {}
    for hit in hits:
        known = by_node.get(hit.node.code)
        by_node[hit.node.code] = hit if known is None else _agreed(known, hit)
    return sorted(by_node.values(), key=lambda hit: (not hit.sure, tree.rank[hit.node.code]))


def _of_segment(tree: Tree, segment: Segment, within: str | None) -> list[Hit]:
    if not segment.anchors:
        return _nameless(tree, segment, within)
    sure = not any(anchor.typo for anchor in segment.anchors)
    if segment.foreign and not sure:
        return []  # two guesses make no answer
    return [hit._replace(sure=hit.sure and sure) for hit in _named(tree, segment)]


def _named(tree: Tree, segment: Segment) -> list[Hit]:
    search = _search(segment.anchors)
    hits = _of_target(tree, segment, search.first)
    fits = any(hit.valid for hit in hits)
    if search.second is None or (fits and segment.parts and not search.equal):
        return hits
    second = _of_target(tree, segment, search.second, by_number=not search.equal)
    if fits or not search.equal:
        return hits + second
    # Nothing on the lane fits: what fits in the community of that name is one thing to ask about.
    asked = [hit._replace(valid=False, sure=False) for hit in second]
    return hits + asked if hits or len(asked) >= _ENOUGH_TO_ASK else []


def _nameless(tree: Tree, segment: Segment, within: str | None) -> list[Hit]:
    """Numbers alone mean something only within a grid; anywhere else a lone find is chance."""
    if segment.foreign or (within is not None and within not in tree.nodes):
        return []
    target = Target(codes=frozenset([within]) if within else _NONE)
    hits: list[Hit] = []
    for reading in readings(segment.parts, lane=False):
        if reading.numbers or reading.building:
            hits += [hit for hit in _exact(tree, target, reading) if hit.valid or within]
        elif within and reading.unit and tree.nodes[within].level is Level.COURTYARD:
            hits += _nodes(tree, target.codes, reading)
    lone = len({hit.node.code for hit in hits}) < _ENOUGH_TO_ASK
    return [] if within is None and lone else hits


def _of_target(
    tree: Tree, segment: Segment, target: Target, *, by_number: bool = True
) -> list[Hit]:
    if segment.foreign:
        return _fallback(tree, target)
    hits: list[Hit] = []
    for reading in readings(segment.parts, lane=bool(target.lanes)):
        if reading.numbers and not by_number:
            continue
        if reading.numbers or reading.building:
            hits += _exact(tree, target, reading) or _fallback(tree, target)
        elif target.lanes:
            entries = _in_zone(tree.select(target.lanes, target.codes), reading)
            hits += _courtyards(entries, reading)
        else:
            hits += _nodes(tree, target.codes, reading)
    return hits


def _search(anchors: Sequence[Anchor]) -> Search:
    """Where the names point to.

    A full name goes before one that is also the short form of another (百合苑 is an estate, and a
    community without its 社区); a lane and a community of one name are equal, but a street number
    belongs to the lane.
    """
    speaking = _real_lanes([anchor for anchor in anchors if anchor.meaning.lanes])
    scopes = [anchor.meaning for anchor in anchors if anchor not in speaking]
    full = _common([meaning.codes or meaning.short for meaning in scopes])
    if not speaking:
        short = _common([meaning.short or meaning.codes for meaning in scopes])
        return Search(Target(codes=full), Target(codes=short) if short != full else None)
    lanes = frozenset[str]().union(*(a.meaning.lanes for a in speaking))
    named_so = frozenset[str]().union(*(a.meaning.codes | a.meaning.short for a in speaking))
    either = Target(codes=named_so) if named_so and not full else None
    return Search(Target(lanes, full), either, equal=True)


def _real_lanes(speaking: Sequence[Anchor]) -> Sequence[Anchor]:
    """Of "合水中路(社区)…康乐路" only the second is the lane: a name may be lane and community."""
    plain = [a for a in speaking if not (a.meaning.codes or a.meaning.short)]
    return plain or speaking[-1:]


def _common(scopes: Sequence[frozenset[str]]) -> frozenset[str]:
    """The lowest grids that lie in all of them; where two exclude each other, either is meant."""
    narrowed = _NONE
    for codes in scopes:
        both = {c for c in codes if any(covers(other, c) for other in narrowed)}
        both |= {c for c in narrowed if any(covers(other, c) for other in codes)}
        narrowed = frozenset(both) or narrowed | codes
    return narrowed


def _exact(tree: Tree, target: Target, reading: Reading) -> list[Hit]:
    """The courtyards that have the number and the building; [] when none has the number."""
    entries = tree.select(target.lanes, target.codes)
    if reading.numbers:
        chosen = [entry for entry in entries if entry.key in reading.numbers]
    else:
        chosen = [entry for entry in entries if _has(entry, reading.building)]
    if not chosen and target.lanes and target.codes:
        # The lane is right and the community is not: people know their lane better. To confirm.
        elsewhere = _exact(tree, Target(target.lanes), reading)
        return [hit._replace(sure=False) for hit in elsewhere]
    if not chosen and not target.lanes and reading.numbers and reading.building is None:
        by_building = reading._replace(numbers=(), building=reading.numbers[0])
        return _exact(tree, target, by_building)
    zoned = _in_zone(chosen, reading)
    hits = [_at_entry(entry, reading) for entry in chosen]
    return [
        hit if entry in zoned else hit._replace(valid=False)
        for entry, hit in zip(chosen, hits, strict=True)
    ]


def _has(entry: Entry, building: str | None) -> bool:
    return building in entry.buildings or (not entry.buildings and entry.key == building)


def _in_zone(entries: list[Entry], reading: Reading) -> list[Entry]:
    """东区 and 西区 share a number; a zone that none of them has says nothing."""
    zoned = [entry for entry in entries if reading.zone and entry.zone == reading.zone]
    return zoned or entries


def _at_entry(entry: Entry, reading: Reading) -> Hit:
    building: Building | None = None
    valid = reading.whole
    if not entry.buildings:
        # A number that is one building bears its own number or none.
        valid &= reading.building in (None, entry.key, "1")
    elif reading.building is not None:
        building = entry.buildings.get(reading.building)
        valid &= building is not None
    elif len(entry.buildings) == 1:
        building = next(iter(entry.buildings.values()))
    options = [building] if building else list(entry.buildings.values())
    unit = reading.unit if unit_exists(reading.unit, options) else None
    valid &= unit == reading.unit
    return Hit(
        node=entry.node,
        lane=entry.lane,
        number=entry.number,
        building=building.name if building else None,
        unit=unit,
        room=reading.room,
        valid=valid,
    )


def _nodes(tree: Tree, codes: frozenset[str], reading: Reading) -> list[Hit]:
    """The named grids themselves; a courtyard with one number is that number."""
    hits: list[Hit] = []
    for code in sorted(codes, key=tree.rank.__getitem__):
        node, entries = tree.nodes[code], tree.within(code)
        if node.level is Level.COURTYARD and len(entries) == 1:
            hits.append(_at_entry(entries[0], reading))
        else:
            buildings = [b for entry in entries for b in entry.buildings.values()]
            unit = reading.unit if unit_exists(reading.unit, buildings) else None
            hits.append(Hit(node, unit=unit, room=reading.room, valid=unit == reading.unit))
    return hits


def _courtyards(entries: Iterable[Entry], reading: Reading) -> list[Hit]:
    """The courtyards on a lane of which no number was written."""
    return [
        Hit(node=entry.node, lane=entry.lane, unit=reading.unit, room=reading.room)
        for entry in entries
    ]


def _fallback(tree: Tree, target: Target) -> list[Hit]:
    """What to offer when the number or building does not exist there.

    The courtyards of the lane when there are several to choose from: a single one would be a
    guess. The named grid itself when no lane was named: it was named.
    """
    if not target.lanes:
        return [Hit(tree.nodes[code], valid=False, sure=False) for code in sorted(target.codes)]
    entries = tree.select(target.lanes, target.codes)
    if len({entry.node.code for entry in entries}) < _ENOUGH_TO_ASK:
        return []
    return [Hit(node=e.node, lane=e.lane, valid=False, sure=False) for e in entries]


def _agreed(one: Hit, other: Hit) -> Hit:
    """Two readings of one courtyard: only what both say is known."""
    differing = [part for part in _PARTS if getattr(one, part) != getattr(other, part)]
    unknown: dict[str, Any] = dict.fromkeys(differing)
    return one._replace(sure=one.sure or other.sure, **unknown)
