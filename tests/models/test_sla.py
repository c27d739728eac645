"""Promises, pauses and the timers that a ticket needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.district import Level
from models.lifecycle import OPEN, State
from models.policy import Policy
from models.sla import (
    Due,
    Rules,
    level_deadline,
    next_due,
    pause,
    promise,
    resume,
    wanted_times,
)
from models.ticket import Ticket
from tests.workflows.town import CATEGORIES, make_district

DISTRICT = make_district()
LIGHTS, FIRE = CATEGORIES[0], CATEGORIES[1]
MOMENTS = st.datetimes(
    datetime(2026, 11, 1),  # noqa: DTZ001 - the zone is drawn apart
    datetime(2026, 12, 20),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def rules(category: object = LIGHTS, emergency: bool = False) -> Rules:
    return Rules(category, Policy(), DISTRICT.calendar, emergency)  # type: ignore[arg-type]


def ticket(now: datetime, by: Rules) -> Ticket:
    made = Ticket(number=1, category="x", text="x", grid="xg", state=State.ASSIGNED)
    promise(made, now, by)
    return made


@given(MOMENTS, st.sampled_from([rules(), rules(FIRE), rules(LIGHTS, True)]))
def test_a_promise_lies_ahead_and_the_end_is_not_before_the_answer(
    now: datetime, by: Rules
) -> None:
    made = ticket(now, by)

    assert now < made.response_due_at <= made.resolution_due_at
    assert not made.overdue
    assert next_due(made) == made.response_due_at
    made.responded_at = now
    assert next_due(made) == made.resolution_due_at


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=9)), st.integers(0, 3))
def test_a_pause_costs_no_working_time(now: datetime, asleep: timedelta, hours: int) -> None:
    by, calendar = rules(), DISTRICT.calendar
    made = ticket(now, by)
    asked = now + timedelta(hours=hours)
    left = calendar.working_minutes_between(asked, made.resolution_due_at)

    pause(made, asked)
    resume(made, asked + asleep, by)

    after = calendar.working_minutes_between(asked + asleep, made.resolution_due_at)
    assert left <= after + 1e-6 < left + 1.001
    assert made.paused_at is None


def test_what_was_overdue_before_the_question_stays_so() -> None:
    now = datetime(2026, 11, 23, 1, tzinfo=UTC)
    by = rules()
    made = ticket(now, by)
    due = made.resolution_due_at
    pause(made, due + timedelta(hours=1))
    resume(made, due + timedelta(days=3), by)

    assert made.resolution_due_at == due


def test_resuming_what_was_not_paused_changes_nothing() -> None:
    now = datetime(2026, 11, 23, 1, tzinfo=UTC)
    made = ticket(now, rules())
    before = made.model_dump()

    resume(made, now + timedelta(days=1), rules())

    assert made.model_dump() == before


@given(MOMENTS)
def test_reminders_come_before_what_they_remind_of(now: datetime) -> None:
    times = wanted_times(ticket(now, rules()), rules())

    assert now <= times[Due.RESPONSE_REMINDER] < times[Due.RESPONSE_OVERDUE]
    assert now <= times[Due.RESOLUTION_REMINDER] < times[Due.RESOLUTION_OVERDUE]


def test_timers_match_the_state() -> None:
    now = datetime(2026, 11, 23, 1, tzinfo=UTC)
    made = ticket(now, rules())
    made.responded_at = made.level_due_at = made.paused_at = made.resolved_at = now
    for state in State:
        made.state = state
        kinds = set(wanted_times(made, rules()))
        assert (Due.RESOLUTION_OVERDUE in kinds) == (state in OPEN - {State.WAITING_RESIDENT})
        assert (Due.QUESTION_UNANSWERED in kinds) == (state is State.WAITING_RESIDENT)
        assert (Due.CLOSE_RESOLVED in kinds) == (state is State.RESOLVED)
        if state is State.CLOSED:
            assert kinds == set()


def test_each_level_has_its_figure_and_the_last_has_none() -> None:
    now = datetime(2026, 11, 23, 1, tzinfo=UTC)
    found = [level_deadline(level, now, rules()) for level in reversed(Level)]

    assert found[:3] == [DISTRICT.calendar.add_working(now, n) for n in (480, 480, 960)]
    assert found[3] is None
    assert level_deadline(Level.UNIT, now, rules(FIRE)) == now + timedelta(minutes=480)
