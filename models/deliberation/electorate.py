"""Who may take part, who may vote, and what counts as one vote. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from models.district import District, GridNode, covers
from models.errors import NotEligible
from models.people import Resident
from models.place import Place

_NOT_LETTERS = re.compile(r"[\W_]+")


def concerned(grid: str | None, grids: Iterable[str]) -> bool:
    """Whether somebody whose doorway lies in `grid` is concerned by a matter of `grids`."""
    return grid is not None and any(covers(code, grid) for code in grids)


def household_of(place: Place | None, district: District) -> str | None:
    """The key of the household behind a doorway; None until building, unit and room are known.

    Where a building has several entrances, room 401 without its entrance is nobody's.
    """
    if place is None or place.lane is None or place.number is None or place.room is None:
        return None
    entrance = _entrance(place, district)
    if entrance is None:
        return None
    return "|".join(_plain(part) for part in (place.lane, place.number, *entrance, place.room))


def _entrance(place: Place, district: District) -> tuple[str, str] | None:
    """Building and unit in the one way in which they are named; None when one is needed.

    What leaves no choice (the only building of a number, the only unit of a building) is left
    out, so that "12号1单元401" and "12号401" of the same door are one household. A number whose
    buildings the files do not list is taken as people write it.
    """
    node = district.node_by_code.get(place.grid)
    known = {(a.lane, a.number): a.buildings for a in (node.addresses if node else ())}
    buildings = known.get((place.lane or "", place.number or ""))
    if not buildings:
        return place.building or "", place.unit or ""
    several = len(buildings) > 1
    building = next((b for b in buildings if not several or b.name == place.building), None)
    if building is None or (building.units > 1 and place.unit is None):
        return None
    return building.name if several else "", (place.unit or "") if building.units > 1 else ""


def _plain(text: str) -> str:
    """Case, blanks, marks and full-width digits do not make another household."""
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text)).lower()


def voter_of(resident: Resident, unit: str, district: District) -> str:
    """The key under which a resident's vote is counted. `unit` is household or resident.

    Raises NotEligible: `no_room`, when a household is needed and the doorway lacks its room,
    or the entrance that it needs.
    """
    if unit == "resident":
        return f"r:{resident.id}"
    household = household_of(resident.place, district)
    if household is None:
        raise NotEligible("doorway without room", reason="no_room")
    return household


def door_voter(place: Place, unit: str, name: str, district: District) -> str:
    """The key of somebody without a phone, whose vote is taken at the door.

    Raises NotEligible: `no_room`, when the doorway lacks its room, or the entrance that it needs.
    """
    household = household_of(place, district)
    if household is None:
        raise NotEligible("doorway without room", reason="no_room")
    return household if unit == "household" else f"{household}|{_plain(name)}"


def check_resident(
    resident: Resident, grids: Iterable[str], *, since: datetime | None = None
) -> None:
    """A resident may take part: consent, a doorway in the grids, there already at `since` (UTC).

    Whoever moves in while a vote runs, or says so, cannot vote by phone: a volunteer confirms it
    at the door.

    Raises:
        NotEligible: `consent`, `no_doorway`, `other_grid` or `moved_in_late`.
    """
    if resident.consented_at is None:
        raise NotEligible("no consent", reason="consent")
    if resident.grid is None:
        raise NotEligible("no doorway", reason="no_doorway")
    if not concerned(resident.grid, grids):
        raise NotEligible("lives elsewhere", reason="other_grid")
    moved = resident.doorway_since
    if since is not None and moved is not None and moved > since:
        raise NotEligible("moved in after the opening", reason="moved_in_late")


def households(district: District, grids: Iterable[str]) -> int:
    """How many households the buildings of these grids have, from the district's files."""
    return sum(doors for _, _, doors in buildings(district, grids))


def buildings(district: District, grids: Iterable[str]) -> list[tuple[GridNode, str, int]]:
    """Every building of the grids: its courtyard, street with number and building, its doors.

    A number without buildings counts as one building of a single unit, seven storeys, two doors
    (the defaults of `models.district.Building`).
    """
    found: list[tuple[GridNode, str, int]] = []
    wanted = tuple(grids)
    for node in district.grids:
        if not concerned(node.code, wanted):
            continue
        for address in node.addresses:
            lane, number = address.lane, address.number
            if not address.buildings:
                found.append((node, _written(lane, number, None), 14))
            for building in address.buildings:
                doors = building.units * building.floors * building.doors_per_floor
                found.append((node, _written(lane, number, building.name), doors))
    return found


def building_of(place: Place | None) -> str | None:
    """The building of a doorway, written as `buildings` writes it; None until it is known."""
    if place is None or place.lane is None or place.number is None:
        return None
    return _written(place.lane, place.number, place.building)


def _written(lane: str, number: str, building: str | None) -> str:
    return f"{lane}{number}号" + (f"{building}号楼" if building else "")
