"""A running Linmen for each journey."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from models.messaging import InboxUpdate, OutboxCall
from models.ticket import DueTime
from tests.harness import Linmen, running, settings_for

HARMLESS = ("query is too old", "blocked by the user", "can't initiate conversation")
"""What may be refused in a journey without anything being wrong."""


@pytest.fixture
async def linmen(data_folder: Path, valkey_url: str) -> AsyncIterator[Linmen]:
    """Everything in this event loop, with a real Valkey, on a free port.

    A journey in which anything was set aside on the way has failed, whatever it saw.
    """
    async with running(settings_for(data_folder, redis_url=valkey_url)) as linmen:
        try:
            yield linmen
        finally:
            assert await troubles(linmen) == []


async def troubles(linmen: Linmen) -> list[str]:
    """Updates, calls and deadlines that went wrong."""
    async with linmen.runtime.database.transaction() as session:
        updates = await session.scalars(
            select(InboxUpdate).where(col(InboxUpdate.error).is_not(None))
        )
        calls = await session.scalars(select(OutboxCall).where(col(OutboxCall.error).is_not(None)))
        due = await session.scalars(select(DueTime).where(col(DueTime.error).is_not(None)))
        found = [f"{row.natural_key}: {row.error}" for row in updates]
        found += [f"{row.method}: {row.error}" for row in calls]
        found += [f"{row.kind}: {row.error}" for row in due]
    return [trouble for trouble in found if not any(word in trouble.lower() for word in HARMLESS)]
