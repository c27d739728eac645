"""Receiving: updates are stored and committed before they are acknowledged.

Neither aiogram's polling nor its webhook handler is used: both acknowledge first (RELIABILITY,
facts). Here the offset moves, and the 200 is said, only after the commit.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from sqlalchemy.exc import DBAPIError
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot import leases
from bot.inbox import store_updates
from bot.outcome import retry_wait
from bot.telegram import LONG_POLL_SECONDS, Client
from bot.waiting import wait_for
from models.errors import StaleWrite

if TYPE_CHECKING:
    from bot.runtime import Runtime

log = structlog.get_logger(__name__)

LEASE = "poller"
LEASE_TTL = timedelta(seconds=LONG_POLL_SECONDS * 2)
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
CALLBACKS_LOST_AFTER = timedelta(seconds=150)
"""How long the Bot API keeps a press for redelivery (tdlib/telegram-bot-api, Client.cpp)."""
_WAIT_CONFLICT = 5.0
_WAIT_ERROR = 1.0
_LONGEST_WAIT = 30.0


class Poller:
    """One leased poller with its own getUpdates loop. The offset is never persisted."""

    def __init__(self, runtime: Runtime, client: Client) -> None:
        self._runtime = runtime
        self._client = client
        self._held: list[leases.Held] = []
        self._renew_at = runtime.clock.now()
        self._failures = 0
        self._last_answer = runtime.last_polled
        self._cut_off = True

    async def run(self) -> None:
        """Poll until told to stop.

        Raises:
            telegram.error.InvalidToken: the server does not know the token.
        """
        offset: int | None = None
        stopping = self._runtime.stopping
        while not stopping.is_set():
            try:
                held = await self._keep_lease()
                if not held:
                    self._last_answer = self._runtime.clock.now()  # somebody else polls
                    await wait_for(stopping, LEASE_TTL.total_seconds() / 4)
                    continue
                offset = await self.poll(offset, held)
                self._failures = 0
            except InvalidToken:
                raise
            except RetryAfter as error:
                self._cut_off = True
                await wait_for(stopping, retry_wait(error).total_seconds())
            except Conflict:
                self._cut_off = True
                log.warning("another_poller", wait=_WAIT_CONFLICT)
                await wait_for(stopping, _WAIT_CONFLICT)
            except (DBAPIError, StaleWrite, NetworkError, TelegramError) as error:
                self._held = []
                await self._back_off(error)

    async def poll(self, offset: int | None, held: list[leases.Held]) -> int | None:
        """Get a batch, commit it, and only then say which offset comes next.

        After an empty answer the offset is dropped: everything below it is confirmed, and ids that
        restart lower are seen (RELIABILITY, case 5).
        """
        arguments: dict[str, Any] = {
            # after a failure ask shortly first: that the server is back is news in itself
            "timeout": 0 if self._cut_off else LONG_POLL_SECONDS,
            "limit": 100,
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        if offset is not None:
            arguments["offset"] = offset
        updates = await self._ask(arguments)
        if updates is None:
            return offset
        await self._note_answer()
        if not updates:
            return None
        raws = [_dump(update) for update in updates]
        runtime = self._runtime
        async with runtime.database.transaction() as session:
            now = runtime.clock.now()
            await leases.renew(session, held, runtime.owner, now, LEASE_TTL)
            await store_updates(session, raws, now, runtime.album_wait)
        runtime.inbox_ready.set()
        return max(int(update["update_id"]) for update in updates) + 1

    async def _ask(self, arguments: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Call getUpdates; None when the process is to stop before it answers."""
        call = asyncio.Task(self._client.do_api_request("getUpdates", api_kwargs=arguments))
        stop = asyncio.Task(self._runtime.stopping.wait())
        await asyncio.wait({call, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not call.done():
            call.cancel()
            await asyncio.wait({call})
            if not call.cancelled():
                call.exception()  # of no interest any more, but looked at
            return None
        updates: list[dict[str, Any]] = call.result()
        return updates

    async def _keep_lease(self) -> list[leases.Held]:
        """Hold the lease, renewing it well before it runs out.

        Each batch renews it too, in its own transaction, and finds out there if it was lost.
        """
        runtime = self._runtime
        now = runtime.clock.now()
        if not self._held or now >= self._renew_at:
            async with runtime.database.transaction() as session:
                self._held = await leases.acquire(session, [LEASE], runtime.owner, now, LEASE_TTL)
            self._renew_at = now + LEASE_TTL / 4
        return self._held

    async def _note_answer(self) -> None:
        """After an outage in which presses were lost for good, offer the keyboards again.

        It counts from the last answer: a press made right behind it is the first to be lost.
        """
        now, before = self._runtime.clock.now(), self._last_answer
        if self._cut_off and before is not None and now - before > CALLBACKS_LOST_AFTER:
            log.warning("presses_may_be_lost", seconds=(now - before).total_seconds())
            await self._runtime.offer_again()
        self._last_answer, self._cut_off = now, False

    async def _back_off(self, error: Exception) -> None:
        self._failures += 1
        self._cut_off = True
        wait = min(_LONGEST_WAIT, _WAIT_ERROR * 2 ** min(self._failures - 1, 6))
        log.warning("poll_failed", error=type(error).__name__, wait=wait)
        await wait_for(self._runtime.stopping, wait)


async def receive_webhook(runtime: Runtime, raw: bytes) -> None:
    """Store one update of a webhook; raises DBAPIError when it could not be (answer 503)."""
    async with runtime.database.transaction() as session:
        await store_updates(session, [raw], runtime.clock.now(), runtime.album_wait)
    runtime.inbox_ready.set()


def _dump(update: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(update)
    except orjson.JSONEncodeError:  # lone surrogates, or an integer beyond 64 bits
        return json.dumps(update).encode()
