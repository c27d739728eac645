"""A new row in the ticket table, with its number, its first event and its files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from models.district import Category
from models.lifecycle import Action, Actor, State
from models.place import Place
from models.sla import Rules, promise, wanted_times
from models.ticket import Counter, DueTime, MessageLink, Ticket, TicketEvent
from workflows.tickets.access import By
from workflows.tickets.files import DraftFile, attach_files
from workflows.work import Work

FIRST_NUMBER = 1001
_COUNTER = "ticket"


async def next_number(work: Work) -> int:
    """The next ticket number; two transactions at once never get the same."""
    if (number := await _count_on(work)) is not None:
        return number
    try:
        async with work.session.begin_nested():
            work.session.add(Counter(name=_COUNTER, value=FIRST_NUMBER))
    except IntegrityError:  # somebody else was first
        return await _count_on(work) or FIRST_NUMBER
    return FIRST_NUMBER


async def _count_on(work: Work) -> int | None:
    number: int | None = await work.session.scalar(
        update(Counter)
        .where(col(Counter.name) == _COUNTER)
        .values(value=col(Counter.value) + 1)
        .returning(col(Counter.value)),
        execution_options={"synchronize_session": False},
    )
    return number


def place_columns(work: Work, place: Place) -> dict[str, Any]:
    """The columns of a ticket that say where the matter is."""
    return {
        "grid": place.grid,
        "lane": place.lane,
        "number_of_house": place.number,
        "building": place.building,
        "unit": place.unit,
        "room": place.room,
        "place_text": (place.text or work.services.gazetteer.describe(place))[:200],
    }


async def create_ticket(
    work: Work,
    by: By,
    category: Category,
    place: Place,
    *,
    state: State,
    text: str,
    files: Sequence[DraftFile] = (),
    **columns: Any,
) -> Ticket:
    """Store a ticket in `state` (triage or unassigned) with the event of its submission."""
    ticket = Ticket(
        number=await next_number(work),
        category=category.code,
        text=text,
        state=state,
        urgency=columns.pop("urgency", category.urgency),
        private=columns.pop("private", category.private or category.about_staff),
        **place_columns(work, place),
        created_at=work.now,
        updated_at=work.now,
        promised_at=work.now,
        response_due_at=work.now,
        resolution_due_at=work.now,
        **columns,
    )
    rules = Rules(
        category, work.policy, work.district.calendar, emergency=ticket.emergency is not None
    )
    promise(ticket, work.now, rules)
    work.session.add(ticket)
    await work.session.flush()
    attached = await attach_files(
        work, ticket, files, "report", by_staff=by.staff.code if by.staff is not None else None
    )
    work.session.add(_submission(work, ticket, by, len(attached)))
    for kind, due_at in wanted_times(ticket, rules).items():
        if due_at > work.now:
            work.session.add(DueTime(kind=kind.value, due_at=due_at, ticket_id=ticket.key))
    work.touch(ticket.key)
    return ticket


def _submission(work: Work, ticket: Ticket, by: By, files: int) -> TicketEvent:
    return TicketEvent(
        ticket_id=ticket.key,
        at=work.now,
        action=Action.SUBMIT.value,
        actor=by.actor.value,
        actor_id=by.resident_id,
        staff=by.staff.code if by.staff is not None else None,
        to_state=ticket.state.value,
        text=ticket.text,
        data={"category": ticket.category} | ({"files": files} if files else {}),
    )


async def link_messages(
    work: Work, ticket: Ticket, chat_id: int, message_ids: Sequence[int], kind: str
) -> None:
    """Remember which messages of a chat the ticket is about."""
    for message_id in dict.fromkeys(message_ids):
        await work.session.merge(
            MessageLink(chat_id=chat_id, message_id=message_id, ticket_id=ticket.key, kind=kind)
        )


def reporter(resident_id: int) -> By:
    """The resident whose matter it is."""
    return By(Actor.REPORTER, resident_id=resident_id)
