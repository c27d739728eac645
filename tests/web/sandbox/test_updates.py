"""getUpdates and the webhook: nothing is lost, nothing is confirmed before its time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError
from aiohttp import web

from tests.web.sandbox.conftest import OTHER, RESIDENT, Server


async def say(server: Server, *texts: str, person: int = RESIDENT) -> list[int]:
    return [(await server.act(person, "text", text=text))["update_id"] for text in texts]


async def idle(server: Server) -> None:
    """Wait until a getUpdates waits on the server and nothing is left."""
    answer = await server.http.get("/sandbox/updates", params={"wait": 20})
    assert answer.json()["idle"], answer.text


async def test_updates_come_again_until_confirmed(server: Server) -> None:
    first, second = await say(server, "一", "二")
    for _ in range(2):
        assert [u.update_id for u in await server.bot.get_updates()] == [first, second]
    assert [u.update_id for u in await server.bot.get_updates(offset=second)] == [second]
    assert await server.bot.get_updates(offset=second + 1) == []


async def test_limit_and_negative_offset(server: Server) -> None:
    numbers = await say(server, "1", "2", "3")
    assert [u.update_id for u in await server.bot.get_updates(limit=1)] == numbers[:1]
    assert [u.update_id for u in await server.bot.get_updates(offset=-1)] == numbers[2:]
    assert [u.update_id for u in await server.bot.get_updates()] == numbers[2:], "the rest is gone"


async def test_a_long_poll_wakes_for_an_update(server: Server) -> None:
    async with asyncio.TaskGroup() as group:
        poll = group.create_task(server.bot.get_updates(timeout=30))
        await idle(server)
        (number,) = await say(server, "醒")
    assert [u.update_id for u in poll.result()] == [number]


async def test_a_second_poller_ends_the_first(server: Server) -> None:
    async with asyncio.TaskGroup() as group:
        first = group.create_task(server.call("getUpdates", timeout=30))
        await idle(server)
        second = group.create_task(server.call("getUpdates", timeout=30))
        answer = await first
        await say(server, "x")
    assert answer.status_code == 409
    assert answer.json()["description"] == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )
    assert len(second.result().json()["result"]) == 1


async def test_allowed_updates_are_remembered(server: Server) -> None:
    await server.bot.get_updates(allowed_updates=["callback_query"])
    assert await say(server, "unwanted") == [None]
    assert await server.bot.get_updates() == []
    await server.bot.get_updates(allowed_updates=[])
    (number,) = await say(server, "wanted")
    assert [u.update_id for u in await server.bot.get_updates()] == [number]


async def test_raw_updates_of_any_kind_and_number(server: Server) -> None:
    (usual,) = await say(server, "usual")
    for update in ({"surprise": {"text": "\ud83d"}}, {"update_id": 7, "poll": {}}):
        answer = await server.http.post("/sandbox/updates", content=json.dumps(update))
        assert answer.status_code == 201, answer.text
    # the client is ahead of the restarted numbering; its offset must not swallow number 7
    answer = await server.call("getUpdates", offset=usual + 1)
    got = json.loads(answer.text)["result"]
    assert [u["update_id"] for u in got] == [usual, usual + 1, 7], "a far offset counts as unknown"
    assert got[1]["surprise"]["text"] == "\ud83d"
    (later,) = await say(server, "later")
    assert later == 8, "numbers go on from the restart"


async def test_redelivery_survives_the_offset(server: Server) -> None:
    (number,) = await say(server, "again")
    await server.bot.get_updates(offset=number + 1)
    await server.http.post("/sandbox/redeliver", json={"update_id": number, "times": 2})
    answer = (await server.call("getUpdates", offset=number + 1)).json()["result"]
    assert [u["update_id"] for u in answer] == [number, number]
    assert (await server.call("getUpdates", offset=number + 1)).json()["result"] == []
    refused = await server.http.post("/sandbox/redeliver", json={"update_id": 1})
    assert refused.status_code == 404


@dataclass
class Hook:
    """A webhook that answers what the test says, in turn."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    body: bytes = b""
    got: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.came.set()
        status = self.answers.pop(0) if self.answers else 200
        return web.Response(status=status, body=self.body, content_type="application/json")

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.got) < count:
                self.came.clear()
                await self.came.wait()


@asynccontextmanager
async def hooked() -> AsyncIterator[Hook]:
    hook = Hook()
    application = web.Application()
    application.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield hook
    finally:
        await runner.cleanup()


async def test_the_webhook_gets_updates_with_its_secret(server: Server) -> None:
    async with hooked() as hook:
        await server.bot.set_webhook(hook.url, secret_token="s3cret")
        numbers = await say(server, "一", "二")
        await hook.wait(2)
        assert [u["update_id"] for u in hook.got] == numbers
        assert set(hook.secrets) == {"s3cret"}
        with pytest.raises(TelegramConflictError, match="can't use getUpdates method while"):
            await server.bot.get_updates()
        await server.bot.delete_webhook()
        assert await server.bot.get_updates() == []


async def test_a_failing_webhook_is_tried_again_in_order(server: Server) -> None:
    await server.act(OTHER, "start")
    await server.bot.get_updates(offset=-1)
    server.sandbox.updates.clear()
    async with hooked() as hook:
        hook.answers = [500, 503]
        await server.bot.set_webhook(hook.url)
        first, second = await say(server, "一", "二")
        await hook.wait(2)  # the first try, and the one that follows at once
        (other,) = await say(server, "另一个聊天", person=OTHER)
        await hook.wait(3)
        assert [u["update_id"] for u in hook.got] == [first, first, other], "chats do not wait"
        info = await server.bot.get_webhook_info()
        assert info.last_error_message == (
            "Wrong response from the webhook: 503 Service Unavailable"
        )
        await server.http.post("/sandbox/clock", json={"advance": 3})
        await hook.wait(5)
        assert [u["update_id"] for u in hook.got][3:] == [first, second]
        await server.bot.delete_webhook()


async def test_a_webhook_may_answer_with_a_method(server: Server) -> None:
    async with hooked() as hook:
        method = {"method": "sendMessage", "chat_id": RESIDENT, "text": "直接回答"}
        hook.body = json.dumps(method).encode()
        await server.bot.set_webhook(hook.url)
        sent = await server.act(RESIDENT, "text", text="?")
        news = await server.chat(RESIDENT, after=sent["message_id"], wait=10)
        assert [m["text"] for m in news["messages"]] == ["直接回答"]
        await server.bot.delete_webhook()


@pytest.mark.parametrize("url", ["https://example.org/hook", "http://10.0.0.1/", "ftp://x", "x"])
async def test_a_webhook_beyond_this_machine_is_refused(server: Server, url: str) -> None:
    with pytest.raises(TelegramBadRequest, match="webhook"):
        await server.bot.set_webhook(url)
