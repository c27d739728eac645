"""Who waits for news: readers of one chat, and live pages (server-sent events)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

_BACKLOG = 2000  # events a slow page may lag behind before it is told to read all anew
_HEARTBEAT = 20.0  # seconds between comments that keep a quiet connection open


@dataclass(eq=False)
class _Stream:
    """One live page."""

    wants: Callable[[int | None], bool]
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(_BACKLOG))


class Hub:
    """Counts changes (`seq`), wakes readers and feeds live pages."""

    def __init__(self) -> None:
        self.seq = 0
        self._waiters: dict[int, set[asyncio.Future[None]]] = {}
        self._streams: set[_Stream] = set()
        self.closed = False

    def next_seq(self) -> int:
        """Return the next running number of a change."""
        self.seq += 1
        return self.seq

    def publish(self, chat: int | None, event: Callable[[], dict[str, Any]]) -> None:
        """Tell readers of the chat and live pages; `event` is only built when a page listens.

        A chat of None concerns every page.
        """
        for waiter in self._waiters.pop(chat, ()) if chat is not None else ():
            if not waiter.done():
                waiter.set_result(None)
        data: bytes | None = None
        for stream in self._streams:
            if not stream.wants(chat):
                continue
            if data is None:
                data = b"data: " + orjson.dumps(event()) + b"\n\n"
            _feed(stream, data)

    async def wait(self, chat: int, timeout: float) -> None:  # noqa: ASYNC109 (a long poll's own)
        """Return at the next change in the chat, after `timeout` seconds, or at the end."""
        if self.closed:
            return
        waiter = asyncio.get_running_loop().create_future()
        waiters = self._waiters.setdefault(chat, set())
        waiters.add(waiter)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(waiter, timeout)
        finally:
            waiters.discard(waiter)

    @contextlib.contextmanager
    def listening(self, wants: Callable[[int | None], bool]) -> Iterator[AsyncIterator[bytes]]:
        """Register a live page at once; the iterator yields server-sent events."""
        stream = _Stream(wants)
        self._streams.add(stream)
        try:
            yield self._events(stream)
        finally:
            self._streams.discard(stream)

    async def _events(self, stream: _Stream) -> AsyncIterator[bytes]:
        yield b"retry: 700\n" + b'data: {"type":"hello","seq":%d}\n\n' % self.seq
        while not self.closed:
            try:
                data = await asyncio.wait_for(stream.queue.get(), _HEARTBEAT)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if data is None:
                return
            yield data

    def close(self) -> None:
        """End all waiting, so that the HTTP server can stop."""
        self.closed = True
        for waiters in self._waiters.values():
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
        for stream in self._streams:
            _feed(stream, None)


def _feed(stream: _Stream, data: bytes | None) -> None:
    try:
        stream.queue.put_nowait(data)
    except asyncio.QueueFull:
        while not stream.queue.empty():
            stream.queue.get_nowait()
        stream.queue.put_nowait(b'data: {"type":"reload"}\n\n' if data is not None else None)
