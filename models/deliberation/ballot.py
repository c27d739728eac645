"""Tables of the ballot: the box, its chain, who has voted, proxies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint
from sqlmodel import Field

from models.base import Json, Table, Utc


class Ballot(Table, table=True):
    """One vote of the neighbourhood: its question, its rules and, once closed, its result."""

    __tablename__ = "ballot"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    header: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    """What the chain begins with: title, options, method, unit, secret, opening and closing times
    (`models.deliberation.chain`). Never changed."""
    method: str = Field(max_length=12)
    unit: str = Field(max_length=12)
    secret: bool
    opened_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    closes_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    electorate: int
    """Registered households, or residents, that may vote, when it opened."""
    head: str = Field(max_length=64)
    """Newest link of the chain, hexadecimal; the genesis while it has none."""
    length: int = 0
    """Links of the chain. Of a secret ballot `BallotSlip`s may wait beside it."""
    state: str = Field(default="open", max_length=10)
    """open, closed (counted and published) or void (with a reason in the events)."""
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(Json))
    """Totals, winner, quorum, turnout by channel."""
    published: dict[str, Any] | None = Field(default=None, sa_column=Column(Json))
    """The whole ballot-box.json, once closed."""

    @property
    def key(self) -> int:
        """The id of a saved row. Raises ValueError before that."""
        if self.id is None:
            raise ValueError("the ballot was not saved yet")
        return self.id


class BallotEntry(Table, table=True):
    """One cast ballot: a link of the chain. Never changed, never removed.

    A secret one says nothing of its voter, nor when or how it was cast.
    """

    __tablename__ = "ballot_entry"
    __table_args__ = (UniqueConstraint("ballot_id", "commitment"),)

    ballot_id: int = Field(foreign_key="ballot.id", primary_key=True)
    position: int = Field(primary_key=True)
    """1, 2, 3 … in the order of the chain."""
    commitment: str = Field(max_length=64)
    """SHA-256 over nonce and choice: what the chain holds while the vote runs."""
    link: str = Field(max_length=64)
    """SHA-256 over the link before, position and commitment."""
    nonce: str = Field(max_length=64)
    choice: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    voter: str | None = Field(default=None, max_length=160)
    """Key of the voter, of an open ballot only."""


class BallotSlip(Table, table=True):
    """A cast secret ballot that waits until enough others are there to be mixed with.

    It then becomes a `BallotEntry` at a random place of its batch, and this row goes. Rows have no
    number and no time: their key is random.
    """

    __tablename__ = "ballot_slip"

    ballot_id: int = Field(foreign_key="ballot.id", primary_key=True)
    commitment: str = Field(primary_key=True, max_length=64)
    nonce: str = Field(max_length=64)
    choice: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))


class BallotRoll(Table, table=True):
    """Who has voted (签到册): one row for each voter, so nobody votes twice.

    Of a secret ballot it is written anew in the order of its keys when the box is closed, so that
    the order of casting is in no row.
    """

    __tablename__ = "ballot_roll"

    ballot_id: int = Field(foreign_key="ballot.id", primary_key=True)
    voter: str = Field(primary_key=True, max_length=160)
    """Key of the household, or r:<account id>, or the household and name of a door voter."""
    channel: str = Field(max_length=8)
    """chat, proxy or door."""
    resident_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    """Account that cast it; None at the door."""
    by_staff: str | None = Field(default=None, max_length=32)
    """Who entered it at the door."""


class BallotHead(Table, table=True):
    """A head that was announced while the vote ran: the box may only grow behind it."""

    __tablename__ = "ballot_head"
    __table_args__ = (Index("ix_ballot_head_ballot", "ballot_id", "length"),)

    id: int | None = Field(default=None, primary_key=True)
    ballot_id: int = Field(foreign_key="ballot.id")
    length: int
    head: str = Field(max_length=64)
    at: datetime = Field(sa_column=Column(Utc, nullable=False))


class Proxy(Table, table=True):
    """Somebody votes for somebody else, who confirmed it with a code of their own."""

    __tablename__ = "proxy"

    id: int | None = Field(default=None, primary_key=True)
    deliberation_id: int = Field(foreign_key="deliberation.id", index=True)
    principal_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Account of who is represented."""
    code_hash: str = Field(max_length=64)
    """SHA-256 of the code that the principal tells the holder."""
    expires_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    holder_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    """Account of who votes; set when they enter the code."""
    accepted_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class ProcessRating(Table, table=True):
    """What a resident thinks of the process and of the outcome: 1 to 5 each."""

    __tablename__ = "process_rating"

    deliberation_id: int = Field(foreign_key="deliberation.id", primary_key=True)
    resident_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    process: int
    outcome: int
    comment: str | None = Field(default=None, sa_column=Column(Text))
    at: datetime = Field(sa_column=Column(Utc, nullable=False))
