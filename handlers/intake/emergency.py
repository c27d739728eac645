"""Emergencies: answered at once, with a number to call, before anything else and in any state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import Message, TelegramObject

from handlers.context import about, priority
from handlers.doorway_steps import Purpose, end_search, serve, start_search
from handlers.intake.offer import offer_pending, restore
from handlers.keyboards import resident as buttons
from handlers.media import gather
from handlers.places import Search, own_words
from handlers.states import MyTicket
from handlers.turn import Turn
from handlers.words import clean
from models.district import GridNode
from models.place import Place
from models.ticket import Ticket
from workflows.tickets.emergency import place_emergency
from workflows.tickets.resident import add_to_ticket
from workflows.tickets.submit import DraftFile, raise_emergency

PURPOSE = "emergency"
_URGENT = 0
_BOTH = (
    MyTicket.add.state,
    MyTicket.comment.state,
    MyTicket.reopen.state,
    MyTicket.answer.state,
)
"""States in which the words are wanted all the same."""


class EmergencyFirst(BaseMiddleware):
    """Looks at every message for an emergency before its conversation does."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Answer an emergency; anything else goes on to its handler."""
        work, state = data.get("work"), data.get("raw_state")
        if work is None or not isinstance(event, Message) or event.chat.type != "private":
            return await handler(event, data)
        album: Sequence[Message] = data.get("album") or ()
        words = "\n".join(clean(part.text or part.caption) for part in album or (event,))
        if not words.strip() or words.startswith("/"):
            return await handler(event, data)
        kind = work.services.triage.emergency(words)
        if kind is None:
            return await handler(event, data)
        turn = Turn(
            work=work,
            person=data["person"],
            t=data["t"],
            state=data["state"],
            bot=data["bot"],
        )
        await answer_emergency(turn, kind, event, album)
        return await handler(event, data) if state in _BOTH else None


async def answer_emergency(
    turn: Turn, kind: str, message: Message, album: Sequence[Message]
) -> None:
    """The number and what to do, at once; then the ticket that calls people in; then where."""
    district = turn.work.district
    emergency = district.emergency_by_kind[kind]
    home = turn.person.resident.place
    chinese = turn.t.locale.startswith("zh")
    with priority(_URGENT):
        await turn.say(
            turn.t(
                "intake/emergency",
                label=emergency.label_zh if chinese else emergency.label_en,
                numbers=emergency.numbers,
                advice=emergency.advice_zh if chinese else emergency.advice_en,
                property_phone=_property_phone(turn, home) if emergency.property_phone else None,
                hotline=turn.work.policy.emergency_number,
            )
        )
        words, files, _ = gather(message, album)
        ticket = await raise_emergency(
            turn.work, turn.person, kind, words, files, message_id=message.message_id
        )
        await turn.work.session.flush()
        with about(ticket.id):
            await _tell_who_knows(turn, ticket)
    if not _is_placed(turn, ticket):
        await end_search(turn)
        await start_search(turn, Search(purpose=PURPOSE, ticket=ticket.id))


async def _tell_who_knows(turn: Turn, ticket: Ticket) -> None:
    placed = _is_placed(turn, ticket)
    await turn.say(
        turn.t(
            "intake/emergency_raised",
            number=ticket.number,
            assignee=turn.work.district.staff_by_code.get(ticket.assignee or ""),
            address=turn.work.services.gazetteer.describe(ticket.place) if placed else "",
        ),
        buttons.emergency(turn.t, ticket.id or 0),
    )


def _is_placed(turn: Turn, ticket: Ticket) -> bool:
    return ticket.grid != turn.work.district.root.code


def _property_phone(turn: Turn, place: Place | None) -> str | None:
    """The duty phone of the property company, from the courtyard upwards."""
    if place is None or place.grid not in turn.work.district.node_by_code:
        return None
    nodes: Sequence[GridNode] = turn.work.district.path(place.grid)
    return next((node.property_phone for node in nodes if node.property_phone), None)


async def _placed(turn: Turn, search: Search, place: Place) -> None:
    """Pass the place on to those who were called."""
    address = turn.work.services.gazetteer.describe(place)
    spoken = f"{address} · {words}" if (words := own_words(place)) else address
    if search.ticket is not None:
        await place_emergency(turn.work, turn.person, search.ticket, place)
    with about(search.ticket), priority(_URGENT):
        await turn.show(turn.t("intake/emergency_placed", address=spoken))
    await _go_on(turn)


async def _cancelled(turn: Turn) -> None:
    await turn.show(turn.t("intake/emergency_no_place"))
    await _go_on(turn)


async def _go_on(turn: Turn) -> None:
    await restore(turn)
    await offer_pending(turn)


async def _keep_files(turn: Turn, words: str, files: Sequence[DraftFile]) -> bool:
    """Pictures of the danger go to those who were called."""
    raw = (await turn.state.get_data()).get("doorway") or {}
    if raw.get("ticket") is None:
        return False
    await add_to_ticket(turn.work, turn.person, raw["ticket"], words, files)
    return True


serve(
    PURPOSE,
    Purpose(done=_placed, cancel=_cancelled, back=_cancelled, files=_keep_files, matter=True),
)
