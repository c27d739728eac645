"""What only a database with many writers can show: two people at once, on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

import models.messaging  # noqa: F401 - its tables belong to the metadata
from bot.database import Database
from models.base import metadata
from models.errors import AlreadyTaken
from models.lifecycle import Outcome, State
from models.people import StaffAccount
from models.place import Place
from models.policy import Policy
from models.ticket import Ticket
from tests.workflows.town import ACCOUNTS, COURT, Town, make_district
from workflows.tickets import resident, staff
from workflows.tickets.submit import Draft, find_similar, follow_ticket

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
    yield database
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
    await database.engine.dispose()


async def _meet_everybody(database: Database) -> None:
    async with database.transaction() as session:
        town = Town(session, make_district(), Policy())
        for code in ACCOUNTS:
            await town.staff(code)
        await town.resident()


async def test_of_two_who_accept_at_once_one_wins_and_the_other_is_told_who(
    database: Database,
) -> None:
    await _meet_everybody(database)
    async with database.transaction() as session:
        ticket_id = (await Town(session, make_district(), Policy()).submit()).key

    async def accept(code: str) -> str:
        async with database.transaction() as session:
            town = Town(session, make_district(), Policy())
            person = await town.staff(code)
            await staff.accept_ticket(town.work, person, ticket_id, 1)
        return code

    results = await asyncio.gather(
        *(accept(code) for code in ("worker-a", "lead-0101", "lead-01")), return_exceptions=True
    )

    winners = [result for result in results if isinstance(result, str)]
    losers = [result for result in results if isinstance(result, AlreadyTaken)]
    assert (len(winners), len(losers)) == (1, 2)
    assert {loser.context["name"] for loser in losers} == {f"姓名{winners[0]}"}
    async with database.transaction() as session:
        ticket = await session.get(Ticket, ticket_id)
        assert ticket is not None
        assert (ticket.state, ticket.assignee) == (State.ACCEPTED, winners[0])


async def test_numbers_are_given_once_also_the_first(database: Database) -> None:
    await _meet_everybody(database)

    async def submit() -> int:
        async with database.transaction() as session:
            return int((await Town(session, make_district(), Policy()).submit()).number)

    numbers = await asyncio.gather(*(submit() for _ in range(6)))

    assert sorted(numbers) == list(range(1001, 1007))


async def test_the_journey_speaks_this_database(database: Database) -> None:
    await _meet_everybody(database)
    async with database.transaction() as session:
        town = Town(session, make_district(), Policy())
        me, worker = await town.resident(), await town.staff("worker-a")
        neighbour = await town.resident(2)
        ticket = await town.submit(details={"floor": "3"}, category="hazard.fire")
        draft = Draft(
            text="火",
            category="hazard.fire",
            place=Place(grid=COURT, lane="合水中路", number="12", building="1"),
        )
        (found,) = await find_similar(town.work, neighbour, draft)
        await follow_ticket(town.work, neighbour, found.ticket.key)
        await staff.accept_ticket(town.work, worker, ticket.key)
        await staff.resolve_ticket(town.work, worker, ticket.key, Outcome.DONE, "好了")
        await resident.rate_ticket(town.work, me, ticket.key, 5)
    async with database.transaction() as session:
        stored = await session.get(Ticket, ticket.key)
        assert stored is not None
        assert (stored.rating, stored.details) == (5, {"floor": "3"})
        assert stored.resolved_at == ticket.resolved_at
