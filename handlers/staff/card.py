"""The ticket card: opened from the queue, by number, or from a notice; its photos and history."""

from __future__ import annotations

from typing import Any

from aiogram import Bot, F
from aiogram.filters import Command, CommandObject
from aiogram.types import (
    CallbackQuery,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
)

from handlers import my_cards
from handlers.context import about
from handlers.keyboards.layout import button, rows
from handlers.keyboards.staff import CardData
from handlers.staff.access import staff_router
from handlers.staff.flow import ticket_number
from handlers.staff.show import EVENT_TEXT, HISTORY_PAGE, card_markup, card_text, history, works_on
from handlers.switchboard import Routes
from handlers.turn import Turn
from models.ticket import Attachment
from workflows.tickets.view import TicketView, find_by_number, view_ticket

router = staff_router(__name__)

_ALBUM = 10
"""Media in one album at most (Bot API)."""
_TEXT_PIECE = 3500
"""Characters of a long report in one message; Telegram takes 4,096."""


async def send_card(turn: Turn, view: TicketView) -> None:
    """Answer with the card as a new message.

    A ticket that they reported, or opened for someone, is shown as to any resident.
    """
    if not works_on(view):
        turn.tapped = None
        await my_cards.show_card(turn, view)
        return
    with about(view.ticket.id):
        await turn.say(card_text(turn.t, turn.work, view), card_markup(turn.t, view))


@router.message(Command("ticket"))
async def open_by_number(message: Message, command: CommandObject, turn: Turn) -> None:
    """`/ticket 1042` opens the card; without a number, says how."""
    number = ticket_number(command.args or "")
    if number is None:
        await turn.say(turn.t("staff/ticket_usage"))
        return
    await send_card(turn, await find_by_number(turn.work, turn.person, number))


@router.callback_query(CardData.filter(F.view.in_({"card", "more"})))
async def redraw(callback: CallbackQuery, callback_data: CardData, turn: Turn) -> None:
    """Draw the card in place, with its frequent or its rare actions."""
    view = await view_ticket(turn.work, turn.person, callback_data.ticket)
    if not works_on(view):
        await my_cards.show_card(turn, view)
        return
    more = callback_data.view == "more"
    with about(view.ticket.id):
        await turn.show(card_text(turn.t, turn.work, view), card_markup(turn.t, view, more=more))


@router.callback_query(CardData.filter(F.view == "fresh"))
async def open_card(callback: CallbackQuery, callback_data: CardData, turn: Turn) -> None:
    """The card as a new message below a list or a notice, which stay as they are."""
    await send_card(turn, await view_ticket(turn.work, turn.person, callback_data.ticket))


@router.callback_query(CardData.filter(F.view == "history"))
async def show_history(callback: CallbackQuery, callback_data: CardData, turn: Turn) -> None:
    """The whole trail of the ticket, oldest first, in pages."""
    view = await view_ticket(turn.work, turn.person, callback_data.ticket)
    pages = max(1, -(-len(view.events) // HISTORY_PAGE))
    page = min(max(callback_data.page, 0), pages - 1)
    shown = view.events[page * HISTORY_PAGE : (page + 1) * HISTORY_PAGE]
    text = turn.t(
        "staff/history",
        ticket=view.ticket,
        events=history(turn.t, turn.work.district, shown),
        page=page,
        pages=pages,
        event_limit=2 * EVENT_TEXT,
    )
    ticket = callback_data.ticket
    turning = [
        button(turn.t.label(f"staff.{label}"), CardData(ticket=ticket, view="history", page=to))
        for label, to in (("previous", page - 1), ("next", page + 1))
        if 0 <= to < pages
    ]
    back = [button(turn.t.label("staff.back_to_card"), CardData(ticket=ticket))]
    with about(ticket):
        await turn.show(text, rows(turning, back))


@router.callback_query(CardData.filter(F.view == "text"))
async def show_text(callback: CallbackQuery, callback_data: CardData, turn: Turn) -> None:
    """The whole report, when the card had to cut it."""
    ticket = (await view_ticket(turn.work, turn.person, callback_data.ticket)).ticket
    with about(ticket.id):
        for start in range(0, len(ticket.text), _TEXT_PIECE):
            piece = ticket.text[start : start + _TEXT_PIECE]
            await turn.say(turn.t("staff/full_text", ticket=ticket, text=piece))


@router.callback_query(CardData.filter(F.view == "photos"))
async def show_photos(callback: CallbackQuery, callback_data: CardData, turn: Turn) -> None:
    """Send the photos and videos as albums, then documents and voice notes."""
    view = await view_ticket(turn.work, turn.person, callback_data.ticket)
    caption = turn.t("staff/photo_caption", ticket=view.ticket)
    with about(view.ticket.id):
        await _send_media(turn.bot, turn.person.id, view.attachments, caption)


async def _send_media(bot: Bot, chat: int, files: list[Attachment], caption: str) -> None:
    seen = [file for file in files if file.kind in ("photo", "video")]
    papers = [file for file in files if file.kind == "document"]
    for kind in (seen, papers):
        for start in range(0, len(kind), _ALBUM):
            await _send_album(bot, chat, kind[start : start + _ALBUM], caption)
    for file in files:
        if file.kind == "voice":
            await bot.send_voice(chat, file.file_id, caption=caption)


async def _send_album(bot: Bot, chat: int, files: list[Attachment], caption: str) -> None:
    """One album; a single file goes by itself, since an album needs two."""
    if len(files) > 1:
        # The caption of an album stands on its first part.
        media: list[Any] = [
            _MEDIA[file.kind](media=file.file_id, caption=caption if at == 0 else None)
            for at, file in enumerate(files)
        ]
        await bot.send_media_group(chat, media)
        return
    file = files[0]
    if file.kind == "photo":
        await bot.send_photo(chat, file.file_id, caption=caption)
    elif file.kind == "video":
        await bot.send_video(chat, file.file_id, caption=caption)
    else:
        await bot.send_document(chat, file.file_id, caption=caption)


_MEDIA = {"photo": InputMediaPhoto, "video": InputMediaVideo, "document": InputMediaDocument}

ROUTES = Routes(router=router, commands=frozenset({"ticket"}), callbacks=(CardData,))
