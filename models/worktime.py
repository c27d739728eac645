"""Working time of the office: shifts, public holidays, and deadlines counted in them.

Everything that goes in and comes out is timezone-aware; results are UTC. Shifts and dates are
Beijing time, which has had no daylight saving since 1991: wall-clock arithmetic is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

BEIJING = ZoneInfo("Asia/Shanghai")
"""The one time zone of the office and of everything that is shown."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


class Shift(BaseModel):
    """A stretch of work within one day, from `start` up to but not including `end`.

    Written as `"08:30-12:00"` in files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: time
    end: time

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        start, dash, end = value.partition("-")
        if not dash:
            raise ValueError(f'a shift is written "08:30-12:00", not "{value}"')
        return {"start": start.strip(), "end": end.strip()}

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("a shift is in Beijing time and bears no offset")
        if self.start >= self.end:
            raise ValueError(f"shift {self} ends before it starts")
        return self

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def on(self, day: date) -> tuple[datetime, datetime]:
        """The shift's two ends on that day, in Beijing wall time."""
        return datetime.combine(day, self.start), datetime.combine(day, self.end)


Shifts = tuple[Shift, ...]


class Week(BaseModel):
    """The shifts of an ordinary week; a day left out is a day off."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    monday: Shifts = ()
    tuesday: Shifts = ()
    wednesday: Shifts = ()
    thursday: Shifts = ()
    friday: Shifts = ()
    saturday: Shifts = ()
    sunday: Shifts = ()

    @property
    def days(self) -> tuple[Shifts, ...]:
        """The seven days, Monday first, as `date.weekday()` counts them."""
        return (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )


class WorkCalendar(BaseModel):
    """When the office works.

    `holidays` are days off whatever their weekday. `extra_workdays` (调休) are worked although they
    fall on a weekend, with `extra_workday_shifts`, or with Monday's shifts when those are empty.

    Raises ValueError on overlapping shifts, an empty week, a day that is both holiday and extra
    workday, and extra workdays without any shift to work.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    week: Week
    holidays: frozenset[date] = Field(default_factory=frozenset)
    extra_workdays: frozenset[date] = Field(default_factory=frozenset)
    extra_workday_shifts: Shifts = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not any(self.week.days):
            raise ValueError("the week has no shift at all")
        for shifts in (*self.week.days, self.extra_workday_shifts):
            for earlier, later in pairwise(sorted(shifts, key=lambda shift: shift.start)):
                if later.start < earlier.end:
                    raise ValueError(f"shifts {earlier} and {later} overlap")
        both = self.holidays & self.extra_workdays
        if both:
            raise ValueError(f"{min(both)} is both a holiday and an extra workday")
        if self.extra_workdays and not (self.extra_workday_shifts or self.week.monday):
            raise ValueError("extra workdays need shifts: Monday has none to lend")
        return self

    def is_working(self, at: datetime) -> bool:
        """Whether the office works at that instant; the end of a shift is already off."""
        wall = _wall(at)
        return any(start <= wall < end for start, end in self._on(wall.date()))

    def next_working(self, at: datetime) -> datetime:
        """`at` itself when the office works then, else the start of the next shift (UTC)."""
        wall = _wall(at)
        for start, end in self._from(wall.date()):
            if wall < end:
                return _utc(max(wall, start))
        raise AssertionError("a week with a shift never runs out")

    def add_working(self, start: datetime, minutes: int) -> datetime:
        """The instant (UTC) when `minutes` of working time have passed since `start`.

        A sum that fills a shift ends at that shift's end, not at the next one's start; none at all
        gives `next_working(start)`. Raises ValueError on a naive start or negative minutes.
        """
        _check_minutes(minutes)
        if minutes == 0:
            return self.next_working(start)
        wall = _wall(start)
        left = minutes * _MINUTE
        for begin, end in self._from(wall.date()):
            begin = max(begin, wall)  # noqa: PLW2901 - the first day may be half over
            if begin >= end:
                continue
            if left <= end - begin:
                return _utc(begin + left)
            left -= end - begin
        raise AssertionError("a week with a shift never runs out")

    def working_minutes_between(self, start: datetime, end: datetime) -> float:
        """Minutes of working time from `start` to `end`; negative when `end` is earlier."""
        first, last = _wall(start), _wall(end)
        if last < first:
            return -self.working_minutes_between(end, start)
        total = timedelta()
        day = first.date()
        while day <= last.date():
            for begin, finish in self._on(day):
                total += max(min(finish, last) - max(begin, first), timedelta())
            day += _DAY
        return total / _MINUTE

    def deadline(
        self, start: datetime, minutes: int, clock: Literal["working", "clock"]
    ) -> datetime:
        """When a promise of `minutes` given at `start` is due (UTC), by the category's clock.

        Raises ValueError on a naive start or negative minutes.
        """
        if clock == "working":
            return self.add_working(start, minutes)
        _check_minutes(minutes)
        _check_aware(start)
        return start.astimezone(UTC) + minutes * _MINUTE

    def remaining(self, now: datetime, due: datetime, clock: Literal["working", "clock"]) -> float:
        """Minutes left until `due` by the category's clock; negative when overdue."""
        if clock == "working":
            return self.working_minutes_between(now, due)
        _check_aware(now)
        _check_aware(due)
        return (due - now) / _MINUTE

    def shifts_on(self, day: date) -> Shifts:
        """The shifts worked on that day (Beijing date), in order; empty on a day off."""
        if day in self.holidays:
            return ()
        if day in self.extra_workdays:
            return self._extra
        return self._weekdays[day.weekday()]

    @cached_property
    def _weekdays(self) -> tuple[Shifts, ...]:
        return tuple(_sorted(shifts) for shifts in self.week.days)

    @cached_property
    def _extra(self) -> Shifts:
        return _sorted(self.extra_workday_shifts or self.week.monday)

    def _on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        return (shift.on(day) for shift in self.shifts_on(day))

    def _from(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        while True:
            yield from self._on(day)
            day += _DAY


def _sorted(shifts: Shifts) -> Shifts:
    return tuple(sorted(shifts, key=lambda shift: shift.start))


def _check_aware(at: datetime) -> None:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone")


def _check_minutes(minutes: int) -> None:
    if minutes < 0:
        raise ValueError(f"a promise cannot be {minutes} minutes long")


def _wall(at: datetime) -> datetime:
    """The Beijing wall time, without zone, so that sums stay cheap."""
    _check_aware(at)
    return at.astimezone(BEIJING).replace(tzinfo=None)


def _utc(wall: datetime) -> datetime:
    return wall.replace(tzinfo=BEIJING).astimezone(UTC)
