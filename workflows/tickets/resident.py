"""What the person does whose matter it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from models.errors import ActionNotAllowed, ActionNotPossible, InvalidInput, TooLate, TooSoon
from models.lifecycle import OPEN, Action, Actor, Outcome
from models.sla import promise
from models.ticket import MessageLink, Ticket
from workflows.tickets.access import By, open_for
from workflows.tickets.assign import above, dispatch, roster
from workflows.tickets.create import link_messages
from workflows.tickets.events import apply, rules_of
from workflows.tickets.files import DraftFile
from workflows.tickets.similar import unfollow
from workflows.tickets.telling import tell_office, tell_staff
from workflows.tickets.view import may_rate, may_reopen, may_urge
from workflows.work import Person, Work

__all__ = [
    "add_to_ticket",
    "answer_question",
    "comment_rating",
    "edit_report",
    "rate_ticket",
    "reopen_ticket",
    "ticket_of_reply",
    "unfollow",
    "urge_ticket",
    "withdraw_ticket",
]

Files = Sequence[DraftFile]
MAX_TEXT = 4000
LOW_RATING = 2
"""Stars from which down the lead is told as well."""


def checked_text(text: str, files: Files = ()) -> str:
    """What was said, trimmed. Raises InvalidInput when nothing was, or too much."""
    said = text.strip()
    if (not said and not files) or len(said) > MAX_TEXT:
        raise InvalidInput("text", reason="text")
    return said


async def add_to_ticket(
    work: Work,
    person: Person,
    ticket_id: int,
    text: str,
    files: Files = (),
    *,
    message_id: int | None = None,
) -> Ticket:
    """Add words or files. From the reporter they go to whoever has it, from staff to the reporter.

    Raises InvalidInput for nothing at all, and what `open_for` raises.
    """
    said = checked_text(text, files)
    ticket, by = await open_for(work, person, ticket_id, Action.ADD)
    await apply(work, ticket, Action.ADD, by, text=said, files=files)
    if message_id is not None:
        await link_messages(work, ticket, person.id, [message_id], "addition")
    return ticket


async def answer_question(
    work: Work, person: Person, ticket_id: int, text: str, files: Files = ()
) -> Ticket:
    """Answer the worker's question; the resolution clock runs on.

    When nobody waits for an answer any more, the words are added to the ticket all the same.
    """
    said = checked_text(text, files)
    try:
        ticket, by = await open_for(work, person, ticket_id, Action.ANSWER)
    except ActionNotPossible:
        return await add_to_ticket(work, person, ticket_id, said, files)
    await apply(work, ticket, Action.ANSWER, by, text=said, files=files)
    return ticket


async def urge_ticket(work: Work, person: Person, ticket_id: int) -> Ticket:
    """催办: whoever has it is asked to hurry; the lead too once it is overdue.

    Raises TooSoon (`again_at`) within `policy.urge_interval_hours` of the last time.
    """
    ticket, by = await open_for(work, person, ticket_id, Action.URGE)
    if not may_urge(ticket, work.policy, work.now) and ticket.last_urged_at is not None:
        again_at = ticket.last_urged_at + timedelta(hours=work.policy.urge_interval_hours)
        raise TooSoon("urge", again_at=again_at, number=ticket.number)
    await apply(work, ticket, Action.URGE, by, last_urged_at=work.now)
    if ticket.overdue and ticket.assignee is not None:
        lead = await above(work, ticket)
        await tell_staff(work, ticket, lead.staff_code, "staff_urged", actor=by)
    return ticket


async def withdraw_ticket(work: Work, person: Person, ticket_id: int) -> Ticket:
    """The matter has settled itself, or was a mistake."""
    ticket, by = await open_for(work, person, ticket_id, Action.WITHDRAW)
    await apply(work, ticket, Action.WITHDRAW, by, outcome=Outcome.WITHDRAWN)
    return ticket


async def rate_ticket(work: Work, person: Person, ticket_id: int, stars: int) -> Ticket:
    """One to five stars for what was resolved; a later press counts instead of the first.

    A worker who opened a ticket for someone and settled it may not rate their own work.

    Raises InvalidInput for other numbers, TooLate after `policy.rating_days`, ActionNotPossible
    for what was never resolved.
    """
    if stars not in range(1, 6):
        raise InvalidInput(str(stars), reason="stars")
    ticket, by = await open_for(work, person, ticket_id, Action.RATE)
    _check_may_rate(work, ticket, by)
    if ticket.rating == stars:
        return ticket  # the same press again: nothing happened
    first = ticket.rating is None
    await apply(work, ticket, Action.RATE, by, data={"stars": stars}, rating=stars)
    if stars <= LOW_RATING and first:
        lead = await above(work, ticket)
        await tell_staff(work, ticket, lead.staff_code, "staff_rated", actor=by)
    return ticket


async def comment_rating(work: Work, person: Person, ticket_id: int, text: str) -> Ticket:
    """A sentence beside the stars. Raises what `rate_ticket` raises."""
    said = checked_text(text)
    ticket, by = await open_for(work, person, ticket_id, Action.RATE)
    _check_may_rate(work, ticket, by)
    await apply(
        work,
        ticket,
        Action.RATE,
        by,
        text=said,
        data={"stars": ticket.rating},
        rating_comment=said,
    )
    return ticket


def _check_may_rate(work: Work, ticket: Ticket, by: By) -> None:
    if by.staff is not None and ticket.assignee == by.staff.code:
        raise ActionNotAllowed("rating one's own work")
    if ticket.resolved_at is None:
        raise ActionNotPossible(Action.RATE.value, ticket.state.value)
    if not may_rate(ticket, work.policy, work.now):
        raise TooLate("rate", number=ticket.number)


async def reopen_ticket(
    work: Work, person: Person, ticket_id: int, text: str, files: Files = ()
) -> Ticket:
    """ "Not fixed": back to the worker who had it, with new deadlines, and the lead is told.

    Goes through dispatch when that worker is gone. Raises TooLate after `policy.reopen_days`.
    """
    ticket, by = await open_for(work, person, ticket_id, Action.REOPEN)
    if ticket.outcome is Outcome.WITHDRAWN:
        raise ActionNotPossible(Action.REOPEN.value, ticket.state.value)
    if by.actor is Actor.REPORTER and not may_reopen(ticket, work.policy, work.now):
        raise TooLate("reopen", number=ticket.number)
    promise(ticket, work.now, rules_of(work, ticket))
    ticket.responded_at = None
    await apply(
        work,
        ticket,
        Action.REOPEN,
        by,
        text=text.strip()[:MAX_TEXT],
        files=files,
        outcome=None,
        duplicate_of=None,
        resolved_at=None,
        closed_at=None,
        rating=None,
        rating_comment=None,
        reopened=ticket.reopened + 1,
    )
    there = await roster(work, [ticket.assignee] if ticket.assignee is not None else [])
    if ticket.assignee not in there.held:
        await dispatch(work, ticket)
    lead, said = await above(work, ticket), text.strip() or None
    if lead.staff_code is not None:
        await tell_staff(work, ticket, lead.staff_code, "staff_reopened", actor=by, text=said)
    else:
        await tell_office(
            work, ticket, "staff_reopened", actor=by, besides=ticket.assignee, text=said
        )
    return ticket


async def edit_report(work: Work, person: Person, message_id: int, new_text: str) -> Ticket | None:
    """The resident edited the message that a ticket came from: the new words count, both are kept.

    None when the message is no report, or the ticket is over.
    """
    link = await ticket_of_reply(work, person.id, message_id)
    if link is None or link.kind != "report":
        return None
    said = checked_text(new_text)
    ticket, by = await open_for(work, person, link.ticket_id, Action.EDIT)
    if ticket.state not in OPEN:
        return None
    if said != ticket.text:
        before = ticket.text
        await apply(work, ticket, Action.EDIT, by, text=said, data={"before": before}, report=said)
    return ticket


async def ticket_of_reply(work: Work, chat_id: int, message_id: int) -> MessageLink | None:
    """Which ticket a message in a chat is about; None for any other message."""
    return await work.session.get(MessageLink, (chat_id, message_id))
