"""The ticket lifecycle: one table of transitions, pure, with who may do what.

`docs/lifecycle.md` is drawn from this table (`python -m bot lifecycle`), and every change of a
ticket's state goes through `check_can`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from models.errors import ActionNotAllowed, ActionNotPossible


class State(StrEnum):
    """Where a ticket stands."""

    TRIAGE = "triage"
    """A person at the community decides the category (confidence below 40 %)."""
    UNASSIGNED = "unassigned"
    """Nobody could be found; the office has been told."""
    ASSIGNED = "assigned"
    """In the queue of one member of staff who has not accepted yet."""
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    WAITING_RESIDENT = "waiting_resident"
    """The worker asked; the resolution clock stands still until the resident answers."""
    WAITING_OUTSIDE = "waiting_outside"
    """Forwarded to an outside body; the answer is tracked."""
    RESOLVED = "resolved"
    """The worker says it is settled; the resident may rate or reopen for a configured time."""
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a ticket ended."""

    DONE = "done"
    NOT_POSSIBLE = "not_possible"
    NOT_OURS = "not_ours"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"
    NO_ANSWER = "no_answer"


class Action(StrEnum):
    """What can be done to a ticket. Each leaves one event."""

    SUBMIT = "submit"
    CLASSIFY = "classify"
    ASSIGN = "assign"
    PARK = "park"
    ACCEPT = "accept"
    START = "start"
    ASK = "ask"
    ANSWER = "answer"
    TRANSFER = "transfer"
    CALL_HELP = "call_help"
    ESCALATE = "escalate"
    REFUSE = "refuse"
    FORWARD = "forward"
    OUTSIDE_ANSWER = "outside_answer"
    RESOLVE = "resolve"
    CLOSE = "close"
    RATE = "rate"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    URGE = "urge"
    ADD = "add"
    EDIT = "edit"
    FOLLOW = "follow"
    NOTE = "note"
    SPLIT = "split"
    MERGE = "merge"
    REMIND = "remind"
    OVERDUE = "overdue"


class Actor(StrEnum):
    """In what capacity somebody acts on a ticket. One person may have several."""

    REPORTER = "reporter"
    """Whose matter it is: the resident, or the worker who opened it for someone."""
    ASSIGNEE = "assignee"
    HELPER = "helper"
    """Joined by 吹哨."""
    LEAD = "lead"
    """A lead or organiser of a grid that covers the ticket, or the ticket's watcher."""
    OFFICE = "office"
    NEIGHBOUR = "neighbour"
    """Another resident who may see the ticket because it is shared, not private."""
    SYSTEM = "system"
    """The clock and dispatch."""


class Transition(NamedTuple):
    """One row: `action` by any of `actors` moves any of `sources` to `target`.

    `target` None keeps the state; the event is recorded all the same.
    """

    action: Action
    sources: frozenset[State]
    target: State | None
    actors: frozenset[Actor]


_WORKING = frozenset(
    {State.ACCEPTED, State.IN_PROGRESS, State.WAITING_RESIDENT, State.WAITING_OUTSIDE}
)
_QUEUED = frozenset({State.TRIAGE, State.UNASSIGNED, State.ASSIGNED})
OPEN: frozenset[State] = _QUEUED | _WORKING
"""States in which somebody owes the resident something."""
_ALL = frozenset(State)
_STAFF = frozenset({Actor.ASSIGNEE, Actor.LEAD, Actor.OFFICE})
_DESK = frozenset({Actor.LEAD, Actor.OFFICE, Actor.SYSTEM})


def _row(
    action: Action, sources: frozenset[State], target: State | None, *actors: Actor
) -> Transition:
    return Transition(action, sources, target, frozenset(actors))


