"""What happens by itself: ends of steps, lateness level by level, outages, a clock that jumps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from models.deliberation.core import Deliberation
from models.deliberation.steps import Step
from tests.workflows.deliberation.neighbourhood import (
    DAY,
    ORGANISER,
    Hood,
    call,
    open_hood,
    say,
    to_confirm,
)
from workflows.deliberation import confirm, proposals
from workflows.due import KINDS

LEAD = "lead-01"


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as hood:
        yield hood


async def _propose(hood: Hood) -> Deliberation:
    return await proposals.propose(
        hood.work, await hood.neighbour(1), title="楼院停车", description=""
    )


def _late(hood: Hood) -> list[Any]:
    return [letter.to for letter in hood.letters.all if letter.notice == "d_step_missed"]


# --- what needs nobody ----------------------------------------------------------------------------


async def test_a_collection_ends_by_itself_on_its_date(hood: Hood) -> None:
    deliberation = await call(hood)
    await say(hood, deliberation, 1, "一楼采光会变差")
    due_at = deliberation.step_due_at
    assert due_at is not None

    await hood.run_until(due_at - timedelta(seconds=1))
    assert deliberation.step is Step.COLLECT
    assert hood.letters.to("d_step_reminder") == [ORGANISER]
    await hood.run_until(due_at)

    assert deliberation.step is Step.CONFIRM
    assert deliberation.step_since == due_at
    assert hood.letters.to("d_confirm") == [1]
    assert _late(hood) == []
    assert await hood.events() == ["open", "end_collection"]


async def test_a_call_in_which_nobody_spoke_lapses(hood: Hood) -> None:
    deliberation = await call(hood)

    await hood.run_until(hood.work.now + 14 * DAY)

    assert deliberation.step is Step.LAPSED
    assert hood.letters.to("d_lapsed") == [ORGANISER]
    assert deliberation.step_due_at is None


async def test_a_proposal_without_enough_support_lapses_and_says_so(hood: Hood) -> None:
    deliberation = await _propose(hood)
    await proposals.support(hood.work, await hood.neighbour(2), deliberation.key)

    await hood.run_until(hood.work.now + 29.9 * DAY)
    assert deliberation.step is Step.PROPOSED
    await hood.run_until(hood.work.now + DAY)

    assert deliberation.step is Step.LAPSED
    assert sorted(hood.letters.to("d_outcome")) == [1, 2]
    assert await hood.contributions() == [("proposal", 1, "lapsed"), ("support", 2, "lapsed")]


# --- what somebody should have done ---------------------------------------------------------------


async def test_a_late_step_climbs_level_by_level(hood: Hood) -> None:
    deliberation, _ = await to_confirm(hood)
    due_at = hood.work.now + 14 * DAY
    quarter = 3.5 * DAY

    await hood.run_until(due_at - timedelta(seconds=1))
    assert hood.letters.to("d_step_reminder") == [ORGANISER]
    assert _late(hood) == []
    await hood.run_until(due_at)
    assert _late(hood) == [ORGANISER]
    await hood.run_until(due_at + quarter - timedelta(seconds=1))
    assert _late(hood) == [ORGANISER]
    await hood.run_until(due_at + quarter)
    assert _late(hood) == [ORGANISER, LEAD]
    await hood.run_until(due_at + 2 * quarter)
    assert _late(hood) == [ORGANISER, LEAD, "office-1", "office-2"]
    await hood.run_until(due_at + 100 * DAY)
    assert len(_late(hood)) == 4
    assert deliberation.step is Step.CONFIRM
    assert (await hood.events()).count("step_missed") == 1


async def test_once_it_moved_on_nobody_else_is_told(hood: Hood) -> None:
    deliberation, opinions = await to_confirm(hood)
    due_at = hood.work.now + 14 * DAY
    await hood.run_until(due_at + DAY)
    organiser = await hood.staff(ORGANISER)
    topic = confirm.TopicDraft("采光", "", (opinions[0].key,))
    await confirm.set_topics(hood.work, organiser, deliberation.key, [topic])
    motion = await confirm.open_motion(hood.work, organiser, deliberation.key, "topics", "")
    for seat in ("seat-1", "seat-2", "seat-3"):
        await confirm.vote_motion(hood.work, await hood.staff(seat), motion.id or 0, "yes")
    await hood.run_until(due_at + 6 * DAY)

    assert deliberation.step is Step.DRAFT
    assert _late(hood).count(LEAD) == 1  # on the third day, while the motion still ran
    assert "office-1" not in _late(hood)


# --- outages and clocks ---------------------------------------------------------------------------


async def test_after_an_outage_everything_is_done_once_and_in_order(hood: Hood) -> None:
    deliberation = await call(hood)
    await say(hood, deliberation, 1, "一楼采光会变差")
    hood.work.now += 60 * DAY

    ran = await hood.run_until(hood.work.now)

    assert ran.index("d_reminder") < ran.index("d_step")
    assert deliberation.step is Step.CONFIRM
    assert deliberation.step_since == hood.work.now
    assert hood.letters.to("d_step_reminder") == []  # too late to be a reminder
    assert _late(hood) == []
    assert (await hood.events()).count("end_collection") == 1


async def test_two_levels_missed_in_an_outage_are_told_in_order(hood: Hood) -> None:
    await to_confirm(hood)
    hood.work.now += 60 * DAY

    await hood.run_until(hood.work.now)

    assert _late(hood) == [ORGANISER, LEAD, "office-1", "office-2"]


async def test_a_clock_that_jumped_ends_no_step_too_early() -> None:
    async with open_hood(collect_least="7 d") as hood:
        deliberation = await call(hood)
        await say(hood, deliberation, 1, "一楼采光会变差")
        began = hood.work.now
        # An end date that lies before the least time, as after a clock that ran ahead.
        deliberation.step_since = began + 10 * DAY

        await hood.run_until(began + 14 * DAY)
        assert deliberation.step is Step.COLLECT
        await hood.run_until(began + 17 * DAY - timedelta(seconds=1))
        assert deliberation.step is Step.COLLECT
        await hood.run_until(began + 17 * DAY)
        assert deliberation.step is Step.CONFIRM


async def test_a_row_that_ran_early_waits_for_its_time(hood: Hood) -> None:
    deliberation = await call(hood)
    await say(hood, deliberation, 1, "一楼采光会变差")
    later = hood.work.now + 20 * DAY
    deliberation.step_due_at = later

    await hood.run_until(hood.work.now + 15 * DAY)
    assert deliberation.step is Step.COLLECT
    await hood.run_until(later)
    assert deliberation.step is Step.CONFIRM


# --- the end --------------------------------------------------------------------------------------


async def test_the_record_is_closed_after_the_public_period(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.APPLY, said="说", decided="定", done="办")
    await _report(hood, deliberation)
    began = hood.work.now

    await hood.run_until(began + 7 * DAY - timedelta(seconds=1))
    assert deliberation.step is Step.REPORT
    await hood.run_until(began + 7 * DAY)
    assert deliberation.step is Step.CLOSED


async def test_an_open_objection_keeps_the_record_open(hood: Hood) -> None:
    from models.deliberation.meeting import Objection

    deliberation = await hood.deliberation(Step.APPLY, said="说", decided="定", done="办")
    await _report(hood, deliberation)
    objection = Objection(
        deliberation_id=deliberation.key, reason="没修好", at=hood.work.now, resident_id=1
    )
    hood.session.add(objection)
    began = hood.work.now

    await hood.run_until(began + 9 * DAY)
    assert deliberation.step is Step.REPORT
    objection.answered_at = hood.work.now
    await hood.run_until(began + 10 * DAY)
    assert deliberation.step is Step.CLOSED


async def _report(hood: Hood, deliberation: Deliberation) -> None:
    from models.deliberation.followup import DecisionTask
    from models.deliberation.steps import Capacity, Move
    from workflows.deliberation.access import Doer
    from workflows.deliberation.moves import apply_move

    hood.session.add(
        DecisionTask(
            deliberation_id=deliberation.key,
            kind="referral",
            title="装",
            owner=ORGANISER,
            due_at=hood.work.now,
            state="done",
        )
    )
    await hood.session.flush()
    await apply_move(hood.work, deliberation, Move.REPORT, Doer(frozenset({Capacity.ORGANISER})))


def test_every_kind_is_known_to_the_clock() -> None:
    assert {
        "d_step",
        "d_reminder",
        "d_late_lead",
        "d_late_office",
        "d_motion",
        "d_close",
    } <= set(KINDS)
