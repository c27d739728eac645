"""What the guards of the seven steps look at, counted in the transaction of the move."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import col

from models.deliberation.ballot import Ballot
from models.deliberation.core import Contribution, Deliberation, Mailing, Support
from models.deliberation.followup import DecisionTask
from models.deliberation.meeting import ConsensusCall, Meeting, MinuteLine, Objection
from models.deliberation.opinion import Motion, Opinion, Topic
from models.deliberation.plan import LegalityCheck, PlanOption, Printout
from models.deliberation.steps import Facts, Step
from workflows.work import Work

ANNOUNCEMENT = "d_announce"
"""The notice whose mailing is the announcement to every household."""


async def gather_facts(work: Work, deliberation: Deliberation) -> Facts:
    """Count what the guards of the present step need; what they do not need stays at zero."""
    facts = _COUNTERS.get(deliberation.step)
    return Facts(**await facts(work, deliberation)) if facts is not None else Facts()


async def _count(work: Work, table: Any, *where: ColumnElement[bool]) -> int:
    found = await work.session.scalar(select(func.count()).select_from(table).where(*where))
    return int(found or 0)


async def _proposed(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    return {
        "supporters": await _count(work, Support, col(Support.deliberation_id) == deliberation.key),
        "supporters_needed": work.policy.deliberation.supporters,
    }


async def _collect(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    shown = col(Opinion.status).in_(("shown", "joined"))
    return {
        "opinions": await _count(
            work, Opinion, col(Opinion.deliberation_id) == deliberation.key, shown
        )
    }


async def _confirm(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    motion = await work.session.scalar(
        select(col(Motion.kind))
        .where(col(Motion.deliberation_id) == deliberation.key, col(Motion.state) == "passed")
        .order_by(col(Motion.id).desc())
        .limit(1)
    )
    topics = await _count(work, Topic, col(Topic.deliberation_id) == deliberation.key)
    return {"topics": topics, "motion": motion}


async def _draft(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    options = (
        await work.session.scalars(
            select(PlanOption).where(
                col(PlanOption.deliberation_id) == deliberation.key,
                col(PlanOption.state) != "dropped",
            )
        )
    ).all()
    ready = [option for option in options if option.state == "ready"]
    rows = await work.session.execute(
        select(
            col(LegalityCheck.option_id), col(LegalityCheck.version), col(LegalityCheck.verdict)
        ).where(
            col(LegalityCheck.option_id).in_([option.key for option in ready]),
            col(LegalityCheck.answered_at).is_not(None),
        )
    )
    verdicts = {(option_id, version): verdict for option_id, version, verdict in rows}
    now = [verdicts.get((option.key, option.version)) for option in ready]
    return {
        "options": len(ready),
        "options_incomplete": sum(
            bool(option.missing) or option not in ready for option in options
        ),
        "legality_missing": sum(verdict is None for verdict in now),
        "options_unlawful": sum(verdict == "unlawful" for verdict in now),
        **await _meeting(work, deliberation),
    }


async def _meeting(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    meeting = await newest_meeting(work, deliberation)
    if meeting is None or meeting.state == "adjourned":
        return {"convened": False}
    return {
        "convened": bool(meeting.place or meeting.link or meeting.mode == "chat"),
        "meeting_at": meeting.starts_at,
    }


async def newest_meeting(work: Work, deliberation: Deliberation) -> Meeting | None:
    """The meeting that is planned, under way, or was the last."""
    found: Meeting | None = await work.session.scalar(
        select(Meeting)
        .where(col(Meeting.deliberation_id) == deliberation.key)
        .order_by(col(Meeting.id).desc())
        .limit(1)
    )
    return found


async def _announce(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    mailing = await work.session.scalar(
        select(Mailing)
        .where(
            col(Mailing.deliberation_id) == deliberation.key, col(Mailing.notice) == ANNOUNCEMENT
        )
        .order_by(col(Mailing.id).desc())
        .limit(1)
    )
    left = await work.session.scalar(
        select(func.sum(col(Printout.doors))).where(
            col(Printout.deliberation_id) == deliberation.key, col(Printout.staff).is_(None)
        )
    )
    return {
        "announced": mailing is not None and mailing.done_at is not None,
        "announced_at": mailing.created_at if mailing is not None else None,
        "households_unaccounted": int(left or 0),
        **await _meeting(work, deliberation),
    }


async def _consult(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    of_this = select(col(Meeting.id)).where(col(Meeting.deliberation_id) == deliberation.key)
    agreed = await _count(
        work,
        ConsensusCall,
        col(ConsensusCall.deliberation_id) == deliberation.key,
        col(ConsensusCall.state) == "agreed",
    )
    return {
        "minutes": await _count(work, MinuteLine, col(MinuteLine.meeting_id).in_(of_this)) > 0,
        "objections_open": await _objections(work, deliberation),
        "decision": agreed > 0 or await _ballot_decided(work, deliberation),
    }


async def _ballot_decided(work: Work, deliberation: Deliberation) -> bool:
    """Whether the newest ballot was closed with its quorum (a "no" to every option decides too)."""
    ballot = await work.session.scalar(
        select(Ballot)
        .where(col(Ballot.deliberation_id) == deliberation.key)
        .order_by(col(Ballot.id).desc())
        .limit(1)
    )
    return (
        ballot is not None and ballot.state == "closed" and bool((ballot.result or {}).get("valid"))
    )


async def _objections(work: Work, deliberation: Deliberation) -> int:
    return await _count(
        work,
        Objection,
        col(Objection.deliberation_id) == deliberation.key,
        col(Objection.answered_at).is_(None),
        col(Objection.withdrawn_at).is_(None),
    )


async def _apply(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    of_this = col(DecisionTask.deliberation_id) == deliberation.key
    return {
        "tasks": await _count(work, DecisionTask, of_this),
        "tasks_open": await _count(work, DecisionTask, of_this, col(DecisionTask.state) == "open"),
        "reported": bool(deliberation.said and deliberation.decided and deliberation.done),
    }


async def _report(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    untold = await _count(
        work,
        Contribution,
        col(Contribution.deliberation_id) == deliberation.key,
        or_(
            col(Contribution.outcome).is_(None),
            col(Contribution.told_at).is_(None) & col(Contribution.author_id).is_not(None),
        ),
    )
    return {"objections_open": await _objections(work, deliberation), "untold": untold}


_COUNTERS = {
    Step.PROPOSED: _proposed,
    Step.COLLECT: _collect,
    Step.CONFIRM: _confirm,
    Step.DRAFT: _draft,
    Step.ANNOUNCE: _announce,
    Step.CONSULT: _consult,
    Step.APPLY: _apply,
    Step.REPORT: _report,
}
