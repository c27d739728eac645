"""Both ends of a chat in one process: real routers and workflows, a recorded Bot API."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, cast

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.base import BaseSession
from aiogram.enums import ParseMode
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageReplyMarkup,
    EditMessageText,
    SendMediaGroup,
    TelegramMethod,
)
from aiogram.types import (
    CallbackQuery,
    Chat,
    InlineKeyboardMarkup,
    Message,
    MessageEntity,
    PhotoSize,
    Update,
    User,
)

from handlers.context import ticket_in_focus
from handlers.dispatcher import build_dispatcher
from handlers.errors import sentence
from handlers.texts import Texts
from models.errors import DomainError
from models.ticket import MessageLink
from tests.workflows.town import Town
from workflows.work import Person

DAY = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass
class Shown:
    """A message of the bot as it stands in the chat now."""

    id: int
    text: str
    markup: InlineKeyboardMarkup | None = None

    @property
    def buttons(self) -> list[str]:
        rows = self.markup.inline_keyboard if self.markup else []
        return [button.text for row in rows for button in row]


class RecordedApi(BaseSession):
    """Answers every call and keeps what each chat shows."""

    def __init__(self) -> None:
        super().__init__()
        self.chats: dict[int, list[Shown]] = {}
        self.calls: list[TelegramMethod[Any]] = []
        self.links: list[tuple[int, int, int]] = []
        self._ids = count(100)

    async def make_request(self, bot: Bot, method: Any, timeout: int | None = None) -> Any:
        self.calls.append(method)
        if isinstance(method, AnswerCallbackQuery):
            return True
        chat = self.chats.setdefault(int(method.chat_id), [])
        if isinstance(method, EditMessageText | EditMessageReplyMarkup):
            shown = next(m for m in chat if m.id == method.message_id)
            shown.markup = method.reply_markup
            if isinstance(method, EditMessageText):
                shown.text = method.text
            return True
        if isinstance(method, SendMediaGroup):
            return []
        shown = Shown(
            next(self._ids),
            getattr(method, "text", None) or "",
            getattr(method, "reply_markup", None),
        )
        if not isinstance(shown.markup, InlineKeyboardMarkup):
            shown.markup = None
        chat.append(shown)
        if (ticket := ticket_in_focus.get()) is not None:
            self.links.append((int(method.chat_id), shown.id, ticket))
        return Message(
            message_id=shown.id, date=DAY, chat=Chat(id=method.chat_id, type="private")
        ).as_(bot)

    async def stream_content(self, *args: Any, **kwargs: Any) -> AsyncGenerator[bytes, None]:
        raise AssertionError("nothing is downloaded")
        yield b""

    async def close(self) -> None:
        pass


class Counter:
    """The bot with its people."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.api = RecordedApi()
        self.bot = Bot(
            "42:TEST", session=self.api, default=DefaultBotProperties(parse_mode=ParseMode.HTML)
        )
        self.bot._me = User(id=42, is_bot=True, first_name="Linmen", username="linmen_bot")
        self.dispatcher: Dispatcher = build_dispatcher(MemoryStorage(), messages_per_minute=1000)
        self.updates = count(1)

    def chat(self, person: Person) -> ChatOf:
        return ChatOf(self, person)


class ChatOf:
    """One person's chat with the bot."""

    def __init__(self, counter: Counter, person: Person) -> None:
        self.counter = counter
        self.person = person
        self.user = User(id=person.id, is_bot=False, first_name="x")
        self._ids = count(1_000_000)

    @property
    def messages(self) -> list[Shown]:
        return self.counter.api.chats.setdefault(self.person.id, [])

    @property
    def last(self) -> Shown:
        return self.messages[-1]

    async def say(
        self, text: str | None = None, *, reply_to: Shown | None = None, photo: str | None = None
    ) -> None:
        """Send words, a photo with a caption, or a reply."""
        entities = None
        if text and text.startswith("/"):
            length = len(text.split()[0])
            entities = [MessageEntity(type="bot_command", offset=0, length=length)]
        sizes = (
            [PhotoSize(file_id=photo, file_unique_id=photo, width=9, height=9)] if photo else None
        )
        chat = Chat(id=self.person.id, type="private")
        message = Message(
            message_id=next(self._ids),
            date=DAY,
            chat=chat,
            from_user=self.user,
            text=None if photo else text,
            caption=text if photo else None,
            photo=sizes,
            entities=None if photo else entities,
            reply_to_message=None
            if reply_to is None
            else Message(message_id=reply_to.id, date=DAY, chat=chat, text=reply_to.text),
        )
        await self._feed(message=message)

    async def tap(self, label: str, *, on: Shown | None = None) -> None:
        """Press the button with these words on the newest message that has it."""
        for shown in [on] if on else reversed(self.messages):
            rows = shown.markup.inline_keyboard if shown.markup else []
            for button in (b for row in rows for b in row):
                if label in button.text:
                    await self.press(shown, button.callback_data or "")
                    return
        raise AssertionError(f"no button {label!r}: {[m.buttons for m in self.messages]}")

    async def press(self, shown: Shown, data: str) -> None:
        message = Message(
            message_id=shown.id,
            date=DAY,
            chat=Chat(id=self.person.id, type="private"),
            text=shown.text,
            reply_markup=shown.markup,
        )
        query = CallbackQuery(
            id=str(next(self._ids)),
            from_user=self.user,
            chat_instance="x",
            message=message,
            data=data,
        )
        await self._feed(callback_query=query)

    async def _feed(self, **event: Any) -> None:
        """Handle one update as the engine does: one savepoint, errors become sentences."""
        counter, town = self.counter, self.counter.town
        update = Update(update_id=next(counter.updates), **event)
        t = Texts(self.person.locale)
        try:
            async with town.session.begin_nested():
                await counter.dispatcher.feed_update(
                    counter.bot,
                    update,
                    work=town.work,
                    person=self.person,
                    t=t,
                    album=[],
                    bot_username="linmen_bot",
                )
        except DomainError as error:
            await counter.bot.send_message(self.person.id, sentence(t, error))
        for chat_id, message_id, ticket_id in counter.api.links:
            town.session.add(
                MessageLink(chat_id=chat_id, message_id=message_id, ticket_id=ticket_id)
            )
        counter.api.links.clear()
        await town.session.flush()


def never_told(chat: ChatOf, *secrets: object) -> bool:
    """Whether none of these words was ever sent to the chat."""
    calls = [cast(Any, call) for call in chat.counter.api.calls]
    mine = [call for call in calls if getattr(call, "chat_id", None) == chat.person.id]
    sent = [str(call.model_dump(warnings=False)) for call in mine]
    return not any(str(secret) in words for words in sent for secret in secrets)
