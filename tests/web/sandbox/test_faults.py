"""Faults on demand: what the clients see, and that what should happen does."""

from __future__ import annotations

import asyncio
import warnings

import httpx
import pytest
from aiogram.exceptions import (
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from telegram.error import ChatMigrated, NetworkError, RetryAfter

from tests.web.sandbox.conftest import OTHER, RESIDENT, TOKEN, Server


async def texts(server: Server, person: int = RESIDENT) -> list[str]:
    return [m["text"] for m in (await server.chat(person, after=1))["messages"]]


async def test_429_once_for_one_chat(server: Server) -> None:
    await server.fault(
        kind="status", status=429, retry_after=7, chat_id=RESIDENT, method="send*", times=1
    )
    await server.act(OTHER, "start")
    await server.bot.send_message(OTHER, "不受影响")
    with pytest.raises(TelegramRetryAfter) as raised:
        await server.bot.send_message(RESIDENT, "x")
    assert raised.value.retry_after == 7
    await server.bot.send_message(RESIDENT, "y")
    assert await texts(server) == ["y"]


async def test_ptb_sees_429_500_and_502(server: Server) -> None:
    await server.fault(kind="status", status=429, retry_after=3, times=1)
    with pytest.raises(RetryAfter), warnings.catch_warnings(action="ignore"):
        await server.ext.send_message(RESIDENT, "x")
    for status in (500, 502):
        await server.fault(kind="status", status=status, times=1)
        with pytest.raises(NetworkError):
            await server.ext.send_message(RESIDENT, "x")
    await server.fault(kind="status", status=500, times=1)
    with pytest.raises(TelegramServerError):
        await server.bot.send_message(RESIDENT, "x")
    assert (await server.http.get("/sandbox/faults")).json()["faults"] == []


async def test_a_refusal_in_given_words(server: Server) -> None:
    await server.fault(kind="status", status=400, description="Bad Request: TOPIC_CLOSED", skip=1)
    assert (await server.call("getMe")).status_code == 200
    answer = await server.call("getMe")
    assert answer.json() == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: TOPIC_CLOSED",
    }


async def test_an_outage_does_nothing_and_says_nothing(server: Server) -> None:
    number = await server.fault(kind="outage")
    with pytest.raises(TelegramNetworkError):
        await server.bot.send_message(RESIDENT, "x")
    with pytest.raises(httpx.RemoteProtocolError):
        await server.call("getMe")
    assert (await server.http.delete(f"/sandbox/faults/{number}")).status_code == 200
    assert await texts(server) == []
    log = (await server.http.get("/sandbox/log")).json()["calls"]
    assert [call["status"] for call in log[-2:]] == [0, 0]


async def test_an_outage_cuts_a_waiting_poll(server: Server) -> None:
    async def outage() -> None:
        await server.http.get("/sandbox/updates", params={"wait": 20})
        await server.fault(kind="outage")

    waiting = server.call("getUpdates", timeout=30)
    poll, _ = await asyncio.gather(waiting, outage(), return_exceptions=True)
    assert isinstance(poll, httpx.RemoteProtocolError)


async def test_a_dropped_response_has_had_its_effect(server: Server) -> None:
    await server.fault(kind="drop_response", method="sendMessage", times=1)
    with pytest.raises(NetworkError):
        await server.ext.send_message(RESIDENT, "已送达")
    assert await texts(server) == ["已送达"]


async def test_a_hanging_call_ends_with_the_clients_patience(server: Server) -> None:
    await server.fault(kind="hang", method="sendMessage", times=1)
    with pytest.raises(httpx.ReadTimeout):
        await server.http.post(
            f"/bot{TOKEN}/sendMessage", json={"chat_id": RESIDENT, "text": "x"}, timeout=0.2
        )
    assert await texts(server) == ["x"]


async def test_latency_delays(server: Server) -> None:
    await server.fault(kind="latency", seconds=0.05)
    await server.bot.get_me()
    (call,) = (await server.http.get("/sandbox/log", params={"method": "getme"})).json()["calls"][
        -1:
    ]
    assert call["took"] >= 0.05


async def test_a_group_moves_to_a_supergroup(server: Server) -> None:
    answer = await server.http.post(
        "/sandbox/groups", json={"title": "三号楼", "members": [RESIDENT, OTHER]}
    )
    group = answer.json()["id"]
    await server.bot.send_message(group, "大家好")
    await server.fault(kind="migrate", chat_id=group, times=1)
    with pytest.raises(TelegramMigrateToChat) as raised:
        await server.bot.send_message(group, "x")
    new = raised.value.migrate_to_chat_id
    with pytest.raises(ChatMigrated):
        await server.ext.send_message(group, "x")
    await server.bot.send_message(new, "新群")
    said = await server.http.post(f"/sandbox/groups/{new}/text", json={"as": OTHER, "text": "收到"})
    assert said.status_code == 200
    news = (await server.http.get(f"/sandbox/groups/{new}/chat")).json()
    assert [m["text"] for m in news["messages"]] == ["", "新群", "收到"]
    updates = await server.bot.get_updates()
    moves = [u.message.migrate_to_chat_id for u in updates if u.message]
    assert new in moves


async def test_telegrams_limits_when_switched_on(server: Server) -> None:
    for _ in range(5):
        await server.bot.send_message(RESIDENT, "不限")
    await server.fault(kind="limits")
    for _ in range(3):
        await server.bot.send_message(RESIDENT, "x")
    with pytest.raises(TelegramRetryAfter) as raised:
        await server.bot.send_message(RESIDENT, "x")
    await server.http.post("/sandbox/clock", json={"advance": raised.value.retry_after})
    await server.bot.send_message(RESIDENT, "x")


async def test_rules_are_checked_and_replaced(server: Server) -> None:
    for rule in ({"kind": "magic"}, {"kind": "status", "status": 200}, {"kind": "latency", "x": 1}):
        assert (await server.http.post("/sandbox/faults", json=rule)).status_code == 400
    rules = [{"kind": "outage", "method": "sendPhoto"}, {"kind": "latency", "seconds": 0}]
    answer = await server.http.put("/sandbox/faults", json={"faults": rules})
    assert [rule["kind"] for rule in answer.json()["faults"]] == ["outage", "latency"]
    assert (await server.http.delete("/sandbox/faults")).json() == {"faults": []}
