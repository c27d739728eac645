"""What happens by itself when a time of a deliberation has come.

The clock runs due rows one after the other in the order of their times, each in a transaction of
its own: after an outage everything due is done once, in order. Whatever the clock says, a step is
never left before its least time (`models.deliberation.steps.check_move`), and a row whose reason
has gone meanwhile does nothing.
"""

from __future__ import annotations

from datetime import timedelta

from models.deliberation.core import Deliberation
from models.deliberation.steps import Capacity, Move, Step
from models.errors import NotReady
from models.ticket import DueTime
from workflows.deliberation.access import CLOCK, load
from workflows.deliberation.beginnings import CLOSING
from workflows.deliberation.events import record
from workflows.deliberation.motions import (
    MOTION_DUE,
    carry_out,
    close_motion,
    load_motion,
)
from workflows.deliberation.moves import STEP_DUE, STEP_REMINDER, apply_move
from workflows.deliberation.posts import community_leads, office, organisers, tell_posts
from workflows.due import register, schedule
from workflows.work import Work

LATE = ("d_late_lead", "d_late_office")
"""Due times of a late step's reports to the community lead, then to the office."""
LEVEL_PERCENT = 25
"""After so much of a step's longest time again, the next level learns that it is late."""
SHORTEST = timedelta(minutes=1)
RETRY_PERCENT = 5
"""Part of the public period after which closing the record is tried again."""

_BY_ITSELF: dict[Step, tuple[Move, ...]] = {
    Step.PROPOSED: (Move.START, Move.LAPSE),
    Step.COLLECT: (Move.END_COLLECTION, Move.LAPSE),
    Step.REPORT: (Move.CLOSE,),
}
"""What the clock does at the end of a step: the first of these whose guards hold."""


def level_time(work: Work, step: Step) -> timedelta:
    """How long one level has to move a late step on before the next one is told."""
    most = work.policy.deliberation.most(step) or timedelta(0)
    return max(most * LEVEL_PERCENT / 100, SHORTEST)


async def _remind(work: Work, due: DueTime) -> None:
    """The organiser, while some of the step's time is left."""
    deliberation = await load(work, int(due.subject))
    due_at = deliberation.step_due_at
    if due_at is None or due_at <= work.now or deliberation.step is Step.PROPOSED:
        return
    await tell_posts(
        work,
        organisers(work, deliberation),
        "d_step_reminder",
        deliberation,
        step=deliberation.step,
        due_at=due_at,
    )


async def _end_step(work: Work, due: DueTime) -> None:
    """The longest time of a step is over: it ends by itself where nobody needs to act, else it is
    late: written down, told the organiser, and on its way to the next levels."""
    deliberation = await load(work, int(due.subject))
    if deliberation.step_due_at is None:
        return
    if deliberation.step_due_at > work.now:
        await schedule(work, STEP_DUE, deliberation.step_due_at, subject=due.subject)
        return
    if await _moved_by_itself(work, deliberation):
        return
    record(work, deliberation, "step_missed", CLOCK, Capacity.SYSTEM)
    await _tell_late(work, deliberation, organisers(work, deliberation))
    wait = level_time(work, deliberation.step)
    for level, kind in enumerate(LATE, start=1):
        await schedule(work, kind, deliberation.step_due_at + wait * level, subject=due.subject)


async def _moved_by_itself(work: Work, deliberation: Deliberation) -> bool:
    """Whether the clock could move it on, or will as soon as the step's least time is over."""
    for move in _BY_ITSELF.get(deliberation.step, ()):
        try:
            await apply_move(work, deliberation, move, CLOCK)
        except NotReady as error:
            if error.context["reason"] != "too_early":
                continue
            again_at = deliberation.step_since + work.policy.deliberation.least(deliberation.step)
            deliberation.step_due_at = again_at
            await schedule(work, STEP_DUE, again_at, subject=str(deliberation.key))
        return True
    return False


async def _late_for_lead(work: Work, due: DueTime) -> None:
    """One level later: the lead of the community."""
    deliberation = await load(work, int(due.subject))
    if _still_late(work, deliberation, 1):
        await _tell_late(work, deliberation, community_leads(work, deliberation))


async def _late_for_office(work: Work, due: DueTime) -> None:
    """Two levels later: the office."""
    deliberation = await load(work, int(due.subject))
    if _still_late(work, deliberation, 2):
        await _tell_late(work, deliberation, office(work))


def _still_late(work: Work, deliberation: Deliberation, level: int) -> bool:
    """Whether the present step has been late for so many levels; another one may have begun."""
    due_at = deliberation.step_due_at
    return due_at is not None and (due_at + level_time(work, deliberation.step) * level <= work.now)


async def _tell_late(work: Work, deliberation: Deliberation, codes: list[str]) -> None:
    await tell_posts(
        work,
        codes,
        "d_step_missed",
        deliberation,
        step=deliberation.step,
        due_at=deliberation.step_due_at,
    )


async def _end_motion(work: Work, due: DueTime) -> None:
    """The time to vote is over; or a carried motion waited for the step's least time."""
    motion, deliberation = await load_motion(work, int(due.subject))
    if motion.state == "open" and deliberation.step is not Step.CONFIRM:
        motion.state, motion.closed_at = "taken_back", work.now
    elif motion.state == "open" and motion.closes_at > work.now:
        await schedule(work, MOTION_DUE, motion.closes_at, subject=due.subject)
    elif motion.state == "open":
        await close_motion(work, deliberation, motion)
    else:
        await carry_out(work, deliberation, motion)


async def _close_record(work: Work, due: DueTime) -> None:
    """Close the record once the public period is over, every objection is answered and everybody
    was told; until then try again now and then."""
    deliberation = await load(work, int(due.subject))
    if deliberation.step is not Step.REPORT:
        return
    try:
        await apply_move(work, deliberation, Move.CLOSE, CLOCK)
    except NotReady:
        again = work.policy.deliberation.report_least * RETRY_PERCENT / 100
        await schedule(work, CLOSING, work.now + max(again, SHORTEST), subject=due.subject)


register(STEP_REMINDER, _remind)
register(STEP_DUE, _end_step)
register(LATE[0], _late_for_lead)
register(LATE[1], _late_for_office)
register(MOTION_DUE, _end_motion)
register(CLOSING, _close_record)
