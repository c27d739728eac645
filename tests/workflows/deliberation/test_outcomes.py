"""Everybody who contributed is told what became of exactly their contribution, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Contribution, Deliberation
from models.deliberation.opinion import Motion, Opinion, OpinionVote, Topic, Voice
from models.deliberation.steps import Step
from models.errors import ActionNotAllowed
from models.people import Resident, StaffAccount
from tests.workflows.deliberation.consultation import ORGANISER, STRANGER, Hood, open_hood
from tests.workflows.deliberation.polling import NONE, A, B, finish, home, polling, vote
from tests.workflows.town import COURT, MONDAY
from workflows.deliberation.access import CLOCK
from workflows.deliberation.ballots import cast, cast_at_door
from workflows.deliberation.events import contribute, set_outcome
from workflows.deliberation.facts import gather_facts
from workflows.deliberation.moves import ON_ENTER
from workflows.deliberation.outcomes import (
    CHUNK,
    Item,
    mark_told,
    paged,
    tell_outcomes,
    to_tell,
)
from workflows.deliberation.proxies import accept_proxy, offer_proxy


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as found:
        yield found


async def enter(hood: Hood, deliberation: Deliberation, step: Step) -> None:
    """Put it into a step as a move does, and let the clock run."""
    before, deliberation.step = deliberation.step, step
    for function in ON_ENTER[step]:
        if function.__module__ == "workflows.deliberation.outcomes":
            await function(hood.work, deliberation, before, CLOCK)
    await hood.session.flush()
    await tick(hood)


async def tick(hood: Hood) -> None:
    await hood.run_until(hood.work.now + timedelta(minutes=1))


async def opinion(
    hood: Hood, deliberation: Deliberation, author: int | None, text: str, **more: Any
) -> Opinion:
    row = Opinion(
        deliberation_id=deliberation.key,
        author_id=author,
        text=text,
        created_at=hood.work.now,
        **more,
    )
    hood.session.add(row)
    await hood.session.flush()
    await contribute(
        hood.work,
        deliberation,
        "opinion",
        subject_id=row.key,
        author_id=author,
        door_by=row.door_by,
    )
    await hood.session.flush()
    return row


async def topic(hood: Hood, deliberation: Deliberation, title: str = "装不装电梯") -> Topic:
    row = Topic(deliberation_id=deliberation.key, position=1, title=title)
    hood.session.add(row)
    await hood.session.flush()
    return row


async def untold(hood: Hood) -> int:
    rows = await hood.session.scalars(
        select(Contribution).where(col(Contribution.told_at).is_(None))
    )
    return len(rows.all())


async def test_each_author_reads_which_topic_or_why_not(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.CONFIRM)
    for id_ in (1, 2, 3):
        await hood.neighbour(id_)
    lift = await topic(hood, deliberation)
    first = await opinion(hood, deliberation, 1, "要装", topic_id=lift.id)
    await opinion(hood, deliberation, 2, "也要装", status="joined", joined_to=first.key)
    await opinion(hood, deliberation, 2, "修个亭子")
    await contribute(hood.work, deliberation, "opinion", subject_id=first.key, author_id=3)
    await contribute(hood.work, deliberation, "proposal", author_id=1)
    hood.session.add(
        Motion(
            deliberation_id=deliberation.key,
            kind="topics",
            reason="先办电梯",
            moved_by="seat-1",
            opened_at=MONDAY,
            closes_at=MONDAY,
            state="passed",
        )
    )

    await enter(hood, deliberation, Step.DRAFT)

    assert hood.letters.to("d_outcome") == [1, 2, 3]
    said = {letter.to: letter for letter in hood.letters.all}
    assert [(i.kind, i.text, i.outcome, i.detail) for i in said[1].context["items"]] == [
        ("opinion", "要装", "in_topic", "装不装电梯"),
        ("proposal", "", "opened", ""),
    ]
    assert [(i.text, i.outcome, i.detail) for i in said[2].context["items"]] == [
        ("也要装", "in_topic", "装不装电梯"),
        ("修个亭子", "not_taken", "先办电梯"),
    ]
    assert [i.text for i in said[3].context["items"]] == ["要装"]
    assert all(letter.broadcast for letter in hood.letters.all)
    assert await untold(hood) == 0
    await tell_outcomes(hood.work, deliberation)
    await tick(hood)
    assert len(hood.letters.all) == 3


async def test_what_was_decided_before_is_not_decided_again(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.CONFIRM)
    await hood.neighbour()
    hidden = await opinion(hood, deliberation, 1, "骂人", status="hidden")
    await set_outcome(
        hood.work, deliberation, "opinion", "hidden", subject_id=hidden.key, detail="点名骂人"
    )

    await enter(hood, deliberation, Step.DRAFT)

    (item,) = hood.letters.last("d_outcome").context["items"]
    assert (item.outcome, item.detail) == ("hidden", "点名骂人")


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (Step.LAPSED, "lapsed"),
        (Step.DIVERTED, "diverted"),
        (Step.REFERRED, "referred"),
        (Step.WITHDRAWN, "stopped"),
    ],
)
async def test_an_early_end_is_told_with_its_reason(hood: Hood, step: Step, outcome: str) -> None:
    deliberation = await hood.deliberation(Step.CONFIRM)
    await hood.neighbour()
    inside = await opinion(hood, deliberation, 1, "要装")
    own = await opinion(hood, deliberation, 1, "算了")
    for row, before in ((inside, "in_topic"), (own, "withdrawn")):
        await set_outcome(hood.work, deliberation, "opinion", before, subject_id=row.key)
    await contribute(hood.work, deliberation, "support", author_id=1)
    deliberation.reason = "街道已有计划"

    await enter(hood, deliberation, step)

    items = hood.letters.last("d_outcome").context["items"]
    assert [(i.kind, i.outcome, i.detail) for i in items] == [
        ("opinion", outcome, "街道已有计划"),
        ("opinion", "withdrawn", ""),
        ("support", outcome, "街道已有计划"),
    ]


async def test_the_report_leaves_nobody_without_an_outcome(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.APPLY)
    await hood.neighbour()
    for kind in ("proposal", "support", "opinion", "question", "amendment", "speech"):
        await contribute(hood.work, deliberation, kind, author_id=1)
    assert (await gather_facts_of_report(hood, deliberation)) == 6

    await enter(hood, deliberation, Step.REPORT)

    items = hood.letters.last("d_outcome").context["items"]
    assert [i.outcome for i in items] == [
        "opened",
        "opened",
        "not_taken",
        "unanswered",
        "undecided",
        "in_minutes",
    ]
    assert (await gather_facts_of_report(hood, deliberation)) == 0


async def gather_facts_of_report(hood: Hood, deliberation: Deliberation) -> int:
    step, deliberation.step = deliberation.step, Step.REPORT
    facts = await gather_facts(hood.work, deliberation)
    deliberation.step = step
    return facts.untold


async def test_voters_are_told_that_they_were_counted_and_never_what(hood: Hood) -> None:
    deliberation, ballot = await polling(hood, 3)
    await vote(hood, ballot, A, B)
    code = await offer_proxy(hood.work, await hood.neighbour(3), deliberation.key)
    holder = await hood.neighbour(2)
    await accept_proxy(hood.work, holder, deliberation.key, code)
    await cast(hood.work, holder, ballot.key, NONE, for_principal=3)
    volunteer = await hood.staff("building-1")
    await cast_at_door(hood.work, volunteer, ballot.key, home("909"), "王奶奶", A, confirmed=True)
    await finish(hood, ballot)
    hood.letters.all.clear()

    await enter(hood, deliberation, Step.REPORT)

    assert hood.letters.to("d_outcome") == [1, 2, 3]
    rows = (await hood.session.scalars(select(Contribution).filter_by(kind="ballot"))).all()
    assert {row.outcome for row in rows} == {"counted"}
    assert {row.at for row in rows} == {ballot.closed_at}
    assert sorted(row.author_id or 0 for row in rows) == [0, 1, 2, 3]
    told = hood.letters.last("d_outcome_door")
    assert told.to == "building-1"
    assert ["909" in item.who for item in told.context["items"]] == [True]


async def test_a_blocked_bot_does_not_hold_up_the_archive(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.APPLY)
    await hood.neighbour(1, unreachable_since=MONDAY)
    await contribute(hood.work, deliberation, "speech", author_id=1)
    await contribute(hood.work, deliberation, "speech", author_id=404)

    await enter(hood, deliberation, Step.REPORT)

    assert hood.letters.to("d_outcome") == []
    assert await untold(hood) == 0
    assert "not_reached" in await hood.events()


async def test_many_people_are_told_in_chunks_and_nobody_twice(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.APPLY)
    people = 2 * CHUNK + 7
    for id_ in range(1, people + 1):
        hood.session.add(Resident(id=id_, created_at=MONDAY, consented_at=MONDAY, grid=COURT))
        hood.session.add(
            Contribution(deliberation_id=deliberation.key, kind="speech", author_id=id_, at=MONDAY)
        )
    await hood.session.flush()

    await enter(hood, deliberation, Step.REPORT)

    assert hood.letters.to("d_outcome") == list(range(1, people + 1))
    assert await untold(hood) == 0


# --- people without a phone -----------------------------------------------------------------------


async def at_the_door(hood: Hood, deliberation: Deliberation) -> Opinion:
    row = await opinion(
        hood, deliberation, None, "扶手太高", origin="door", door_by="worker-a", topic_id=None
    )
    voice = Voice(deliberation_id=deliberation.key, door_key="合水中路|12|1|2|501|王奶奶")
    hood.session.add(voice)
    await hood.session.flush()
    hood.session.add(
        OpinionVote(
            voice_id=voice.id or 0,
            opinion_id=row.key,
            deliberation_id=deliberation.key,
            value=1,
            at=hood.work.now,
        )
    )
    await hood.session.flush()
    return row


async def test_the_volunteer_gets_one_list_and_says_whom_they_told(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.CONFIRM)
    await at_the_door(hood, deliberation)
    await enter(hood, deliberation, Step.DRAFT)

    (item,) = hood.letters.last("d_outcome_door").context["items"]
    assert (item.who, item.text, item.outcome) == (
        "合水中路12号1号楼2单元501室 王奶奶",
        "扶手太高",
        "not_taken",
    )
    await tell_outcomes(hood.work, deliberation)
    await tick(hood)
    assert hood.letters.to("d_outcome_door") == ["worker-a"]

    volunteer = await hood.staff("worker-a")
    assert await to_tell(hood.work, volunteer, deliberation) == [item]
    assert await mark_told(hood.work, volunteer, deliberation.key, [item.id, 999]) == 1
    assert await mark_told(hood.work, volunteer, deliberation.key, [item.id]) == 0
    assert await to_tell(hood.work, volunteer, deliberation) == []


async def test_a_new_outcome_is_listed_again(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.CONFIRM)
    row = await at_the_door(hood, deliberation)
    lift = await topic(hood, deliberation)
    row.topic_id = lift.id
    await enter(hood, deliberation, Step.DRAFT)
    deliberation.reason = "停"
    await enter(hood, deliberation, Step.WITHDRAWN)

    lists = [one for one in hood.letters.all if one.notice == "d_outcome_door"]
    assert [one.context["items"][0].outcome for one in lists] == ["in_topic", "stopped"]


async def test_what_a_vacant_post_entered_goes_to_the_organiser(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.CONFIRM)
    await at_the_door(hood, deliberation)
    (await hood.session.get_one(StaffAccount, "worker-a")).resident_id = None
    await hood.session.flush()

    await enter(hood, deliberation, Step.DRAFT)

    assert hood.letters.to("d_outcome_door") == [ORGANISER]
    (item,) = await to_tell(hood.work, await hood.staff(ORGANISER), deliberation)
    other = await hood.staff("worker-b")
    assert await to_tell(hood.work, other, deliberation) == []
    assert await mark_told(hood.work, other, deliberation.key, [item.id]) == 0
    with pytest.raises(ActionNotAllowed):
        await to_tell(hood.work, await hood.staff(STRANGER), deliberation)
    with pytest.raises(ActionNotAllowed):
        await to_tell(hood.work, await hood.neighbour(), deliberation)


@given(st.lists(st.tuples(st.text(max_size=280), st.text(max_size=900)), max_size=40))
def test_pages_keep_every_item_in_order_and_none_is_empty(said: list[tuple[str, str]]) -> None:
    items = [Item(n, "opinion", text, "x", why, MONDAY) for n, (text, why) in enumerate(said)]

    pages = paged(items)

    assert [item for page in pages for item in page] == items
    assert all(pages)
    for page in pages:
        size = sum(len(i.text) + min(600, len(i.detail)) for i in page)
        assert size <= 3000
