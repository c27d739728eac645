"""Which change is told to whom, in one table. Whoever acted is answered by the chat itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from dispatch.assignment import triage_desk
from models.lifecycle import Action, Actor, State
from models.ticket import Attachment, Ticket, TicketEvent
from workflows.tickets.access import By
from workflows.tickets.telling import (
    tell_followers,
    tell_office,
    tell_participants,
    tell_reporter,
    tell_staff,
)
from workflows.work import Work


@dataclass(frozen=True, slots=True)
class News:
    """One change of a ticket, as it was recorded."""

    ticket: Ticket
    event: TicketEvent
    by: By
    holder: str | None
    """Who had it before."""
    files: tuple[Attachment, ...] = ()
    quiet: bool = False
    """The reporter is told by the caller."""

    @property
    def said(self) -> dict[str, Any]:
        """What the notice tells of the event."""
        return {
            "by": self.by.staff if self.by.actor is not Actor.REPORTER else None,
            "text": self.event.text,
            "files": self.files,
        }


Teller = Callable[[Work, News], Awaitable[None]]


async def announce(work: Work, news: News) -> None:
    """Tell everybody whom the change concerns; many changes concern nobody else."""
    teller = _TELLERS.get(Action(news.event.action))
    if teller is not None:
        await teller(work, news)


async def _reporter(work: Work, news: News, notice: str, **extra: Any) -> None:
    if not news.quiet:
        await tell_reporter(work, news.ticket, notice, actor=news.by, **news.said, **extra)


async def _assignee(work: Work, news: News, notice: str, **extra: Any) -> None:
    await tell_staff(
        work, news.ticket, news.ticket.assignee, notice, actor=news.by, **news.said, **extra
    )


async def _previous(work: Work, news: News) -> None:
    """Whoever had it learns who has it now."""
    if news.holder is not None and news.holder != news.ticket.assignee:
        await tell_staff(
            work, news.ticket, news.holder, "staff_moved_on", actor=news.by, **news.said
        )


async def _assigned(work: Work, news: News) -> None:
    ticket = news.ticket
    await _reporter(work, news, "ticket_assigned")
    if ticket.emergency is None:
        await _assignee(work, news, "staff_new_ticket")
    else:
        emergency = work.district.emergency_by_kind.get(ticket.emergency)
        await _assignee(work, news, "staff_emergency", emergency=emergency)
    await _previous(work, news)


async def _parked(work: Work, news: News) -> None:
    await _reporter(work, news, "ticket_parked")
    await tell_office(work, news.ticket, "staff_unassigned", actor=news.by, **news.said)
    await _previous(work, news)


async def _accepted(work: Work, news: News) -> None:
    await _reporter(work, news, "ticket_accepted")
    await tell_followers(work, news.ticket, "follow_update", change="accepted")
    await _previous(work, news)
    if news.ticket.emergency is not None:
        await tell_participants(
            work, news.ticket, ("watcher",), "staff_moved_on", actor=news.by, **news.said
        )


async def _started(work: Work, news: News) -> None:
    await _reporter(work, news, "ticket_started")


async def _asked(work: Work, news: News) -> None:
    await _reporter(work, news, "ticket_question")


async def _answered(work: Work, news: News) -> None:
    await _assignee(work, news, "staff_answer")


async def _transferred(work: Work, news: News) -> None:
    await _reporter(work, news, "ticket_transferred")
    await _assignee(work, news, "staff_new_ticket")
    await _previous(work, news)


async def _escalated(work: Work, news: News) -> None:
    previous = work.district.staff_by_code.get(news.holder or "")
    await _reporter(work, news, "ticket_escalated")
    await _assignee(work, news, "staff_escalated", previous=previous)
    if news.by.actor is not Actor.SYSTEM:
        await _previous(work, news)


async def _forwarded(work: Work, news: News) -> None:
    department = work.district.department_by_code.get(news.ticket.forwarded_to or "")
    await _reporter(work, news, "ticket_forwarded", department=department)
    await tell_followers(work, news.ticket, "follow_update", change="forwarded")


async def _outside_answered(work: Work, news: News) -> None:
    extra = {
        "department": work.district.department_by_code.get(news.event.data["department"]),
        "settled": news.event.data["settled"],
    }
    await _reporter(work, news, "ticket_outside_answer", **extra)
    await _assignee(work, news, "staff_outside_answer", **extra)


async def _resolved(work: Work, news: News) -> None:
    await _reporter(work, news, "ticket_resolved")
    await tell_followers(work, news.ticket, "follow_update", change="resolved")
    await _assignee(work, news, "staff_resolved")
    await tell_participants(
        work, news.ticket, ("watcher", "helper"), "staff_resolved", actor=news.by, **news.said
    )


async def _closed(work: Work, news: News) -> None:
    await _reporter(work, news, "ticket_closed")
    if news.event.from_state != State.RESOLVED.value:
        await tell_followers(work, news.ticket, "follow_update", change="closed")
        await _assignee(work, news, "staff_closed")


async def _rated(work: Work, news: News) -> None:
    await _assignee(work, news, "staff_rated")


async def _reopened(work: Work, news: News) -> None:
    await _reporter(work, news, "ticket_reopened")
    await _assignee(work, news, "staff_reopened")
    await tell_followers(work, news.ticket, "follow_update", change="reopened")


async def _withdrawn(work: Work, news: News) -> None:
    await _assignee(work, news, "staff_withdrawn")
    await tell_participants(
        work, news.ticket, ("watcher", "helper"), "staff_withdrawn", actor=news.by, **news.said
    )
    await tell_followers(work, news.ticket, "follow_update", change="withdrawn")


async def _urged(work: Work, news: News) -> None:
    await _to_whoever_has_it(work, news, "staff_urged")


async def _added(work: Work, news: News) -> None:
    if news.by.actor is Actor.REPORTER:
        await _to_whoever_has_it(work, news, "staff_added")
    else:
        await _reporter(work, news, "ticket_message")
        await _assignee(work, news, "staff_note")


async def _edited(work: Work, news: News) -> None:
    await _to_whoever_has_it(work, news, "staff_edited", before=news.event.data["before"])


async def _to_whoever_has_it(work: Work, news: News, notice: str, **extra: Any) -> None:
    """The assignee and helpers; while nobody has it, whoever must decide."""
    ticket = news.ticket
    if ticket.assignee is not None:
        await _assignee(work, news, notice, **extra)
        await tell_participants(
            work, ticket, ("helper",), notice, actor=news.by, **news.said, **extra
        )
    elif ticket.state is State.TRIAGE:
        for member in triage_desk(work.district, ticket.grid):
            await tell_staff(work, ticket, member.code, notice, actor=news.by, **news.said, **extra)
    elif ticket.is_open:
        await tell_office(work, ticket, notice, actor=news.by, **news.said, **extra)


async def _noted(work: Work, news: News) -> None:
    await _assignee(work, news, "staff_note")
    await tell_participants(
        work, news.ticket, ("helper",), "staff_note", actor=news.by, **news.said
    )


async def _merged(work: Work, news: News) -> None:
    into = news.event.data["into"]
    await _reporter(work, news, "ticket_merged", into=into)
    await tell_followers(work, news.ticket, "follow_merged", into=into)
    await _assignee(work, news, "staff_merged", into=into)


_TELLERS: dict[Action, Teller] = {
    Action.ASSIGN: _assigned,
    Action.PARK: _parked,
    Action.ACCEPT: _accepted,
    Action.START: _started,
    Action.ASK: _asked,
    Action.ANSWER: _answered,
    Action.TRANSFER: _transferred,
    Action.ESCALATE: _escalated,
    Action.FORWARD: _forwarded,
    Action.OUTSIDE_ANSWER: _outside_answered,
    Action.RESOLVE: _resolved,
    Action.CLOSE: _closed,
    Action.RATE: _rated,
    Action.REOPEN: _reopened,
    Action.WITHDRAW: _withdrawn,
    Action.URGE: _urged,
    Action.ADD: _added,
    Action.EDIT: _edited,
    Action.NOTE: _noted,
    Action.MERGE: _merged,
}
"""Actions missing here are told by their own workflow (submit, refuse, help, split, the clock)."""
