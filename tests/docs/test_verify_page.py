"""docs/verify.html in Chromium: what the verifier in Python believes it believes, and no more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, async_playwright, expect

from bot.paths import ROOT
from models.deliberation.methods import METHODS
from models.deliberation.verify import verify_box
from tests.models.boxes import TAMPERINGS, Box, make_box

pytestmark = pytest.mark.browser

PAGE = ROOT / "docs" / "verify.html"
ARGUMENTS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"]


@asynccontextmanager
async def opened(chromium: str) -> AsyncIterator[Page]:
    """The page as a file, with every request written down."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        asked: list[str] = []
        troubles: list[str] = []

        async def note(route: Route) -> None:
            asked.append(route.request.url)
            await route.continue_()

        await page.route("**/*", note)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        await page.goto(PAGE.as_uri())
        yield page
        assert troubles == []
        assert asked == [PAGE.as_uri()], "the page asked for something"
        await browser.close()


async def check(page: Page, box: Box | str) -> bool:
    """Hand a box to the page; whether it believes it."""
    text = box if isinstance(box, str) else json.dumps(box, ensure_ascii=False)
    await page.evaluate("document.getElementById('verdict').hidden = true")
    await page.set_input_files(
        "#file",
        files=[
            {"name": "box.json", "mimeType": "application/json", "buffer": text.encode()},
        ],
    )
    await expect(page.locator("#verdict")).to_be_visible(timeout=20_000)
    return await page.locator("#verdict").get_attribute("class") == "ok"


async def said(page: Page) -> str:
    return await page.locator("#report").inner_text()


async def test_the_page_counts_as_python_does(chromium: str) -> None:
    async with opened(chromium) as page:
        for method in METHODS:
            for number in (0, 1, 2, 7, 40):
                for seed in range(6):
                    box = make_box(method, number, seed)
                    assert await check(page, box), (method, number, seed, await said(page))


async def test_the_page_refuses_what_python_refuses(chromium: str) -> None:
    async with opened(chromium) as page:
        for method in METHODS:
            for tamper in TAMPERINGS:
                box = make_box(method, 10)
                tamper(box)
                assert not verify_box(box).ok
                assert not await check(page, box), (method, tamper.__name__)
                assert "✖" in await said(page)
        for text in ("", "[]", "{}", '{"format": "linmen-ballot-box-v1"}'):
            assert not await check(page, text)


async def test_a_tie_is_drawn_as_python_draws_it(chromium: str) -> None:
    ties = [
        make_box(method, number, seed, majority_percent=10)
        for method in METHODS
        for number in (2, 4)
        for seed in range(60)
    ]
    drawn = [box for box in ties if box["result"]["tie"]]
    assert len({box["header"]["method"] for box in drawn}) == len(METHODS)
    async with opened(chromium) as page:
        for box in drawn[::5]:
            assert await check(page, box), await said(page)


async def test_receipts_and_heads_are_looked_for(chromium: str) -> None:
    box = make_box("runoff")
    commitment, link = box["entries"][6][1:]
    async with opened(chromium) as page:
        await page.fill("#receipt", " ".join(commitment[at : at + 4] for at in range(0, 20, 4)))
        await page.fill("#head", f"7:{link}")
        assert await check(page, box)
        assert "链上第7张" in await said(page)
        assert "当时7张票" in await said(page)
        await page.fill("#receipt", "0" * 64)
        await page.click("#again")
        await expect(page.locator("#verdict")).to_have_class("refused")
        await page.fill("#receipt", "")
        await page.fill("#head", f"6:{link}")
        await page.click("#again")
        await expect(page.locator("#report")).to_contain_text("对不上")
        await expect(page.locator("#verdict")).to_have_class("refused")


async def test_what_a_box_says_is_shown_as_words(chromium: str) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    box = make_box("approval", 6, title=hostile)
    async with opened(chromium) as page:
        assert await check(page, box)
        assert hostile in await page.locator("#result").inner_text()
        assert await page.locator("#result img").count() == 0
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390


def test_the_page_stands_alone() -> None:
    text = Path(PAGE).read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert "src=" not in text
    assert "href=" not in text
