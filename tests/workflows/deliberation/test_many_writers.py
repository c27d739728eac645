"""Step 1 and 2 on PostgreSQL, where people really act at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import select

import models.messaging  # noqa: F401 - its tables belong to the metadata
from bot.database import Database
from models.base import metadata
from models.deliberation.core import Deliberation
from models.deliberation.opinion import Opinion
from models.deliberation.policy import DeliberationPolicy
from models.deliberation.steps import Step
from models.people import Resident, StaffAccount
from models.ticket import DueTime
from opinions.picture import Picture, Point
from tests.workflows.deliberation.consultation import ACCOUNTS, Hood
from tests.workflows.deliberation.neighbourhood import (
    DAY,
    MONDAY,
    ORGANISER,
    AllLetters,
    call,
    carry,
    figures,
    recount,
    say,
)
from workflows.deliberation import collect, confirm, lists, moderation, pictures, proposals

pytestmark = pytest.mark.postgres

_REFS = count(-1, -1)
"""References of messages, across all transactions of a test."""


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
    await database.engine.dispose()


def _hood(session: object) -> Hood:
    hood = Hood(session, DeliberationPolicy(supporters=3))  # type: ignore[arg-type]
    hood.letters = AllLetters(_refs=_REFS)
    hood.work.services = replace(hood.work.services, notifier=hood.letters)
    return hood


async def test_votes_at_once_are_all_counted(database: Database) -> None:
    async with database.transaction() as session:
        hood = _hood(session)
        d_id = (await call(hood)).key
        opinion_id = (await say(hood, await session.get_one(Deliberation, d_id), 1, "先修屋顶")).key
        for id_ in range(2, 12):
            await hood.neighbour(id_)

    async def vote(id_: int) -> None:
        async with database.transaction() as session:
            hood = _hood(session)
            person = await hood.neighbour(id_)
            await collect.vote_opinion(hood.work, person, opinion_id, 1 if id_ % 2 else -1)

    await asyncio.gather(*(vote(id_) for id_ in range(2, 12)))

    async with database.transaction() as session:
        opinion = await session.get_one(Opinion, opinion_id)
        assert figures(opinion) == (6, 5, 0) == await recount(_hood(session), opinion)


async def test_of_supporters_at_once_exactly_one_opens_it(database: Database) -> None:
    async with database.transaction() as session:
        hood = _hood(session)
        proposal = await proposals.propose(
            hood.work, await hood.neighbour(1), title="楼院停车", description=""
        )
        for id_ in range(2, 5):
            await hood.neighbour(id_)

    async def support(id_: int) -> bool:
        async with database.transaction() as session:
            hood = _hood(session)
            _, started = await proposals.support(hood.work, await hood.neighbour(id_), proposal.key)
        return started

    started = await asyncio.gather(*(support(id_) for id_ in (2, 3)))

    assert sorted(started) == [False, True]


async def test_from_opinions_to_a_draft(database: Database) -> None:
    async with database.transaction() as session:
        hood = _hood(session)
        deliberation = await call(hood)
        first = await say(hood, deliberation, 1, "先修屋顶")
        second = await say(hood, deliberation, 2, "某某家都是骗子")
        organiser = await hood.staff(ORGANISER)
        await moderation.hide_opinion(hood.work, organiser, second.key, "骂人")
        await moderation.show_opinion_again(hood.work, organiser, second.key)
        assert await collect.ticket_themes(hood.work, organiser, deliberation.key) == []
        assert await pictures.stale(session) == [deliberation.key]
        picture = Picture(2, 2, "one_group", points=(Point(1, 0.0, 0.0, "A"),))
        data = picture.as_json()
        await pictures.store_picture(hood.work, deliberation.key, data, None, hood.work.now)
        neighbour = await hood.neighbour(1)
        summary = await collect.summary_of(hood.work, neighbour, deliberation)
        assert (summary.verdict, summary.group, summary.left) == ("one_group", "A", 1)
        assert await collect.next_opinion(hood.work, neighbour, deliberation.key) is second
        hood.work.now += 8 * DAY
        await proposals.end_collection(hood.work, organiser, deliberation.key)
        topic = confirm.TopicDraft("屋顶", "", (first.key,))
        await confirm.set_topics(hood.work, organiser, deliberation.key, [topic])
        motion = await confirm.open_motion(hood.work, organiser, deliberation.key, "topics", "")
        await carry(hood, motion, ["yes"] * 5)
        card = await lists.card_of(hood.work, organiser, deliberation)

        assert (deliberation.step, card.position) == (Step.DRAFT, 3)
        kinds = set(await session.scalars(select(DueTime.kind)))
        assert {"d_step", "d_reminder", "mailing"} <= kinds
