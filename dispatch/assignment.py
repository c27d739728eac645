"""Who gets a ticket: pure rules on the grid tree, the posts on duty and their open work.

小事不出网: the lowest grid that covers the place and has somebody on duty for the category. Only
when no grid on the way up has anybody, a lead takes it, and the office last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from models.district import Category, District, Level, Role, Staff, covers

LEADS = (Role.GRID_LEAD, Role.ORGANISER)
"""Who takes over in a grid when no worker can, in order of preference."""

_DECIDERS = frozenset({*LEADS, Role.OFFICE})


class Reason(StrEnum):
    """Why somebody was chosen."""

    DEPARTMENT = "department"
    """The desk of the department that owns the category."""
    WORKER = "worker"
    """On duty for the category in the lowest grid that has such a person."""
    LEAD = "lead"
    """No worker was on duty: a lead of a covering grid."""
    OFFICE = "office"
    """No lead either, or a matter only the office decides."""
    NOBODY = "nobody"
    """Nobody at all: the ticket is parked and the office told."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets it (None: nobody), the grid whose level has it then, and why."""

    staff_code: str | None
    grid: str
    reason: Reason


def matches(staff: Staff, category: Category) -> bool:
    """Whether the post takes the category: by code, by group, or all (`*`)."""
    return any(
        wanted in {"*", category.code, category.group, category.code.partition(".")[0]}
        for wanted in staff.categories
    )


def covering(district: District, place_grid: str) -> list[Staff]:
    """Every post whose grid covers the place, lowest grid first, then by code."""
    found = [member for member in district.staff if covers(member.grid, place_grid)]
    return sorted(found, key=lambda member: (-member.grid.count("."), member.code))


def may_decide(district: District, staff: Staff, about: str | None) -> bool:
    """Whether `staff` may see and decide a complaint about post `about` (None: not known who).

    Never the person complained about, nor their equals: a lead above them, or the office. A
    complaint that names nobody the files know goes to the office, since it may be about anybody.
    """
    if staff.code == about:
        return False
    if staff.role is Role.OFFICE:
        return True
    person = district.staff_by_code.get(about) if about is not None else None
    if person is None or staff.role not in LEADS or not covers(staff.grid, person.grid):
        return False
    return staff.grid != person.grid or person.role not in _DECIDERS


def choose(
    district: District,
    place_grid: str,
    category: Category,
    duty: Mapping[str, bool],
    load: Mapping[str, int],
    exclude: Set[str] = frozenset(),
    *,
    about: str | None = None,
) -> Decision:
    """Decide who gets a ticket at `place_grid`.

    The department's desk for a category that a department owns; else the least loaded worker of
    the lowest grid that has one on duty (ties by code); else a lead, grid by grid upwards; else
    the office. `duty` and `load` (open tickets) are by staff code; a code missing in `duty` is
    off duty. `exclude` never gets it. `about` is the post that a complaint is about.
    """
    available = [
        member
        for member in covering(district, place_grid)
        if duty.get(member.code, False)
        and member.code not in exclude
        and _is_trusted(district, member, category, about)
    ]
    if desk := _pick((m for m in available if _is_desk(m, category)), load):
        return Decision(desk.code, place_grid, Reason.DEPARTMENT)
    if worker := _pick((m for m in available if _serves(m, category)), load):
        # A worker acts for the place itself, whatever grid their post is in.
        level = worker.grid if worker.role in _DECIDERS else place_grid
        return Decision(worker.code, level, Reason.WORKER)
    return _climb(district, available, load)


def next_level(
    district: District,
    place_grid: str,
    category: Category,
    holder: Staff | None,
    duty: Mapping[str, bool],
    load: Mapping[str, int],
    exclude: Set[str] = frozenset(),
    *,
    about: str | None = None,
) -> Decision:
    """Who a ticket climbs to from `holder`: a worker's lead, the lead above a lead, the office.

    A level with nobody on duty is skipped, so that climbing never stops short of the office.
    `Reason.NOBODY` when nobody is above, or nobody there is on duty.
    """
    above = [
        member
        for member in covering(district, place_grid)
        if duty.get(member.code, False)
        and member.code not in exclude
        and _is_trusted(district, member, category, about)
        and _is_above(member, holder)
    ]
    return _climb(district, above, load)


def _climb(district: District, members: Iterable[Staff], load: Mapping[str, int]) -> Decision:
    """The lead of the lowest grid that has one (a grid lead before an organiser), or the office."""
    found = list(members)
    leads = [member for member in found if member.role in LEADS]
    if leads:
        there = [member for member in leads if member.grid == leads[0].grid]
        best = min(LEADS.index(member.role) for member in there)
        if lead := _pick((m for m in there if LEADS.index(m.role) == best), load):
            return Decision(lead.code, lead.grid, Reason.LEAD)
    if office := _pick((m for m in found if m.role is Role.OFFICE), load):
        return Decision(office.code, office.grid, Reason.OFFICE)
    return Decision(None, district.root.code, Reason.NOBODY)


def _is_trusted(district: District, member: Staff, category: Category, about: str | None) -> bool:
    if about is None and not category.about_staff:
        return True
    return may_decide(district, member, about)


def _is_above(member: Staff, holder: Staff | None) -> bool:
    if member.role not in _DECIDERS:
        return False
    if holder is None:
        return True
    if holder.role is Role.OFFICE:
        return False
    if member.role is Role.OFFICE:
        return True
    if holder.role in LEADS:
        return covers(member.grid, holder.grid) and member.grid != holder.grid
    return covers(member.grid, holder.grid)


def triage_desk(district: District, place_grid: str) -> list[Staff]:
    """Who decides a category that triage is not sure of.

    The organisers of the community, else its leads; the office where no community is known.
    """
    community = district.ancestor(place_grid, Level.COMMUNITY)
    if community is not None:
        there = [member for member in district.staff if member.grid == community.code]
        for role in (Role.ORGANISER, Role.GRID_LEAD):
            if found := [member for member in there if member.role is role]:
                return found
    return [member for member in district.staff if member.role is Role.OFFICE]


def _is_desk(member: Staff, category: Category) -> bool:
    return (
        Role.DEPARTMENT in category.owner
        and member.role is Role.DEPARTMENT
        and member.department is not None
        and member.department == category.department
    )


def _serves(member: Staff, category: Category) -> bool:
    return (
        member.role is not Role.DEPARTMENT
        and member.role in category.owner
        and matches(member, category)
    )


def _pick(members: Iterable[Staff], load: Mapping[str, int]) -> Staff | None:
    """The least loaded of those in the lowest grid; `members` come lowest first."""
    found = list(members)
    lowest = [member for member in found if member.grid == found[0].grid]
    return min(lowest, key=lambda member: (load.get(member.code, 0), member.code), default=None)
