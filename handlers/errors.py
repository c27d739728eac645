"""The one place that turns an error into a sentence; the detail is logged, never shown."""

from __future__ import annotations

from aiogram import Bot
from jinja2 import TemplateNotFound

from handlers.texts import Texts
from models.errors import DomainError

UNEXPECTED = "unexpected"


def sentence(t: Texts, error: Exception) -> str:
    """What to say: `errors/<key>` with the error's context, else `errors/unexpected`."""
    if not isinstance(error, DomainError):
        return t(f"errors/{UNEXPECTED}")
    reason = error.context.get("reason")
    if reason is not None:
        try:
            return t(f"errors/{error.key}_{reason}", **error.context)
        except TemplateNotFound:
            pass
    return t(f"errors/{error.key}", **error.context)


async def explain(
    bot: Bot, *, chat_id: int, callback_id: str | None, t: Texts, error: Exception
) -> None:
    """Tell the person; after a press, the spinner on the button ends too."""
    if callback_id is not None:
        await bot.answer_callback_query(callback_id)
    await bot.send_message(chat_id, sentence(t, error))
