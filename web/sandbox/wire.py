"""The thin layer over ASGI that the Bot API routes use: bodies in, JSON out, dropped lines."""

from __future__ import annotations

from typing import Any

from starlette.types import Receive, Scope, Send

from web.sandbox.errors import ApiError
from web.sandbox.params import MAX_BODY


async def read_body(receive: Receive) -> bytes:
    """Return the whole request body.

    Raises:
        ApiError: 413 when it is larger than a bot may upload.
        ConnectionError: when the client hung up before the end.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return bytes(message.get("body", b""))
    parts, size = [message.get("body", b"")], len(message.get("body", b""))
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client hung up")
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise ApiError(413, "Request Entity Too Large")
        parts.append(message.get("body", b""))
    return b"".join(parts)


async def send_json(send: Send, status: int, body: bytes, retry_after: int = 0) -> None:
    """Answer with JSON that is already encoded."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    if retry_after:
        headers.append((b"retry-after", b"%d" % retry_after))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def header(scope: Scope, name: bytes) -> str:
    """Return a request header; empty if it is missing."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


async def wait_for_hang_up(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def drop_line(receive: Receive, send: Send) -> None:
    """Close the connection without an answer.

    uvicorn's transport is cut at once. Under another server, or behind a middleware that hides
    it, the answer begins and breaks off, which clients report as a network error as well.
    """
    transport: Any = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        await wait_for_hang_up(receive)
        return
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/json"), (b"content-length", b"1000000")],
        }
    )
    raise ConnectionResetError("the sandbox drops this line: a fault rule says so")
