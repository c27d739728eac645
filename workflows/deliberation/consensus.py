"""Consensus first: "does anyone object to option A?" Who objects gives a reason, and is answered.

Silence until the end is consent. An objection that its author takes back after the answer does not
stand; one that stands makes the call fail, and the organiser opens a ballot.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlmodel import col

from models.deliberation.ballot import Ballot
from models.deliberation.core import Deliberation
from models.deliberation.meeting import ConsensusCall, Objection
from models.deliberation.plan import PlanOption
from models.deliberation.steps import Capacity, Step
from models.errors import InvalidInput, NotFound, NotReady
from models.ticket import DueTime
from workflows.deliberation.access import CLOCK, load, require
from workflows.deliberation.checks import expect_step, words
from workflows.deliberation.events import contribute, record, set_outcome
from workflows.deliberation.hall import acting_as, require_keeper, tell_members
from workflows.deliberation.posts import organisers, tell_posts
from workflows.deliberation.roll_call import check_may_decide
from workflows.due import cancel, register, schedule
from workflows.mailing import start_mailing
from workflows.work import Person, Work

CLOSE = "d_consensus"
"""Due kind of the end of a call; its subject is the call's id."""
REASON = 500
_SHORTEST_WAIT = timedelta(minutes=1)
"""Between two reminders, also when times are cut short for a demonstration."""
_OBJECTORS = (Capacity.RESIDENT, Capacity.COUNCIL)


async def open_consensus(work: Work, person: Person, d_id: int, option_id: int) -> ConsensusCall:
    """Ask everybody whether anyone objects to an option; the council is there with its quorum.

    Raises NotReady: as `roll_call.check_may_decide`, `consensus_open` (one at a time),
    `decided` (one was agreed), or `ballot_open`; NotFound for an option that is not handed in.
    """
    deliberation = await load(work, d_id)
    doer = await require_keeper(work, person, deliberation)
    await check_may_decide(work, deliberation)
    await _check_undecided(work, deliberation)
    option = await work.session.get(PlanOption, option_id)
    if option is None or option.deliberation_id != d_id or option.state != "ready":
        raise NotFound(f"option {option_id}")
    call = ConsensusCall(
        deliberation_id=d_id,
        option_id=option.key,
        opened_at=work.now,
        closes_at=work.now + work.policy.deliberation.consensus_time,
    )
    work.session.add(call)
    await work.session.flush()
    await schedule(work, CLOSE, call.closes_at, subject=str(call.id))
    keeper = acting_as(doer, Capacity.ORGANISER, Capacity.SECRETARY)
    record(
        work,
        deliberation,
        "open_consensus",
        doer,
        keeper,
        call=call.id,
        option=option.letter,
        version=option.version,
    )
    data = {"letter": option.letter, "title": option.title, "until": call.closes_at}
    await start_mailing(work, "d_consensus", "residents", deliberation=deliberation, data=data)
    await tell_members(work, deliberation, "d_consensus", **data)
    return call


async def object_consensus(work: Work, person: Person, call_id: int, reason: str) -> Objection:
    """Anybody of the grids, or of the council, objects with a reason that must be answered.

    Raises NotReady `consensus_over`, also after the end and before the clock came; InvalidInput:
    `objected` (once each), `no_words`, `too_long`.
    """
    call, deliberation = await _load_call(work, call_id)
    doer = await require(work, person, deliberation, *_OBJECTORS)
    expect_step(deliberation, Step.CONSULT)
    if call.state != "open" or work.now >= call.closes_at:
        raise NotReady("the call is over", reason="consensus_over")
    for other in await objections_of(work, call):
        if other.resident_id == person.id and other.withdrawn_at is None:
            raise InvalidInput("objected already", reason="objected")
    capacity = acting_as(doer, *_OBJECTORS)
    objection = Objection(
        deliberation_id=deliberation.key,
        call_id=call.id,
        resident_id=person.id,
        staff=None if capacity is Capacity.RESIDENT else doer.name,
        reason=words(reason, REASON),
        at=work.now,
    )
    work.session.add(objection)
    await work.session.flush()
    await contribute(
        work, deliberation, "objection", subject_id=objection.id or 0, author_id=person.id
    )
    record(
        work,
        deliberation,
        "object_consensus",
        doer,
        capacity,
        call=call.id,
        objection=objection.id,
    )
    await tell_posts(
        work,
        organisers(work, deliberation),
        "d_objection",
        deliberation,
        words=objection.reason,
        subject_id=objection.id,
    )
    return objection


async def close_consensus(work: Work, call: ConsensusCall) -> ConsensusCall:
    """End a call whose time is over, or say when to look again; for the clock.

    An objection without an answer keeps it open, and the organiser is reminded; after an answer
    its author has a quarter of the call's time, a minute at least, to take the objection back.
    """
    deliberation = await load(work, call.deliberation_id)
    if call.state != "open" or work.now < call.closes_at:
        return call
    if deliberation.step is not Step.CONSULT:
        call.state, call.closed_at = "taken_back", work.now
        return call
    standing = [o for o in await objections_of(work, call) if o.withdrawn_at is None]
    unanswered = [o for o in standing if o.answered_at is None]
    again_at = _look_again(work, standing)
    if again_at is not None:
        await schedule(work, CLOSE, again_at, subject=str(call.id))
        if unanswered:
            await tell_posts(
                work,
                organisers(work, deliberation),
                "d_objections_wait",
                deliberation,
                count=len(unanswered),
            )
        return call
    await _end(work, deliberation, call, standing)
    return call


