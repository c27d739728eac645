"""Taps and words for the form that is open in the chat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message, TelegramObject

from handlers.forms import engine, filling
from handlers.forms.store import Sheet, forget, is_old, load, remember_tap, was_tapped
from handlers.intake.emergency import EmergencyFirst
from handlers.intake.offer import offer_pending, restore
from handlers.keyboards.forms import FForm
from handlers.media import gather
from handlers.replies import ReplyFirst
from handlers.staff.dialogue import is_elsewhere
from handlers.staff.flow import names_ticket
from handlers.states import Filling
from handlers.switchboard import Routes
from handlers.turn import Turn, not_command, resident_router


class DangerFirst(EmergencyFirst):
    """Looks for a danger in what is typed, except where plans and rules are written down."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Leave the words of a record alone."""
        sheet = await load(data["state"]) if data.get("state") is not None else None
        form = sheet.definition if sheet is not None else None
        if form is not None and form.for_the_record:
            return await handler(event, data)
        return await super().__call__(handler, event, data)


router = resident_router(__name__)
router.message.outer_middleware(DangerFirst())
router.message.outer_middleware(ReplyFirst())


@router.callback_query(FForm.filter())
async def tapped(callback: CallbackQuery, callback_data: FForm, turn: Turn) -> None:
    """A button of a form; one of an older question is told so, a double tap ignored."""
    sheet, packed = await load(turn.state), callback_data.pack()
    form = sheet.definition if sheet is not None else None
    if sheet is None or form is None or sheet.number != callback_data.n:
        if not await was_tapped(turn.state, packed):
            await turn.unbutton()
            await turn.say(turn.t("errors/stale_button"))
            await offer_pending(turn)
        return
    await engine.prepare(turn, sheet)
    await remember_tap(turn.state, packed)
    await filling.act(turn, form, sheet, callback_data.op, callback_data.i)


@router.message(StateFilter(Filling), not_command)
async def said(message: Message, turn: Turn, album: list[Message]) -> None:
    """Words or files for the question on show."""
    sheet = await load(turn.state)
    form = sheet.definition if sheet is not None else None
    text, files, too_large = gather(message, album)
    if sheet is None or form is None or await _is_given_up(turn, sheet):
        await forget(turn.state)
        await restore(turn)
        raise SkipHandler
    if turn.person.staff is not None and (
        names_ticket(text) or await is_elsewhere(message, turn, None)
    ):
        raise SkipHandler
    await engine.prepare(turn, sheet)
    if too_large:
        await turn.say(turn.t("bad_input/too_large"))
    if files:
        await filling.keep_files(turn, form, sheet, files, text)
    elif text:
        await filling.words(turn, form, sheet, text)
    else:
        if not too_large:
            await turn.say(turn.t("bad_input/unreadable"))
        await engine.show(turn, form, sheet)


async def _is_given_up(turn: Turn, sheet: Sheet) -> bool:
    """Whether the form is too old for these words to be meant for it; then it is said."""
    if not is_old(sheet, turn.work.now, turn.work.policy.draft_offer_hours):
        return False
    await engine.prepare(turn, sheet)
    await turn.say(turn.t("forms/lapsed", words=engine.answers(sheet)))
    return True


ROUTES = Routes(router=router, callbacks=(FForm,), states=(Filling,))
