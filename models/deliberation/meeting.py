"""Tables of step 5: the meeting, what is said in it, and consensus."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field

from models.base import Json, Table, Utc


class Meeting(Table, table=True):
    """One consultation: in a room, in the chat, or both."""

    __tablename__ = "meeting"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    starts_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    place: str = Field(default="", max_length=200)
    link: str = Field(default="", max_length=300)
    mode: str = Field(default="both", max_length=6)
    """room, chat or both."""
    secretary: str = Field(max_length=32)
    """Staff code of who keeps roll and minutes."""
    agenda: list[str] = Field(sa_column=Column(Json, nullable=False))
    agenda_at: int = 0
    """Index of the item that is being spoken of."""
    state: str = Field(default="planned", max_length=10)
    """planned, open, suspended (quorum was lost), closed or adjourned (to another date)."""
    opened_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    closed_at: datetime | None = Field(default=None, sa_column=Column(Utc))

    @property
    def key(self) -> int:
        """The id of a saved row. Raises ValueError before that."""
        if self.id is None:
            raise ValueError("the meeting was not saved yet")
        return self.id


class Attendance(Table, table=True):
    """Who is, or was, at a meeting. Council members count for the quorum."""

    __tablename__ = "attendance"

    meeting_id: int = Field(foreign_key="meeting.id", primary_key=True)
    who: str = Field(primary_key=True, max_length=40)
    """Staff code of a council member, or r:<account id> of a resident."""
    since: datetime = Field(sa_column=Column(Utc, nullable=False))
    left_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class SpeakingTurn(Table, table=True):
    """One place in the speaking queue."""

    __tablename__ = "speaking_turn"

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    who: str = Field(max_length=40)
    asked_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    started_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    ends_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    """When the time allowed is up."""
    ended_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class MinuteLine(Table, table=True):
    """One line of the minutes: typed by the secretary, or what somebody said in the chat."""

    __tablename__ = "minute_line"

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
    author: str = Field(max_length=40)
    """Staff code, or r:<account id>."""
    source: str = Field(max_length=8)
    """minute or message."""
    agenda_at: int = 0
    text: str = Field(sa_column=Column(Text, nullable=False))


class Question(Table, table=True):
    """A question asked before or in the consultation, and its answer."""

    __tablename__ = "deliberation_question"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    resident_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    door_by: str | None = Field(default=None, max_length=32)
    text: str = Field(max_length=500)
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
    answer: str | None = Field(default=None, sa_column=Column(Text))
    answered_by: str | None = Field(default=None, max_length=32)
    answered_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class Amendment(Table, table=True):
    """A change to an option that somebody asks for; accepted, it becomes a new version."""

    __tablename__ = "amendment"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    option_id: int = Field(foreign_key="plan_option.id")
    resident_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    staff: str | None = Field(default=None, max_length=32)
    text: str = Field(max_length=500)
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
    state: str = Field(default="open", max_length=10)
    """open, accepted or rejected."""
    reason: str | None = Field(default=None, max_length=300)
    decided_by: str | None = Field(default=None, max_length=32)
    decided_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class ConsensusCall(Table, table=True):
    """ "Does anyone object to option A?" Silence until `closes_at` is consent."""

    __tablename__ = "consensus_call"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    option_id: int = Field(foreign_key="plan_option.id")
    opened_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    closes_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    state: str = Field(default="open", max_length=10)
    """open, agreed, failed (an objection stands) or taken_back."""
    closed_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class Objection(Table, table=True):
    """Somebody objects with a reason; it must be answered."""

    __tablename__ = "objection"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    call_id: int | None = Field(default=None, foreign_key="consensus_call.id")
    """The call for consensus; None for one in the public period (公示期)."""
    resident_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    staff: str | None = Field(default=None, max_length=32)
    reason: str = Field(max_length=500)
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
    answer: str | None = Field(default=None, sa_column=Column(Text))
    answered_by: str | None = Field(default=None, max_length=32)
    answered_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    withdrawn_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class Jury(Table, table=True):
    """A group drawn by lot; everything that is needed to draw it again is public."""

    __tablename__ = "jury"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    purpose: str = Field(max_length=200)
    size: int
    seed: str = Field(max_length=64)
    pool: list[list[str]] = Field(sa_column=Column(Json, nullable=False))
    """Every candidate as [pseudonym, stratum], sorted."""
    drawn: list[str] = Field(sa_column=Column(Json, nullable=False))
    """Pseudonyms in the order of the draw, substitutes last."""
    drawn_at: datetime = Field(sa_column=Column(Utc, nullable=False))


class Juror(Table, table=True):
    """Who stands behind a drawn pseudonym, and whether they accept."""

    __tablename__ = "juror"

    jury_id: int = Field(foreign_key="jury.id", primary_key=True)
    resident_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    pseudonym: str = Field(max_length=32)
    state: str = Field(default="asked", max_length=10)
    """asked, accepted, declined or substitute."""
