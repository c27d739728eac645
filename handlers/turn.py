"""One turn of a conversation with a resident: who, in which words, and where the answer goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiogram import BaseMiddleware, Bot, F, Router
from aiogram.enums import ChatType
from aiogram.fsm.context import FSMContext
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardMarkup,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    TelegramObject,
)

from handlers.texts import Texts
from workflows.work import Person, Work

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None


@dataclass(slots=True)
class Turn:
    """What a step of a conversation needs, for a message as for a tap."""

    work: Work
    person: Person
    t: Texts
    state: FSMContext
    bot: Bot
    tapped: Message | None = None
    """The message whose button was tapped, until it was edited once."""

    async def say(self, text: str, markup: Markup = None) -> None:
        """Send a new message to the person."""
        await self.bot.send_message(self.person.id, text, reply_markup=markup)

    async def show(self, text: str, markup: InlineKeyboardMarkup | None = None) -> None:
        """Put the text in place of the tapped message, or send it when nothing was tapped.

        Old buttons so never linger after a tap.
        """
        tapped, self.tapped = self.tapped, None
        if tapped is not None and tapped.text is not None:
            await tapped.edit_text(text, reply_markup=markup)
            return
        if tapped is not None:
            await tapped.edit_reply_markup(reply_markup=None)
        await self.say(text, markup)

    async def unbutton(self) -> None:
        """Take the buttons off the tapped message and leave its words."""
        tapped, self.tapped = self.tapped, None
        if tapped is not None:
            await tapped.edit_reply_markup(reply_markup=None)

    def speak(self, locale: str) -> None:
        """Go on in another language."""
        self.t = Texts(locale)


def is_command(message: Message) -> bool:
    """Whether the message is a command: it starts with a slash and a letter."""
    text = message.text or ""
    return len(text) > 1 and text[0] == "/" and text[1].isascii() and text[1].isalpha()


def not_command(message: Message) -> bool:
    """Whether the message is anything but a command."""
    return not is_command(message)


class WithTurn(BaseMiddleware):
    """Gives handlers a `turn`; a tap is answered at once, so that its button stops spinning."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Build the turn from what the engine injected."""
        tapped = None
        if isinstance(event, CallbackQuery):
            await event.answer()
            tapped = event.message if isinstance(event.message, Message) else None
        data["turn"] = Turn(
            work=data["work"],
            person=data["person"],
            t=data["t"],
            state=data["state"],
            bot=data["bot"],
            tapped=tapped,
        )
        return await handler(event, data)


def resident_router(name: str) -> Router:
    """A router of a conversation in private, whose handlers get a `turn`.

    A group never sees anything of a person's matters: there the catch-all answers.
    """
    router = Router(name=name)
    router.message.filter(F.chat.type == ChatType.PRIVATE)
    router.edited_message.filter(F.chat.type == ChatType.PRIVATE)
    router.message.middleware(WithTurn())
    router.edited_message.middleware(WithTurn())
    router.callback_query.middleware(WithTurn())
    return router
