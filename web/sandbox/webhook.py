"""Delivery of updates by POST, as the Bot API server does it: order per lane, retries, back-off."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from web.sandbox.clock import SandboxClock
from web.sandbox.errors import bad_request
from web.sandbox.updates import Update, UpdateQueue

_MAX_DELAY = 60.0  # seconds; Telegram spreads the longest wait over 60 to 120
_TIMEOUT = 60.0  # seconds a webhook may take


def check_url(url: str) -> None:
    """Refuse addresses beyond this machine: the sandbox talks to nobody else.

    Raises:
        ApiError: 400 in the form of Telegram's own refusals.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise bad_request("invalid webhook URL specified")
    if host == "localhost":
        return
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    raise bad_request("bad webhook: the sandbox delivers to loopback addresses only")


@dataclass(slots=True)
class _Failure:
    """How often the first update of a lane was refused, and when to try again."""

    count: int = 0
    delay: float = 1.0
    until: float = 0.0


class Webhook:
    """Sends the queue to one URL while it is set."""

    def __init__(self, updates: UpdateQueue, clock: SandboxClock) -> None:
        self._updates = updates
        self._clock = clock
        self.settings: dict[str, Any] = {}
        self.last_error: tuple[int, str] | None = None
        self.answer: Any = None  # called with a method that the webhook's answer names
        self._task: asyncio.Task[None] | None = None
        self._failures: dict[int, _Failure] = {}
        self._busy: dict[int, asyncio.Task[None]] = {}

    @property
    def url(self) -> str:
        """The address that is set; empty without a webhook."""
        return str(self.settings.get("url", ""))

    def start(self, settings: dict[str, Any]) -> None:
        """Begin to deliver."""
        self.settings = settings
        self._updates.pushed = True
        self.last_error = None
        self._failures.clear()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Stop delivering; what was not confirmed waits."""
        task, self._task = self._task, None
        self.settings = {}
        self._updates.pushed = False
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            try:
                while True:
                    self._updates.changed.clear()
                    wake_at = self._dispatch(session)
                    await self._wait(wake_at)
            finally:
                for task in self._busy.values():
                    task.cancel()
                self._busy.clear()

    async def _wait(self, wake_at: float | None) -> None:
        changed = self._updates.changed.wait()
        if wake_at is None:
            await changed
            return
        loop = asyncio.get_running_loop()
        tasks = [
            loop.create_task(changed),
            loop.create_task(self._clock.sleep_until(wake_at)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    def _dispatch(self, session: aiohttp.ClientSession) -> float | None:
        """Send the first update of each free lane; return when a failed lane is due again."""
        self._updates.expire()
        most = int(self.settings.get("max_connections", 40))
        due: float | None = None
        seen: set[int] = set()
        loop = asyncio.get_running_loop()
        for item in self._updates.waiting:
            if len(self._busy) >= most:
                break
            if item.lane in seen or item.lane in self._busy:
                continue
            seen.add(item.lane)
            failure = self._failures.get(item.lane)
            if failure is not None and failure.until > self._clock.now():
                due = failure.until if due is None else min(due, failure.until)
                continue
            self._busy[item.lane] = loop.create_task(self._deliver(session, item))
        return due

    async def _deliver(self, session: aiohttp.ClientSession, item: Update) -> None:
        headers = {"Content-Type": "application/json"}
        if secret := self.settings.get("secret_token"):
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        error, retry_after, body = "", 0, b""
        try:
            async with session.post(
                self.url, data=item.raw, headers=headers, allow_redirects=False
            ) as response:
                body = await response.read()
                if not 200 <= response.status <= 299:
                    error = f"Wrong response from the webhook: {response.status} {response.reason}"
                    given = response.headers.get("Retry-After", "")
                    retry_after = int(given) if given.isdigit() else 0
        except TimeoutError:
            error = "Read timeout expired"
        except (aiohttp.ClientError, OSError):
            error = "Connection refused"
        self._busy.pop(item.lane, None)
        if error:
            self._failed(item, error, retry_after)
        else:
            self._failures.pop(item.lane, None)
            self._updates.drop([item])
            await self._act_on(body)
        self._updates.changed.set()

    def _failed(self, item: Update, error: str, retry_after: int) -> None:
        self.last_error = (int(self._clock.now()), error)
        failure = self._failures.setdefault(item.lane, _Failure())
        delay = float(retry_after)
        if retry_after == 0 and failure.count > 0:
            longest = random.uniform(_MAX_DELAY, 2 * _MAX_DELAY)  # noqa: S311
            failure.delay = delay = min(longest, failure.delay * 2)
        failure.count += 1
        failure.until = self._clock.now() + delay

    async def _act_on(self, body: bytes) -> None:
        """Carry out a method that the webhook's answer names (Bot API: making requests)."""
        if not body.startswith(b"{") or self.answer is None:
            return
        try:
            call = orjson.loads(body)
        except orjson.JSONDecodeError:
            return
        if isinstance(call, dict) and isinstance(call.get("method"), str):
            await self.answer(call.pop("method"), call)
