"""What staff do with a ticket in their hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.assignment import LEADS, Decision, Reason, covering, matches
from models.district import Department, Level, Role, Staff, covers
from models.errors import (
    ActionNotAllowed,
    ActionNotPossible,
    AlreadyTaken,
    InvalidInput,
    NotFound,
    StaleButton,
)
from models.lifecycle import OPEN, Action, Actor, Outcome, State
from models.ticket import Ticket
from workflows.tickets.access import (
    actors_of,
    authorise,
    by_whom,
    load_ticket,
    may_see,
    open_for,
    staff_of,
)
from workflows.tickets.assign import above, climb, dispatch, hand_over, join, roster
from workflows.tickets.events import apply
from workflows.tickets.files import DraftFile
from workflows.tickets.resident import checked_text
from workflows.tickets.telling import post_of, tell_office, tell_reporter, tell_staff
from workflows.work import Person, Work

Files = Sequence[DraftFile]

HANDS = frozenset({Role.GRID_WORKER, Role.BUILDING_LEAD, Role.VOLUNTEER, Role.GRID_LEAD})
"""To whom a ticket can be transferred inside a grid."""

RESOLUTIONS = frozenset({Outcome.DONE, Outcome.NOT_POSSIBLE, Outcome.NOT_OURS, Outcome.NO_ANSWER})
"""How staff may end a ticket; duplicates are merged, withdrawing is the resident's."""


@dataclass(frozen=True, slots=True)
class HelpCandidates:
    """Who can be called to help (吹哨)."""

    staff: list[Staff]
    departments: list[Department]


async def accept_ticket(
    work: Work, person: Person, ticket_id: int, version: int | None = None
) -> Ticket:
    """Take the ticket on. A lead may take it from a worker who has not accepted yet.

    Compared and set under the ticket's lock: of two people at once one gets it. Pressing twice is
    once.

    Raises AlreadyTaken (`name`, `name_en`, `title`, `title_en`, `number`) when a colleague has it.
    """
    ticket = await load_ticket(work, ticket_id)
    staff = staff_of(person)
    if staff is None:
        raise NotFound("no active post")
    mine = ticket.assignee == staff.code
    if mine and ticket.state in OPEN - {State.ASSIGNED}:
        return ticket
    actors = await actors_of(work, person, ticket)
    if not mine and _is_elsewhere(work, ticket, staff, actors):
        _raise_taken(work, ticket)
    by = await authorise(work, person, ticket, Action.ACCEPT, version)
    level = ticket.handler_grid if mine else staff.grid
    await apply(work, ticket, Action.ACCEPT, by, assignee=staff.code, handler_grid=level)
    return ticket


def _is_elsewhere(work: Work, ticket: Ticket, staff: Staff, actors: frozenset[Actor]) -> bool:
    """Whether a colleague who may know of it pressed too late, or never had it."""
    if ticket.assignee is None or not ticket.is_open or not may_see(work, staff, ticket):
        return False
    if Actor.LEAD in actors:
        return ticket.state is not State.ASSIGNED
    return bool(actors - {Actor.NEIGHBOUR, Actor.REPORTER}) or _is_peer(work, ticket, staff)


def _is_peer(work: Work, ticket: Ticket, staff: Staff) -> bool:
    """Whether the post could have been given the ticket: then its holder is no secret."""
    category = work.district.category_by_code[ticket.category]
    return covers(staff.grid, ticket.grid) and staff.role in HANDS and matches(staff, category)


def _raise_taken(work: Work, ticket: Ticket) -> None:
    holder = post_of(work, ticket.assignee)
    if holder is None:
        raise StaleButton("accept", number=ticket.number)
    raise AlreadyTaken(
        f"ticket {ticket.number} is with {holder.code}",
        name=holder.name,
        name_en=holder.name_en,
        title=holder.title,
        title_en=holder.title_en,
        number=ticket.number,
    )


async def start_ticket(
    work: Work, person: Person, ticket_id: int, version: int | None = None
) -> Ticket:
    """On the way, or at work on it."""
    ticket, by = await open_for(work, person, ticket_id, Action.START, version)
    await apply(work, ticket, Action.START, by)
    return ticket


