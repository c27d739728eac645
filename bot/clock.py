"""The one source of time. Everything else gets `now` passed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Wall-clock time in UTC, from `source` (seconds since the epoch).

    In the sandbox the source is the sandbox's clock, which can be moved forward.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source

    def now(self) -> datetime:
        """The present moment, timezone-aware UTC."""
        return datetime.fromtimestamp(self._source(), UTC)


class ManualClock(Clock):
    """A clock that stands still until it is advanced."""

    def __init__(self, start: datetime) -> None:
        self._at = start
        super().__init__(self._read)

    def _read(self) -> float:
        return self._at.timestamp()

    def advance(self, seconds: float) -> None:
        """Move forward. Raises ValueError for a negative step: time never runs back here."""
        if seconds < 0:
            raise ValueError("time cannot be moved back")
        self._at += timedelta(seconds=seconds)
