"""The clock: does what is due. Deadlines are rows, so nothing is forgotten by a restart."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import leases
from bot.waiting import wait_for
from models.errors import StaleWrite
from models.ticket import DueTime
from workflows.deadlines import run_due
from workflows.housekeeping import purge

if TYPE_CHECKING:
    from bot.runtime import Runtime

log = structlog.get_logger(__name__)

LEASE = "clock"
LOOK_SECONDS = 1.0
"""Seconds between looks at most; deadlines are counted in minutes."""
BATCH = 50
MAX_ATTEMPTS = 5
PURGE_EVERY = timedelta(hours=6)


class DueRunner:
    """Runs due rows, one transaction each; one runner at a time holds the lease."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._purge_at: datetime | None = None

    async def run(self) -> None:
        """Run until told to stop."""
        stopping = self._runtime.stopping
        while not stopping.is_set():
            try:
                while await self.step() and not stopping.is_set():
                    pass
            except (DBAPIError, StaleWrite) as error:
                log.warning("clock_held_up", error=type(error).__name__)
            await wait_for(stopping, LOOK_SECONDS)

    async def step(self) -> int:
        """Run what is due now; returns how many rows that was."""
        now = self._runtime.clock.now()
        async with self._runtime.database.transaction() as session:
            due = (
                select(DueTime)
                .where(col(DueTime.done_at).is_(None), col(DueTime.due_at) <= now)
                .order_by(col(DueTime.due_at), col(DueTime.id))
                .limit(BATCH)
            )
            ids = [row.id for row in (await session.execute(due)).scalars()]
            held = []
            if ids:
                held = await leases.acquire(session, [LEASE], self._runtime.owner, now)
        for id_ in ids if held else ():
            await self._run_one(id_ or 0, held)
        await self._purge(now)
        return len(ids) if held else 0

    async def _run_one(self, id_: int, held: list[leases.Held]) -> None:
        now = self._runtime.clock.now()
        try:
            async with self._runtime.database.transaction() as session:
                await leases.renew(session, held, self._runtime.owner, now)
                due = await session.get(DueTime, id_)
                if due is None or due.done_at is not None or due.due_at > now:
                    return
                transaction = self._runtime.begin(session, now)
                was_due_at = due.due_at
                await run_due(transaction.work, due)
                if due.due_at == was_due_at:
                    due.done_at = now
                await session.flush()
                await transaction.write_outbox()
        except (DBAPIError, StaleWrite):
            raise
        except Exception as error:
            log.exception("due_failed", due_id=id_)
            await self._note_failure(id_, error)
            return
        self._runtime.outbox_ready.set()
        self._runtime.projection.changed(transaction.work.touched)

    async def _note_failure(self, id_: int, error: Exception) -> None:
        """Try again later, each time later; after the last time leave it for the office to see."""
        now = self._runtime.clock.now()
        async with self._runtime.database.transaction() as session:
            due = await session.get(DueTime, id_)
            if due is None:
                return
            due.attempts += 1
            due.error = f"{type(error).__name__}: {error}"[:2000]
            due.due_at = now + timedelta(minutes=2**due.attempts)
            if due.attempts >= MAX_ATTEMPTS:
                due.done_at = now

    async def _purge(self, now: datetime) -> None:
        if self._purge_at is not None and now < self._purge_at:
            return
        self._purge_at = now + PURGE_EVERY
        async with self._runtime.database.transaction() as session:
            await purge(session, now)


async def count_due(session: AsyncSession, now: datetime) -> int:
    """How many rows are due and not done."""
    found = await session.execute(
        select(func.count())
        .select_from(DueTime)
        .where(col(DueTime.done_at).is_(None), col(DueTime.due_at) <= now)
    )
    return int(found.scalar_one())
