"""Step 7: the report, the public period with its objections, the stars, the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.deliberation.ballot import ProcessRating
from models.deliberation.core import Contribution, Deliberation
from models.deliberation.followup import DecisionTask
from models.deliberation.meeting import Objection
from models.deliberation.steps import Move, Step
from models.errors import ActionNotAllowed, InvalidInput, NotFound, NotReady
from tests.workflows.deliberation.consultation import ORGANISER, Hood, open_hood
from workflows.deliberation import reporting
from workflows.deliberation.access import CLOCK
from workflows.deliberation.apply import task_files
from workflows.deliberation.moves import apply_move
from workflows.tickets.files import DraftFile

PHOTO = DraftFile(kind="photo", file_id="f1", file_unique_id="u1")
SAID = ("多数人要装电梯", "每单元装一部", "六月装好了")


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood(report_least="7 d") as found:
        yield found


async def applied(hood: Hood, *states: str) -> Deliberation:
    deliberation = await hood.deliberation(Step.APPLY)
    hood.session.add_all(
        DecisionTask(
            deliberation_id=deliberation.key,
            kind="referral",
            title="装电梯",
            owner=ORGANISER,
            due_at=hood.work.now + timedelta(days=1),
            state=state,
            cost_cents=100_00,
        )
        for state in states
    )
    await hood.session.flush()
    return deliberation


async def published(hood: Hood) -> Deliberation:
    deliberation = await applied(hood, "done", "explained")
    organiser = await hood.staff(ORGANISER)
    await reporting.write_report(hood.work, organiser, deliberation.key, *SAID)
    return await reporting.publish_report(hood.work, organiser, deliberation.key)


async def test_nothing_is_reported_before_every_task_is_settled(hood: Hood) -> None:
    deliberation = await applied(hood, "done", "open")
    organiser = await hood.staff(ORGANISER)

    await reporting.write_report(hood.work, organiser, deliberation.key, *SAID)

    assert deliberation.cost_cents == 200_00
    with pytest.raises(NotReady) as blocked:
        await reporting.publish_report(hood.work, organiser, deliberation.key)
    assert blocked.value.context["reason"] == "tasks_settled"
    assert deliberation.step is Step.APPLY


async def test_a_report_needs_words_and_tasks(hood: Hood) -> None:
    deliberation = await applied(hood)
    organiser = await hood.staff(ORGANISER)
    with pytest.raises(InvalidInput):
        await reporting.write_report(hood.work, organiser, deliberation.key, "说", " ", "做")
    assert deliberation.said is None
    with pytest.raises(ActionNotAllowed):
        await reporting.write_report(hood.work, await hood.staff("seat-1"), deliberation.key, *SAID)
    with pytest.raises(NotReady) as blocked:
        await reporting.publish_report(hood.work, organiser, deliberation.key)
    assert blocked.value.context["reason"] == "tasks"


async def test_photos_before_and_after(hood: Hood) -> None:
    deliberation = await applied(hood)
    organiser = await hood.staff(ORGANISER)

    await reporting.add_photos(hood.work, organiser, deliberation.key, "before", [PHOTO, PHOTO])

    assert [row.purpose for row in await task_files(hood.work, deliberation)] == ["before"]
    with pytest.raises(InvalidInput):
        await reporting.add_photos(hood.work, organiser, deliberation.key, "door", [PHOTO])
    with pytest.raises(ActionNotAllowed):
        await reporting.add_photos(
            hood.work, await hood.neighbour(), deliberation.key, "after", [PHOTO]
        )


async def test_an_objection_holds_the_record_open_until_it_is_answered(hood: Hood) -> None:
    deliberation = await published(hood)
    me, organiser = await hood.neighbour(), await hood.staff(ORGANISER)
    objection = await reporting.object_report(hood.work, me, deliberation.key, "钱没说清")
    assert hood.letters.to("d_report_objection") == [ORGANISER]
    with pytest.raises(InvalidInput):
        await reporting.object_report(hood.work, me, deliberation.key, "还有")
    hood.pass_time(days=8)
    with pytest.raises(NotReady) as blocked:
        await apply_move(hood.work, deliberation, Move.CLOSE, CLOCK)
    assert blocked.value.context["reason"] == "objections"

    await reporting.answer_objection(hood.work, organiser, objection.id or 0, "明细贴在公告栏")

    told = hood.letters.last("d_objection_answered")
    assert told.to == 1 and "明细贴在公告栏" in told.zh
    given = (await hood.session.scalars(select(Contribution))).one()
    assert (given.outcome, given.told_at) == ("answered", hood.work.now)
    with pytest.raises(NotReady):
        await reporting.answer_objection(hood.work, organiser, objection.id or 0, "改口")
    await apply_move(hood.work, deliberation, Move.CLOSE, CLOCK)
    assert deliberation.step is Step.CLOSED
    await hood.run_until(hood.work.now)
    assert hood.letters.to("d_outcome") == []


async def test_only_who_objected_takes_it_back(hood: Hood) -> None:
    deliberation = await published(hood)
    me, organiser = await hood.neighbour(), await hood.staff(ORGANISER)
    objection = await reporting.object_report(hood.work, me, deliberation.key, "钱没说清")
    for other in (await hood.neighbour(2), organiser):
        with pytest.raises(NotFound):
            await reporting.withdraw_objection(hood.work, other, objection.id or 0)

    for _ in range(2):
        await reporting.withdraw_objection(hood.work, me, objection.id or 0)

    assert (await hood.events()).count("withdraw_objection") == 1
    assert await hood.contributions() == [("objection", 1, "withdrawn")]
    with pytest.raises(NotReady):
        await reporting.answer_objection(hood.work, organiser, objection.id or 0, "好的")
    assert await reporting.object_report(hood.work, me, deliberation.key, "另一件")


async def test_only_residents_object_and_only_while_it_is_public(hood: Hood) -> None:
    deliberation = await applied(hood)
    me = await hood.neighbour()
    with pytest.raises(NotReady):
        await reporting.object_report(hood.work, me, deliberation.key, "太早")
    deliberation.step = Step.REPORT
    stranger = await hood.neighbour(9, grid="xg.02.01.01")
    for nobody in (stranger, await hood.staff("worker-a")):
        with pytest.raises(ActionNotAllowed):
            await reporting.object_report(hood.work, nobody, deliberation.key, "我反对")
    assert (await hood.session.scalars(select(Objection))).all() == []


async def test_stars_count_once_for_each_neighbour(hood: Hood) -> None:
    deliberation = await published(hood)
    me = await hood.neighbour()
    await reporting.rate_process(hood.work, me, deliberation.key, 2, 3, "太慢")
    hood.pass_time(hours=1)

    await reporting.rate_process(hood.work, me, deliberation.key, 4, 5)

    rating = (await hood.session.scalars(select(ProcessRating))).one()
    assert (rating.process, rating.outcome, rating.comment) == (4, 5, "太慢")
    assert rating.at == hood.work.now
    with pytest.raises(InvalidInput):
        await reporting.rate_process(hood.work, me, deliberation.key, 0, 5)
    deliberation.step = Step.CLOSED
    with pytest.raises(NotReady):
        await reporting.rate_process(hood.work, me, deliberation.key, 5, 5)
