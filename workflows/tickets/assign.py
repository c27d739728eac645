"""Putting a ticket into somebody's hands: who is there, who gets it, who is next above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import col

from dispatch.assignment import Decision, choose, covering, next_level, triage_desk
from models.district import Category, Role, Staff
from models.lifecycle import OPEN, Action, State
from models.people import StaffAccount
from models.sla import level_deadline
from models.ticket import Participant, Ticket
from workflows.tickets.access import SYSTEM, By
from workflows.tickets.events import apply, rules_of
from workflows.tickets.telling import post_of, tell_office, tell_staff
from workflows.work import Work

EMERGENCY_OWNERS = (Role.GRID_WORKER, Role.BUILDING_LEAD)
"""Who is sent to an emergency, whatever its category."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is on duty and how many open tickets they have, by staff code."""

    duty: Mapping[str, bool]
    load: Mapping[str, int]
    held: frozenset[str]
    """Posts that somebody holds, on duty or not."""


async def roster(work: Work, codes: Iterable[str]) -> Roster:
    """Duty and load of these posts. On duty is who holds the post, is active, and said so."""
    open_work = (
        select(func.count())
        .select_from(Ticket)
        .where(col(Ticket.assignee) == col(StaffAccount.code), col(Ticket.state).in_(OPEN))
        .scalar_subquery()
    )
    rows = await work.session.execute(
        select(
            col(StaffAccount.code),
            col(StaffAccount.resident_id).is_not(None) & col(StaffAccount.active),
            col(StaffAccount.on_duty),
            open_work,
        ).where(col(StaffAccount.code).in_(list(codes)))
    )
    duty, load, held = {}, {}, set()
    for code, is_held, on_duty, count in rows:
        if is_held:
            held.add(code)
        duty[code] = bool(is_held and on_duty)
        load[code] = count
    return Roster(duty, load, frozenset(held))


async def _roster_of(work: Work, grid: str) -> Roster:
    return await roster(work, [member.code for member in covering(work.district, grid)])


async def decide(
    work: Work, grid: str, category: Category, *, exclude: Iterable[str] = (), about: str | None
) -> Decision:
    """Who would get a matter of this category at this grid now."""
    there = await _roster_of(work, grid)
    return choose(
        work.district, grid, category, there.duty, there.load, frozenset(exclude), about=about
    )


def category_of(work: Work, ticket: Ticket) -> Category:
    """The ticket's category as assignment sees it: an emergency goes to those nearby."""
    category = work.district.category_by_code[ticket.category]
    if ticket.emergency is None:
        return category
    return category.model_copy(update={"owner": EMERGENCY_OWNERS})


async def decide_for(work: Work, ticket: Ticket) -> Decision:
    """Who would get the ticket now: never again who refused it, nor whom it complains about."""
    return await decide(
        work,
        ticket.grid,
        category_of(work, ticket),
        exclude=ticket.refused_by,
        about=ticket.about_staff,
    )


async def find_somebody(work: Work, ticket: Ticket) -> bool:
    """Assign a ticket that nobody has, if somebody came on duty meanwhile."""
    decision = await decide_for(work, ticket)
    if decision.staff_code is None:
        return False
    await hand_over(work, ticket, Action.ASSIGN, SYSTEM, decision)
    return True


async def dispatch(work: Work, ticket: Ticket, *, quiet: bool = False) -> Decision:
    """Assign the ticket by the rules; park it and tell the office when there is nobody.

    Whoever refused it once never gets it again.
    """
    decision = await decide_for(work, ticket)
    if decision.staff_code is None:
        await apply(work, ticket, Action.PARK, SYSTEM, quiet=quiet)
    else:
        await hand_over(
            work,
            ticket,
            Action.ASSIGN,
            SYSTEM,
            decision,
            data={"why": decision.reason.value},
            quiet=quiet,
        )
    return decision


async def hand_over(
    work: Work,
    ticket: Ticket,
    action: Action,
    by: By,
    decision: Decision,
    *,
    text: str | None = None,
    data: dict[str, object] | None = None,
    quiet: bool = False,
) -> None:
    """Give the ticket to whom `decision` names, with that level's own deadline where it has one.

    Only a ticket that climbed or is overdue has a level deadline: until then the promise to the
    resident is the deadline of whoever has it.
    """
    climbed = action is Action.ESCALATE or ticket.overdue
    level = work.district.node_by_code[decision.grid].level
    await apply(
        work,
        ticket,
        action,
        by,
        text=text,
        data=data,
        quiet=quiet,
        assignee=decision.staff_code,
        handler_grid=decision.grid,
        level_due_at=level_deadline(level, work.now, rules_of(work, ticket)) if climbed else None,
    )


async def above(work: Work, ticket: Ticket) -> Decision:
    """Who the ticket would climb to from whoever has it."""
    there = await _roster_of(work, ticket.grid)
    return next_level(
        work.district,
        ticket.grid,
        work.district.category_by_code[ticket.category],
        post_of(work, ticket.assignee),
        there.duty,
        there.load,
        frozenset(ticket.refused_by),
        about=ticket.about_staff,
    )


async def climb(
    work: Work,
    ticket: Ticket,
    by: By,
    decision: Decision,
    *,
    text: str | None = None,
    quiet: bool = False,
) -> None:
    """Escalate to `decision`. Whoever had it stays as a helper and keeps seeing it."""
    previous = ticket.assignee
    data: dict[str, object] = {"level": int(work.district.node_by_code[decision.grid].level)}
    ticket.escalations += 1
    await hand_over(work, ticket, Action.ESCALATE, by, decision, text=text, data=data, quiet=quiet)
    if previous is not None:
        await join(work, ticket, "helper", previous)


async def join(work: Work, ticket: Ticket, kind: str, staff_code: str) -> bool:
    """Make a post a helper or watcher; False when it is one already."""
    existing = await work.session.scalar(
        select(Participant).where(
            col(Participant.ticket_id) == ticket.key, col(Participant.staff) == staff_code
        )
    )
    if existing is not None:
        return False
    work.session.add(Participant(ticket_id=ticket.key, kind=kind, staff=staff_code, since=work.now))
    return True


async def tell_triage_desk(work: Work, ticket: Ticket, notice: str = "staff_triage") -> list[Staff]:
    """Tell those who decide the category; the office as well when none of them is on duty."""
    desk = triage_desk(work.district, ticket.grid)
    there = await roster(work, [member.code for member in desk])
    for member in desk:
        await tell_staff(work, ticket, member.code, notice)
    on_duty = any(there.duty.get(member.code) for member in desk)
    if not on_duty or work.district.category_by_code[ticket.category].about_staff:
        await tell_office(work, ticket, notice)
    return desk


async def retry_unassigned(work: Work, staff: Staff) -> int:
    """Offer what waits for a person in the grid of `staff`, who just came on duty.

    Returns how many tickets found somebody. Those that did not are left as they are: the office
    knows of them already.
    """
    waiting = await work.session.scalars(
        select(Ticket)
        .where(col(Ticket.state) == State.UNASSIGNED, col(Ticket.grid).startswith(staff.grid))
        .order_by(col(Ticket.id))
    )
    found = 0
    for ticket in waiting.all():
        found += await find_somebody(work, ticket)
    return found


async def release_work(work: Work, staff_code: str) -> int:
    """Find new hands for all open work of a post that is given up or dismissed."""
    held = await work.session.scalars(
        select(Ticket).where(col(Ticket.assignee) == staff_code, col(Ticket.state).in_(OPEN))
    )
    tickets = held.all()
    for ticket in tickets:
        await dispatch(work, ticket)
    return len(tickets)
