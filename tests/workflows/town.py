"""A small sub-district, a database in memory, and a notifier that writes down what it is told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.gazetteer import Gazetteer
from dispatch.queue import TicketQueue
from handlers.texts import LOCALES, Texts
from models.district import (
    Address,
    Building,
    Category,
    Department,
    District,
    Emergency,
    GridNode,
    Level,
    Role,
    Staff,
)
from models.people import Resident, StaffAccount
from models.place import Place
from models.policy import Policy
from models.worktime import WorkCalendar
from workflows.notices import NOTICES
from workflows.tickets.submit import Draft, submit_ticket
from workflows.work import Person, Services, Work

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""A Monday, 09:00 in Beijing."""

COURT = "xg.01.01.01"
OTHER_COURT = "xg.01.01.02"


def _node(code: str, name: str, level: int, **more: Any) -> GridNode:
    parent = code.rpartition(".")[0] or None
    return GridNode(code=code, name=name, name_en=name, level=Level(level), parent=parent, **more)


def _court(code: str, number: str) -> GridNode:
    return _node(
        code,
        f"合水中路{number}号院",
        4,
        addresses=(
            Address(
                lane="合水中路",
                number=number,
                buildings=(Building(name="1", units=4), Building(name="2", units=2)),
            ),
        ),
    )


def _staff(code: str, role: Role, grid: str, **more: Any) -> Staff:
    return Staff(code=code, name=f"姓名{code}", role=role, grid=grid, title=f"职务{code}", **more)


STAFF = (
    _staff("office-1", Role.OFFICE, "xg"),
    _staff("office-2", Role.OFFICE, "xg"),
    _staff("lead-01", Role.GRID_LEAD, "xg.01"),
    _staff("organiser-01", Role.ORGANISER, "xg.01"),
    _staff("lead-0101", Role.GRID_LEAD, "xg.01.01"),
    _staff("worker-a", Role.GRID_WORKER, "xg.01.01"),
    _staff("worker-b", Role.GRID_WORKER, "xg.01.01"),
    _staff("building-1", Role.BUILDING_LEAD, COURT),
    _staff("lead-02", Role.GRID_LEAD, "xg.02"),
    _staff("worker-z", Role.GRID_WORKER, "xg.02.01"),
)
ACCOUNTS = {member.code: 7000 + index for index, member in enumerate(STAFF)}


def _category(code: str, **more: Any) -> Category:
    defaults: dict[str, Any] = {
        "group": code.partition(".")[0],
        "label_zh": code,
        "label_en": code,
        "owner": (Role.GRID_WORKER,),
        "response_minutes": 240,
        "resolution_minutes": 1440,
    }
    return Category(code=code, **(defaults | more))


CATEGORIES = (
    _category("facility.lighting", duplicates_radius="courtyard", department="property"),
    _category(
        "hazard.fire",
        duplicates_radius="building",
        urgency="urgent",
        clock="clock",
        response_minutes=30,
    ),
    _category("care.special", owner=(Role.BUILDING_LEAD, Role.GRID_WORKER), private=True),
    _category(
        "complaint.staff", owner=(Role.GRID_LEAD, Role.OFFICE), private=True, about_staff=True
    ),
    _category("other.other"),
)


def make_district(**changes: Any) -> District:
    """The small district, with whatever is changed."""
    given: dict[str, Any] = {
        "name_zh": "西固城街道",
        "name_en": "Xigucheng",
        "grids": (
            _node("xg", "西固城街道", 1),
            _node("xg.01", "合水中路社区", 2),
            _node("xg.01.01", "第一网格", 3),
            _court(COURT, "12"),
            _court(OTHER_COURT, "16"),
            _node("xg.02", "清水桥社区", 2),
            _node("xg.02.01", "第二网格", 3),
            _court("xg.02.01.01", "30"),
        ),
        "staff": STAFF,
        "departments": (
            Department(code="property", label_zh="物业", label_en="Property", phone="0931-000-1"),
        ),
        "categories": CATEGORIES,
        "groups": {},
        "emergencies": (
            Emergency(kind="gas", label_zh="燃气泄漏", label_en="Gas leak", numbers=("119",)),
        ),
        "calendar": WorkCalendar.model_validate(
            {
                "week": {
                    day: ["08:30-12:00", "14:30-18:00"]
                    for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
                }
            }
        ),
    }
    return District(**(given | changes))


@dataclass(frozen=True)
class Guess:
    """What triage answers for one category."""

    code: str
    p: float


