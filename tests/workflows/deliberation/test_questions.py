"""Questions and changes asked for before and in the consultation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from models.deliberation.ballot import Ballot
from models.deliberation.meeting import Amendment, ConsensusCall, Question
from models.deliberation.plan import PlanVersion
from models.deliberation.steps import Step
from models.errors import ActionNotAllowed, InvalidInput, NotFound, NotReady
from models.place import Place
from tests.workflows.deliberation.consultation import (
    DAY,
    ORGANISER,
    SECRETARY,
    STRANGER,
    Hood,
    open_hood,
)
from tests.workflows.town import COURT, MONDAY
from workflows.deliberation import questions

DOOR = Place(grid=COURT, lane="合水中路", number="12", building="1", unit="2", room="301")


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as hood:
        yield hood


def reason(error: pytest.ExceptionInfo[Any]) -> Any:
    return error.value.context["reason"]


# --- questions --------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [Step.ANNOUNCE, Step.CONSULT])
async def test_a_question_is_asked_and_answered(hood: Hood, step: Step) -> None:
    deliberation = await hood.deliberation(step)
    question = await questions.ask_question(
        hood.work, await hood.neighbour(1), deliberation.key, " 一楼出钱吗？ "
    )
    assert question.text == "一楼出钱吗？"
    assert hood.letters.to("d_question") == [ORGANISER]
    assert hood.letters.last("d_question").context["subject_id"] == question.id
    assert await hood.contributions() == [("question", 1, None)]

    await questions.answer_question(hood.work, await hood.staff("seat-1"), question.id or 0, "不出")

    assert (question.answer, question.answered_by) == ("不出", "seat-1")
    assert hood.letters.to("d_answered") == [1]
    assert "不出" in hood.letters.last("d_answered").zh
    assert await hood.contributions() == [("question", 1, "answered")]
    assert await hood.events() == ["ask_question", "answer_question"]


async def test_a_better_answer_takes_the_place_of_the_first(hood: Hood) -> None:
    deliberation = await hood.deliberation()
    question = await questions.ask_question(
        hood.work, await hood.neighbour(1), deliberation.key, "？？"
    )
    for answer in ("不知道", "查过了：不出"):
        await questions.answer_question(
            hood.work, await hood.staff("lawyer-1"), question.id or 0, answer
        )
    assert question.answer == "查过了：不出"
    assert hood.letters.to("d_answered") == [1, 1]


@pytest.mark.parametrize("step", [Step.COLLECT, Step.DRAFT, Step.APPLY, Step.CLOSED])
async def test_no_questions_before_the_announcement_or_after_the_decision(
    hood: Hood, step: Step
) -> None:
    deliberation = await hood.deliberation(step)
    with pytest.raises(NotReady) as error:
        await questions.ask_question(hood.work, await hood.neighbour(1), deliberation.key, "？")
    assert reason(error) == "step"


async def test_others_neither_ask_nor_answer(hood: Hood) -> None:
    deliberation = await hood.deliberation()
    for person in (
        await hood.neighbour(1, grid="xg.02.01.01"),
        await hood.neighbour(2, consented_at=None),
        await hood.staff(STRANGER),
    ):
        with pytest.raises(ActionNotAllowed):
            await questions.ask_question(hood.work, person, deliberation.key, "？")
    question = await questions.ask_question(
        hood.work, await hood.neighbour(3), deliberation.key, "？"
    )
    for person in (await hood.neighbour(3), await hood.staff("worker-a")):
        with pytest.raises(ActionNotAllowed):
            await questions.answer_question(hood.work, person, question.id or 0, "！")
    assert question.answer is None


async def test_a_few_at_a_time(hood: Hood) -> None:
    deliberation = await hood.deliberation()
    person = await hood.neighbour(1)
    for n in range(questions.WAITING):
        await questions.ask_question(hood.work, person, deliberation.key, f"{n}？")
    with pytest.raises(InvalidInput) as error:
        await questions.ask_question(hood.work, person, deliberation.key, "还有？")
    assert reason(error) == "questions_waiting"
    first = (await questions.list_questions(hood.work, deliberation))[0]
    await questions.answer_question(hood.work, await hood.staff(ORGANISER), first.id or 0, "！")
    await questions.ask_question(hood.work, person, deliberation.key, "还有？")

    order = [q.text for q in await questions.list_questions(hood.work, deliberation)]
    assert order == ["1？", "2？", "3？", "4？", "还有？", "0？"]


@pytest.mark.parametrize(("text", "expected"), [(" ", "no_words"), ("长" * 501, "too_long")])
async def test_a_question_has_words(hood: Hood, text: str, expected: str) -> None:
    deliberation = await hood.deliberation()
    with pytest.raises(InvalidInput) as error:
        await questions.ask_question(hood.work, await hood.neighbour(1), deliberation.key, text)
    assert reason(error) == expected
    assert (await hood.session.scalars(select(Question))).all() == []


async def test_a_volunteer_asks_for_somebody_and_brings_the_answer(hood: Hood) -> None:
    deliberation = await hood.deliberation()
    volunteer = await hood.staff("building-1")
    question = await questions.ask_question_at_door(
        hood.work, volunteer, deliberation.key, DOOR, "李奶奶", "电梯吵吗？", True
    )
    assert (question.resident_id, question.door_by) == (None, "building-1")
    assert await hood.contributions() == [("question", None, None)]
    await questions.answer_question(
        hood.work, await hood.staff(ORGANISER), question.id or 0, "不吵"
    )
    assert hood.letters.to("d_answered") == ["building-1"]
    assert "转告" in hood.letters.last("d_answered").zh

    with pytest.raises(InvalidInput):
        await questions.ask_question_at_door(
            hood.work, volunteer, deliberation.key, DOOR, "李奶奶", "？", False
        )
    with pytest.raises(ActionNotAllowed):
        await questions.ask_question_at_door(
            hood.work, await hood.staff("seat-1"), deliberation.key, DOOR, "李奶奶", "？", True
        )


# --- amendments -------------------------------------------------------------------------------


async def asked_for(hood: Hood) -> Amendment:
    deliberation = await hood.deliberation()
    option = await hood.option(deliberation)
    return await questions.propose_amendment(
        hood.work, await hood.neighbour(1), option.key, "装在北边"
    )


async def test_a_change_that_is_taken_over_is_a_new_version(hood: Hood) -> None:
    amendment = await asked_for(hood)
    assert hood.letters.to("d_amendment") == [ORGANISER]
    await questions.decide_amendment(
        hood.work, await hood.staff(ORGANISER), amendment.id or 0, True, "大家同意", what="装在北边"
    )

    version = (await hood.session.scalars(select(PlanVersion))).one()
    assert (version.version, version.note) == (2, "装在北边")
    assert (amendment.state, amendment.decided_by) == ("accepted", ORGANISER)
    assert hood.letters.to("d_amendment_decided") == [1]
    assert "采纳了" in hood.letters.last("d_amendment_decided").zh
    assert await hood.contributions() == [("amendment", 1, "accepted")]
    with pytest.raises(InvalidInput) as error:
        await questions.decide_amendment(
            hood.work, await hood.staff(ORGANISER), amendment.id or 0, False, "算了"
        )
    assert reason(error) == "amendment_decided"


async def test_a_change_that_is_not_taken_over_gets_its_reason(hood: Hood) -> None:
    amendment = await asked_for(hood)
    await questions.decide_amendment(
        hood.work, await hood.staff(SECRETARY), amendment.id or 0, False, "北边有管线"
    )
    assert amendment.state == "rejected"
    assert (await hood.session.scalars(select(PlanVersion))).all() == []
    letter = hood.letters.last("d_amendment_decided")
    assert "没有采纳" in letter.zh
    assert "北边有管线" in letter.zh
    assert await hood.contributions() == [("amendment", 1, "rejected")]


@pytest.mark.parametrize("fields", [{}, {"what": "外挂电梯"}])
async def test_to_take_it_over_something_must_change(hood: Hood, fields: dict[str, Any]) -> None:
    amendment = await asked_for(hood)
    with pytest.raises(InvalidInput) as error:
        await questions.decide_amendment(
            hood.work, await hood.staff(ORGANISER), amendment.id or 0, True, "好", **fields
        )
    assert reason(error) == "amendment_fields"
    assert amendment.state == "open"


async def test_who_may_ask_for_a_change_and_who_decides(hood: Hood) -> None:
    amendment = await asked_for(hood)
    for person in (await hood.neighbour(1), await hood.staff("seat-1"), await hood.staff(STRANGER)):
        with pytest.raises(ActionNotAllowed):
            await questions.decide_amendment(hood.work, person, amendment.id or 0, False, "不")
    with pytest.raises(ActionNotAllowed):
        await questions.propose_amendment(
            hood.work, await hood.staff(STRANGER), amendment.option_id, "？"
        )
    member = await questions.propose_amendment(
        hood.work, await hood.staff("seat-1"), amendment.option_id, "早点装"
    )
    assert (member.staff, amendment.staff) == ("seat-1", None)


async def test_an_option_that_is_voted_about_stays_as_it_is(hood: Hood) -> None:
    amendment = await asked_for(hood)
    call = ConsensusCall(
        deliberation_id=amendment.deliberation_id,
        option_id=amendment.option_id,
        opened_at=MONDAY,
        closes_at=MONDAY + DAY,
    )
    hood.session.add(call)
    await hood.session.flush()
    organiser = await hood.staff(ORGANISER)
    with pytest.raises(NotReady) as error:
        await questions.decide_amendment(
            hood.work, organiser, amendment.id or 0, True, "好", what="北边"
        )
    assert reason(error) == "consensus_open"

    call.state = "failed"
    hood.session.add(
        Ballot(
            deliberation_id=amendment.deliberation_id,
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
        await questions.propose_amendment(
            hood.work, await hood.neighbour(1), amendment.option_id, "南边"
        )
    assert reason(error) == "ballot_open"


async def test_an_option_that_was_given_up_has_nothing_to_change(hood: Hood) -> None:
    deliberation = await hood.deliberation()
    option = await hood.option(deliberation)
    option.state = "dropped"
    with pytest.raises(NotFound):
        await questions.propose_amendment(hood.work, await hood.neighbour(1), option.key, "？")


async def test_what_waits_comes_first(hood: Hood) -> None:
    first = await asked_for(hood)
    second = await questions.propose_amendment(
        hood.work, await hood.neighbour(2), first.option_id, "早点装"
    )
    await questions.decide_amendment(
        hood.work, await hood.staff(ORGANISER), first.id or 0, False, "不"
    )
    deliberation = await questions.load(hood.work, first.deliberation_id)
    assert await questions.list_amendments(hood.work, deliberation) == [second, first]
