"""What is written down of a deliberation: every move and every act, with who, when and why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Contribution, Deliberation, DeliberationEvent
from models.deliberation.steps import Capacity, Step
from workflows.deliberation.access import Doer
from workflows.work import Work


def record(
    work: Work,
    deliberation: Deliberation,
    action: str,
    doer: Doer,
    capacity: Capacity,
    *,
    before: Step | None = None,
    text: str | None = None,
    **data: Any,
) -> DeliberationEvent:
    """Write down that `doer`, acting as `capacity`, did `action`; `before` is the step left."""
    staff = doer.staff if capacity is not Capacity.RESIDENT else None
    event = DeliberationEvent(
        deliberation_id=deliberation.key,
        at=work.now,
        action=action,
        capacity=capacity.value,
        actor_id=doer.resident_id if capacity is Capacity.RESIDENT else None,
        staff=staff.code if staff is not None else None,
        from_step=(before or deliberation.step).value,
        to_step=deliberation.step.value,
        text=text,
        data=data,
    )
    work.session.add(event)
    return event


async def contribute(
    work: Work,
    deliberation: Deliberation,
    kind: str,
    *,
    subject_id: int = 0,
    author_id: int | None = None,
    door_by: str | None = None,
) -> None:
    """Note that somebody gave something, so that they will be told what became of it.

    Doing it again for the same (kind, subject, author) changes nothing.
    """
    if author_id is not None:
        known = await work.session.scalar(
            select(col(Contribution.id)).where(
                col(Contribution.deliberation_id) == deliberation.key,
                col(Contribution.kind) == kind,
                col(Contribution.subject_id) == subject_id,
                col(Contribution.author_id) == author_id,
            )
        )
        if known is not None:
            return
    work.session.add(
        Contribution(
            deliberation_id=deliberation.key,
            kind=kind,
            subject_id=subject_id,
            author_id=author_id,
            door_by=door_by,
            at=work.now,
        )
    )


async def set_outcome(
    work: Work,
    deliberation: Deliberation,
    kind: str,
    outcome: str,
    *,
    subject_id: int | None = None,
    detail: str | None = None,
) -> None:
    """Say what became of contributions of a kind (of one subject, or of all without an outcome).

    Who is told, and when, is `workflows.deliberation.outcomes`.
    """
    query = select(Contribution).where(
        col(Contribution.deliberation_id) == deliberation.key, col(Contribution.kind) == kind
    )
    if subject_id is not None:
        query = query.where(col(Contribution.subject_id) == subject_id)
    else:
        query = query.where(col(Contribution.outcome).is_(None))
    for contribution in await work.session.scalars(query):
        contribution.outcome = outcome
        contribution.detail = detail
        contribution.told_at = None
