"""The cheapest HTTP client that the benchmarks' driver can do with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any


def as_json(value: Any) -> bytes:
    """A request's body."""
    return json.dumps(value, ensure_ascii=False).encode()


class Wire:
    """HTTP/1.1 over a few kept connections; requests that belong together are pipelined."""

    def __init__(self, address: str, connections: int = 4) -> None:
        host, _, port = address.removeprefix("http://").partition(":")
        self._target = (host, int(port))
        self._connections = connections
        self._free: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.LifoQueue()
        )

    async def open(self) -> None:
        """Open the connections."""
        for _ in range(self._connections):
            self._free.put_nowait(await asyncio.open_connection(*self._target, limit=2**26))

    async def close(self) -> None:
        """Close those that are free."""
        while not self._free.empty():
            _, writer = self._free.get_nowait()
            writer.close()
            await writer.wait_closed()

    async def ask(self, method: str, path: str, body: bytes = b"") -> Any:
        """One request; the JSON of its answer."""
        return (await self._pipeline(method, [(path, body)]))[0]

    async def post_all(self, requests: Sequence[tuple[str, bytes]]) -> list[Any]:
        """Many POST requests, pipelined over all connections; their answers in order."""
        share = -(-len(requests) // self._connections) or 1
        parts = [requests[start : start + share] for start in range(0, len(requests), share)]
        answers = await asyncio.gather(*(self._pipeline("POST", part) for part in parts))
        return [answer for part in answers for answer in part]

    async def _pipeline(self, method: str, requests: Sequence[tuple[str, bytes]]) -> list[Any]:
        reader, writer = connection = await self._free.get()
        writer.write(
            b"".join(
                b"%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (method.encode(), path.encode(), len(body), body)
                for path, body in requests
            )
        )
        answers = [await self._answer(reader, path) for path, _ in requests]
        self._free.put_nowait(connection)
        return answers

    @staticmethod
    async def _answer(reader: asyncio.StreamReader, path: str) -> Any:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:])
            for line in head.lower().split(b"\r\n")
            if line[:15] == b"content-length:"
        )
        body = await reader.readexactly(length)
        if head[9:12] not in (b"200", b"201"):
            raise RuntimeError(f"{path}: {head[:12].decode()} {body[:300].decode()}")
        return json.loads(body)
