"""The first journey as people live it: in Chromium, on a phone-sized screen, by tapping."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.harness import Linmen
from tests.journeys.steps import LAMP, RESIDENT, account_of
from web.sandbox.images import sample_photo

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
ARGUMENTS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"]
expect.set_options(timeout=20_000)


@asynccontextmanager
async def chromium_at(path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


class Phone:
    """One person's phone: the sandbox's chat page with their chat open."""

    def __init__(self, page: Page, troubles: list[str]) -> None:
        self.page = page
        self.troubles = troubles

    @classmethod
    async def open(cls, browser: Browser, address: str, person: int) -> Phone:
        context = await browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
        page = await context.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        await page.goto(f"{address}/?person={person}")
        return cls(page, troubles)

    def said(self, *parts: str) -> Locator:
        """The newest bubble with all these words."""
        bubbles = self.page.get_by_role("log").get_by_role("listitem")
        for part in parts:
            bubbles = bubbles.filter(has_text=part)
        return bubbles.last

    async def sees(self, *parts: str) -> None:
        await expect(self.said(*parts)).to_be_visible()

    async def tap(self, label: str) -> None:
        await self.page.get_by_role("log").get_by_role("button", name=label).last.click()

    async def say(self, text: str) -> None:
        box = self.page.get_by_label("写消息")
        await box.fill(text)
        await box.press("Enter")

    async def photograph(self, path: Path) -> None:
        await self.page.set_input_files(".pick-photo", [str(path)])
        await self.page.get_by_role("button", name="发送", exact=True).click()

    async def shot(self, name: str) -> None:
        """Keep a picture for a person to look at, where one is asked for."""
        if folder := os.environ.get("LINMEN_SHOTS"):
            await self.page.screenshot(path=Path(folder) / f"{name}.png")

    async def fits(self) -> None:
        """Nothing sticks out at the side, and every button is large enough for a thumb."""
        wide = await self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"]
        for button in await self.page.locator(".inline button").all():
            box = await button.bounding_box()
            if box is not None and await button.inner_text():
                assert box["height"] >= 36, await button.inner_text()


async def test_resident_worker_and_rating_on_two_phones(
    linmen: Linmen, chromium: str, tmp_path: Path
) -> None:
    address = str(linmen.client.base_url).rstrip("/")
    proof = tmp_path / "proof.jpg"
    proof.write_bytes(sample_photo(1))
    async with chromium_at(chromium) as browser:
        resident = await Phone.open(browser, address, RESIDENT)
        await resident.page.get_by_role("button", name="开始").click()
        await resident.sees("您同意我们这样保存和使用吗")
        await resident.shot("1-consent")
        await resident.tap("✅ 同意")
        await resident.sees("现在就可以说了")

        await resident.say(LAMP)
        await resident.sees("路灯与楼道灯")
        await resident.shot("2-category")
        await resident.tap("✅ 对")
        await resident.tap("没有，跳过")
        await resident.sees("请您看一看")
        await resident.fits()
        await resident.shot("3-summary")
        await resident.tap("确认提交")
        await resident.sees("收到了，编号 #1001")
        await resident.shot("4-receipt")

        receipt = await resident.said("收到了，编号").inner_text()
        name = receipt.partition("交给了 ")[2].partition("（")[0].strip()
        worker = await Phone.open(browser, address, account_of(name))
        await worker.say("/queue")
        await worker.tap("#1001")
        await worker.sees("状态：待接单")
        await worker.fits()
        await worker.shot("5-card")
        await worker.tap("接单")
        await worker.sees("状态：已接单")
        await resident.sees("#1001", "已经接单")

        await worker.tap("办结")
        await worker.tap("办好了")
        await worker.say("换了新灯泡")
        await worker.sees("请发一张办好后的照片")
        await worker.photograph(proof)
        await worker.sees("#1001", "已办结")
        await worker.shot("6-resolved")

        await resident.sees("#1001", "换了新灯泡")
        await resident.fits()
        await resident.shot("7-rate")
        await resident.tap("5分")
        await resident.sees("谢谢")
        await worker.sees("#1001", "⭐⭐⭐⭐⭐")
        await resident.shot("8-rated")
        assert resident.troubles == worker.troubles == []
