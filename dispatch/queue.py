"""The live queue of each worker in Redis: a projection of the database, never the truth.

Every write carries the ticket's version, so that changes may arrive twice or out of order: an
older one never overwrites a newer one, and a removal is remembered for a while (RELIABILITY,
mechanism 7). A marker names the server that was filled; when it is missing or names another server
(FLUSHALL, a restart without its file, a failover), the queue says so and must be rebuilt. A change
that is older than a rebuild and comes after it may put a ticket where it no longer is, until the
next sweep compares: readers check what they are given against the database.

Keys, all of one grid in one slot of a cluster (`{…}` is the hash tag):

======================================  ==========  ==============================================
key                                     type        content
======================================  ==========  ==============================================
``linmen:queue:{<grid>}:<staff>:due``   sorted set  ticket id, scored by when it is due
``linmen:queue:{<grid>}:<staff>:seen``  hash        ticket id → version last written or removed
``linmen:queue:{<grid>}:<staff>:gone``  sorted set  removed ticket id, scored by when
``linmen:queue:{<grid>}:generation``    string      layout and server that the grid was filled on
======================================  ==========  ==============================================
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

LAYOUT = "1"
"""Raised when keys or members change their meaning: older content is then rebuilt."""

TOMBSTONE_S = 3600
"""Seconds that a removal is remembered; a change can hardly be late by more."""


@dataclass(frozen=True, slots=True)
class WorkerKeys:
    """The keys of one worker's queue."""

    grid: str
    staff: str

    def _key(self, part: str) -> str:
        return f"linmen:queue:{{{self.grid}}}:{self.staff}:{part}"

    @property
    def due(self) -> str:
        """Sorted set of ticket ids by due time."""
        return self._key("due")

    @property
    def seen(self) -> str:
        """Hash of the versions last applied."""
        return self._key("seen")

    @property
    def gone(self) -> str:
        """Sorted set of removed ticket ids by time."""
        return self._key("gone")

    @property
    def generation(self) -> str:
        """The marker of the grid."""
        return f"linmen:queue:{{{self.grid}}}:generation"

    @property
    def all(self) -> list[str]:
        """Every key a script touches, in the order the scripts expect."""
        return [self.generation, self.due, self.seen, self.gone]


class QueueUnavailable(Exception):
    """Redis cannot be asked now: read the database instead."""


class QueueStale(QueueUnavailable):
    """Redis answers but was emptied or replaced: read the database, and rebuild the queue."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A ticket's place in the queue of one worker. `due` (UTC) orders the queue."""

    ticket_id: int
    version: int
    staff: str
    grid: str
    """The grid of the worker's post: it decides the slot."""
    due: datetime

    @property
    def score(self) -> float:
        """`due` in seconds since 1970."""
        return self.due.timestamp()


@dataclass(frozen=True, slots=True)
class Removal:
    """A ticket that left the queue of one worker with this version."""

    ticket_id: int
    version: int
    staff: str
    grid: str


Change = Entry | Removal


@dataclass(frozen=True, slots=True)
class Slot:
    """What Redis holds of one ticket."""

    ticket_id: int
    version: int
    score: float


@dataclass(frozen=True, slots=True)
class QueueSlice:
    """Part of a queue, most urgent first, and how many there are in all."""

    slots: tuple[Slot, ...]
    total: int

    @property
    def ticket_ids(self) -> list[int]:
        """The tickets, most urgent first."""
        return [slot.ticket_id for slot in self.slots]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A worker's queue in Redis beside what the database says it should be."""

    missing: tuple[int, ...]
    """In the database only."""
    extra: tuple[int, ...]
    """In Redis only."""
    differing: tuple[int, ...]
    """In both, with another version or place in the order."""

    @property
    def agrees(self) -> bool:
        """Whether both hold the same."""
        return not (self.missing or self.extra or self.differing)


_SERVER = """
local info = redis.call('INFO', 'server')
local here = ARGV[1] .. ':' .. (string.match(info, 'run_id:(%w+)') or '')
"""
"""The marker the grid must bear: the layout, and the run id of the server that answers."""

_APPLY = (
    _SERVER
    + """
if redis.call('GET', KEYS[1]) ~= here then return -1 end
local now = tonumber(redis.call('TIME')[1])
local old = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now - tonumber(ARGV[2]), 'LIMIT', 0, 100)
for _, member in ipairs(old) do
  redis.call('HDEL', KEYS[3], member)
  redis.call('ZREM', KEYS[4], member)
end
local applied = 0
for i = 3, #ARGV, 3 do
  local member, version, score = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local seen = tonumber(redis.call('HGET', KEYS[3], member) or '0')
  if version >= seen then
    redis.call('HSET', KEYS[3], member, version)
    if score == '' then
      redis.call('ZREM', KEYS[2], member)
      redis.call('ZADD', KEYS[4], now, member)
    else
      redis.call('ZADD', KEYS[2], score, member)
      redis.call('ZREM', KEYS[4], member)
    end
    applied = applied + 1
  end
end
return applied
"""
)

_REPLACE = """
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
for i = 1, #ARGV, 3 do
  redis.call('ZADD', KEYS[2], ARGV[i + 2], ARGV[i])
  redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1])
end
return #ARGV / 3
"""

_MARK = _SERVER + "redis.call('SET', KEYS[1], here) return here"

_CHECK = _SERVER + "return redis.call('GET', KEYS[1]) == here and 1 or 0"

