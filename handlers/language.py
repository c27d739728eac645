"""Choosing the language; until then the chat app's language counts."""

from __future__ import annotations

from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.intake.offer import offer_pending
from handlers.keyboards import resident as buttons
from handlers.keyboards.resident import RLocale
from handlers.switchboard import Routes
from handlers.texts import LOCALES
from handlers.turn import Turn, resident_router
from workflows.people import choose_locale

router = resident_router(__name__)


@router.message(Command("language"))
async def ask(message: Message, turn: Turn) -> None:
    """/language: each language is offered by its own name."""
    await ask_language(turn)


async def ask_language(turn: Turn) -> None:
    """Offer the languages."""
    await turn.show(turn.t("language/ask"), buttons.languages(turn.t))


@router.callback_query(RLocale.filter())
async def choose(callback: CallbackQuery, callback_data: RLocale, turn: Turn) -> None:
    """Speak the chosen language from now on."""
    if callback_data.locale in LOCALES:
        await choose_locale(turn.work, turn.person, callback_data.locale)
        turn.speak(callback_data.locale)
    await turn.show(turn.t("language/chosen"))
    await offer_pending(turn)


ROUTES = Routes(router=router, commands=frozenset({"language"}), callbacks=(RLocale,))