async def ask_resident(
    work: Work,
    person: Person,
    ticket_id: int,
    text: str,
    files: Files = (),
    *,
    version: int | None = None,
) -> Ticket:
    """Ask the person whose matter it is; neither learns the other's account or number.

    The resolution clock stands still until they answer. Raises InvalidInput for no words.
    """
    said = checked_text(text, files)
    ticket, by = await open_for(work, person, ticket_id, Action.ASK, version)
    await apply(work, ticket, Action.ASK, by, text=said, files=files)
    return ticket


async def transfer_candidates(work: Work, person: Person, ticket_id: int) -> list[Staff]:
    """Colleagues of the same unit grid who are on duty for the category, least loaded first.

    Not who has it, who refused it, or whom it is about.
    """
    ticket, _ = await open_for(work, person, ticket_id, Action.TRANSFER)
    return await _colleagues(work, ticket)


async def _colleagues(work: Work, ticket: Ticket) -> list[Staff]:
    home = work.district.ancestor(ticket.grid, Level.UNIT)
    unit = home.code if home is not None else ticket.grid
    category = work.district.category_by_code[ticket.category]
    there = [
        member
        for member in work.district.staff
        if member.role in HANDS
        and covers(unit, member.grid)
        and matches(member, category)
        and _may_get(work, member, ticket)
    ]
    known = await roster(work, [member.code for member in there])
    on_duty = [member for member in there if known.duty.get(member.code)]
    return sorted(on_duty, key=lambda member: (known.load.get(member.code, 0), member.code))


def _may_get(work: Work, member: Staff, ticket: Ticket) -> bool:
    return (
        member.code != ticket.assignee
        and member.code not in ticket.refused_by
        and may_see(work, member, ticket)
    )


async def transfer_ticket(
    work: Work,
    person: Person,
    ticket_id: int,
    staff_code: str,
    reason: str = "",
    *,
    version: int | None = None,
) -> Ticket:
    """Hand the ticket to a colleague of the same grid.

    Raises InvalidInput when that colleague cannot get it (any more).
    """
    ticket, by = await open_for(work, person, ticket_id, Action.TRANSFER, version)
    chosen = next((m for m in await _colleagues(work, ticket) if m.code == staff_code), None)
    if chosen is None:
        raise InvalidInput(staff_code, reason="colleague")
    level = chosen.grid if chosen.role in LEADS else ticket.grid
    decision = Decision(chosen.code, level, Reason.WORKER)
    await hand_over(work, ticket, Action.TRANSFER, by, decision, text=reason.strip() or None)
    return ticket


async def help_candidates(work: Work, person: Person, ticket_id: int) -> HelpCandidates:
    """Leads, lawyers and desks that cover the place, lowest first, and all departments."""
    ticket, _ = await open_for(work, person, ticket_id, Action.CALL_HELP)
    return HelpCandidates(
        staff=await _helpers(work, ticket), departments=list(work.district.departments)
    )


async def _helpers(work: Work, ticket: Ticket) -> list[Staff]:
    callable_roles = {*LEADS, *HANDS, Role.LAWYER, Role.OFFICE}
    there = [
        member
        for member in covering(work.district, ticket.grid)
        if member.role in callable_roles
        and member.code != ticket.assignee
        and may_see(work, member, ticket)
    ]
    known = await roster(work, [member.code for member in there])
    return [member for member in there if known.duty.get(member.code)]


