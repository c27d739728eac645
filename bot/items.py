"""An update in the worker's hands: who sent it, and what is written down of it at the end."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.inbox import JsonObject, kind_of
from models.messaging import InboxUpdate


@dataclass(slots=True)
class Item:
    """An update to handle, with the other parts when it is an album."""

    row_ids: list[int]
    parts: list[JsonObject]
    chat_id: int
    secret: bool = False
    """Whether it turned out to hold a secret choice: then nothing of it is kept."""


async def note(
    session: AsyncSession,
    items: list[Item],
    *,
    status: str,
    done_at: datetime | None,
    trace: str | None,
) -> None:
    """Write down what became of updates, and empty those that hold a secret choice.

    Their digest goes too: whoever can guess all the rest would find the choice by trying.
    """
    values = {"status": status, "done_at": done_at, "error": trace}
    for secret in (False, True):
        row_ids = [id_ for item in items if item.secret is secret for id_ in item.row_ids]
        if row_ids:
            await session.execute(
                update(InboxUpdate)
                .where(col(InboxUpdate.id).in_(row_ids))
                .values(values | ({"raw": b"", "digest": ""} if secret else {}))
                .execution_options(synchronize_session=False)
            )


def trace_of(item: Item, error: Exception) -> str:
    """The traceback to keep; of a secret update without what the error says, which may be it."""
    if item.secret:
        return "".join(traceback.format_tb(error.__traceback__))[-8000:] + type(error).__name__
    return "".join(traceback.format_exception(error))[-8000:]


def sender_of(part: JsonObject) -> dict[str, Any] | None:
    """Who sent it; None for a channel, a bot, or an update without anybody."""
    body = part.get(kind_of(part))
    sender = body.get("from") if isinstance(body, dict) else None
    if not isinstance(sender, dict) or sender.get("is_bot"):
        return None
    return sender


def album_of(part: JsonObject) -> str | None:
    """What its parts share when it is one of an album."""
    message = part.get("message")
    group = message.get("media_group_id") if isinstance(message, dict) else None
    return group if isinstance(group, str) else None


def name_of(sender: dict[str, Any]) -> str:
    """The display name of the chat app."""
    parts = (sender.get("first_name") or "", sender.get("last_name") or "")
    return " ".join(part for part in parts if part)
