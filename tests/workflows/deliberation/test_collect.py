"""Step 1: opinions, votes on them, people without a phone, moderation, pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from models.deliberation.core import Deliberation, DeliberationFile
from models.deliberation.opinion import OpinionVote, Voice
from models.errors import ActionNotAllowed, InvalidInput, NotEligible, NotReady
from tests.workflows.deliberation.neighbourhood import (
    DAY,
    ORGANISER,
    OTHER_COURT,
    VOLUNTEER,
    Hood,
    a_door,
    call,
    figures,
    open_hood,
    recount,
    say,
    to_confirm,
)
from workflows.deliberation import collect
from workflows.tickets.files import DraftFile

LIGHT = "一楼采光会变差"
COSTS = "费用按楼层分摊才公平"


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as hood:
        yield hood


@pytest.fixture
async def d(hood: Hood) -> Deliberation:
    return await call(hood)


def reason(error: pytest.ExceptionInfo[Any]) -> Any:
    return error.value.context["reason"]


# --- opinions -------------------------------------------------------------------------------------


async def test_an_author_agrees_with_their_own_words(hood: Hood, d: Deliberation) -> None:
    opinion = await say(hood, d, 1, "  一楼采光\n会变差 ")

    assert opinion.text == "一楼采光 会变差"
    assert figures(opinion) == (1, 0, 0)
    assert await hood.contributions() == [("opinion", 1, None)]


@pytest.mark.parametrize("text", ["", "  ", "！！", "好", "长" * 281])
async def test_words_that_say_nothing_or_too_much(hood: Hood, d: Deliberation, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await say(hood, d, 1, text)

    assert reason(refused) == "opinion_text"


async def test_what_comes_along_is_kept_once(hood: Hood, d: Deliberation) -> None:
    photo = DraftFile(kind="photo", file_id="f", file_unique_id="u")

    opinion = await collect.add_opinion(
        hood.work, await hood.neighbour(1), d.key, LIGHT, [photo, photo]
    )

    (row,) = (await hood.session.scalars(select(DeliberationFile))).all()
    assert (row.purpose, row.subject_id, row.kind) == ("opinion", opinion.key, "photo")


async def test_similar_ones_are_offered_before_posting(hood: Hood, d: Deliberation) -> None:
    first = await say(hood, d, 1, "希望加装电梯方便老人上下楼")
    await say(hood, d, 2, "晚上停车位不够")
    again = "建议加装电梯，方便老人下楼"

    assert await collect.similar_opinions(hood.work, d.key, again) == [first]
    with pytest.raises(InvalidInput) as refused:
        await collect.add_opinion(hood.work, await hood.neighbour(3), d.key, again)

    assert reason(refused) == "similar_opinion"
    assert refused.value.context["opinions"] == [first]
    posted = await say(hood, d, 3, again)
    assert posted.key != first.key


async def test_the_opposite_is_not_similar(hood: Hood, d: Deliberation) -> None:
    await say(hood, d, 1, "同意在三单元加装电梯")

    assert await collect.similar_opinions(hood.work, d.key, "不同意在三单元加装电梯") == []


async def test_the_very_same_words_are_joined(hood: Hood, d: Deliberation) -> None:
    first = await say(hood, d, 1, "费用按楼层分摊")

    assert await say(hood, d, 1, "费用按楼层分摊！") is first
    assert await say(hood, d, 2, "请费用按楼层分摊吧") is first

    assert figures(first) == (2, 0, 0)
    assert [author for _, author, _ in await hood.contributions()] == [1, 2]


async def test_joining_another_counts_once(hood: Hood, d: Deliberation) -> None:
    opinion = await say(hood, d, 1, LIGHT)
    person = await hood.neighbour(2)
    for _ in range(2):
        await collect.join_opinion(hood.work, person, d.key, opinion.key)

    assert figures(opinion) == (2, 0, 0)
    assert len(await hood.contributions()) == 2


async def test_one_person_does_not_talk_down_the_others(hood: Hood, d: Deliberation) -> None:
    names = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
    for name in names:
        await say(hood, d, 1, name * 5)

    with pytest.raises(InvalidInput) as refused:
        await say(hood, d, 1, "还有一句")
    assert reason(refused) == "opinion_limit"


@pytest.mark.parametrize(
    ("why", "row"),
    [
        ("other_grid", {"grid": OTHER_COURT}),
        ("no_doorway", {"grid": None}),
        ("consent", {"consented_at": None}),
    ],
)
async def test_only_neighbours_speak_and_vote(
    hood: Hood, d: Deliberation, why: str, row: dict[str, Any]
) -> None:
    opinion = await say(hood, d, 1, LIGHT)
    stranger = await hood.neighbour(9, **row)

    for act in (
        collect.add_opinion(hood.work, stranger, d.key, COSTS),
        collect.vote_opinion(hood.work, stranger, opinion.key, 1),
        collect.next_opinion(hood.work, stranger, d.key),
        collect.join_opinion(hood.work, stranger, d.key, opinion.key),
    ):
        with pytest.raises(NotEligible) as refused:
            await act
        assert reason(refused) == why
    assert figures(opinion) == (1, 0, 0)


async def test_after_the_end_nothing_is_said_or_voted(hood: Hood) -> None:
    d, (opinion, _) = await to_confirm(hood)
    person = await hood.neighbour(3)

    for act in (
        collect.add_opinion(hood.work, person, d.key, COSTS),
        collect.vote_opinion(hood.work, person, opinion.key, 1),
        collect.withdraw_opinion(hood.work, await hood.neighbour(1), opinion.key),
    ):
        with pytest.raises(NotReady) as refused:
            await act
        assert reason(refused) == "collecting"


async def test_what_came_before_the_clock_ended_the_step_counts(
    hood: Hood, d: Deliberation
) -> None:
    hood.work.now += 15 * DAY

    assert figures(await say(hood, d, 1, LIGHT)) == (1, 0, 0)


# --- changing and taking back ---------------------------------------------------------------------


async def test_words_may_change_until_somebody_else_voted(hood: Hood, d: Deliberation) -> None:
    opinion = await say(hood, d, 1, LIGHT)
    author = await hood.neighbour(1)

    await collect.edit_opinion(hood.work, author, opinion.key, "一楼会变暗")
    assert opinion.text == "一楼会变暗"
    await collect.vote_opinion(hood.work, await hood.neighbour(2), opinion.key, -1)
    with pytest.raises(InvalidInput) as refused:
        await collect.edit_opinion(hood.work, author, opinion.key, "一楼会变亮")

    assert reason(refused) == "opinion_voted"
    assert opinion.text == "一楼会变暗"


async def test_nobody_else_edits_or_withdraws_whatever_their_post(
    hood: Hood, d: Deliberation
) -> None:
    opinion = await say(hood, d, 1, LIGHT)

    for code in (ORGANISER, "office-1", "seat-1"):
        person = await hood.staff(code)
        with pytest.raises(ActionNotAllowed):
            await collect.edit_opinion(hood.work, person, opinion.key, "都支持")
        with pytest.raises(ActionNotAllowed):
            await collect.withdraw_opinion(hood.work, person, opinion.key)
    assert (opinion.text, opinion.status) == (LIGHT, "shown")


async def test_what_was_taken_back_is_no_longer_voted_on(hood: Hood, d: Deliberation) -> None:
    opinion = await say(hood, d, 1, LIGHT)
    for _ in range(2):
        await collect.withdraw_opinion(hood.work, await hood.neighbour(1), opinion.key)
    voter = await hood.neighbour(2)

    with pytest.raises(InvalidInput) as refused:
        await collect.vote_opinion(hood.work, voter, opinion.key, 1)

    assert reason(refused) == "opinion_gone"
    assert await collect.next_opinion(hood.work, voter, d.key) is None
    assert [o.status for o in await collect.opinions_of(hood.work, await hood.neighbour(1), d.key)]


# --- votes ----------------------------------------------------------------------------------------


async def test_a_later_vote_takes_the_place_of_the_earlier(hood: Hood, d: Deliberation) -> None:
    opinion = await say(hood, d, 1, LIGHT)
    person = await hood.neighbour(2)

    for value in (1, 1, -1, 0, 0, -1):
        await collect.vote_opinion(hood.work, person, opinion.key, value)
        assert figures(opinion) == await recount(hood, opinion)

    assert figures(opinion) == (1, 1, 0)


async def test_a_value_that_is_none_and_ones_own_opinion(hood: Hood, d: Deliberation) -> None:
    opinion = await say(hood, d, 1, LIGHT)

    with pytest.raises(InvalidInput) as refused:
        await collect.vote_opinion(hood.work, await hood.neighbour(2), opinion.key, 2)
    assert reason(refused) == "opinion_vote"
    with pytest.raises(InvalidInput) as refused:
        await collect.vote_opinion(hood.work, await hood.neighbour(1), opinion.key, -1)
    assert reason(refused) == "opinion_own"
    assert figures(opinion) == (1, 0, 0)


async def test_cards_come_once_and_never_ones_own(hood: Hood, d: Deliberation) -> None:
    texts = [LIGHT, COSTS, "噪声太大", "先修屋顶"]
    opinions = [await say(hood, d, id_, text) for id_, text in enumerate(texts, start=1)]
    person = await hood.neighbour(1)

    seen = []
    while (card := await collect.next_opinion(hood.work, person, d.key)) is not None:
        seen.append(card.key)
        await collect.vote_opinion(hood.work, person, card.key, 0)

    assert sorted(seen) == [opinion.key for opinion in opinions[1:]]


async def test_the_most_informative_card_comes_first(hood: Hood, d: Deliberation) -> None:
    first, second, third = [
        await say(hood, d, id_, text) for id_, text in enumerate((LIGHT, COSTS, "先修屋顶"), 1)
    ]
    await collect.vote_opinion(hood.work, await hood.neighbour(4), first.key, 1)
    person = await hood.neighbour(5)

    card = await collect.next_opinion(hood.work, person, d.key)
    assert card is second  # before a picture: fewest votes, then the oldest
    first.priority, second.priority, third.priority = 1.0, 2.0, 3.0
    assert await collect.next_opinion(hood.work, person, d.key) is third


async def test_a_vote_costs_the_same_with_many_before_it(hood: Hood, d: Deliberation) -> None:
    opinions = [await say(hood, d, 1, name * 4) for name in "甲乙丙丁戊己庚辛"]

    async def cost(id_: int) -> tuple[int, int]:
        person = await hood.neighbour(id_)
        statements: list[str] = []
        rows = 0
        engine = hood.session.get_bind().engine  # type: ignore[union-attr]

        def note(*given: Any) -> None:
            statements.append(given[2])

        event.listen(engine, "before_cursor_execute", note)
        try:
            await collect.vote_opinion(hood.work, person, opinions[0].key, 1)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        for statement in statements:
            plan = await hood.session.execute(_explain(statement))
            rows += sum("SCAN" in line[3] for line in plan)
        return len(statements), rows

    few = await cost(2)
    voices = [{"id": 1000 + n, "deliberation_id": d.key} for n in range(500)]
    await hood.session.execute(insert(Voice), voices)
    votes = [
        {
            "voice_id": voice["id"],
            "opinion_id": opinion.key,
            "deliberation_id": d.key,
            "value": 1,
            "at": hood.work.now,
        }
        for voice in voices
        for opinion in opinions
    ]
    await hood.session.execute(insert(OpinionVote), votes)

    assert await cost(3) == few
    assert few[1] == 0
    assert few[0] <= 8


def _explain(statement: str) -> Any:
    from sqlalchemy import text

    head = statement.split(None, 1)[0]
    if head not in ("SELECT", "UPDATE"):
        return text("SELECT 0, 0, 0, ''")
    plain = statement.replace("?", "1").replace(":", "\\:")
    return text(f"EXPLAIN QUERY PLAN {plain}")


async def test_the_live_message_counts_chat_and_doors_apart(hood: Hood, d: Deliberation) -> None:
    opinion = await say(hood, d, 1, LIGHT)
    volunteer = await hood.staff(VOLUNTEER)
    await collect.vote_opinion_at_door(
        hood.work, volunteer, opinion.key, a_door(), "王奶奶", -1, True
    )
    await collect.add_opinion_at_door(
        hood.work, volunteer, d.key, a_door("502"), "李爷爷", COSTS, True
    )
    person = await hood.neighbour(2)

    before = await collect.summary_of(hood.work, person, d)
    assert (before.voted, before.left, before.ref, before.verdict) == (0, 2, None, None)
    await collect.vote_opinion(hood.work, person, opinion.key, 1)
    await collect.remember_summary(hood.work, person, d, 77)
    after = await collect.summary_of(hood.work, person, d)

    assert (after.voted, after.left, after.ref) == (1, 1, 77)
    assert (after.chat.voices, after.chat.votes) == (2, 2)
    assert (after.door.voices, after.door.votes) == (2, 2)
    assert after.opinions == 2
    mine = await collect.summary_of(hood.work, await hood.neighbour(1), d)
    assert [o.text for o in mine.mine] == [LIGHT]
    assert mine.left == 1


# --- people without a phone -----------------------------------------------------------------------


async def test_somebody_at_the_door_counts_once(hood: Hood, d: Deliberation) -> None:
    volunteer = await hood.staff(VOLUNTEER)
    opinion = await say(hood, d, 1, LIGHT)

    for name, value in (("王奶奶", 1), (" 王 奶奶", -1), ("王爷爷", -1)):
        await collect.vote_opinion_at_door(
            hood.work, volunteer, opinion.key, a_door(), name, value, True
        )

    assert figures(opinion) == (1, 2, 0)


async def test_an_opinion_from_the_door_is_told_by_its_volunteer(
    hood: Hood, d: Deliberation
) -> None:
    volunteer = await hood.staff(VOLUNTEER)
    opinion = await collect.add_opinion_at_door(
        hood.work, volunteer, d.key, a_door(), "王奶奶", COSTS, True
    )

    assert (opinion.author_id, opinion.origin, opinion.door_by) == (None, "door", VOLUNTEER)
    assert figures(opinion) == (1, 0, 0)
    card = await collect.next_opinion_at_door(hood.work, volunteer, d.key, a_door(), "王奶奶")
    assert card is None
    assert "door_opinion" in await hood.events()


@pytest.mark.parametrize(
    ("why", "place", "name", "confirmed"),
    [
        ("not_confirmed", a_door(), "王奶奶", False),
        ("door_name", a_door(), " ", True),
        ("door_name", a_door(), "长" * 31, True),
    ],
)
async def test_the_door_needs_name_and_confirmation(
    hood: Hood, d: Deliberation, why: str, place: Any, name: str, confirmed: bool
) -> None:
    volunteer = await hood.staff(VOLUNTEER)

    with pytest.raises(InvalidInput) as refused:
        await collect.add_opinion_at_door(
            hood.work, volunteer, d.key, place, name, COSTS, confirmed
        )
    assert reason(refused) == why


@pytest.mark.parametrize(
    ("why", "place"),
    [("other_grid", a_door(grid=OTHER_COURT)), ("no_room", a_door(room=None))],
)
async def test_the_door_is_a_flat_of_a_concerned_grid(
    hood: Hood, d: Deliberation, why: str, place: Any
) -> None:
    volunteer = await hood.staff(VOLUNTEER)

    with pytest.raises(NotEligible) as refused:
        await collect.add_opinion_at_door(hood.work, volunteer, d.key, place, "王奶奶", COSTS, True)
    assert reason(refused) == why


async def test_only_volunteers_of_the_grid_stand_at_its_doors(hood: Hood, d: Deliberation) -> None:
    for person in (await hood.staff("worker-z"), await hood.neighbour(1)):
        with pytest.raises(ActionNotAllowed):
            await collect.add_opinion_at_door(
                hood.work, person, d.key, a_door(), "王奶奶", COSTS, True
            )


# --- tickets --------------------------------------------------------------------------------------


async def test_a_hazard_reported_often_becomes_one_opinion(hood: Hood, d: Deliberation) -> None:
    for text in ("楼道灯坏了", "三单元楼道灯不亮", "楼道灯又坏了"):
        await hood.submit(text, person=await hood.neighbour(5))
    organiser = await hood.staff(ORGANISER)

    (theme,) = await collect.ticket_themes(hood.work, organiser, d.key)
    assert (theme.category, theme.count, theme.example) == ("facility.lighting", 3, "楼道灯又坏了")
    opinion = await collect.pull_ticket_opinion(
        hood.work, organiser, d.key, theme.category, "楼道灯要换成声控的"
    )

    assert (opinion.origin, opinion.tickets, opinion.author_id) == ("ticket", 3, None)
    assert figures(opinion) == (0, 0, 0)
    assert await collect.ticket_themes(hood.work, organiser, d.key) == []
    assert await collect.next_opinion(hood.work, await hood.neighbour(5), d.key) is opinion


async def test_private_matters_are_no_theme(hood: Hood, d: Deliberation) -> None:
    await hood.submit("老人独居", person=await hood.neighbour(5), category="care.special")
    organiser = await hood.staff(ORGANISER)

    assert await collect.ticket_themes(hood.work, organiser, d.key) == []
    with pytest.raises(InvalidInput) as refused:
        await collect.pull_ticket_opinion(hood.work, organiser, d.key, "care.special", "要照顾老人")
    assert reason(refused) == "theme"


async def test_only_the_organiser_looks_at_tickets(hood: Hood, d: Deliberation) -> None:
    for person in (await hood.neighbour(1), await hood.staff("seat-1")):
        with pytest.raises(ActionNotAllowed):
            await collect.ticket_themes(hood.work, person, d.key)
