"""Figures for an operator, read from the database when they are asked for."""

from __future__ import annotations

from prometheus_client import Gauge
from sqlalchemy import func, select
from sqlmodel import col

from bot.clock import Clock
from bot.database import Database
from bot.due import count_due
from bot.record import outbox_counts
from models.messaging import InboxUpdate

INBOX = Gauge("linmen_inbox_updates", "Updates in the inbox", ["status"])
OUTBOX = Gauge("linmen_outbox_calls", "Calls in the outbox", ["status"])
DUE = Gauge("linmen_due_rows", "Deadlines that have passed and are not done yet")


async def refresh_metrics(database: Database, clock: Clock) -> None:
    """Bring all gauges up to date."""
    async with database.transaction() as session:
        inbox = await session.execute(
            select(col(InboxUpdate.status), func.count()).group_by(col(InboxUpdate.status))
        )
        for status, count in inbox:
            INBOX.labels(status=status).set(count)
        for status, count in (await outbox_counts(session)).items():
            OUTBOX.labels(status=status).set(count)
        DUE.set(await count_due(session, clock.now()))
