"""What is said in the played deliberations: `data/demo/deliberation.toml`, checked."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.paths import ROOT
from models.deliberation.steps import Step

STORIES = ROOT / "data" / "demo" / "deliberation.toml"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OpinionLine(_Entry):
    """An opinion, and how far each of the two camps agrees with it, -1 to 1."""

    text: str
    lean: tuple[float, float]


class RudeLine(_Entry):
    """An opinion that is hidden; its author appeals, the office answers."""

    text: str
    reason: str
    appeal: str
    answer: str


class TopicLine(_Entry):
    """A topic that the council makes of the opinions."""

    title: str
    summary: str


class MotionLine(_Entry):
    """What the council decides instead of topics."""

    kind: Literal["tickets", "referral"]
    reason: str


class CommentLine(_Entry):
    """What a council member says of an option, and what its author then changes."""

    text: str
    note: str
    risks: str


class OptionLine(_Entry):
    """One option of the plan; `cost` in yuan."""

    title: str
    what: str
    place: str
    cost: int
    payer: str
    doer: str
    contractor: bool = False
    """Whether the council's property company would carry it out, whose member stands aside."""
    conditional: bool = False
    """Whether the lawyer finds it lawful on a condition only."""
    risks: str
    comment: CommentLine | None = None


class QuestionLine(_Entry):
    """A question, and its answer if it got one."""

    text: str
    answer: str | None = None


class AmendmentLine(_Entry):
    """A change of the first option that the meeting takes over."""

    text: str
    risks: str
    reason: str


class ObjectionLine(_Entry):
    """An objection, and its answer if it got one."""

    text: str
    answer: str | None = None


class MinuteLine(_Entry):
    """A line of the minutes."""

    text: str


class TaskLine(_Entry):
    """A task of the decision; `note` is what was done."""

    kind: Literal["ticket", "rule"]
    title: str
    text: str = ""
    note: str


class ReportLine(_Entry):
    """What is reported back; `cost` in yuan."""

    said: str
    decided: str
    done: str
    cost: int
    objection: ObjectionLine | None = None


class Story(_Entry):
    """What is said in one deliberation, as far as it gets."""

    key: str
    title: str
    description: str
    method: str = "approval"
    unit: str = "household"
    secret: bool = True
    opinion: tuple[OpinionLine, ...] = ()
    rude: RudeLine | None = None
    topic: tuple[TopicLine, ...] = ()
    motion: MotionLine | None = None
    option: tuple[OptionLine, ...] = ()
    question: tuple[QuestionLine, ...] = ()
    amendment: AmendmentLine | None = None
    objection: ObjectionLine | None = None
    minute: tuple[MinuteLine, ...] = ()
    task: tuple[TaskLine, ...] = ()
    report: ReportLine | None = None


class Scene(_Entry):
    """One deliberation: whose story, where, since when (days ago) and how far."""

    story: str
    grids: tuple[str, ...] = Field(min_length=1)
    until: Step
    began: int
    opened: Literal["organiser", "proposal"] = "organiser"


class Words(_Entry):
    """What is said in every story."""

    place: str
    """Where meetings are."""
    lawful: str
    conditional: str
    """The two answers of the lawyer."""
    jury: str
    """What a group drawn by lot is for."""
    speeches: tuple[str, ...]
    comments: tuple[str, ...]
    """Of those who rate the process."""


class Stories(_Entry):
    """The whole file."""

    words: Words
    surnames: tuple[str, ...]
    given: tuple[str, ...]
    scene: tuple[Scene, ...]
    story: tuple[Story, ...]

    def of(self, scene: Scene) -> Story:
        """The story of a scene. Raises StopIteration when the file names none of that key."""
        return next(story for story in self.story if story.key == scene.story)


def load_stories(path: Path = STORIES) -> Stories:
    """Read the file. Raises OSError, ValueError."""
    return Stories.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
