"""What the seven steps hold on a person: to take home, and to forget.

What was said stays, since others answered and voted on it; who said it goes (Personal Information
Protection Law, articles 45 and 47).
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import col

from models.deliberation.ballot import Ballot, BallotRoll, ProcessRating, Proxy
from models.deliberation.core import (
    Contribution,
    Deliberation,
    DeliberationEvent,
    MailingRecipient,
    Support,
)
from models.deliberation.meeting import (
    Amendment,
    Attendance,
    Juror,
    MinuteLine,
    Objection,
    Question,
    SpeakingTurn,
)
from models.deliberation.opinion import Opinion, OpinionVote, Voice
from workflows.work import Work


async def forget_in_deliberations(work: Work, resident_id: int) -> None:
    """Take the person out of every row; opinions, votes and minutes stay without them."""
    session = work.session
    anonymous = f"r:-{secrets.randbelow(2**40)}"
    for table in (Opinion, Contribution):
        column = col(table.author_id)
        await session.execute(update(table).where(column == resident_id).values(author_id=None))
    await session.execute(
        update(Voice)
        .where(col(Voice.resident_id) == resident_id)
        .values(resident_id=None, summary_ref=None, door_key=None)
    )
    for said in (Question, Amendment, Objection):
        column = col(said.resident_id)
        await session.execute(update(said).where(column == resident_id).values(resident_id=None))
    for there in (Attendance, SpeakingTurn):
        whose = col(there.who)
        await session.execute(
            update(there).where(whose == f"r:{resident_id}").values(who=anonymous)
        )
    await session.execute(
        update(MinuteLine)
        .where(col(MinuteLine.author) == f"r:{resident_id}")
        .values(author=anonymous)
    )
    await session.execute(
        update(Deliberation)
        .where(col(Deliberation.proposer_id) == resident_id)
        .values(proposer_id=None)
    )
    await session.execute(
        update(DeliberationEvent)
        .where(col(DeliberationEvent.actor_id) == resident_id)
        .values(actor_id=None)
    )
    for gone in (Support, ProcessRating, Juror, MailingRecipient):
        await session.execute(delete(gone).where(col(gone.resident_id) == resident_id))
    await session.execute(delete(Proxy).where(col(Proxy.principal_id) == resident_id))
    await session.execute(
        update(Proxy).where(col(Proxy.holder_id) == resident_id).values(holder_id=None)
    )
    await _forget_votes(work, resident_id)


async def _forget_votes(work: Work, resident_id: int) -> None:
    """Take the account off the rolls of closed ballots.

    The roll of a running one stays as it is until then, or the same person could vote again.
    """
    closed = select(col(Ballot.id)).where(col(Ballot.state) != "open")
    mine = select(BallotRoll).where(
        col(BallotRoll.resident_id) == resident_id, col(BallotRoll.ballot_id).in_(closed)
    )
    for row in (await work.session.scalars(mine)).all():
        row.resident_id = None
        if row.voter == f"r:{resident_id}":
            row.voter = f"r:-{secrets.randbelow(2**40)}"


async def export_from_deliberations(work: Work, resident_id: int) -> list[dict[str, Any]]:
    """What the person gave to deliberations, and what became of it; never how they voted."""
    rows = await work.session.execute(select(col(Deliberation.id), col(Deliberation.number)))
    numbers = {row.id: row.number for row in rows}
    opinions = {
        opinion.key: opinion.text
        for opinion in await work.session.scalars(
            select(Opinion).where(col(Opinion.author_id) == resident_id)
        )
    }
    given: list[dict[str, Any]] = [
        {
            "deliberation": numbers.get(row.deliberation_id),
            "kind": row.kind,
            "text": opinions.get(row.subject_id) if row.kind == "opinion" else None,
            "at": row.at.isoformat(),
            "outcome": row.outcome,
            "detail": row.detail,
        }
        for row in await work.session.scalars(
            select(Contribution).where(col(Contribution.author_id) == resident_id)
        )
    ]
    votes = await work.session.execute(
        select(
            col(OpinionVote.deliberation_id),
            col(OpinionVote.opinion_id),
            col(OpinionVote.value),
            col(OpinionVote.at),
        )
        .join(Voice, col(Voice.id) == col(OpinionVote.voice_id))
        .where(col(Voice.resident_id) == resident_id)
    )
    return given + [
        {
            "deliberation": numbers.get(deliberation),
            "kind": "opinion_vote",
            "opinion": opinion,
            "value": value,
            "at": at.isoformat(),
        }
        for deliberation, opinion, value, at in votes
    ]
