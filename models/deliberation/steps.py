"""The seven steps of a deliberation: one table of steps, one of moves, pure, with who and when.

`docs/seven-steps.md` is drawn from these tables (`python -m bot steps`), and every move of a
deliberation goes through `check_move`. The order is FACTS, 七步议事法.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from models.errors import ActionNotAllowed, NotReady


class Step(StrEnum):
    """Where a deliberation stands: before the seven steps, in one of them, or ended."""

    PROPOSED = "proposed"
    """A resident proposed it; it opens by itself once enough neighbours support it."""
    COLLECT = "collect"
    """收集意见"""
    CONFIRM = "confirm"
    """确认议题"""
    DRAFT = "draft"
    """制定方案"""
    ANNOUNCE = "announce"
    """发布公告"""
    CONSULT = "consult"
    """组织协商"""
    APPLY = "apply"
    """结果运用"""
    REPORT = "report"
    """反馈公示"""
    CLOSED = "closed"
    """All seven steps are done; the record is archived."""
    LAPSED = "lapsed"
    """Nobody took part: too few supporters, or no opinion at all."""
    DIVERTED = "diverted"
    """The council found that it needs no deliberation: ordinary tickets were opened."""
    REFERRED = "referred"
    """The council passed it on to the joint meeting (大工委联席会议)."""
    WITHDRAWN = "withdrawn"
    """The office stopped it, with a reason that everybody was told."""


SEVEN: tuple[Step, ...] = (
    Step.COLLECT,
    Step.CONFIRM,
    Step.DRAFT,
    Step.ANNOUNCE,
    Step.CONSULT,
    Step.APPLY,
    Step.REPORT,
)
FINAL: frozenset[Step] = frozenset(
    {Step.CLOSED, Step.LAPSED, Step.DIVERTED, Step.REFERRED, Step.WITHDRAWN}
)
RUNNING: frozenset[Step] = frozenset(Step) - FINAL


class Capacity(StrEnum):
    """In what capacity somebody acts in a deliberation. One person may have several."""

    RESIDENT = "resident"
    """Has their doorway in one of the concerned grids."""
    ORGANISER = "organiser"
    """The community worker (社区工作者) of the council's community."""
    COUNCIL = "council"
    """A member of the residents' council (议事会成员) without a declared interest."""
    SECRETARY = "secretary"
    """Keeps roll and minutes."""
    AUTHOR = "author"
    """May write plan options: council members and whoever the organiser invited."""
    LAWYER = "lawyer"
    VOLUNTEER = "volunteer"
    """Volunteer, building lead or grid worker of a concerned grid: enters what people without a
    phone say at the door."""
    OFFICE = "office"
    SYSTEM = "system"
    """The clock."""


class Move(StrEnum):
    """What takes a deliberation from one step to another. Each leaves one event."""

    OPEN = "open"
    PROPOSE = "propose"
    START = "start"
    END_COLLECTION = "end_collection"
    CONFIRM_TOPICS = "confirm_topics"
    DIVERT = "divert"
    REFER = "refer"
    PUBLISH = "publish"
    CONVENE = "convene"
    DECIDE = "decide"
    REPORT = "report"
    CLOSE = "close"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at; counted by the workflow in the transaction of the move."""

    supporters: int = 0
    supporters_needed: int = 0
    opinions: int = 0
    """Opinions that are shown, those joined to others included."""
    topics: int = 0
    motion: str | None = None
    """What the council's last passed motion of this step was for: topics, tickets, referral."""
    options: int = 0
    """Plan options handed in."""
    options_incomplete: int = 0
    legality_missing: int = 0
    """Options whose newest version has no lawyer's answer."""
    options_unlawful: int = 0
    """Options whose newest version the lawyer found unlawful."""
    convened: bool = False
    """A meeting with a time and a place or link is set."""
    announced: bool = False
    households_unaccounted: int = 0
    """Households neither reached in the chat nor given to somebody as a printout."""
    meeting_at: datetime | None = None
    announced_at: datetime | None = None
    minutes: bool = False
    decision: bool = False
    """By consensus, or by a ballot with quorum that was closed and published."""
    objections_open: int = 0
    tasks: int = 0
    tasks_open: int = 0
    """Tasks neither done nor explained."""
    reported: bool = False
    untold: int = 0
    """Contributions whose author was not told what became of them."""


