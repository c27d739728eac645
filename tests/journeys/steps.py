"""Steps that many journeys share."""

from __future__ import annotations

import re
import tomllib

from bot.paths import ROOT
from tests.harness import Linmen
from tests.player import Player

RESIDENT = 600000001
NEIGHBOUR = 600000006
LAMP = "合水中路12号3单元楼道灯坏了三天了"


def account_of(name: str) -> int:
    """The demo account of a member of staff, by name."""
    staff = tomllib.loads((ROOT / "data/xigucheng/staff.toml").read_text())["staff"]
    return next(member["telegram_id"] for member in staff if member["name"] == name)


async def agree(player: Player) -> None:
    await player.start()
    await player.expect("同意")
    await player.tap("同意")
    await player.expect("现在就可以说了")


async def report(player: Player, sentence: str) -> int:
    """Take a sentence to a ticket; its number."""
    await player.say(sentence)
    while await player.tap_first("确认提交", "✅ 对", "跳过") != "确认提交":
        pass
    receipt = await player.expect("收到了，编号 #")
    found = re.search(r"#(\d+)", receipt["text"])
    assert found is not None
    return int(found[1])


async def worker_on(linmen: Linmen, player: Player, number: int | None = None) -> Player:
    """Whom the receipt of a ticket names; of the last one, where no number is given."""
    about = "编号 #" if number is None else f"编号 #{number}"
    receipt = await player.expect(about, "交给了", everything=True)
    found = re.search(r"交给了 (\S+?)（", receipt["text"])
    assert found is not None
    return linmen.player(account_of(found[1]))
