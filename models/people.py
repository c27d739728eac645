"""Tables of people: residents and holders of staff posts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from models.base import Table, Utc
from models.place import Place


class Resident(Table, table=True):
    """A person who wrote to the bot, known by the numeric id of their chat account.

    Only what the service needs (Personal Information Protection Law, art. 6): the account, its
    language, when they consented, and a doorway once they gave one. Staff are residents too.
    """

    __tablename__ = "resident"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    """`from.id` of the chat app; equals the id of the private chat."""
    name: str = Field(default="", max_length=200)
    """Display name as the chat app gives it; never shown to staff with a ticket."""
    locale: str = Field(default="zh-CN", max_length=8)
    locale_chosen: bool = False
    """True once set with /language: then the app's language no longer changes it."""
    consented_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    unreachable_since: datetime | None = Field(default=None, sa_column=Column(Utc))
    """Set by the courier when the person blocked the bot; cleared by their next message."""
    created_at: datetime = Field(sa_column=Column(Utc, nullable=False))

    grid: str | None = Field(default=None, max_length=20)
    """Courtyard (or higher) grid code of the doorway; None until first needed."""
    lane: str | None = Field(default=None, max_length=60)
    number: str | None = Field(default=None, max_length=20)
    building: str | None = Field(default=None, max_length=20)
    unit: str | None = Field(default=None, max_length=20)
    room: str | None = Field(default=None, max_length=20)
    doorway_since: datetime | None = Field(default=None, sa_column=Column(Utc))
    """When the doorway on record became this one; a vote asks whether it was there at its
    opening."""

    @property
    def place(self) -> Place | None:
        """The doorway on record, or None."""
        if self.grid is None:
            return None
        return Place(
            grid=self.grid,
            lane=self.lane,
            number=self.number,
            building=self.building,
            unit=self.unit,
            room=self.room,
        )


class StaffAccount(Table, table=True):
    """The chat account behind a staff post of the district's files, and whether it is on duty.

    The post (name, role, grid) lives in the files; this row holds what changes while running.
    """

    __tablename__ = "staff_account"

    code: str = Field(primary_key=True, max_length=32)
    resident_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, unique=True, nullable=True)
    )
    on_duty: bool = True
    active: bool = True
    """False once dismissed: every right of the post is gone at the next press."""
    duty_changed_at: datetime | None = Field(default=None, sa_column=Column(Utc))


class Invitation(Table, table=True):
    """A single-use link that binds a chat account to a staff post until it expires."""

    __tablename__ = "invitation"

    token_hash: str = Field(primary_key=True, max_length=64)
    """SHA-256 of the token; the token itself is shown once."""
    staff_code: str = Field(max_length=32)
    created_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Utc, nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=Column(Utc))
    used_by: int | None = Field(default=None, sa_column=Column(BigInteger))
