"""What the courier learns about people from the Bot API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.messaging import OutboxCall
from models.people import Resident


async def mark_unreachable(session: AsyncSession, resident_id: int, now: datetime) -> None:
    """Remember that a person blocked the bot; their next message clears it."""
    await session.execute(
        update(Resident)
        .where(col(Resident.id) == resident_id, col(Resident.unreachable_since).is_(None))
        .values(unreachable_since=now)
    )


async def migrate_chat(session: AsyncSession, old: int, new: int) -> None:
    """Send what still waits for a group to the supergroup that it became."""
    await session.execute(
        update(OutboxCall)
        .where(col(OutboxCall.chat_id) == old, col(OutboxCall.status).in_(("queued", "unknown")))
        .values(chat_id=new)
    )
