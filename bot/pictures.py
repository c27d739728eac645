"""Keeps the pictures of the opinion groups up to date, in the background.

Votes are read from a moment of the database that blocks nobody, and go in chunks to a process of
their own (`opinions.process`); the event loop is held for some milliseconds at a time. Replicas
share the work by a lease.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import orjson
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import leases
from bot.waiting import wait_for
from models.deliberation.opinion import OpinionPicture
from models.errors import StaleWrite
from opinions.process import Computed, PictureError, PictureProcess
from opinions.wire import pack_votes
from workflows.deliberation import pictures

if TYPE_CHECKING:
    from bot.runtime import Runtime

log = structlog.get_logger(__name__)

LEASE = "pictures"
LEASE_TTL = timedelta(minutes=3)
"""Longer than a computation may take."""
LOOK_SECONDS = 3.0
"""Seconds between looks for new votes: also the least time between two pictures."""
REST = 3.0
"""After a picture, rest for so many times as long as it took: a large call does not keep a core."""
PNG_SIZE = (1000, 750)


class PictureLoop:
    """Looks for deliberations with new votes and computes their picture."""

    def __init__(self, runtime: Runtime, process: PictureProcess | None = None) -> None:
        self._runtime = runtime
        self._process = process or PictureProcess()

    async def run(self) -> None:
        """Run until told to stop."""
        stopping = self._runtime.stopping
        try:
            while not stopping.is_set():
                rest = LOOK_SECONDS
                try:
                    rest += await self.step() * REST
                except (DBAPIError, StaleWrite, PictureError) as error:
                    log.warning("picture_held_up", error=str(error)[:200])
                await wait_for(stopping, rest)
        finally:
            await self._process.close()

    async def step(self) -> float:
        """Compute every picture that is out of date; returns the seconds that it took.

        Raises:
            PictureError: the process failed; the next look tries again.
        """
        now = self._runtime.clock.now()
        async with self._runtime.database.reading() as session:
            waiting = await pictures.stale(session)
        if not waiting:
            return 0.0
        async with self._runtime.database.transaction() as session:
            held = await leases.acquire(session, [LEASE], self._runtime.owner, now, LEASE_TTL)
        if not held:
            return 0.0
        began = asyncio.get_running_loop().time()
        for deliberation_id in waiting:
            if self._runtime.stopping.is_set():
                break
            await self._compute(deliberation_id, held)
        return asyncio.get_running_loop().time() - began

    async def _compute(self, deliberation_id: int, held: list[leases.Held]) -> None:
        async with self._runtime.database.reading() as session:
            until = await pictures.newest_vote(session, deliberation_id)
            known = await pictures.opinions_in(session, deliberation_id)
            before = await session.get(OpinionPicture, deliberation_id)
            computed = await self._process.render(
                _packed(session, deliberation_id),
                known.every,
                hidden=known.hidden,
                previous=orjson.dumps(before.data) if before is not None else None,
                png_size=PNG_SIZE,
            )
        if until is not None:
            await self._store(deliberation_id, computed, until, held)

    async def _store(
        self, deliberation_id: int, computed: Computed, until: datetime, held: list[leases.Held]
    ) -> None:
        data = orjson.loads(computed.json)
        png = base64.b64encode(computed.png).decode() if computed.png else None
        now = self._runtime.clock.now()
        async with self._runtime.database.transaction() as session:
            await leases.renew(session, held, self._runtime.owner, now, LEASE_TTL)
            work = self._runtime.begin(session, now).work
            await pictures.store_picture(work, deliberation_id, data, png, until)
        log.info("picture", deliberation=deliberation_id, verdict=data["verdict"])


async def _packed(session: AsyncSession, deliberation_id: int) -> AsyncIterator[bytes]:
    async for rows in pictures.votes_of(session, deliberation_id):
        yield pack_votes(rows)
