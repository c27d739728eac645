"""A courtyard with a council of five in the step where its plan is announced and talked over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlmodel import col

import models.messaging  # noqa: F401 - its tables belong to the metadata
from handlers.texts import LOCALES, Texts
from models.base import metadata
from models.deliberation.core import Contribution, Deliberation, DeliberationEvent
from models.deliberation.meeting import Meeting
from models.deliberation.plan import PlanOption
from models.deliberation.policy import DeliberationPolicy
from models.deliberation.steps import Step
from models.district import Council, Role, Seat, Staff
from models.messaging import OutboxCall
from models.people import Resident, StaffAccount
from models.policy import Policy
from models.ticket import DueTime
from tests.workflows.town import COURT, MONDAY, STAFF, Town, make_district
from workflows.deadlines import run_due
from workflows.notices import NOTICES
from workflows.work import Person, Work

SEATS = ("seat-1", "seat-2", "seat-3", "seat-4", "building-1")
SECRETARY = "lead-01"
ORGANISER = "organiser-01"
STRANGER = "worker-z"
POSTS = (
    *STAFF,
    *(
        Staff(code=code, name=f"姓名{code}", role=Role.COUNCIL_MEMBER, grid="xg.01")
        for code in SEATS[:-1]
    ),
    Staff(code="lawyer-1", name="律师", role=Role.LAWYER, grid="xg"),
)
COUNCIL = Council(
    grid="xg.01",
    name_zh="合水中路社区居民议事会",
    name_en="Council",
    secretary=SECRETARY,
    quorum_percent=50,
    seats=tuple(Seat(post=code, kind="residents") for code in SEATS),
)
ACCOUNTS = {staff.code: 7000 + index for index, staff in enumerate(POSTS)}
DAY = timedelta(days=1)
MEETING_AT = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)
"""Six days after `MONDAY`."""


@dataclass
class Letter:
    """One notice as somebody got it."""

    to: int | str
    notice: str
    context: dict[str, Any]
    zh: str
    broadcast: bool


@dataclass
class Letters:
    """A notifier that renders every notice, keeps it, and writes an outbox row for it."""

    all: list[Letter] = field(default_factory=list)
    fail_at: int | None = None
    """Account id at which the next message raises, as a crash would."""
    _refs: Any = field(default_factory=lambda: count(-1, -1))

    async def resident(
        self, work: Work, resident_id: int, notice: str, **context: Any
    ) -> int | None:
        if resident_id == self.fail_at:
            raise ConnectionError("the process died")
        if await work.session.get(Resident, resident_id) is None:
            return None
        return self._keep(work, resident_id, resident_id, notice, context)

    async def staff(self, work: Work, staff_code: str, notice: str, **context: Any) -> int | None:
        account = await work.session.get(StaffAccount, staff_code)
        if account is None or account.resident_id is None:
            return None
        return self._keep(work, account.resident_id, staff_code, notice, context)

    def _keep(
        self, work: Work, account: int, to: int | str, notice: str, context: dict[str, Any]
    ) -> int:
        spec = NOTICES[notice]
        assert set(context) - {"subject_id"} == {"deliberation"} | spec.extra, notice
        words = [
            Texts(locale)(f"notices/{notice}", board="/board/d/1", **context) for locale in LOCALES
        ]
        for text in words:
            assert context["deliberation"].title in text
            assert "None" not in text
        ref = next(self._refs)
        work.session.add(
            OutboxCall(
                ref=ref,
                lane=0,
                chat_id=account,
                method="sendMessage",
                payload={},
                status="sent",
                created_at=work.now,
            )
        )
        self.all.append(Letter(to, notice, context, words[0], work.broadcast))
        return ref

    def to(self, notice: str) -> list[int | str]:
        """Who got a notice, in order."""
        return [letter.to for letter in self.all if letter.notice == notice]

    def last(self, notice: str) -> Letter:
        return [letter for letter in self.all if letter.notice == notice][-1]


class Hood(Town):
    """Everything a test of step 4 and 5 needs."""

    def __init__(self, session: AsyncSession, policy: DeliberationPolicy) -> None:
        super().__init__(
            session,
            make_district(staff=POSTS, councils=(COUNCIL,)),
            Policy(deliberation=policy),
        )
        self.letters = Letters()
        self.work.services = replace(self.work.services, notifier=self.letters)

    async def neighbour(self, id_: int = 1, room: str | None = None, **more: Any) -> Person:
        """A resident of 合水中路12号1号楼, each in a flat of their own unless said otherwise."""
        row = await self.session.get(Resident, id_)
        if row is None:
            home: dict[str, Any] = {
                "grid": COURT,
                "lane": "合水中路",
                "number": "12",
                "building": "1",
                "unit": "1",
                "room": room or str(100 + id_),
                "consented_at": self.work.now,
                "doorway_since": self.work.now,
            }
            row = Resident(id=id_, created_at=self.work.now, **(home | more))
            self.session.add(row)
            await self.session.flush()
        return Person(row)

    async def staff(self, code: str) -> Person:
        row = await self.session.get_one(Resident, ACCOUNTS[code])
        account = await self.session.get_one(StaffAccount, code)
        return Person(row, self.work.district.staff_by_code[code], account)

    async def deliberation(self, step: Step = Step.CONSULT, **more: Any) -> Deliberation:
        given: dict[str, Any] = {
            "number": 1,
            "title": "加装电梯",
            "council": "xg.01",
            "grids": [COURT],
            "step": step,
            "step_since": self.work.now,
            "created_at": self.work.now,
            "updated_at": self.work.now,
        }
        row = Deliberation(**(given | more))
        self.session.add(row)
        await self.session.flush()
        return row

    async def option(self, deliberation: Deliberation, letter: str = "A") -> PlanOption:
        row = PlanOption(
            deliberation_id=deliberation.key,
            letter=letter,
            title="每单元装一部",
            what="外挂电梯",
            place="12号院",
            cost_cents=45_000_000,
            payer="业主",
            doer="物业",
            by_when=date(2027, 6, 1),
            risks="一楼采光",
            state="ready",
            author=ORGANISER,
        )
        self.session.add(row)
        await self.session.flush()
        return row

    async def meeting(self, deliberation: Deliberation, **more: Any) -> Meeting:
        """One that begins now."""
        given: dict[str, Any] = {
            "starts_at": self.work.now,
            "place": "活动室",
            "secretary": SECRETARY,
            "agenda": ["装不装", "谁出钱"],
        }
        row = Meeting(deliberation_id=deliberation.key, **(given | more))
        self.session.add(row)
        await self.session.flush()
        return row

    async def events(self) -> list[str]:
        """What happened, in order."""
        return list(
            await self.session.scalars(
                select(col(DeliberationEvent.action)).order_by(col(DeliberationEvent.id))
            )
        )

    async def contributions(self) -> list[tuple[str, int | None, str | None]]:
        """(kind, author, outcome) of everything that was given."""
        rows = await self.session.scalars(select(Contribution).order_by(col(Contribution.id)))
        return [(row.kind, row.author_id, row.outcome) for row in rows]

    async def run_until(self, until: datetime) -> list[str]:
        """Run everything due up to `until`, in order, each at its own time; returns the kinds."""
        ran: list[str] = []
        while True:
            row = await self.session.scalar(
                select(DueTime)
                .where(col(DueTime.done_at).is_(None), col(DueTime.due_at) <= until)
                .order_by(col(DueTime.due_at), col(DueTime.id))
                .limit(1)
            )
            if row is None:
                self.work.now = until
                return ran
            self.work.now = max(self.work.now, row.due_at)
            ran.append(row.kind)
            await run_due(self.work, row)
            await self.session.flush()
            assert len(ran) < 200


@asynccontextmanager
async def open_hood(url: str = "sqlite+aiosqlite://", **policy: Any) -> AsyncIterator[Hood]:
    """The courtyard, its posts all held by somebody who lives elsewhere."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        for code, account in ACCOUNTS.items():
            session.add(StaffAccount(code=code, resident_id=account))
            session.add(Resident(id=account, created_at=MONDAY, consented_at=MONDAY))
        await session.flush()
        yield Hood(session, DeliberationPolicy(**policy))
    await engine.dispose()
