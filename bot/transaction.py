"""The transaction that is under way, and what it will leave behind when it commits."""

from __future__ import annotations

import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import table_of
from models.messaging import LANES, ConversationState, OutboxCall
from workflows.work import Work


def lane_of(chat_id: int) -> int:
    """The lane that carries everything of a chat, in both directions."""
    return crc32(str(chat_id).encode()) % LANES


@dataclass(slots=True)
class Transaction:
    """One database transaction with the Bot API calls that were made in it."""

    session: AsyncSession
    now: datetime
    work: Work
    chat_id: int = 0
    """The chat whose update is being handled: calls that name no chat follow its order."""
    calls: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, ConversationState | None] = field(default_factory=dict)
    """Conversation states as far as they were read, or began, in this transaction; None: none."""

    def enqueue(
        self,
        method: str,
        payload: dict[str, Any],
        *,
        chat_id: int | None,
        priority: int,
        ticket_id: int | None,
        files: dict[str, Any] | None,
    ) -> int:
        """Keep a call for the outbox; returns the negative id its message is known by."""
        ref = -secrets.randbelow(2**52) - 1
        self.calls.append(
            {
                "ref": ref,
                "lane": lane_of(self.chat_id if chat_id is None else chat_id),
                "chat_id": chat_id,
                "method": method,
                "payload": payload,
                "files": files,
                "priority": priority,
                "status": "queued",
                "created_at": self.now,
                "attempts": 0,
                "doubts": 0,
                "ticket_id": ticket_id,
                "secret": False,
            }
        )
        return ref

    def hide_calls(self, first: int) -> None:
        """Have the calls from number `first` on emptied once they are made."""
        for call in self.calls[first:]:
            call["secret"] = True

    async def write_outbox(self) -> None:
        """Write all kept calls, in the order they were made."""
        if self.calls:
            await self.session.execute(insert(table_of(OutboxCall)), self.calls)


_current: ContextVar[Transaction] = ContextVar("transaction")


def current_transaction() -> Transaction:
    """The transaction under way. Raises LookupError outside of one: nothing bypasses it."""
    return _current.get()


def enter(transaction: Transaction) -> None:
    """Make it the one under way in this task."""
    _current.set(transaction)
