"""Redis emptied or absent (RELIABILITY, cases 9 and 11)."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from bot.database import Database
from bot.inspect import rebuild_queue, show_queue
from bot.projection import Projection
from bot.runtime import Runtime
from bot.settings import Settings
from models.district import District
from tests.faults.engine import engines
from tests.faults.failpoints import Failpoint
from tests.faults.journey import accept, agree, report, summary
from tests.faults.processes import ForkServer
from tests.faults.test_killed import BOUNDARIES
from tests.faults.world import NEIGHBOUR, RESIDENT, World, world


@pytest.fixture
async def town(
    tmp_path: Path, forks: ForkServer, district: District, valkey_url: str
) -> AsyncIterator[World]:
    async with world(tmp_path / "var", forks, district, valkey_url) as opened:
        yield opened


async def test_09_redis_is_emptied_at_every_failpoint(
    town: World, valkey_url: str, district: District
) -> None:
    points = [
        Failpoint(**point.order() | {"do": "flush", "redis": valkey_url, "match": ""})
        for point in BOUNDARIES.values()
    ]
    town.trigger.touch()
    bot = await town.start(*points)
    number, worker = await report(town, RESIDENT)
    neighbour = town.player(NEIGHBOUR)
    await agree(neighbour)
    await summary(neighbour, "合水中路16号2号楼1单元楼道灯坏了")
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    await neighbour.tap("确认提交")  # the form goes on: its state was never in Redis
    await neighbour.expect("收到了，编号")
    await worker.say("/queue")
    await worker.find_button(f"#{number} ")
    await town.settled()
    bot.send(signal.SIGTERM)
    assert await bot.ended() == 0

    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    settings = Settings(linmen_data=town.folder, redis_url=valkey_url)
    agrees, shown = await show_queue(settings, None)
    assert not agrees, shown
    database = Database(settings.database)
    async with AsyncRedis.from_url(valkey_url) as client:
        runtime = Runtime(settings, district, database=database, redis=client)
        await runtime.projection.sweep()
    await database.close()
    agrees, shown = await show_queue(settings, None)
    assert agrees, shown
    assert f"#{number}" in shown


async def test_09_changes_that_never_cease_do_not_put_off_the_sweep(
    tmp_path: Path, district: District, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.projection.SWEEP_SECONDS", 0.2)
    async with (
        engines("", tmp_path / "var", district) as (runtime,),
        AsyncRedis.from_url(valkey_url) as redis,
    ):
        runtime.services.queue._redis = redis
        projection = Projection(runtime)
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(projection.run())
            await first_sweep(runtime)
            await redis.flushall()
            while not await runtime.services.queue.is_fresh():
                projection.changed({1: set()})
            runtime.stop()
            projection.wake()
        assert await runtime.services.queue.is_fresh()


async def first_sweep(runtime: Runtime) -> None:
    while not await runtime.services.queue.is_fresh():
        pass


async def test_11_without_redis_everything_goes_on(town: World, tmp_path: Path) -> None:
    absent = f"unix://{tmp_path / 'nobody.sock'}"
    await town.start(redis_url=absent)
    number, worker = await report(town, RESIDENT)
    await worker.say("/queue")
    await worker.find_button(f"#{number} ")
    await accept(worker, number)
    await town.player(RESIDENT).expect("已经接单")
    await town.settled()
    settings = Settings(linmen_data=town.folder, redis_url=absent)
    agrees, shown = await show_queue(settings, None)
    assert not agrees
    assert "the database answers" in shown
    assert "nothing rebuilt" in await rebuild_queue(settings)
