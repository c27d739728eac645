"""What must hold after every move of the state machine."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.deliberation.ballot import Ballot, BallotEntry, BallotHead, BallotRoll, BallotSlip
from models.deliberation.chain import extend, genesis
from models.deliberation.core import Contribution, Deliberation, DeliberationEvent
from models.deliberation.followup import DecisionTask
from models.deliberation.meeting import Meeting, Objection
from models.deliberation.opinion import Opinion, OpinionVote
from models.deliberation.steps import FINAL, MOVES, Move, Step, position
from models.deliberation.verify import verify_box
from models.people import Resident
from models.ticket import DueTime
from tests.workflows.deliberation.machine_world import POLICY, World
from workflows.deliberation.outcomes import OUTCOMES

_ROWS = {row.move.value: row for row in MOVES}
_BEGINNINGS = {Move.OPEN.value, Move.PROPOSE.value}
_PROMISED = (Step.REPORT, Step.CLOSED)


async def check_world(w: World) -> None:
    """Every invariant, on what is committed."""
    async with w.database.transaction() as session:
        deliberation = await session.get_one(Deliberation, w.d_id)
        await _check_moves(session, deliberation)
        await _check_opinions(session, deliberation)
        await _check_boxes(session, w)
        await _check_tasks(session, w, deliberation)
        telling = await session.scalar(
            select(func.count())
            .select_from(DueTime)
            .where(col(DueTime.done_at).is_(None), col(DueTime.kind) == OUTCOMES)
        )
        if not telling:
            await _check_told(session, deliberation)


async def _all(session: AsyncSession, table: Any, deliberation: Deliberation) -> list[Any]:
    found = await session.scalars(
        select(table).where(table.deliberation_id == deliberation.key).order_by(table.id)
    )
    return list(found)


async def _check_moves(session: AsyncSession, deliberation: Deliberation) -> None:
    """Events walk the table only, by who may, and no step is left before its least time."""
    events = await _all(session, DeliberationEvent, deliberation)
    assert events[0].action in _BEGINNINGS
    step, since = Step(events[0].to_step), events[0].at
    for event in events[1:]:
        assert event.from_step == step.value, "a step was left that nobody was in"
        row = _ROWS.get(event.action)
        if row is None:
            assert event.to_step == step.value, f"{event.action} moved it"
            continue
        assert step in row.sources
        assert event.to_step == row.target.value
        assert event.capacity in {capacity.value for capacity in row.capacities}
        if row.patient:
            assert event.at - since >= POLICY.least(step), f"{step} was left too early"
        step, since = row.target, event.at
    assert deliberation.step is step
    assert deliberation.step_since == since
    assert deliberation.running == (deliberation.step not in FINAL)


async def _check_opinions(session: AsyncSession, deliberation: Deliberation) -> None:
    """The counters of every opinion are what the votes say."""
    votes = await session.execute(
        select(col(OpinionVote.opinion_id), col(OpinionVote.value), func.count())
        .where(col(OpinionVote.deliberation_id) == deliberation.key)
        .group_by(col(OpinionVote.opinion_id), col(OpinionVote.value))
    )
    counted = {(opinion, value): number for opinion, value, number in votes}
    for opinion in await _all(session, Opinion, deliberation):
        found = tuple(counted.get((opinion.id, value), 0) for value in (1, -1, 0))
        assert found == (opinion.agrees, opinion.disagrees, opinion.passes)


async def _check_boxes(session: AsyncSession, w: World) -> None:
    for ballot in await session.scalars(select(Ballot).order_by(col(Ballot.id))):
        entries = await _of_box(session, BallotEntry, ballot, col(BallotEntry.position))
        slips = await _of_box(session, BallotSlip, ballot, col(BallotSlip.commitment))
        roll = await _of_box(session, BallotRoll, ballot, col(BallotRoll.voter))
        cast = w.choices.get(ballot.key, Counter())
        assert len(roll) == len(w.voted.get(ballot.key, ()))
        if ballot.state == "void":
            continue
        assert len(entries) + len(slips) == len(roll), "one ballot for each voter"
        assert Counter(_plain(row.choice) for row in [*entries, *slips]) == cast
        links = extend(genesis(ballot.header), 0, [entry.commitment for entry in entries])
        assert [entry.link for entry in entries] == [link.link for link in links]
        assert ballot.length == len(entries)
        heads = [genesis(ballot.header), *(link.link for link in links)]
        assert ballot.head == heads[-1]
        for head in await _of_box(session, BallotHead, ballot, col(BallotHead.id)):
            assert heads[head.length] == head.head, "an announced head is not in the chain"
        if ballot.secret:
            assert not any(entry.voter for entry in entries)
        if ballot.state == "closed":
            _check_published(ballot, slips, cast)


async def _of_box(session: AsyncSession, table: Any, ballot: Ballot, order: Any) -> list[Any]:
    found = await session.scalars(
        select(table).where(table.ballot_id == ballot.key).order_by(order)
    )
    return list(found)


def _check_published(ballot: Ballot, slips: list[Any], cast: Counter[bytes]) -> None:
    """Anybody finds in the published box what was cast, and counts the same."""
    assert not slips
    assert ballot.published is not None
    report = verify_box(orjson.loads(orjson.dumps(ballot.published)))
    assert report.ok, report.faults
    result = ballot.result or {}
    assert result["ballots"] == sum(cast.values()) == sum(result["turnout"].values())
    assert Counter(_plain(choice) for choice in _choices(ballot.published)) == cast


def _choices(published: dict[str, Any]) -> list[dict[str, Any]]:
    return [choice for _, choice in published["ballots"]]


def _plain(choice: Any) -> bytes:
    return orjson.dumps(choice, option=orjson.OPT_SORT_KEYS)


async def _check_tasks(session: AsyncSession, w: World, deliberation: Deliberation) -> None:
    """No task is lost, what is open holds the report back, and nobody still sits in a meeting."""
    tasks = await _all(session, DecisionTask, deliberation)
    assert w.tasks <= {task.id for task in tasks}
    w.tasks |= {task.id for task in tasks}
    if deliberation.step is Step.CLOSED:
        objections = await _all(session, Objection, deliberation)
        assert all(o.answered_at or o.withdrawn_at for o in objections)
    if position(deliberation.step) > position(Step.CONSULT):
        meetings = await _all(session, Meeting, deliberation)
        assert not any(meeting.state in ("open", "suspended") for meeting in meetings)
    if deliberation.step in _PROMISED:
        assert tasks
        # A ticket that is opened again after the report takes its task with it.
        assert all(task.state != "open" or task.ticket_id for task in tasks)


async def _check_told(session: AsyncSession, deliberation: Deliberation) -> None:
    """Nobody is being told just now: who said something knows what became of it."""
    if position(deliberation.step) < position(Step.DRAFT):
        return
    ended = deliberation.step in FINAL
    known = set(await session.scalars(select(col(Resident.id))))
    for row in await _all(session, Contribution, deliberation):
        if not ended and row.kind != "opinion":
            continue
        assert row.outcome is not None, f"{row.kind} {row.subject_id} has no outcome"
        if row.author_id in known:
            assert row.told_at is not None, f"{row.kind} {row.subject_id}: {row.outcome} untold"
