"""Votes on opinions in step 1: one card at a time, the most informative first."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlmodel import col

from models.deliberation.opinion import Opinion, OpinionVote, Voice
from models.errors import InvalidInput
from workflows.deliberation.voices import (
    collecting_with,
    find_voice,
    opinion_by_id,
    put_vote,
    voice_of,
)
from workflows.work import Person, Work


async def next_opinion(work: Work, person: Person, d_id: int) -> Opinion | None:
    """The opinion whose vote tells most, among those the person neither wrote nor voted on.

    Equally informative ones (all, before the first picture) come in the order of fewest votes.

    Raises NotReady, NotEligible.
    """
    await collecting_with(work, person, d_id)
    voice = await find_voice(work, d_id, person.id)
    return await most_informative(work, d_id, voice, person.id)


async def most_informative(
    work: Work, d_id: int, voice: Voice | None, author_id: int | None
) -> Opinion | None:
    """The next card of a voice, in one query."""
    votes = col(Opinion.agrees) + col(Opinion.disagrees) + col(Opinion.passes)
    found: Opinion | None = await work.session.scalar(
        select(Opinion)
        .where(unvoted(d_id, voice, author_id))
        .order_by(col(Opinion.priority).desc(), votes, col(Opinion.id))
        .limit(1)
    )
    return found


def unvoted(d_id: int, voice: Voice | None, author_id: int | None) -> ColumnElement[bool]:
    """Shown opinions of others that this voice has not voted on, as a condition."""
    open_to_all = and_(
        col(Opinion.deliberation_id) == d_id,
        col(Opinion.status) == "shown",
        or_(col(Opinion.author_id).is_(None), col(Opinion.author_id) != author_id),
    )
    if voice is None or voice.id is None:
        return open_to_all
    voted = exists().where(
        col(OpinionVote.voice_id) == voice.id, col(OpinionVote.opinion_id) == col(Opinion.id)
    )
    return and_(open_to_all, ~voted)


def count_unvoted(d_id: int, voice: Voice | None, author_id: int | None) -> Select[int]:
    """How many cards are left for a voice."""
    return select(func.count()).select_from(Opinion).where(unvoted(d_id, voice, author_id))


async def vote_opinion(work: Work, person: Person, opinion_id: int, value: int) -> Opinion:
    """Agree (1), disagree (-1) or pass (0); a later vote takes the place of the earlier one.

    Raises:
        NotFound, NotReady, NotEligible.
        InvalidInput: `opinion_vote`, `opinion_gone`, `opinion_own` (its author agrees already).
    """
    opinion = await opinion_by_id(work, opinion_id, lock=True)
    deliberation = await collecting_with(work, person, opinion.deliberation_id)
    if opinion.author_id == person.id:
        raise InvalidInput("own opinion", reason="opinion_own")
    await put_vote(work, await voice_of(work, deliberation.key, person.id), opinion, value)
    return opinion
