"""Every step on a phone-sized screen: the card in the chat, its screens, and the page of the board.

The data is the demo's: ten deliberations, one at each step, with what people said and did there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.demo.cast import Player, cast_players, living_in
from bot.demo.command import Played, play_deliberations
from bot.demo.story import load_stories
from models.deliberation.steps import Step
from models.district import District
from tests.harness import Linmen, running, settings_for
from tests.journeys.steps import account_of
from tests.journeys.test_browser import PHONE, Phone, chromium_at

pytestmark = pytest.mark.browser

SEED = 7
NAMES = {
    "collect": "① 收集意见（现在）",
    "confirm": "② 确认议题（现在）",
    "draft": "③ 制定方案（现在）",
    "announce": "④ 发布公告（现在）",
    "consult": "⑤ 组织协商（现在）",
    "apply": "⑥ 结果运用（现在）",
    "report": "⑦ 反馈公示（现在）",
    "closed": "✅ ⑦ 反馈公示",
}
"""The line of the path that each step's card shows."""
SCREENS = {
    "collect": {"给邻居的意见表个态": "您同意吗", "大家怎么想": "位邻居表了态"},
    "confirm": {"大家怎么想": "位邻居表了态"},
    "draft": {"定下的议题": "来自", "更多": "想看什么"},
    "announce": {"看公告": "公告：", "看方案": "想细看哪一个"},
    "consult": {
        "看方案": "想细看哪一个",
        "问题和回答": "问：",
        "更多": "想看什么",
        "🗳 投票": "投票：",
    },
    "apply": {"办得怎样": "前办好"},
    "report": {"结果公示": "怎么定的", "打个分": "您满意吗"},
    "closed": {"结果公示": "怎么定的", "院里的规矩": "院里的规矩"},
}
"""Buttons of a resident's card, and words of the screen that each opens."""
ORGANISERS = {
    "collect": ("查看和处理意见", "新的在前面"),
    "draft": ("写方案", "方案A："),
    "announce": ("通知到了谁", "一共"),
    "apply": ("安排要办的事", "网格员"),
}
"""The same for the organiser, at some steps."""


@dataclass
class Street:
    """A running Linmen with the demo in it, and a browser."""

    browser: Browser
    linmen: Linmen
    played: Sequence[Played]
    players: Sequence[Player]
    folder: Path

    @property
    def address(self) -> str:
        """Where its pages are."""
        return str(self.linmen.client.base_url).rstrip("/")

    def at(self, step: str) -> Played:
        """The demo's deliberation that stands at this step."""
        return next(one for one in self.played if one.step == step)

    def neighbour(self, one: Played) -> int:
        """The account of a resident whom it concerns."""
        return living_in(self.players, one.grids)[-1].account

    async def phone(self, account: int) -> Phone:
        """Their phone, with the chat begun."""
        person = self.linmen.player(account)
        await person.start()
        await person.expect("")
        return await Phone.open(self.browser, self.address, account)

    async def shot(self, phone: Phone, name: str) -> None:
        await phone.page.screenshot(path=self.folder / f"{name}.png", animations="disabled")


@asynccontextmanager
async def street(
    folder: Path, shots: Path, valkey_url: str, chromium: str, district: District
) -> AsyncIterator[Street]:
    """Play the demo, start, open a browser."""
    settings = settings_for(folder, redis_url=valkey_url)
    played = await play_deliberations(settings, SEED)
    players = cast_players(district, load_stories(), SEED)
    async with running(settings) as linmen, chromium_at(chromium) as browser:
        yield Street(browser, linmen, played, players, shots)


MISFITS = """(width) => [
  ...(document.documentElement.scrollWidth > width ? ["the page"] : []),
  ...[...document.querySelectorAll("[role=log] [role=listitem], .inline button")]
    .filter((e) => e.getBoundingClientRect().right > width || e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.innerText),
  ...[...document.querySelectorAll(".inline button")]
    .filter((e) => e.innerText && e.getBoundingClientRect().height < 36)
    .map((e) => e.innerText),
]"""
"""What sticks out at the side, is cut off, or is too low for a thumb; looked at in one moment."""


async def nothing_sticks_out(phone: Phone) -> None:
    """Page, bubbles and buttons stay on the screen, and no word on a button is cut off."""
    assert await phone.page.evaluate(MISFITS, PHONE["width"]) == []


async def test_every_step_fits_on_a_phone(
    data_folder: Path, tmp_path: Path, valkey_url: str, chromium: str, district: District
) -> None:
    data_folder.mkdir()
    async with street(data_folder, tmp_path, valkey_url, chromium, district) as here:
        for step, line in NAMES.items():
            one = here.at(step)
            phone = await here.phone(here.neighbour(one))
            await walk(here, phone, one, line, SCREENS[step])
            if step in ORGANISERS:
                label, words = ORGANISERS[step]
                name = organiser_of(district, one)
                await walk(here, await here.phone(account_of(name)), one, line, {label: words})
            await board(here, one)


def organiser_of(district: District, one: Played) -> str:
    """Who works for the community of a deliberation."""
    return next(
        staff.name
        for staff in district.staff
        if staff.role.value == "organiser" and one.grids[0].startswith(staff.grid)
    )


async def walk(here: Street, phone: Phone, one: Played, line: str, screens: dict[str, str]) -> None:
    """The card, and from it each of these screens and back."""
    name = f"{one.number}-{one.step}"
    for at, (label, words) in enumerate(screens.items()):
        await phone.say(f"议{one.number}")
        await phone.sees(one.title, line)
        await nothing_sticks_out(phone)
        if not at:
            await here.shot(phone, f"{name}-{label}-card")
        await phone.tap(label)
        await phone.sees(words)
        await nothing_sticks_out(phone)
        await here.shot(phone, f"{name}-{label}")
    assert phone.troubles == []
    await phone.page.context.close()


async def board(here: Street, one: Played) -> None:
    """The page that everybody may read."""
    context = await here.browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    await page.goto(f"{here.address}/board/d/{one.number}")
    await expect(page.get_by_role("heading", name=one.title, level=1)).to_be_visible()
    present = page.locator('[aria-current="step"]')
    assert await present.count() == (0 if one.step == Step.CLOSED else 1)
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await page.screenshot(path=here.folder / f"{one.number}-{one.step}-board.png", full_page=True)
    assert troubles == []
    await context.close()
