"""Telegram's limits on sending, switched on by a fault rule of kind `limits`.

core.telegram.org/bots/faq: about 30 messages a second overall, one a second in one chat (short
bursts pass), 20 a minute in one group.
"""

from __future__ import annotations

import math
from collections import deque

_OVERALL = (30, 1.0)
_PRIVATE = (3, 3.0)  # one a second on average, a burst of three
_GROUP = (20, 60.0)
SENDING = frozenset(
    [
        "sendmessage",
        "sendphoto",
        "sendvoice",
        "senddocument",
        "sendmediagroup",
        "sendlocation",
        "sendvideo",
        "sendcontact",
        "copymessage",
        "forwardmessage",
    ]
)


class Limits:
    """Sliding windows of when messages were sent."""

    def __init__(self) -> None:
        self._sent: dict[int, deque[float]] = {}

    def clear(self) -> None:
        """Forget what was sent."""
        self._sent.clear()

    def check(self, chat: int, now: float) -> int:
        """Count one message; return 0, or the seconds to wait when there are too many."""
        windows = [(0, _OVERALL), (chat, _PRIVATE if chat > 0 else _GROUP)]
        wait = 0.0
        for key, (most, seconds) in windows:
            sent = self._sent.setdefault(key, deque())
            while sent and sent[0] <= now - seconds:
                sent.popleft()
            if len(sent) >= most:
                wait = max(wait, sent[0] + seconds - now)
        if wait > 0:
            return max(1, math.ceil(wait))
        for key, _ in windows:
            self._sent[key].append(now)
        return 0
