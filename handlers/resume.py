"""After an outage in which presses were lost: say so, and offer the keyboard again.

The Bot API keeps a press for 150 seconds only (RELIABILITY, facts); one that is lost never reaches
us, so nothing may be shown as recorded, and whoever was waiting for an answer must press again.
"""

from __future__ import annotations

from aiogram import Bot
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import BaseStorage, StorageKey

from handlers.forms import show_again as show_form_again
from handlers.intake.offer import offer_pending
from handlers.staff import show_again
from handlers.states import Filling
from handlers.texts import Texts
from handlers.turn import Turn
from workflows.conversations import list_in_conversation
from workflows.work import Work


async def offer_again(work: Work, bot: Bot, storage: BaseStorage) -> None:
    """Tell everybody in the middle of a conversation, with the buttons to go on."""
    for person in await list_in_conversation(work):
        key = StorageKey(bot_id=bot.id, chat_id=person.id, user_id=person.id)
        turn = Turn(
            work=work,
            person=person,
            t=Texts(person.locale),
            state=FSMContext(storage, key),
            bot=bot,
        )
        await turn.say(turn.t("errors/press_again"))
        filling = await turn.state.get_state() == Filling.form.state
        if filling and await show_form_again(turn):
            continue
        if not await show_again(turn):
            await offer_pending(turn)
