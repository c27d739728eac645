"""A server that is away, drops answers, refuses or asks to wait (RELIABILITY, cases 7, 14–16)."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from models.messaging import CourierPause
from models.ticket import Ticket
from tests.faults.failpoints import Failpoint
from tests.faults.journey import accept, agree, report, summary
from tests.faults.world import NEIGHBOUR, RESIDENT, World
from tests.harness import Linmen, running, settings_for

OUTAGE_S = 151
"""One second longer than the Bot API keeps a press."""


async def tickets(linmen: Linmen) -> int:
    async with linmen.runtime.database.transaction() as session:
        return int((await session.execute(select(func.count()).select_from(Ticket))).scalar_one())


async def test_07_a_tap_lost_in_an_outage_is_asked_for_again(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as linmen:
        resident = linmen.player(RESIDENT)
        await agree(resident)
        card = await summary(resident)
        fault = {"kind": "outage", "method": "getUpdates"}
        await linmen.client.post("/sandbox/faults", json=fault)
        await resident.tap("确认提交")
        await linmen.advance(OUTAGE_S)
        assert (await linmen.client.get("/sandbox/updates")).json()["waiting"] == []
        await linmen.client.request("DELETE", "/sandbox/faults")

        await resident.expect("您点的按钮可能没收到")
        assert await tickets(linmen) == 0
        told = await resident.messages()
        assert not any("收到了" in message["text"] for message in told)
        assert next(m for m in told if m["id"] == card["id"])["buttons"] == card["buttons"]
        await resident.tap("接着说")
        await resident.tap("确认提交")
        await resident.expect("收到了，编号")
        assert await tickets(linmen) == 1


async def test_07_a_short_outage_loses_nothing_and_says_nothing(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as linmen:
        resident = linmen.player(RESIDENT)
        await agree(resident)
        await summary(resident)
        fault = {"kind": "outage", "method": "getUpdates"}
        await linmen.client.post("/sandbox/faults", json=fault)
        await resident.tap("确认提交")
        await linmen.advance(OUTAGE_S - 20)
        await linmen.client.request("DELETE", "/sandbox/faults")
        await resident.expect("收到了，编号")
        assert await tickets(linmen) == 1
        assert not any("没收到" in message["text"] for message in await resident.messages())


async def test_07_a_press_that_is_too_old_to_answer_rolls_nothing_back(town: World) -> None:
    bot = await town.start(
        Failpoint("bot.receiver:Poller.poll", "after", truthy=True, armed=str(town.trigger))
    )
    resident = town.player(RESIDENT)
    await agree(resident)
    await summary(resident)
    town.arm()
    await resident.tap("确认提交")
    assert await bot.ended() == -signal.SIGKILL
    await town.post("clock", {"advance": 3600})
    await town.start()
    await resident.expect("收到了，编号")
    await town.settled()
    assert town.value("SELECT count(*) FROM ticket") == 1
    ((error,),) = town.rows(
        "SELECT error FROM outbox WHERE method = 'answerCallbackQuery' AND status = 'failed'"
    )
    assert "query is too old" in error.lower()


async def test_14_an_answer_that_is_dropped_repeats_the_message_once(town: World) -> None:
    await town.start()
    resident = town.player(RESIDENT)
    await agree(resident)
    await summary(resident)
    await town.settled()
    await town.post("faults", {"kind": "drop_response", "method": "sendMessage", "times": 1})
    await resident.tap("确认提交")
    await resident.expect("收到了，编号")
    await town.settled()
    number, assignee = town.rows("SELECT number, assignee FROM ticket")[0]
    told = [message["text"] for message in await town.staff(assignee).messages()]
    assert [f"#{number}" in text for text in told] == [True, True]
    ((status, doubts),) = town.rows(
        "SELECT status, doubts FROM outbox WHERE chat_id = ?", town.staff(assignee).id
    )
    assert (status, doubts) == ("sent", 1)


async def test_15_nobody_sends_before_the_deadline_of_a_429(tmp_path: Path) -> None:
    crowd = [800_000_300 + number for number in range(20)]
    settings = settings_for(tmp_path)
    async with running(settings) as linmen:
        people = [await linmen.newcomer(person, f"居民{person}") for person in crowd]
        rule = {
            "kind": "status",
            "status": 429,
            "retry_after": 30,
            "method": "sendMessage",
            "times": 1,
        }
        await linmen.client.post("/sandbox/faults", json=rule)
        for person in people:
            await person.start()
        cursor = await paused(linmen)
        await linmen.client.request("DELETE", "/sandbox/faults")  # it would come back restarted
        await linmen.advance(15)
        assert await sent(linmen, cursor, wait=1) == []
    async with running(settings) as linmen:  # started again: the deadline stands
        assert await sent(linmen, cursor, wait=1) == []
        await linmen.advance(15)
        for person in crowd:
            await linmen.player(person).expect("您同意", everything=True)
            assert len(await linmen.player(person).messages()) == 1
        (refused,) = [call for call in await sent(linmen, 0) if call["status"] == 429]
        later = await sent(linmen, cursor)
        assert later
        assert all(call["time"] >= refused["time"] + 30 for call in later)


async def paused(linmen: Linmen) -> int:
    """Wait for the pause to be written down, and for what was on its way; the log's cursor."""
    while True:
        query = {"limit": 10_000}
        cursor = int((await linmen.client.get("/sandbox/log", params=query)).json()["cursor"])
        async with linmen.runtime.database.transaction() as session:
            if await session.get(CourierPause, "all") is not None:
                return cursor
        await linmen.client.get("/sandbox/log", params={"after": cursor, "wait": 1})


async def sent(linmen: Linmen, after: int, wait: float = 0) -> list[dict[str, Any]]:
    query = {"after": after, "method": "sendMessage", "wait": wait, "limit": 10_000}
    answer = await linmen.client.get("/sandbox/log", params=query)
    calls: list[dict[str, Any]] = answer.json()["calls"]
    return calls


async def test_16_who_blocked_the_bot_holds_up_nobody(town: World) -> None:
    await town.start()
    number, worker = await report(town, RESIDENT)
    await town.player(RESIDENT).do("block")
    await accept(worker, number)
    await agree(town.player(NEIGHBOUR))
    await town.settled()
    told = town.rows("SELECT status, attempts FROM outbox WHERE payload LIKE '%已经接单%'")
    assert told == [("failed", 1)]
    since = town.value("SELECT unreachable_since FROM resident WHERE id = ?", RESIDENT)
    assert since is not None
    await town.player(RESIDENT).do("unblock")
    await town.player(RESIDENT).say("/my")
    await town.settled()
    assert town.value("SELECT unreachable_since FROM resident WHERE id = ?", RESIDENT) is None


async def test_16_a_group_that_moved_is_followed(town: World) -> None:
    await town.start()
    group = (await town.post("groups", {"title": "楼院群", "members": [RESIDENT]}))["id"]
    await town.settled()
    await town.post(
        "faults", {"kind": "migrate", "method": "sendMessage", "chat_id": group, "times": 1}
    )
    await town.post(f"groups/{group}/text", {"as": RESIDENT, "text": "楼道灯坏了"})
    await town.settled()
    rows = town.rows("SELECT chat_id, status FROM outbox WHERE method = 'sendMessage'")
    assert {status for _, status in rows} == {"sent"}
    assert group not in {chat for chat, _ in rows}
    assert len(await town.log(method="sendMessage")) <= len(rows) + 1
