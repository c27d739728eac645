"""What people do who want to get on: one step's worth of the shortest way to the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from models.deliberation.ballot import Ballot
from models.deliberation.core import Deliberation
from models.deliberation.followup import DecisionTask
from models.deliberation.meeting import ConsensusCall, Meeting, Objection
from models.deliberation.opinion import Motion, Opinion
from models.deliberation.plan import PlanOption
from models.deliberation.steps import Step
from tests.workflows.deliberation import machine_later  # noqa: F401 - registers its deeds
from tests.workflows.deliberation.consultation import SEATS
from tests.workflows.deliberation.machine_deeds import AT, DEEDS
from tests.workflows.deliberation.machine_world import (
    HOUR,
    LAWYER,
    NEIGHBOURS,
    OFFICE,
    ORGANISER,
    POLICY,
    SECRETARY,
    World,
)


async def do(w: World, who: int | str, name: str, n: int = 1) -> bool:
    """One deed of one person."""
    return await w.attempt(who, name, DEEDS[name], n)


async def all_rows(w: World, table: Any) -> list[Any]:
    """Rows of the deliberation, oldest first."""
    async with w.database.transaction() as session:
        found = await session.scalars(
            select(table).where(table.deliberation_id == w.d_id).order_by(table.id)
        )
        return list(found)


async def deliberation(w: World) -> Deliberation:
    """As it stands."""
    async with w.database.transaction() as session:
        return await session.get_one(Deliberation, w.d_id)


async def _least_end(w: World) -> datetime:
    row = await deliberation(w)
    return row.step_since + POLICY.least(row.step)


async def _proposed(w: World, n: int) -> None:
    for id_ in NEIGHBOURS:
        await do(w, id_, "support")


async def _collect(w: World, n: int) -> None:
    if not any(row.status == "shown" for row in await all_rows(w, Opinion)):
        await do(w, 1, "say", n * 2)
    for id_ in NEIGHBOURS:
        await do(w, id_, "vote_opinion", n + id_)
    await w.wait_until(await _least_end(w))
    await do(w, ORGANISER, "end_collection")


async def _confirm(w: World, n: int) -> None:
    motions = await all_rows(w, Motion)
    if not motions or motions[-1].state != "open":
        await do(w, ORGANISER, "set_topics", 0)
        await do(w, ORGANISER, "move", 1)
    for seat in SEATS:
        await do(w, seat, "vote_motion", 0)
    await w.pass_time(POLICY.confirm_least)


async def _draft(w: World, n: int) -> None:
    if not [row for row in await all_rows(w, PlanOption) if row.state != "dropped"]:
        await do(w, ORGANISER, "begin_option", n)
    for index, option in enumerate(await all_rows(w, PlanOption)):
        if option.state == "dropped":
            continue
        at = AT + index
        if option.missing:
            await do(w, ORGANISER, "write_option", at)
        await do(w, ORGANISER, "hand_in", at)
        await do(w, ORGANISER, "ask_legality", at)
    for number in range(4):
        await do(w, LAWYER, "answer_legality", number)
    await w.wait_until(await _least_end(w))
    await do(w, ORGANISER, "convene", 0)
    await do(w, ORGANISER, "publish")


async def _announce(w: World, n: int) -> None:
    await w.run_due()
    await do(w, ORGANISER, "give_posters")
    await w.wait_until(await _least_end(w))
    meeting = (await all_rows(w, Meeting))[-1]
    await w.wait_until(meeting.starts_at)
    await do(w, ORGANISER, "begin_consultation")


async def _consult(w: World, n: int) -> None:
    await meet(w)
    calls = await all_rows(w, ConsensusCall)
    if calls and calls[-1].state == "open":
        await _answer_all(w)
        await w.wait_until(calls[-1].closes_at)
        await w.pass_time(POLICY.consensus_time / 2)
    boxes = await all_rows(w, Ballot)
    if not boxes or boxes[-1].state != "open":
        await do(w, (ORGANISER, SECRETARY)[n % 2], ("open_ballot", "open_consensus")[n % 2])
    for id_ in NEIGHBOURS:
        await do(w, id_, "cast", n + id_)
    await do(w, "worker-a", "cast_at_door", 1)
    boxes = await all_rows(w, Ballot)
    if boxes:
        await w.wait_until(boxes[-1].closes_at)
    await _answer_all(w)
    await w.wait_until(await _least_end(w))
    await do(w, ORGANISER, "decide")


async def meet(w: World) -> None:
    """The council is there, the meeting is open and has minutes."""
    meetings = await all_rows(w, Meeting)
    if meetings[-1].state == "adjourned":
        await do(w, ORGANISER, "convene", 0)
        meetings = await all_rows(w, Meeting)
    if meetings[-1].state == "planned":
        await w.wait_until(meetings[-1].starts_at)
    for seat in SEATS:
        await do(w, seat, "check_in")
    await do(w, SECRETARY, "open_meeting")
    await do(w, SECRETARY, "resume")
    await do(w, SECRETARY, "minute")


async def _answer_all(w: World) -> None:
    for index, _ in enumerate(await all_rows(w, Objection)):
        await do(w, ORGANISER, "answer_objection", AT + index)


async def _apply(w: World, n: int) -> None:
    if not await all_rows(w, DecisionTask):
        await do(w, ORGANISER, "add_task", n)
    for index, task in enumerate(await all_rows(w, DecisionTask)):
        if task.state == "open":
            await do(w, OFFICE, "explain", AT + index)
    await do(w, ORGANISER, "write_report")
    await w.wait_until(await _least_end(w))
    await do(w, ORGANISER, "publish_report")


async def _report(w: World, n: int) -> None:
    await _answer_all(w)
    await w.wait_until(await _least_end(w))
    await w.pass_time(HOUR)


_WAYS: dict[Step, Callable[[World, int], Awaitable[None]]] = {
    Step.PROPOSED: _proposed,
    Step.COLLECT: _collect,
    Step.CONFIRM: _confirm,
    Step.DRAFT: _draft,
    Step.ANNOUNCE: _announce,
    Step.CONSULT: _consult,
    Step.APPLY: _apply,
    Step.REPORT: _report,
}


async def progress(w: World, n: int) -> Step:
    """Do what the present step still needs; returns the step it is in then."""
    way = _WAYS.get((await deliberation(w)).step)
    if way is not None:
        await way(w, n)
    return (await deliberation(w)).step
