"""Which deliberations somebody sees, and what a card of one shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import func, or_, select
from sqlmodel import col

from models.base import Table
from models.deliberation.ballot import Ballot
from models.deliberation.core import Deliberation, Support
from models.deliberation.followup import DecisionTask
from models.deliberation.meeting import ConsensusCall, Meeting
from models.deliberation.opinion import Motion, Topic
from models.deliberation.plan import PlanOption
from models.deliberation.steps import (
    GUARDS,
    MOVES,
    RUNNING,
    Capacity,
    Facts,
    Move,
    MoveRow,
    Step,
    position,
)
from models.errors import NotFound
from workflows.deliberation.access import Doer, doer_of
from workflows.deliberation.ballots import VoterState, check_voter
from workflows.deliberation.facts import gather_facts, newest_meeting
from workflows.deliberation.motions import newest_motion
from workflows.deliberation.outcomes import to_tell
from workflows.deliberation.proxies import proxies_held
from workflows.deliberation.screens import Stage, screens_for
from workflows.deliberation.summary import totals_of
from workflows.deliberation.topics import topics_of
from workflows.deliberation.voices import find_voice
from workflows.deliberation.voting import count_unvoted
from workflows.work import Person, Work

RECENT = timedelta(days=60)
"""How long an ended deliberation stays on the list."""
_RUN_IT = frozenset(
    {Capacity.ORGANISER, Capacity.COUNCIL, Capacity.SECRETARY, Capacity.AUTHOR, Capacity.OFFICE}
)
"""Who is shown what the next move still needs."""
_OVER = ("closed", "adjourned")
"""States of a meeting that nobody can attend any more."""
_T = TypeVar("_T", bound=Table)


@dataclass(frozen=True, slots=True)
class Counts:
    """Figures of a card."""

    supporters: int
    supporters_needed: int
    opinions: int
    voices: int
    votes: int
    mine_unvoted: int
    tasks: int
    tasks_open: int


@dataclass(frozen=True, slots=True)
class CardView:
    """Everything that a card of a deliberation shows to one person."""

    deliberation: Deliberation
    doer: Doer
    counts: Counts
    topics: list[Topic]
    options: list[PlanOption]
    """Those not dropped, by letter."""
    motion: Motion | None
    """The newest one of step 2."""
    meeting: Meeting | None
    consensus: ConsensusCall | None
    """The newest one."""
    ballot: Ballot | None
    """The newest one that is not void."""
    tasks: list[DecisionTask]
    standing: VoterState | None
    """Of a resident in the ballot that is open: whether their vote is in the box."""
    to_tell: int
    """How many contributions of people without a phone this volunteer has to report back on."""
    supported: bool
    """Whether this person supports the proposal."""
    position: int
    """0 to 8 (`models.deliberation.steps.position`)."""
    next_move: Move | None
    next_step: Step | None
    earliest_at: datetime | None
    """Before this (UTC) the step cannot end; None where it could."""
    missing: list[str]
    """Names of the guards that fail for the next move (`errors/not_ready_<name>`), for those who
    run it; empty for residents."""
    screens: list[str]
    """Names of the screens that this person may use now, in a sensible order."""


async def list_mine(work: Work, person: Person) -> list[Deliberation]:
    """Deliberations of one's own doorway or duty: running ones first, the newest first; then
    those that ended in the last 60 days."""
    running = col(Deliberation.step).in_(tuple(RUNNING))
    found = await work.session.scalars(
        select(Deliberation)
        .where(or_(running, col(Deliberation.updated_at) >= work.now - RECENT))
        .order_by(col(Deliberation.number).desc())
    )
    mine = [d for d in found if (await doer_of(work, person, d)).capacities]
    return sorted(mine, key=lambda deliberation: not deliberation.running)


async def find_by_number(work: Work, number: int) -> Deliberation:
    """The deliberation that people call 议<number>; they are public. Raises NotFound."""
    found: Deliberation | None = await work.session.scalar(
        select(Deliberation).where(col(Deliberation.number) == number)
    )
    if found is None:
        raise NotFound(f"deliberation number {number}")
    return found


async def card_of(work: Work, person: Person, deliberation: Deliberation) -> CardView:
    """Everything that the card shows to this person."""
    doer = await doer_of(work, person, deliberation)
    d_id, step = deliberation.key, deliberation.step
    facts = await gather_facts(work, deliberation)
    row = next_row(step, facts)
    options = await _rows(work, PlanOption, d_id, order=PlanOption.letter)
    tasks = await _rows(work, DecisionTask, d_id, order=DecisionTask.id)
    calls = await _rows(work, ConsensusCall, d_id, order=ConsensusCall.id)
    tells = Capacity.VOLUNTEER in doer.capacities
    ballots = [b for b in await _rows(work, Ballot, d_id, order=Ballot.id) if b.state != "void"]
    view = CardView(
        deliberation=deliberation,
        doer=doer,
        counts=await _counts(work, person, deliberation, tasks),
        topics=await topics_of(work, d_id),
        options=[option for option in options if option.state != "dropped"],
        motion=await newest_motion(work, d_id),
        meeting=await newest_meeting(work, deliberation),
        consensus=calls[-1] if calls else None,
        ballot=ballots[-1] if ballots else None,
        tasks=list(tasks),
        standing=await _standing(work, person, doer, ballots),
        to_tell=len(await to_tell(work, person, deliberation)) if tells else 0,
        supported=await work.session.get(Support, (d_id, person.id)) is not None,
        position=position(step),
        next_move=row.move if row is not None else None,
        next_step=row.target if row is not None else None,
        earliest_at=_earliest(work, deliberation, row),
        missing=_missing(row, facts) if doer.capacities & _RUN_IT else [],
        screens=[],
    )
    view.screens.extend(screens_for(step, doer.capacities, await _stage(work, person, view)))
    return view


def next_row(step: Step, facts: Facts) -> MoveRow | None:
    """The way on from a step: of several the one whose motion was carried, else the first."""
    onward = [
        row for row in MOVES if step in row.sources and row.move not in (Move.LAPSE, Move.WITHDRAW)
    ]
    carried = [row for row in onward if facts.motion and f"motion_{facts.motion}" in row.guards]
    return next(iter([*carried, *onward]), None)


def _missing(row: MoveRow | None, facts: Facts) -> list[str]:
    return [name for name in row.guards if not GUARDS[name](facts)] if row is not None else []


def _earliest(work: Work, deliberation: Deliberation, row: MoveRow | None) -> datetime | None:
    if row is None or not row.patient:
        return None
    at = deliberation.step_since + work.policy.deliberation.least(deliberation.step)
    return at if at > work.now else None


async def _standing(
    work: Work, person: Person, doer: Doer, ballots: Sequence[Ballot]
) -> VoterState | None:
    """How a resident stands in the newest ballot while it is open."""
    if Capacity.RESIDENT not in doer.capacities or not ballots or ballots[-1].state != "open":
        return None
    return await check_voter(work, person, ballots[-1])


async def _stage(work: Work, person: Person, view: CardView) -> Stage:
    deliberation = view.deliberation
    voted = view.standing is not None and view.standing.voted
    return Stage(
        supported=view.supported,
        opinions=view.counts.opinions > 0,
        topics=bool(view.topics),
        options=bool(view.options),
        announced=view.position > position(Step.DRAFT) and view.meeting is not None,
        motion_open=view.motion is not None and view.motion.state == "open",
        meeting=view.meeting is not None,
        meeting_over=view.meeting is not None and view.meeting.state in _OVER,
        consensus_open=view.consensus is not None and view.consensus.state == "open",
        ballot=view.ballot is not None,
        ballot_open=view.ballot is not None and view.ballot.state == "open",
        voted=voted and not await proxies_held(work, deliberation.key, person.id),
        to_tell=view.to_tell > 0,
        tasks=bool(view.tasks),
        reported=bool(deliberation.said and deliberation.decided and deliberation.done),
    )


async def _counts(
    work: Work, person: Person, deliberation: Deliberation, tasks: Sequence[DecisionTask]
) -> Counts:
    d_id = deliberation.key
    totals = await totals_of(work, d_id)
    supporters = await work.session.scalar(
        select(func.count()).select_from(Support).where(col(Support.deliberation_id) == d_id)
    )
    unvoted = 0
    if deliberation.step is Step.COLLECT:
        voice = await find_voice(work, d_id, person.id)
        unvoted = await work.session.scalar(count_unvoted(d_id, voice, person.id)) or 0
    return Counts(
        supporters=supporters or 0,
        supporters_needed=work.policy.deliberation.supporters,
        opinions=totals.opinions,
        voices=totals.chat.voices + totals.door.voices,
        votes=totals.chat.votes + totals.door.votes,
        mine_unvoted=unvoted,
        tasks=len(tasks),
        tasks_open=sum(task.state == "open" for task in tasks),
    )


async def _rows(work: Work, table: type[_T], d_id: int, *, order: Any) -> Sequence[_T]:
    of_this = col(table.deliberation_id) == d_id  # type: ignore[attr-defined]
    return (await work.session.scalars(select(table).where(of_this).order_by(order))).all()
