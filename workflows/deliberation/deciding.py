"""What became of every contribution that nobody decided one by one. Whole tables at a time."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.deliberation.core import Contribution, Deliberation
from models.deliberation.opinion import Motion, Opinion, Topic
from models.deliberation.steps import Step
from workflows.work import Work

ENDINGS: dict[Step, str] = {
    Step.LAPSED: "lapsed",
    Step.DIVERTED: "diverted",
    Step.REFERRED: "referred",
    Step.WITHDRAWN: "stopped",
}
"""The outcome of what was given to a deliberation that ends before a decision."""

_AT_THE_END = {
    "proposal": "opened",
    "support": "opened",
    "opinion": "not_taken",
    "question": "unanswered",
    "amendment": "undecided",
    "speech": "in_minutes",
    "ballot": "counted",
}
"""What is said when the report is published of what was not decided one by one. An objection is
missing: each waits for its answer."""
_PASSING = ("in_topic", "opened")
"""Outcomes that no longer hold when the deliberation is stopped later on."""


async def decide_opinions(work: Work, deliberation: Deliberation) -> None:
    """The council confirmed its topics: each opinion is in one of them, or it is not and why.

    The why is what was said for the motion, if anything. Proposals and support led to this.
    """
    target = aliased(Opinion)
    for topic in await work.session.scalars(
        select(Topic).where(col(Topic.deliberation_id) == deliberation.key)
    ):
        merged = (
            select(col(Opinion.id))
            .outerjoin(target, col(target.id) == col(Opinion.joined_to))
            .where(or_(col(Opinion.topic_id) == topic.id, col(target.topic_id) == topic.id))
        )
        inside = col(Contribution.subject_id).in_(merged)
        await _decide(work, deliberation, ("opinion",), "in_topic", topic.title, inside)
    why = await work.session.scalar(
        select(col(Motion.reason))
        .where(col(Motion.deliberation_id) == deliberation.key, col(Motion.state) == "passed")
        .order_by(col(Motion.id).desc())
        .limit(1)
    )
    await _decide(work, deliberation, ("opinion",), "not_taken", why or None)
    await _decide(work, deliberation, ("proposal", "support"), "opened", None)


async def decide_ending(work: Work, deliberation: Deliberation) -> None:
    """The deliberation ended before a decision: that, and why, became of all that is undecided."""
    outcome = ENDINGS[deliberation.step]
    await work.session.execute(
        update(Contribution)
        .where(
            col(Contribution.deliberation_id) == deliberation.key,
            or_(col(Contribution.outcome).is_(None), col(Contribution.outcome).in_(_PASSING)),
        )
        .values(outcome=outcome, detail=deliberation.reason, told_at=None)
    )


async def decide_rest(work: Work, deliberation: Deliberation) -> None:
    """The report is published: whatever has no outcome yet gets the one of its kind."""
    for kind, outcome in _AT_THE_END.items():
        await _decide(work, deliberation, (kind,), outcome, None)


async def _decide(
    work: Work,
    deliberation: Deliberation,
    kinds: Collection[str],
    outcome: str,
    detail: str | None,
    *where: ColumnElement[bool],
) -> None:
    await work.session.execute(
        update(Contribution)
        .where(
            col(Contribution.deliberation_id) == deliberation.key,
            col(Contribution.kind).in_(kinds),
            col(Contribution.outcome).is_(None),
            *where,
        )
        .values(outcome=outcome, detail=detail, told_at=None)
        .execution_options(synchronize_session="fetch")
    )
