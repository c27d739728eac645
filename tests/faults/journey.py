"""What people do in these tests: report, accept, ask, answer, resolve, rate."""

from __future__ import annotations

from tests.faults.world import World
from tests.player import Message, Player

SENTENCE = "合水中路12号1号楼3单元楼道灯坏了三天了"
ASKED = "请问是几楼的灯？"
ANSWERED = "三楼和四楼之间的那盏"


async def agree(resident: Player) -> None:
    """Arrive and consent."""
    await resident.start()
    await resident.tap("同意")
    await resident.expect("现在就可以说了")


async def summary(resident: Player, sentence: str = SENTENCE) -> Message:
    """Say it, up to the summary card, which is returned."""
    await resident.say(sentence)
    await resident.tap("对，")
    await resident.tap("跳过")
    card, _ = await resident.find_button("确认提交")
    return card


async def report(town: World, person: int) -> tuple[int, Player]:
    """A whole report: the ticket's number, and whoever it was given to."""
    resident = town.player(person)
    await agree(resident)
    await summary(resident)
    await resident.tap("确认提交")
    await resident.expect("收到了，编号")
    return town.rows("SELECT number, assignee FROM ticket ORDER BY id DESC")[0][0], holder(town)


def holder(town: World) -> Player:
    """Whoever has the newest ticket."""
    return town.staff(town.value("SELECT assignee FROM ticket ORDER BY id DESC LIMIT 1"))


async def accept(worker: Player, number: int) -> None:
    """Open the ticket and take it."""
    await worker.tap(f"打开 #{number}")
    await worker.tap("接单")
    await worker.find_button("问居民")


async def ask(worker: Player) -> None:
    """Ask the resident something."""
    await worker.tap("问居民")
    await worker.find_button("取消")
    await worker.say(ASKED)


async def resolve(worker: Player) -> None:
    """Settle it, without a photo."""
    await worker.tap("办结")
    await worker.tap("办好了")
    await worker.tap("已修好")
    await worker.tap("没有照片")
    await worker.tap("电话里已解决")
