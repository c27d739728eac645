"""What staff send outside any conversation: a ticket's number, or a reply to a message about one.

Belongs before the residents' own handlers in the catch-all: it takes only what concerns a ticket
that the person works on, and leaves everything else.
"""

from __future__ import annotations

from aiogram import F
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.types import Message

from handlers.media import gather
from handlers.staff.access import staff_router
from handlers.staff.card import send_card
from handlers.staff.dialogue import open_flow
from handlers.staff.flow import ticket_number
from handlers.staff.show import works_on
from handlers.turn import Turn, not_command
from models.errors import NotFound
from models.lifecycle import Action, State
from workflows.tickets.resident import ticket_of_reply
from workflows.tickets.view import TicketView, find_by_number, view_ticket

router = staff_router(__name__)


@router.message(F.text.func(ticket_number))
async def open_typed_number(message: Message, turn: Turn) -> None:
    """`#1042` opens the card."""
    number = ticket_number(message.text or "")
    if number is None:
        raise SkipHandler
    await send_card(turn, await find_by_number(turn.work, turn.person, number))


@router.message(F.reply_to_message, not_command)
async def reply(message: Message, turn: Turn, album: list[Message]) -> None:
    """A reply to a message about a ticket: to the resident, or a note; asked when unclear."""
    view = await _ticket_worked_on(message, turn)
    action = reply_means(view)
    if action is None:
        raise SkipHandler
    words, files, too_large = gather(message, album)
    if too_large:
        await turn.say(turn.t("staff/file_too_large"))
    if not words and not files:
        raise SkipHandler
    # A reply without words still has to be put into words before it goes to a resident.
    answers = {"text": words} if words or action is not Action.ASK else {}
    await open_flow(turn, view, action, answers=answers, files=files)


async def _ticket_worked_on(message: Message, turn: Turn) -> TicketView:
    """The ticket that the message replied to is about. Skips when it is none of theirs as staff."""
    assert message.reply_to_message is not None  # noqa: S101 - the handler's filter
    link = await ticket_of_reply(turn.work, message.chat.id, message.reply_to_message.message_id)
    if link is None:
        raise SkipHandler
    try:
        view = await view_ticket(turn.work, turn.person, link.ticket_id)
    except NotFound:
        raise SkipHandler from None
    if not works_on(view):
        raise SkipHandler
    return view


def reply_means(view: TicketView) -> Action | None:
    """What a reply to a message about this ticket does: ask, note, or ADD when it is unclear.

    While a question to the resident is open, a reply goes on with that talk.
    """
    ask, note = Action.ASK in view.actions, Action.NOTE in view.actions
    if ask and (view.ticket.state == State.WAITING_RESIDENT or not note):
        return Action.ASK
    if ask:
        return Action.ADD
    return Action.NOTE if note else None
