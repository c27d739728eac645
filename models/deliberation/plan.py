"""Tables of step 3 and 4: plan options with versions, comments, legality; printouts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Text
from sqlmodel import Field

from models.base import Json, Table, Utc


class PlanOption(Table, table=True):
    """One option of the plan, in its newest version."""

    __tablename__ = "plan_option"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    letter: str = Field(max_length=2)
    """A, B, C … in the order of writing; never given twice in a deliberation."""
    topic_id: int | None = Field(default=None, foreign_key="topic.id")
    title: str = Field(max_length=60)
    what: str = Field(default="", sa_column=Column(Text, nullable=False))
    place: str = Field(default="", max_length=200)
    cost_cents: int | None = None
    """In fen (1/100 yuan); 0 means that it costs nothing."""
    payer: str = Field(default="", max_length=200)
    doer: str = Field(default="", max_length=200)
    contractor: str | None = Field(default=None, max_length=32)
    """Staff code of a council member who would carry it out: that member stands aside."""
    by_when: date | None = None
    risks: str = Field(default="", sa_column=Column(Text, nullable=False))
    version: int = 1
    state: str = Field(default="draft", max_length=10)
    """draft, ready (handed in) or dropped."""
    author: str = Field(max_length=32)
    """Staff code of who began it."""

    @property
    def key(self) -> int:
        """The id of a saved row. Raises ValueError before that."""
        if self.id is None:
            raise ValueError("the option was not saved yet")
        return self.id

    @property
    def missing(self) -> tuple[str, ...]:
        """What an option must still say: what, place, cost, payer, doer, by_when, risks."""
        wanted = {
            "what": self.what,
            "place": self.place,
            "cost": self.cost_cents is not None,
            "payer": self.payer,
            "doer": self.doer,
            "by_when": self.by_when,
            "risks": self.risks,
        }
        return tuple(name for name, value in wanted.items() if not value)


class PlanVersion(Table, table=True):
    """What an option said at a version, who wrote it and why."""

    __tablename__ = "plan_version"

    option_id: int = Field(foreign_key="plan_option.id", primary_key=True)
    version: int = Field(primary_key=True)
    fields: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    author: str = Field(max_length=32)
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
    note: str = Field(default="", max_length=300)


class PlanComment(Table, table=True):
    """What a council member says of an option."""

    __tablename__ = "plan_comment"

    id: int | None = Field(default=None, primary_key=True)
    option_id: int = Field(foreign_key="plan_option.id", index=True)
    version: int
    author: str = Field(max_length=32)
    text: str = Field(max_length=500)
    at: datetime = Field(sa_column=Column(Utc, nullable=False))


class LegalityCheck(Table, table=True):
    """A question to the lawyers whether an option is lawful, and the answer."""

    __tablename__ = "legality_check"

    id: int | None = Field(default=None, primary_key=True)
    option_id: int = Field(foreign_key="plan_option.id", index=True)
    version: int
    asked_by: str = Field(max_length=32)
    asked_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    lawyer: str | None = Field(default=None, max_length=32)
    verdict: str | None = Field(default=None, max_length=12)
    """lawful, conditional or unlawful."""
    text: str | None = Field(default=None, sa_column=Column(Text))
    answered_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class Printout(Table, table=True):
    """Posters for the doors of one building that the chat did not reach, given to somebody."""

    __tablename__ = "printout"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    grid: str = Field(max_length=20)
    building: str = Field(max_length=120)
    """Street, number and building, as people write it."""
    doors: int
    """Households of the building that were not reached in the chat."""
    staff: str | None = Field(default=None, max_length=32)
    """Who brings them; None while nobody does."""
    given_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    delivered: int | None = None
    """Doors at which they were handed over or posted."""
    delivered_at: datetime | None = Field(default=None, sa_column=Column(Utc))
