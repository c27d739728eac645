"""Tables of tickets: the ticket, its append-only events, attachments, participants, due times."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field

from models.base import Json, Table, Utc, by_value
from models.lifecycle import OPEN, Outcome, State
from models.place import Place

_ticket_version: Column[int] = Column("version", Integer, nullable=False)


class Ticket(Table, table=True):
    """One matter of one place, in the hands of one member of staff. Times are UTC."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_assignee_state", "assignee", "state"),
        Index("ix_ticket_reporter_id", "reporter_id", "id"),
        Index("ix_ticket_grid_category", "grid", "category", "state"),
        Index("ix_ticket_state_due", "state", "resolution_due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(unique=True)
    """The short number a person can say on the phone, shown as #1042."""
    version: int = Field(default=1, sa_column=_ticket_version)
    """Compared and raised on every write (a stale one is refused); bound into buttons and into
    the queue projection."""

    reporter_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("resident.id"), nullable=True)
    )
    """The resident in the chat; None for a person without a phone."""
    opened_by: str | None = Field(default=None, max_length=32)
    """Staff code when a worker opened it for someone."""
    behalf_of: str | None = Field(default=None, max_length=80)
    """How the worker can find the person without a phone ("王奶奶，201室")."""

    category: str = Field(max_length=40)
    confidence: float = 1.0
    """Triage's probability of `category` when submitted; 1.0 when a person chose."""
    text: str = Field(sa_column=Column(Text, nullable=False))
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    """Answers to the category's questions by question code."""
    urgency: str = Field(default="normal", max_length=10)
    emergency: str | None = Field(default=None, max_length=20)
    private: bool = False
    about_staff: str | None = Field(default=None, max_length=32)
    """Staff code that a complaint is about: never assigned to, shown to or decided by them."""

    grid: str = Field(max_length=20)
    """The grid of the place (level 4 where possible)."""
    lane: str | None = Field(default=None, max_length=60)
    number_of_house: str | None = Field(default=None, max_length=20)
    building: str | None = Field(default=None, max_length=20)
    unit: str | None = Field(default=None, max_length=20)
    room: str | None = Field(default=None, max_length=20)
    place_text: str = Field(default="", max_length=200)

    state: State = Field(
        default=State.UNASSIGNED, sa_column=Column(by_value(State), nullable=False)
    )
    outcome: Outcome | None = Field(default=None, sa_column=Column(by_value(Outcome)))
    assignee: str | None = Field(default=None, max_length=32)
    """Staff code of whoever has it now."""
    handler_grid: str | None = Field(default=None, max_length=20)
    """The grid whose level has it now; climbs with escalation."""
    forwarded_to: str | None = Field(default=None, max_length=32)
    """Department code while an outside body owes an answer, also after the ticket changed hands."""
    outside_due_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    """When the outside body should have answered."""
    refused_by: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    """Staff codes that refused it as not theirs: never assigned to them again."""
    duplicate_of: int | None = Field(default=None, foreign_key="ticket.id")
    split_from: int | None = Field(default=None, foreign_key="ticket.id")

    created_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    updated_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    promised_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    """When the two promises below were given: at creation, when filed anew or opened again."""
    response_due_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    resolution_due_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    level_due_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    """When the present level must have moved it on; None once resolved."""
    responded_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    paused_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    """Since when the resolution clock stands still (waiting for the resident)."""
    resolved_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    closed_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    overdue: bool = False
    escalations: int = 0
    reopened: int = 0
    last_urged_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    rating: int | None = None
    rating_comment: str | None = Field(default=None, sa_column=Column(Text))

    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _ticket_version}

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes the resident something."""
        return self.state in OPEN

    @property
    def key(self) -> int:
        """The id of a saved ticket. Raises ValueError for one that was never flushed."""
        if self.id is None:
            raise ValueError(f"ticket {self.number} is not saved yet")
        return self.id

    @property
    def place(self) -> Place:
        """Where the matter is."""
        return Place(
            grid=self.grid,
            lane=self.lane,
            number=self.number_of_house,
            building=self.building,
            unit=self.unit,
            room=self.room,
            text=self.place_text,
        )


class TicketEvent(Table, table=True):
    """One thing that happened to a ticket. Append only: rows are never changed or deleted."""

    __tablename__ = "ticket_event"
    __table_args__ = (Index("ix_ticket_event_ticket", "ticket_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
    action: str = Field(max_length=20)
    actor: str = Field(max_length=20)
    """`models.lifecycle.Actor` in which the person acted."""
    actor_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    """Account of the resident, when one acted."""
    staff: str | None = Field(default=None, max_length=32)
    """Staff code, when staff acted."""
    from_state: str | None = Field(default=None, max_length=20)
    to_state: str = Field(max_length=20)
    text: str | None = Field(default=None, sa_column=Column(Text))
    """Reason, note, question, answer or comment."""
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class Attachment(Table, table=True):
    """A photo, voice note or document. The bytes stay with the chat app; `file_id` fetches them."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("ticket_id", "file_unique_id"),)

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    kind: str = Field(max_length=10)
    """photo, voice, video or document."""
    file_id: str = Field(max_length=200)
    file_unique_id: str = Field(max_length=60)
    purpose: str = Field(default="report", max_length=10)
    """report, addition, answer, question or proof."""
    by_staff: str | None = Field(default=None, max_length=32)
    created_at: datetime = Field(sa_column=Column(Utc, nullable=False))


class Participant(Table, table=True):
    """Somebody else concerned: a neighbour who follows, or staff who were called to help."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("ticket_id", "resident_id", "staff"),
        Index("ix_participant_staff", "staff", "ticket_id"),
        Index("ix_participant_resident", "resident_id", "ticket_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    kind: str = Field(max_length=10)
    """follower, helper or watcher (a lead who was told of an urgent matter)."""
    resident_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    staff: str | None = Field(default=None, max_length=32)
    since: datetime = Field(sa_column=Column(Utc, nullable=False))


class MessageLink(Table, table=True):
    """Which ticket a message in a chat is about, so that a reply lands on its own ticket."""

    __tablename__ = "message_link"

    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    message_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    kind: str = Field(default="notice", max_length=10)
    """report (the resident's own words: an edit of it edits the ticket), notice or question."""


class TriageCorrection(Table, table=True):
    """What triage proposed, and what a person decided: material for the next training."""

    __tablename__ = "triage_correction"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")
    text: str = Field(sa_column=Column(Text, nullable=False))
    proposed: str = Field(max_length=40)
    decided: str = Field(max_length=40)
    by: str = Field(max_length=10)
    """resident or staff."""


class DueTime(Table, table=True):
    """Something that must happen at a time: a row, not a timer in memory. Times are UTC."""

    __tablename__ = "due_time"
    __table_args__ = (
        UniqueConstraint("kind", "subject", "ticket_id"),
        Index("ix_due_time_due", "done_at", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=30)
    """A name registered with `workflows.deadlines`."""
    due_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")
    subject: str = Field(default="", max_length=64)
    """What else it is about (a staff code, a level); part of the key."""
    done_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    attempts: int = 0
    error: str | None = Field(default=None, sa_column=Column(Text))


class Counter(Table, table=True):
    """The last number given out, by name; taken inside the transaction that uses it."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True, max_length=30)
    value: int = 0