async def take_back_consensus(
    work: Work, person: Person, call_id: int, reason: str
) -> ConsensusCall:
    """The organiser ends a call without a result, say because the option was described wrongly.

    Its objections need no further answer. Raises NotReady `consensus_over`.
    """
    call, deliberation = await _load_call(work, call_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    if call.state != "open":
        raise NotReady("the call is over", reason="consensus_over")
    why = words(reason, 300)
    call.state, call.closed_at = "taken_back", work.now
    await cancel(work, CLOSE, subject=str(call.id))
    for objection in await objections_of(work, call):
        if objection.answered_at is None and objection.withdrawn_at is None:
            objection.answer, objection.answered_by = why, doer.name
            objection.answered_at = work.now
            await set_outcome(
                work,
                deliberation,
                "objection",
                "answered",
                subject_id=objection.id,
                detail=why,
            )
    record(
        work, deliberation, "take_back_consensus", doer, Capacity.ORGANISER, text=why, call=call.id
    )
    return call


async def current_call(work: Work, deliberation: Deliberation) -> ConsensusCall | None:
    """The newest call of a deliberation, None when there was none."""
    found: ConsensusCall | None = await work.session.scalar(
        select(ConsensusCall)
        .where(col(ConsensusCall.deliberation_id) == deliberation.key)
        .order_by(col(ConsensusCall.id).desc())
        .limit(1)
    )
    return found


async def objections_of(work: Work, call: ConsensusCall) -> list[Objection]:
    """Every objection to a call, in the order they came."""
    found = await work.session.scalars(
        select(Objection).where(col(Objection.call_id) == call.id).order_by(col(Objection.id))
    )
    return list(found)


async def agreed_option(work: Work, deliberation: Deliberation) -> PlanOption | None:
    """The option that was decided by consensus, None when none was."""
    found: PlanOption | None = await work.session.scalar(
        select(PlanOption)
        .join(ConsensusCall, col(ConsensusCall.option_id) == col(PlanOption.id))
        .where(
            col(ConsensusCall.deliberation_id) == deliberation.key,
            col(ConsensusCall.state) == "agreed",
        )
        .limit(1)
    )
    return found


async def _check_undecided(work: Work, deliberation: Deliberation) -> None:
    call = await current_call(work, deliberation)
    if call is not None and call.state == "open":
        raise NotReady("one is open", reason="consensus_open")
    if call is not None and call.state == "agreed":
        raise NotReady("agreed already", reason="decided")
    box = exists().where(
        col(Ballot.deliberation_id) == deliberation.key, col(Ballot.state) == "open"
    )
    if await work.session.scalar(select(box)):
        raise NotReady("a vote is running", reason="ballot_open")


async def _load_call(work: Work, call_id: int) -> tuple[ConsensusCall, Deliberation]:
    call = await work.session.get(ConsensusCall, call_id)
    if call is None:
        raise NotFound(f"call {call_id}")
    deliberation = await load(work, call.deliberation_id)
    await work.session.refresh(call)
    return call, deliberation


def _look_again(work: Work, standing: Sequence[Objection]) -> datetime | None:
    """When to look again; None when everybody was answered and had time to think about it."""
    wait = max(work.policy.deliberation.consensus_time / 4, _SHORTEST_WAIT)
    if any(objection.answered_at is None for objection in standing):
        return work.now + wait
    answered = [objection.answered_at for objection in standing if objection.answered_at]
    last = max(answered, default=None)
    return last + wait if last is not None and last + wait > work.now else None


async def _end(
    work: Work, deliberation: Deliberation, call: ConsensusCall, standing: Sequence[Objection]
) -> None:
    call.state = "failed" if standing else "agreed"
    call.closed_at = work.now
    option = await work.session.get_one(PlanOption, call.option_id)
    record(
        work,
        deliberation,
        "close_consensus",
        CLOCK,
        Capacity.SYSTEM,
        call=call.id,
        option=option.letter,
        agreed=not standing,
        objections=len(standing),
    )
    people = organisers(work, deliberation)
    title: dict[str, Any] = {"letter": option.letter, "title": option.title}
    if standing:
        count = len(standing)
        await tell_posts(
            work, people, "d_consensus_failed", deliberation, objections=count, **title
        )
    else:
        await tell_posts(work, people, "d_consensus_agreed", deliberation, **title)
    for objection in standing:
        if objection.resident_id is not None:
            await work.services.notifier.resident(
                work,
                objection.resident_id,
                "d_objection_stands",
                deliberation=deliberation,
                letter=option.letter,
                answer=objection.answer,
            )


async def _close(work: Work, due: DueTime) -> None:
    call, _ = await _load_call(work, int(due.subject))
    await close_consensus(work, call)


register(CLOSE, _close)
