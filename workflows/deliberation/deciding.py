"""What became of every contribution that nobody decided one by one. Whole tables at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, insert, literal, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.deliberation.ballot import Ballot, BallotRoll, Proxy
from models.deliberation.core import Contribution, Deliberation
from models.deliberation.electorate import voter_of
from models.deliberation.opinion import Motion, Opinion, Topic
from models.deliberation.steps import Step
from models.errors import NotEligible
from models.people import Resident
from workflows.deliberation.events import contribute
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
    """The report is published: whatever has no outcome yet gets the one of its kind.

    Votes become contributions only now, from the roll of the closed box, with the time of its
    closing: before that, a row of its own would tell when somebody voted.
    """
    await _add_ballots(work, deliberation)
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


async def _add_ballots(work: Work, deliberation: Deliberation) -> None:
    """For boxes whose closing did not note its voters already (`box.close_ballot`)."""
    noted = select(col(Contribution.subject_id)).where(
        col(Contribution.deliberation_id) == deliberation.key, col(Contribution.kind) == "ballot"
    )
    for ballot in await work.session.scalars(
        select(Ballot).where(
            col(Ballot.deliberation_id) == deliberation.key,
            col(Ballot.state) == "closed",
            col(Ballot.id).not_in(noted),
        )
    ):
        at = ballot.closed_at or ballot.closes_at
        await _add_roll(work, deliberation, ballot.key, at)
        await _add_principals(work, deliberation, ballot)


async def _add_roll(work: Work, deliberation: Deliberation, ballot_id: int, at: datetime) -> None:
    """One contribution for each account that voted, one for each vote taken at a door."""
    rows = (
        select(
            literal(deliberation.key),
            literal("ballot"),
            literal(ballot_id),
            col(BallotRoll.resident_id),
            col(BallotRoll.by_staff),
            literal(at, type_=Contribution.__table__.c.at.type),  # type: ignore[attr-defined]
        )
        .where(
            col(BallotRoll.ballot_id) == ballot_id,
            or_(col(BallotRoll.resident_id).is_not(None), col(BallotRoll.by_staff).is_not(None)),
        )
        .order_by(col(BallotRoll.voter))
    )
    columns = ("deliberation_id", "kind", "subject_id", "author_id", "door_by", "at")
    by_phone = rows.where(col(BallotRoll.by_staff).is_(None)).order_by(None).distinct()
    for found in (by_phone, rows.where(col(BallotRoll.by_staff).is_not(None))):
        await work.session.execute(insert(Contribution).from_select(columns, found))


async def _add_principals(work: Work, deliberation: Deliberation, ballot: Ballot) -> None:
    """Those for whom somebody else voted are told as well; there are few of them."""
    by_proxy = set(
        await work.session.scalars(
            select(col(BallotRoll.voter)).where(
                col(BallotRoll.ballot_id) == ballot.key, col(BallotRoll.channel) == "proxy"
            )
        )
    )
    principals = await work.session.scalars(
        select(Resident)
        .join(Proxy, col(Proxy.principal_id) == col(Resident.id))
        .where(col(Proxy.deliberation_id) == deliberation.key, col(Proxy.accepted_at).is_not(None))
    )
    for principal in principals.unique().all():
        try:
            key = voter_of(principal, ballot.unit, work.district)
        except NotEligible:
            continue
        if key in by_proxy:
            await contribute(
                work, deliberation, "ballot", subject_id=ballot.key, author_id=principal.id
            )
