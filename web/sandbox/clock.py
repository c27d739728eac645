"""The sandbox's own clock: real time plus an offset that tests may advance."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable


class SandboxClock:
    """Seconds since the epoch (UTC). Advancing it wakes whoever waits for a later time."""

    def __init__(self, base: Callable[[], float], offset: float = 0.0) -> None:
        self._base = base
        self.offset = offset
        self._advanced = asyncio.Event()

    def now(self) -> float:
        """Return the sandbox's time."""
        return self._base() + self.offset

    def advance(self, seconds: float) -> None:
        """Move the clock by so many seconds and wake everyone who waits on it."""
        self.offset += seconds
        self._advanced.set()
        self._advanced = asyncio.Event()

    async def sleep_until(self, when: float) -> None:
        """Return once `now()` has reached `when`, by passing time or by `advance`."""
        while (left := when - self.now()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._advanced.wait(), left)
