"""The tables of the seven steps: no step is skipped, everything is reachable, deny by default."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.texts import LOCALES, TEMPLATES
from models.deliberation.policy import DeliberationPolicy
from models.deliberation.steps import (
    FINAL,
    GUARDS,
    MOVES,
    RUNNING,
    SEVEN,
    STEP_SPEC,
    STEPS,
    Capacity,
    Facts,
    Move,
    Step,
    check_move,
    position,
    row_of,
)
from models.errors import ActionNotAllowed, NotReady
from workflows.notices import NOTICES

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CAPACITIES = st.frozensets(st.sampled_from(list(Capacity)))
WITH_ROWS = st.sampled_from([row.move for row in MOVES])
SPANS = st.timedeltas(timedelta(days=-60), timedelta(days=120))
NUMBERS = st.integers(0, 4)
FACTS = st.builds(
    Facts,
    supporters=NUMBERS,
    supporters_needed=NUMBERS,
    opinions=NUMBERS,
    topics=NUMBERS,
    motion=st.sampled_from([None, "topics", "tickets", "referral"]),
    options=NUMBERS,
    options_incomplete=NUMBERS,
    legality_missing=NUMBERS,
    convened=st.booleans(),
    announced=st.booleans(),
    households_unaccounted=NUMBERS,
    minutes=st.booleans(),
    decision=st.booleans(),
    objections_open=NUMBERS,
    tasks=NUMBERS,
    tasks_open=NUMBERS,
    reported=st.booleans(),
    untold=NUMBERS,
)
READY = Facts(
    supporters=10,
    supporters_needed=10,
    opinions=5,
    topics=2,
    motion="topics",
    options=2,
    convened=True,
    announced=True,
    minutes=True,
    decision=True,
    tasks=1,
    reported=True,
)
"""Facts with which the usual path is open all along."""


def test_every_move_has_one_row_but_the_two_that_create() -> None:
    assert len({row.move for row in MOVES}) == len(MOVES)
    assert {row.move for row in MOVES} == set(Move) - {Move.OPEN, Move.PROPOSE}


def test_no_step_is_skipped() -> None:
    """To any of the seven steps but the first only the step before it leads."""
    for before, step in pairwise(SEVEN):
        sources = {source for row in MOVES if row.target is step for source in row.sources}
        assert sources == {before}
    into_closed = [row for row in MOVES if row.target is Step.CLOSED]
    assert [row.sources for row in into_closed] == [frozenset({Step.REPORT})]


def test_the_seven_steps_in_their_order_are_a_path() -> None:
    step = Step.PROPOSED
    walked = [step]
    for move in (
        Move.START,
        Move.END_COLLECTION,
        Move.CONFIRM_TOPICS,
        Move.PUBLISH,
        Move.CONVENE,
        Move.DECIDE,
        Move.REPORT,
        Move.CLOSE,
    ):
        step = check_move(
            move,
            step,
            frozenset({Capacity.ORGANISER}),
            READY,
            entered_at=NOW,
            now=NOW,
            least=timedelta(0),
        )
        walked.append(step)
    assert walked == [Step.PROPOSED, *SEVEN, Step.CLOSED]


def test_every_step_is_reached_and_every_running_one_left() -> None:
    reached = {Step.PROPOSED, Step.COLLECT}
    reached |= {row.target for row in MOVES}
    assert reached == set(Step)
    for step in RUNNING:
        assert any(step in row.sources and row.move is not Move.WITHDRAW for row in MOVES)
    assert not any(row.sources & FINAL for row in MOVES)


def test_nobody_leaves_a_step_early_but_by_stopping_it() -> None:
    for row in MOVES:
        impatient = row.move in (Move.START, Move.LAPSE, Move.WITHDRAW)
        assert row.patient is not impatient


def test_every_guard_is_used_and_every_used_one_is_there() -> None:
    assert {name for row in MOVES for name in row.guards} == set(GUARDS)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("reason", [*GUARDS, "step", "too_early", "notice_time"])
def test_every_guard_has_its_sentence(reason: str, locale: str) -> None:
    assert (TEMPLATES / locale / "errors" / f"not_ready_{reason}.html").is_file()


def test_every_step_says_what_it_is_for_and_is_announced() -> None:
    assert tuple(STEP_SPEC) == SEVEN
    for spec in STEPS:
        assert spec.people and spec.outcome
        assert NOTICES[spec.notice].audience == "neighbour"


def test_every_step_has_a_longest_time_and_no_shorter_one() -> None:
    policy = DeliberationPolicy()
    for step in RUNNING:
        most = policy.most(step)
        assert most is not None
        assert policy.least(step) <= most
    assert all(policy.most(step) is None for step in FINAL)


@given(WITH_ROWS, st.sampled_from(list(Step)), CAPACITIES, FACTS, SPANS, st.integers(0, 30))
def test_the_check_is_the_table(
    move: Move,
    step: Step,
    capacities: frozenset[Capacity],
    facts: Facts,
    since: timedelta,
    days: int,
) -> None:
    row, least = row_of(move), timedelta(days=days)

    def check() -> Step:
        return check_move(
            move, step, capacities, facts, entered_at=NOW - since, now=NOW, least=least
        )

    failing = [name for name in row.guards if not GUARDS[name](facts)]
    if not row.capacities & capacities:
        with pytest.raises(ActionNotAllowed):
            check()
        return
    if step in row.sources and not (row.patient and since < least) and not failing:
        assert check() is row.target
        return
    with pytest.raises(NotReady) as refused:
        check()
    reason = refused.value.context["reason"]
    if step not in row.sources:
        assert reason == "step"
    elif row.patient and since < least:
        assert reason == "too_early"
        assert refused.value.context["again_at"] == NOW - since + least
    else:
        assert reason == failing[0]


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=400)))
def test_a_clock_that_jumped_back_only_makes_it_later(back: timedelta) -> None:
    with pytest.raises(NotReady):
        check_move(
            Move.END_COLLECTION,
            Step.COLLECT,
            frozenset({Capacity.SYSTEM}),
            READY,
            entered_at=NOW,
            now=NOW - back,
            least=timedelta(0),
        )


@pytest.mark.parametrize(
    ("guard", "broken"),
    [
        ("supporters", {"supporters": 9}),
        ("no_opinions", {"opinions": 1}),
        ("opinions", {"opinions": 0}),
        ("topics", {"topics": 0}),
        ("topics", {"topics": 4}),
        ("motion_topics", {"motion": "tickets"}),
        ("motion_tickets", {"motion": "topics"}),
        ("motion_referral", {"motion": None}),
        ("options", {"options": 0}),
        ("options_complete", {"options_incomplete": 1}),
        ("legality", {"legality_missing": 1}),
        ("convened", {"convened": False}),
        ("announced", {"announced": False}),
        ("households", {"households_unaccounted": 1}),
        ("minutes", {"minutes": False}),
        ("objections", {"objections_open": 1}),
        ("decision", {"decision": False}),
        ("tasks", {"tasks": 0}),
        ("tasks_settled", {"tasks_open": 1}),
        ("reported", {"reported": False}),
        ("told", {"untold": 1}),
    ],
)
def test_each_guard_fails_on_what_it_guards(guard: str, broken: dict[str, object]) -> None:
    assert not GUARDS[guard](replace(READY, **broken))  # type: ignore[arg-type]


def test_positions_count_the_seven() -> None:
    assert [position(step) for step in SEVEN] == [1, 2, 3, 4, 5, 6, 7]
    assert position(Step.PROPOSED) == 0
    assert {position(step) for step in FINAL} == {8}
