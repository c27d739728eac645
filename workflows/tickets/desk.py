"""What leads and the office decide: category, person, outside bodies, splitting and joining."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import col

from dispatch.assignment import LEADS, Decision, Reason
from models.district import Role, Staff, covers
from models.errors import ActionNotAllowed, ActionNotPossible, InvalidInput
from models.lifecycle import Action, Actor, Outcome, State
from models.sla import promise
from models.ticket import Ticket, TriageCorrection
from workflows.tickets.access import By, desk_scope, may_see, open_for
from workflows.tickets.assign import dispatch, hand_over, roster
from workflows.tickets.events import apply, rules_of
from workflows.tickets.joining import merge_ticket, split_ticket
from workflows.tickets.resident import checked_text
from workflows.work import Person, Work

__all__ = [
    "DeskPage",
    "assign_ticket",
    "classify_ticket",
    "close_ticket",
    "forward_ticket",
    "list_desk",
    "merge_ticket",
    "record_outside_answer",
    "split_ticket",
]

PAGE = 5


@dataclass(frozen=True, slots=True)
class DeskPage:
    """Tickets that wait for a category or a person. `page` counts from 0."""

    items: list[Ticket]
    page: int
    pages: int
    total: int


async def classify_ticket(
    work: Work, person: Person, ticket_id: int, category: str, *, version: int | None = None
) -> Ticket:
    """Decide the category; dispatch finds who gets it, and triage learns from it.

    The promise to the resident counts from now when nobody had decided yet, else from the start,
    but leaves time to respond.

    Raises InvalidInput for an unknown category.
    """
    if category not in work.district.category_by_code:
        raise InvalidInput(category, reason="category")
    ticket, by = await open_for(work, person, ticket_id, Action.CLASSIFY, version)
    proposed, waited = ticket.category, ticket.state is State.TRIAGE
    await _file_under(work, ticket, category, waited=waited)
    await apply(work, ticket, Action.CLASSIFY, by, data={"category": category, "was": proposed})
    work.session.add(
        TriageCorrection(
            at=work.now,
            ticket_id=ticket.key,
            text=ticket.text,
            proposed=proposed,
            decided=category,
            by="staff",
        )
    )
    await dispatch(work, ticket)
    return ticket


async def _file_under(work: Work, ticket: Ticket, code: str, *, waited: bool) -> None:
    category = work.district.category_by_code[code]
    ticket.category = code
    ticket.urgency = "urgent" if ticket.emergency else category.urgency
    # What was private stays so: the resident was told that it is.
    ticket.private = ticket.private or category.private or category.about_staff
    ticket.confidence = 1.0
    rules = rules_of(work, ticket)
    promise(ticket, work.now if waited else ticket.created_at, rules)
    soonest = rules.after(work.now, rules.response_minutes)
    ticket.response_due_at = max(ticket.response_due_at, soonest)
    ticket.resolution_due_at = max(ticket.resolution_due_at, soonest)


async def assign_ticket(
    work: Work, person: Person, ticket_id: int, staff_code: str, *, version: int | None = None
) -> Ticket:
    """Give the ticket to a certain post, on duty or not.

    Raises InvalidInput (reason `post`) for a post that is vacant, outside the decider's scope, the
    subject of the complaint, or refused it before.
    """
    ticket, by = await open_for(work, person, ticket_id, Action.ASSIGN, version)
    chosen = work.district.staff_by_code.get(staff_code)
    if chosen is None or not await _may_be_given(work, ticket, by, chosen):
        raise InvalidInput(staff_code, reason="post")
    level = chosen.grid if chosen.role in {*LEADS, Role.OFFICE} else ticket.grid
    await hand_over(work, ticket, Action.ASSIGN, by, Decision(chosen.code, level, Reason.WORKER))
    return ticket


async def _may_be_given(work: Work, ticket: Ticket, by: By, chosen: Staff) -> bool:
    if chosen.code in ticket.refused_by or not may_see(work, chosen, ticket):
        return False
    if by.actor is not Actor.OFFICE and not (
        covers(chosen.grid, ticket.grid)
        or (by.staff is not None and covers(by.staff.grid, chosen.grid))
    ):
        return False
    return chosen.code in (await roster(work, [chosen.code])).held


async def forward_ticket(
    work: Work,
    person: Person,
    ticket_id: int,
    department: str,
    note: str = "",
    *,
    version: int | None = None,
) -> Ticket:
    """Forward to an outside body; its answer is tracked with a deadline of its own.

    Somebody inside keeps it: whoever has it, or else whoever forwards it.

    Raises InvalidInput for an unknown department.
    """
    body = work.district.department_by_code.get(department)
    if body is None:
        raise InvalidInput(department, reason="department")
    ticket, by = await open_for(work, person, ticket_id, Action.FORWARD, version)
    if by.staff is None:
        raise ActionNotAllowed("forward")
    await apply(
        work,
        ticket,
        Action.FORWARD,
        by,
        text=note.strip() or None,
        data={"department": department},
        assignee=ticket.assignee or by.staff.code,
        handler_grid=ticket.handler_grid or by.staff.grid,
        forwarded_to=department,
        outside_due_at=work.district.calendar.add_working(work.now, work.policy.outside_minutes),
    )
    return ticket


async def record_outside_answer(
    work: Work,
    person: Person,
    ticket_id: int,
    text: str,
    settled: bool,
    *,
    version: int | None = None,
) -> Ticket:
    """What the outside body answered. `settled` resolves the ticket, else work goes on.

    Raises InvalidInput without words, ActionNotPossible when nobody outside owes an answer.
    """
    said = checked_text(text)
    ticket, by = await open_for(work, person, ticket_id, Action.OUTSIDE_ANSWER, version)
    if ticket.forwarded_to is None:
        raise ActionNotPossible(Action.OUTSIDE_ANSWER.value, ticket.state.value)
    data = {"department": ticket.forwarded_to, "settled": settled}
    await apply(work, ticket, Action.OUTSIDE_ANSWER, by, text=said, data=data, quiet=settled)
    if settled:
        await apply(
            work,
            ticket,
            Action.RESOLVE,
            by,
            text=said,
            data={"outcome": Outcome.DONE.value},
            outcome=Outcome.DONE,
        )
    return ticket


async def close_ticket(
    work: Work,
    person: Person,
    ticket_id: int,
    outcome: Outcome,
    reason: str,
    *,
    version: int | None = None,
) -> Ticket:
    """The office ends a ticket, with a reason that the resident reads.

    Raises InvalidInput without a reason, and for an outcome that only the resident can give.
    """
    said = checked_text(reason)
    if outcome in {Outcome.WITHDRAWN, Outcome.DUPLICATE}:
        raise InvalidInput(outcome.value, reason="outcome")
    ticket, by = await open_for(work, person, ticket_id, Action.CLOSE, version)
    await apply(
        work,
        ticket,
        Action.CLOSE,
        by,
        text=said,
        data={"outcome": outcome.value},
        outcome=ticket.outcome or outcome,
    )
    return ticket


async def list_desk(work: Work, person: Person, page: int = 0) -> DeskPage:
    """What waits for a category or a person in the scope of a lead or the office, oldest first."""
    waiting = (
        col(Ticket.state).in_([State.TRIAGE, State.UNASSIGNED]),
        desk_scope(work, person),
    )
    total = await work.session.scalar(select(func.count()).select_from(Ticket).where(*waiting)) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 0), pages - 1)
    rows = await work.session.scalars(
        select(Ticket).where(*waiting).order_by(col(Ticket.id)).offset(page * PAGE).limit(PAGE)
    )
    return DeskPage(items=list(rows), page=page, pages=pages, total=total)
