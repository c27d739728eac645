"""When a message may leave: the limits of the Bot API that no library keeps for us.

`AIORateLimiter` keeps the total and the groups. Above it stand, here: about one message a second
in one private chat with short bursts (Telegram's bot FAQ), and the pause after a 429, which is
kept in the database so that every courier and a restarted one honour it.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.settings import CourierSettings


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class ChatPacer:
    """A token bucket for each private chat. Times are seconds of any steady clock."""

    def __init__(self, settings: CourierSettings) -> None:
        self._rate = settings.chat_messages_per_second
        self._burst = float(settings.chat_burst)
        self._buckets: dict[int, _Bucket] = {}

    def wait(self, chat_id: int | None, now: float) -> float:
        """Seconds until the chat may get one more message; 0.0 now."""
        if self._rate == 0 or chat_id is None:
            return 0.0
        tokens = self._tokens(chat_id, now)
        return 0.0 if tokens >= 1 else (1 - tokens) / self._rate

    def spend(self, chat_id: int | None, now: float) -> None:
        """Count one message to the chat."""
        if self._rate == 0 or chat_id is None:
            return
        self._buckets[chat_id] = _Bucket(self._tokens(chat_id, now) - 1, now)
        if len(self._buckets) > 20_000:
            self._forget_full(now)

    def _tokens(self, chat_id: int, now: float) -> float:
        bucket = self._buckets.get(chat_id)
        if bucket is None:
            return self._burst
        return min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)

    def _forget_full(self, now: float) -> None:
        """Drop chats that are back at their full burst: a new bucket would be the same."""
        self._buckets = {
            chat: bucket
            for chat, bucket in self._buckets.items()
            if self._tokens(chat, now) < self._burst
        }
