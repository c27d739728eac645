"""Updates that come several times, out of turn, or all at once (RELIABILITY, cases 4, 5, 6)."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bot.worker import Worker
from models.district import District
from tests.faults.engine import deliver, engines, pending, state_of, work_off
from tests.faults.journey import accept, agree, report, resolve, summary
from tests.faults.processes import ForkServer
from tests.faults.updates import update
from tests.faults.world import NEIGHBOUR, RESIDENT, World, world
from tests.player import Player

CROWD = [800_000_100 + number for number in range(4)]


async def harvest(town: World) -> dict[int, list[bytes]]:
    """The updates of four residents who report, correct, cancel and chat, each in their order."""
    await town.start()
    for person in CROWD:
        await town.newcomer(person)
    one, two, three, four = (town.player(person) for person in CROWD)
    for resident in (one, two, three, four):
        await agree(resident)
    await summary(one)
    await one.tap("确认提交")
    await one.expect("收到了")
    await summary(two, "合水中路16号2号楼1单元楼道灯坏了")
    await two.tap("改内容")
    await two.find_button("上一步")
    await two.say("合水中路16号2号楼1单元楼道灯坏了，晚上看不见")
    await two.tap("确认提交")
    await two.expect("收到了")
    await summary(three, "合水中路20号2号楼1单元楼道灯坏了")
    await three.tap("取消")
    await three.say("/my")
    await four.say("合水中路20号院井盖没了")
    await four.find_button("对，")
    await town.settled()
    return {
        person: [
            bytes(raw)
            for (raw,) in town.rows("SELECT raw FROM inbox WHERE chat_id = ? ORDER BY id", person)
        ]
        for person in CROWD
    }


def repeated(updates: list[bytes], luck: random.Random) -> list[bytes]:
    """Each update one to five times: first in its turn, then again at any later time."""
    line: list[bytes] = list(updates)
    for raw in updates:
        for _ in range(luck.randint(0, 4)):
            line.insert(luck.randint(line.index(raw) + 1, len(line)), raw)
    return line


@pytest.fixture(scope="module")
def updates(
    tmp_path_factory: pytest.TempPathFactory, forks: ForkServer, district: District
) -> dict[int, list[bytes]]:
    async def gather() -> dict[int, list[bytes]]:
        folder = tmp_path_factory.mktemp("harvest") / "var"
        async with world(folder, forks, district) as town:
            return await harvest(town)

    return asyncio.run(gather())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_04_each_update_one_to_five_times_shuffled_and_at_once(
    updates: dict[int, list[bytes]],
    kind: str,
    tmp_path: Path,
    district: District,
    request: pytest.FixtureRequest,
) -> None:
    async with engines("", tmp_path / "calm", district) as (calm,):
        calm.clock.advance(12)
        for line in updates.values():
            await deliver(calm, *line)
        await work_off(Worker(calm), calm)
        expected = await state_of(calm, CROWD)

    url = "" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    async with engines(url, tmp_path / "wild", district, count=2) as (first, second):
        workers = [Worker(first), Worker(second)]
        for _ in range(2):  # both come to hold their share of the lanes
            for worker in workers:
                await worker.step()
            first.clock.advance(6)
        luck = random.Random(4)
        async with asyncio.TaskGroup() as group:
            for line in updates.values():
                group.create_task(deliver(luck.choice([first, second]), *repeated(line, luck)))
            for worker in workers:
                group.create_task(worker.step())
        async with asyncio.TaskGroup() as group:
            for worker, runtime in zip(workers, (first, second), strict=True):
                group.create_task(work_off(worker, runtime))
        assert await pending(first) == 0
        assert await state_of(first, CROWD) == expected


async def test_04_a_server_that_repeats_everything(town: World) -> None:
    await town.start()
    resident = town.player(RESIDENT)

    async def again() -> None:
        await town.post("redeliver", {"last": 4, "times": 3})
        await town.settled()

    await resident.start()
    await again()
    await resident.tap("同意")
    await again()
    await summary(resident)
    await again()
    await resident.tap("确认提交")
    await again()
    told = [m["text"] for m in await resident.messages()]
    assert town.value("SELECT count(*) FROM ticket") == 1
    assert sum("您同意" in text or "谢谢您的信任" in text for text in told) == 1
    assert sum("收到了，编号" in text for text in told) == 1
    assert town.value("SELECT count(*) FROM outbox WHERE chat_id = ?", RESIDENT) == 7


async def test_05_ids_that_restart_lower_and_collide(town: World) -> None:
    await town.start()
    first = await town.newcomer(800_000_201)
    said = await first.start()
    await first.expect("您同意")

    others = [await town.newcomer(800_000_202 + n) for n in range(3)]
    for other in others:
        await other.start()
        await other.expect("您同意")

    async def hello(other: Player, update_id: int) -> None:
        """The same words in a new message, under an id of the server's choice."""
        before = await other.messages()
        await town.post("updates", update(update_id, other.id, 900, "/start"))
        await town.settled()
        assert len(await other.messages()) == len(before) + 1

    for other, update_id in zip(others, (7, said["update_id"], 3), strict=True):
        await hello(other, update_id)

    ids = [number for (number,) in town.rows("SELECT update_id FROM inbox WHERE status = 'done'")]
    assert {3, 7} < set(ids)
    assert ids.count(said["update_id"]) == 2


async def taps_at_once(person: Player, label: str, times: int) -> None:
    """The same button of one message, pressed by quick fingers."""
    message, button = await person.find_button(label)
    press = {"message_id": message["id"], "data": button["data"], "force": True}
    async with asyncio.TaskGroup() as group:
        for _ in range(times):
            group.create_task(person.do("tap", **press))


async def test_06_fifty_taps_at_once_count_once(town: World) -> None:
    await town.start()
    resident = town.player(RESIDENT)
    await agree(resident)
    await summary(resident)
    await taps_at_once(resident, "确认提交", 50)
    await town.settled()
    assert town.value("SELECT count(*) FROM ticket") == 1
    told = [message["text"] for message in await resident.messages()]
    assert sum("收到了，编号" in text for text in told) == 1

    number, assignee = town.rows("SELECT number, assignee FROM ticket")[0]
    worker = town.staff(assignee)
    await accept(worker, number)
    await resolve(worker)
    await taps_at_once(resident, "4分", 50)
    await town.settled()
    assert town.value("SELECT rating FROM ticket") == 4
    assert town.value("SELECT count(*) FROM ticket_event WHERE action = 'rate'") == 1
    assert not town.rows("SELECT id FROM inbox WHERE status <> 'done'")


async def test_06_of_two_who_accept_at_once_one_is_told_who_has_it(town: World) -> None:
    await town.start()
    number, worker = await report(town, NEIGHBOUR)
    lead = town.staff("lead-0101")
    await worker.tap(f"打开 #{number}")
    await lead.say(f"/ticket {number}")
    buttons = [(person, *await person.find_button("接单")) for person in (worker, lead)]
    async with asyncio.TaskGroup() as group:
        for person, card, button in buttons:
            group.create_task(person.do("tap", message_id=card["id"], data=button["data"]))
    await town.settled()
    assert town.value("SELECT count(*) FROM ticket_event WHERE action = 'accept'") == 1
    assert town.district is not None
    winner = town.district.staff_by_code[town.value("SELECT assignee FROM ticket")]
    loser = lead if winner.telegram_id == worker.id else worker
    await loser.expect(f"#{number} 已经被", winner.name)
