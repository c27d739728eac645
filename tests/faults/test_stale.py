"""A handler that slept beyond its lease (RELIABILITY, case 8)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from bot import leases
from bot.worker import Worker
from models.district import District
from models.errors import StaleWrite
from models.messaging import OutboxCall
from tests.faults.engine import deliver, engines, pending, work_off
from tests.faults.updates import message
from tests.faults.world import RESIDENT


class Sleeper(Worker):
    """A worker that is stopped between taking an update and handling it, as by SIGSTOP."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.stopped, self.resumed = asyncio.Event(), asyncio.Event()

    async def _handle(self, *given: Any) -> None:
        self.stopped.set()
        await self.resumed.wait()
        await super()._handle(*given)


async def test_08_the_stale_write_of_a_stopped_handler_is_refused(
    tmp_path: Path, district: District, postgres_url: str
) -> None:
    async with engines(postgres_url, tmp_path, district, count=2) as (first, second):
        sleeper, other = Sleeper(first), Worker(second)
        await deliver(first, message(1, RESIDENT, 1, "/start"))
        async with asyncio.TaskGroup() as group:
            asleep = group.create_task(refused(sleeper))
            await sleeper.stopped.wait()
            first.clock.advance(leases.TTL.total_seconds() * 2)
            await work_off(other, second)
            sleeper.resumed.set()
        assert asleep.result()
        assert await pending(first) == 0
        async with first.database.transaction() as session:
            welcomes = select(func.count()).where(col(OutboxCall.chat_id) == RESIDENT)
            assert await session.scalar(welcomes) == 1


async def refused(worker: Worker) -> bool:
    with pytest.raises(StaleWrite):
        await worker.step()
    return True
