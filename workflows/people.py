"""Residents: greeting, consent, language, doorway, and what we hold on them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import col

from models.lifecycle import OPEN, State
from models.people import Resident, StaffAccount
from models.place import Place
from models.ticket import (
    Attachment,
    MessageLink,
    Participant,
    Ticket,
    TicketEvent,
    TriageCorrection,
)
from workflows.deliberation.forgetting import (
    export_from_deliberations,
    forget_in_deliberations,
)
from workflows.work import Person, Work

_NAME_LENGTH = 200


async def greet(work: Work, *, account_id: int, name: str, language_code: str | None) -> Person:
    """The person behind a chat account: created on first contact, refreshed ever after.

    `language_code` is the chat app's language (any Chinese is zh-CN, all else English); it stops
    counting once the person chose one with /language. Their writing shows that they are reachable.
    """
    locale = "zh-CN" if (language_code or "").lower().startswith("zh") else "en"
    resident = await work.session.get(Resident, account_id)
    if resident is None:
        resident = Resident(id=account_id, locale=locale, created_at=work.now)
        work.session.add(resident)
    if resident.name != name[:_NAME_LENGTH]:
        resident.name = name[:_NAME_LENGTH]
    if language_code is not None and not resident.locale_chosen and resident.locale != locale:
        resident.locale = locale
    if resident.unreachable_since is not None:
        resident.unreachable_since = None
    return await _with_post(work, resident)


async def find_person(work: Work, account_id: int) -> Person | None:
    """The person behind a chat account that is known, as they are; None for a stranger."""
    resident = await work.session.get(Resident, account_id)
    return None if resident is None else await _with_post(work, resident)


async def _with_post(work: Work, resident: Resident) -> Person:
    account = await _account_of(work, resident.id)
    post = work.district.staff_by_code.get(account.code) if account is not None else None
    return Person(resident=resident, staff=post, account=account if post is not None else None)


async def _account_of(work: Work, resident_id: int) -> StaffAccount | None:
    """The active post bound to an account: from `Work.posts` when it was read beforehand."""
    if resident_id in work.posts:
        return work.posts[resident_id]
    found = await work.session.execute(
        select(StaffAccount).where(
            col(StaffAccount.resident_id) == resident_id, col(StaffAccount.active).is_(True)
        )
    )
    return found.scalar_one_or_none()


async def record_consent(work: Work, person: Person) -> None:
    """Remember when the person agreed (Personal Information Protection Law, articles 13–15)."""
    if person.resident.consented_at is None:
        person.resident.consented_at = work.now


async def withdraw_consent(work: Work, person: Person) -> None:
    """Forget the person (articles 15 and 47): consent, name, doorway, and the link to tickets.

    Open matters go on for the sake of the work, without a link to the account. Closed ones keep
    what the office must account for, but lose the doorway below the courtyard and their photos.
    The account and its language stay, so that a next message is answered in the right words.
    """
    resident = person.resident
    resident.consented_at = None
    resident.name = ""
    await clear_doorway(work, person)
    session = work.session
    mine = select(col(Ticket.id)).where(col(Ticket.reporter_id) == person.id)
    settled = mine.where(col(Ticket.state).not_in([state.value for state in OPEN]))
    await session.execute(
        delete(Attachment).where(
            col(Attachment.ticket_id).in_(settled), col(Attachment.by_staff).is_(None)
        )
    )
    await session.execute(delete(TriageCorrection).where(col(TriageCorrection.ticket_id).in_(mine)))
    await session.execute(delete(MessageLink).where(col(MessageLink.chat_id) == person.id))
    await session.execute(delete(Participant).where(col(Participant.resident_id) == person.id))
    # Events are append-only in what they tell; whose account it was is not theirs to keep.
    await session.execute(
        update(TicketEvent).where(col(TicketEvent.actor_id) == person.id).values(actor_id=None)
    )
    await forget_in_deliberations(work, person.id)
    for ticket in (
        await session.execute(select(Ticket).where(col(Ticket.reporter_id) == person.id))
    ).scalars():
        ticket.reporter_id = None
        if not ticket.is_open:
            ticket.unit = ticket.room = None
            ticket.place_text = ""
            ticket.rating_comment = None
        if ticket.id is not None:
            work.touch(ticket.id)


async def choose_locale(work: Work, person: Person, locale: str) -> None:
    """Set the person's language for good: the chat app's language no longer changes it."""
    person.resident.locale = locale
    person.resident.locale_chosen = True


async def set_doorway(work: Work, person: Person, place: Place) -> None:
    """Remember where the person lives, as far as they told."""
    resident = person.resident
    if resident.place is None or _doorway(resident.place) != _doorway(place):
        resident.doorway_since = work.now
    resident.grid = place.grid
    resident.lane = place.lane
    resident.number = place.number
    resident.building = place.building
    resident.unit = place.unit
    resident.room = place.room


async def clear_doorway(work: Work, person: Person) -> None:
    """Forget where the person lives."""
    resident = person.resident
    resident.grid = resident.lane = resident.number = None
    resident.building = resident.unit = resident.room = None
    resident.doorway_since = None


def _doorway(place: Place) -> dict[str, Any]:
    """A place without the words it was told in."""
    return place.model_dump(exclude={"text"})


async def export_my_data(work: Work, person: Person) -> dict[str, Any]:
    """Everything we hold on the person, as a JSON-able document (article 45). Times are UTC."""
    resident = person.resident
    tickets = (
        (
            await work.session.execute(
                select(Ticket)
                .where(col(Ticket.reporter_id) == person.id)
                .order_by(col(Ticket.number))
            )
        )
        .scalars()
        .all()
    )
    events = (
        (
            await work.session.execute(
                select(TicketEvent)
                .where(col(TicketEvent.actor_id) == person.id)
                .order_by(col(TicketEvent.id))
            )
        )
        .scalars()
        .all()
    )
    numbers = {ticket.id: ticket.number for ticket in tickets}
    files = (
        await work.session.execute(
            select(col(Attachment.ticket_id), col(Attachment.kind))
            .join(Ticket, col(Ticket.id) == col(Attachment.ticket_id))
            .where(col(Ticket.reporter_id) == person.id, col(Attachment.by_staff).is_(None))
            .order_by(col(Attachment.id))
        )
    ).all()
    followed = (
        await work.session.execute(
            select(col(Ticket.number))
            .join(Participant, col(Participant.ticket_id) == col(Ticket.id))
            .where(col(Participant.resident_id) == person.id)
            .order_by(col(Ticket.number))
        )
    ).scalars()
    return {
        "account": resident.id,
        "name": resident.name,
        "language": resident.locale,
        "first_seen": resident.created_at.isoformat(),
        "consented_at": resident.consented_at.isoformat() if resident.consented_at else None,
        "staff_post": person.staff.code if person.staff is not None else None,
        "doorway": resident.place.model_dump(exclude={"text"}) if resident.place else None,
        "requests": [
            {
                **_told(ticket),
                "files": [kind for ticket_id, kind in files if ticket_id == ticket.id],
            }
            for ticket in tickets
        ],
        "follows": list(followed),
        "history": [
            {
                "request": numbers.get(event.ticket_id),
                "at": event.at.isoformat(),
                "action": event.action,
                "text": event.text,
            }
            for event in events
        ],
        "deliberations": await export_from_deliberations(work, person.id),
    }


def _told(ticket: Ticket) -> dict[str, Any]:
    """One ticket as its reporter may take it home."""
    return {
        "number": ticket.number,
        "category": ticket.category,
        "text": ticket.text,
        "details": ticket.details,
        "place": ticket.place.model_dump(),
        "state": State(ticket.state).value,
        "outcome": ticket.outcome,
        "created_at": ticket.created_at.isoformat(),
        "closed_at": ticket.closed_at.isoformat() if ticket.closed_at else None,
        "rating": ticket.rating,
        "rating_comment": ticket.rating_comment,
    }