Guard = Callable[[Facts], bool]

GUARDS: dict[str, Guard] = {
    "supporters": lambda f: f.supporters >= f.supporters_needed,
    "no_opinions": lambda f: f.opinions == 0,
    "opinions": lambda f: f.opinions > 0,
    "topics": lambda f: 1 <= f.topics <= 3,
    "motion_topics": lambda f: f.motion == "topics",
    "motion_tickets": lambda f: f.motion == "tickets",
    "motion_referral": lambda f: f.motion == "referral",
    "options": lambda f: f.options > 0,
    "options_complete": lambda f: f.options_incomplete == 0,
    "legality": lambda f: f.legality_missing == 0,
    "lawful": lambda f: f.options_unlawful == 0,
    "convened": lambda f: f.convened,
    "announced": lambda f: f.announced,
    "households": lambda f: f.households_unaccounted == 0,
    "minutes": lambda f: f.minutes,
    "objections": lambda f: f.objections_open == 0,
    "decision": lambda f: f.decision,
    "tasks": lambda f: f.tasks > 0,
    "tasks_settled": lambda f: f.tasks_open == 0,
    "reported": lambda f: f.reported,
    "told": lambda f: f.untold == 0,
}
"""Every guard by the name that also names its sentence (`errors/not_ready_<name>.html`)."""


class MoveRow(NamedTuple):
    """One row: any of `capacities` may take it from any of `sources` when all `guards` hold.

    `patient`: not before the least time of the source step is over.
    """

    move: Move
    sources: frozenset[Step]
    target: Step
    capacities: frozenset[Capacity]
    guards: tuple[str, ...] = ()
    patient: bool = False


def _row(
    move: Move,
    source: Step,
    target: Step,
    *capacities: Capacity,
    guards: tuple[str, ...] = (),
    patient: bool = True,
) -> MoveRow:
    return MoveRow(move, frozenset({source}), target, frozenset(capacities), guards, patient)


_ORG, _CLOCK = Capacity.ORGANISER, Capacity.SYSTEM

MOVES: tuple[MoveRow, ...] = (
    _row(
        Move.START,
        Step.PROPOSED,
        Step.COLLECT,
        _CLOCK,
        _ORG,
        guards=("supporters",),
        patient=False,
    ),
    _row(Move.END_COLLECTION, Step.COLLECT, Step.CONFIRM, _ORG, _CLOCK, guards=("opinions",)),
    _row(
        Move.CONFIRM_TOPICS,
        Step.CONFIRM,
        Step.DRAFT,
        _ORG,
        _CLOCK,
        guards=("topics", "motion_topics"),
    ),
    _row(Move.DIVERT, Step.CONFIRM, Step.DIVERTED, _ORG, _CLOCK, guards=("motion_tickets",)),
    _row(Move.REFER, Step.CONFIRM, Step.REFERRED, _ORG, _CLOCK, guards=("motion_referral",)),
    _row(
        Move.PUBLISH,
        Step.DRAFT,
        Step.ANNOUNCE,
        _ORG,
        guards=("options", "options_complete", "legality", "lawful", "convened"),
    ),
    _row(
        Move.CONVENE,
        Step.ANNOUNCE,
        Step.CONSULT,
        _ORG,
        _CLOCK,
        guards=("announced", "households"),
    ),
    _row(
        Move.DECIDE,
        Step.CONSULT,
        Step.APPLY,
        _ORG,
        guards=("minutes", "objections", "decision"),
    ),
    _row(Move.REPORT, Step.APPLY, Step.REPORT, _ORG, guards=("tasks", "tasks_settled", "reported")),
    _row(Move.CLOSE, Step.REPORT, Step.CLOSED, _ORG, _CLOCK, guards=("objections", "told")),
    MoveRow(
        Move.LAPSE,
        frozenset({Step.PROPOSED, Step.COLLECT}),
        Step.LAPSED,
        frozenset({_CLOCK}),
        ("no_opinions",),
    ),
    MoveRow(Move.WITHDRAW, RUNNING, Step.WITHDRAWN, frozenset({Capacity.OFFICE})),
)
"""The whole path. `open` and `propose` create a deliberation and so have no row."""

