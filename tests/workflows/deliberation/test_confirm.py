"""Step 2: ranking, topics, the council's motions, and who stands aside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from models.deliberation.core import Deliberation
from models.deliberation.opinion import Motion, Opinion
from models.deliberation.steps import Step
from models.errors import ActionNotAllowed, InvalidInput, NotEligible, NotReady
from models.ticket import Ticket
from opinions.picture import Consensus, Picture
from tests.workflows.deliberation.neighbourhood import (
    DAY,
    ORGANISER,
    SEATS,
    Hood,
    carry,
    open_hood,
    text_of,
    to_confirm,
)
from workflows.deliberation import confirm, lists, pictures, proposals
from workflows.deliberation.confirm import TopicDraft


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as hood:
        yield hood


Start = tuple[Deliberation, list[Opinion]]


@pytest.fixture
async def start(hood: Hood) -> Start:
    return await to_confirm(hood, "一楼采光会变差", "费用按楼层分摊", "先修屋顶")


def reason(error: pytest.ExceptionInfo[Any]) -> Any:
    return error.value.context["reason"]


async def _topics(hood: Hood, start: Start) -> None:
    deliberation, opinions = start
    await confirm.set_topics(
        hood.work,
        await hood.staff(ORGANISER),
        deliberation.key,
        [TopicDraft("采光", "", (opinions[0].key,)), TopicDraft("费用", "", (opinions[1].key,))],
    )


async def _motion(hood: Hood, start: Start, kind: str = "topics", why: str = "") -> Motion:
    person = await hood.staff(ORGANISER)
    return await confirm.open_motion(hood.work, person, start[0].key, kind, why)


# --- ranking --------------------------------------------------------------------------------------


@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 50))
def test_support_grows_with_agreement_and_with_votes(agrees: int, others: int, more: int) -> None:
    votes = agrees + others
    support = confirm.support_of(agrees, votes)

    assert 0.0 <= support <= 1.0
    assert support <= (agrees / votes if votes else 0.0) + 1e-9
    assert confirm.support_of(agrees + more, votes + more) >= support
    assert confirm.support_of(agrees, votes + more) <= support + 1e-9


async def test_what_all_groups_share_comes_first(hood: Hood, start: Start) -> None:
    deliberation, (light, costs, roof) = start
    light.agrees, light.disagrees = 40, 2
    costs.agrees, costs.disagrees = 9, 6
    roof.agrees, roof.disagrees = 3, 0
    shared = (
        Consensus(costs.key, True, 0.7, (("A", 0.8), ("B", 0.8))),
        Consensus(roof.key, False, 0.9, (("A", 0.9), ("B", 0.9))),
    )
    data = Picture(50, 40, "groups", consensus=shared).as_json()
    await pictures.store_picture(hood.work, deliberation.key, data, None, hood.work.now)

    ranked = await confirm.ranked_opinions(hood.work, deliberation)

    assert [r.opinion for r in ranked] == [costs, light, roof]
    assert [r.consensus for r in ranked] == [0.7, None, None]


# --- topics ---------------------------------------------------------------------------------------


async def test_topics_are_drafted_anew_as_often_as_wanted(hood: Hood, start: Start) -> None:
    deliberation, opinions = start
    for _ in range(2):
        await _topics(hood, start)
    await hood.session.refresh(opinions[0])
    await hood.session.refresh(opinions[2])

    topics = await confirm.topics_of(hood.work, deliberation.key)
    assert [topic.title for topic in topics] == ["采光", "费用"]
    assert opinions[0].topic_id == topics[0].id
    assert opinions[2].topic_id is None


@pytest.mark.parametrize(
    ("why", "drafts"),
    [
        ("topics_count", []),
        ("topics_count", [("一", (1,)), ("二", (2,)), ("三", (3,)), ("四", ())]),
        ("topic_title", [("采", (1,))]),
        ("topic_title", [("采光", (1,)), ("采光", (2,))]),
        ("topic_opinions", [("采光", ())]),
        ("topic_opinions", [("采光", (1,)), ("费用", (1,))]),
        ("topic_opinions", [("采光", (99,))]),
    ],
)
async def test_topics_that_make_no_sense(
    hood: Hood, start: Start, why: str, drafts: list[tuple[str, tuple[int, ...]]]
) -> None:
    given_ = [TopicDraft(title, "", ids) for title, ids in drafts]
    with pytest.raises(InvalidInput) as refused:
        await confirm.set_topics(hood.work, await hood.staff(ORGANISER), start[0].key, given_)
    assert reason(refused) == why


async def test_topics_under_vote_stay_as_they_are(hood: Hood, start: Start) -> None:
    await _topics(hood, start)
    await _motion(hood, start)

    with pytest.raises(NotReady) as refused:
        await _topics(hood, start)
    assert reason(refused) == "motion_open"


async def test_neighbours_and_strangers_draft_no_topics(hood: Hood, start: Start) -> None:
    for person in (await hood.neighbour(1), await hood.staff("worker-z")):
        with pytest.raises(ActionNotAllowed):
            await confirm.set_topics(hood.work, person, start[0].key, [])
        with pytest.raises(ActionNotAllowed):
            await confirm.open_motion(hood.work, person, start[0].key, "topics", "")


# --- motions --------------------------------------------------------------------------------------


async def test_a_carried_motion_moves_on_by_itself(hood: Hood, start: Start) -> None:
    await _topics(hood, start)
    motion = await _motion(hood, start)
    assert set(hood.letters.to("d_motion")) == set(SEATS)

    await carry(hood, motion, ["yes", "yes", "no", "abstain", "yes"])
    await hood.run_until(hood.work.now)

    assert (motion.state, start[0].step) == ("passed", Step.DRAFT)
    assert await hood.contributions() == [
        ("opinion", 1, "in_topic"),
        ("opinion", 2, "in_topic"),
        ("opinion", 3, "not_taken"),
    ]
    assert sorted(hood.letters.to("d_outcome")) == [1, 2, 3]
    assert sorted(hood.letters.to("d_draft")) == [1, 2, 3]
    assert hood.letters.last("d_draft").context["topics"] == ["采光", "费用"]


@pytest.mark.parametrize(
    ("votes", "state"),
    [
        (["yes", "yes", "no", "no", "abstain"], "rejected"),
        (["yes", "yes"], "no_quorum"),
        ([], "no_quorum"),
        (["abstain"] * 5, "rejected"),
        (["yes", "abstain", "abstain"], "passed"),
    ],
)
async def test_quorum_and_majority_decide_when_its_time_is_over(
    hood: Hood, start: Start, votes: list[str], state: str
) -> None:
    await _topics(hood, start)
    motion = await _motion(hood, start)
    await carry(hood, motion, votes)

    await hood.run_until(motion.closes_at)

    assert motion.state == state
    assert start[0].step is (Step.DRAFT if state == "passed" else Step.CONFIRM)
    count = hood.letters.last("d_motion_closed").context["count"]
    assert (count.seats, count.needed, count.voted) == (5, 3, len(votes))


async def test_after_a_tie_it_may_be_moved_again(hood: Hood, start: Start) -> None:
    await _topics(hood, start)
    await carry(hood, await _motion(hood, start), ["yes", "yes", "no", "no", "abstain"])
    assert "票数相同" in hood.letters.last("d_motion_closed").zh

    await _topics(hood, start)
    await carry(hood, await _motion(hood, start), ["yes"] * 5)

    assert start[0].step is Step.DRAFT


async def test_a_vote_may_change_while_the_motion_runs(hood: Hood, start: Start) -> None:
    await _topics(hood, start)
    motion = await _motion(hood, start)
    await carry(hood, motion, ["no"])
    await carry(hood, motion, ["yes"])

    count = await confirm.count_motion(hood.work, motion)
    assert (count.yes, count.no, count.voted) == (1, 0, 1)


async def test_after_its_time_nobody_votes_though_the_clock_is_late(
    hood: Hood, start: Start
) -> None:
    await _topics(hood, start)
    motion = await _motion(hood, start)
    hood.work.now = motion.closes_at

    with pytest.raises(NotReady) as refused:
        await carry(hood, motion, ["yes"])
    assert reason(refused) == "motion_closed"


async def test_only_the_council_votes(hood: Hood, start: Start) -> None:
    await _topics(hood, start)
    motion = await _motion(hood, start)

    for person in (
        await hood.staff(ORGANISER),
        await hood.staff("lead-01"),
        await hood.neighbour(),
    ):
        with pytest.raises(ActionNotAllowed):
            await confirm.vote_motion(hood.work, person, motion.id or 0, "yes")


async def test_one_motion_at_a_time_and_only_in_its_step(hood: Hood, start: Start) -> None:
    with pytest.raises(NotReady) as refused:
        await _motion(hood, start)
    assert reason(refused) == "topics"
    with pytest.raises(InvalidInput) as wrong:
        await _motion(hood, start, "tickets")
    assert reason(wrong) == "reason"
    motion = await _motion(hood, start, "tickets", "路灯直接修")
    with pytest.raises(NotReady) as refused:
        await _motion(hood, start, "referral", "要大家来定")
    assert reason(refused) == "motion_open"
    card = await lists.card_of(hood.work, await hood.staff("seat-1"), start[0])
    assert card.screens[0] == "motion_vote"

    await confirm.take_back_motion(hood.work, await hood.staff(ORGANISER), motion.id or 0)
    assert (await _motion(hood, start, "referral", "要大家来定")).state == "open"


async def test_a_carried_motion_waits_for_the_least_time_of_its_step() -> None:
    async with open_hood(confirm_least="5 d") as hood:
        start = await to_confirm(hood)
        began = hood.work.now
        await _topics(hood, start)
        await carry(hood, await _motion(hood, start), ["yes"] * 5)
        assert start[0].step is Step.CONFIRM

        await hood.run_until(began + 4.9 * DAY)
        assert start[0].step is Step.CONFIRM
        await hood.run_until(began + 5 * DAY)
        assert start[0].step is Step.DRAFT


# --- instead of deliberating ----------------------------------------------------------------------


async def test_what_needs_no_deliberation_becomes_a_ticket(hood: Hood, start: Start) -> None:
    deliberation, _ = start
    await carry(hood, await _motion(hood, start, "tickets", "直接办就行"), ["yes"] * 5)
    await hood.run_until(hood.work.now)

    (ticket,) = (await hood.session.scalars(select(Ticket))).all()
    assert (ticket.opened_by, ticket.grid) == (ORGANISER, deliberation.grids[0])
    assert "先修屋顶" in ticket.text and ticket.text.startswith("加装电梯")
    assert deliberation.step is Step.DIVERTED
    assert deliberation.reason == f"直接办就行 #{ticket.number}"
    assert sorted(hood.letters.to("d_outcome")) == [1, 2, 3]
    assert f"#{ticket.number}" in hood.letters.last("d_outcome").zh


async def test_each_topic_becomes_a_ticket_of_its_own(hood: Hood, start: Start) -> None:
    await _topics(hood, start)
    await carry(hood, await _motion(hood, start, "tickets", "直接办就行"), ["yes"] * 5)

    tickets = (await hood.session.scalars(select(Ticket).order_by(Ticket.number))).all()
    assert [ticket.text.splitlines()[0] for ticket in tickets] == ["采光", "费用"]
    assert start[0].reason == "直接办就行 " + " ".join(f"#{t.number}" for t in tickets)


async def test_a_referral_reaches_the_office_and_everybody_who_spoke(
    hood: Hood, start: Start
) -> None:
    await carry(hood, await _motion(hood, start, "referral", "要辖区单位一起定"), ["yes"] * 5)
    await hood.run_until(hood.work.now)

    assert start[0].step is Step.REFERRED
    assert "office-1" in hood.letters.to("d_referred")
    assert "要辖区单位一起定" in hood.letters.last("d_outcome").zh
    assert await text_of(hood, "refer") == "要辖区单位一起定"


# --- standing aside -------------------------------------------------------------------------------


async def test_who_stands_aside_neither_votes_nor_counts(hood: Hood, start: Start) -> None:
    await _topics(hood, start)
    motion = await _motion(hood, start)
    await carry(hood, motion, ["no", "yes", "yes", "yes"])
    contractor = await hood.staff("seat-1")

    await confirm.recuse(hood.work, contractor, start[0].key, "seat-1", "施工队是我家开的")
    with pytest.raises(NotEligible) as refused:
        await confirm.vote_motion(hood.work, contractor, motion.id or 0, "yes")

    assert reason(refused) == "recused"
    count = await confirm.count_motion(hood.work, motion)
    assert (count.seats, count.no, count.voted) == (4, 0, 3)
    card = await lists.card_of(hood.work, contractor, start[0])
    assert "motion_vote" not in card.screens


async def test_the_last_open_vote_stood_aside(hood: Hood, start: Start) -> None:
    await _topics(hood, start)
    motion = await _motion(hood, start)
    await carry(hood, motion, ["yes"] * 4)
    assert motion.state == "open"

    await confirm.recuse(
        hood.work, await hood.staff(ORGANISER), start[0].key, SEATS[4], "是承包人的亲戚"
    )

    assert motion.state == "passed"
    assert hood.letters.to("d_recused") == [SEATS[4]]


async def test_with_everybody_aside_there_is_no_quorum(hood: Hood, start: Start) -> None:
    await _topics(hood, start)
    motion = await _motion(hood, start)
    for seat in SEATS:
        await confirm.recuse(hood.work, await hood.staff(seat), start[0].key, seat, "有利害关系")

    assert motion.state == "no_quorum"


async def test_who_may_say_that_somebody_stands_aside(hood: Hood, start: Start) -> None:
    for person in (await hood.neighbour(1), await hood.staff("seat-2")):
        with pytest.raises(ActionNotAllowed):
            await confirm.recuse(hood.work, person, start[0].key, "seat-1", "我不喜欢他")
    with pytest.raises(InvalidInput) as refused:
        await confirm.recuse(
            hood.work, await hood.staff(ORGANISER), start[0].key, "worker-a", "不是成员"
        )
    assert reason(refused) == "not_a_seat"


async def test_no_motion_after_the_step(hood: Hood, start: Start) -> None:
    office = await hood.staff("office-1")
    await proposals.withdraw_deliberation(hood.work, office, start[0].key, "不办了")

    with pytest.raises(NotReady) as refused:
        await _motion(hood, start, "tickets", "直接办就行")
    assert reason(refused) == "step"
