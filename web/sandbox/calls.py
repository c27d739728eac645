"""The log of every Bot API call, for tests and benchmarks."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from web.sandbox.store import Store

_KEPT = 200_000


@dataclass(slots=True)
class Call:
    """One call: when it came (sandbox time, UTC seconds), how long it took (seconds), its end."""

    id: int
    time: float
    took: float
    method: str
    chat: int | None
    status: int  # the HTTP status; 0 when the connection was dropped without an answer
    detail: dict[str, Any]

    def view(self) -> dict[str, Any]:
        """Return the call as the log route shows it."""
        return {
            "id": self.id,
            "time": self.time,
            "took": self.took,
            "method": self.method,
            "chat_id": self.chat,
            "status": self.status,
            **self.detail,
        }


class CallLog:
    """The last calls, in order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._calls: deque[Call] = deque(maxlen=_KEPT)
        self.last_id = 0
        self._added: asyncio.Event | None = None

    def load(self) -> None:
        """Read the log from the store."""
        rows = self._store.read(
            "SELECT id, time, took, method, chat, status, detail FROM calls ORDER BY id"
        )
        for number, came, took, method, chat, status, detail in rows:
            self._calls.append(Call(number, came, took, method, chat, status, orjson.loads(detail)))
        self.last_id = self._calls[-1].id if self._calls else 0

    def add(
        self,
        time: float,
        took: float,
        method: str,
        chat: int | None,
        status: int,
        detail: dict[str, Any],
    ) -> None:
        """Append a call."""
        self.last_id += 1
        self._calls.append(Call(self.last_id, time, took, method, chat, status, detail))
        self._store.write(
            "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.last_id, time, took, method, chat, status, orjson.dumps(detail)),
        )

        if self._added is not None:
            self._added.set()
            self._added = None

    async def wait(self, timeout: float) -> None:  # noqa: ASYNC109 (a long poll's own)
        """Return at the next call, or after `timeout` seconds."""
        if self._added is None:
            self._added = asyncio.Event()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._added.wait(), timeout)

    def after(self, number: int, method: str, chat: int | None, limit: int) -> list[dict[str, Any]]:
        """Return the calls after this id, oldest first; method "" and chat None mean any."""
        first = self._calls[0].id if self._calls else 1
        start = max(0, number + 1 - first)
        found = (
            call.view()
            for call in islice(self._calls, start, None)
            if (not method or call.method.lower() == method) and chat in (None, call.chat)
        )
        return list(islice(found, limit))

    def clear(self) -> None:
        """Forget all calls; their numbers go on."""
        self._calls.clear()