class KeywordTriage:
    """Stands in for the trained model: says what the test wants to hear of a word."""

    WORDS: ClassVar[dict[str, str]] = {
        "灯": "facility.lighting",
        "火": "hazard.fire",
        "老人": "care.special",
    }

    def rank(self, text: str) -> list[Guess]:
        sure = [Guess(code, 0.9) for word, code in self.WORDS.items() if word in text]
        if not sure and "你好" in text:
            sure = [Guess("none", 0.9)]
        rest = [c.code for c in CATEGORIES if c.code not in {guess.code for guess in sure}]
        return sure + [Guess(code, 0.1) for code in rest]

    def emergency(self, text: str) -> str | None:
        return "gas" if "煤气" in text else None

    def split_matters(self, text: str) -> list[str]:
        return [part for part in text.split("，还有") if part]


@dataclass
class Sent:
    """One notice: to a resident's id or a staff code."""

    to: int | str
    notice: str
    context: dict[str, Any]
    words: dict[str, str]


BASE = {"ticket", "category", "node", "address", "assignee", "by", "text", "files"}
"""What every notice gets."""


@dataclass
class RecordingNotifier:
    """Renders what it is told in each language, as the real one does, and keeps it."""

    sent: list[Sent] = field(default_factory=list)

    async def resident(self, work: Work, resident_id: int, notice: str, **context: Any) -> None:
        self._keep(resident_id, notice, context)

    async def staff(self, work: Work, staff_code: str, notice: str, **context: Any) -> None:
        self._keep(staff_code, notice, context)

    def _keep(self, to: int | str, notice: str, context: dict[str, Any]) -> None:
        spec = NOTICES[notice]
        expected = BASE | spec.extra
        assert notice == "digest" or set(context) == expected
        words = {locale: Texts(locale)(f"notices/{notice}", **context) for locale in LOCALES}
        for text in words.values():
            assert re.search(r"#\d{4}", text), text
            assert 0 < len(text) <= 4096
        self.sent.append(Sent(to, notice, context, words))

    def of(self, to: int | str) -> list[str]:
        """The notices somebody got, in order."""
        return [sent.notice for sent in self.sent if sent.to == to]

    def to_whom(self, notice: str) -> list[int | str]:
        """Who got a notice, in order."""
        return [sent.to for sent in self.sent if sent.notice == notice]

    def last(self, notice: str) -> Sent:
        """The last notice of that name."""
        return next(sent for sent in reversed(self.sent) if sent.notice == notice)

    def clear(self) -> None:
        self.sent.clear()


class Town:
    """Everything a test needs: the unit of work, the people, and a clock to turn."""

    def __init__(self, session: AsyncSession, district: District, policy: Policy) -> None:
        self.notices = RecordingNotifier()
        self.work = Work(
            session=session,
            now=MONDAY,
            services=Services(
                district=district,
                policy=policy,
                gazetteer=Gazetteer(district.grids),
                triage=KeywordTriage(),  # type: ignore[arg-type]
                queue=TicketQueue(None, "xg"),
                notifier=self.notices,
            ),
        )

    @property
    def session(self) -> AsyncSession:
        return self.work.session

    def pass_time(self, **span: float) -> None:
        self.work.now += timedelta(**span)

    async def resident(self, id_: int = 1, grid: str | None = COURT) -> Person:
        row = await self.session.get(Resident, id_)
        if row is None:
            row = Resident(id=id_, name=f"居民{id_}", created_at=self.work.now, grid=grid)
            self.session.add(row)
            await self.session.flush()
        return Person(row)

    async def staff(self, code: str) -> Person:
        account = await self.session.get(StaffAccount, code)
        assert account is not None
        person = await self.resident(ACCOUNTS[code], None)
        return replace(person, staff=self.work.district.staff_by_code[code], account=account)

    async def set_duty(self, on: bool, *codes: str) -> None:
        for code in codes:
            account = await self.session.get(StaffAccount, code)
            assert account is not None
            account.on_duty = on
        await self.session.flush()

    async def submit(self, text: str = "楼道灯坏了三天了", **draft: Any) -> Any:
        person = draft.pop("person", None) or await self.resident()
        given: dict[str, Any] = {
            "category": "facility.lighting",
            "confidence": 0.9,
            "place": Place(
                grid=COURT, lane="合水中路", number="12", building="1", unit="3", room="401"
            ),
        }
        given["proposed"] = draft.get("category", given["category"])
        return await submit_ticket(self.work, person, Draft(text=text, **(given | draft)))
