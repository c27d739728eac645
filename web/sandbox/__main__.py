"""`python -m web.sandbox`: the sandbox alone, for tests and benchmarks."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import orjson

from web.sandbox.chats import Person
from web.sandbox.guard import check_exposure
from web.sandbox.server import SandboxServer, open_listener
from web.sandbox.state import Sandbox

_PEOPLE = Path(__file__).parents[2] / "templates" / "web" / "sandbox" / "people.json"
"""Whom the sandbox alone offers to play."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m web.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free port")
    parser.add_argument("--data", type=Path, help="folder to keep everything in; none: memory")
    parser.add_argument("--token", default="4242:sandbox-token", help="the bot's token")
    parser.add_argument("--username", default="LinmenBot", help="the bot's username")
    return parser.parse_args()


def _people() -> list[Person]:
    return [Person(**entry) for entry in orjson.loads(_PEOPLE.read_bytes())]


async def _serve(arguments: argparse.Namespace) -> None:
    database = None if arguments.data is None else arguments.data / "sandbox.sqlite3"
    sandbox = Sandbox(
        database, token=arguments.token, bot_username=arguments.username, people=_people()
    )
    await sandbox.start()
    listener = open_listener(arguments.host, arguments.port)
    address = f"http://{arguments.host}:{listener.getsockname()[1]}"
    sys.stdout.write(f"{address}\n")  # scripts read the port from this line
    sys.stdout.flush()
    try:
        await SandboxServer(sandbox).serve(sockets=[listener])
    finally:
        await sandbox.close()


def main() -> None:
    """Run until interrupted."""
    arguments = _arguments()
    check_exposure(arguments.host, bot_token_is_real=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn stops on these and raises them again afterwards: by then all is closed
        signal.signal(number, lambda *_: None)
    asyncio.run(_serve(arguments))


if __name__ == "__main__":
    main()
