"""Tables of the plumbing: inbox, outbox, conversation state, leases."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    false,
)
from sqlmodel import Field

from models.base import Json, Table, Utc

LANES = 64
"""Chats are spread over this many lanes; a lane is what one worker or courier leases."""


class InboxUpdate(Table, table=True):
    """One update of the Bot API, stored before it is acknowledged (RELIABILITY, mechanism 1–5)."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("natural_key"),
        Index("ix_inbox_pending", "status", "lane", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    natural_key: str = Field(max_length=160)
    """What makes it the same update: (kind, chat, message_id), the callback id, or else
    update_id and digest. The same message may come under a new update_id."""
    update_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    digest: str = Field(max_length=64)
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    lane: int
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """As it came; empty, like `digest`, once an update that holds a secret choice is done."""
    received_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    status: str = Field(default="new", max_length=10)
    """new, done or failed (set aside for the office to see)."""
    attempts: int = 0
    not_before: datetime | None = Field(default=None, sa_column=Column(Utc))
    done_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    error: str | None = Field(default=None, sa_column=Column(Text))


class OutboxCall(Table, table=True):
    """One Bot API call to make, written in the transaction that wants it made."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_pending", "status", "lane", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    ref: int = Field(sa_column=Column(BigInteger, unique=True, nullable=False))
    """Negative message id that handlers know the message by until it is sent."""
    lane: int
    chat_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    method: str = Field(max_length=40)
    payload: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    files: dict[str, Any] | None = Field(default=None, sa_column=Column(Json))
    """Uploads by attach name: {"name": …, "data": base64}. Rare: most media go by file_id."""
    priority: int = 1
    """0 emergency, 1 interactive, 2 notice, 3 broadcast."""
    status: str = Field(default="queued", max_length=10)
    """queued, sending, unknown (sending in doubt), sent, failed."""
    created_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    not_before: datetime | None = Field(default=None, sa_column=Column(Utc))
    attempts: int = 0
    doubts: int = 0
    """How often a sending ended in doubt and was repeated."""
    message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    sent_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    error: str | None = Field(default=None, sa_column=Column(Text))
    ticket_id: int | None = None
    """The ticket it is about: once sent, a reply to it lands there (`MessageLink`)."""
    secret: bool = Field(
        default=False, sa_column=Column(Boolean, nullable=False, server_default=false())
    )
    """Shows a secret choice: once it is sent, or given up, `payload` is emptied."""


_state_version: Column[int] = Column("version", Integer, nullable=False)


class ConversationState(Table, table=True):
    """Where a person is in a conversation. `version` is compared on every write."""

    __tablename__ = "conversation_state"

    key: str = Field(primary_key=True, max_length=80)
    """bot:chat:user:thread:destiny, as aiogram's StorageKey names them."""
    state: str | None = Field(default=None, max_length=80)
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    version: int = Field(default=1, sa_column=_state_version)
    updated_at: datetime = Field(sa_column=Column(Utc, nullable=False))

    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _state_version}


class Lease(Table, table=True):
    """Who may do a thing now. `epoch` grows with each owner and fences off the one before."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True, max_length=40)
    """poller, clock, inbox:<lane>, courier:<lane>."""
    owner: str = Field(max_length=40)
    epoch: int = 0
    until: datetime = Field(sa_column=Column(Utc, nullable=False))


class CourierPause(Table, table=True):
    """Until when nobody may send (429 with retry_after), shared by all couriers."""

    __tablename__ = "courier_pause"

    scope: str = Field(primary_key=True, max_length=40)
    """`all`, or `chat:<id>`."""
    until: datetime = Field(sa_column=Column(Utc, nullable=False))
