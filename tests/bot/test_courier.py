"""The courier's promises, against the sandbox's Bot API over HTTP (RELIABILITY, cases 14 to 16)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select
from sqlmodel import col

from bot.clock import ManualClock
from bot.courier import Courier
from bot.database import Database, table_of
from bot.settings import CourierSettings
from bot.telegram import make_client
from bot.transaction import lane_of
from models.messaging import OutboxCall
from models.people import Resident
from models.ticket import MessageLink, Ticket
from web.sandbox import Person, Sandbox, SandboxServer, open_listener

TOKEN = "4242:test"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PEOPLE = [Person(id=n, name=f"居民{n}") for n in (101, 102, 103)]
LIMITLESS = CourierSettings(
    messages_per_second=0, chat_messages_per_second=0, group_messages_per_minute=0
)


@dataclass
class Post:
    """A sandbox, a database, and couriers between them."""

    database: Database
    client: httpx.AsyncClient
    base: str
    clock: ManualClock
    couriers: list[Courier]

    async def courier(self, owner: str, settings: CourierSettings = LIMITLESS) -> Courier:
        client = make_client(TOKEN, self.base, settings)
        await client.initialize()
        courier = Courier(
            client,
            database=self.database,
            clock=self.clock,
            settings=settings,
            owner=owner,
            ready=asyncio.Event(),
            stopping=asyncio.Event(),
        )
        self.couriers.append(courier)
        return courier

    async def put(self, *rows: dict[str, Any]) -> None:
        async with self.database.transaction() as session:
            await session.execute(insert(table_of(OutboxCall)), list(rows))

    async def rows(self) -> list[OutboxCall]:
        async with self.database.transaction() as session:
            found = await session.execute(select(OutboxCall).order_by(col(OutboxCall.id)))
            return list(found.scalars())

    async def fault(self, **rule: Any) -> None:
        answer = await self.client.post("/sandbox/faults", json=rule)
        assert answer.status_code in (200, 201), answer.text

    async def texts(self, person: int) -> list[str]:
        answer = await self.client.get(f"/sandbox/people/{person}/chat", params={"from": "bot"})
        return [message["text"] for message in answer.json()["messages"]]


def call(
    number: int, chat: int, text: str | None = None, *, method: str = "sendMessage", **more: Any
) -> dict[str, Any]:
    payload = more.pop("payload", None) or {"chat_id": str(chat), "text": text or f"#{number}"}
    return {
        "ref": -number,
        "lane": lane_of(chat),
        "chat_id": chat,
        "method": method,
        "payload": payload,
        "files": None,
        "priority": 1,
        "status": "queued",
        "created_at": NOW,
        "attempts": 0,
        "doubts": 0,
        "ticket_id": None,
    } | more


async def settle(courier: Courier, rounds: int = 60) -> None:
    """Let a courier work until it has nothing under way and takes nothing more."""
    for _ in range(rounds):
        taken = await courier.round()
        if courier.under_way:
            await courier.wait_for_one()
        elif not taken:
            return


@pytest.fixture
async def post(database: Database) -> AsyncIterator[Post]:
    sandbox = Sandbox(None, token=TOKEN, people=PEOPLE)
    await sandbox.start()
    for person in PEOPLE:
        sandbox.chat(person.id).started = True
    listener = open_listener("127.0.0.1", 0)
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = SandboxServer(sandbox)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[listener]))
        async with httpx.AsyncClient(base_url=base) as client:
            post = Post(database, client, base, ManualClock(NOW), [])
            yield post
            for courier in post.couriers:
                await courier.close()
        server.should_exit = True
    await sandbox.close()


async def test_calls_of_one_chat_arrive_in_order_and_are_recorded(post: Post) -> None:
    await post.put(*(call(n, 101 + n % 3) for n in range(1, 31)))
    await settle(await post.courier("a"))
    for person in (101, 102, 103):
        numbers = [int(text[1:]) for text in await post.texts(person)]
        assert numbers == sorted(numbers)
        assert len(numbers) == 10
    rows = await post.rows()
    assert {row.status for row in rows} == {"sent"}
    assert all(row.message_id for row in rows)


async def test_a_later_edit_finds_the_message_by_its_negative_id(post: Post) -> None:
    edit = {"chat_id": "101", "message_id": "-1", "text": "改过了"}
    await post.put(call(1, 101, "原文"), call(2, 101, method="editMessageText", payload=edit))
    await settle(await post.courier("a"))
    assert await post.texts(101) == ["改过了"]


async def test_an_edit_of_a_message_that_is_gone_is_said_in_a_new_one(post: Post) -> None:
    edit = {"chat_id": "101", "message_id": "999", "text": "新的状态"}
    await post.put(call(1, 101, method="editMessageText", payload=edit))
    await settle(await post.courier("a"))
    assert await post.texts(101) == ["新的状态"]


async def test_a_message_about_a_ticket_is_linked_to_it(post: Post) -> None:
    async with post.database.transaction() as session:
        session.add(
            Ticket(
                id=5,
                number=1001,
                category="facility.lighting",
                text="灯",
                grid="xg",
                created_at=NOW,
                updated_at=NOW,
                promised_at=NOW,
                response_due_at=NOW,
                resolution_due_at=NOW,
            )
        )
    await post.put(call(1, 101, ticket_id=5))
    await settle(await post.courier("a"))
    (row,) = await post.rows()
    async with post.database.transaction() as session:
        link = await session.get(MessageLink, (101, row.message_id))
    assert link is not None
    assert link.ticket_id == 5


async def test_14_a_dropped_answer_is_repeated_once_with_the_same_number(post: Post) -> None:
    await post.fault(method="sendMessage", kind="drop_response", times=1)
    await post.put(call(1, 101, "已受理 #1042"), call(2, 101, "第二条"))
    courier = await post.courier("a")
    await settle(courier)
    (first, _second) = await post.rows()
    assert first.status == "unknown"
    assert await post.texts(101) == ["已受理 #1042"]
    post.clock.advance(10)
    await settle(courier)
    assert await post.texts(101) == ["已受理 #1042", "已受理 #1042", "第二条"]
    assert [row.status for row in await post.rows()] == ["sent", "sent"]
    assert (await post.rows())[0].doubts == 1


async def test_14_what_a_killed_courier_was_sending_is_in_doubt_and_repeated(post: Post) -> None:
    await post.put(call(1, 101, "已受理 #1042", status="sending"))
    await settle(await post.courier("after-restart"))
    assert await post.texts(101) == ["已受理 #1042"]
    (row,) = await post.rows()
    assert (row.status, row.doubts) == ("sent", 1)


async def test_a_server_that_is_not_reached_costs_no_doubt(post: Post) -> None:
    client = make_client(TOKEN, "http://127.0.0.1:9", LIMITLESS)
    with pytest.raises(Exception, match="not reached"):
        await client.initialize()
    await client.shutdown()


async def test_15_after_a_429_nobody_sends_before_the_deadline(post: Post) -> None:
    await post.fault(method="sendMessage", kind="status", status=429, retry_after=30, times=1)
    await post.put(*(call(n, 101 + n % 3) for n in range(1, 25)))
    one, two = await post.courier("a"), await post.courier("b")
    for _ in range(3):
        await settle(one)
        await settle(two)
    sent_at_once = sum(row.status == "sent" for row in await post.rows())
    restarted = await post.courier("c")
    post.clock.advance(29)
    for courier in (one, two, restarted):
        await settle(courier)
    assert sum(row.status == "sent" for row in await post.rows()) == sent_at_once < 24
    post.clock.advance(2)
    for _ in range(4):
        for courier in (one, two, restarted):
            await settle(courier)
    assert [row.error for row in await post.rows() if row.status != "sent"] == []
    for person in (101, 102, 103):
        numbers = [int(text[1:]) for text in await post.texts(person)]
        assert numbers == sorted(numbers)
        assert len(numbers) == 8


async def test_16_who_blocked_the_bot_is_marked_and_others_go_on(post: Post) -> None:
    async with post.database.transaction() as session:
        session.add(Resident(id=101, created_at=NOW))
    await post.client.post("/sandbox/people/101/block", json={})
    await post.put(call(1, 101), call(2, 102))
    await settle(await post.courier("a"))
    blocked, other = await post.rows()
    assert (blocked.status, other.status) == ("failed", "sent")
    assert "Forbidden" in (blocked.error or "")
    async with post.database.transaction() as session:
        resident = await session.get(Resident, 101)
    assert resident is not None
    assert resident.unreachable_since == NOW


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<b>坏", "can't parse entities"),
        ("长" * 4097, "message is too long"),
    ],
)
async def test_16_what_telegram_refuses_is_set_aside_and_the_chat_goes_on(
    post: Post, text: str, reason: str
) -> None:
    payload = {"chat_id": "101", "text": text, "parse_mode": "HTML"}
    await post.put(call(1, 101, payload=payload), call(2, 101, "下一条"))
    await settle(await post.courier("a"))
    bad, good = await post.rows()
    assert (bad.status, bad.attempts, good.status) == ("failed", 1, "sent")
    assert reason in (bad.error or "").lower()
    assert await post.texts(101) == ["下一条"]


async def test_16_a_group_that_became_a_supergroup_is_followed_once(post: Post) -> None:
    group = await post.client.post("/sandbox/groups", json={"title": "楼院群", "members": [101]})
    old = group.json()["id"]
    await post.client.post(f"/sandbox/groups/{old}/text", json={"as": 101, "text": "大家好"})
    await post.fault(method="sendMessage", chat_id=old, kind="migrate", times=1)
    await post.put(call(1, old, "第一条"), call(2, old, "第二条"))
    await settle(await post.courier("a"))
    rows = await post.rows()
    assert [row.status for row in rows] == ["sent", "sent"]
    assert {row.chat_id for row in rows} != {old}


async def test_a_press_that_is_too_old_rolls_nothing_back(post: Post) -> None:
    answer = call(1, 101, method="answerCallbackQuery", payload={"callback_query_id": "gone"})
    await post.put(answer, call(2, 101, "已记录"))
    await settle(await post.courier("a"))
    old, told = await post.rows()
    assert (old.status, told.status) == ("failed", "sent")
    assert "query is too old" in (old.error or "").lower()


async def test_a_chat_gets_its_burst_and_then_one_a_second(post: Post) -> None:
    settings = CourierSettings(messages_per_second=0, chat_messages_per_second=1000, chat_burst=2)
    await post.put(*(call(n, 101) for n in range(1, 7)))
    courier = await post.courier("a", settings)
    await settle(courier)
    deadline = time.monotonic() + 10
    while len(await post.texts(101)) < 6:
        assert time.monotonic() < deadline
        await settle(courier)
    assert await post.texts(101) == [f"#{n}" for n in range(1, 7)]


async def test_two_couriers_share_the_lanes_and_send_nothing_twice(post: Post) -> None:
    one, two = await post.courier("a"), await post.courier("b")
    for courier in (one, two, one, two):
        await settle(courier)
        post.clock.advance(6)
    await post.put(*(call(n, 101 + n % 3) for n in range(1, 40)))
    async with asyncio.TaskGroup() as group:
        group.create_task(settle(one))
        group.create_task(settle(two))
    texts = [text for person in (101, 102, 103) for text in await post.texts(person)]
    assert sorted(texts) == sorted(f"#{n}" for n in range(1, 40))


async def test_a_pause_ends_by_itself(post: Post) -> None:
    await post.fault(method="sendMessage", kind="status", status=429, retry_after=1, times=1)
    await post.put(call(1, 101))
    courier = await post.courier("a")
    await settle(courier)
    assert await post.texts(101) == []
    post.clock.advance(timedelta(seconds=2).total_seconds())
    await settle(courier)
    assert await post.texts(101) == ["#1"]
