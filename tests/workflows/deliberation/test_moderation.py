"""Hiding opinions with a reason, appeals, and the pictures that follow from both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.deliberation.core import Deliberation
from models.deliberation.opinion import OpinionVote, Voice
from models.errors import ActionNotAllowed, InvalidInput, NotReady
from opinions.picture import Group, Picture, Point
from tests.workflows.deliberation.neighbourhood import (
    OFFICE,
    ORGANISER,
    VOLUNTEER,
    Hood,
    a_door,
    call,
    open_hood,
    say,
    text_of,
)
from workflows.deliberation import collect, moderation, pictures, proposals

RUDE = "某某家都是骗子"


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as hood:
        yield hood


@pytest.fixture
async def d(hood: Hood) -> Deliberation:
    return await call(hood)


def reason(error: pytest.ExceptionInfo[Any]) -> Any:
    return error.value.context["reason"]


async def _hidden(hood: Hood, d: Deliberation) -> Any:
    opinion = await say(hood, d, 1, RUDE)
    await moderation.hide_opinion(
        hood.work, await hood.staff(ORGANISER), opinion.key, "骂人的话不公开"
    )
    return opinion


async def test_the_author_of_a_hidden_opinion_learns_why(hood: Hood, d: Deliberation) -> None:
    opinion = await _hidden(hood, d)

    assert (opinion.status, opinion.hidden_by) == ("hidden", ORGANISER)
    assert hood.letters.to("d_opinion_hidden") == [1]
    assert "骂人的话不公开" in hood.letters.last("d_opinion_hidden").zh
    assert await hood.contributions() == [("opinion", 1, "hidden")]
    assert await text_of(hood, "hide_opinion") == "骂人的话不公开"
    assert await collect.next_opinion(hood.work, await hood.neighbour(2), d.key) is None


async def test_of_an_opinion_from_the_door_the_volunteer_is_told(
    hood: Hood, d: Deliberation
) -> None:
    opinion = await collect.add_opinion_at_door(
        hood.work, await hood.staff(VOLUNTEER), d.key, a_door(), "王奶奶", RUDE, True
    )
    await moderation.hide_opinion(
        hood.work, await hood.staff(ORGANISER), opinion.key, "骂人的话不公开"
    )

    assert hood.letters.to("d_opinion_hidden") == [VOLUNTEER]


async def test_a_reason_is_needed(hood: Hood, d: Deliberation) -> None:
    opinion = await say(hood, d, 1, RUDE)

    with pytest.raises(InvalidInput) as refused:
        await moderation.hide_opinion(hood.work, await hood.staff(ORGANISER), opinion.key, " ")
    assert (reason(refused), opinion.status) == ("reason", "shown")


async def test_only_organiser_and_office_moderate(hood: Hood, d: Deliberation) -> None:
    opinion = await say(hood, d, 1, RUDE)

    for person in (
        await hood.neighbour(1),
        await hood.staff("seat-1"),
        await hood.staff(VOLUNTEER),
    ):
        with pytest.raises(ActionNotAllowed):
            await moderation.hide_opinion(hood.work, person, opinion.key, "不喜欢")
        with pytest.raises(ActionNotAllowed):
            await moderation.list_moderation(hood.work, person, d.key)


async def test_an_appeal_goes_to_the_office_which_shows_it_again(
    hood: Hood, d: Deliberation
) -> None:
    opinion = await _hidden(hood, d)
    await moderation.appeal(hood.work, await hood.neighbour(1), opinion.key, "我说的是事实")

    assert "office-1" in hood.letters.to("d_appeal")
    assert ORGANISER not in hood.letters.to("d_appeal")
    (first,) = await moderation.list_moderation(hood.work, await hood.staff(OFFICE), d.key)
    assert first is opinion
    with pytest.raises(ActionNotAllowed):
        await moderation.decide_appeal(
            hood.work, await hood.staff(ORGANISER), opinion.key, True, "就是骂人"
        )
    await moderation.decide_appeal(
        hood.work, await hood.staff(OFFICE), opinion.key, False, "是事实，可以说"
    )

    assert (opinion.status, opinion.hidden_reason) == ("shown", None)
    assert "是事实，可以说" in hood.letters.last("d_appeal_decided").zh
    assert await hood.contributions() == [("opinion", 1, None)]


async def test_an_upheld_hiding_is_final_for_the_organiser(hood: Hood, d: Deliberation) -> None:
    opinion = await _hidden(hood, d)
    author = await hood.neighbour(1)
    await moderation.appeal(hood.work, author, opinion.key, "我说的是事实")
    await moderation.decide_appeal(
        hood.work, await hood.staff(OFFICE), opinion.key, True, "点了名，不合适"
    )

    assert opinion.status == "hidden"
    with pytest.raises(InvalidInput) as refused:
        await moderation.appeal(hood.work, author, opinion.key, "再看看")
    assert reason(refused) == "appealed"
    with pytest.raises(ActionNotAllowed):
        await moderation.show_opinion_again(hood.work, await hood.staff(ORGANISER), opinion.key)
    await moderation.show_opinion_again(hood.work, await hood.staff(OFFICE), opinion.key)
    assert opinion.status == "shown"


async def test_who_did_not_write_it_does_not_appeal(hood: Hood, d: Deliberation) -> None:
    opinion = await _hidden(hood, d)

    with pytest.raises(ActionNotAllowed):
        await moderation.appeal(hood.work, await hood.neighbour(2), opinion.key, "他说得对")


async def test_nothing_to_appeal_or_to_decide(hood: Hood, d: Deliberation) -> None:
    opinion = await say(hood, d, 1, RUDE)

    with pytest.raises(InvalidInput) as refused:
        await moderation.appeal(hood.work, await hood.neighbour(1), opinion.key, "看看")
    assert reason(refused) == "opinion_not_hidden"
    with pytest.raises(InvalidInput) as refused:
        await moderation.decide_appeal(
            hood.work, await hood.staff(OFFICE), opinion.key, True, "没事"
        )
    assert reason(refused) == "not_appealed"


async def test_after_the_end_nothing_is_moderated(hood: Hood, d: Deliberation) -> None:
    opinion = await say(hood, d, 1, RUDE)
    office = await hood.staff(OFFICE)
    await proposals.withdraw_deliberation(hood.work, office, d.key, "不办了")

    with pytest.raises(NotReady) as refused:
        await moderation.hide_opinion(hood.work, office, opinion.key, "骂人")
    assert reason(refused) == "ended"


# --- pictures -------------------------------------------------------------------------------------


async def _votes(hood: Hood, d: Deliberation) -> list[pictures.VoteRow]:
    return [row async for rows in pictures.votes_of(hood.session, d.key) for row in rows]


async def test_a_picture_is_stale_when_a_vote_came_or_went(hood: Hood, d: Deliberation) -> None:
    assert await pictures.stale(hood.session) == []
    opinion = await say(hood, d, 1, RUDE)
    assert await pictures.stale(hood.session) == [d.key]
    until = await pictures.newest_vote(hood.session, d.key)
    assert until == hood.work.now
    await pictures.store_picture(hood.work, d.key, Picture(1, 0, "too_few").as_json(), None, until)
    await hood.session.flush()
    assert await pictures.stale(hood.session) == []

    hood.pass_time(seconds=1)
    await collect.vote_opinion(hood.work, await hood.neighbour(2), opinion.key, 1)
    assert await pictures.stale(hood.session) == [d.key]
    until = hood.work.now
    await pictures.store_picture(hood.work, d.key, Picture(2, 0, "too_few").as_json(), None, until)
    await moderation.hide_opinion(hood.work, await hood.staff(ORGANISER), opinion.key, "骂人")
    assert await pictures.stale(hood.session) == [d.key]
    known = await pictures.opinions_in(hood.session, d.key)
    assert (known.every, known.hidden) == ([opinion.key], [opinion.key])


async def test_every_vote_is_computed_once(hood: Hood, d: Deliberation) -> None:
    opinions = [await say(hood, d, id_, text) for id_, text in enumerate(("先修屋顶", RUDE), 1)]
    for id_ in range(3, 130):
        for opinion in opinions:
            await collect.vote_opinion(hood.work, await hood.neighbour(id_), opinion.key, -1)

    rows = await _votes(hood, d)

    assert len(rows) == len({row[:2] for row in rows}) == 2 * 127 + 2
    assert sum(value for _, _, value in rows) == 2 - 2 * 127


async def test_cards_and_groups_follow_from_a_picture(hood: Hood, d: Deliberation) -> None:
    first, second = [await say(hood, d, n, text) for n, text in enumerate(("先修屋顶", RUDE), 1)]
    voices = sorted({row[0] for row in await _votes(hood, d)})
    picture = Picture(
        participants=2,
        grouped=2,
        verdict="groups",
        groups=(Group("A", 1, (0.0, 0.0), ()), Group("B", 1, (1.0, 0.0), ())),
        points=(Point(voices[0], 0.0, 0.0, "A"), Point(voices[1], 1.0, 0.0, None)),
        priorities={first.key: 2.0, second.key: 9.5},
    )
    person = await hood.neighbour(3)
    assert await collect.next_opinion(hood.work, person, d.key) is first

    await pictures.store_picture(hood.work, d.key, picture.as_json(), "cG5n", hood.work.now)
    await hood.session.flush()

    assert await collect.next_opinion(hood.work, person, d.key) is second
    summary = await collect.summary_of(hood.work, await hood.neighbour(1), d)
    assert (summary.group, summary.verdict) == ("A", "groups")
    other = await collect.summary_of(hood.work, await hood.neighbour(2), d)
    assert other.group is None
    stored = await pictures.picture_of(hood.work, d.key)
    assert stored is not None and stored.png == "cG5n"


async def test_an_older_picture_does_not_take_the_place_of_a_newer(
    hood: Hood, d: Deliberation
) -> None:
    await say(hood, d, 1, RUDE)
    earlier = hood.work.now
    hood.pass_time(minutes=1)
    newer = Picture(9, 0, "too_few").as_json()
    await pictures.store_picture(hood.work, d.key, newer, None, hood.work.now)

    await pictures.store_picture(
        hood.work, d.key, Picture(1, 0, "too_few").as_json(), None, earlier
    )

    stored = await pictures.picture_of(hood.work, d.key)
    assert stored is not None and stored.data["participants"] == 9
    assert await hood.session.get(Voice, 1) is not None
    assert await hood.session.get(OpinionVote, (1, 1)) is not None