_BY_MOVE: dict[Move, MoveRow] = {row.move: row for row in MOVES}


class StepSpec(NamedTuple):
    """What a step is for: who works in it, what it must leave behind, how it is announced."""

    step: Step
    people: tuple[Capacity, ...]
    outcome: str
    """What must be there at its end, in English, for the drawing."""
    notice: str
    """The notice that tells everybody that the step began."""


_P = Capacity
STEPS: tuple[StepSpec, ...] = (
    StepSpec(
        Step.COLLECT,
        (_P.RESIDENT, _P.VOLUNTEER, _P.ORGANISER),
        "at least one opinion; groups and common ground",
        "d_collect",
    ),
    StepSpec(
        Step.CONFIRM,
        (_P.COUNCIL, _P.ORGANISER),
        "one to three topics, tickets, or a referral, by a vote with quorum",
        "d_confirm",
    ),
    StepSpec(
        Step.DRAFT,
        (_P.AUTHOR, _P.COUNCIL, _P.LAWYER, _P.ORGANISER),
        "complete plan options, each with a lawyer's answer, and a date for the consultation",
        "d_draft",
    ),
    StepSpec(
        Step.ANNOUNCE,
        (_P.ORGANISER, _P.VOLUNTEER, _P.RESIDENT),
        "every household reached or given to somebody as a printout",
        "d_announce",
    ),
    StepSpec(
        Step.CONSULT,
        (_P.RESIDENT, _P.COUNCIL, _P.SECRETARY, _P.ORGANISER, _P.VOLUNTEER),
        "minutes, every objection answered, and a decision by consensus or ballot",
        "d_consult",
    ),
    StepSpec(
        Step.APPLY,
        (_P.ORGANISER, _P.COUNCIL),
        "every task done or explained, and a written report",
        "d_apply",
    ),
    StepSpec(
        Step.REPORT,
        (_P.RESIDENT, _P.ORGANISER, _P.OFFICE),
        "every objection answered, everybody told what became of what they said",
        "d_report",
    ),
)
STEP_SPEC: dict[Step, StepSpec] = {spec.step: spec for spec in STEPS}


def row_of(move: Move) -> MoveRow:
    """The row of a move. Raises KeyError for `open` and `propose`."""
    return _BY_MOVE[move]


def check_move(
    move: Move,
    step: Step,
    capacities: frozenset[Capacity],
    facts: Facts,
    *,
    entered_at: datetime,
    now: datetime,
    least: timedelta,
) -> Step:
    """The step that `move` leads to from `step`, which began at `entered_at` (UTC).

    `least` is the shortest time that the step may take. A clock that jumped back makes the step
    look younger, never older: it can only be left later.

    Raises:
        ActionNotAllowed: none of `capacities` may do it; said before anything about the state.
        NotReady: `reason` names what is missing: `step` (it stands elsewhere), `too_early`
            (`again_at` tells when) or the name of the first guard that fails.
    """
    row = _BY_MOVE[move]
    if not (row.capacities & capacities):
        raise ActionNotAllowed(move.value)
    if step not in row.sources:
        raise NotReady(f"{move} from {step}", reason="step", step=step.value)
    if row.patient and now < entered_at + least:
        raise NotReady(f"{move} too early", reason="too_early", again_at=entered_at + least)
    for name in row.guards:
        if not GUARDS[name](facts):
            raise NotReady(f"{move}: {name}", reason=name)
    return row.target


def position(step: Step) -> int:
    """1 to 7 for the seven steps; 0 before them, 8 after them."""
    if step in SEVEN:
        return SEVEN.index(step) + 1
    return 0 if step is Step.PROPOSED else len(SEVEN) + 1
