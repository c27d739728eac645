"""The grid tree as an address book: lanes, numbers, buildings and units, and who holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dispatch.gazetteer.text import arabic, clean
from models.district import Building, GridNode, Level, covers

_UNIT_DIGITS = 2
_ZONE = re.compile(r"([东西南北中])区$")


class Doorway(NamedTuple):
    """A building as one would name it; `building` is None where the number is one building."""

    lane: str
    number: str
    building: str | None


class Entry(NamedTuple):
    """One street number inside one courtyard. `key` and the keys of `buildings` are uniform."""

    node: GridNode
    lane: str
    number: str
    key: str
    buildings: Mapping[str, Building]
    zone: str | None


def key_of(name: str) -> str:
    """A number's or building's name in the form that written ones are brought into."""
    uniform = clean(name).chars
    return arabic(uniform) or uniform


def unit_exists(unit: str | None, buildings: Iterable[Building]) -> bool:
    """Whether one of the buildings has the unit; where none is listed nothing speaks against it."""
    if unit is None or not (unit.isdigit() and len(unit) <= _UNIT_DIGITS):
        return False
    limit = max((building.units for building in buildings), default=int(unit))
    return 1 <= int(unit) <= limit


class Tree:
    """Looks up what the grid nodes say about addresses; built once, never changed."""

    def __init__(self, grids: Sequence[GridNode]) -> None:
        self.nodes = {node.code: node for node in grids}
        self.rank = {node.code: position for position, node in enumerate(grids)}
        self.entries = tuple(_entry(node, i) for node in grids for i in range(len(node.addresses)))
        self._by_lane: dict[str, list[Entry]] = {}
        self._by_grid: dict[str, list[Entry]] = {code: [] for code in self.nodes}
        self._children: dict[str, list[GridNode]] = {code: [] for code in self.nodes}
        for node in grids:
            if node.parent in self._children:
                self._children[node.parent].append(node)
        for entry in self.entries:
            self._by_lane.setdefault(entry.lane, []).append(entry)
            for code in self._climb(entry.node.code):
                self._by_grid[code].append(entry)

    @property
    def lanes(self) -> Iterable[str]:
        """Every lane with an address, in file order."""
        return self._by_lane.keys()

    def children(self, code: str) -> list[GridNode]:
        """Direct children in file order; none for an unknown code."""
        return list(self._children.get(code, ()))

    def within(self, code: str) -> Sequence[Entry]:
        """Every entry of the grid and what lies below it."""
        return self._by_grid.get(code, ())

    def select(self, lanes: frozenset[str], codes: frozenset[str]) -> list[Entry]:
        """Entries on one of `lanes` (any when empty) and in one of `codes` (any when empty)."""
        if lanes:
            pool: Iterable[Entry] = (entry for lane in lanes for entry in self._by_lane[lane])
            if codes:
                pool = (e for e in pool if any(covers(code, e.node.code) for code in codes))
        elif codes:
            pool = {id(e): e for code in codes for e in self.within(code)}.values()
        else:
            pool = self.entries
        return sorted(pool, key=lambda entry: self.rank[entry.node.code])

    def matching(
        self, code: str, lane: str | None, number: str | None, building: str | None
    ) -> list[tuple[Entry, Building | None]]:
        """The buildings of a grid that agree with what is known; None stands for the number itself.

        Above the courtyards nothing is listed: which courtyard it is must be known first.
        """
        node = self.nodes.get(code)
        if node is None or node.level is not Level.COURTYARD:
            return []
        found: list[tuple[Entry, Building | None]] = []
        for entry in self.within(code):
            if lane not in (None, entry.lane) or number not in (None, entry.number):
                continue
            options: Iterable[Building | None] = entry.buildings.values() or (None,)
            found += [
                (entry, option)
                for option in options
                if building is None or (option is not None and option.name == building)
            ]
        return found

    def siblings(self, lane: str, number: str) -> int:
        """How many buildings bear this street number, over all courtyards that share it."""
        same = (e for e in self._by_lane.get(lane, ()) if e.number == number)
        return sum(max(1, len(entry.buildings)) for entry in same)

    def _climb(self, code: str | None) -> Iterable[str]:
        while code is not None and code in self.nodes:
            yield code
            code = self.nodes[code].parent


def _entry(node: GridNode, position: int) -> Entry:
    address = node.addresses[position]
    zone = _ZONE.search(node.name)
    return Entry(
        node=node,
        lane=address.lane,
        number=address.number,
        key=key_of(address.number),
        buildings={key_of(building.name): building for building in address.buildings},
        zone=zone.group(1) if zone else None,
    )
