"""The one way to take a deliberation from one step to the next: check, record, set the clock,
tell the people concerned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from models.deliberation.core import Deliberation, DeliberationEvent
from models.deliberation.steps import Capacity, Move, Step, check_move, row_of
from workflows.deliberation.access import Doer
from workflows.deliberation.events import record
from workflows.deliberation.facts import gather_facts
from workflows.due import cancel, schedule
from workflows.work import Work

STEP_DUE = "d_step"
"""Due time of the end of a step; its subject is the deliberation's id."""
STEP_REMINDER = "d_reminder"

Entered = Callable[[Work, Deliberation, Step, Doer], Awaitable[None]]
ON_ENTER: dict[Step, list[Entered]] = {}
"""What else happens when a step begins: (work, deliberation, the step before, who moved it)."""


def on_enter(step: Step) -> Callable[[Entered], Entered]:
    """Have a function run whenever `step` begins, in the transaction of the move."""

    def register(function: Entered) -> Entered:
        ON_ENTER.setdefault(step, []).append(function)
        return function

    return register


async def apply_move(
    work: Work,
    deliberation: Deliberation,
    move: Move,
    doer: Doer,
    *,
    reason: str | None = None,
    due_at: datetime | None = None,
    **data: Any,
) -> DeliberationEvent:
    """Move the deliberation; `reason` is the why, `due_at` the end of the new step if not usual.

    Raises ActionNotAllowed or NotReady before anything is changed.
    """
    before = deliberation.step
    target = check_move(
        move,
        before,
        doer.capacities,
        await gather_facts(work, deliberation),
        entered_at=deliberation.step_since,
        now=work.now,
        least=work.policy.deliberation.least(before),
    )
    await enter(work, deliberation, target, due_at=due_at)
    if target in (Step.LAPSED, Step.DIVERTED, Step.REFERRED, Step.WITHDRAWN):
        deliberation.reason = reason
    capacity = _acting_as(doer, move)
    event = record(
        work, deliberation, move.value, doer, capacity, before=before, text=reason, **data
    )
    for function in ON_ENTER.get(target, ()):
        await function(work, deliberation, before, doer)
    return event


async def enter(
    work: Work, deliberation: Deliberation, step: Step, *, due_at: datetime | None = None
) -> None:
    """Put the deliberation into a step and set its clock; for the opening, and `apply_move`."""
    deliberation.step = step
    deliberation.step_since = work.now
    deliberation.updated_at = work.now
    most = work.policy.deliberation.most(step)
    deliberation.step_due_at = due_at or (work.now + most if most is not None else None)
    await work.session.flush()
    subject = str(deliberation.key)
    await cancel(work, STEP_REMINDER, subject=subject)
    if deliberation.step_due_at is None:
        await cancel(work, STEP_DUE, subject=subject)
        return
    await schedule(work, STEP_DUE, deliberation.step_due_at, subject=subject)
    left = deliberation.step_due_at - work.now
    remind_at = deliberation.step_due_at - left * work.policy.remind_before_percent / 100
    await schedule(work, STEP_REMINDER, remind_at, subject=subject)


def _acting_as(doer: Doer, move: Move) -> Capacity:
    """The capacity that the move was made in: the first of those that may."""
    allowed = row_of(move).capacities & doer.capacities
    return sorted(allowed, key=list(Capacity).index)[0]
