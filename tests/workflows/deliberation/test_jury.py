"""A group drawn by lot: who can be drawn, that it can be drawn again, and who steps in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from sqlmodel import col

from models.deliberation.meeting import Juror, Jury
from models.deliberation.sortition import draw
from models.deliberation.steps import Step
from models.errors import ActionNotAllowed, InvalidInput, NotFound, NotReady
from tests.workflows.deliberation.consultation import ORGANISER, Hood, open_hood
from tests.workflows.town import COURT, OTHER_COURT
from workflows.deliberation.jury import answer_jury, draw_jury, juries_of


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as found:
        yield found


async def drawn(hood: Hood, people: int = 9, size: int = 3) -> Jury:
    for id_ in range(1, people + 1):
        await hood.neighbour(id_, grid=COURT if id_ % 3 else OTHER_COURT)
    deliberation = await hood.deliberation(Step.DRAFT, grids=["xg.01.01"])
    return await draw_jury(
        hood.work, await hood.staff(ORGANISER), deliberation.key, "看方案", size, seed="2026318"
    )


async def jurors(hood: Hood, jury: Jury, state: str) -> list[int]:
    found = await hood.session.scalars(
        select(col(Juror.resident_id)).where(
            col(Juror.jury_id) == jury.id, col(Juror.state) == state
        )
    )
    return sorted(found)


async def test_the_published_pool_and_seed_give_the_same_draw(hood: Hood) -> None:
    jury = await drawn(hood)

    again = draw(((name, stratum) for name, stratum in jury.pool), jury.seed, 3, 3)

    assert jury.drawn == [*again.members, *again.substitutes]
    strata = dict(map(tuple, jury.pool))
    assert sorted(strata[name] for name in again.members) == [COURT, COURT, OTHER_COURT]
    assert jury.pool == sorted(jury.pool)
    asked = await jurors(hood, jury, "asked")
    assert len(asked) == 3
    assert sorted(hood.letters.to("d_jury_asked")) == asked
    assert not any(str(account) == name for account in asked for name, _ in jury.pool)


async def test_only_neighbours_who_consented_and_can_be_reached_are_in_the_pool(
    hood: Hood,
) -> None:
    await hood.neighbour(20, grid="xg.02.01.01")
    await hood.neighbour(21, consented_at=None)
    await hood.neighbour(22, unreachable_since=hood.work.now)

    jury = await drawn(hood, people=4, size=4)

    assert await jurors(hood, jury, "asked") == [1, 2, 3, 4]


async def test_whoever_declines_is_replaced_from_the_same_courtyard(hood: Hood) -> None:
    jury = await drawn(hood)
    strata = dict(map(tuple, jury.pool))
    first = (
        await hood.session.scalars(select(Juror).where(col(Juror.pseudonym) == jury.drawn[0]))
    ).one()
    same = [name for name in jury.drawn[3:] if strata[name] == strata[first.pseudonym]]
    expected = (same or jury.drawn[3:])[0]
    hood.letters.all.clear()

    await answer_jury(hood.work, await hood.neighbour(first.resident_id), jury.id or 0, False)

    stepped_in = (
        await hood.session.scalars(select(Juror).where(col(Juror.pseudonym) == expected))
    ).one()
    assert stepped_in.state == "asked"
    assert hood.letters.to("d_jury_asked") == [stepped_in.resident_id]
    with pytest.raises(NotReady):
        await answer_jury(hood.work, await hood.neighbour(first.resident_id), jury.id or 0, True)


async def test_accepting_twice_is_once_and_nobody_accepts_uncalled(hood: Hood) -> None:
    jury = await drawn(hood)
    asked = await jurors(hood, jury, "asked")
    waiting = await jurors(hood, jury, "substitute")
    for _ in range(2):
        juror = await answer_jury(
            hood.work, await hood.neighbour(asked[0]), jury.id or 0, accept=True
        )
        assert juror.state == "accepted"

    with pytest.raises(NotFound):
        await answer_jury(hood.work, await hood.neighbour(waiting[0]), jury.id or 0, True)


async def test_the_organiser_hears_when_nobody_is_left(hood: Hood) -> None:
    jury = await drawn(hood, people=2, size=2)

    await answer_jury(hood.work, await hood.neighbour(1), jury.id or 0, False)

    assert hood.letters.to("d_jury_short") == [ORGANISER]


async def test_nobody_draws_until_they_like_it(hood: Hood) -> None:
    jury = await drawn(hood)
    organiser = await hood.staff(ORGANISER)

    with pytest.raises(NotReady):
        await draw_jury(hood.work, organiser, jury.deliberation_id, " 看方案 ", 3)

    assert [row.id for row in await juries_of(hood.work, jury.deliberation_id)] == [jury.id]
    other = await draw_jury(hood.work, organiser, jury.deliberation_id, "看预算", 3, "building")
    assert other.seed != jury.seed
    assert {stratum.partition(" ")[0] for _, stratum in other.pool} == {COURT, OTHER_COURT}


@pytest.mark.parametrize(
    ("size", "strata", "reason"),
    [
        (0, "none", "jury_size"),
        (51, "none", "jury_size"),
        (10, "none", "jury_pool"),
        (3, "age", "strata"),
    ],
)
async def test_what_cannot_be_drawn_is_refused(
    hood: Hood, size: int, strata: str, reason: str
) -> None:
    deliberation = await hood.deliberation(Step.DRAFT)
    await hood.neighbour()
    organiser = await hood.staff(ORGANISER)

    with pytest.raises(InvalidInput) as refused:
        await draw_jury(hood.work, organiser, deliberation.key, "看方案", size, strata)

    assert refused.value.context["reason"] == reason
    with pytest.raises(ActionNotAllowed):
        await draw_jury(hood.work, await hood.neighbour(), deliberation.key, "看方案", 1)
