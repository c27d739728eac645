"""/desk: tickets without a category or a person, for those who decide about them."""

from __future__ import annotations

from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from handlers.keyboards.staff import DeskPageData, list_keyboard
from handlers.staff.access import DESK, staff_router
from handlers.staff.show import list_lines
from handlers.switchboard import Routes
from handlers.turn import Turn
from workflows.tickets.desk import list_desk

router = staff_router(__name__, DESK)


async def _render(turn: Turn, number: int) -> tuple[str, InlineKeyboardMarkup]:
    page = await list_desk(turn.work, turn.person, max(number, 0))
    lines = list_lines(turn.t, turn.work, page.items)
    keyboard = list_keyboard(turn.t, lines, page.page, page.pages, DeskPageData)
    return turn.t("staff/desk", page=page), keyboard


@router.message(Command("desk"))
async def show_desk(message: Message, turn: Turn) -> None:
    """The first page of what waits in my scope."""
    await turn.say(*await _render(turn, 0))


@router.callback_query(DeskPageData.filter())
async def turn_page(callback: CallbackQuery, callback_data: DeskPageData, turn: Turn) -> None:
    """Another page, or the same one fresh."""
    await turn.show(*await _render(turn, callback_data.page))


ROUTES = Routes(router=router, commands=frozenset({"desk"}), callbacks=(DeskPageData,))
