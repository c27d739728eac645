"""Which screens of a deliberation somebody may use now: one table, pure.

It orders the buttons of a card. Each screen's workflow checks for itself who may do what.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from models.deliberation.steps import RUNNING, Capacity, Step


@dataclass(frozen=True, slots=True)
class Stage:
    """What decides, besides step and capacity, whether a screen makes sense."""

    supported: bool = False
    opinions: bool = False
    topics: bool = False
    options: bool = False
    announced: bool = False
    motion_open: bool = False
    meeting: bool = False
    meeting_over: bool = False
    consensus_open: bool = False
    ballot: bool = False
    ballot_open: bool = False
    voted: bool = False
    """Whether this person can cast no vote in it: theirs is in the box, and nobody else's is left
    to them."""
    to_tell: bool = False
    """Whether this volunteer has something to tell at a door."""
    tasks: bool = False
    reported: bool = False


class Row(NamedTuple):
    """A screen, the steps in which and the capacities for which it is there.

    No capacity means everybody: what is on the public board.
    """

    screen: str
    steps: frozenset[Step]
    capacities: frozenset[Capacity] = frozenset()
    when: Callable[[Stage], bool] = lambda stage: True


def _row(
    screen: str,
    steps: frozenset[Step] | Step,
    *capacities: Capacity,
    when: Callable[[Stage], bool] = lambda stage: True,
) -> Row:
    among = frozenset({steps}) if isinstance(steps, Step) else steps
    return Row(screen, among, frozenset(capacities), when)


_S, _P = Step, Capacity
_ALL = frozenset(Step)
_AFTER_COLLECT = _ALL - {_S.PROPOSED, _S.COLLECT}
_TOPICS = _AFTER_COLLECT - {_S.CONFIRM, _S.LAPSED, _S.DIVERTED, _S.REFERRED}
"""Where topics are more than the organiser's draft."""
_TALK = frozenset({_S.ANNOUNCE, _S.CONSULT})
_INTEREST = frozenset({_S.CONFIRM, _S.DRAFT, _S.ANNOUNCE, _S.CONSULT})
_WRITING = frozenset({_S.DRAFT})
_RATED = frozenset({_S.REPORT, _S.CLOSED})

