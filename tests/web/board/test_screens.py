"""The board in Chromium: on a phone nothing runs out at the side, a poster fills one sheet."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, Route, async_playwright

from models.deliberation.steps import Step
from tests.web.board.conftest import Board
from tests.web.board.ground import HOSTILE, Words

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
ARGUMENTS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"]
TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  const inside = (one) => one.closest('.scroll, .skip, svg');
  return [...document.body.querySelectorAll('*')]
    .filter((one) => !inside(one) && one.getBoundingClientRect().right > wide + 1)
    .map((one) => one.outerHTML.slice(0, 120));
}"""
SMALLEST_TYPE = """() => Math.min(...[...document.body.querySelectorAll('p, li, a, dd, dt, td')]
  .filter((one) => one.innerText.trim()).map((one) => parseFloat(getComputedStyle(one).fontSize)))
"""


@asynccontextmanager
async def browser_page(chromium: str, board: Board, **options: Any) -> AsyncIterator[Page]:
    """A page whose every request is answered by the board; it must not report errors."""
    troubles: list[str] = []

    async def answer(route: Route) -> None:
        url = re.sub(r"^https?://[^/]+", "", route.request.url)
        if url == "/favicon.ico":
            await route.fulfill(status=404)
            return
        got = await board.client.get(url, headers=dict(route.request.headers))
        await route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.content)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = await browser.new_context(
            locale="zh-CN", java_script_enabled=True, base_url="http://board.test", **options
        )
        page = await context.new_page()
        await page.route("**/*", answer)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(f"dialog {dialog.message}"))
        page.on(
            "console",
            lambda line: troubles.append(line.text) if "Content Security" in line.text else None,
        )
        yield page
        await browser.close()
    assert troubles == []


async def test_nothing_runs_out_at_the_side_of_a_phone(chromium: str, board: Board) -> None:
    plain = await board.street(Step.CLOSED, method="schulze")
    hostile = await board.street(Step.REPORT, number=4, words=HOSTILE, method="runoff")
    async with browser_page(chromium, board, viewport=PHONE) as page:
        for number in (plain, hostile):
            for path in ("/board", f"/board/d/{number}", "/board/rules/xg.01.01.01"):
                for lang in ("zh-CN", "en"):
                    await page.goto(f"{path}?lang={lang}")
                    await page.evaluate("document.querySelectorAll('details').forEach(d=>d.open=1)")
                    assert await page.evaluate(TOO_WIDE) == []
                    assert await page.evaluate(SMALLEST_TYPE) >= 18
            await page.goto(f"/board/d/{number}/poster")
            assert await page.evaluate(TOO_WIDE) == []


async def test_pages_are_whole_without_scripts(chromium: str, board: Board) -> None:
    number = await board.street(Step.COLLECT)
    async with browser_page(chromium, board, viewport=PHONE) as page:
        await page.goto("/board")
        await page.get_by_role("link", name="给3号楼加装电梯").click()
        assert await page.get_by_role("heading", level=1).inner_text() == "给3号楼加装电梯"
        assert await page.locator("li[aria-current]").get_attribute("aria-current") == "step"
        assert await page.locator("script").count() == 0
        await page.get_by_role("link", name="English").click()
        assert "How to take part" in await page.inner_text("main")
        await page.get_by_role("link", name="All deliberations").first.click()
        assert "Under way" in await page.inner_text("main")
        assert page.url.endswith("lang=en"), number


@pytest.mark.parametrize(
    "words", [Words(), Words(title="长" * 60, text="字" * 900, short="住" * 180), HOSTILE]
)
async def test_a_poster_is_one_sheet_of_a4(chromium: str, board: Board, words: Words) -> None:
    number = await board.street(Step.ANNOUNCE, words=words)
    async with browser_page(chromium, board) as page:
        await page.goto(f"/board/d/{number}/poster")
        sheet = await page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    size = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", sheet)
    assert size is not None
    assert [round(float(side) * 25.4 / 72) for side in size.groups()] == [210, 297]


async def test_the_verifier_runs_under_its_policy(chromium: str, board: Board) -> None:
    number = await board.street(Step.APPLY)
    box = (await board.client.get(f"/board/d/{number}/ballot-box.json")).content
    file = {"name": "ballot-box.json", "mimeType": "application/json"}
    async with browser_page(chromium, board, viewport=PHONE) as page:
        await page.goto("/board/verify")
        await page.set_input_files("#file", {**file, "buffer": box})
        await page.wait_for_selector("#verdict:not([hidden])")
        changed = box.replace(b'"electorate":12', b'"electorate":13')
        assert changed != box
        await page.set_input_files("#file", {**file, "buffer": changed})
        await page.wait_for_selector("#verdict.refused")
