"""A reply to a message about a ticket lands on that ticket, whatever else is going on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import Message, TelegramObject

from handlers.context import about
from handlers.intake.offer import offer_pending
from handlers.keyboards import my as buttons
from handlers.media import gather
from handlers.states import MyTicket
from handlers.turn import Turn, is_command
from models.errors import NotFound
from models.lifecycle import Action
from models.ticket import Ticket
from workflows.tickets.resident import add_to_ticket, answer_question, ticket_of_reply
from workflows.tickets.submit import DraftFile
from workflows.tickets.view import TicketView, view_ticket


class ReplyFirst(BaseMiddleware):
    """Takes replies to messages about the person's own tickets before a form does."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Land a reply; anything else goes on to its handler."""
        if (
            data.get("work") is None
            or not isinstance(event, Message)
            or event.reply_to_message is None
            or event.chat.type != "private"
            or is_command(event)
        ):
            return await handler(event, data)
        turn = Turn(data["work"], data["person"], data["t"], data["state"], data["bot"])
        view = await ticket_replied_to(turn, event)
        if view is None or await _is_asked_about(turn, data.get("raw_state"), view):
            return await handler(event, data)
        await land(turn, view, event, data.get("album") or [])
        return None


async def _is_asked_about(turn: Turn, state: str | None, view: TicketView) -> bool:
    """Whether the conversation just now waits for words on that very ticket."""
    if state is None or not state.startswith(MyTicket.__full_group_name__):
        return False
    mine = (await turn.state.get_data()).get("my") or {}
    return bool(mine.get("id") == view.ticket.id)


async def ticket_replied_to(turn: Turn, message: Message) -> TicketView | None:
    """The person's own ticket that the message replied to is about, or None."""
    replied = message.reply_to_message
    if replied is None:
        return None
    link = await ticket_of_reply(turn.work, message.chat.id, replied.message_id)
    if link is None:
        return None
    try:
        view = await view_ticket(turn.work, turn.person, link.ticket_id)
    except NotFound:
        return None
    return view if view.is_reporter else None


async def land(turn: Turn, view: TicketView, message: Message, album: list[Message]) -> None:
    """Answer the worker's question, add to the ticket, or say that it is closed."""
    text, files, too_large = gather(message, album)
    if too_large:
        await turn.say(turn.t("bad_input/too_large"))
    if not text and not files:
        if not too_large:
            await turn.say(turn.t("bad_input/unreadable"))
        return
    if Action.ANSWER in view.actions:
        await give_answer(turn, view.ticket.key, text, files)
    elif Action.ADD in view.actions:
        await give_addition(turn, view.ticket.key, text, files, message.message_id)
    else:
        await keep_words(turn, view.ticket, text, files)
        with about(view.ticket.id):
            await turn.say(
                turn.t("my/closed_reply", number=view.ticket.number),
                buttons.after_close(
                    turn.t,
                    view.ticket.key,
                    view.ticket.version,
                    reopen=Action.REOPEN in view.actions,
                ),
            )
        return
    await offer_pending(turn)


async def keep_words(turn: Turn, ticket: Ticket, text: str, files: list[DraftFile]) -> None:
    """Keep words for a closed ticket until it is clear what they are for."""
    await turn.state.update_data(
        said={
            "id": ticket.id,
            "text": text,
            "files": [file.model_dump(mode="json") for file in files],
        }
    )


async def take_words(turn: Turn, ticket_id: int) -> tuple[str, list[DraftFile]] | None:
    """The words kept for a closed ticket, taken out; None when there are none."""
    data = await turn.state.get_data()
    said = data.get("said")
    if not said or said["id"] != ticket_id:
        return None
    del data["said"]
    await turn.state.set_data(data)
    return said["text"], [DraftFile.model_validate(file) for file in said["files"]]


async def give_answer(turn: Turn, ticket_id: int, text: str, files: list[DraftFile]) -> None:
    """Pass an answer on to the worker who asked."""
    ticket = await answer_question(turn.work, turn.person, ticket_id, text, files)
    await _confirm(turn, ticket, "my/answered")


async def give_addition(
    turn: Turn, ticket_id: int, text: str, files: list[DraftFile], message_id: int
) -> None:
    """Add words or files to the ticket."""
    ticket = await add_to_ticket(
        turn.work, turn.person, ticket_id, text, files, message_id=message_id
    )
    await _confirm(turn, ticket, "my/added")


async def _confirm(turn: Turn, ticket: Ticket, template: str) -> None:
    with about(ticket.id):
        await turn.say(
            turn.t(
                template,
                number=ticket.number,
                assignee=turn.work.district.staff_by_code.get(ticket.assignee or ""),
            ),
            buttons.open_card(turn.t, ticket.key, ticket.version),
        )
