"""Who may see and do what in a deliberation: relations, not ranks. Deny by default."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation, DeliberationEvent, Recusal
from models.deliberation.electorate import concerned
from models.deliberation.steps import Capacity
from models.district import Council, Role, Staff, covers
from models.errors import ActionNotAllowed, NotFound
from workflows.tickets.access import staff_of
from workflows.work import Person, Work

_AT_THE_DOOR = frozenset(
    {Role.VOLUNTEER, Role.BUILDING_LEAD, Role.GRID_WORKER, Role.GRID_LEAD, Role.ORGANISER}
)
"""Posts that may enter what people without a phone say, in grids they answer for."""


INVITED = "invite_author"
"""The act that makes somebody an author; its data names them as `staff`."""


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts, in all their capacities; the clock has no person."""

    capacities: frozenset[Capacity]
    resident_id: int | None = None
    staff: Staff | None = None

    @property
    def name(self) -> str:
        """How rows refer to them: the staff code, else r:<account id>."""
        return self.staff.code if self.staff is not None else f"r:{self.resident_id}"


CLOCK = Doer(frozenset({Capacity.SYSTEM}))


async def load(work: Work, deliberation_id: int, *, lock: bool = True) -> Deliberation:
    """The deliberation as it stands, locked until the end of the transaction. Raises NotFound."""
    found = await work.session.get(
        Deliberation, deliberation_id, with_for_update=lock, populate_existing=lock
    )
    if found is None:
        raise NotFound(f"deliberation {deliberation_id}")
    return found


def council_of(work: Work, deliberation: Deliberation) -> Council:
    """The residents' council that is in charge. Raises NotFound when the files lost it."""
    council = work.district.council_by_grid.get(deliberation.council)
    if council is None:
        raise NotFound(f"council of {deliberation.council}")
    return council


async def recused(work: Work, deliberation: Deliberation) -> frozenset[str]:
    """Staff codes of council members who stand aside because of an interest of their own."""
    found = await work.session.scalars(
        select(col(Recusal.staff)).where(col(Recusal.deliberation_id) == deliberation.key)
    )
    return frozenset(found)


async def invited(work: Work, deliberation: Deliberation) -> frozenset[str]:
    """Staff codes of those who were invited to write plan options."""
    found = await work.session.scalars(
        select(col(DeliberationEvent.data)).where(
            col(DeliberationEvent.deliberation_id) == deliberation.key,
            col(DeliberationEvent.action) == INVITED,
        )
    )
    return frozenset(data["staff"] for data in found)


async def doer_of(work: Work, person: Person, deliberation: Deliberation) -> Doer:
    """The person in every capacity in which they stand to the deliberation."""
    staff = staff_of(person)
    found: set[Capacity] = set()
    resident = person.resident
    if resident.consented_at is not None and concerned(resident.grid, deliberation.grids):
        found.add(Capacity.RESIDENT)
    if staff is not None:
        found |= _posts(work, staff, deliberation)
        if Capacity.COUNCIL in found and staff.code in await recused(work, deliberation):
            found -= {Capacity.COUNCIL, Capacity.AUTHOR}
        elif Capacity.AUTHOR not in found and staff.code in await invited(work, deliberation):
            found.add(Capacity.AUTHOR)
    return Doer(frozenset(found), resident.id, staff)


def _posts(work: Work, staff: Staff, deliberation: Deliberation) -> set[Capacity]:
    """What a post makes of its holder."""
    found: set[Capacity] = set()
    council = council_of(work, deliberation)
    if staff.role is Role.ORGANISER and covers(staff.grid, deliberation.council):
        found |= {Capacity.ORGANISER, Capacity.AUTHOR}
    if staff.role is Role.OFFICE:
        found.add(Capacity.OFFICE)
    if staff.role is Role.LAWYER and covers(staff.grid, deliberation.council):
        found.add(Capacity.LAWYER)
    if any(seat.post == staff.code for seat in council.seats):
        found |= {Capacity.COUNCIL, Capacity.AUTHOR}
    if staff.code == council.secretary:
        found.add(Capacity.SECRETARY)
    near = any(covers(staff.grid, code) or covers(code, staff.grid) for code in deliberation.grids)
    if staff.role in _AT_THE_DOOR and near:
        found.add(Capacity.VOLUNTEER)
    return found


async def require(
    work: Work, person: Person, deliberation: Deliberation, *capacities: Capacity
) -> Doer:
    """The person, who has one of `capacities`. Raises ActionNotAllowed for everybody else."""
    doer = await doer_of(work, person, deliberation)
    if not doer.capacities & set(capacities):
        raise ActionNotAllowed(f"needs one of {', '.join(capacities)}")
    return doer


async def seated(work: Work, deliberation: Deliberation) -> list[str]:
    """Staff codes of the council members who may vote: those that stand aside are left out."""
    aside = await recused(work, deliberation)
    seats = council_of(work, deliberation).seats
    return [seat.post for seat in seats if seat.post not in aside]
