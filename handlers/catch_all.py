"""Whatever no other conversation wanted: a new matter, a number, or something unfit, kindly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.fsm.storage.base import StorageKey
from aiogram.types import CallbackQuery, Message, TelegramObject

from handlers.context import about
from handlers.deliberation.resident.listing import open_number, show_list
from handlers.intake.emergency import EmergencyFirst
from handlers.intake.entry import begin
from handlers.intake.offer import offer_pending
from handlers.intake.store import load, pending, save
from handlers.intake.taps import move
from handlers.keyboards import my as my_buttons
from handlers.keyboards import resident as buttons
from handlers.media import gather
from handlers.my_cards import show_card
from handlers.replies import ReplyFirst
from handlers.staff import LOOSE
from handlers.switchboard import Fork
from handlers.turn import Turn, WithTurn, is_command, resident_router
from handlers.words import clean, means, says_nothing
from workflows.tickets.resident import edit_report
from workflows.tickets.view import find_by_number

_groups = Router(name=f"{__name__}.groups")
_groups.message.filter(F.chat.type != ChatType.PRIVATE)
_groups.message.middleware(WithTurn())
_private = resident_router(f"{__name__}.private")
_private.message.outer_middleware(EmergencyFirst())
_private.message.outer_middleware(ReplyFirst())


def _who_may_take(event: TelegramObject, data: dict[str, Any]) -> Sequence[Router]:
    """Groups apart; what staff send about their tickets before what everybody may send."""
    if isinstance(event, Message) and event.chat.type != ChatType.PRIVATE:
        return (_groups,)
    return (LOOSE, _private) if data["person"].staff is not None else (_private,)


router = Fork(__name__, _who_may_take)
router.include_routers(_groups, LOOSE, _private)

_NUMBER = re.compile(r"[#＃]?\s*(\d{1,9})", re.ASCII)
_DISCUSSION = re.compile(r"(?:议|discussion)\s*[#＃]?\s*(\d{1,9})\s*号?", re.IGNORECASE)


# --- groups ------------------------------------------------------------------------------------


@_groups.message(F.text | F.caption | F.new_chat_members)
async def in_group(message: Message, turn: Turn) -> None:
    """Answer once in a group: matters are told in private. Nothing of a person is said there."""
    key = StorageKey(bot_id=turn.bot.id, chat_id=message.chat.id, user_id=message.chat.id)
    if (await turn.state.storage.get_data(key)).get("told"):
        return
    await turn.state.storage.set_data(key, {"told": True})
    me = await turn.bot.me()
    await message.answer(turn.t("bad_input/group", username=me.username or ""))


# --- words and files ---------------------------------------------------------------------------


@_private.message(F.text)
async def words(message: Message, turn: Turn) -> None:
    """A sentence outside any conversation: a number, a way out or on, else a new matter."""
    text = clean(message.text)
    if is_command(message):
        await _unknown_command(turn, text)
    elif says_nothing(text):
        await turn.say(turn.t("bad_input/only_marks"))
        await offer_pending(turn)
    elif (found := _NUMBER.fullmatch(text)) is not None:
        await show_card(turn, await find_by_number(turn.work, turn.person, int(found[1])))
    elif (found := _DISCUSSION.fullmatch(text)) is not None:
        await open_number(turn, int(found[1]))
        await offer_pending(turn)
    elif means("discuss", text):
        await show_list(turn)
        await offer_pending(turn)
    elif means("resume", text) or means("cancel", text):
        await _pending_or_nothing(turn, "resume" if means("resume", text) else "drop")
    else:
        await begin(turn, text, (), [message.message_id])


async def _unknown_command(turn: Turn, text: str) -> None:
    """No such command: what one can do instead."""
    await turn.say(
        turn.t("bad_input/unknown_command", command=text[:40]), buttons.shortcuts(turn.t)
    )
    await offer_pending(turn)


async def _pending_or_nothing(turn: Turn, op: str) -> None:
    """ "继续" and "取消" when nothing waits for them: about the request offered again, if any."""
    form = await pending(turn.state, turn.work.now, turn.work.policy.draft_offer_hours)
    if form is not None:
        await move(turn, form, op)
    else:
        await turn.say(turn.t("bad_input/nothing_open"), buttons.shortcuts(turn.t))


@_private.message(F.location | F.venue)
async def pin(message: Message, turn: Turn) -> None:
    """A location alone: where a matter is that is still to be told."""
    point = message.location or (message.venue.location if message.venue else None)
    if point is None:
        return
    found = turn.work.services.gazetteer.at(point.longitude, point.latitude)
    if found is None:
        await turn.say(turn.t("doorway/outside"))
        return
    await turn.say(
        turn.t("doorway/pin", address=turn.work.services.gazetteer.describe(found.place))
    )
    await begin(turn, "", (), [message.message_id], place=found.place)


@_private.message(F.photo | F.voice | F.audio | F.video | F.video_note | F.animation | F.document)
async def files(message: Message, turn: Turn, album: list[Message]) -> None:
    """A photo, voice note, video or document, with its words or without."""
    text, kept, too_large = gather(message, album)
    if too_large:
        await turn.say(turn.t("bad_input/too_large"))
    if text or kept:
        ids = [part.message_id for part in album or [message]]
        await begin(turn, text, kept, ids)


# --- what is of no use -------------------------------------------------------------------------


@_private.message(F.sticker | F.dice | F.game | F.story)
async def sticker(message: Message, turn: Turn) -> None:
    """A sticker says nothing that could be acted on."""
    await turn.say(turn.t("bad_input/sticker"))
    await offer_pending(turn)


@_private.message(F.poll)
async def poll(message: Message, turn: Turn) -> None:
    """A poll is not taken."""
    await turn.say(turn.t("bad_input/poll"))
    await offer_pending(turn)


@_private.message(F.contact)
async def contact(message: Message, turn: Turn) -> None:
    """A contact is somebody's number: it is not kept."""
    await turn.say(turn.t("bad_input/contact"))
    await offer_pending(turn)


