"""Tables of a deliberation as a whole: where it stands, what happened, who contributed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field

from models.base import Json, Table, Utc, by_value
from models.deliberation.steps import FINAL, Step

_version: Column[int] = Column("version", Integer, nullable=False)


class Deliberation(Table, table=True):
    """One deliberation (议事) on its way through the seven steps."""

    __tablename__ = "deliberation"
    __table_args__ = (
        UniqueConstraint("number"),
        Index("ix_deliberation_step", "step"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: int
    """What people call it by: 议3."""
    title: str = Field(max_length=60)
    description: str = Field(default="", sa_column=Column(Text, nullable=False))
    council: str = Field(max_length=20)
    """Grid code of the community whose council it is."""
    grids: list[str] = Field(sa_column=Column(Json, nullable=False))
    """Codes of the concerned grids, each at or below the council's."""
    step: Step = Field(sa_column=Column(by_value(Step), nullable=False))
    step_since: datetime = Field(sa_column=Column(Utc, nullable=False))
    step_due_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    """When the present step is late; the end date of a collection."""
    proposer_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    """The resident who proposed it; None when an organiser opened it."""
    opened_by: str | None = Field(default=None, max_length=32)
    """Staff code of the organiser who opened it."""
    method: str = Field(default="approval", max_length=12)
    """How a ballot would be counted: approval, schulze, runoff or score; fixed at the opening."""
    unit: str = Field(default="household", max_length=12)
    """Who has one vote: household or resident; fixed at the opening."""
    secret: bool = True
    """Whether ballots are secret; fixed at the opening."""
    reason: str | None = Field(default=None, sa_column=Column(Text))
    """Why it ended without a decision."""
    said: str | None = Field(default=None, sa_column=Column(Text))
    """Report: what was said, in a few sentences."""
    decided: str | None = Field(default=None, sa_column=Column(Text))
    """Report: what was decided and how."""
    done: str | None = Field(default=None, sa_column=Column(Text))
    """Report: what was done."""
    cost_cents: int | None = None
    """Report: what it cost in all, in fen (1/100 yuan)."""
    created_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    updated_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    version: int = Field(default=1, sa_column=_version)

    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _version}

    @property
    def key(self) -> int:
        """The id of a saved row. Raises ValueError before that."""
        if self.id is None:
            raise ValueError("the deliberation was not saved yet")
        return self.id

    @property
    def running(self) -> bool:
        """Whether it is on its way."""
        return self.step not in FINAL


class DeliberationEvent(Table, table=True):
    """One thing that happened: a move between steps, or an act inside one. Never changed."""

    __tablename__ = "deliberation_event"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
    action: str = Field(max_length=30)
    """A `Move`, or the name of an act such as hide_opinion."""
    capacity: str = Field(max_length=12)
    actor_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    """Account of the person; never set for the cast of a secret ballot."""
    staff: str | None = Field(default=None, max_length=32)
    from_step: str = Field(max_length=12)
    to_step: str = Field(max_length=12)
    text: str | None = Field(default=None, sa_column=Column(Text))
    """Why."""
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class DeliberationFile(Table, table=True):
    """A photo, voice note or document of a deliberation; the bytes stay with the chat app."""

    __tablename__ = "deliberation_file"
    __table_args__ = (Index("ix_deliberation_file_subject", "deliberation_id", "purpose"),)

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id")
    purpose: str = Field(max_length=12)
    """opinion, option, minutes, before, after, door or objection."""
    subject_id: int | None = None
    """Id of the row of that purpose."""
    kind: str = Field(max_length=10)
    """photo, voice, video or document."""
    file_id: str = Field(max_length=200)
    file_unique_id: str = Field(max_length=60)
    created_at: datetime = Field(sa_column=Column(Utc, nullable=False))


class Support(Table, table=True):
    """A resident of a concerned grid supports a proposal."""

    __tablename__ = "deliberation_support"

    deliberation_id: int = Field(foreign_key="deliberation.id", primary_key=True)
    resident_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    at: datetime = Field(sa_column=Column(Utc, nullable=False))


class Contribution(Table, table=True):
    """Something that somebody gave to a deliberation, until they were told what became of it.

    At the end no row of a closed deliberation is without an outcome, and none whose author can be
    reached is without `told_at`.
    """

    __tablename__ = "deliberation_contribution"
    __table_args__ = (
        UniqueConstraint("deliberation_id", "kind", "subject_id", "author_id"),
        Index("ix_deliberation_contribution_author", "author_id", "deliberation_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id")
    kind: str = Field(max_length=12)
    """proposal, support, opinion, question, amendment, objection, speech or ballot. A ballot's
    row only says that this person took part, never what they chose."""
    subject_id: int = 0
    """Id of the row of that kind; 0 where there is one per person."""
    author_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    """Account; None for people without a phone, whom a volunteer tells."""
    door_by: str | None = Field(default=None, max_length=32)
    """Staff code of the volunteer who entered it, and who tells the author the outcome."""
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
    outcome: str | None = Field(default=None, max_length=30)
    """What became of it, such as in_topic, not_taken, answered, accepted, rejected, counted."""
    detail: str | None = Field(default=None, sa_column=Column(Text))
    """The topic, answer or reason that goes with the outcome."""
    told_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class Recusal(Table, table=True):
    """A council member with an interest of their own (say, the contractor) stands aside."""

    __tablename__ = "deliberation_recusal"

    deliberation_id: int = Field(foreign_key="deliberation.id", primary_key=True)
    staff: str = Field(max_length=32, primary_key=True)
    reason: str = Field(max_length=300)
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
    by_staff: str = Field(max_length=32)


class Mailing(Table, table=True):
    """One message to many people, sent a few hundred at a time beneath everything interactive."""

    __tablename__ = "mailing"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int | None = Field(default=None, foreign_key="deliberation.id", index=True)
    notice: str = Field(max_length=40)
    """Name in `workflows.notices.NOTICES`."""
    audience: str = Field(max_length=20)
    """residents, supporters, contributors, voters or absent."""
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    """What the words of the notice need besides the deliberation."""
    cursor: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """Account id up to which people were written to."""
    sent: int = 0
    created_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    done_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class MailingRecipient(Table, table=True):
    """Who was written to, and whether they pressed "seen"."""

    __tablename__ = "mailing_recipient"

    mailing_id: int = Field(foreign_key="mailing.id", primary_key=True)
    resident_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    ref: int = Field(sa_column=Column(BigInteger, nullable=False))
    """`OutboxCall.ref` of the message."""
    household: str | None = Field(default=None, max_length=120)
    """Key of the doorway at that time (`models.deliberation.electorate.household_of`)."""
    sent_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    seen_at: datetime | None = Field(default=None, sa_column=Column(Utc))
