"""Who may see and do what with a ticket: relations, not ranks. Deny by default."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlmodel import col

from dispatch.assignment import LEADS, may_decide
from models.district import Role, Staff, covers
from models.errors import ActionNotAllowed, ActionNotPossible, NotFound, StaleButton
from models.lifecycle import Action, Actor, check_can, may_do
from models.ticket import Participant, Ticket
from workflows.work import Person, Work

_CAPACITIES = (
    Actor.REPORTER,
    Actor.ASSIGNEE,
    Actor.LEAD,
    Actor.OFFICE,
    Actor.HELPER,
    Actor.NEIGHBOUR,
)
"""In which capacity somebody acts who could act in several: the first that may."""


@dataclass(frozen=True, slots=True)
class By:
    """Who does something to a ticket, and in which capacity."""

    actor: Actor
    resident_id: int | None = None
    staff: Staff | None = None


SYSTEM = By(Actor.SYSTEM)


def staff_of(person: Person) -> Staff | None:
    """The post that the person holds now; None for residents and for the dismissed."""
    if person.account is None or not person.account.active:
        return None
    return person.staff


async def load_ticket(work: Work, ticket_id: int) -> Ticket:
    """The ticket as it stands, locked until the end of the transaction. Raises NotFound.

    The lock makes "compare, then set" one step: of two people at once, the second sees what the
    first did. (SQLite has one writer at a time anyway.)
    """
    ticket = await work.session.get(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    if ticket is None:
        raise NotFound(f"ticket {ticket_id}")
    return ticket


async def actors_of(work: Work, person: Person, ticket: Ticket) -> frozenset[Actor]:
    """Every capacity in which the person stands to the ticket; empty for a stranger."""
    staff = staff_of(person)
    kinds = await _participation(work, person, staff, ticket)
    actors: set[Actor] = set()
    if _is_reporter(person, staff, ticket):
        actors.add(Actor.REPORTER)
    elif _is_neighbour(person, ticket) or ("follower" in kinds and not ticket.private):
        actors.add(Actor.NEIGHBOUR)
    if staff is not None and may_see(work, staff, ticket):
        actors |= _staff_actors(staff, ticket, kinds)
    return frozenset(actors)


def may_see(work: Work, staff: Staff, ticket: Ticket) -> bool:
    """Whether a complaint about staff may reach this post at all; true for everything else."""
    if not work.district.category_by_code[ticket.category].about_staff and not ticket.about_staff:
        return True
    if staff.code == ticket.about_staff:
        return False
    return ticket.assignee == staff.code or may_decide(work.district, staff, ticket.about_staff)


async def _participation(
    work: Work, person: Person, staff: Staff | None, ticket: Ticket
) -> frozenset[str]:
    mine = [col(Participant.resident_id) == person.id]
    if staff is not None:
        mine.append(col(Participant.staff) == staff.code)
    rows = await work.session.scalars(
        select(col(Participant.kind)).where(col(Participant.ticket_id) == ticket.key, or_(*mine))
    )
    return frozenset(rows)


def _is_reporter(person: Person, staff: Staff | None, ticket: Ticket) -> bool:
    if ticket.reporter_id is not None:
        return ticket.reporter_id == person.id
    return staff is not None and ticket.opened_by == staff.code


def _is_neighbour(person: Person, ticket: Ticket) -> bool:
    home = person.resident.grid
    return not ticket.private and home is not None and covers(ticket.grid, home)


def _staff_actors(staff: Staff, ticket: Ticket, kinds: frozenset[str]) -> set[Actor]:
    actors: set[Actor] = set()
    if ticket.assignee == staff.code:
        actors.add(Actor.ASSIGNEE)
    if "helper" in kinds:
        actors.add(Actor.HELPER)
    if "watcher" in kinds or (staff.role in LEADS and covers(staff.grid, ticket.grid)):
        actors.add(Actor.LEAD)
    if staff.role is Role.OFFICE and covers(staff.grid, ticket.grid):
        actors.add(Actor.OFFICE)
    return actors


async def authorise(
    work: Work, person: Person, ticket: Ticket, action: Action, version: int | None = None
) -> By:
    """In which capacity the person may do `action` now.

    Raises:
        ActionNotAllowed: no relation that allows it; reads like "not found".
        StaleButton: not possible any more, and the ticket moved on since `version`.
        ActionNotPossible: not possible as the ticket stands.
    """
    actors = await actors_of(work, person, ticket)
    try:
        check_can(action, ticket.state, actors)
    except ActionNotPossible as error:
        if version is not None and version != ticket.version:
            raise StaleButton(action.value, number=ticket.number) from error
        raise
    return by_whom(person, action, actors)


def by_whom(person: Person, action: Action, actors: frozenset[Actor]) -> By:
    """The capacity to record. Raises ActionNotAllowed when there is none."""
    allowed = may_do(action) & actors
    actor = next((actor for actor in _CAPACITIES if actor in allowed), None)
    if actor is None:
        raise ActionNotAllowed(action.value)
    staff = staff_of(person)
    if actor is Actor.NEIGHBOUR or (actor is Actor.REPORTER and staff is None):
        return By(actor, resident_id=person.id)
    if actor is Actor.REPORTER:
        return By(actor, resident_id=person.id, staff=staff)
    return By(actor, staff=staff)


async def open_for(
    work: Work, person: Person, ticket_id: int, action: Action, version: int | None = None
) -> tuple[Ticket, By]:
    """Load a ticket for an action of a person. Raises what `load_ticket`, `authorise` raise."""
    ticket = await load_ticket(work, ticket_id)
    return ticket, await authorise(work, person, ticket, action, version)


def desk_scope(work: Work, person: Person) -> ColumnElement[bool]:
    """Which tickets the person decides about as lead or office, as a condition on `Ticket`."""
    staff = staff_of(person)
    if staff is None or staff.role not in {*LEADS, Role.OFFICE}:
        return false()
    inside = or_(
        col(Ticket.grid) == staff.grid,
        col(Ticket.grid).startswith(staff.grid + ".", autoescape=True),
    )
    if staff.role is Role.OFFICE:
        return and_(
            inside, or_(col(Ticket.about_staff).is_(None), col(Ticket.about_staff) != staff.code)
        )
    personal = [c.code for c in work.district.categories if c.about_staff]
    below = [
        other.code for other in work.district.staff if may_decide(work.district, staff, other.code)
    ]
    return and_(
        inside,
        or_(
            and_(col(Ticket.about_staff).is_(None), col(Ticket.category).not_in(personal)),
            col(Ticket.about_staff).in_(below),
        ),
    )
