"""The queue of a post and its daily digest: Redis answers, the database decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlmodel import col

from dispatch.queue import QueueUnavailable
from models.district import Role, Staff
from models.errors import NotFound
from models.lifecycle import OPEN, State
from models.people import Resident, StaffAccount
from models.ticket import Ticket
from models.worktime import BEIJING
from workflows.tickets.access import desk_scope
from workflows.work import Person, Work

DESK_ROLES: tuple[Role, ...] = (Role.GRID_LEAD, Role.ORGANISER, Role.OFFICE)
"""Roles that decide about tickets that have no category or nobody to do them."""
DIGEST_TICKETS = 5
"""Tickets listed by name in a digest."""
_OPEN = [state.value for state in OPEN]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of a post's queue, most urgent first. `page` counts from 0."""

    items: list[Ticket]
    page: int
    pages: int
    total: int
    overdue: int


@dataclass(frozen=True, slots=True)
class DigestContext:
    """What a post has in hand this morning. Counts are of open tickets."""

    staff: Staff
    open: int
    overdue: int
    due_today: int
    not_accepted: int
    waiting_desk: int
    """Tickets in the post's scope without a category or a person; 0 for those who cannot decide."""
    items: list[Ticket]


def due_of(ticket: Ticket) -> datetime:
    """The deadline that counts next (UTC): the response until somebody responded, then the end."""
    return ticket.resolution_due_at if ticket.responded_at else ticket.response_due_at


def is_late(ticket: Ticket, now: datetime) -> bool:
    """Whether the next deadline has passed. While the resident is waited for, no clock runs."""
    return ticket.is_open and ticket.paused_at is None and due_of(ticket) < now


def active_post(person: Person) -> tuple[Staff, StaffAccount]:
    """The post and account row of the person. Raises NotFound when they hold no active post."""
    if person.staff is None or person.account is None or not person.account.active:
        raise NotFound("no active post")
    return person.staff, person.account


def _due() -> ColumnElement[datetime]:
    """`due_of` in the database."""
    return case(
        (col(Ticket.responded_at).is_(None), col(Ticket.response_due_at)),
        else_=col(Ticket.resolution_due_at),
    )


def _late(now: datetime) -> ColumnElement[bool]:
    """`is_late` in the database, for open tickets."""
    return and_(col(Ticket.paused_at).is_(None), _due() < now)


def _in_hand(code: str) -> ColumnElement[bool]:
    return and_(col(Ticket.assignee) == code, col(Ticket.state).in_(_OPEN))


def _tally(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


async def count_in_hand(work: Work, code: str) -> tuple[int, int]:
    """Open tickets of a post, and how many of them are past their next deadline."""
    query = select(func.count(), _tally(_late(work.now))).where(_in_hand(code))
    total, overdue = (await work.session.execute(query)).one()
    return int(total), int(overdue)


async def queue_page(work: Work, person: Person, page: int) -> QueuePage:
    """A page of the post's queue: emergencies, then the earliest deadline.

    A page beyond the end is the last.
    Redis answers when it can; the tickets are read by id and must bear it out. When Redis is down
    or says anything else than the database, the database answers.

    Raises NotFound when the person holds no active post.
    """
    post, _ = active_post(person)
    size = work.policy.queue_page
    total, overdue = await count_in_hand(work, post.code)
    pages = max(1, -(-total // size))
    page = min(max(page, 0), pages - 1)
    if total == 0:
        return QueuePage([], 0, 1, 0, 0)
    items = await _from_redis(work, post, page * size, size, total)
    if items is None:
        items = await _from_database(work, post.code, page * size, size)
    return QueuePage(items, page, pages, total, overdue)


async def _from_redis(
    work: Work, post: Staff, offset: int, size: int, total: int
) -> list[Ticket] | None:
    """The page as Redis has it, or None when it cannot answer or the database disagrees.

    The same number of tickets, and each of the page at the version that Redis saw and still in
    hand: then the order is right as well, for every change of a deadline raises the version.
    """
    try:
        held = await work.services.queue.page(post.code, post.grid, offset, size)
    except QueueUnavailable:
        return None
    if held.total != total:
        return None
    rows = await work.session.execute(
        select(Ticket).where(col(Ticket.id).in_(held.ticket_ids), _in_hand(post.code))
    )
    by_id = {ticket.id: ticket for ticket in rows.scalars()}
    items = []
    for slot in held.slots:
        ticket = by_id.get(slot.ticket_id)
        if ticket is None or ticket.version != slot.version:
            return None
        items.append(ticket)
    return items if len(items) == min(size, total - offset) else None


async def _from_database(work: Work, code: str, offset: int, size: int) -> list[Ticket]:
    calm = case((col(Ticket.emergency).is_(None), 1), else_=0)
    rows = await work.session.execute(
        select(Ticket)
        .where(_in_hand(code))
        .order_by(calm, _due(), col(Ticket.id))
        .offset(offset)
        .limit(size)
    )
    return list(rows.scalars())


async def digest_for(work: Work, staff_code: str) -> DigestContext | None:
    """What to tell a post this morning; None when it is off duty, vacant or has nothing to do."""
    post = work.district.staff_by_code.get(staff_code)
    account = await work.session.get(StaffAccount, staff_code)
    if post is None or account is None or not account.active or not account.on_duty:
        return None
    if account.resident_id is None:
        return None
    total, overdue, today, fresh = (
        await work.session.execute(
            select(
                func.count(),
                _tally(_late(work.now)),
                _tally(and_(_due() >= work.now, _due() < _midnight_after(work.now))),
                _tally(col(Ticket.state) == State.ASSIGNED.value),
            ).where(_in_hand(staff_code))
        )
    ).one()
    waiting = await _count_waiting(work, post, account)
    if not total and not waiting:
        return None
    items = await _from_database(work, staff_code, 0, DIGEST_TICKETS) if total else []
    return DigestContext(
        staff=post,
        open=int(total),
        overdue=int(overdue),
        due_today=int(today),
        not_accepted=int(fresh),
        waiting_desk=waiting,
        items=items,
    )


def _midnight_after(now: datetime) -> datetime:
    """The end of this day in Beijing."""
    local = now.astimezone(BEIJING)
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


async def _count_waiting(work: Work, post: Staff, account: StaffAccount) -> int:
    """Tickets in the post's scope that wait for a category or a person."""
    resident = await work.session.get(Resident, account.resident_id)
    if post.role not in DESK_ROLES or resident is None:
        return 0
    holder = Person(resident=resident, staff=post, account=account)
    query = select(func.count()).where(
        col(Ticket.state).in_([State.TRIAGE, State.UNASSIGNED]), desk_scope(work, holder)
    )
    return int((await work.session.execute(query)).scalar_one())