TABLE: tuple[Row, ...] = (
    # --- what a neighbour can do now comes first
    _row("support", _S.PROPOSED, _P.RESIDENT, when=lambda s: not s.supported),
    _row("cards", _S.COLLECT, _P.RESIDENT, when=lambda s: s.opinions),
    _row("opine", _S.COLLECT, _P.RESIDENT),
    _row("vote", _S.CONSULT, _P.RESIDENT, when=lambda s: s.ballot_open and not s.voted),
    _row("consensus", _S.CONSULT, when=lambda s: s.consensus_open),
    _row("meeting", _S.CONSULT, when=lambda s: s.meeting and not s.meeting_over),
    _row("object", _S.REPORT, _P.RESIDENT),
    _row("rate", _RATED, _P.RESIDENT),
    # --- what those who run it can do now
    _row("motion_vote", _S.CONFIRM, _P.ORGANISER, _P.COUNCIL, when=lambda s: s.motion_open),
    _row("topics_edit", _S.CONFIRM, _P.ORGANISER, _P.COUNCIL, when=lambda s: not s.motion_open),
    _row("motion", _S.CONFIRM, _P.ORGANISER, _P.COUNCIL, when=lambda s: not s.motion_open),
    _row("options_edit", _WRITING, _P.AUTHOR),
    _row("comment", _WRITING, _P.COUNCIL, when=lambda s: s.options),
    _row("legality", _WRITING, _P.LAWYER, _P.AUTHOR, when=lambda s: s.options),
    _row("convene", frozenset({_S.DRAFT, _S.CONSULT}), _P.ORGANISER),
    _row("publish", _WRITING, _P.ORGANISER),
    _row("reach", _TALK, _P.ORGANISER, _P.OFFICE),
    _row("printouts", _TALK, _P.ORGANISER, _P.VOLUNTEER),
    _row("begin_consultation", _S.ANNOUNCE, _P.ORGANISER),
    _row(
        "run_meeting",
        _S.CONSULT,
        _P.SECRETARY,
        when=lambda s: s.meeting and not s.meeting_over,
    ),
    _row("minutes", _S.CONSULT, _P.SECRETARY, when=lambda s: s.meeting),
    _row("answers", _TALK, _P.ORGANISER, _P.COUNCIL),
    _row("amendments", _S.CONSULT, _P.ORGANISER),
    _row(
        "consensus_open",
        _S.CONSULT,
        _P.ORGANISER,
        when=lambda s: not s.consensus_open and not s.ballot_open,
    ),
    _row(
        "ballot_open",
        _S.CONSULT,
        _P.ORGANISER,
        when=lambda s: not s.consensus_open and not s.ballot_open,
    ),
    _row("ballot_close", _S.CONSULT, _P.ORGANISER, when=lambda s: s.ballot_open),
    _row(
        "answer_objections",
        frozenset({_S.CONSULT, _S.REPORT}),
        _P.ORGANISER,
    ),
    _row("decide", _S.CONSULT, _P.ORGANISER),
    _row("tasks_edit", _S.APPLY, _P.ORGANISER),
    _row("rules_edit", _S.APPLY, _P.ORGANISER),
    _row("report_edit", _S.APPLY, _P.ORGANISER),
    _row("archive", _S.REPORT, _P.ORGANISER),
    _row("moderate", frozenset({_S.COLLECT, _S.CONFIRM}), _P.ORGANISER, _P.OFFICE),
    _row("pull_tickets", _S.COLLECT, _P.ORGANISER),
    _row("end_collection", _S.COLLECT, _P.ORGANISER),
    _row("door", _TALK | {_S.COLLECT}, _P.VOLUNTEER),
    _row("door", _AFTER_COLLECT, _P.VOLUNTEER, when=lambda s: s.to_tell),
    _row("recuse", _INTEREST, _P.COUNCIL, _P.SECRETARY, _P.ORGANISER, _P.OFFICE),
    _row("jury", frozenset({_S.DRAFT, _S.ANNOUNCE, _S.CONSULT}), _P.ORGANISER),
    # --- what everybody may look at
    _row("picture", _ALL - {_S.PROPOSED}, when=lambda s: s.opinions),
    _row("my_opinions", frozenset({_S.COLLECT, _S.CONFIRM, _S.DRAFT}), _P.RESIDENT),
    _row("topics", _TOPICS, when=lambda s: s.topics),
    _row("options", _AFTER_COLLECT, when=lambda s: s.options),
    _row("announcement", _AFTER_COLLECT, when=lambda s: s.announced),
    _row("ask", _TALK, _P.RESIDENT),
    _row("questions", _AFTER_COLLECT, when=lambda s: s.announced),
    _row(
        "amend",
        _S.CONSULT,
        _P.RESIDENT,
        _P.COUNCIL,
        when=lambda s: not s.consensus_open and not s.ballot_open,
    ),
    _row("proxy", _TALK),
    _row("receipt", _ALL, _P.RESIDENT, when=lambda s: s.ballot),
    _row("tasks", _AFTER_COLLECT, when=lambda s: s.tasks),
    _row("rules", frozenset({_S.APPLY, _S.REPORT, _S.CLOSED})),
    _row("report", _RATED, when=lambda s: s.reported),
    _row("withdraw", RUNNING, _P.OFFICE),
)


def screens_for(step: Step, capacities: frozenset[Capacity], stage: Stage) -> list[str]:
    """Names of the screens, in the order of the table, each once."""
    found = (
        row.screen
        for row in TABLE
        if step in row.steps
        and (not row.capacities or row.capacities & capacities)
        and row.when(stage)
    )
    return list(dict.fromkeys(found))
