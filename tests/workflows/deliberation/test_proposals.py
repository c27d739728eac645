"""How a deliberation begins and how it is stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.deliberation.steps import Step
from models.errors import ActionNotAllowed, InvalidInput, NotEligible, NotReady
from tests.workflows.deliberation.neighbourhood import (
    COURT,
    DAY,
    OFFICE,
    ORGANISER,
    OTHER_COURT,
    Hood,
    call,
    open_hood,
    say,
    text_of,
)
from workflows.deliberation import lists, proposals


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood(supporters=3) as hood:
        yield hood


async def _propose(hood: Hood, id_: int = 1, **more: Any) -> Any:
    person = await hood.neighbour(id_)
    given = {"title": "楼院停车", "description": "晚上没地方停"}
    return await proposals.propose(hood.work, person, **(given | more))


# --- an organiser opens a call --------------------------------------------------------------------


async def test_a_call_collects_from_its_opening_to_its_end_date(hood: Hood) -> None:
    until = hood.work.now + 14 * DAY

    deliberation = await call(hood)

    assert deliberation.step is Step.COLLECT
    assert deliberation.step_due_at == until
    assert (deliberation.number, deliberation.opened_by) == (1, ORGANISER)
    assert await hood.events() == ["open"]


async def test_every_neighbour_and_the_council_are_told_that_it_began(hood: Hood) -> None:
    await hood.neighbour(1)
    await hood.neighbour(2, grid=OTHER_COURT)

    await call(hood)
    await hood.run_until(hood.work.now)

    assert hood.letters.to("d_collect") == [1]
    assert set(hood.letters.to("d_step")) >= {"seat-1", "seat-4", "building-1", "lead-01"}
    assert ORGANISER not in hood.letters.to("d_step")


async def test_a_grid_inside_another_is_left_out(hood: Hood) -> None:
    deliberation = await call(hood, grids=[COURT, "xg.01.01", OTHER_COURT])

    assert deliberation.grids == ["xg.01.01"]


@pytest.mark.parametrize(
    ("reason", "more"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "长" * 61}),
        ("description", {"description": "长" * 2001}),
        ("council", {"council": "xg.01.01"}),
        ("grids", {"grids": []}),
        ("grids", {"grids": ["xg.02.01"]}),
        ("grids", {"grids": ["xg.01.99"]}),
        ("ballot_method", {"method": "borda"}),
        ("ballot_unit", {"unit": "dog"}),
    ],
)
async def test_a_call_that_makes_no_sense_is_refused(
    hood: Hood, reason: str, more: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await call(hood, **more)

    assert refused.value.context["reason"] == reason


@pytest.mark.parametrize("days", [6.9, 30.1])
async def test_the_end_date_lies_between_the_least_and_the_most_time(
    hood: Hood, days: float
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await call(hood, collect_until=hood.work.now + days * DAY)

    assert refused.value.context["earliest"] == hood.work.now + 7 * DAY
    assert refused.value.context["latest"] == hood.work.now + 30 * DAY


@pytest.mark.parametrize("code", ["worker-a", "seat-1", "lead-01", "building-1"])
async def test_only_organiser_and_office_open_a_call(hood: Hood, code: str) -> None:
    stranger = await hood.staff(code)
    with pytest.raises(ActionNotAllowed):
        await proposals.open_deliberation(
            hood.work,
            stranger,
            title="加装电梯",
            description="",
            council="xg.01",
            grids=[COURT],
            collect_until=hood.work.now + 14 * DAY,
        )


async def test_numbers_count_on(hood: Hood) -> None:
    assert [(await call(hood)).number for _ in range(3)] == [1, 2, 3]


# --- a resident proposes one ----------------------------------------------------------------------


async def test_a_proposal_concerns_its_proposers_courtyard(hood: Hood) -> None:
    deliberation = await _propose(hood)

    assert (deliberation.step, deliberation.grids) == (Step.PROPOSED, [COURT])
    assert deliberation.council == "xg.01"
    assert await hood.contributions() == [("proposal", 1, None)]
    assert hood.letters.to("d_proposed") == [ORGANISER]


async def test_enough_supporters_open_it_by_themselves(hood: Hood) -> None:
    deliberation = await _propose(hood)
    outcomes = []
    for id_ in (2, 2, 1, 3):
        _, started = await proposals.support(hood.work, await hood.neighbour(id_), deliberation.key)
        outcomes.append(started)

    assert outcomes == [False, False, False, True]
    assert deliberation.step is Step.COLLECT
    assert deliberation.step_due_at == hood.work.now + 30 * DAY
    assert await hood.events() == ["propose", "start"]
    assert [kind for kind, _, _ in await hood.contributions()] == ["proposal", "support", "support"]


async def test_support_for_what_is_no_proposal_any_more_is_refused(hood: Hood) -> None:
    deliberation = await call(hood)

    with pytest.raises(NotReady) as refused:
        await proposals.support(hood.work, await hood.neighbour(), deliberation.key)

    assert refused.value.context["reason"] == "supporting"


@pytest.mark.parametrize(
    ("reason", "row"),
    [
        ("other_grid", {"grid": OTHER_COURT}),
        ("no_doorway", {"grid": None}),
        ("consent", {"consented_at": None}),
    ],
)
async def test_only_neighbours_support(hood: Hood, reason: str, row: dict[str, Any]) -> None:
    deliberation = await _propose(hood)

    with pytest.raises(NotEligible) as refused:
        await proposals.support(hood.work, await hood.neighbour(9, **row), deliberation.key)

    assert refused.value.context["reason"] == reason


async def test_nobody_proposes_for_others_alone(hood: Hood) -> None:
    with pytest.raises(NotEligible) as refused:
        await _propose(hood, grids=[OTHER_COURT])

    assert refused.value.context["reason"] == "other_grid"


async def test_one_proposal_at_a_time(hood: Hood) -> None:
    await _propose(hood)

    with pytest.raises(InvalidInput) as refused:
        await _propose(hood, title="别的事")

    assert refused.value.context == {"reason": "proposal_open", "number": 1}


async def test_one_supporter_may_be_enough() -> None:
    async with open_hood(supporters=1) as hood:
        assert (await _propose(hood)).step is Step.COLLECT


# --- stopping and closing -------------------------------------------------------------------------


async def test_the_office_stops_it_and_everybody_who_spoke_learns_why(hood: Hood) -> None:
    deliberation = await call(hood)
    await say(hood, deliberation, 1, "一楼采光会变差")

    await proposals.withdraw_deliberation(
        hood.work, await hood.staff(OFFICE), deliberation.key, "这里要拆迁"
    )
    await hood.run_until(hood.work.now)

    assert deliberation.step is Step.WITHDRAWN
    assert await text_of(hood, "withdraw") == "这里要拆迁"
    assert hood.letters.to("d_outcome") == [1]
    assert "这里要拆迁" in hood.letters.last("d_outcome").zh


async def test_nobody_else_stops_it(hood: Hood) -> None:
    deliberation = await call(hood)

    with pytest.raises(ActionNotAllowed):
        await proposals.withdraw_deliberation(
            hood.work, await hood.staff(ORGANISER), deliberation.key, "不想办了"
        )
    assert deliberation.step is Step.COLLECT


async def test_the_collection_keeps_its_least_time(hood: Hood) -> None:
    deliberation = await call(hood)
    await say(hood, deliberation, 1, "一楼采光会变差")
    began = hood.work.now
    hood.work.now += 6 * DAY
    organiser = await hood.staff(ORGANISER)

    with pytest.raises(NotReady) as refused:
        await proposals.end_collection(hood.work, organiser, deliberation.key)

    assert refused.value.context == {"reason": "too_early", "again_at": began + 7 * DAY}
    hood.work.now = began + 7 * DAY
    await proposals.end_collection(hood.work, organiser, deliberation.key)
    assert deliberation.step is Step.CONFIRM


# --- lists and cards ------------------------------------------------------------------------------


async def test_everybody_sees_what_concerns_them(hood: Hood) -> None:
    mine = await call(hood)
    neighbour = await hood.neighbour(1)
    stranger = await hood.neighbour(2, grid=OTHER_COURT)

    assert await lists.list_mine(hood.work, neighbour) == [mine]
    assert await lists.list_mine(hood.work, stranger) == []
    for code in (ORGANISER, "seat-1", OFFICE, "lawyer-1", "building-1"):
        assert await lists.list_mine(hood.work, await hood.staff(code)) == [mine], code
    assert await lists.find_by_number(hood.work, 1) is mine


async def test_running_ones_come_first_and_old_ones_go(hood: Hood) -> None:
    ended, running = await call(hood), await call(hood)
    office = await hood.staff(OFFICE)
    await proposals.withdraw_deliberation(hood.work, office, ended.key, "不办了")
    newer = await call(hood)
    neighbour = await hood.neighbour(1)

    assert await lists.list_mine(hood.work, neighbour) == [newer, running, ended]
    hood.work.now += 61 * DAY
    assert await lists.list_mine(hood.work, neighbour) == [newer, running]


async def test_a_card_offers_what_each_may_do_now(hood: Hood) -> None:
    deliberation = await call(hood)
    await say(hood, deliberation, 1, "一楼采光会变差")
    work = hood.work

    neighbour = await lists.card_of(work, await hood.neighbour(2), deliberation)
    organiser = await lists.card_of(work, await hood.staff(ORGANISER), deliberation)
    stranger = await lists.card_of(work, await hood.neighbour(3, grid=OTHER_COURT), deliberation)

    assert neighbour.screens == ["cards", "opine", "picture", "my_opinions"]
    assert neighbour.counts.mine_unvoted == 1
    assert neighbour.missing == []
    assert {"moderate", "end_collection", "pull_tickets"} <= set(organiser.screens)
    assert stranger.screens == ["picture"]
    assert organiser.next_step is Step.CONFIRM
    assert organiser.earliest_at == hood.work.now + 7 * DAY
    assert (neighbour.counts.opinions, neighbour.counts.voices, neighbour.counts.votes) == (1, 1, 1)


async def test_a_card_says_what_the_next_move_still_needs(hood: Hood) -> None:
    deliberation = await call(hood)

    organiser = await lists.card_of(hood.work, await hood.staff(ORGANISER), deliberation)

    assert organiser.missing == ["opinions"]
