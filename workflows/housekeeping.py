"""Forgetting what is no longer needed (Personal Information Protection Law, article 19)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.messaging import ConversationState, InboxUpdate, OutboxCall
from models.ticket import DueTime

KEEP_UPDATES = timedelta(days=7)
"""Handled updates: long enough for every redelivery (the Bot API keeps them for 24 hours)."""
KEEP_FAILED = timedelta(days=30)
"""Updates set aside: long enough for the office to look and to have them handled again."""
KEEP_CALLS = timedelta(days=30)
"""Sent and failed calls: long enough for the office to see what was said."""
KEEP_STATES = timedelta(days=90)
KEEP_DUE = timedelta(days=30)


async def purge(session: AsyncSession, now: datetime) -> None:
    """Delete handled updates, made calls, abandoned conversations and past due times."""
    await session.execute(
        delete(InboxUpdate).where(
            col(InboxUpdate.status) == "done", col(InboxUpdate.done_at) < now - KEEP_UPDATES
        )
    )
    await session.execute(
        delete(InboxUpdate).where(
            col(InboxUpdate.status) == "failed",
            col(InboxUpdate.received_at) < now - KEEP_FAILED,
        )
    )
    await session.execute(
        delete(OutboxCall).where(
            col(OutboxCall.status).in_(("sent", "failed")),
            col(OutboxCall.created_at) < now - KEEP_CALLS,
        )
    )
    await session.execute(
        delete(ConversationState).where(col(ConversationState.updated_at) < now - KEEP_STATES)
    )
    await session.execute(delete(DueTime).where(col(DueTime.done_at) < now - KEEP_DUE))
