"""The chat page in Chromium: a phone's chat, two chats side by side, a restart of the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot
from aiogram.types import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    Update,
)
from playwright.async_api import Page, async_playwright, expect

from tests.web.sandbox.conftest import RESIDENT, WORKER, Server, serving
from web.sandbox.images import sample_photo

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
ARGUMENTS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"]
HOSTILE = "<img src=x onerror=alert(1)>"


@asynccontextmanager
async def browser_page(chromium: str, size: dict[str, int]) -> AsyncIterator[Page]:
    """A page that must not report errors."""
    troubles: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = await browser.new_context(viewport=size, locale="zh-CN")  # type: ignore[arg-type]
        page = await context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(f"dialog {dialog.message}"))
        page.on(
            "console",
            lambda line: troubles.append(line.text) if "Content Security" in line.text else None,
        )
        yield page
        await browser.close()
    assert troubles == []


class EchoBot:
    """A small bot: greets, asks for a confirmation, answers taps."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def run(self) -> None:
        await self._bot.set_my_commands([BotCommand(command="my", description="我的诉求")])
        offset = 0
        while True:
            for update in await self._bot.get_updates(offset=offset, timeout=20):
                offset = update.update_id + 1
                await self._handle(update)

    async def _handle(self, update: Update) -> None:
        if update.callback_query is not None:
            await self._bot.answer_callback_query(update.callback_query.id, "已受理")
            message = update.callback_query.message
            assert isinstance(message, Message)
            await self._bot.edit_message_text(
                "<b>已受理</b>", chat_id=message.chat.id, message_id=message.message_id,
                parse_mode="HTML",
            )  # fmt: skip
        elif update.message is not None and (update.message.text or "").startswith("/start"):
            panel = [[KeyboardButton(text="发送位置", request_location=True)]]
            await self._bot.send_message(
                update.message.chat.id, "您好", reply_markup=ReplyKeyboardMarkup(keyboard=panel)
            )
        elif update.message is not None:
            text = update.message.text or update.message.caption or update.message.content_type
            buttons = [[InlineKeyboardButton(text="确认", callback_data="ok")]]
            await self._bot.send_message(
                update.message.chat.id,
                f"收到：{text}",
                reply_to_message_id=update.message.message_id,
                reply_markup=InlineKeyboardMarkup(inline_keyboard=buttons),
            )


@asynccontextmanager
async def answering(server: Server) -> AsyncIterator[None]:
    """Run the bot beside the block."""
    task = asyncio.get_running_loop().create_task(EchoBot(server.bot).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def fits(page: Page) -> None:
    """Nothing on the screen may stick out at the side."""
    right = await page.evaluate(
        "Math.max(...[...document.querySelectorAll('.app *')]"
        ".filter((one) => one.checkVisibility() && !one.closest('.log'))"
        ".map((one) => one.getBoundingClientRect().right))"
    )
    assert right <= PHONE["width"], right


async def test_a_conversation_on_a_phone(chromium: str, tmp_path: Path) -> None:
    photos = [tmp_path / "1.jpg", tmp_path / "2.jpg"]
    for number, path in enumerate(photos):
        path.write_bytes(sample_photo(number))
    async with serving() as server, answering(server), browser_page(chromium, PHONE) as page:
        log = page.get_by_role("log")
        await page.goto(server.base)
        await page.get_by_role("button", name="王秀兰").first.click()
        await page.get_by_role("button", name="开始").click()
        await expect(log.get_by_text("您好", exact=True)).to_be_visible()

        box = page.get_by_label("写消息")
        await box.fill(f"灯坏了 {HOSTILE}")
        await box.press("Enter")
        await expect(log.get_by_text(f"收到：灯坏了 {HOSTILE}")).to_be_visible()
        await page.get_by_role("button", name="确认").click()
        await expect(page.locator(".toast")).to_have_text("已受理")
        await expect(log.locator(".text b", has_text="已受理")).to_be_visible()
        await expect(log.get_by_text("已修改")).to_be_visible()

        await page.set_input_files(".pick-photo", [str(path) for path in photos])
        await box.fill("两盏灯")
        await page.get_by_role("button", name="发送", exact=True).click()
        await expect(page.locator(".album img")).to_have_count(2)
        await expect(log.get_by_text("收到：两盏灯")).to_be_visible()

        await page.get_by_role("button", name="发送位置").click()
        await page.get_by_role("button", name="合水中路").click()
        await page.locator("#place").get_by_role("button", name="发送").click()
        await expect(log.get_by_text("36.10120, 103.62980")).to_be_visible()

        await page.get_by_role("button", name="命令菜单").click()
        await page.get_by_role("button", name="/my 我的诉求").click()
        await expect(log.get_by_text("收到：/my")).to_be_visible()

        await page.get_by_role("button", name="对这条消息").nth(2).click()
        await page.get_by_role("menuitem", name="修改").click()
        await box.fill("三楼灯坏了")
        await box.press("Enter")
        await expect(log.get_by_text("三楼灯坏了", exact=True)).to_be_visible()
        await fits(page)
        await page.get_by_role("button", name="返回名单").click()
        await expect(page.get_by_role("searchbox")).to_be_visible()
        for _ in range(2):
            await page.get_by_role("button", name="调整字号").click()
        await fits(page)


async def test_two_people_side_by_side_by_keyboard(chromium: str) -> None:
    async with serving() as server, answering(server), browser_page(chromium, DESK) as page:
        await page.goto(f"{server.base}/?person={RESIDENT}&with={WORKER}&start=g_xg-01")
        resident, worker = page.locator(".pane").nth(0), page.locator(".pane").nth(1)
        await expect(resident.get_by_text("/start g_xg-01")).to_be_visible()
        await expect(resident.get_by_text("您好", exact=True)).to_be_visible()
        assert "start=" not in page.url, "a reload must not start again"
        await worker.get_by_role("button", name="开始").focus()
        await page.keyboard.press("Enter")
        await expect(worker.get_by_text("您好", exact=True)).to_be_visible()
        await page.get_by_role("button", name="English").click()
        await expect(worker.get_by_role("button", name="Close this chat")).to_be_visible()
        await worker.get_by_role("button", name="Close this chat").click()
        await expect(page.locator(".pane")).to_have_count(1)

        await page.get_by_role("button", name="Add a person").click()
        await page.get_by_label("Name", exact=True).fill(HOSTILE)
        await page.get_by_role("button", name="Add", exact=True).click()
        await expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()


async def test_the_page_finds_its_way_back_after_a_restart(chromium: str, tmp_path: Path) -> None:
    database = tmp_path / "sandbox.sqlite3"
    async with browser_page(chromium, PHONE) as page:
        log = page.get_by_role("log")
        async with serving(database) as server:
            port = int(server.base.rpartition(":")[2])
            await server.act(RESIDENT, "start")
            await page.goto(f"{server.base}/?person={RESIDENT}")
            await server.bot.send_message(RESIDENT, "之前")
            await expect(log.get_by_text("之前")).to_be_visible()
        await page.wait_for_function("!document.getElementById('offline').hidden")
        async with serving(database, port) as server:
            await server.bot.send_message(RESIDENT, "之后")
            await expect(log.get_by_text("之后")).to_be_visible(timeout=20_000)
            await expect(log.get_by_text("之前")).to_have_count(1)
            answer: Any = await page.evaluate("document.getElementById('offline').hidden")
            assert answer is True
