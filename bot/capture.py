"""An aiogram session that writes each Bot API call to the outbox instead of the network.

Handlers stay plain aiogram (`await message.answer(...)`); what they say leaves with the commit of
the transaction that handled the update, or not at all (DESIGN, the central idea).
"""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import SendMediaGroup, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, InputFile, Message

from bot.buttons import ButtonSigner
from bot.transaction import current_transaction
from handlers.context import priority_of_send, ticket_in_focus

_MESSAGE_METHODS = frozenset(
    {
        "sendMessage",
        "sendPhoto",
        "sendVoice",
        "sendVideo",
        "sendDocument",
        "sendLocation",
        "sendMediaGroup",
    }
)
_LINKED = _MESSAGE_METHODS | {"editMessageText"}
"""Calls after which a message is about the ticket in focus."""
_CHAT = Chat(id=0, type="private")
_MESSAGE = Message(message_id=0, date=datetime(2000, 1, 1, tzinfo=UTC), chat=_CHAT)
"""What answers are copied from: giving a message its hundred defaults anew costs ten times more."""


class OutboxSession(BaseSession):
    """Captures calls. Only what can be replayed later is possible; reading methods are not."""

    def __init__(self, signer: ButtonSigner) -> None:
        super().__init__()
        self._signer = signer

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - the library's signature
    ) -> TelegramType:
        """Keep the call with the transaction and answer as the server will."""
        name = method.__api_method__
        values = method.model_dump(warnings=False)
        chat_id = _chat_of(values)
        if (markup := values.get("reply_markup")) and chat_id is not None:
            self._signer.sign_markup(chat_id, markup)
        uploads: dict[str, InputFile] = {}
        payload = {
            key: prepared
            for key, value in values.items()
            if (prepared := self.prepare_value(value, bot=bot, files=uploads)) is not None
        }
        ref = current_transaction().enqueue(
            name,
            payload,
            chat_id=chat_id,
            priority=priority_of_send.get(),
            ticket_id=ticket_in_focus.get() if name in _LINKED else None,
            files=await _read_uploads(bot, uploads),
        )
        return cast("TelegramType", _answer(bot, method, name, values, chat_id, ref))

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,  # noqa: ASYNC109 - the library's signature
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """Refuse: nothing is fetched inside a transaction."""
        raise RuntimeError("nothing is downloaded inside a transaction")
        yield b""  # pragma: no cover - makes this an asynchronous generator

    async def close(self) -> None:
        """Hold no connection, so close none."""


def _chat_of(values: dict[str, Any]) -> int | None:
    chat_id = values.get("chat_id")
    return int(chat_id) if chat_id is not None else None


async def _read_uploads(bot: Bot, uploads: dict[str, InputFile]) -> dict[str, Any] | None:
    if not uploads:
        return None
    files = {}
    for name, upload in uploads.items():
        data = b"".join([chunk async for chunk in upload.read(bot)])
        files[name] = {"name": upload.filename or name, "data": base64.b64encode(data).decode()}
    return files


def _answer(
    bot: Bot,
    method: TelegramMethod[Any],
    name: str,
    values: dict[str, Any],
    chat_id: int | None,
    ref: int,
) -> Any:
    if name not in _MESSAGE_METHODS or chat_id is None:
        return True
    kind = "private" if chat_id > 0 else "group"
    message = _MESSAGE.model_copy(
        update={
            "message_id": ref,
            "date": current_transaction().now,
            "chat": _CHAT.model_copy(update={"id": chat_id, "type": kind}),
            "text": values.get("text"),
            "caption": values.get("caption"),
        }
    ).as_(bot)
    return [message] if isinstance(method, SendMediaGroup) else message
