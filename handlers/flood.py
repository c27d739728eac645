"""A limit on how much one chat can make us do.

Presses are not counted: they come in bursts from impatient fingers, and each is counted once by
its own rule. Messages beyond the limit are answered once with "slow down" and left unread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import Message, TelegramObject

WINDOW = timedelta(minutes=1)


class Pace(Enum):
    """What to do with a message."""

    FINE = "fine"
    WARN = "warn"
    """The first beyond the limit: say so."""
    IGNORE = "ignore"


class FloodGuard:
    """Counts the messages of each chat within the last minute, in this process."""

    def __init__(self, per_minute: int) -> None:
        self._limit = per_minute
        self._seen: dict[int, deque[datetime]] = {}
        self._warned: dict[int, datetime] = {}

    def note(self, chat_id: int, now: datetime) -> Pace:
        """Count one message of a chat and say what to do with it."""
        seen = self._seen.setdefault(chat_id, deque())
        while seen and now - seen[0] >= WINDOW:
            seen.popleft()
        if len(seen) < self._limit:
            seen.append(now)
            self._forget_idle(now)
            return Pace.FINE
        warned = self._warned.get(chat_id)
        if warned is not None and now - warned < WINDOW:
            return Pace.IGNORE
        self._warned[chat_id] = now
        return Pace.WARN

    def _forget_idle(self, now: datetime) -> None:
        """Drop chats that have been silent, when many have gathered."""
        if len(self._seen) < 10_000:
            return
        self._seen = {c: seen for c, seen in self._seen.items() if now - seen[-1] < WINDOW}
        self._warned = {c: at for c, at in self._warned.items() if now - at < WINDOW}


class SlowDown(BaseMiddleware):
    """Stands before all conversations and lets through what is within the limit."""

    def __init__(self, per_minute: int) -> None:
        self._guard = FloodGuard(per_minute)

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Hand a message on, answer it with "slow down", or leave it unread."""
        if not isinstance(event, Message):
            return await handler(event, data)
        pace = self._guard.note(event.chat.id, data["work"].now)
        if pace is Pace.FINE:
            return await handler(event, data)
        if pace is Pace.WARN:
            await event.answer(data["t"]("errors/slow_down"))
        return None
