"""The same fault reported twice nearby: found before posting, joined instead of repeated."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlmodel import col

from models.errors import ActionNotAllowed
from models.lifecycle import OPEN, Action, Actor
from models.place import Place
from models.ticket import Participant, Ticket
from workflows.tickets.access import By, load_ticket
from workflows.tickets.draft import Draft, Similar
from workflows.tickets.events import apply
from workflows.tickets.telling import public_copy
from workflows.work import Person, Work

MOST = 3


async def find_similar(work: Work, person: Person, draft: Draft) -> list[Similar]:
    """Open matters of the same category in the same building or courtyard, newest first.

    Only what the category shares at all (`duplicates_radius`), within its window, and never
    private ones or the person's own. Their tickets are copies without words or doorways.
    """
    category = work.district.category_by_code.get(draft.category or "")
    place = draft.place
    if category is None or place is None or category.private:
        return []
    if category.duplicates_radius == "none":
        return []
    since = work.now - timedelta(hours=category.duplicate_window_hours)
    query = select(Ticket).where(
        col(Ticket.grid) == place.grid,
        col(Ticket.category) == category.code,
        col(Ticket.state).in_(OPEN),
        col(Ticket.private).is_(False),
        col(Ticket.emergency).is_(None),
        col(Ticket.created_at) >= since,
    )
    if category.duplicates_radius == "building":
        query = query.where(
            col(Ticket.lane).is_not_distinct_from(place.lane),
            col(Ticket.number_of_house).is_not_distinct_from(place.number),
            col(Ticket.building).is_not_distinct_from(place.building),
        )
    query = query.where(col(Ticket.reporter_id).is_(None) | (col(Ticket.reporter_id) != person.id))
    followers = (
        select(func.count())
        .select_from(Participant)
        .where(col(Participant.ticket_id) == col(Ticket.id), col(Participant.kind) == "follower")
        .scalar_subquery()
    )
    rows = await work.session.execute(
        query.add_columns(followers).order_by(col(Ticket.id).desc()).limit(MOST)
    )
    return [Similar(public_copy(ticket), count) for ticket, count in rows]


async def follow_ticket(
    work: Work, person: Person, ticket_id: int, *, near: Place | None = None
) -> Ticket:
    """Join a shared, open matter: the person is told what becomes of it. Twice is once.

    Anybody at the place may: who lives there, or who was about to report the same there (`near`,
    the place of their draft). Without `near`, the button that `find_similar` led to is the proof.

    Raises ActionNotAllowed for a private matter or one elsewhere, ActionNotPossible when closed.
    """
    ticket = await load_ticket(work, ticket_id)
    if ticket.private or (near is not None and near.grid != ticket.grid):
        raise ActionNotAllowed("follow")
    if ticket.reporter_id == person.id or await _following(work, person, ticket) is not None:
        return public_copy(ticket) if ticket.reporter_id != person.id else ticket
    await apply(work, ticket, Action.FOLLOW, By(Actor.NEIGHBOUR, resident_id=person.id))
    work.session.add(
        Participant(ticket_id=ticket.key, kind="follower", resident_id=person.id, since=work.now)
    )
    await work.session.flush()
    return public_copy(ticket)


async def unfollow(work: Work, person: Person, ticket_id: int) -> Ticket:
    """Stop being told. Not following is fine. Raises NotFound for an unknown ticket."""
    ticket = await load_ticket(work, ticket_id)
    if await _following(work, person, ticket) is None:
        raise ActionNotAllowed("unfollow")
    await work.session.execute(
        delete(Participant).where(
            col(Participant.ticket_id) == ticket.key,
            col(Participant.kind) == "follower",
            col(Participant.resident_id) == person.id,
        )
    )
    return public_copy(ticket)


async def _following(work: Work, person: Person, ticket: Ticket) -> Participant | None:
    row: Participant | None = await work.session.scalar(
        select(Participant).where(
            col(Participant.ticket_id) == ticket.key,
            col(Participant.kind) == "follower",
            col(Participant.resident_id) == person.id,
        )
    )
    return row
