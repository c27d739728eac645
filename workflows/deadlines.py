"""What happens when a time has come: reminders, escalation, closing, the daily digest.

Each kind is a function of one transaction, run by the clock of `bot.due`. A row whose reason has
gone meanwhile (the ticket moved on) does nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlmodel import col

from models.lifecycle import Action, Outcome, State
from models.sla import Due, wanted_times
from models.ticket import DueTime, Ticket
from models.worktime import BEIJING
from workflows import mailing
from workflows.deliberation import clock
from workflows.due import KINDS, cancel, register, schedule
from workflows.staff_queue import digest_for
from workflows.tickets.access import SYSTEM
from workflows.tickets.assign import above, climb, find_somebody, tell_triage_desk
from workflows.tickets.events import apply, rules_of
from workflows.tickets.telling import (
    tell_followers,
    tell_office,
    tell_reporter,
    tell_staff,
)
from workflows.work import Work

__all__ = [
    "KINDS",
    "cancel",
    "clock",
    "mailing",
    "register",
    "run_due",
    "schedule",
    "schedule_digests",
]

DIGEST = "digest"
OUTSIDE_AGAIN = timedelta(days=3)
"""Clock days between reminders of an answer that an outside body owes."""

TicketRunner = Callable[[Work, Ticket], Awaitable[None]]


async def run_due(work: Work, due: DueTime) -> None:
    """Do what is due and mark the row done. Raises KeyError for a kind nobody registered."""
    runner = KINDS[due.kind]
    due.done_at = work.now
    await runner(work, due)


def _of_ticket(kind: Due, act: TicketRunner) -> None:
    """Register `act` for a ticket as it stands now, if it still needs this to happen."""

    async def run(work: Work, due: DueTime) -> None:
        ticket = await work.session.get(
            Ticket, due.ticket_id, with_for_update=True, populate_existing=True
        )
        if ticket is None:
            return
        wanted = wanted_times(ticket, rules_of(work, ticket)).get(kind)
        if wanted is not None and wanted <= work.now:
            await act(work, ticket)

    register(kind.value, run)


# --- before and after the promised times --------------------------------------------------------


async def _remind_response(work: Work, ticket: Ticket) -> None:
    await _remind(work, ticket, "response", ticket.response_due_at)


async def _remind_resolution(work: Work, ticket: Ticket) -> None:
    await _remind(work, ticket, "resolution", ticket.resolution_due_at)


async def _remind(work: Work, ticket: Ticket, which: str, due_at: datetime) -> None:
    """Remind whoever has it; what nobody has yet is offered again, or the desk is reminded."""
    await apply(work, ticket, Action.REMIND, SYSTEM, data={"which": which})
    if ticket.assignee is not None:
        await tell_staff(
            work, ticket, ticket.assignee, "staff_reminder", which=which, due_at=due_at
        )
    elif not await _found_somebody(work, ticket):
        await _tell_desk(work, ticket, which)


async def _found_somebody(work: Work, ticket: Ticket) -> bool:
    """Whether somebody came on duty meanwhile and has the ticket now."""
    if ticket.state is not State.UNASSIGNED:
        return False
    return await find_somebody(work, ticket)


async def _tell_desk(work: Work, ticket: Ticket, which: str) -> None:
    """Those who must decide, and the office, when a ticket has waited for nobody long enough."""
    if ticket.state is State.TRIAGE:
        await tell_triage_desk(work, ticket)
    await tell_office(work, ticket, "staff_still_waiting", which=which)


async def _miss_response(work: Work, ticket: Ticket) -> None:
    await _miss(work, ticket, "response")


async def _miss_resolution(work: Work, ticket: Ticket) -> None:
    ticket.overdue = True
    await _miss(work, ticket, "resolution")


async def _miss_level(work: Work, ticket: Ticket) -> None:
    await _miss(work, ticket, "level")


async def _miss(work: Work, ticket: Ticket, which: str) -> None:
    """A promise was broken: it is written down, the next level gets it, the resident is told.

    A level that has time of its own left keeps it. With nobody above, the office is told and the
    holder keeps it.
    """
    holder = ticket.assignee
    await apply(work, ticket, Action.OVERDUE, SYSTEM, data={"which": which})
    if holder is None:
        if not await _found_somebody(work, ticket):
            await _tell_desk(work, ticket, which)
    elif which == "level" or ticket.level_due_at is None or ticket.level_due_at <= work.now:
        decision = await above(work, ticket)
        if decision.staff_code is not None:
            await climb(work, ticket, SYSTEM, decision, quiet=True)
        else:
            await tell_office(work, ticket, "staff_still_waiting", which=which)
        await tell_staff(work, ticket, holder, "staff_overdue", which=which)
    else:
        await tell_staff(work, ticket, holder, "staff_overdue", which=which)
    await tell_reporter(work, ticket, "ticket_overdue", which=which)
    await tell_followers(work, ticket, "follow_update", change="overdue")


# --- waiting for an answer ----------------------------------------------------------------------


async def _remind_question(work: Work, ticket: Ticket) -> None:
    await apply(work, ticket, Action.REMIND, SYSTEM, data={"which": "question"})
    closes_at = wanted_times(ticket, rules_of(work, ticket))[Due.QUESTION_UNANSWERED]
    await tell_reporter(work, ticket, "ticket_question_reminder", closes_at=closes_at)


async def _close_unanswered(work: Work, ticket: Ticket) -> None:
    await apply(
        work,
        ticket,
        Action.CLOSE,
        SYSTEM,
        data={"outcome": Outcome.NO_ANSWER.value},
        outcome=Outcome.NO_ANSWER,
    )


async def _remind_outside(work: Work, ticket: Ticket) -> None:
    """An outside body still owes an answer: whoever has the ticket asks again."""
    department = work.district.department_by_code.get(ticket.forwarded_to or "")
    await apply(
        work,
        ticket,
        Action.REMIND,
        SYSTEM,
        data={"which": "outside", "department": ticket.forwarded_to},
        outside_due_at=work.now + OUTSIDE_AGAIN,
    )
    await tell_staff(work, ticket, ticket.assignee, "staff_outside_reminder", department=department)


async def _close_resolved(work: Work, ticket: Ticket) -> None:
    """The time to say "not fixed" is over."""
    await apply(work, ticket, Action.CLOSE, SYSTEM, quiet=True)


_of_ticket(Due.RESPONSE_REMINDER, _remind_response)
_of_ticket(Due.RESOLUTION_REMINDER, _remind_resolution)
_of_ticket(Due.RESPONSE_OVERDUE, _miss_response)
_of_ticket(Due.RESOLUTION_OVERDUE, _miss_resolution)
_of_ticket(Due.LEVEL_OVERDUE, _miss_level)
_of_ticket(Due.QUESTION_REMINDER, _remind_question)
_of_ticket(Due.QUESTION_UNANSWERED, _close_unanswered)
_of_ticket(Due.OUTSIDE_REMINDER, _remind_outside)
_of_ticket(Due.CLOSE_RESOLVED, _close_resolved)


# --- the daily digest ---------------------------------------------------------------------------


def next_digest(now: datetime, digest_time: str) -> datetime:
    """The next moment (UTC) at which it is `digest_time` ("08:30") in Beijing."""
    local = now.astimezone(BEIJING)
    at = datetime.combine(local.date(), time.fromisoformat(digest_time), tzinfo=BEIJING)
    if at <= local:
        at += timedelta(days=1)
    return at.astimezone(now.tzinfo)


async def schedule_digests(work: Work) -> None:
    """Give every post its next digest; run at the start, also after a change of the time."""
    at = next_digest(work.now, work.policy.digest_time)
    rows = await work.session.scalars(select(DueTime).where(col(DueTime.kind) == DIGEST))
    known = {row.subject: row for row in rows}
    for member in work.district.staff:
        row = known.get(member.code)
        if row is None:
            work.session.add(DueTime(kind=DIGEST, due_at=at, subject=member.code))
        elif row.done_at is not None or row.due_at > at:
            row.due_at, row.done_at = at, None


async def _send_digest(work: Work, due: DueTime) -> None:
    """What a post has in hand, on days that the office works; then the same again tomorrow."""
    due.due_at = next_digest(work.now, work.policy.digest_time)
    due.done_at = None
    calendar = work.district.calendar
    if due.subject not in work.district.staff_by_code:
        due.done_at = work.now
    elif calendar.shifts_on(work.now.astimezone(BEIJING).date()):
        digest = await digest_for(work, due.subject)
        if digest is not None:
            await work.services.notifier.staff(work, due.subject, DIGEST, digest=digest)


register(DIGEST, _send_digest)
