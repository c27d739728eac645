"""Leases fence off who was overtaken (RELIABILITY, case 8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import leases
from bot.database import Database
from models.errors import StaleWrite

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NAMES = [f"inbox:{n}" for n in range(8)]


async def test_a_lease_is_held_by_one_until_it_runs_out(database: Database) -> None:
    async with database.transaction() as session:
        first = await leases.acquire(session, ["clock"], "a", NOW)
    async with database.transaction() as session:
        assert await leases.acquire(session, ["clock"], "b", NOW) == []
    later = NOW + leases.TTL + timedelta(seconds=1)
    async with database.transaction() as session:
        second = await leases.acquire(session, ["clock"], "b", later)
    assert second[0].epoch > first[0].epoch


async def test_the_stale_write_of_an_overtaken_owner_is_refused(database: Database) -> None:
    async with database.transaction() as session:
        held = await leases.acquire(session, NAMES, "stopped", NOW)
    later = NOW + leases.TTL * 2
    async with database.transaction() as session:
        await leases.acquire(session, NAMES[:1], "other", later)
    with pytest.raises(StaleWrite):
        async with database.transaction() as session:
            await leases.renew(session, held, "stopped", later)


async def test_an_owner_may_renew_late_when_nobody_took_over(database: Database) -> None:
    async with database.transaction() as session:
        held = await leases.acquire(session, NAMES, "a", NOW)
    async with database.transaction() as session:
        await leases.renew(session, held, "a", NOW + leases.TTL * 3)
    async with database.transaction() as session:
        assert await leases.acquire(session, NAMES, "b", NOW + leases.TTL * 3) == []


async def test_lanes_are_shared_fairly_as_workers_come_and_go(database: Database) -> None:
    async def share(owner: str, at: datetime) -> int:
        async with database.transaction() as session:
            return len(await leases.take_share(session, "inbox:", NAMES, owner, at))

    assert await share("a", NOW) == 8
    assert await share("b", NOW) == 0
    assert await share("a", NOW) == 4
    assert await share("b", NOW) == 4
    gone = NOW + leases.TTL + timedelta(seconds=1)
    assert await share("b", gone) == 8


async def test_given_back_leases_keep_their_epoch(database: Database) -> None:
    async with database.transaction() as session:
        (first,) = await leases.acquire(session, ["clock"], "a", NOW)
        await leases.release(session, ["clock"], "a")
        (second,) = await leases.acquire(session, ["clock"], "b", NOW)
    assert second.epoch > first.epoch