async def call_help(
    work: Work,
    person: Person,
    ticket_id: int,
    target_code: str,
    reason: str = "",
    *,
    version: int | None = None,
) -> Ticket:
    """吹哨: a lead, a lawyer or a department joins; whoever has the ticket keeps it.

    A department is called through its desks; when it has none, the office is asked to call it.
    Somebody who helps already is told once more.

    Raises InvalidInput for an unknown target.
    """
    ticket, by = await open_for(work, person, ticket_id, Action.CALL_HELP, version)
    department = work.district.department_by_code.get(target_code)
    helper = next((m for m in await _helpers(work, ticket) if m.code == target_code), None)
    if department is None and helper is None:
        raise InvalidInput(target_code, reason="helper")
    said = reason.strip() or None
    await apply(work, ticket, Action.CALL_HELP, by, text=said, data={"target": target_code})
    desks = [helper] if helper is not None else _desks(work, target_code)
    for member in desks:
        await join(work, ticket, "helper", member.code)
        await tell_staff(work, ticket, member.code, "staff_help", actor=by, by=by.staff, text=said)
    if not desks:
        await tell_office(
            work, ticket, "staff_help_department", department=department, by=by.staff, text=said
        )
    await tell_reporter(
        work, ticket, "ticket_help", actor=by, helper=helper, department=department, by=by.staff
    )
    return ticket


def _desks(work: Work, department: str) -> list[Staff]:
    return [
        member
        for member in work.district.staff
        if member.role is Role.DEPARTMENT and member.department == department
    ]


async def escalate_ticket(
    work: Work, person: Person, ticket_id: int, reason: str, *, version: int | None = None
) -> Ticket:
    """Hand the ticket to the next level, with a reason and that level's own deadline.

    Raises InvalidInput without a reason, ActionNotPossible when nobody is above.
    """
    said = checked_text(reason)
    ticket, by = await open_for(work, person, ticket_id, Action.ESCALATE, version)
    decision = await above(work, ticket)
    if decision.staff_code is None:
        raise ActionNotPossible(Action.ESCALATE.value, ticket.state.value)
    await climb(work, ticket, by, decision, text=said)
    return ticket


async def resolve_ticket(
    work: Work,
    person: Person,
    ticket_id: int,
    outcome: Outcome,
    note: str,
    files: Files = (),
    *,
    version: int | None = None,
) -> Ticket:
    """Settled, or an honest end: what was done or why not, and photos as proof.

    Whether a photo is expected is the category's `expect_photo_proof`; the chat asks for it.

    Raises InvalidInput without a note, or for an outcome that is not the worker's to give.
    """
    said = checked_text(note)
    if outcome not in RESOLUTIONS:
        raise InvalidInput(outcome.value, reason="outcome")
    ticket, by = await open_for(work, person, ticket_id, Action.RESOLVE, version)
    await apply(
        work,
        ticket,
        Action.RESOLVE,
        by,
        text=said,
        data={"outcome": outcome.value},
        files=files,
        outcome=outcome,
    )
    return ticket


async def refuse_ticket(
    work: Work,
    person: Person,
    ticket_id: int,
    reason: str,
    responsible: str = "",
    *,
    version: int | None = None,
) -> Ticket:
    """ "Not ours": back to dispatch, never again to anybody who refused it.

    The resident is told once: who refused, why, who is responsible instead as the worker sees it
    (`responsible`), and who has it now. Raises InvalidInput without a reason.
    """
    said = checked_text(reason)
    ticket, by = await open_for(work, person, ticket_id, Action.REFUSE, version)
    if by.staff is None:
        raise ActionNotAllowed("refuse")
    instead = responsible.strip()
    await apply(
        work,
        ticket,
        Action.REFUSE,
        by,
        text=said,
        data={"responsible": instead},
        refused_by=[*ticket.refused_by, by.staff.code],
    )
    await dispatch(work, ticket, quiet=True)
    await tell_reporter(
        work, ticket, "ticket_refused", actor=by, by=by.staff, text=said, responsible=instead
    )
    return ticket


async def note_ticket(
    work: Work, person: Person, ticket_id: int, text: str, files: Files = ()
) -> Ticket:
    """A note among staff; the resident never sees it. Raises InvalidInput for nothing at all."""
    said = checked_text(text, files)
    ticket = await load_ticket(work, ticket_id)
    by = by_whom(person, Action.NOTE, await actors_of(work, person, ticket))
    await apply(work, ticket, Action.NOTE, by, text=said, files=files)
    return ticket
