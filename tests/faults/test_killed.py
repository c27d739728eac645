"""Killed at each boundary of SQL, Redis and HTTP, and started again (RELIABILITY, cases 1, 2)."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from models.district import District
from tests.faults.failpoints import Failpoint
from tests.faults.journey import ANSWERED, accept, agree, ask, report, summary
from tests.faults.processes import ForkServer, Process
from tests.faults.world import NEIGHBOUR, RESIDENT, World, world

BOUNDARIES = {
    "updates fetched": Failpoint("bot.receiver:store_updates"),
    "updates stored": Failpoint("bot.receiver:store_updates", "after"),
    "inbox committed": Failpoint("bot.receiver:Poller.poll", "after", truthy=True),
    "handled": Failpoint("bot.worker:Worker._finish"),
    "everything written": Failpoint("bot.worker:Worker._finish", "after"),
    "worker committed": Failpoint("bot.worker:Worker._after_commit"),
    "before Redis": Failpoint("dispatch.queue:TicketQueue.apply"),
    "after Redis": Failpoint("dispatch.queue:TicketQueue.apply", "after"),
    "marked as sending": Failpoint("bot.courier:Courier._take", "after", truthy=True),
    "sending committed": Failpoint("bot.courier:Courier._deliver"),
    "sent": Failpoint("bot.courier:call", "after", match="sendMessage"),
    "record written": Failpoint("bot.record:_link", "after"),
}
IN_DOUBT = {"sent", "record written", "before Redis", "after Redis"}
"""Killed between a sending and the commit of its record: only here a message may come twice.

Redis is written while the courier sends, so a kill there may find a message on its way.
"""


@pytest.fixture(scope="module")
def halfway(
    tmp_path_factory: pytest.TempPathFactory, forks: ForkServer, district: District, valkey_url: str
) -> Iterator[Path]:
    """A data folder in which a neighbour sees a summary, and a resident was asked something."""
    folder = tmp_path_factory.mktemp("halfway") / "var"

    async def prepare() -> None:
        async with world(folder, forks, district, valkey_url) as town:
            bot = await town.start()
            neighbour = town.player(NEIGHBOUR)
            await agree(neighbour)
            await summary(neighbour)
            number, worker = await report(town, RESIDENT)
            await accept(worker, number)
            await ask(worker)
            resident = town.player(RESIDENT)
            await resident.tap("回答")
            await town.settled()
            bot.send(signal.SIGTERM)
            assert await bot.ended() == 0

    asyncio.run(prepare())
    yield folder


@pytest.fixture
async def town(
    halfway: Path, tmp_path: Path, forks: ForkServer, district: District, valkey_url: str
) -> AsyncIterator[World]:
    shutil.copytree(halfway, tmp_path / "var", ignore=shutil.ignore_patterns("*.log", "lock"))
    async with world(tmp_path / "var", forks, district, valkey_url) as opened:
        yield opened


async def said(town: World, chat: int, *parts: str) -> int:
    """How often the server carried out a message to the chat with all of these words in it."""
    calls = await town.log(chat_id=chat)
    return sum(
        call["status"] == 200 and all(part in call.get("text", "") for part in parts)
        for call in calls
    )


async def struck(bot: Process) -> None:
    assert await bot.ended() == -signal.SIGKILL, bot.log.read_text()[-3000:]


@pytest.mark.parametrize("boundary", BOUNDARIES)
async def test_01_killed_at_a_boundary(town: World, boundary: str) -> None:
    point = BOUNDARIES[boundary]
    armed = Failpoint(**point.order() | {"armed": str(town.trigger)})
    most = 2 if boundary in IN_DOUBT else 1

    bot = await town.start(armed)
    town.arm()
    await town.player(NEIGHBOUR).tap("确认提交")
    await struck(bot)
    bot = await town.start(armed)
    await town.settled()

    mine = town.rows("SELECT id, number, assignee FROM ticket WHERE reporter_id = ?", NEIGHBOUR)
    assert len(mine) == 1
    ((ticket, number, assignee),) = mine
    actions = town.rows("SELECT action FROM ticket_event WHERE ticket_id = ? ORDER BY id", ticket)
    assert [action for (action,) in actions] == ["submit", "assign"]
    worker = town.staff(assignee)
    assert await said(town, NEIGHBOUR, f"编号 #{number}") >= 1
    assert 1 <= await said(town, worker.id, f"#{number}", "交给您了") <= most
    receipts = [
        m for m in await town.player(NEIGHBOUR).messages() if f"编号 #{number}" in m["text"]
    ]
    assert len(receipts) == 1

    town.arm()
    await town.player(RESIDENT).say(ANSWERED)
    await struck(bot)
    await town.start()
    await town.settled()

    answers = town.rows("SELECT ticket_id FROM ticket_event WHERE text = ?", ANSWERED)
    assert len(answers) == 1
    asker = town.staff(
        town.value("SELECT assignee FROM ticket WHERE id = ?", answers[0][0]),
    )
    assert 1 <= await said(town, asker.id, "居民回答了") <= most
    assert 1 <= await said(town, RESIDENT, "已经转给") <= most
    assert not town.rows("SELECT id FROM inbox WHERE status <> 'done' OR attempts > 0")


@pytest.mark.parametrize("boundary", ["updates fetched", "updates stored"])
async def test_02_the_offset_never_overtakes_the_commit(town: World, boundary: str) -> None:
    point = BOUNDARIES[boundary]
    bot = await town.start(Failpoint(**point.order() | {"armed": str(town.trigger), "nth": 2}))
    people = [await town.newcomer(800_000_000 + n) for n in range(8)]
    await people[0].start()
    await people[0].expect("您同意")
    town.arm()
    await people[1].start()
    await people[1].expect("您同意")
    async with asyncio.TaskGroup() as group:
        for person in people[2:]:
            group.create_task(person.start())
    await struck(bot)

    committed = town.value("SELECT max(update_id) FROM inbox")
    offsets = [call["offset"] for call in await town.log(method="getUpdates")]
    assert max(offsets) <= committed + 1
    waiting = {update["update_id"] for update in (await town.get("updates"))["waiting"]}
    assert waiting
    assert min(waiting) > committed

    await town.start()
    await town.settled()
    for person in people:
        assert await said(town, person.id, "您同意") == 1
