"""What the queues of all workers should hold, as the database says: the source of the projection.

A ticket is in the queue of its assignee while it is open. Emergencies stand before everything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from dispatch.queue import Change, Entry, Removal
from models.district import District
from models.lifecycle import OPEN
from models.ticket import Ticket
from workflows.staff_queue import due_of

_BEFORE_ALL = timedelta(days=20_000)
"""Taken off the due time of an emergency, so that it stands before every other ticket."""


def posts(district: District) -> list[tuple[str, str]]:
    """(staff code, grid) of every post: whose queues exist."""
    return [(member.code, member.grid) for member in district.staff]


async def all_entries(session: AsyncSession, district: District) -> list[Entry]:
    """Every open ticket that somebody has."""
    rows = await session.execute(
        select(Ticket).where(
            col(Ticket.state).in_([state.value for state in OPEN]),
            col(Ticket.assignee).is_not(None),
        )
    )
    return [entry for ticket in rows.scalars() if (entry := _entry(ticket, district))]


async def changes_of(
    session: AsyncSession, district: District, touched: Mapping[int, Collection[str]]
) -> list[Change]:
    """What changed in queues, for tickets (id → staff codes that may have it no more)."""
    rows = await session.execute(select(Ticket).where(col(Ticket.id).in_(list(touched))))
    changes: list[Change] = []
    for ticket in rows.scalars():
        entry = _entry(ticket, district)
        if entry is not None:
            changes.append(entry)
        gone = {code for code in (*touched[ticket.key], ticket.assignee) if code}
        if entry is not None:
            gone.discard(entry.staff)
        changes += [
            Removal(ticket.key, ticket.version, code, district.staff_by_code[code].grid)
            for code in sorted(gone)
            if code in district.staff_by_code
        ]
    return changes


def _entry(ticket: Ticket, district: District) -> Entry | None:
    member = district.staff_by_code.get(ticket.assignee or "")
    if member is None or not ticket.is_open:
        return None
    due = due_of(ticket)
    return Entry(
        ticket_id=ticket.key,
        version=ticket.version,
        staff=member.code,
        grid=member.grid,
        due=due - _BEFORE_ALL if ticket.emergency else due,
    )
