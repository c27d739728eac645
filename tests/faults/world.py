"""A Telegram that outlives the bot: the sandbox in the test, Linmens in processes beside it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.sandbox import open_sandbox
from bot.settings import SANDBOX_TOKEN, Settings
from models.district import District
from tests.faults.failpoints import Failpoint
from tests.faults.processes import PATIENCE, ForkServer, Process
from tests.player import Player
from web.sandbox import SandboxServer, open_listener

TOKEN = SANDBOX_TOKEN
"""With it, and no BOT_TOKEN, the accounts of the staff in the demo's files count as bound."""
RESIDENT, NEIGHBOUR = 600000001, 600000006
UNLIMITED = {
    "messages_per_second": 0,
    "chat_messages_per_second": 0,
    "group_messages_per_minute": 0,
}
_PENDING = (
    "SELECT (SELECT count(*) FROM inbox WHERE status = 'new')"
    " + (SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending', 'unknown'))"
)


@dataclass
class World:
    """The sandbox, a data folder, and whoever was started on it."""

    folder: Path
    base: str
    client: httpx.AsyncClient
    forks: ForkServer
    redis: str = "none"
    district: District | None = None
    started: list[Process] = field(default_factory=list)

    # --- the bot

    @property
    def settings(self) -> dict[str, Any]:
        """What a Linmen of this world is told."""
        return {
            "linmen_data": str(self.folder),
            "bot_api_base": self.base,
            "redis_url": self.redis,
            "port": 0,
            "courier": UNLIMITED,
            "policy": {"album_wait_ms": 50},
        }

    @property
    def trigger(self) -> Path:
        """Failpoints are armed once this file exists."""
        return self.folder / "armed"

    def arm(self) -> None:
        self.trigger.touch()

    async def start(self, *points: Failpoint, **changes: Any) -> Process:
        """Start a Linmen and wait until it polls."""
        self.trigger.unlink(missing_ok=True)
        cursor = await self.log_cursor()
        process = self.forks.start(
            self.settings | changes, self.folder / f"bot-{len(self.started)}.log", *points
        )
        self.started.append(process)
        begun = asyncio.Task(self.log(cursor, method="deleteWebhook", wait=PATIENCE))
        ended = asyncio.wrap_future(process.gone)
        await asyncio.wait({begun, ended}, return_when=asyncio.FIRST_COMPLETED)
        assert begun.done(), f"it does not start:\n{process.log.read_text()[-3000:]}"
        assert await begun, f"it does not poll:\n{process.log.read_text()[-3000:]}"
        return process

    async def settled(self) -> None:
        """Wait until every update is handled and every message sent or given up."""
        deadline = time.monotonic() + PATIENCE
        while True:
            cursor = await self.log_cursor()
            waiting = (await self.get("updates"))["waiting"]
            pending = self.value(_PENDING)
            if not waiting and not pending:
                return
            assert time.monotonic() < deadline, (
                f"{len(waiting)} updates wait, {pending} rows pend:\n{self.last_log()}"
            )
            await self.log(cursor, wait=1)

    def last_log(self) -> str:
        return self.started[-1].log.read_text()[-6000:]

    # --- the sandbox

    async def get(self, route: str, **query: Any) -> dict[str, Any]:
        answer = await self.client.get(f"/sandbox/{route}", params=query, timeout=PATIENCE + 30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, route: str, body: Any) -> dict[str, Any]:
        answer = await self.client.post(f"/sandbox/{route}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def log(self, after: int = 0, wait: float = 0, **query: Any) -> list[dict[str, Any]]:
        """Bot API calls after a cursor; waits for the first of them."""
        return (await self.get("log", after=after, wait=wait, limit=10_000, **query))["calls"]

    async def log_cursor(self) -> int:
        return (await self.get("log", limit=10_000))["cursor"]

    def player(self, person_id: int) -> Player:
        return Player(self.client, person_id)

    async def newcomer(self, person_id: int) -> Player:
        await self.post("people", {"id": person_id, "name": f"居民{person_id}"})
        return self.player(person_id)

    def staff(self, code: str) -> Player:
        assert self.district is not None
        return self.player(self.district.staff_by_code[code].telegram_id or 0)

    # --- the database, read from outside

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        path = self.folder / "linmen.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(sql, values).fetchall()

    def value(self, sql: str, *values: Any) -> Any:
        return self.rows(sql, *values)[0][0]


@asynccontextmanager
async def world(
    folder: Path, forks: ForkServer, district: District, redis: str = "none"
) -> AsyncIterator[World]:
    """Open the sandbox, hand over, end every process."""
    folder.mkdir(parents=True, exist_ok=True)
    sandbox = await open_sandbox(Settings(linmen_data=folder), district)
    listener = open_listener("127.0.0.1", 0)
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = SandboxServer(sandbox)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[listener]))
        async with httpx.AsyncClient(base_url=base, timeout=30) as client:
            world = World(folder, base, client, forks, redis, district)
            try:
                yield world
            finally:
                for process in world.started:
                    await process.kill()
        server.should_exit = server.force_exit = True  # nobody is left to wait for
    await sandbox.close()
