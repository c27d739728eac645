"""The world of the state machine: a courtyard with its people, a clock, and what must always hold.

One transaction for each act, as the worker does it; due times run one by one, as the clock does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

import models.messaging  # noqa: F401 - its tables belong to the metadata
from bot.database import Database
from dispatch.gazetteer import Gazetteer
from dispatch.queue import TicketQueue
from models.base import metadata
from models.deliberation.core import Deliberation, Recusal
from models.deliberation.policy import DeliberationPolicy
from models.deliberation.steps import Capacity, Step
from models.district import Role, Staff
from models.errors import ActionNotAllowed, DomainError, NotEligible
from models.people import Resident, StaffAccount
from models.place import Place
from models.policy import Policy
from models.ticket import DueTime
from tests.workflows.deliberation.consultation import COUNCIL, POSTS, SEATS
from tests.workflows.town import COURT, MONDAY, OTHER_COURT, KeywordTriage, make_district
from workflows.deadlines import run_due
from workflows.deliberation import clock as _clock  # noqa: F401 - registers what runs by itself
from workflows.notices import NOTICES
from workflows.people import find_person, greet
from workflows.work import Person, Services, Work

STAFF = (*POSTS, Staff(code="organiser-02", name="邻社区", role=Role.ORGANISER, grid="xg.02"))
ACCOUNTS = {post.code: 7000 + index for index, post in enumerate(STAFF)}
ORGANISER, SECRETARY, OFFICE, LAWYER = "organiser-01", "lead-01", "office-1", "lawyer-1"
CONTRACTOR = SEATS[1]
NEIGHBOURS = {1: "101", 2: "101", 3: "102", 4: "201", 5: "202", 6: "301"}
"""Accounts of residents with their rooms: 1 and 2 are two phones of one household."""
MOVER, ELSEWHERE, STRANGER, NAMELESS = 6, 8, 9, 10
PEOPLE: tuple[int | str, ...] = (*NEIGHBOURS, ELSEWHERE, STRANGER, NAMELESS, *ACCOUNTS)

HOUR = timedelta(hours=1)
POLICY = DeliberationPolicy.model_validate(
    {
        "collect_least": "2 h",
        "confirm_least": "1 h",
        "draft_least": "1 h",
        "announce_least": "2 h",
        "consult_least": "1 h",
        "apply_least": "1 h",
        "report_least": "2 h",
        "collect_most": "2 d",
        "supporters": 3,
        "motion_time": "3 h",
        "consensus_time": "2 h",
        "ballot_time": "3 h",
    }
)
_C = Capacity
POSTS_OF: dict[str, set[Capacity]] = {
    ORGANISER: {_C.ORGANISER, _C.AUTHOR, _C.VOLUNTEER},
    SECRETARY: {_C.SECRETARY, _C.VOLUNTEER},
    OFFICE: {_C.OFFICE},
    "office-2": {_C.OFFICE},
    LAWYER: {_C.LAWYER},
    "lead-0101": {_C.VOLUNTEER},
    "worker-a": {_C.VOLUNTEER},
    "worker-b": {_C.VOLUNTEER},
    **{seat: {_C.COUNCIL, _C.AUTHOR} for seat in SEATS},
    "building-1": {_C.COUNCIL, _C.AUTHOR, _C.VOLUNTEER},
}
"""Who stands how to the deliberation, said once more and not read off `access`."""


class SkipDeed(Exception):
    """There is nothing to do it to."""


Act = Callable[["World", Work, Person, int], Awaitable[Any]]


@dataclass(frozen=True)
class Deed:
    """Something that people try; `may`: who at all may succeed, None where it is not a capacity."""

    act: Act
    may: frozenset[Capacity] | None = None
    steps: frozenset[Step] | None = None
    """The only steps in which it can succeed."""


class QuietNotifier:
    """Knows every notice and what it needs, and says nothing."""

    def __init__(self) -> None:
        self._refs = count(-1, -1)

    async def resident(
        self, work: Work, resident_id: int, notice: str, **context: Any
    ) -> int | None:
        self._check(notice, context)
        return None if await work.session.get(Resident, resident_id) is None else next(self._refs)

    async def staff(self, work: Work, staff_code: str, notice: str, **context: Any) -> int | None:
        self._check(notice, context)
        return next(self._refs)

    def _check(self, notice: str, context: dict[str, Any]) -> None:
        spec = NOTICES[notice]
        if "deliberation" in context:
            assert set(context) - {"subject_id"} == {"deliberation"} | spec.extra, notice


@dataclass
class World:
    """Everything that happens, and what the test itself knows of it."""

    database: Database
    now: datetime = MONDAY
    d_id: int = 0
    log: list[str] = field(default_factory=list)
    """What happened, for whoever reads a failure."""
    choices: dict[int, Counter[bytes]] = field(default_factory=dict)
    """What was cast into each box."""
    voted: dict[int, set[str]] = field(default_factory=dict)
    """Whose vote went into each box: the door, or the person."""
    tasks: set[int] = field(default_factory=set)
    codes: dict[int, str] = field(default_factory=dict)
    """The newest proxy code by who gave it."""
    services: Services = field(init=False)

    def __post_init__(self) -> None:
        district = make_district(staff=STAFF, councils=(COUNCIL,))
        self.services = Services(
            district=district,
            policy=Policy(deliberation=POLICY),
            gazetteer=Gazetteer(district.grids),
            triage=KeywordTriage(),  # type: ignore[arg-type]
            queue=TicketQueue(None, "xg"),
            notifier=QuietNotifier(),
        )

    async def settle(self) -> None:
        """Make the tables and the people."""
        async with self.database.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        async with self.database.transaction() as session:
            for code, account in ACCOUNTS.items():
                session.add(StaffAccount(code=code, resident_id=account))
                session.add(Resident(id=account, created_at=MONDAY, consented_at=MONDAY))
            for id_, room in NEIGHBOURS.items():
                session.add(_neighbour(id_, room))
            session.add(_neighbour(ELSEWHERE, "101", grid=OTHER_COURT, number="16"))
            session.add(_neighbour(NAMELESS, "402", consented_at=None))

    # --- acting

    async def attempt(self, who: int | str, name: str, deed: Deed, n: int) -> bool:
        """Try something; whether it was done. What a refusal without right changed is a fault."""
        try:
            async with self.database.transaction() as session:
                work = Work(session, self.now, self.services)
                person = await _person(work, who)
                deliberation = await session.get(Deliberation, self.d_id)
                step = deliberation.step if deliberation is not None else None
                may = deed.may is None or bool(deed.may & await self._capacities(work, who))
                before = await _changes(session)
                try:
                    await deed.act(self, work, person, n)
                except (ActionNotAllowed, NotEligible):
                    await session.flush()
                    assert await _changes(session) == before, f"{who} changed something: {name}"
                    raise
                assert may, f"{who} may not {name}"
                assert deed.steps is None or step in deed.steps, f"{name} in {step}"
        except SkipDeed:
            return False
        except DomainError as error:
            self.log.append(f"{self.now:%d %H:%M} {who} {name} {n}: {error!r}")
            return False
        self.log.append(f"{self.now:%d %H:%M} {who} {name} {n}: done")
        return True

    async def _capacities(self, work: Work, who: int | str) -> set[Capacity]:
        if isinstance(who, int):
            row = await work.session.get(Resident, who)
            here = row is not None and row.consented_at is not None and row.grid == COURT
            return {Capacity.RESIDENT} if here else set()
        found = set(POSTS_OF.get(who, ()))
        if await work.session.get(Recusal, (self.d_id, who)) is not None:
            found -= {Capacity.COUNCIL, Capacity.AUTHOR}
        return found

    # --- time

    async def pass_time(self, by: timedelta) -> None:
        """Move the clock, perhaps back, and do what is due."""
        self.now += by
        self.log.append(f"{self.now:%d %H:%M} the clock went {by}")
        await self.run_due()

    async def wait_until(self, at: datetime | None) -> None:
        """Wait, unless it is past."""
        if at is not None and at > self.now:
            await self.pass_time(at - self.now)

    async def run_due(self) -> None:
        """Everything that is due, in order, each in a transaction of its own."""
        for _ in range(300):
            async with self.database.transaction() as session:
                due = await session.scalar(
                    select(DueTime)
                    .where(col(DueTime.done_at).is_(None), col(DueTime.due_at) <= self.now)
                    .order_by(col(DueTime.due_at), col(DueTime.id))
                    .limit(1)
                )
                if due is None:
                    return
                self.log.append(f"{self.now:%d %H:%M} due: {due.kind} {due.subject}")
                was_due_at = due.due_at
                await run_due(Work(session, self.now, self.services), due)
                if due.due_at == was_due_at:
                    due.done_at = self.now
                else:
                    # A mailing goes on a second later; nobody waits for it here.
                    assert due.due_at > self.now or due.done_at is not None
        raise AssertionError("due times never end")

    # --- noting what the test knows

    def note_vote(self, ballot_id: int, voter: str, choice: dict[str, Any]) -> None:
        """A vote was taken. Raises AssertionError for a second one of the same voter."""
        taken = self.voted.setdefault(ballot_id, set())
        assert voter not in taken, f"{voter} voted twice"
        taken.add(voter)
        key = orjson.dumps(choice, option=orjson.OPT_SORT_KEYS)
        self.choices.setdefault(ballot_id, Counter())[key] += 1


def door(room: str, grid: str = COURT) -> Place:
    """A flat of the courtyard."""
    return Place(grid=grid, lane="合水中路", number="12", building="1", unit="1", room=room)


def _neighbour(id_: int, room: str, **more: Any) -> Resident:
    home: dict[str, Any] = door(room).model_dump(exclude={"text"})
    since = dict.fromkeys(("created_at", "consented_at", "doorway_since"), MONDAY)
    return Resident(id=id_, name=f"居民{id_}", **(home | since | more))


async def _person(work: Work, who: int | str) -> Person:
    account = ACCOUNTS[who] if isinstance(who, str) else who
    found = await find_person(work, account)
    if found is None:
        found = await greet(work, account_id=account, name="路人", language_code="zh")
        await work.session.flush()
    return found


async def _changes(session: AsyncSession) -> int:
    """How many rows this connection ever wrote (sqlite3_total_changes)."""
    raw = await (await session.connection()).get_raw_connection()
    connection: Any = raw.driver_connection
    return int(connection.total_changes)
