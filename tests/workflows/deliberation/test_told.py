"""What people are told says where it comes from, in words they know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from models.deliberation.steps import Step
from models.ticket import Ticket
from tests.workflows.deliberation.neighbourhood import (
    COURT,
    DAY,
    ORGANISER,
    VOLUNTEER,
    Hood,
    a_door,
    call,
    open_hood,
    say,
)
from workflows.deliberation import collect, proposals
from workflows.deliberation.apply import add_task
from workflows.deliberation.deciding import decide_opinions
from workflows.deliberation.door import add_opinion_at_door
from workflows.deliberation.lists import card_of
from workflows.deliberation.outcomes import to_tell


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as hood:
        yield hood


async def test_who_only_voted_on_opinions_hears_that_the_collection_is_over(hood: Hood) -> None:
    deliberation = await call(hood)
    opinion = await say(hood, deliberation, 1, "一楼采光会变差")
    await collect.vote_opinion(hood.work, await hood.neighbour(2), opinion.key, 1)
    await hood.neighbour(3)
    hood.work.now += 8 * DAY
    await proposals.end_collection(hood.work, await hood.staff(ORGANISER), deliberation.key)
    await hood.run_until(hood.work.now + timedelta(minutes=1))

    assert hood.letters.to("d_confirm") == [1, 2]


async def test_a_doorway_is_told_as_people_write_it(hood: Hood) -> None:
    deliberation = await call(hood)
    volunteer = await hood.staff(VOLUNTEER)
    await add_opinion_at_door(
        hood.work, volunteer, deliberation.key, a_door(), "王奶奶", "扶手太高", confirmed=True
    )
    hood.work.now += 8 * DAY
    await proposals.end_collection(hood.work, await hood.staff(ORGANISER), deliberation.key)
    assert (await card_of(hood.work, volunteer, deliberation)).to_tell == 0
    deliberation.step = Step.DRAFT
    await decide_opinions(hood.work, deliberation)

    (item,) = await to_tell(hood.work, volunteer, deliberation)
    assert item.who == "合水中路12号1号楼2单元501室 王奶奶"
    assert (await card_of(hood.work, volunteer, deliberation)).to_tell == 1


async def test_whoever_gets_a_ticket_reads_which_deliberation_it_comes_from(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.APPLY)
    task = await add_task(
        hood.work,
        await hood.staff(ORGANISER),
        deliberation.key,
        kind="ticket",
        title="楼道灯换成声控的",
        owner="worker-a",
        due_at=hood.work.now + 7 * DAY,
        grid=COURT,
        origin="议1“加装电梯”定下来的事",
    )
    ticket = await hood.session.get_one(Ticket, task.ticket_id)
    plain = await add_task(
        hood.work,
        await hood.staff(ORGANISER),
        deliberation.key,
        kind="ticket",
        title="楼道灯换成声控的",
        owner="worker-a",
        due_at=hood.work.now + 7 * DAY,
        grid=COURT,
    )
    without = await hood.session.get_one(Ticket, plain.ticket_id)

    assert ticket.text == "楼道灯换成声控的\n议1“加装电梯”定下来的事"
    assert ticket.category == without.category
