"""Consensus: silence is consent, objections are answered, one that stands leads to a ballot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.deliberation.ballot import Ballot
from models.deliberation.core import Deliberation, Recusal
from models.deliberation.meeting import ConsensusCall, Objection
from models.deliberation.steps import Step
from models.errors import ActionNotAllowed, InvalidInput, NotFound, NotReady
from tests.workflows.deliberation.consultation import (
    DAY,
    ORGANISER,
    SEATS,
    SECRETARY,
    STRANGER,
    Hood,
    open_hood,
)
from tests.workflows.town import MONDAY
from workflows.deliberation import consensus, meetings
from workflows.deliberation.facts import gather_facts

HOUR = timedelta(hours=1)


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood(consensus_time="2 d") as hood:
        yield hood


def reason(error: pytest.ExceptionInfo[Any]) -> Any:
    return error.value.context["reason"]


async def met(hood: Hood) -> Deliberation:
    """The council is in its meeting with a quorum."""
    deliberation = await hood.deliberation()
    await hood.option(deliberation)
    meeting = await hood.meeting(deliberation)
    for code in SEATS[:3]:
        await meetings.check_in(hood.work, await hood.staff(code), meeting.key)
    await meetings.open_meeting(hood.work, await hood.staff(SECRETARY), meeting.key)
    hood.letters.all.clear()
    return deliberation


async def asked(hood: Hood) -> ConsensusCall:
    deliberation = await met(hood)
    return await consensus.open_consensus(
        hood.work, await hood.staff(ORGANISER), deliberation.key, 1
    )


async def object_(hood: Hood, call: ConsensusCall, id_: int = 1) -> Objection:
    return await consensus.object_consensus(
        hood.work, await hood.neighbour(id_), call.id or 0, "挡住一楼的光"
    )


async def answer(hood: Hood, objection: Objection) -> None:
    """As `reporting.answer_objection` leaves it."""
    objection.answer, objection.answered_by = "已改用玻璃井道", ORGANISER
    objection.answered_at = hood.work.now
    await hood.session.flush()


async def test_silence_is_consent(hood: Hood) -> None:
    call = await asked(hood)
    await hood.neighbour(1)
    deliberation = await hood.session.get_one(Deliberation, 1)
    await hood.run_until(MONDAY + timedelta(minutes=1))
    assert set(hood.letters.to("d_consensus")) == {1, *SEATS, SECRETARY}
    await hood.run_until(MONDAY + 2 * DAY - timedelta(seconds=1))
    assert call.state == "open"
    assert not (await gather_facts(hood.work, deliberation)).decision

    await hood.run_until(MONDAY + 2 * DAY)

    assert (call.state, call.closed_at) == ("agreed", MONDAY + 2 * DAY)
    assert (await gather_facts(hood.work, deliberation)).decision
    assert hood.letters.to("d_consensus_agreed") == [ORGANISER]
    agreed = await consensus.agreed_option(hood.work, deliberation)
    assert agreed is not None
    assert agreed.letter == "A"
    assert (await hood.events())[-1] == "close_consensus"


async def test_an_objection_that_stands_leads_to_a_ballot(hood: Hood) -> None:
    call = await asked(hood)
    objection = await object_(hood, call)
    assert hood.letters.to("d_objection") == [ORGANISER]
    assert hood.letters.last("d_objection").context["subject_id"] == objection.id
    assert await hood.contributions() == [("objection", 1, None)]
    await answer(hood, objection)

    await hood.run_until(MONDAY + 2 * DAY)

    assert call.state == "failed"
    assert hood.letters.to("d_consensus_failed") == [ORGANISER]
    assert hood.letters.to("d_objection_stands") == [1]
    assert "玻璃井道" in hood.letters.last("d_objection_stands").zh
    deliberation = await hood.session.get_one(Deliberation, 1)
    facts = await gather_facts(hood.work, deliberation)
    assert (facts.decision, facts.objections_open) == (False, 0)


async def test_nothing_is_decided_over_an_unanswered_objection(hood: Hood) -> None:
    call = await asked(hood)
    objection = await object_(hood, call)
    await hood.run_until(MONDAY + 2 * DAY + 25 * HOUR)

    assert call.state == "open"
    assert hood.letters.to("d_objections_wait") == [ORGANISER] * 3, "every twelve hours"
    await answer(hood, objection)
    await hood.run_until(hood.work.now + 11 * HOUR)
    assert call.state == "open", "its author has time to think about the answer"
    await hood.run_until(hood.work.now + 2 * HOUR)
    assert call.state == "failed"


async def test_an_objection_taken_back_does_not_stand(hood: Hood) -> None:
    call = await asked(hood)
    objection = await object_(hood, call)
    hood.work.now = MONDAY + 2 * DAY - HOUR
    await answer(hood, objection)
    await hood.run_until(MONDAY + 2 * DAY)
    assert call.state == "open", "answered an hour ago"
    objection.withdrawn_at = hood.work.now
    await hood.session.flush()

    await hood.run_until(MONDAY + 3 * DAY)

    assert call.state == "agreed"
    assert hood.letters.to("d_objection_stands") == []


async def test_the_end_is_the_end_also_before_the_clock_came(hood: Hood) -> None:
    call = await asked(hood)
    hood.work.now = call.closes_at
    with pytest.raises(NotReady) as error:
        await object_(hood, call)
    assert reason(error) == "consensus_over"
    assert (await hood.session.scalars(select(Objection))).all() == []


async def test_an_outage_delays_the_close_and_changes_nothing_else(hood: Hood) -> None:
    call = await asked(hood)
    hood.work.now = MONDAY + 9 * DAY
    await hood.run_until(hood.work.now)
    assert (call.state, call.closed_at) == ("agreed", MONDAY + 9 * DAY)
    assert hood.letters.to("d_consensus_agreed") == [ORGANISER]


async def test_a_clock_that_is_early_closes_nothing(hood: Hood) -> None:
    call = await asked(hood)
    await consensus.close_consensus(hood.work, call)
    assert call.state == "open"


async def test_one_objection_each(hood: Hood) -> None:
    call = await asked(hood)
    first = await object_(hood, call)
    with pytest.raises(InvalidInput) as error:
        await object_(hood, call)
    assert reason(error) == "objected"
    first.withdrawn_at = hood.work.now
    await object_(hood, call)
    assert len(await consensus.objections_of(hood.work, call)) == 2


async def test_who_may_object(hood: Hood) -> None:
    call = await asked(hood)
    member = await consensus.object_consensus(
        hood.work, await hood.staff("seat-4"), call.id or 0, "太贵"
    )
    assert member.staff == "seat-4"
    hood.session.add(
        Recusal(deliberation_id=1, staff="seat-1", reason="承包", at=MONDAY, by_staff=ORGANISER)
    )
    await hood.session.flush()
    for person in (
        await hood.neighbour(1, grid="xg.02.01.01"),
        await hood.staff(STRANGER),
        await hood.staff("seat-1"),
    ):
        with pytest.raises(ActionNotAllowed):
            await consensus.object_consensus(hood.work, person, call.id or 0, "不")


async def test_the_council_must_be_there_to_ask(hood: Hood) -> None:
    deliberation = await met(hood)
    meeting = await meetings.meeting_of(hood.work, deliberation)
    organiser = await hood.staff(ORGANISER)
    await meetings.leave(hood.work, await hood.staff("seat-1"), meeting.key)
    with pytest.raises(NotReady) as error:
        await consensus.open_consensus(hood.work, organiser, deliberation.key, 1)
    assert reason(error) == "suspended"
    assert (await hood.session.scalars(select(ConsensusCall))).all() == []


async def test_only_who_keeps_the_meeting_asks(hood: Hood) -> None:
    deliberation = await met(hood)
    for person in (await hood.neighbour(1), await hood.staff("seat-1"), await hood.staff(STRANGER)):
        with pytest.raises(ActionNotAllowed):
            await consensus.open_consensus(hood.work, person, deliberation.key, 1)


async def test_one_call_at_a_time_about_an_option_that_is_there(hood: Hood) -> None:
    call = await asked(hood)
    organiser = await hood.staff(ORGANISER)
    with pytest.raises(NotReady) as error:
        await consensus.open_consensus(hood.work, organiser, 1, 1)
    assert reason(error) == "consensus_open"
    call.state = "agreed"
    with pytest.raises(NotReady) as error:
        await consensus.open_consensus(hood.work, organiser, 1, 1)
    assert reason(error) == "decided"
    call.state = "failed"
    with pytest.raises(NotFound):
        await consensus.open_consensus(hood.work, organiser, 1, 99)
    assert (await consensus.open_consensus(hood.work, organiser, 1, 1)).id != call.id


async def test_not_while_a_vote_runs(hood: Hood) -> None:
    deliberation = await met(hood)
    hood.session.add(
        Ballot(
            deliberation_id=deliberation.key,
            header={},
            method="approval",
            unit="household",
            secret=False,
            opened_at=MONDAY,
            closes_at=MONDAY + DAY,
            electorate=1,
            head="0",
        )
    )
    await hood.session.flush()
    with pytest.raises(NotReady) as error:
        await consensus.open_consensus(hood.work, await hood.staff(ORGANISER), deliberation.key, 1)
    assert reason(error) == "ballot_open"


async def test_a_call_taken_back_answers_its_objections(hood: Hood) -> None:
    call = await asked(hood)
    objection = await object_(hood, call)
    with pytest.raises(ActionNotAllowed):
        await consensus.take_back_consensus(
            hood.work, await hood.staff(SECRETARY), call.id or 0, "写错了"
        )
    await consensus.take_back_consensus(
        hood.work, await hood.staff(ORGANISER), call.id or 0, "写错了"
    )

    assert call.state == "taken_back"
    assert objection.answer == "写错了"
    assert await hood.contributions() == [("objection", 1, "answered")]
    assert "d_consensus" not in await hood.run_until(MONDAY + 3 * DAY)
    assert hood.letters.to("d_consensus_agreed") == []


async def test_a_deliberation_that_was_stopped_agrees_on_nothing(hood: Hood) -> None:
    call = await asked(hood)
    deliberation = await hood.session.get_one(Deliberation, 1)
    deliberation.step = Step.WITHDRAWN
    await hood.run_until(MONDAY + 3 * DAY)
    assert call.state == "taken_back"
    assert hood.letters.to("d_consensus_agreed") == []
