"""Messages to many people: who is written to, in which portions, and what is known of it after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.enums import ParseMode
from sqlalchemy import func, select
from sqlmodel import col

from handlers.context import priority_of_send
from handlers.notices import OutboxNotifier
from models.deliberation.ballot import Ballot, BallotRoll
from models.deliberation.core import Contribution, Mailing, MailingRecipient, Support
from models.deliberation.electorate import household_of
from models.messaging import OutboxCall
from models.people import Resident
from models.ticket import DueTime
from tests.handlers.counter import RecordedApi
from tests.workflows.deliberation.consultation import DAY, Hood, open_hood
from tests.workflows.town import COURT, MONDAY, OTHER_COURT
from workflows import mailing as mailings
from workflows.deadlines import run_due
from workflows.mailing import CHUNK, mark_seen, newest_mailing, reach_of, start_mailing

WORDS = {"letter": "A", "title": "电梯", "until": MONDAY}


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as hood:
        yield hood


async def send(hood: Hood, audience: Any = "residents", **given: Any) -> list[int | str]:
    """Start a mailing, let the clock send it, and see who got it."""
    if "deliberation" not in given:
        given["deliberation"] = await hood.deliberation()
    await start_mailing(hood.work, "d_consensus", audience, data=WORDS, **given)
    assert hood.letters.all == [], "nobody is written to in the transaction that starts it"
    await hood.run_until(hood.work.now + timedelta(minutes=5))
    return hood.letters.to("d_consensus")


async def test_residents_of_the_grids_who_consented(hood: Hood) -> None:
    await hood.neighbour(1)
    await hood.neighbour(2, consented_at=None)
    await hood.neighbour(3, grid=OTHER_COURT)
    await hood.neighbour(4, grid=None)
    await hood.neighbour(5, grid=f"{COURT}1")
    deliberation = await hood.deliberation(grids=[COURT])

    assert await send(hood, deliberation=deliberation) == [1]


async def test_a_grid_covers_all_below_it(hood: Hood) -> None:
    await hood.neighbour(1)
    await hood.neighbour(2, grid=OTHER_COURT)
    await hood.neighbour(3, grid="xg.02.01.01")
    deliberation = await hood.deliberation(grids=["xg.01"])

    assert await send(hood, deliberation=deliberation) == [1, 2]


async def test_moments_reach_the_words_as_moments(hood: Hood) -> None:
    await hood.neighbour(1)
    data = {**WORDS, "until": MONDAY + DAY}
    await start_mailing(
        hood.work, "d_consensus", "residents", deliberation=await hood.deliberation(), data=data
    )
    await hood.run_until(MONDAY + timedelta(minutes=1))

    assert hood.letters.last("d_consensus").context["until"] == MONDAY + DAY
    assert "11月24日" in hood.letters.last("d_consensus").zh


async def test_supporters_and_contributors_once_each(hood: Hood) -> None:
    deliberation = await hood.deliberation()
    for id_ in (1, 2, 3):
        await hood.neighbour(id_)
    d_id = deliberation.key
    hood.session.add(Support(deliberation_id=d_id, resident_id=2, at=MONDAY))
    for subject, author in ((1, 1), (2, 1), (3, 3), (4, None)):
        hood.session.add(
            Contribution(
                deliberation_id=d_id,
                kind="opinion",
                subject_id=subject,
                author_id=author,
                at=MONDAY,
            )
        )

    assert await send(hood, "supporters", deliberation=deliberation) == [2]
    hood.letters.all.clear()
    assert await send(hood, "contributors", deliberation=deliberation) == [1, 3]


async def with_ballot(hood: Hood, unit: str, state: str = "open") -> Any:
    deliberation = await hood.deliberation()
    hood.session.add(
        Ballot(
            id=1,
            deliberation_id=deliberation.key,
            header={},
            method="approval",
            unit=unit,
            secret=False,
            opened_at=MONDAY,
            closes_at=MONDAY + DAY,
            electorate=4,
            head="0",
            state=state,
        )
    )
    for id_, room in ((1, "101"), (2, "101"), (3, "102")):
        await hood.neighbour(id_, room)
    await hood.neighbour(4, "103", doorway_since=MONDAY + timedelta(seconds=1))
    await hood.neighbour(5, room=None, unit=None)
    first = await hood.session.get_one(Resident, 1)
    voter = household_of(first.place, hood.work.district) if unit == "household" else "r:1"
    assert voter is not None
    hood.session.add(BallotRoll(ballot_id=1, voter=voter, channel="chat", resident_id=1))
    await hood.session.flush()
    return deliberation


async def test_absent_are_those_whose_household_has_not_voted(hood: Hood) -> None:
    deliberation = await with_ballot(hood, "household")

    assert await send(hood, "absent", deliberation=deliberation) == [3]


async def test_absent_by_head_where_every_resident_votes(hood: Hood) -> None:
    deliberation = await with_ballot(hood, "resident")

    assert await send(hood, "absent", deliberation=deliberation) == [2, 3, 5]


async def test_of_a_closed_ballot_everybody_learns_whether_a_vote_of_theirs_is_in(
    hood: Hood,
) -> None:
    """Also the second phone of a household: a vote that nobody there cast is noticed."""
    deliberation = await with_ballot(hood, "household", state="closed")

    assert await send(hood, "voters", deliberation=deliberation) == [1, 2]
    hood.letters.all.clear()
    assert await send(hood, "absent", deliberation=deliberation) == [3]


async def many(hood: Hood, people: int) -> None:
    for id_ in range(1, people + 1):
        hood.session.add(
            Resident(id=id_, created_at=MONDAY, consented_at=MONDAY, grid=COURT, room=str(id_))
        )
    await hood.session.flush()


async def test_a_chunk_at_a_time_until_nobody_is_left(hood: Hood) -> None:
    await many(hood, 2 * CHUNK + 1)
    mailing = await start_mailing(
        hood.work, "d_consensus", "residents", deliberation=await hood.deliberation(), data=WORDS
    )
    due = (await hood.session.scalars(select(DueTime))).one()
    sizes = []
    while due.done_at is None:
        hood.work.now = due.due_at
        await run_due(hood.work, due)
        sizes.append(len(hood.letters.all))

    assert sizes == [CHUNK, 2 * CHUNK, 2 * CHUNK + 1]
    assert len(set(hood.letters.to("d_consensus"))) == 2 * CHUNK + 1
    assert (mailing.sent, mailing.done_at) == (2 * CHUNK + 1, hood.work.now)
    assert all(letter.broadcast for letter in hood.letters.all)
    assert hood.work.broadcast is False


async def test_exactly_a_full_chunk_ends_with_an_empty_one(hood: Hood) -> None:
    await many(hood, CHUNK)

    assert len(await send(hood)) == CHUNK
    mailing = (await hood.session.scalars(select(Mailing))).one()
    assert mailing.done_at is not None


async def test_a_crash_repeats_nothing_and_leaves_nobody_out(tmp_path: Path) -> None:
    async with open_hood(f"sqlite+aiosqlite:///{tmp_path / 'town.db'}") as hood:
        await many(hood, CHUNK + 20)
        await start_mailing(
            hood.work,
            "d_consensus",
            "residents",
            deliberation=await hood.deliberation(),
            data=WORDS,
        )
        await hood.session.commit()

        async def run_once() -> None:
            row = (
                await hood.session.scalars(
                    select(DueTime).where(col(DueTime.done_at).is_(None)).order_by("id").limit(1)
                )
            ).one()
            hood.work.now = row.due_at
            await run_due(hood.work, row)
            await hood.session.commit()

        for dies_at in (CHUNK // 2, CHUNK + 10):
            hood.letters.fail_at = dies_at
            with pytest.raises(ConnectionError):
                while True:
                    await run_once()
            await hood.session.rollback()
        hood.letters.fail_at = None
        await run_once()

        written = await hood.session.scalars(
            select(col(OutboxCall.chat_id)).order_by(col(OutboxCall.chat_id))
        )
        assert list(written) == list(range(1, CHUNK + 21))
        recorded = await hood.session.scalar(select(func.count()).select_from(MailingRecipient))
        assert recorded == CHUNK + 20


async def test_one_chunk_reads_its_people_in_one_query(hood: Hood) -> None:
    from sqlalchemy import event

    await many(hood, 50)
    await start_mailing(
        hood.work, "d_consensus", "residents", deliberation=await hood.deliberation(), data=WORDS
    )
    await hood.session.flush()
    hood.session.expunge_all()
    due = (await hood.session.scalars(select(DueTime))).one()
    asked: list[str] = []
    engine = hood.session.get_bind()
    event.listen(
        engine, "before_cursor_execute", lambda *args: asked.append(str(args[2])), named=False
    )
    await run_due(hood.work, due)

    assert len([sql for sql in asked if "FROM resident" in sql]) == 1


async def test_reach_counts_delivered_seen_and_unreachable(hood: Hood) -> None:
    for id_ in (1, 2, 3, 4):
        await hood.neighbour(id_)
    deliberation = await hood.deliberation()
    await send(hood, deliberation=deliberation)
    calls = {call.chat_id: call for call in await hood.session.scalars(select(OutboxCall))}
    calls[1].status = "queued"
    calls[2].status = "failed"
    await mark_seen(hood.work, 3, deliberation.key, "d_consensus")
    (await hood.session.get_one(Resident, 4)).unreachable_since = MONDAY
    await hood.session.flush()
    mailing = await newest_mailing(hood.work, deliberation.key, "d_consensus")
    assert mailing is not None

    found = await reach_of(hood.work, mailing)

    assert (found.total, found.delivered, found.seen, found.unreachable) == (4, 1, 1, 2)
    assert found.done


async def test_seen_counts_once_at_its_first_press(hood: Hood) -> None:
    await hood.neighbour(1)
    deliberation = await hood.deliberation()
    await send(hood, deliberation=deliberation)
    first = hood.work.now
    assert await mark_seen(hood.work, 1, deliberation.key, "d_consensus")
    hood.pass_time(hours=1)

    assert await mark_seen(hood.work, 1, deliberation.key, "d_consensus")
    assert not await mark_seen(hood.work, 2, deliberation.key, "d_consensus")
    row = (await hood.session.scalars(select(MailingRecipient))).one()
    await hood.session.refresh(row)
    assert row.seen_at == first
    assert row.household == "合水中路|12|1|1|101"


async def test_an_unknown_notice_is_an_error_at_once(hood: Hood) -> None:
    with pytest.raises(KeyError):
        await start_mailing(hood.work, "d_nothing", "residents")
    assert (await hood.session.scalars(select(Mailing))).all() == []


async def test_a_run_of_a_finished_mailing_writes_to_nobody(hood: Hood) -> None:
    await hood.neighbour(1)
    await send(hood)
    row = (await hood.session.scalars(select(DueTime).where(DueTime.kind == "mailing"))).one()
    hood.letters.all.clear()

    await run_due(hood.work, row)

    assert hood.letters.all == []


async def test_its_messages_go_after_everything_else(hood: Hood) -> None:
    levels: list[int] = []

    class Watching(RecordedApi):
        async def make_request(self, bot: Bot, method: Any, timeout: int | None = None) -> Any:
            levels.append(priority_of_send.get())
            return await super().make_request(bot, method, timeout)

    bot = Bot("1:a", session=Watching(), default=DefaultBotProperties(parse_mode=ParseMode.HTML))
    notifier = OutboxNotifier(bot)
    deliberation = await hood.deliberation()
    await hood.neighbour(1)
    await notifier.resident(hood.work, 1, "d_consensus", deliberation=deliberation, **WORDS)
    hood.work.broadcast = True
    await notifier.resident(hood.work, 1, "d_consensus", deliberation=deliberation, **WORDS)

    assert levels == [2, 3]


def test_moments_survive_json_at_any_depth() -> None:
    value = {"a": [MONDAY, {"b": MONDAY}], "c": None, "d": "x"}
    assert mailings._unpacked(mailings._packed(value)) == value
