"""People of one courtyard and of its council, and how they fill in what the bot asks."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.harness import Linmen
from tests.journeys.steps import NEIGHBOUR, RESIDENT, account_of, agree
from tests.player import Message, Player

COURTYARD = "合水中路12号院"
COUNCIL = ("金兰英", "白玉梅", "张永强", "丁玉梅", "窦春燕", "董晓东", "崔晓东")
"""Who sits in the council of 合水中路社区."""
ORGANISER, SECRETARY, LAWYER, VOLUNTEER = "孙守义", "郝涛", "祁学文", "邹新民"
BY_FLOOR = "装电梯的钱应该按楼层分，楼层高的多出"
LIGHT = "电梯井不要挡住一楼的窗户"
HOMES = {
    "wang": (RESIDENT, "", "3单元401"),
    "chen": (NEIGHBOUR, "", "3单元501"),
    "zhao": (601000001, "赵大妈", "2单元301"),
    "qian": (601000002, "钱大爷", "1单元201"),
    "husband": (601000003, "老周", "3单元401"),
}
"""Account, name of a newcomer, doorway; the last one shares the door of the first."""


@dataclass
class Town:
    """Everybody who takes part, by name; a post by the name of its holder."""

    linmen: Linmen
    residents: dict[str, Player] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)
    """What each voter was given for their ballot."""

    def post(self, name: str) -> Player:
        """A chat of somebody of the staff; each call begins without a mark of its own."""
        return self.linmen.player(account_of(name))

    def __getitem__(self, name: str) -> Player:
        return self.residents[name]

    async def board(self, step: str) -> str:
        """The board's page, which answers and shows that this is the present step."""
        answer = await self.linmen.client.get("/board/d/1")
        assert answer.status_code == 200, answer.text
        now = answer.text.partition('aria-current="step"')[2].partition("</li>")[0]
        assert step in now, now
        return answer.text


async def settle(linmen: Linmen) -> Town:
    """Everybody agrees and says where they live."""
    town = Town(linmen)
    for key, (account, name, door) in HOMES.items():
        player = await linmen.newcomer(account, name) if name else linmen.player(account)
        await agree(player)
        await player.say("/address")
        await player.expect("住")
        await player.say(f"合水中路12号{door}室")
        await player.expect(door[-3:])
        town.residents[key] = player
    return town


async def card(player: Player, *parts: str) -> Message:
    """The card of the deliberation, by its number, with these words."""
    await player.say("议1")
    return await player.expect("议1", "加装电梯", *parts)


async def open_screen(player: Player, label: str, *parts: str) -> Message:
    """From the card to one of its screens."""
    await card(player)
    await player.tap(label)
    return await player.expect(*parts)


async def fill(player: Player, *lines: tuple[str, str | tuple[str, ...]]) -> None:
    """Answer question after question: the words of each, then what is typed, or tapped in turn."""
    for question, answer in lines:
        message = await player.expect(question)
        if isinstance(answer, str):
            await player.say(answer)
            continue
        for label in answer:
            await player.tap(label, message=message)
            message = await player.expect("")
    await player.expect("")


def labels(message: Message) -> list[str]:
    """The words of its buttons."""
    return [button["text"] for row in message["buttons"] for button in row]


async def first_choice(player: Player, question: str) -> None:
    """Tap the first answer on offer."""
    message = await player.expect(question)
    await player.tap(message["buttons"][0][0]["text"], message=message)
