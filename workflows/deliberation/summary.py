"""What the one live message of a resident says of step 1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.opinion import Opinion, OpinionPicture, OpinionVote, Voice
from workflows.deliberation.voices import find_voice
from workflows.deliberation.voting import count_unvoted
from workflows.work import Person, Work


@dataclass(frozen=True, slots=True)
class Turnout:
    """People and votes of one channel."""

    voices: int
    votes: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The state of step 1 for one person."""

    deliberation: Deliberation
    opinions: int
    chat: Turnout
    door: Turnout
    mine: list[Opinion]
    """Their own opinions that are shown."""
    voted: int
    """Opinions they voted on, their own included."""
    left: int
    """Opinions of others they have not voted on yet."""
    group: str | None
    """Their opinion group, once there is one."""
    verdict: str | None
    """What the picture says of groups (`opinions.picture.Verdict`); None while there is none."""
    ends_at: datetime | None
    ref: int | None
    """Reference of the live message; None when there is none yet."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures of step 1, people without a phone apart."""

    opinions: int
    chat: Turnout
    door: Turnout


async def totals_of(work: Work, d_id: int) -> Totals:
    """Count opinions and people; votes come from the counters of the opinions, not from rows."""
    session = work.session
    opinions, votes = (
        await session.execute(
            select(
                func.count(),
                func.coalesce(
                    func.sum(col(Opinion.agrees) + col(Opinion.disagrees) + col(Opinion.passes)), 0
                ),
            ).where(col(Opinion.deliberation_id) == d_id, col(Opinion.status) == "shown")
        )
    ).one()
    voices, doors = (
        await session.execute(
            select(func.count(), func.count(col(Voice.door_key))).where(
                col(Voice.deliberation_id) == d_id
            )
        )
    ).one()
    at_doors = await _door_votes(work, d_id) if doors else 0
    return Totals(
        opinions, Turnout(voices - doors, int(votes) - at_doors), Turnout(doors, at_doors)
    )


async def _door_votes(work: Work, d_id: int) -> int:
    found = await work.session.scalar(
        select(func.count())
        .select_from(Voice)
        .join(OpinionVote, col(OpinionVote.voice_id) == col(Voice.id))
        .join(Opinion, col(Opinion.id) == col(OpinionVote.opinion_id))
        .where(
            col(Voice.deliberation_id) == d_id,
            col(Voice.door_key).is_not(None),
            col(Opinion.status) == "shown",
        )
    )
    return int(found or 0)


async def summary_of(work: Work, person: Person, deliberation: Deliberation) -> Summary:
    """Everything the live message shows; for anybody, also who has not taken part."""
    session, d_id = work.session, deliberation.key
    voice = await find_voice(work, d_id, person.id)
    mine = await session.scalars(
        select(Opinion)
        .where(
            col(Opinion.deliberation_id) == d_id,
            col(Opinion.author_id) == person.id,
            col(Opinion.status) == "shown",
        )
        .order_by(col(Opinion.id))
    )
    voted = 0
    if voice is not None:
        voted = (
            await session.scalar(
                select(func.count())
                .select_from(OpinionVote)
                .where(col(OpinionVote.voice_id) == voice.id)
            )
        ) or 0
    # Not the whole picture: it holds a point for each person.
    verdict = await session.scalar(
        select(col(OpinionPicture.data)["verdict"].as_string()).where(
            col(OpinionPicture.deliberation_id) == d_id
        )
    )
    totals = await totals_of(work, d_id)
    return Summary(
        deliberation=deliberation,
        opinions=totals.opinions,
        chat=totals.chat,
        door=totals.door,
        mine=list(mine),
        voted=voted,
        left=await session.scalar(count_unvoted(d_id, voice, person.id)) or 0,
        group=voice.group if voice is not None else None,
        verdict=verdict,
        ends_at=deliberation.step_due_at,
        ref=voice.summary_ref if voice is not None else None,
    )


async def remember_summary(
    work: Work, person: Person, deliberation: Deliberation, ref: int
) -> None:
    """Keep which message is the live one, from the first opinion or vote of the person on.

    Before that there is nobody to keep it for: only looking does not make a participant.
    """
    voice = await find_voice(work, deliberation.key, person.id)
    if voice is not None:
        voice.summary_ref = ref