_SILENT = F.pinned_message | F.message_auto_delete_timer_changed | F.chat_background_set
"""Service messages that nobody wrote."""


@_private.message(_SILENT)
async def service_message(message: Message) -> None:
    """Say nothing to what nobody said."""


@_private.message()
async def anything_else(message: Message, turn: Turn) -> None:
    """A kind of message that came after this was written."""
    await turn.say(turn.t("bad_input/unreadable"))
    await offer_pending(turn)


# --- edits and old buttons ---------------------------------------------------------------------


@_private.edited_message()
async def edited(message: Message, turn: Turn) -> None:
    """An edited report updates its ticket, or the request that is being filled in."""
    text = clean(message.text or message.caption)
    if not text:
        return
    ticket = await edit_report(turn.work, turn.person, message.message_id, text)
    if ticket is not None:
        with about(ticket.id):
            await turn.say(
                turn.t("my/edited", number=ticket.number),
                my_buttons.open_card(turn.t, ticket.key, ticket.version),
            )
        return
    form = await load(turn.state)
    if form is None or message.message_id not in form.draft.source_message_ids:
        return
    if form.draft.source_message_ids == [message.message_id]:
        draft = form.draft.model_copy(update={"text": text})
        await save(turn.state, form.model_copy(update={"draft": draft}))
        await turn.say(turn.t("intake/edited", text=text))
    else:
        await turn.say(turn.t("intake/edited_part"))
    await offer_pending(turn)


@_private.callback_query()
async def old_button(callback: CallbackQuery, turn: Turn) -> None:
    """A button that nobody knows any more, or that was not drawn for this person."""
    await turn.unbutton()
    await turn.say(turn.t("errors/stale_button"))
    await offer_pending(turn)