_PAGE = (
    _SERVER
    + """
if redis.call('GET', KEYS[1]) ~= here then return false end
local first = tonumber(ARGV[2])
local count = tonumber(ARGV[3])
local found = {}
if count ~= 0 then
  local last = count < 0 and -1 or first + count - 1
  found = redis.call('ZRANGE', KEYS[2], first, last, 'WITHSCORES')
end
local slots = {}
for i = 1, #found, 2 do
  slots[#slots + 1] = {found[i], redis.call('HGET', KEYS[3], found[i]) or '0', found[i + 1]}
end
return {redis.call('ZCARD', KEYS[2]), slots}
"""
)

_MOST = 1000
"""Changes handed to one script call: Lua unpacks its arguments on a stack of limited depth."""

P = ParamSpec("P")
R = TypeVar("R")


def _surfaces(method: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Turn every failure to reach Redis into `QueueUnavailable`."""

    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await method(*args, **kwargs)
        except (RedisError, OSError, TimeoutError) as failure:
            raise QueueUnavailable(type(failure).__name__) from failure

    guarded.__doc__ = method.__doc__
    guarded.__name__ = method.__name__
    return guarded


class TicketQueue:
    """The queues of all workers of one sub-district; None for `redis` means there is none.

    Every method raises `QueueUnavailable` when Redis cannot be reached, and `QueueStale` when it
    holds nothing or somebody else's generation.
    """

    def __init__(self, redis: Redis | None, district_code: str) -> None:
        self._redis = redis
        self._root = district_code
        self._scripts: dict[str, Any] = {}

    @property
    def configured(self) -> bool:
        """Whether there is a Redis at all; without one the database answers."""
        return self._redis is not None

    @_surfaces
    async def is_fresh(self, grids: Iterable[str] = ()) -> bool:
        """Whether Redis still holds what was last rebuilt, for the root and for `grids`."""
        for grid in {self._root, *grids}:
            if not await self._run(_CHECK, [WorkerKeys(grid, "").generation], [LAYOUT]):
                return False
        return True

    @_surfaces
    async def apply(self, changes: Iterable[Change]) -> int:
        """Write changes, in any order; returns how many were not older than what is there."""
        by_worker: dict[tuple[str, str], list[Change]] = defaultdict(list)
        for change in changes:
            by_worker[change.grid, change.staff].append(change)
        applied = 0
        for (grid, staff), theirs in by_worker.items():
            keys = WorkerKeys(grid, staff).all
            for start in range(0, len(theirs), _MOST):
                arguments = _arguments(theirs[start : start + _MOST])
                done = await self._run(_APPLY, keys, [LAYOUT, TOMBSTONE_S, *arguments])
                if done < 0:
                    raise QueueStale(grid)
                applied += done
        return applied

    @_surfaces
    async def rebuild(
        self, entries: Iterable[Entry], workers: Iterable[tuple[str, str]] = ()
    ) -> int:
        """Replace all queues by `entries`; returns how many there are.

        `workers` are the (staff code, grid) of every post, so that the queue of somebody without
        work is emptied too. The markers come last: a rebuild that was cut short is repeated.
        """
        by_worker: dict[tuple[str, str], list[Entry]] = {
            (grid, staff): [] for staff, grid in workers
        }
        for entry in entries:
            by_worker.setdefault((entry.grid, entry.staff), []).append(entry)
        for (grid, staff), theirs in by_worker.items():
            keys = WorkerKeys(grid, staff).all
            await self._run(_REPLACE, keys, _arguments(theirs[:_MOST]))
        for grid in {self._root, *(grid for grid, _ in by_worker)}:
            await self._run(_MARK, [WorkerKeys(grid, "").generation], [LAYOUT])
        for theirs in by_worker.values():
            if len(theirs) > _MOST:
                await self.apply(theirs[_MOST:])
        return sum(map(len, by_worker.values()))

    @_surfaces
    async def page(self, staff: str, grid: str, offset: int, count: int) -> QueueSlice:
        """`count` tickets of a worker's queue from `offset` on; a negative count means all."""
        keys = WorkerKeys(grid, staff).all
        answer = await self._run(_PAGE, keys, [LAYOUT, offset, count])
        if answer is None:
            raise QueueStale(grid)
        total, slots = answer
        return QueueSlice(
            slots=tuple(
                Slot(int(member), int(version), float(score)) for member, version, score in slots
            ),
            total=total,
        )

    async def compare(self, staff: str, grid: str, expected: Sequence[Entry]) -> Comparison:
        """Compare a worker's queue with `expected`, the database's view of it."""
        held = {slot.ticket_id: slot for slot in (await self.page(staff, grid, 0, -1)).slots}
        wanted = {entry.ticket_id: entry for entry in expected}
        return Comparison(
            missing=tuple(sorted(wanted.keys() - held.keys())),
            extra=tuple(sorted(held.keys() - wanted.keys())),
            differing=tuple(
                sorted(
                    ticket_id
                    for ticket_id in wanted.keys() & held.keys()
                    if held[ticket_id].version != wanted[ticket_id].version
                    or held[ticket_id].score != wanted[ticket_id].score
                )
            ),
        )

    async def _run(self, script: str, keys: list[str], arguments: Sequence[Any]) -> Any:
        if self._redis is None:
            raise QueueUnavailable("no Redis configured")
        if script not in self._scripts:
            self._scripts[script] = self._redis.register_script(script)
        return await self._scripts[script](keys=keys, args=list(arguments))


def _arguments(changes: Iterable[Change]) -> list[str | int]:
    """(ticket, version, score) of each change; a removal has no score.

    Ids are padded so that Redis breaks ties of the score in the order of the numbers.
    """
    flat: list[str | int] = []
    for change in changes:
        score = repr(change.score) if isinstance(change, Entry) else ""
        flat += [f"{change.ticket_id:012d}", change.version, score]
    return flat
