"""/duty: on and off, with what is in hand and who gets new tickets meanwhile."""

from __future__ import annotations

from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from handlers.keyboards.staff import DutyData, duty_keyboard
from handlers.staff.access import staff_router
from handlers.switchboard import Routes
from handlers.texts import LOCALES, Texts
from handlers.turn import Turn
from workflows.staffing import DutyStatus, duty_status, set_duty

router = staff_router(__name__)


def _render(turn: Turn, status: DutyStatus) -> tuple[str, InlineKeyboardMarkup]:
    text = turn.t("staff/duty", status=status, staff=turn.person.staff)
    return text, duty_keyboard(turn.t, on=status.on)


def _wish(words: str) -> bool | None:
    """True for on, False for off, None for anything else; both languages are understood."""
    for label, on in (("staff.words_on", True), ("staff.words_off", False)):
        if any(words.lower() in Texts(locale).label(label).split() for locale in LOCALES):
            return on
    return None


@router.message(Command("duty"))
async def show_duty(message: Message, command: CommandObject, turn: Turn) -> None:
    """`/duty` shows where I stand; `/duty on` and `/duty off` switch at once."""
    wish = _wish((command.args or "").strip())
    if wish is None:
        status = await duty_status(turn.work, turn.person)
    else:
        status = await set_duty(turn.work, turn.person, wish)
    await turn.say(*_render(turn, status))


@router.callback_query(DutyData.filter())
async def switch_duty(callback: CallbackQuery, callback_data: DutyData, turn: Turn) -> None:
    """Go on or off duty; pressing the same button twice changes nothing more."""
    await turn.show(*_render(turn, await set_duty(turn.work, turn.person, callback_data.on)))


ROUTES = Routes(router=router, commands=frozenset({"duty"}), callbacks=(DutyData,))
