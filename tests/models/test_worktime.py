"""Working time: shifts with a lunch break, holidays, extra workdays, and sums over them."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.worktime import BEIJING, Shift, Week, WorkCalendar

OFFICE = ("08:30-12:00", "14:30-18:00")
DAY_MINUTES = 420


def calendar(**changes) -> WorkCalendar:
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    return WorkCalendar.model_validate({"week": dict.fromkeys(weekdays, OFFICE), **changes})


def beijing(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=BEIJING)


@st.composite
def shifts(draw, min_size=0):
    """Up to three shifts of one day that do not overlap."""
    count = draw(st.integers(min_size, 3))
    minutes = st.integers(0, 1439)
    edges = draw(st.lists(minutes, min_size=2 * count, max_size=2 * count, unique=True))
    times = [time(*divmod(edge, 60)) for edge in sorted(edges)]
    return tuple(Shift(start=a, end=b) for a, b in zip(times[::2], times[1::2], strict=True))


days = st.dates(date(2025, 12, 1), date(2026, 3, 1))


@st.composite
def calendars(draw):
    week = [draw(shifts(min_size=1)), *(draw(shifts()) for _ in range(6))]
    holidays = draw(st.frozensets(days, max_size=12))
    names = Week.model_fields
    return WorkCalendar(
        week=Week(**dict(zip(names, week, strict=True))),
        holidays=holidays,
        extra_workdays=draw(st.frozensets(days, max_size=4)) - holidays,
        extra_workday_shifts=draw(shifts()),
    )


instants = st.datetimes(
    datetime(2025, 12, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2026, 2, 20),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, BEIJING, timezone(timedelta(hours=-7))]),
)
amounts = st.integers(0, 6000)


@given(calendars(), instants, amounts)
def test_between_undoes_add(office, start, minutes):
    assert office.working_minutes_between(start, office.add_working(start, minutes)) == minutes


@given(calendars(), instants, amounts, amounts)
def test_more_minutes_never_end_earlier(office, start, one, other):
    less, more = sorted((one, other))
    assert office.add_working(start, less) <= office.add_working(start, more)


@given(calendars(), instants, instants, amounts)
def test_a_later_start_never_ends_earlier(office, one, other, minutes):
    early, late = sorted((one, other))
    assert office.add_working(early, minutes) <= office.add_working(late, minutes)


@given(calendars(), instants, amounts, st.integers(1, 6000))
def test_two_sums_are_one(office, start, first, second):
    halfway = office.add_working(start, first)
    assert office.add_working(halfway, second) == office.add_working(start, first + second)


@given(calendars(), instants, amounts)
def test_a_deadline_lies_in_a_shift_or_at_its_end(office, start, minutes):
    due = office.add_working(start, minutes)
    just_before = due - timedelta(microseconds=1)
    assert office.is_working(due) or office.is_working(just_before)
    assert due >= start
    assert due.tzinfo is UTC


@given(calendars(), instants)
def test_next_working_is_the_first_instant_of_work(office, at):
    then = office.next_working(at)
    assert office.is_working(then)
    assert office.working_minutes_between(at, then) == 0
    assert (then == at) == office.is_working(at)


@given(calendars(), instants, instants, instants)
def test_working_time_adds_up(office, a, b, c):
    parts = office.working_minutes_between(a, b) + office.working_minutes_between(b, c)
    assert parts == pytest.approx(office.working_minutes_between(a, c), abs=1e-6)


@given(calendars(), instants, instants)
def test_working_time_is_at_most_clock_time(office, a, b):
    early, late = sorted((a, b))
    worked = office.working_minutes_between(early, late)
    assert 0 <= worked <= (late - early) / timedelta(minutes=1)
    assert office.working_minutes_between(late, early) == -worked


@given(calendars(), st.integers(-30, 30))
def test_the_clock_never_jumps(office, offset):
    """A day is 24 hours the whole year round: Beijing has no daylight saving."""
    noon = datetime(2026, 6, 30, 4, tzinfo=UTC) + timedelta(days=offset * 6)
    assert noon.astimezone(BEIJING).hour == 12
    assert office.deadline(noon, 1440, "clock").astimezone(BEIJING).hour == 12


def test_lunch_does_not_count():
    start = beijing("2026-03-04", "11:30")
    assert calendar().add_working(start, 60) == beijing("2026-03-04", "15:00")
    assert calendar().working_minutes_between(start, beijing("2026-03-04", "15:00")) == 60


def test_a_sum_that_fills_the_morning_ends_at_noon():
    assert calendar().add_working(beijing("2026-03-04", "11:30"), 30) == beijing(
        "2026-03-04", "12:00"
    )


def test_no_minutes_start_with_the_next_shift():
    assert calendar().add_working(beijing("2026-03-04", "12:00"), 0) == beijing(
        "2026-03-04", "14:30"
    )


def test_friday_evening_runs_on_from_monday():
    due = calendar().add_working(beijing("2026-03-06", "17:00"), 120)
    assert due == beijing("2026-03-09", "09:30")


def test_a_holiday_is_skipped():
    office = calendar(holidays=["2026-05-01", "2026-05-04", "2026-05-05"])
    due = office.add_working(beijing("2026-04-30", "18:00"), 1)
    assert due == beijing("2026-05-06", "08:31")
    assert not office.is_working(beijing("2026-05-04", "10:00"))


def test_an_extra_workday_has_mondays_shifts_unless_it_has_its_own():
    saturday = beijing("2026-05-09", "09:00")
    assert not calendar().is_working(saturday)
    assert calendar(extra_workdays=["2026-05-09"]).is_working(saturday)
    own = calendar(extra_workdays=["2026-05-09"], extra_workday_shifts=["10:00-12:00"])
    assert own.next_working(saturday) == beijing("2026-05-09", "10:00")


def test_shifts_may_be_written_in_any_order():
    office = WorkCalendar(week={"monday": OFFICE[::-1]})
    assert office.add_working(beijing("2026-03-02", "08:00"), DAY_MINUTES) == beijing(
        "2026-03-02", "18:00"
    )


def test_seconds_are_kept():
    due = calendar().add_working(beijing("2026-03-04", "11:59:30"), 1)
    assert due == beijing("2026-03-04", "14:30:30")


def test_the_clock_of_the_category_decides():
    friday = beijing("2026-03-06", "17:00")
    assert calendar().deadline(friday, 120, "working") == beijing("2026-03-09", "09:30")
    assert calendar().deadline(friday, 120, "clock") == beijing("2026-03-06", "19:00")


def test_remaining_is_negative_when_overdue():
    due, now = beijing("2026-03-06", "17:00"), beijing("2026-03-09", "09:30")
    assert calendar().remaining(now, due, "working") == -120
    assert calendar().remaining(now, due, "clock") == -(64 * 60 + 30)
    assert calendar().remaining(due, now, "working") == 120


NAIVE = datetime(2026, 3, 4, 10)  # noqa: DTZ001
AWARE = NAIVE.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "call",
    [
        lambda office: office.add_working(NAIVE, 1),
        lambda office: office.is_working(NAIVE),
        lambda office: office.next_working(NAIVE),
        lambda office: office.working_minutes_between(NAIVE, AWARE),
        lambda office: office.working_minutes_between(AWARE, NAIVE),
        lambda office: office.deadline(NAIVE, 1, "clock"),
        lambda office: office.remaining(AWARE, NAIVE, "clock"),
        lambda office: office.remaining(NAIVE, AWARE, "clock"),
    ],
)
def test_a_time_without_zone_is_refused(call):
    with pytest.raises(ValueError, match="no time zone"):
        call(calendar())


@pytest.mark.parametrize("clock", ["working", "clock"])
def test_negative_minutes_are_refused(clock):
    with pytest.raises(ValueError, match="-5 minutes"):
        calendar().deadline(AWARE, -5, clock)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"week": {}}, "no shift at all"),
        ({"week": {"monday": ["08:00-12:00", "11:59-18:00"]}}, "overlap"),
        ({"week": {"monday": ["18:00-08:00"]}}, "ends before it starts"),
        ({"week": {"monday": ["08:00"]}}, "is written"),
        ({"week": {"monday": ["08:00-25:00"]}}, "hour"),
        ({"week": {"funday": ["08:00-12:00"]}}, "funday"),
        ({"holidays": ["2026-05-09"], "extra_workdays": ["2026-05-09"]}, "both a holiday"),
        ({"week": {"friday": OFFICE}, "extra_workdays": ["2026-05-09"]}, "Monday has none"),
        ({"extra_workday_shifts": ["08:00-12:00", "10:00-11:00"]}, "overlap"),
    ],
)
def test_a_calendar_without_sense_is_refused(fields, reason):
    with pytest.raises(ValidationError, match=reason):
        calendar(**fields)
