"""The queue of updates for the bot: kept until confirmed, read by getUpdates or the webhook."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

import orjson

from web.sandbox.clock import SandboxClock
from web.sandbox.errors import ApiError
from web.sandbox.store import Store

MESSAGE_TTL = 24 * 3600.0  # seconds the Bot API server keeps an update (Bot API, getUpdates)
CALLBACK_TTL = 150.0  # seconds it keeps a callback query (telegram-bot-api, Client.cpp)
_FIRST_ID = 700_000_001
_FUTURE = 10  # an offset further ahead counts as unknown (td/db/TQueue.cpp)
_REMEMBERED = 2000  # updates that can be delivered once more after their confirmation
_MAX_POLL = 50.0  # seconds: LONG_POLL_MAX_TIMEOUT
_NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
_CONFLICT = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


@dataclass(slots=True, eq=False)
class Update:
    """One update, waiting. `lane` orders deliveries: a chat's messages, a person's taps."""

    position: int
    id: int
    lane: int
    expires: float
    forced: bool  # put in by a control route: not confirmed before it was delivered
    delivered: bool
    raw: bytes


class UpdateQueue:
    """Updates in the order in which they happened."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock
        self.waiting: deque[Update] = deque()
        self._recent: deque[Update] = deque(maxlen=_REMEMBERED)
        self._position = 0
        self._next_id = _FIRST_ID
        self.allowed: list[str] | None = None
        self.changed = asyncio.Event()
        self.pushed = False  # a webhook takes the updates
        self._idle = asyncio.Event()
        self._forced = 0  # how many of those that wait were put in by a control route
        self._soonest = math.inf  # when the first of them expires
        self._poll: asyncio.Future[str] | None = None  # result: why it was ended, or ""

    def load(self, next_id: int | None, allowed: list[str] | None) -> None:
        """Read what was not confirmed before the restart."""
        rows = self._store.read(
            "SELECT position, id, lane, expires, forced, delivered, raw FROM updates "
            "ORDER BY position"
        )
        for position, number, lane, expires, forced, delivered, raw in rows:
            self.waiting.append(
                Update(position, number, lane, expires, bool(forced), bool(delivered), raw)
            )
        self._recent.extend(self.waiting)
        self._forced = sum(item.forced for item in self.waiting)
        self._soonest = min((item.expires for item in self.waiting), default=math.inf)
        self._position = self.waiting[-1].position if self.waiting else 0
        highest = max((item.id + 1 for item in self.waiting if not item.forced), default=0)
        self._next_id = max(next_id or _FIRST_ID, highest)
        self.allowed = allowed
        if self.waiting:
            self.changed.set()

    def push(self, kind: str, payload: bytes, lane: int) -> int | None:
        """Queue an update of this kind; None when the bot has not asked for the kind."""
        if self.allowed:
            if kind not in self.allowed:
                return None
        elif kind in _NOT_BY_DEFAULT:
            return None
        number = self._next_id
        self._next_id += 1
        ttl = CALLBACK_TTL if kind == "callback_query" else MESSAGE_TTL
        raw = b'{"update_id":%d,"%s":%s}' % (number, kind.encode(), payload)
        self._append(number, lane, ttl, raw, forced=False)
        return number

    def inject(self, number: int | None, body: bytes, lane: int) -> int:
        """Queue a raw update. A number lower than the last restarts the numbering there.

        `body` is the JSON object without its opening brace and update_id.
        """
        chosen = self._next_id if number is None else number
        self._next_id = chosen + 1
        self.save_next_id()
        raw = b'{"update_id":%d%s' % (chosen, body)
        self._append(chosen, lane, MESSAGE_TTL, raw, forced=True)
        return chosen

    def redeliver(self, number: int | None, last: int, times: int) -> list[int]:
        """Queue recent updates again: the one of this number, or the last so many."""
        if number is not None:
            chosen = [item for item in self._recent if item.id == number][-1:]
        else:
            chosen = list(self._recent)[-last:] if last > 0 else []
        for _ in range(times):
            for item in chosen:
                self._append(item.id, item.lane, MESSAGE_TTL, item.raw, forced=True, again=True)
        return [item.id for item in chosen]

    def _append(
        self, number: int, lane: int, ttl: float, raw: bytes, *, forced: bool, again: bool = False
    ) -> None:
        self._position += 1
        item = Update(self._position, number, lane, self._clock.now() + ttl, forced, False, raw)
        self.waiting.append(item)
        self._forced += forced
        self._soonest = min(self._soonest, item.expires)
        if not again:
            self._recent.append(item)
        self._store.write(
            "INSERT INTO updates VALUES (?, ?, ?, ?, ?, 0, ?)",
            (item.position, number, lane, item.expires, int(forced), raw),
        )
        self.wake()

    def wake(self) -> None:
        """Let a waiting getUpdates and the webhook look again."""
        self.changed.set()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result("")

    def save_next_id(self) -> None:
        """Keep the numbering, so that no number comes twice after a restart."""
        self._store.write(
            "INSERT OR REPLACE INTO meta VALUES ('next_update_id', ?)", (self._next_id,)
        )

    def drop(self, items: Iterable[Update]) -> None:
        """Forget updates: confirmed, expired or unwanted."""
        gone = set(items)
        if not gone:
            return
        while self.waiting and self.waiting[0] in gone:
            gone_now = self.waiting.popleft()
            gone.discard(gone_now)
            self._delete(gone_now)
        if gone:
            self.waiting = deque(item for item in self.waiting if item not in gone)
            for item in gone:
                self._delete(item)
        self.save_next_id()
        self._tell_idle()

    def _delete(self, item: Update) -> None:
        self._forced -= item.forced
        self._store.write("DELETE FROM updates WHERE position = ?", (item.position,))

    def expire(self) -> None:
        """Forget what has waited longer than Telegram keeps it."""
        now = self._clock.now()
        if now < self._soonest:
            return
        self.drop([item for item in self.waiting if item.expires <= now])
        self._soonest = min((item.expires for item in self.waiting), default=math.inf)

    def confirm(self, offset: int) -> None:
        """Take an offset as getUpdates does.

        A positive one confirms all lower ids; one far in the future is ignored, as after a
        restart of the numbering; a negative one keeps only the last so many.
        """
        if offset < 0:
            self.drop(list(self.waiting)[:offset])
        elif 0 < offset <= self._next_id + _FUTURE:
            self.drop(self._below(offset))

    def _below(self, offset: int) -> list[Update]:
        """Return what an offset confirms: lower ids, but nothing forced that was not delivered."""
        if self._forced:
            return [
                item
                for item in self.waiting
                if item.id < offset and (item.delivered or not item.forced)
            ]
        return list(takewhile(lambda item: item.id < offset, self.waiting))

    def take(self, limit: int) -> list[bytes]:
        """Return the oldest updates; they stay until confirmed."""
        taken: list[bytes] = []
        for item in self.waiting:
            if len(taken) == limit:
                break
            item.delivered = True
            taken.append(item.raw)
        return taken

    async def poll(self, offset: int, limit: int, timeout: float) -> list[bytes]:  # noqa: ASYNC109
        """Answer getUpdates: at once if there are updates, else within `timeout` seconds.

        Raises:
            ApiError: 409 when another getUpdates came meanwhile: the one that waits loses.
        """
        self.expire()
        self.confirm(offset)
        if self.waiting or timeout <= 0:
            return self.take(limit)
        self.end_poll()
        mine: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._poll = mine
        self._tell_idle()
        with contextlib.suppress(TimeoutError):
            if reason := await asyncio.wait_for(asyncio.shield(mine), min(timeout, _MAX_POLL)):
                raise ApiError(409, reason)
        if self._poll is mine:
            self._poll = None
        mine.cancel()
        self.expire()
        return self.take(limit)

    def end_poll(self, reason: str = _CONFLICT) -> None:
        """End a getUpdates that waits, with 409 and this reason."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(reason)
        self._poll = None

    @property
    def idle(self) -> bool:
        """Whether the bot has confirmed everything and waits for more."""
        return not self.waiting and (self.pushed or self._poll is not None)

    def _tell_idle(self) -> None:
        if self.idle:
            self._idle.set()
            self._idle = asyncio.Event()

    async def wait_idle(self, timeout: float) -> bool:  # noqa: ASYNC109 (a long poll's own)
        """Return whether the bot became idle within `timeout` seconds."""
        if not self.idle:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), timeout)
        return self.idle

    def clear(self) -> None:
        """Forget everything that waits."""
        self.drop(list(self.waiting))

    def set_allowed(self, kinds: list[str] | None) -> None:
        """Remember `allowed_updates`: None leaves it, an empty list means the default."""
        if kinds is None or kinds == self.allowed:
            return
        self.allowed = kinds
        self._store.write(
            "INSERT OR REPLACE INTO meta VALUES ('allowed_updates', ?)", (orjson.dumps(kinds),)
        )