TRANSITIONS: tuple[Transition, ...] = (
    Transition(Action.CLASSIFY, OPEN, State.UNASSIGNED, frozenset({Actor.LEAD, Actor.OFFICE})),
    Transition(Action.ASSIGN, OPEN, State.ASSIGNED, _DESK),
    Transition(Action.PARK, OPEN, State.UNASSIGNED, _DESK),
    _row(Action.ACCEPT, frozenset({State.ASSIGNED}), State.ACCEPTED, Actor.ASSIGNEE, Actor.LEAD),
    _row(Action.START, frozenset({State.ACCEPTED}), State.IN_PROGRESS, Actor.ASSIGNEE),
    _row(
        Action.ASK,
        frozenset({State.ASSIGNED, State.ACCEPTED, State.IN_PROGRESS, State.WAITING_RESIDENT}),
        State.WAITING_RESIDENT,
        Actor.ASSIGNEE,
    ),
    _row(Action.ANSWER, frozenset({State.WAITING_RESIDENT}), State.IN_PROGRESS, Actor.REPORTER),
    Transition(Action.TRANSFER, OPEN - {State.TRIAGE}, State.ASSIGNED, _STAFF),
    Transition(Action.CALL_HELP, OPEN - {State.TRIAGE}, None, _STAFF),
    Transition(Action.ESCALATE, OPEN - {State.TRIAGE}, State.ASSIGNED, _STAFF | {Actor.SYSTEM}),
    _row(Action.REFUSE, OPEN - {State.TRIAGE}, State.UNASSIGNED, Actor.ASSIGNEE),
    Transition(Action.FORWARD, OPEN - {State.TRIAGE}, State.WAITING_OUTSIDE, _STAFF),
    # Also from where an escalated or transferred ticket is, while the outside body still owes it.
    Transition(
        Action.OUTSIDE_ANSWER,
        frozenset({State.WAITING_OUTSIDE, State.ASSIGNED, State.ACCEPTED, State.IN_PROGRESS}),
        State.IN_PROGRESS,
        _STAFF,
    ),
    _row(Action.RESOLVE, _WORKING, State.RESOLVED, Actor.ASSIGNEE, Actor.LEAD, Actor.OFFICE),
    _row(Action.CLOSE, OPEN | {State.RESOLVED}, State.CLOSED, Actor.SYSTEM, Actor.OFFICE),
    _row(Action.RATE, frozenset({State.RESOLVED, State.CLOSED}), None, Actor.REPORTER),
    _row(
        Action.REOPEN,
        frozenset({State.RESOLVED, State.CLOSED}),
        State.ASSIGNED,
        Actor.REPORTER,
        Actor.OFFICE,
    ),
    _row(Action.WITHDRAW, OPEN, State.CLOSED, Actor.REPORTER),
    _row(Action.URGE, OPEN, None, Actor.REPORTER),
    _row(
        Action.ADD,
        _ALL - {State.CLOSED},
        None,
        Actor.REPORTER,
        Actor.ASSIGNEE,
        Actor.HELPER,
        Actor.LEAD,
        Actor.OFFICE,
    ),
    _row(Action.EDIT, _ALL, None, Actor.REPORTER),
    _row(Action.FOLLOW, OPEN, None, Actor.NEIGHBOUR),
    _row(Action.NOTE, _ALL, None, Actor.ASSIGNEE, Actor.HELPER, Actor.LEAD, Actor.OFFICE),
    Transition(Action.SPLIT, OPEN - {State.TRIAGE}, None, _STAFF),
    Transition(Action.MERGE, OPEN - {State.TRIAGE}, State.CLOSED, _STAFF),
    _row(Action.REMIND, OPEN, None, Actor.SYSTEM),
    _row(Action.OVERDUE, OPEN, None, Actor.SYSTEM),
)
"""The whole lifecycle. `submit` creates a ticket and so has no row."""

_BY_ACTION: dict[Action, Transition] = {row.action: row for row in TRANSITIONS}


def check_can(action: Action, state: State, actors: frozenset[Actor]) -> State:
    """The state that `action` leads to from `state` for somebody acting as `actors`.

    Raises:
        ActionNotAllowed: none of `actors` may do it; said before anything about the state, so that
            a stranger learns nothing from the answer.
        ActionNotPossible: they may, but not from this state.
    """
    row = _BY_ACTION[action]
    if not (row.actors & actors):
        raise ActionNotAllowed(action.value)
    if state not in row.sources:
        raise ActionNotPossible(action.value, state.value)
    return state if row.target is None else row.target


def may_do(action: Action) -> frozenset[Actor]:
    """In which capacities `action` may be done at all."""
    return _BY_ACTION[action].actors


def possible_actions(state: State, actors: frozenset[Actor]) -> frozenset[Action]:
    """What somebody acting as `actors` may do from `state`: the buttons of a card."""
    return frozenset(
        row.action for row in TRANSITIONS if state in row.sources and row.actors & actors
    )
