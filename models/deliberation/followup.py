"""Tables of step 6: tasks that a decision leaves, and the rules of a courtyard."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Text, UniqueConstraint
from sqlmodel import Field

from models.base import Table, Utc


class DecisionTask(Table, table=True):
    """Something that must happen because it was decided, with an owner and a deadline."""

    __tablename__ = "decision_task"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    kind: str = Field(max_length=10)
    """ticket (in the queue of a grid worker), rule (of a courtyard) or referral."""
    title: str = Field(max_length=200)
    owner: str = Field(max_length=32)
    """Staff code of who answers for it."""
    due_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
    rule_id: int | None = Field(default=None, foreign_key="courtyard_rule.id")
    department: str | None = Field(default=None, max_length=40)
    """Who it was referred to."""
    state: str = Field(default="open", max_length=10)
    """open, done or explained (why it is not done)."""
    note: str | None = Field(default=None, sa_column=Column(Text))
    """What was done, or why not."""
    cost_cents: int | None = None
    """In fen (1/100 yuan)."""
    settled_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class CourtyardRule(Table, table=True):
    """One version of a rule of a courtyard (楼院管理制度); the newest that stands is in force."""

    __tablename__ = "courtyard_rule"
    __table_args__ = (UniqueConstraint("grid", "title", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    grid: str = Field(max_length=20, index=True)
    title: str = Field(max_length=60)
    version: int
    text: str = Field(sa_column=Column(Text, nullable=False))
    deliberation_id: int | None = Field(default=None, foreign_key="deliberation.id")
    adopted_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    repealed_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    """When a newer version took its place, or it was given up."""
