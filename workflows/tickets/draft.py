"""A request before it is a ticket: what triage read out of a sentence, and what is still asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, Field

from models.district import Category, Staff
from models.place import Place
from models.ticket import Ticket
from workflows.tickets.files import DraftFile


class Draft(BaseModel):
    """A half-filled request; `model_dump(mode="json")` goes into the conversation's data."""

    text: str
    proposed: str | None = None
    """Triage's first choice; None when the sentence holds no matter (a greeting, chat)."""
    category: str | None = None
    """What the request will be filed as; None until somebody decides."""
    confidence: float = 0.0
    alternatives: list[str] = Field(default_factory=list)
    """The two next categories."""
    place: Place | None = None
    place_options: list[Place] = Field(default_factory=list)
    """Places that the sentence could mean, when it names more than one: to be asked."""
    matters: list[str] = Field(default_factory=list)
    """The parts of a sentence that holds several matters; empty for one."""
    details: dict[str, str] = Field(default_factory=dict)
    files: list[DraftFile] = Field(default_factory=list)
    source_message_ids: list[int] = Field(default_factory=list)
    """Messages of the resident that make up the request: an edit of one edits the ticket."""
    about_staff: str | None = None
    """Staff code that a complaint is about."""
    chosen_by_resident: bool = False
    """True once the resident picked or corrected the category."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The summary card before posting: what, where, who will get it, by when (UTC)."""

    category: Category
    place_text: str
    staff: Staff | None
    """None: a person decides first, or nobody is on duty and the office will be told."""
    title: str
    """The duty of `staff` in the person's language; empty without staff."""
    response_due_at: datetime
    resolution_due_at: datetime
    needs_human: bool
    """Triage is not sure: a person at the community decides the category."""


@dataclass(frozen=True, slots=True)
class Similar:
    """An open matter nearby that the resident could join."""

    ticket: Ticket
    followers: int
    """Neighbours who follow it, besides the one who reported it."""
