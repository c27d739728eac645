"""The queue projection: what the database says about open tickets, shown in Redis.

Nothing waits for it and nothing is lost with it: a change that cannot be written is made good by
the sweep, and a Redis that came back empty is rebuilt whole (RELIABILITY, mechanism 7).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import DBAPIError

from bot.waiting import wait_for
from dispatch.queue import Entry, QueueUnavailable
from workflows.queues import all_entries, changes_of, posts

if TYPE_CHECKING:
    from bot.runtime import Runtime

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 60
"""How often Redis is compared with the database and rebuilt when it differs."""


class Projection:
    """Carries changes of tickets from the database to Redis."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._touched: dict[int, set[str]] = {}
        self._ready = asyncio.Event()

    def changed(self, touched: Mapping[int, set[str]]) -> None:
        """Note tickets whose place in a queue may have changed (`Work.touched`), once committed."""
        for ticket_id, left in touched.items():
            self._touched.setdefault(ticket_id, set()).update(left)
        if self._touched:
            self._ready.set()

    async def run(self) -> None:
        """Project changes as they come and sweep each minute, until told to stop."""
        if not self._runtime.services.queue.configured:
            await self._runtime.stopping.wait()
            return
        loop = asyncio.get_running_loop()
        sweep_at = loop.time()
        while not self._runtime.stopping.is_set():
            if (left := sweep_at - loop.time()) <= 0:  # also when changes never cease
                sweep_at = loop.time() + SWEEP_SECONDS
                await self.sweep()
            elif await wait_for(self._ready, left):
                self._ready.clear()
                await self.project()

    def wake(self) -> None:
        """End a wait, so that a stop is noticed."""
        self._ready.set()

    async def project(self) -> None:
        """Write the noted changes; on failure leave them to the sweep."""
        touched, self._touched = self._touched, {}
        if not touched:
            return
        try:
            async with self._runtime.database.transaction() as session:
                changes = await changes_of(session, self._runtime.services.district, touched)
            await self._runtime.services.queue.apply(changes)
        except (QueueUnavailable, DBAPIError) as error:
            log.warning("queue_not_projected", tickets=len(touched), error=str(error)[:200])

    async def sweep(self) -> None:
        """Compare Redis with the database; rebuild it whole when it is empty or differs."""
        district, queue = self._runtime.services.district, self._runtime.services.queue
        try:
            async with self._runtime.database.transaction() as session:
                entries = await all_entries(session, district)
            if await self._agrees(entries):
                return
            count = await queue.rebuild(entries, posts(district))
            log.info("queue_rebuilt", tickets=count)
        except (QueueUnavailable, DBAPIError) as error:
            log.warning("queue_not_swept", error=str(error)[:200])

    async def _agrees(self, entries: list[Entry]) -> bool:
        district, queue = self._runtime.services.district, self._runtime.services.queue
        if not await queue.is_fresh({grid for _, grid in posts(district)}):
            return False
        expected: dict[tuple[str, str], list[Entry]] = {post: [] for post in posts(district)}
        for entry in entries:
            expected[entry.staff, entry.grid].append(entry)
        for (staff, grid), theirs in expected.items():
            if not (await queue.compare(staff, grid, theirs)).agrees:
                return False
        return True
