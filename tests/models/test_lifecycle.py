"""The table of transitions: complete, closed, and denying by default."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ActionNotAllowed, ActionNotPossible
from models.lifecycle import (
    OPEN,
    TRANSITIONS,
    Action,
    Actor,
    State,
    check_can,
    may_do,
    possible_actions,
)

ROWS = {row.action: row for row in TRANSITIONS}
ACTORS = st.frozensets(st.sampled_from(list(Actor)))


def test_every_action_has_one_row_but_the_first() -> None:
    assert len(ROWS) == len(TRANSITIONS)
    assert set(ROWS) == set(Action) - {Action.SUBMIT}


def test_every_row_has_somebody_and_somewhere() -> None:
    assert all(row.actors and row.sources for row in TRANSITIONS)


@given(st.sampled_from(list(ROWS)), st.sampled_from(list(State)), ACTORS)
def test_the_check_is_the_table(action: Action, state: State, actors: frozenset[Actor]) -> None:
    row = ROWS[action]
    if not row.actors & actors:
        with pytest.raises(ActionNotAllowed):
            check_can(action, state, actors)
        assert action not in possible_actions(state, actors)
    elif state not in row.sources:
        with pytest.raises(ActionNotPossible):
            check_can(action, state, actors)
        assert action not in possible_actions(state, actors)
    else:
        assert check_can(action, state, actors) == (row.target or state)
        assert action in possible_actions(state, actors)


@given(st.sampled_from(list(State)))
def test_a_stranger_can_do_nothing(state: State) -> None:
    assert possible_actions(state, frozenset()) == frozenset()


def reachable(start: State) -> set[State]:
    seen, edge = {start}, {start}
    while edge:
        edge = {
            row.target
            for state in edge
            for row in TRANSITIONS
            if state in row.sources and row.target is not None
        } - seen
        seen |= edge
    return seen


@pytest.mark.parametrize("state", list(State))
def test_nothing_is_a_dead_end(state: State) -> None:
    assert State.CLOSED in reachable(state)
    assert State.ASSIGNED in reachable(state)


def test_every_state_is_reached_from_a_new_ticket() -> None:
    assert reachable(State.UNASSIGNED) | reachable(State.TRIAGE) == set(State)


def test_only_the_reporter_and_the_office_open_again() -> None:
    assert may_do(Action.REOPEN) == {Actor.REPORTER, Actor.OFFICE}
    assert not ROWS[Action.REOPEN].sources & OPEN


def test_neighbours_only_follow() -> None:
    doings = {row.action for row in TRANSITIONS if Actor.NEIGHBOUR in row.actors}

    assert doings == {Action.FOLLOW}


def test_reporters_do_not_judge_their_own_matter() -> None:
    doings = {row.action for row in TRANSITIONS if Actor.REPORTER in row.actors}

    assert not doings & {Action.RESOLVE, Action.ASSIGN, Action.CLASSIFY, Action.REFUSE}


@pytest.mark.parametrize("state", sorted(OPEN))
def test_the_office_and_the_resident_can_end_anything_open(state: State) -> None:
    assert check_can(Action.CLOSE, state, frozenset({Actor.OFFICE})) is State.CLOSED
    assert check_can(Action.WITHDRAW, state, frozenset({Actor.REPORTER})) is State.CLOSED
