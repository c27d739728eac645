"""Step 3: options in versions, who may write them, what the lawyers say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from models.deliberation.core import Deliberation, Recusal
from models.deliberation.difference import difference
from models.deliberation.opinion import Topic
from models.deliberation.plan import PlanOption
from models.deliberation.steps import Capacity, Step
from models.errors import ActionNotAllowed, InvalidInput, NotFound, NotReady
from tests.workflows.deliberation.consultation import ORGANISER, STRANGER, Hood, open_hood
from workflows.deliberation import plans
from workflows.deliberation.access import doer_of
from workflows.deliberation.facts import gather_facts

FULL: dict[str, Any] = {
    "what": "外挂电梯",
    "place": "12号院1号楼",
    "cost_cents": 45_000_000,
    "payer": "业主分摊",
    "doer": "物业公司",
    "by_when": "2027-06-01",
    "risks": "一楼采光",
}


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as found:
        yield found


async def drafting(hood: Hood) -> Deliberation:
    return await hood.deliberation(Step.DRAFT)


async def complete(hood: Hood, deliberation: Deliberation, code: str = ORGANISER) -> PlanOption:
    author = await hood.staff(code)
    option = await plans.begin_option(hood.work, author, deliberation.key, "每单元装一部")
    return await plans.write_option(hood.work, author, option.key, **FULL)


async def test_from_a_title_to_an_option_that_is_ready(hood: Hood) -> None:
    deliberation = await drafting(hood)
    author = await hood.staff("seat-1")
    option = await plans.begin_option(hood.work, author, deliberation.key, " 装一部 ")
    with pytest.raises(NotReady) as lacking:
        await plans.hand_in_option(hood.work, author, option.key)
    assert lacking.value.context["missing"] == (
        "what",
        "place",
        "cost",
        "payer",
        "doer",
        "by_when",
        "risks",
    )

    await plans.write_option(hood.work, author, option.key, note="写全了", **FULL)
    await plans.hand_in_option(hood.work, author, option.key)
    again = await plans.hand_in_option(hood.work, author, option.key)

    assert (again.letter, again.title, again.state, again.version) == ("A", "装一部", "ready", 2)
    assert again.by_when == date(2027, 6, 1)
    assert hood.letters.to("d_option_ready") == [ORGANISER]
    versions = await plans.versions_of(hood.work, option.key)
    assert [(v.version, v.author, v.note) for v in versions] == [
        (2, "seat-1", "写全了"),
        (1, "seat-1", ""),
    ]
    facts = await gather_facts(hood.work, deliberation)
    assert (facts.options, facts.options_incomplete, facts.legality_missing) == (1, 0, 1)


async def test_a_change_of_a_checked_option_must_be_checked_again(hood: Hood) -> None:
    deliberation = await drafting(hood)
    author, lawyer = await hood.staff(ORGANISER), await hood.staff("lawyer-1")
    option = await complete(hood, deliberation)
    await plans.hand_in_option(hood.work, author, option.key)
    check = await plans.ask_legality(hood.work, author, option.key)
    assert (await plans.ask_legality(hood.work, author, option.key)).id == check.id
    assert hood.letters.to("d_legality_asked") == ["lawyer-1"]
    assert await plans.open_checks(hood.work, deliberation) == [check]

    await plans.answer_legality(hood.work, lawyer, check.id or 0, "conditional", "要三分之二同意")

    assert "要三分之二同意" in hood.letters.last("d_legality_answered").zh
    assert (await gather_facts(hood.work, deliberation)).legality_missing == 0
    with pytest.raises(NotReady):
        await plans.answer_legality(hood.work, lawyer, check.id or 0, "lawful", "好")

    await plans.write_option(hood.work, author, option.key, cost_cents=40_000_000)

    assert option.state == "ready"
    assert (await gather_facts(hood.work, deliberation)).legality_missing == 1
    (view,) = await plans.list_options(hood.work, deliberation)
    assert not view.checked and view.check is None
    assert (await plans.ask_legality(hood.work, author, option.key)).id != check.id


async def test_what_was_handed_in_cannot_lose_a_part(hood: Hood) -> None:
    deliberation = await drafting(hood)
    author = await hood.staff(ORGANISER)
    option = await complete(hood, deliberation)
    await plans.hand_in_option(hood.work, author, option.key)

    with pytest.raises(NotReady):
        await plans.write_option(hood.work, author, option.key, risks=" ")

    assert (option.risks, option.version) == ("一楼采光", 2)


async def test_a_contractor_of_the_council_stands_aside_and_is_told(hood: Hood) -> None:
    deliberation = await drafting(hood)
    option = await complete(hood, deliberation)

    author = await hood.staff(ORGANISER)
    await plans.write_option(hood.work, author, option.key, contractor="seat-2")
    await plans.write_option(hood.work, author, option.key, contractor=None)
    await plans.write_option(hood.work, author, option.key, contractor="seat-2")

    aside = (await hood.session.scalars(select(Recusal))).one()
    assert (aside.staff, aside.by_staff) == ("seat-2", ORGANISER)
    assert hood.letters.to("d_contractor_aside") == ["seat-2", ORGANISER]
    assert (await hood.events()).count("recuse") == 1
    member = await hood.staff("seat-2")
    assert Capacity.COUNCIL not in (await doer_of(hood.work, member, deliberation)).capacities
    with pytest.raises(ActionNotAllowed):
        await plans.begin_option(hood.work, member, deliberation.key, "我来做")
    # Nor may an invitation bring them back.
    await plans.invite_author(hood.work, author, deliberation.key, "seat-2")
    with pytest.raises(ActionNotAllowed):
        await plans.begin_option(hood.work, member, deliberation.key, "我来做")


async def test_only_the_invited_and_the_council_write(hood: Hood) -> None:
    deliberation = await drafting(hood)
    organiser, worker = await hood.staff(ORGANISER), await hood.staff("worker-a")
    for nobody in (await hood.neighbour(), worker, await hood.staff(STRANGER)):
        with pytest.raises(ActionNotAllowed):
            await plans.begin_option(hood.work, nobody, deliberation.key, "我的方案")
    with pytest.raises(InvalidInput):
        await plans.invite_author(hood.work, organiser, deliberation.key, "nobody")

    await plans.invite_author(hood.work, organiser, deliberation.key, "worker-a")
    await plans.invite_author(hood.work, organiser, deliberation.key, "worker-a")

    assert hood.letters.to("d_author_invited") == ["worker-a"]
    mine = await plans.begin_option(hood.work, worker, deliberation.key, "我的方案")
    assert mine.author == "worker-a"
    with pytest.raises(ActionNotAllowed):
        await plans.invite_author(hood.work, worker, deliberation.key, "worker-b")


async def test_a_dropped_option_leaves_its_letter_behind(hood: Hood) -> None:
    deliberation = await drafting(hood)
    organiser, member = await hood.staff(ORGANISER), await hood.staff("seat-1")
    first = await complete(hood, deliberation)
    with pytest.raises(NotFound):
        await plans.drop_option(hood.work, member, first.key)

    await plans.drop_option(hood.work, organiser, first.key, "太贵")

    second = await plans.begin_option(hood.work, member, deliberation.key, "只修楼梯")
    assert second.letter == "B"
    assert [v.option.letter for v in await plans.list_options(hood.work, deliberation)] == ["B"]
    with pytest.raises(NotReady):
        await plans.write_option(hood.work, organiser, first.key, title="又来")


async def test_the_only_topic_is_the_options_topic(hood: Hood) -> None:
    deliberation = await drafting(hood)
    topic = Topic(deliberation_id=deliberation.key, position=1, title="电梯")
    elsewhere = Topic(deliberation_id=99, position=1, title="停车")
    hood.session.add_all([topic, elsewhere])
    await hood.session.flush()

    option = await complete(hood, deliberation)

    assert option.topic_id == topic.id
    author = await hood.staff(ORGANISER)
    with pytest.raises(InvalidInput):
        await plans.write_option(hood.work, author, option.key, topic_id=elsewhere.id)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("cost_cents", -1, "cost"),
        ("cost_cents", "many", "cost"),
        ("by_when", "2026-11-22", "by_when"),
        ("by_when", "soon", "by_when"),
        ("contractor", "worker-a", "contractor"),
        ("title", " ", "no_words"),
        ("place", "长" * 201, "too_long"),
        ("state", "ready", "option_field"),
    ],
)
async def test_what_does_not_fit_changes_nothing(
    hood: Hood, field: str, value: object, reason: str
) -> None:
    option = await complete(hood, await drafting(hood))

    with pytest.raises(InvalidInput) as refused:
        await plans.write_option(
            hood.work, await hood.staff(ORGANISER), option.key, what="别的", **{field: value}
        )

    assert refused.value.context["reason"] == reason
    assert (option.what, option.version, option.state) == ("外挂电梯", 2, "draft")


async def test_nobody_writes_after_the_announcement(hood: Hood) -> None:
    deliberation = await drafting(hood)
    option = await complete(hood, deliberation)
    deliberation.step = Step.ANNOUNCE

    with pytest.raises(NotReady):
        await plans.write_option(hood.work, await hood.staff(ORGANISER), option.key, what="别的")


async def test_comments_reach_the_author(hood: Hood) -> None:
    deliberation = await drafting(hood)
    option = await complete(hood, deliberation, "seat-1")
    member = await hood.staff("seat-3")

    await plans.comment_option(hood.work, member, option.key, "一楼怎么办？")

    assert hood.letters.to("d_option_comment") == ["seat-1"]
    (view,) = await plans.list_options(hood.work, deliberation)
    assert [(c.author, c.version, c.text) for c in view.comments] == [("seat-3", 2, "一楼怎么办？")]
    with pytest.raises(ActionNotAllowed):
        await plans.comment_option(hood.work, await hood.neighbour(), option.key, "我也说")


async def test_the_difference_of_two_versions_reads_left_to_right(hood: Hood) -> None:
    option = await complete(hood, await drafting(hood))
    author = await hood.staff(ORGANISER)
    await plans.write_option(
        hood.work, author, option.key, what="外挂玻璃电梯", cost_cents=40_000_000, contractor=None
    )

    changes = await plans.compare_versions(hood.work, option.key, 2, 3)

    assert [(c.field, c.before, c.after) for c in changes] == [
        ("what", "外挂电梯", "外挂玻璃电梯"),
        ("cost_cents", "45000000", "40000000"),
    ]
    assert [(p.kind, p.text) for p in changes[0].pieces] == [
        ("same", "外挂"),
        ("added", "玻璃"),
        ("same", "电梯"),
    ]
    with pytest.raises(NotFound):
        await plans.compare_versions(hood.work, option.key, 1, 9)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    pieces = difference(before, after)
    assert "".join(p.text for p in pieces if p.kind != "added") == before
    assert "".join(p.text for p in pieces if p.kind != "removed") == after
    assert all(p.text for p in pieces)
