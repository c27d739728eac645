"""Rows of things that must happen at a time, and which function each kind runs.

Kept apart from `workflows.deadlines`, whose functions act on tickets, because every change of a
ticket writes such rows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import col

from models.sla import REMINDERS, Due
from models.ticket import DueTime
from workflows.work import Work

Runner = Callable[[Work, DueTime], Awaitable[None]]

KINDS: dict[str, Runner] = {}
"""What each kind of due time runs."""


def register(kind: str, runner: Runner) -> None:
    """Name what happens when a due time of this kind comes. Raises ValueError when it is taken."""
    if KINDS.get(kind, runner) is not runner:
        raise ValueError(f"due times of kind {kind} already run {KINDS[kind]}")
    KINDS[kind] = runner


async def schedule(
    work: Work, kind: str, due_at: datetime, *, ticket_id: int | None = None, subject: str = ""
) -> None:
    """Set the one due time of (kind, subject, ticket) to `due_at` (UTC), also if it was done."""
    row = await work.session.scalar(
        select(DueTime).where(
            col(DueTime.kind) == kind,
            col(DueTime.subject) == subject,
            col(DueTime.ticket_id).is_(None)
            if ticket_id is None
            else col(DueTime.ticket_id) == ticket_id,
        )
    )
    if row is None:
        work.session.add(DueTime(kind=kind, due_at=due_at, ticket_id=ticket_id, subject=subject))
    else:
        _rearm(row, due_at)


async def cancel(work: Work, kind: str, *, ticket_id: int | None = None, subject: str = "") -> None:
    """Forget the due time of (kind, subject, ticket); none there is fine."""
    await work.session.execute(
        delete(DueTime).where(
            col(DueTime.kind) == kind,
            col(DueTime.subject) == subject,
            col(DueTime.ticket_id).is_(None)
            if ticket_id is None
            else col(DueTime.ticket_id) == ticket_id,
        )
    )


async def sync_ticket(work: Work, ticket_id: int, wanted: Mapping[Due, datetime]) -> None:
    """Make the rows of a ticket those of `wanted`.

    What ran already is not armed again unless its time moved; what is no longer wanted is deleted,
    so that it can be armed anew at the same time. A reminder whose time has passed is left out.
    """
    rows = {
        row.kind: row
        for row in await work.session.scalars(
            select(DueTime).where(
                col(DueTime.ticket_id) == ticket_id,
                col(DueTime.kind).in_([kind.value for kind in Due]),
            )
        )
    }
    for kind, row in rows.items():
        if kind not in wanted:
            await work.session.delete(row)
    for kind, due_at in wanted.items():
        known = rows.get(kind)
        if known is not None and known.due_at == due_at:
            continue
        if kind in REMINDERS and due_at <= work.now:
            if known is not None:
                await work.session.delete(known)
        elif known is None:
            work.session.add(DueTime(kind=kind.value, due_at=due_at, ticket_id=ticket_id))
        else:
            _rearm(known, due_at)


def _rearm(row: DueTime, due_at: datetime) -> None:
    row.due_at = due_at
    row.done_at = None
    row.attempts = 0
    row.error = None
