"""The live queue over a real Valkey, and over none."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from dispatch.queue import (
    Change,
    Entry,
    QueueStale,
    QueueUnavailable,
    Removal,
    TicketQueue,
    WorkerKeys,
)

DATABASE = 11
"""Of this module alone, so that it may be flushed."""
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
WORKERS = [("wang", "xg.01.01"), ("li", "xg.01.01"), ("zhao", "xg.02")]
GRID_OF = dict(WORKERS)


def entry(ticket: int, version: int = 1, staff: str = "wang", minutes: float = 0) -> Entry:
    return Entry(ticket, version, staff, GRID_OF[staff], START + timedelta(minutes=minutes))


def removal(ticket: int, version: int, staff: str = "wang") -> Removal:
    return Removal(ticket, version, staff, GRID_OF[staff])


async def ids(queue: TicketQueue, staff: str = "wang") -> list[int]:
    return (await queue.page(staff, GRID_OF[staff], 0, -1)).ticket_ids


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(valkey_url, db=DATABASE) as client:
        await client.flushdb()
        yield client


@pytest.fixture
async def queue(redis: Redis) -> TicketQueue:
    queue = TicketQueue(redis, "xg")
    await queue.rebuild([], WORKERS)
    return queue


async def test_the_most_urgent_stand_first_and_pages_cut(queue: TicketQueue) -> None:
    await queue.apply([entry(10, minutes=5), entry(9, minutes=5), entry(3, minutes=1)])

    assert await ids(queue) == [3, 9, 10]
    page = await queue.page("wang", "xg.01.01", 1, 1)
    assert (page.ticket_ids, page.total) == ([9], 3)
    assert (await queue.page("wang", "xg.01.01", 5, 5)).ticket_ids == []
    assert (await queue.page("wang", "xg.01.01", 0, 0)).total == 3


async def test_queues_are_apart(queue: TicketQueue) -> None:
    await queue.apply([entry(1), entry(2, staff="li"), entry(3, staff="zhao")])

    assert [await ids(queue, staff) for staff, _ in WORKERS] == [[1], [2], [3]]


async def test_an_older_version_never_overwrites_a_newer(queue: TicketQueue) -> None:
    await queue.apply([entry(1, 3, minutes=9)])

    assert await queue.apply([entry(1, 2, minutes=1), removal(1, 2)]) == 0
    (slot,) = (await queue.page("wang", "xg.01.01", 0, -1)).slots
    assert (slot.version, slot.score) == (3, entry(1, minutes=9).score)


async def test_a_removal_is_remembered(queue: TicketQueue) -> None:
    await queue.apply([removal(1, 4), entry(1, 3)])

    assert await ids(queue) == []
    await queue.apply([entry(1, 5)])
    assert await ids(queue) == [1]


async def test_tombstones_fade(queue: TicketQueue, redis: Redis) -> None:
    keys = WorkerKeys("xg.01.01", "wang")
    await queue.apply([removal(1, 4)])
    await redis.zadd(keys.gone, {f"{1:012d}": 0})

    await queue.apply([entry(2)])

    assert await redis.zcard(keys.gone) == 0
    assert await redis.hkeys(keys.seen) == [f"{2:012d}".encode()]


async def test_an_emptied_redis_says_so_until_it_is_rebuilt(
    queue: TicketQueue, redis: Redis
) -> None:
    await queue.apply([entry(1)])
    await redis.flushdb()

    assert not await queue.is_fresh()
    for attempt in (queue.apply([entry(2)]), queue.page("wang", "xg.01.01", 0, 5)):
        with pytest.raises(QueueStale):
            await attempt
    await queue.rebuild([entry(1), entry(2, minutes=-1)], WORKERS)
    assert await queue.is_fresh({grid for _, grid in WORKERS})
    assert await ids(queue) == [2, 1]


async def test_another_server_under_the_same_name_is_noticed(
    queue: TicketQueue, redis: Redis
) -> None:
    await redis.set(WorkerKeys("xg.01.01", "wang").generation, "1:another-run-id")

    assert await queue.is_fresh()
    assert not await queue.is_fresh(["xg.01.01"])
    with pytest.raises(QueueStale):
        await queue.page("wang", "xg.01.01", 0, 5)


async def test_rebuilding_empties_who_has_nothing(queue: TicketQueue) -> None:
    await queue.apply([entry(1), entry(2, staff="li")])

    assert await queue.rebuild([entry(1)], WORKERS) == 1

    assert [await ids(queue, staff) for staff, _ in WORKERS] == [[1], [], []]


async def test_a_long_queue_is_written_in_parts(queue: TicketQueue) -> None:
    many = [entry(n, minutes=n) for n in range(1, 2501)]

    await queue.rebuild(many, WORKERS)
    assert await ids(queue) == list(range(1, 2501))
    assert await queue.apply([removal(n, 2) for n in range(1, 2500)]) == 2499
    assert await ids(queue) == [2500]


async def test_comparing_names_every_difference(queue: TicketQueue) -> None:
    await queue.apply([entry(1), entry(2), entry(3), entry(4)])

    found = await queue.compare(
        "wang", "xg.01.01", [entry(1), entry(2, 2), entry(3, minutes=1), entry(5)]
    )

    assert (found.missing, found.extra, found.differing) == ((5,), (4,), (2, 3))
    assert not found.agrees
    same = [entry(n) for n in (1, 2, 3, 4)]
    assert (await queue.compare("wang", "xg.01.01", same)).agrees


async def test_keys_of_a_grid_share_a_slot() -> None:
    keys = WorkerKeys("xg.01", "wang").all

    assert {key[key.index("{") : key.index("}") + 1] for key in keys} == {"{xg.01}"}


async def test_without_redis_everything_says_unavailable() -> None:
    queue = TicketQueue(None, "xg")

    for attempt in (
        queue.page("wang", "xg.01.01", 0, 5),
        queue.apply([entry(1)]),
        queue.rebuild([], WORKERS),
        queue.is_fresh(),
        queue.compare("wang", "xg.01.01", []),
    ):
        with pytest.raises(QueueUnavailable):
            await attempt


async def test_a_dead_redis_is_one_error(tmp_path: object) -> None:
    async with Redis.from_url(f"unix://{tmp_path}/nobody.sock") as client:
        with pytest.raises(QueueUnavailable) as failure:
            await TicketQueue(client, "xg").page("wang", "xg.01.01", 0, 5)
    assert not isinstance(failure.value, QueueStale)


def _history(draw: random.Random, tickets: int) -> tuple[list[Change], dict[int, Change]]:
    """Every change of some tickets that move between workers, and the last of each."""
    changes: list[Change] = []
    last: dict[int, Change] = {}
    for ticket in range(1, tickets + 1):
        holder = None
        for version in range(1, draw.randint(2, 7)):
            staff = draw.choice([code for code, _ in WORKERS])
            if holder is not None and holder != staff:
                changes.append(removal(ticket, version, holder))
            closed = draw.random() < 0.2
            change: Change = (
                removal(ticket, version, staff)
                if closed
                else entry(ticket, version, staff, draw.randint(0, 600))
            )
            changes.append(change)
            last[ticket] = change
            holder = staff
            if closed:
                break
    return changes, last


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_any_order_any_repetition_and_a_flush_end_as_the_database_has_it(
    seed: int, valkey_url: str
) -> None:
    """Without a flush at once; after one, at the latest with the next sweep.

    A rebuild knows no tombstones, so a change older than it may come in late: never one too few.
    """
    asyncio.run(_shuffled(random.Random(seed), valkey_url))


async def _shuffled(draw: random.Random, valkey_url: str) -> None:
    changes, last = _history(draw, 12)
    truth = [change for change in last.values() if isinstance(change, Entry)]
    delivered = changes + draw.sample(changes, len(changes) // 2)
    draw.shuffle(delivered)
    flush_at = draw.choice([None, draw.randrange(len(delivered))])
    async with Redis.from_url(valkey_url, db=DATABASE) as client:
        await client.flushdb()
        queue = TicketQueue(client, "xg")
        await queue.rebuild([], WORKERS)
        for index, change in enumerate(delivered):
            if index == flush_at:
                await client.flushdb()
            try:
                await queue.apply([change])
            except QueueStale:
                await queue.rebuild(truth, WORKERS)
        if flush_at is not None:
            for staff, grid in WORKERS:
                theirs = [change for change in truth if change.staff == staff]
                assert (await queue.compare(staff, grid, theirs)).missing == ()
            await queue.rebuild(truth, WORKERS)
        for staff, grid in WORKERS:
            theirs = [change for change in truth if change.staff == staff]
            assert (await queue.compare(staff, grid, theirs)).agrees
            ordered = sorted(theirs, key=lambda e: (e.score, e.ticket_id))
            assert await ids(queue, staff) == [change.ticket_id for change in ordered]
