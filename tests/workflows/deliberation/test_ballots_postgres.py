"""What only a database with many writers can show: one household votes from two phones at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

import models.messaging  # noqa: F401 - its tables belong to the metadata
from bot.database import Database
from models.base import metadata
from models.deliberation.ballot import Ballot
from models.deliberation.policy import DeliberationPolicy
from models.deliberation.verify import verify_box
from models.errors import NotEligible
from models.people import Resident, StaffAccount
from tests.workflows.deliberation.consultation import ACCOUNTS, Hood
from tests.workflows.deliberation.polling import A, finish, polling, rolled
from tests.workflows.town import MONDAY
from workflows.deliberation.ballots import cast

pytestmark = pytest.mark.postgres


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(postgres_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    async with database.transaction() as session:
        for code, account in ACCOUNTS.items():
            session.add(StaffAccount(code=code, resident_id=account))
            session.add(Resident(id=account, created_at=MONDAY, consented_at=MONDAY))
    yield database
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
    await database.close()


@pytest.mark.parametrize("secret", [True, False])
async def test_of_one_household_at_once_one_vote_counts(database: Database, secret: bool) -> None:
    async with database.transaction() as session:
        hood = Hood(session, DeliberationPolicy())
        for id_ in (50, 51, 52):
            await hood.neighbour(id_, room="101")
        _, ballot = await polling(hood, 6, secret=secret)

    async def one(id_: int) -> str:
        async with database.transaction() as session:
            mine = Hood(session, DeliberationPolicy())
            try:
                return (await cast(mine.work, await mine.neighbour(id_), ballot.key, A)).code
            except NotEligible as refused:
                return str(refused.context["reason"])

    said = await asyncio.gather(*(one(id_) for id_ in (1, 50, 51, 52, 2, 3, 4, 5, 6)))
    assert said[:4].count("household_voted") == 3
    assert all(len(code) == 64 for code in said[4:])
    async with database.transaction() as session:
        hood = Hood(session, DeliberationPolicy())
        published = await finish(hood, await session.get_one(Ballot, ballot.key))
        assert len(await rolled(hood)) == 6
        codes = [code for code in said if len(code) == 64]
        assert verify_box(published, receipts=codes).faults == []
