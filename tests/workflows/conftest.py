"""One small sub-district per test, in a database in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

import models.messaging  # noqa: F401 - its tables belong to the metadata
from models.base import metadata
from models.people import StaffAccount
from models.policy import Policy
from tests.workflows.town import ACCOUNTS, Town, make_district


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        for code, account in ACCOUNTS.items():
            session.add(StaffAccount(code=code, resident_id=account))
        await session.flush()
        yield Town(session, make_district(), Policy())
    await engine.dispose()
