"""Serving the sandbox with uvicorn in a process or task of its own."""

from __future__ import annotations

import socket

import uvicorn

from web.sandbox.app import create_sandbox_app
from web.sandbox.state import Sandbox


def open_listener(host: str, port: int) -> socket.socket:
    """Return a listening TCP socket; port 0 takes a free one (see `getsockname()`).

    The protocol is named, because asyncio sets TCP_NODELAY only then: without it each answer
    waits 40 ms for a delayed acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(2048)
    return listener


class SandboxServer(uvicorn.Server):
    """A uvicorn server that ends long polls and live pages when it stops, instead of waiting."""

    def __init__(self, sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> None:
        config = uvicorn.Config(
            create_sandbox_app(sandbox),
            host=host,
            port=port,
            access_log=False,
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=3,
            timeout_keep_alive=75,
            ws="none",
        )
        super().__init__(config)
        self._sandbox = sandbox

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what waits, then stop as uvicorn does."""
        self._sandbox.hang_up()
        await super().shutdown(sockets)
