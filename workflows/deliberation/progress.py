"""How far somebody is through the opinions of a deliberation: what every answer needs, and cheap.

`summary.summary_of` counts everybody; this reads only rows of the one person.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.opinion import OpinionVote
from workflows.deliberation.voices import find_voice
from workflows.deliberation.voting import count_unvoted
from workflows.work import Person, Work


@dataclass(frozen=True, slots=True)
class Progress:
    """One person's way through the opinions."""

    voted: int
    """Opinions they voted on, their own included."""
    left: int
    """Opinions of others they have not voted on yet."""
    summarised: bool
    """Whether they have a live summary message."""


async def progress_of(work: Work, person: Person, d_id: int) -> Progress:
    """How many opinions this person answered, and how many are left."""
    voice = await find_voice(work, d_id, person.id)
    voted = 0
    if voice is not None:
        votes = (
            select(func.count())
            .select_from(OpinionVote)
            .where(col(OpinionVote.voice_id) == voice.id)
        )
        voted = await work.session.scalar(votes) or 0
    left = await work.session.scalar(count_unvoted(d_id, voice, person.id)) or 0
    return Progress(voted, left, voice is not None and voice.summary_ref is not None)
