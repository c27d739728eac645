"""/queue: what I have in hand, most urgent first."""

from __future__ import annotations

from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from handlers.keyboards.staff import QueuePageData, list_keyboard
from handlers.staff.access import staff_router
from handlers.staff.show import list_lines
from handlers.switchboard import Routes
from handlers.turn import Turn
from workflows.staffing import queue_page

router = staff_router(__name__)


async def _render(turn: Turn, number: int) -> tuple[str, InlineKeyboardMarkup]:
    page = await queue_page(turn.work, turn.person, number)
    account = turn.person.account
    text = turn.t("staff/queue", page=page, on_duty=account is not None and account.on_duty)
    lines = list_lines(turn.t, turn.work, page.items)
    return text, list_keyboard(turn.t, lines, page.page, page.pages, QueuePageData)


@router.message(Command("queue"))
async def show_queue(message: Message, turn: Turn) -> None:
    """The first page of my queue."""
    await turn.say(*await _render(turn, 0))


@router.callback_query(QueuePageData.filter())
async def turn_page(callback: CallbackQuery, callback_data: QueuePageData, turn: Turn) -> None:
    """Another page, or the same one fresh."""
    await turn.show(*await _render(turn, callback_data.page))


ROUTES = Routes(router=router, commands=frozenset({"queue"}), callbacks=(QueuePageData,))
