"""The one way to change a ticket: check, record, set the clocks, tell the people concerned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from models.lifecycle import OPEN, Action, Actor, State, check_can
from models.sla import Rules, pause, resume, wanted_times
from models.ticket import Attachment, Ticket, TicketEvent
from workflows.due import sync_ticket
from workflows.tickets.access import By
from workflows.tickets.announce import News, announce
from workflows.tickets.files import DraftFile, attach_files
from workflows.work import Work

_PURPOSES = {Action.ASK: "question", Action.ANSWER: "answer", Action.RESOLVE: "proof"}
_ENDS_FORWARDING = frozenset({Action.OUTSIDE_ANSWER, Action.REFUSE, Action.CLASSIFY})
_RESPONSES = frozenset(
    {State.ACCEPTED, State.IN_PROGRESS, State.WAITING_RESIDENT, State.WAITING_OUTSIDE}
)


Listener = Callable[[Work, Ticket, TicketEvent], Awaitable[None]]
_LISTENERS: list[Listener] = []


def on_ticket_event(listener: Listener) -> Listener:
    """Have a function run after every change of a ticket, in its transaction.

    For what a ticket is part of without knowing it; the function reads the new state off the
    ticket and what happened off the event.
    """
    _LISTENERS.append(listener)
    return listener


def rules_of(work: Work, ticket: Ticket) -> Rules:
    """What the ticket's deadlines are counted by."""
    return Rules(
        category=work.district.category_by_code[ticket.category],
        policy=work.policy,
        calendar=work.district.calendar,
        emergency=ticket.emergency is not None,
    )


async def apply(
    work: Work,
    ticket: Ticket,
    action: Action,
    by: By,
    *,
    text: str | None = None,
    data: dict[str, Any] | None = None,
    files: Sequence[DraftFile] = (),
    quiet: bool = False,
    report: str | None = None,
    **changes: Any,
) -> TicketEvent:
    """Do `action` to a saved ticket and set the columns named in `changes`.

    `text` is what was said with it; `report` replaces the ticket's own words.

    `quiet` leaves out what the reporter would be told: the caller tells them in other words.

    Raises ActionNotAllowed or ActionNotPossible before anything is changed.
    """
    before, holder = ticket.state, ticket.assignee
    target = check_can(action, before, frozenset({by.actor}))
    if target is not before or action is Action.ASK:
        resume(ticket, work.now, rules_of(work, ticket))
    for name, value in changes.items():
        setattr(ticket, name, value)
    if report is not None:
        ticket.text = report
    _enter(work, ticket, action, target, by)
    attached = await attach_files(
        work,
        ticket,
        files,
        _PURPOSES.get(action, "addition"),
        by_staff=by.staff.code if by.staff is not None and by.actor is not Actor.REPORTER else None,
    )
    event = _event(work, ticket, action, by, before, holder, text, data, attached)
    work.session.add(event)
    work.touch(ticket.key, holder)
    await sync_ticket(work, ticket.key, wanted_times(ticket, rules_of(work, ticket)))
    await announce(work, News(ticket, event, by, holder, tuple(attached), quiet))
    for listener in _LISTENERS:
        await listener(work, ticket, event)
    return event


def _enter(work: Work, ticket: Ticket, action: Action, target: State, by: By) -> None:
    """Set what goes with the new state."""
    ticket.state = target
    ticket.updated_at = work.now
    if target is State.WAITING_RESIDENT and (action is Action.ASK or ticket.paused_at is None):
        pause(ticket, work.now)
    if target in _RESPONSES and by.staff is not None and ticket.responded_at is None:
        ticket.responded_at = work.now
    if action in _ENDS_FORWARDING or target not in OPEN:
        ticket.forwarded_to = None
        ticket.outside_due_at = None
    if target in {State.UNASSIGNED, State.TRIAGE}:
        ticket.assignee = None
    if target not in OPEN:
        ticket.level_due_at = None
    if target is State.RESOLVED:
        ticket.resolved_at = work.now
    if target is State.CLOSED and action is not Action.RATE and ticket.closed_at is None:
        ticket.closed_at = work.now


def _event(
    work: Work,
    ticket: Ticket,
    action: Action,
    by: By,
    before: State,
    holder: str | None,
    text: str | None,
    data: dict[str, Any] | None,
    attached: Sequence[Attachment],
) -> TicketEvent:
    details = dict(data or {})
    if ticket.assignee != holder:
        details |= {"from": holder, "to": ticket.assignee}
    if attached:
        details["files"] = len(attached)
    return TicketEvent(
        ticket_id=ticket.key,
        at=work.now,
        action=action.value,
        actor=by.actor.value,
        actor_id=by.resident_id,
        staff=by.staff.code if by.staff is not None else None,
        from_state=before.value,
        to_state=ticket.state.value,
        text=text,
        data=details,
    )
