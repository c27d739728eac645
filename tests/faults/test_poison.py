"""What no handler can digest is set aside, and its chat goes on (RELIABILITY, case 17)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.paths import ROOT
from bot.runtime import Runtime
from bot.worker import Worker
from models.district import District
from models.messaging import InboxUpdate
from tests.faults.engine import deliver, engines
from tests.faults.failpoints import Failpoint
from tests.faults.journey import agree
from tests.faults.updates import message, update
from tests.faults.world import NEIGHBOUR, RESIDENT, World

POISON = "这句话谁也处理不了"


async def command(town: World, *arguments: str) -> str:
    """`python -m bot …` on the data folder of the town."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=ROOT,
        env={**os.environ, "LINMEN_DATA": str(town.folder)},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode()


async def test_17_a_handler_that_always_raises(town: World) -> None:
    await town.start(
        Failpoint("dispatch.triage:Triage.rank", do="raise", match=POISON, armed=str(town.trigger))
    )
    resident, neighbour = town.player(RESIDENT), town.player(NEIGHBOUR)
    await agree(resident)
    town.arm()
    await resident.say(POISON)
    await resident.say("/my")
    await agree(neighbour)
    await resident.expect("出了点问题")
    await town.settled()
    told = [message["text"] for message in await resident.messages()]
    assert sum("出了点问题" in text for text in told) == 1
    assert "出了点问题" in told[-2], "the next message of the chat was not handled, or not in turn"
    ((row, attempts, error),) = town.rows(
        "SELECT id, attempts, error FROM inbox WHERE status = 'failed'"
    )
    assert attempts == 3
    assert "StruckError" in error

    assert f"#{row} " in await command(town, "inbox", "--failed")
    town.trigger.unlink()  # mended
    assert "again" in await command(town, "inbox", "--replay", str(row))
    await resident.expect(POISON)
    await town.settled()
    assert town.value("SELECT status FROM inbox WHERE id = ?", row) == "done"


def without_sender_id(person: int) -> dict[str, Any]:
    broken = update(0, person, 900, "？")
    broken["message"]["from"] = {"first_name": "无名"}
    return broken


STRANGE: dict[str, Any] = {
    "unknown kind": lambda person: {
        "new_thing": {"from": {"id": person, "first_name": "新"}, "chat": {"id": person}}
    },
    "not even an object": lambda _: {"message": ["?"]},
    "nobody's": without_sender_id,
    "huge": lambda person: update(0, person, 900, "长" * 600_000),
    "deep": lambda person: {"message": {"chat": {"id": person}, "x": nested(200)}},
}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


async def test_17_updates_that_are_none(town: World) -> None:
    await town.start()
    resident = town.player(RESIDENT)
    await agree(resident)
    for strange in STRANGE.values():
        body = {key: value for key, value in strange(RESIDENT).items() if key != "update_id"}
        await town.post("updates", body)
    await resident.say("/my")
    await resident.expect("您")
    await town.settled()
    statuses = [status for (status,) in town.rows("SELECT status FROM inbox ORDER BY id")]
    assert statuses.count("failed") == len(STRANGE)
    assert statuses[-1] == "done"


async def test_17_lone_surrogates_are_read(town: World) -> None:
    await town.start()
    resident = town.player(RESIDENT)
    await agree(resident)
    raw = message(700_000_900, RESIDENT, 900, "楼道灯坏了\ud800三天了")
    answer = await town.client.post("/sandbox/updates", content=raw)
    assert answer.status_code == 201
    await resident.find_button("对，")
    await town.settled()
    assert not town.rows("SELECT id FROM inbox WHERE status <> 'done'")


async def work_with_retries(runtime: Runtime) -> None:
    worker = Worker(runtime)
    for _ in range(4):
        await worker.step()
        runtime.clock.advance(3)


async def test_17_numbers_beyond_64_bits_hold_up_nobody(tmp_path: Path, district: District) -> None:
    async with engines("", tmp_path, district) as (runtime,):
        await deliver(runtime, message(2**70, NEIGHBOUR, 1, "？"), message(1, 2**70, 1, "？"))
        await deliver(runtime, message(2, RESIDENT, 1, "/start"))
        await work_with_retries(runtime)
        async with runtime.database.transaction() as session:
            found = await session.execute(select(InboxUpdate).order_by(col(InboxUpdate.id)))
            statuses = [row.status for row in found.scalars()]
        assert statuses == ["failed", "failed", "done"]


async def test_17_what_postgresql_refuses_is_set_aside(
    tmp_path: Path, district: District, postgres_url: str
) -> None:
    """PostgreSQL takes no zero bytes, not even in the name that a sentence about them is for."""
    async with engines(postgres_url, tmp_path, district) as (runtime,):
        poisoned = update(1, RESIDENT, 1, "/start")
        poisoned["message"]["from"]["first_name"] = "\0"
        await deliver(runtime, json.dumps(poisoned).encode(), message(2, RESIDENT, 2, "/start"))
        await deliver(runtime, message(3, NEIGHBOUR, 1, "/start"))
        await work_with_retries(runtime)
        async with runtime.database.transaction() as session:
            found = await session.execute(select(InboxUpdate).order_by(col(InboxUpdate.id)))
            rows = [(row.status, row.attempts) for row in found.scalars()]
        assert rows == [("failed", 3), ("done", 0), ("done", 0)]
