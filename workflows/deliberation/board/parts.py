"""The parts of a deliberation's page. Moments are UTC, money is in fen (1/100 yuan)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.deliberation.difference import Piece
from models.deliberation.methods import TOP_SCORE
from workflows.deliberation.board.both import Both


@dataclass(frozen=True, slots=True)
class OpinionLine:
    """An opinion without its author."""

    number: int
    """1, 2, 3 … in the order of their writing, within the deliberation."""
    text: str
    agrees: int
    disagrees: int
    passes: int
    origin: str
    tickets: int
    topic_id: int | None = None

    @property
    def votes(self) -> int:
        """Votes of all three kinds."""
        return self.agrees + self.disagrees + self.passes


@dataclass(frozen=True, slots=True)
class OpinionsView:
    """What was said in step 1."""

    shown: int
    joined: int
    hidden: int
    votes: int
    voices: int
    door_voices: int
    top: tuple[OpinionLine, ...]
    texts: dict[int, str]
    """Words of shown opinions by row id, for the sentences of the picture."""
    picture: dict[str, Any] | None
    """`opinions.picture.Picture` as JSON."""


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic and some of the opinions behind it."""

    title: str
    summary: str
    opinions: tuple[OpinionLine, ...]


@dataclass(frozen=True, slots=True)
class MotionView:
    """A vote of the council in step 2."""

    kind: str
    reason: str
    state: str
    closes_at: datetime
    yes: int
    no: int
    abstain: int


@dataclass(frozen=True, slots=True)
class RecusalView:
    """A council member who stands aside, and why."""

    post: Both
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What a version changed in one field of an option."""

    field: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of an option and what it changed in the one before."""

    version: int
    at: datetime
    author: Both
    note: str
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True)
class LegalityView:
    """A lawyer's answer on one version of an option."""

    version: int
    verdict: str | None
    text: str | None
    lawyer: Both | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class OptionView:
    """A plan option that was handed in."""

    letter: str
    title: str
    topic: str | None
    what: str
    place: str
    cost_cents: int | None
    payer: str
    doer: str
    by_when: date | None
    risks: str
    version: int
    versions: tuple[VersionView, ...]
    """Newest first."""
    legality: tuple[LegalityView, ...]


@dataclass(frozen=True, slots=True)
class MinuteView:
    """One line of the minutes. `post` is None for a resident."""

    at: datetime
    post: Both | None
    text: str
    agenda: str | None
    """The item of the agenda, where it is another one than in the line before."""


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A consultation."""

    starts_at: datetime
    place: str
    link: str
    mode: str
    state: str
    secretary: Both
    agenda: tuple[str, ...]
    agenda_at: int
    members: int
    """Council members who were there."""
    residents: int
    minutes: tuple[MinuteView, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Something that somebody asked, or objected to, and what was answered. `post` is None for a
    resident."""

    text: str
    at: datetime
    post: Both | None
    answer: str | None
    answered_by: Both | None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class AmendmentView:
    """A change that somebody asked for."""

    letter: str
    text: str
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class ConsensusView:
    """A call for consensus on one option."""

    letter: str
    title: str
    state: str
    opened_at: datetime
    closes_at: datetime
    objections: tuple[AnswerView, ...]


@dataclass(frozen=True, slots=True)
class HeadView:
    """A head of the ballot box that was announced while the vote ran."""

    length: int
    head: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaperView:
    """A published ballot: what its voter finds it by, and the choice."""

    receipt: str
    choice: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BallotView:
    """A ballot; `result` and `papers` only once it is closed."""

    state: str
    method: str
    unit: str
    secret: bool
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    electorate: int
    length: int
    head: str
    heads: tuple[HeadView, ...]
    options: tuple[tuple[str, str], ...]
    """Key and title, as they stand in the header of the chain."""
    cast: int
    """How many have voted."""
    result: dict[str, Any] | None
    """As `models.deliberation.chain.result_of` gives it."""
    papers: tuple[PaperView, ...]

    @property
    def scale(self) -> int:
        """The largest total that an option could have reached."""
        ballots = int(self.result["ballots"]) if self.result is not None else 0
        if self.method == "schulze":
            return len(self.options) - 1
        return ballots * TOP_SCORE if self.method == "score" else ballots


@dataclass(frozen=True, slots=True)
class TaskView:
    """What the decision left to do."""

    kind: str
    title: str
    owner: Both
    department: Both | None
    due_at: datetime
    state: str
    note: str | None
    cost_cents: int | None


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo before or after; `index` counts within the deliberation, from 1."""

    index: int
    purpose: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """Step 7: what was said, decided, done."""

    said: str
    decided: str
    done: str
    cost_cents: int | None
    photos: tuple[PhotoView, ...]
    objections: tuple[AnswerView, ...]
    ratings: int
    process: float | None
    """Mean of 1 to 5; None without ratings."""
    outcome: float | None


@dataclass(frozen=True, slots=True)
class JuryView:
    """A group drawn by lot, with what is needed to draw it again."""

    purpose: str
    size: int
    seed: str
    pool: tuple[tuple[str, str], ...]
    """Every candidate as (pseudonym, stratum)."""
    drawn: tuple[str, ...]
    drawn_at: datetime
