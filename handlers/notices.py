"""What workflows tell people who did not ask just now: rendered here, sent by the courier.

Which notices there are, for whom and with which buttons, is `workflows.notices.NOTICES`; the words
are in `templates/chat/<locale>/notices/`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup

from handlers.context import about, priority
from handlers.keyboards.deliberation import view_buttons
from handlers.keyboards.my import answer, follow_card, open_card, rate
from handlers.keyboards.staff import open_keyboard
from handlers.sending import send_file
from handlers.texts import Texts
from models.deliberation.core import Deliberation
from models.people import Resident, StaffAccount
from models.ticket import Attachment, Ticket
from workflows.notices import NOTICES, Keyboard, NoticeSpec
from workflows.work import Work

_URGENT, _NOTICE, _BROADCAST = 0, 2, 3

Builder = Callable[[Texts, Ticket], InlineKeyboardMarkup]

_KEYBOARDS: dict[Keyboard, Builder] = {
    "resident_card": lambda t, ticket: open_card(t, ticket.key, ticket.version),
    "rate": lambda t, ticket: rate(t, ticket.key, ticket.version),
    "answer": lambda t, ticket: answer(t, ticket.key, ticket.version),
    "follow_card": lambda t, ticket: follow_card(t, ticket.key, ticket.version),
    "staff_card": open_keyboard,
    "desk_card": open_keyboard,
}


class OutboxNotifier:
    """Tells people over the outbox, in their language, with the buttons of the catalogue."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def resident(
        self, work: Work, resident_id: int, notice: str, **context: Any
    ) -> int | None:
        """Send a notice to a resident; nothing to one that is unknown or was forgotten."""
        resident = await work.session.get(Resident, resident_id)
        if resident is None:
            return None
        return await self._send(work, resident, notice, context, to_staff=False)

    async def staff(self, work: Work, staff_code: str, notice: str, **context: Any) -> int | None:
        """Send a notice to the holder of a post; a vacant post gets none."""
        account = await work.session.get(StaffAccount, staff_code)
        if account is None or not account.active or account.resident_id is None:
            return None
        resident = await work.session.get(Resident, account.resident_id)
        if resident is None:
            return None
        return await self._send(work, resident, notice, context, to_staff=True)

    async def _send(
        self,
        work: Work,
        resident: Resident,
        notice: str,
        context: dict[str, Any],
        *,
        to_staff: bool,
    ) -> int:
        spec = NOTICES[notice]
        t = Texts(resident.locale)
        ticket: Ticket | None = context.get("ticket")
        files: Sequence[Attachment] = context.get("files") or ()
        with (
            about(ticket.key if ticket is not None else None),
            priority(_priority(work, spec)),
        ):
            message = await self._bot.send_message(
                resident.id,
                t(f"notices/{notice}", **context, **board_links(work, context)),
                reply_markup=_keyboard(t, spec, context, to_staff=to_staff),
            )
            for file in files:
                await send_file(self._bot, resident.id, file.kind, file.file_id)
        return message.message_id


def _priority(work: Work, spec: NoticeSpec) -> int:
    if work.broadcast:
        return _BROADCAST
    return _URGENT if spec.urgent else _NOTICE


def board_links(work: Work, context: dict[str, Any]) -> dict[str, Any]:
    """Where the board shows what a notice is about: `board`, for words about a deliberation."""
    deliberation: Deliberation | None = context.get("deliberation")
    if deliberation is None:
        return {}
    return {"board": f"{work.services.site}/board/d/{deliberation.number}"}


def _keyboard(
    t: Texts, spec: NoticeSpec, context: dict[str, Any], *, to_staff: bool
) -> InlineKeyboardMarkup | None:
    """The notice's buttons; a worker who opened a ticket for someone gets the staff card."""
    deliberation: Deliberation | None = context.get("deliberation")
    if deliberation is not None and spec.views:
        return view_buttons(t, deliberation.key, spec.views, context.get("subject_id", 0))
    kind = spec.keyboard
    ticket: Ticket | None = context.get("ticket")
    if kind == "none" or ticket is None:
        return None
    if to_staff and kind in ("resident_card", "answer", "rate"):
        return open_keyboard(t, ticket)
    return _KEYBOARDS[kind](t, ticket)
