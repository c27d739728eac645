"""Read models of whole pages; what stands on one is in `parts`. Moments are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.deliberation.difference import Piece
from models.deliberation.steps import Step
from workflows.deliberation.board.both import Both
from workflows.deliberation.board.parts import (
    AmendmentView,
    AnswerView,
    BallotView,
    ConsensusView,
    JuryView,
    MeetingView,
    MotionView,
    OpinionsView,
    OptionView,
    RecusalView,
    ReportView,
    TaskView,
    TopicView,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One deliberation in the list."""

    number: int
    title: str
    step: Step
    community: Both
    places: tuple[Both, ...]
    since: datetime
    due: datetime | None
    opinions: int
    voices: int


@dataclass(frozen=True, slots=True)
class SeatView:
    """One seat of a council: for whom it speaks, and the post that holds it."""

    kind: str
    post: Both


@dataclass(frozen=True, slots=True)
class CouncilView:
    """A residents' council, its members by their posts."""

    grid: str
    name: Both
    secretary: Both
    quorum_percent: int
    majority_percent: int
    seats: tuple[SeatView, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The board's front page."""

    district: Both
    communities: tuple[tuple[str, Both], ...]
    chosen: str | None
    running: tuple[Entry, ...]
    ended: tuple[Entry, ...]
    page: int
    more: bool
    """Whether older ones follow on the next page."""
    councils: tuple[CouncilView, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the seven steps on the path of a deliberation."""

    step: Step
    number: int
    state: str
    """done, now, ahead, or skipped (it ended before)."""
    since: datetime | None = None
    until: datetime | None = None
    """When it ended; for the present step, when it is to end at the latest."""
    earliest: datetime | None = None
    """When the present step may end at the earliest."""


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the board shows of one deliberation; later parts are empty until they come."""

    number: int
    title: str
    description: str
    step: Step
    step_due_at: datetime | None
    reason: str | None
    council: Both
    grids: tuple[tuple[str, Both], ...]
    stages: tuple[Stage, ...]
    method: str
    unit: str
    secret: bool
    households: int
    supporters: int
    supporters_needed: int
    opinions: OpinionsView | None = None
    topics: tuple[TopicView, ...] = ()
    motions: tuple[MotionView, ...] = ()
    recusals: tuple[RecusalView, ...] = ()
    options: tuple[OptionView, ...] = ()
    meetings: tuple[MeetingView, ...] = ()
    """Newest first."""
    questions: tuple[AnswerView, ...] = ()
    amendments: tuple[AmendmentView, ...] = ()
    consensus: tuple[ConsensusView, ...] = ()
    ballots: tuple[BallotView, ...] = ()
    """Newest first."""
    tasks: tuple[TaskView, ...] = ()
    report: ReportView | None = None
    juries: tuple[JuryView, ...] = ()

    @property
    def meeting(self) -> MeetingView | None:
        """The meeting that is planned, under way, or was the last."""
        return self.meetings[0] if self.meetings else None


@dataclass(frozen=True, slots=True)
class RuleView:
    """One version of a courtyard rule."""

    version: int
    text: str
    adopted_at: datetime
    repealed_at: datetime | None
    deliberation: int | None
    """Number of the deliberation that made it."""
    changes: tuple[Piece, ...] = ()
    """Against the version before."""


@dataclass(frozen=True, slots=True)
class RuleHistory:
    """A rule by its title: the version in force, if any, and all versions, newest first."""

    grid: Both
    title: str
    versions: tuple[RuleView, ...]

    @property
    def in_force(self) -> RuleView | None:
        """The newest version, unless it was given up."""
        newest = self.versions[0]
        return newest if newest.repealed_at is None else None


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that hold in a grid, and those of the courtyards below it."""

    grid: Both
    rules: tuple[RuleHistory, ...] = ()
    courtyards: tuple[tuple[str, Both], ...] = ()
    """Grids below, by code."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One thing that the board tells in its feed: a step that began."""

    event_id: int
    number: int
    title: str
    step: Step
    at: datetime
    places: tuple[Both, ...]
    reason: str | None = None
