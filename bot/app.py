"""Starting and stopping the whole program in one process."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy.exc import DBAPIError
from telegram.error import InvalidToken, NetworkError

from bot.clock import Clock
from bot.courier import Courier
from bot.database import Database
from bot.district import load_district
from bot.due import DueRunner
from bot.embedded import EmbeddedValkey, exclusive
from bot.health import Health
from bot.metrics import refresh_metrics
from bot.migrate import migrate
from bot.niceties import announce
from bot.photos import Photos
from bot.pictures import PictureLoop
from bot.receiver import Poller, receive_webhook
from bot.runtime import Runtime
from bot.sandbox import open_sandbox
from bot.settings import Settings
from bot.telegram import Client, make_client
from bot.waiting import wait_for
from bot.web import create_web
from bot.worker import Worker
from web.board import create_board
from web.sandbox import Sandbox, create_sandbox_app, open_listener
from web.webhook import create_webhook

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 5.0
"""How long a stop waits for messages that are on their way."""


@dataclass(frozen=True, slots=True)
class Started:
    """A Linmen that takes messages."""

    runtime: Runtime
    address: str
    """Where its pages are, also when a free port was asked for."""


async def serve(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. Raises what `started` raises."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    with contextlib.suppress(Stopped):
        async with started(settings, stopping):
            await stopping.wait()


class Stopped(Exception):
    """The process was told to stop before it was ready."""


@asynccontextmanager
async def started(
    settings: Settings, stopping: asyncio.Event | None = None
) -> AsyncIterator[Started]:
    """Run everything inside the block.

    Raises:
        Stopped: `stopping` was set while the Bot API server was not reached yet.
        bot.district.DistrictError: the sub-district's files have faults.
        bot.embedded.DataFolderInUseError: another Linmen runs on the data folder.
        telegram.error.InvalidToken: the server does not know the token.
        ValueError: the sandbox would be reachable from outside beside a real token.
        OSError: the address is taken.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(exclusive(settings.linmen_data))
        redis = await _open_redis(settings, stack)
        district = load_district(settings.district)
        sandbox = None
        if settings.sandboxed and not settings.bot_api_base:
            sandbox = await open_sandbox(settings, district)
            stack.push_async_callback(sandbox.close)
        clock = Clock(sandbox.clock.now) if sandbox is not None else Clock()
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        await migrate(database)
        stopping = stopping or asyncio.Event()
        runtime = Runtime(
            settings,
            district,
            database=database,
            redis=await redis,
            clock=clock,
            stopping=stopping,
        )
        await runtime.prepare(alone=database.dialect == "sqlite")
        health = Health("chat")
        photos = Photos()
        app = _web(runtime, sandbox, health, photos)
        port = await stack.enter_async_context(_listening(app, settings, sandbox))
        address = f"http://{settings.host}:{port}"
        runtime.open_site(settings.public_url or address)
        client = await _connect(runtime, sandbox, port, stack)
        runtime.introduce(client.bot)
        photos.connect(client)
        await announce(client, settings)
        await stack.enter_async_context(_loops(runtime, client))
        health.ready("chat")
        log.info("ready", address=f"{address}/", sandbox=sandbox is not None)
        yield Started(runtime, address)


def _web(runtime: Runtime, sandbox: Sandbox | None, health: Health, photos: Photos) -> FastAPI:
    app = create_web(health, lambda: refresh_metrics(runtime.database, runtime.clock))
    settings = runtime.settings
    if settings.public_url:
        app.include_router(
            create_webhook(settings.webhook_secret, lambda raw: receive_webhook(runtime, raw))
        )
    app.include_router(create_board(runtime.reading, lambda: _public_name(runtime), photos.fetch))
    if sandbox is not None:
        app.mount("/", create_sandbox_app(sandbox))
    return app


def _public_name(runtime: Runtime) -> str:
    """The bot's name on Telegram; empty in the sandbox, whose name may be a stranger's there."""
    return "" if runtime.settings.sandboxed else runtime.username


async def _connect(
    runtime: Runtime, sandbox: Sandbox | None, port: int, stack: AsyncExitStack
) -> Client:
    """Connect to the Bot API, waiting out a server that is not there yet."""
    settings = runtime.settings
    base = f"http://127.0.0.1:{port}" if sandbox is not None else settings.bot_api_base
    client = make_client(settings.token, base, settings.courier_in_use)
    stack.push_async_callback(client.shutdown)
    wait = 1.0
    while True:
        try:
            await client.initialize()
        except InvalidToken:
            raise
        except NetworkError as error:
            log.warning("server_not_reached", error=type(error).__name__, wait=wait)
            if await wait_for(runtime.stopping, wait):
                raise Stopped from error
            wait = min(30.0, wait * 2)
        else:
            return client


async def _open_redis(settings: Settings, stack: AsyncExitStack) -> Awaitable[Redis | None]:
    """Begin to open Redis; await the result when it is needed."""
    if settings.redis_url == "none":
        return _ready(None)
    if settings.redis_url:
        redis = Redis.from_url(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        return _ready(redis)
    valkey = EmbeddedValkey(settings.linmen_data)
    stack.callback(valkey.stop)
    redis = Redis.from_url(valkey.url)
    stack.push_async_callback(redis.aclose)
    starting = asyncio.get_running_loop().run_in_executor(None, valkey.start)

    async def started() -> Redis | None:
        await starting
        return redis

    return started()


async def _ready(redis: Redis | None) -> Redis | None:
    return redis


@asynccontextmanager
async def _listening(
    app: FastAPI, settings: Settings, sandbox: Sandbox | None
) -> AsyncIterator[int]:
    """Serve HTTP inside the block; gives the port, also when a free one was asked for."""
    listener = open_listener(settings.host, settings.port)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2
    )
    server = _Server(config)
    with contextlib.closing(listener):
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve([listener]), name="http")
            try:
                yield listener.getsockname()[1]
            finally:
                if sandbox is not None:
                    sandbox.hang_up()
                server.should_exit = True


class _Server(uvicorn.Server):
    """A server that leaves the signals to `serve`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def _loops(runtime: Runtime, client: Client) -> AsyncIterator[None]:
    """Run every loop inside the block, then let what is on its way arrive."""
    courier = Courier(
        client,
        database=runtime.database,
        clock=runtime.clock,
        settings=runtime.settings.courier_in_use,
        owner=runtime.owner,
        ready=runtime.outbox_ready,
        stopping=runtime.stopping,
    )
    loops: list[Callable[[], Coroutine[Any, Any, None]]] = [
        Worker(runtime).run,
        courier.run,
        DueRunner(runtime).run,
        PictureLoop(runtime).run,
        runtime.projection.run,
    ]
    if not runtime.settings.public_url:
        loops.append(Poller(runtime, client).run)
    async with asyncio.TaskGroup() as group:
        for loop in loops:
            group.create_task(_keep_running(loop, runtime.stopping))
        try:
            yield
        finally:
            runtime.stop()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(courier.drain(), DRAIN_SECONDS)
    with contextlib.suppress(DBAPIError):  # then they run out
        await runtime.give_back()


async def _keep_running(
    loop: Callable[[], Coroutine[Any, Any, None]], stopping: asyncio.Event
) -> None:
    """Start a loop again when it fails: a fault in one part does not silence the others."""
    while not stopping.is_set():
        try:
            await loop()
        except InvalidToken:
            raise
        except Exception:
            log.exception("loop_failed", loop=loop.__qualname__)
            await wait_for(stopping, 1)
