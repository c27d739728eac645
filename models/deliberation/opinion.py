"""Tables of step 1 and 2: opinions, votes on them, their picture; topics and motions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint
from sqlmodel import Field

from models.base import Json, Table, Utc


class Opinion(Table, table=True):
    """A short opinion in somebody's own words. Its text is never changed once somebody voted."""

    __tablename__ = "opinion"
    __table_args__ = (Index("ix_opinion_next", "deliberation_id", "status", "priority"),)

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id")
    author_id: int | None = Field(default=None, sa_column=Column(BigInteger, index=True))
    """Account; None when entered at the door or pulled in from tickets. Never shown."""
    text: str = Field(max_length=280)
    origin: str = Field(default="resident", max_length=10)
    """resident, door or ticket."""
    door_by: str | None = Field(default=None, max_length=32)
    tickets: int = 0
    """How many tickets it stands for, when pulled in."""
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")
    status: str = Field(default="shown", max_length=10)
    """shown, hidden (moderated), joined (to another one) or withdrawn (by its author)."""
    joined_to: int | None = Field(default=None, foreign_key="opinion.id")
    hidden_reason: str | None = Field(default=None, max_length=300)
    hidden_by: str | None = Field(default=None, max_length=32)
    appeal: str | None = Field(default=None, max_length=300)
    """The author's words to the office; None when they did not appeal."""
    appeal_decided_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    agrees: int = 0
    disagrees: int = 0
    passes: int = 0
    priority: float = 1000.0
    """How informative one more vote on it is: the next card is the highest not voted on yet. A
    new opinion comes first."""
    topic_id: int | None = Field(default=None, foreign_key="topic.id")
    created_at: datetime = Field(sa_column=Column(Utc, nullable=False))

    @property
    def key(self) -> int:
        """The id of a saved row. Raises ValueError before that."""
        if self.id is None:
            raise ValueError("the opinion was not saved yet")
        return self.id

    @property
    def votes(self) -> int:
        """Votes of all three kinds."""
        return self.agrees + self.disagrees + self.passes


class Voice(Table, table=True):
    """One person who takes part in step 1, with or without a phone."""

    __tablename__ = "opinion_voice"
    __table_args__ = (
        UniqueConstraint("deliberation_id", "resident_id"),
        UniqueConstraint("deliberation_id", "door_key"),
    )

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    resident_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    door_key: str | None = Field(default=None, max_length=160)
    """Household and name of a person without a phone."""
    summary_ref: int | None = Field(default=None, sa_column=Column(BigInteger))
    """The one live message that sums up the call for this person."""
    group: str | None = Field(default=None, max_length=2, sa_column_kwargs={"name": "group_label"})


class OpinionVote(Table, table=True):
    """What one voice says of one opinion: 1 agree, -1 disagree, 0 pass. May be changed."""

    __tablename__ = "opinion_vote"
    __table_args__ = (Index("ix_opinion_vote_news", "deliberation_id", "at"),)

    voice_id: int = Field(foreign_key="opinion_voice.id", primary_key=True)
    opinion_id: int = Field(foreign_key="opinion.id", primary_key=True)
    deliberation_id: int
    value: int
    at: datetime = Field(sa_column=Column(Utc, nullable=False))


class OpinionPicture(Table, table=True):
    """The newest picture of the opinion groups of a deliberation (`opinions.picture.Picture`)."""

    __tablename__ = "opinion_picture"

    deliberation_id: int = Field(foreign_key="deliberation.id", primary_key=True)
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    png: str | None = Field(default=None, sa_column=Column(Text))
    """The drawing for the chat, base64."""
    computed_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    votes_until: datetime = Field(sa_column=Column(Utc, nullable=False))
    """The time of the newest vote in it."""


class Topic(Table, table=True):
    """One of the one to three topics (议题) that a council makes of the opinions."""

    __tablename__ = "topic"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    position: int
    title: str = Field(max_length=60)
    summary: str = Field(default="", max_length=500)


class Motion(Table, table=True):
    """What the council votes on in step 2: these topics, tickets instead, or a referral."""

    __tablename__ = "motion"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    kind: str = Field(max_length=10)
    """topics, tickets or referral."""
    reason: str = Field(sa_column=Column(Text, nullable=False))
    moved_by: str = Field(max_length=32)
    opened_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    closes_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    state: str = Field(default="open", max_length=10)
    """open, passed, rejected, no_quorum or taken_back."""
    closed_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class MotionVote(Table, table=True):
    """A council member's vote on a motion; open, may be changed while it runs."""

    __tablename__ = "motion_vote"

    motion_id: int = Field(foreign_key="motion.id", primary_key=True)
    staff: str = Field(max_length=32, primary_key=True)
    value: str = Field(max_length=8)
    """yes, no or abstain."""
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
