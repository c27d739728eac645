"""The courier: makes the calls that the outbox holds.

Guarantee (docs/guarantees.md): a call is never lost; it is repeated only when its sending is in
doubt. Each round is one transaction that records what has come back and takes what may go next;
rows are picked by status, never by an id watermark, since a late commit would be skipped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import leases
from bot.clock import Clock
from bot.database import Database
from bot.outcome import Outcome, Verdict, judge
from bot.pacing import ChatPacer
from bot.record import pause_until, record
from bot.settings import CourierSettings
from bot.telegram import Client, call
from bot.waiting import wait_for
from models.errors import StaleWrite
from models.messaging import LANES, OutboxCall

log = structlog.get_logger(__name__)

IDLE = 0.5
"""Seconds between looks when nothing wakes the courier."""
PICK = 500
"""Rows looked at in one round."""
SETTLE = 0.005
"""Seconds to let other calls come back too, so that they share a round."""
LANE_NAMES = tuple(f"courier:{lane}" for lane in range(LANES))
_UNPACED = frozenset({"answerCallbackQuery", "sendChatAction", "deleteMessage"})


class Courier:
    """One courier of one process; several share the lanes of the outbox."""

    def __init__(
        self,
        client: Client,
        *,
        database: Database,
        clock: Clock,
        settings: CourierSettings,
        owner: str,
        ready: asyncio.Event,
        stopping: asyncio.Event,
    ) -> None:
        self._client = client
        self._database = database
        self._clock = clock
        self._in_flight = settings.in_flight
        self._owner = owner
        self._ready = ready
        self._stopping = stopping
        self._pacer = ChatPacer(settings)
        self._held: dict[str, leases.Held] = {}
        self._renew_at: datetime | None = None
        self._sending: dict[asyncio.Task[Outcome], OutboxCall] = {}
        self._busy_chats: set[int] = set()
        self._wake_at: float | None = None

    async def run(self) -> None:
        """Carry until told to stop; `drain` then lets what is on its way arrive."""
        while not self._stopping.is_set():
            try:
                await self.round()
            except DBAPIError as error:
                log.warning("database_unavailable", error=type(error.orig or error).__name__)
                # The commit may have come through unheard: rows may say `sending` that nobody
                # sends. Taking the lanes anew puts them in doubt.
                self._held, self._renew_at = {}, None
                await wait_for(self._stopping, 1)
            except StaleWrite:
                log.warning("lease_lost", owner=self._owner)
                self._held, self._renew_at = {}, None
            await self._wait()

    async def drain(self) -> None:
        """Wait for the calls under way and record them; take no more."""
        if not self._sending:
            return
        await asyncio.wait(self._sending)
        now = self._clock.now()
        outcomes = [(row, task.result()) for task, row in self._sending.items()]
        async with self._database.transaction() as session:
            await record(session, outcomes, now)
        self._sending.clear()

    @property
    def under_way(self) -> int:
        """How many calls are under way."""
        return len(self._sending)

    async def wait_for_one(self) -> None:
        """Wait until a call came back."""
        await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Give up what is under way (it is in doubt then) and the connection."""
        for task in self._sending:
            task.cancel()
        await self._client.shutdown()

    async def round(self) -> int:
        """Record what came back, take what may go, and send it; returns how many were taken."""
        now = self._clock.now()
        done = {task: row for task, row in self._sending.items() if task.done()}
        async with self._database.transaction() as session:
            await self._keep_lanes(session, now)
            outcomes = [(row, task.result()) for task, row in done.items()]
            await record(session, outcomes, now)
            returned = {row.chat_id for row in done.values() if row.chat_id is not None}
            room = self._in_flight - len(self._sending) + len(done)
            taken = await self._take(session, now, self._busy_chats - returned, room)
            if taken or done:
                await leases.renew(session, self._held.values(), self._owner, now)
        for task in done:
            del self._sending[task]
        self._busy_chats -= returned
        for row in taken:
            self._send(row)
        return len(taken)

    async def _wait(self) -> None:
        """Until something can be done: a call came back, new rows, or a pause is over."""
        if not any(task.done() for task in self._sending):
            delay = IDLE if self._wake_at is None else min(IDLE, self._wake_at)
            await wait_for(self._ready, delay)
        if self._sending and not all(task.done() for task in self._sending):
            await asyncio.sleep(SETTLE)
        self._ready.clear()

    # --- lanes

    async def _keep_lanes(self, session: AsyncSession, now: datetime) -> None:
        """Hold a fair share of the lanes. What a lost owner was sending is now in doubt."""
        if self._renew_at is not None and now < self._renew_at:
            return
        before = set(self._held)
        held = await leases.take_share(session, "courier:", LANE_NAMES, self._owner, now)
        self._held = {lease.name: lease for lease in held}
        self._renew_at = now + leases.TTL / 3
        gained = [int(name.partition(":")[2]) for name in set(self._held) - before]
        under_way = [row.id for row in self._sending.values()]
        if gained:
            await session.execute(
                update(OutboxCall)
                .where(col(OutboxCall.status) == "sending", col(OutboxCall.lane).in_(gained))
                .where(col(OutboxCall.id).not_in(under_way))
                .values(status="unknown", doubts=col(OutboxCall.doubts) + 1)
            )

    # --- taking

    async def _take(
        self, session: AsyncSession, now: datetime, busy: set[int], room: int
    ) -> list[OutboxCall]:
        """The next call of each chat that may leave now, marked `sending`."""
        self._wake_at = None
        until = await pause_until(session, now)
        if until is not None:
            self._wake_in(until - now)
            return []
        if room <= 0:
            return []
        lanes = [int(name.partition(":")[2]) for name in self._held]
        statement = (
            select(
                col(OutboxCall.id),
                col(OutboxCall.chat_id),
                col(OutboxCall.method),
                col(OutboxCall.not_before),
            )
            .where(
                col(OutboxCall.status).in_(("queued", "unknown")), col(OutboxCall.lane).in_(lanes)
            )
            .order_by(col(OutboxCall.priority), col(OutboxCall.id))
            .limit(PICK)
        )
        ids = self._choose((await session.execute(statement)).all(), now, busy, room)
        found = await session.execute(select(OutboxCall).where(col(OutboxCall.id).in_(ids)))
        by_id = {row.id: row for row in found.scalars()}
        chosen = [by_id[id_] for id_ in ids]
        await self._resolve_refs(session, chosen)
        for row in chosen:
            row.status = "sending"
            row.attempts += 1
        return chosen

    def _choose(
        self,
        rows: Sequence[Any],
        now: datetime,
        busy: set[int],
        room: int,
    ) -> list[int]:
        seen: set[int] = set()
        chosen: list[int] = []
        steady = asyncio.get_running_loop().time()
        for row in rows:
            if row.chat_id is not None:
                if row.chat_id in busy or row.chat_id in seen:
                    continue
                seen.add(row.chat_id)  # the rest of this chat keeps its order behind this one
            if row.not_before is not None and row.not_before > now:
                self._wake_in(row.not_before - now)
                continue
            if row.method not in _UNPACED:
                wait = self._pacer.wait(row.chat_id, steady)
                if wait > 0:
                    self._wake_in(timedelta(seconds=wait))
                    continue
                self._pacer.spend(row.chat_id, steady)
            chosen.append(row.id)
            if len(chosen) == room:
                break
        return chosen

    async def _resolve_refs(self, session: AsyncSession, rows: list[OutboxCall]) -> None:
        """Put the real message id where a handler only knew the negative one."""
        refs = {ref for row in rows if (ref := _ref(row)) is not None}
        if not refs:
            return
        found = await session.execute(
            select(col(OutboxCall.ref), col(OutboxCall.message_id)).where(
                col(OutboxCall.ref).in_(refs)
            )
        )
        known = {int(ref): message_id for ref, message_id in found}
        for row in rows:
            ref = _ref(row)
            if ref is not None and (message_id := known.get(ref)) is not None:
                row.payload = row.payload | {"message_id": str(message_id)}

    def _wake_in(self, delay: timedelta) -> None:
        seconds = max(0.0, delay.total_seconds())
        self._wake_at = seconds if self._wake_at is None else min(self._wake_at, seconds)

    # --- sending

    def _send(self, row: OutboxCall) -> None:
        if row.chat_id is not None:
            self._busy_chats.add(row.chat_id)
        task = asyncio.Task(self._deliver(row), name=f"send-{row.id}")
        task.add_done_callback(lambda _: self._ready.set())
        self._sending[task] = row

    async def _deliver(self, row: OutboxCall) -> Outcome:
        """Make one call. Never raises: whatever happens is a verdict."""
        if _ref(row) is not None:
            return Outcome(Verdict.FAILED, error="the message to change was never sent")
        payload = row.payload
        if row.chat_id is not None and "chat_id" in payload:
            payload = payload | {"chat_id": str(row.chat_id)}  # a group may have moved since
        try:
            result = await call(self._client, row.method, payload, row.files)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - judged, logged and kept with the row
            outcome = judge(row, error)
            log.info("send_failed", method=row.method, verdict=outcome.verdict.value)
            return outcome
        message = result[0] if isinstance(result, list) and result else result
        message_id = message.get("message_id") if isinstance(message, dict) else None
        return Outcome(Verdict.SENT, message_id=message_id)


def _ref(row: OutboxCall) -> int | None:
    """The negative message id that the call names, if it names one."""
    message_id = row.payload.get("message_id")
    if message_id is None or not str(message_id).startswith("-"):
        return None
    return int(message_id)
