"""A sandbox server in the test's own event loop, with the real clients that talk to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from telegram.ext import ExtBot

from web.sandbox import Person, Sandbox, SandboxServer, open_listener

TOKEN = "4242:sandbox-token"
PEOPLE = (
    Person(id=1001, name="王秀兰", note="合水中路12号"),
    Person(id=1002, name="Alex", username="alex_c", language_code="en"),
    Person(id=2001, name="李建国", role="worker"),
)
RESIDENT, OTHER, WORKER = (person.id for person in PEOPLE)


@dataclass
class Server:
    """A running sandbox and its clients."""

    base: str
    sandbox: Sandbox
    http: httpx.AsyncClient
    bot: Bot
    ext: ExtBot[None]

    async def act(self, person: int, act: str, **body: Any) -> dict[str, Any]:
        """Let a person do something; it must succeed."""
        answer = await self.http.post(f"/sandbox/people/{person}/{act}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def chat(self, person: int, **query: Any) -> dict[str, Any]:
        """Read a chat."""
        answer = await self.http.get(f"/sandbox/people/{person}/chat", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def call(self, method: str, **values: Any) -> httpx.Response:
        """Call the Bot API with a JSON body, without any client library."""
        return await self.http.post(f"/bot{TOKEN}/{method}", json=values)

    async def fault(self, **rule: Any) -> int:
        """Switch a fault on; return its id."""
        answer = await self.http.post("/sandbox/faults", json=rule)
        assert answer.status_code == 201, answer.text
        return answer.json()["faults"][-1]["id"]


@asynccontextmanager
async def serving(database: Path | None = None, port: int = 0) -> AsyncIterator[Server]:
    """Serve a sandbox on loopback while the block runs; port 0 takes a free one."""
    places = [("合水中路", 36.1012, 103.6298)]
    sandbox = Sandbox(database, token=TOKEN, people=PEOPLE, locations=places)
    await sandbox.start()
    listener = open_listener("127.0.0.1", port)
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = SandboxServer(sandbox)
    async with AsyncExitStack() as stack:
        running = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
        api = TelegramAPIServer.from_base(base)
        bot = Bot(TOKEN, session=AiohttpSession(api=api))
        stack.push_async_callback(bot.session.close)
        ext = ExtBot(TOKEN, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot")
        await ext.initialize()
        stack.push_async_callback(ext.shutdown)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=base, timeout=30))
        try:
            yield Server(base, sandbox, http, bot, ext)
        finally:
            server.should_exit = True
            await running
            await sandbox.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A sandbox in memory whose resident has started the bot."""
    async with serving() as running:
        await running.act(RESIDENT, "start")
        await running.bot.get_updates(offset=-1)
        await running.bot.get_updates(offset=2**31 - 1)
        running.sandbox.updates.clear()
        yield running
