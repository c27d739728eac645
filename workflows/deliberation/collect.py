"""Step 1, 收集意见: residents say what they think, and join what others said.

Votes are in `voting`, people without a phone in `door`, the live message in `summary`, opinions of
tickets in `themes`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.opinion import Opinion, OpinionVote
from models.errors import ActionNotAllowed, InvalidInput
from workflows.deliberation.door import (
    add_opinion_at_door,
    next_opinion_at_door,
    vote_opinion_at_door,
)
from workflows.deliberation.events import contribute, set_outcome
from workflows.deliberation.posting import (
    clean_opinion,
    most_similar,
    same_words,
    shown_opinions,
    store_opinion,
)
from workflows.deliberation.summary import Summary, Turnout, remember_summary, summary_of
from workflows.deliberation.themes import Theme, pull_ticket_opinion, ticket_themes
from workflows.deliberation.voices import (
    collecting,
    collecting_with,
    opinion_by_id,
    put_vote,
    voice_of,
)
from workflows.deliberation.voting import next_opinion, vote_opinion
from workflows.tickets.files import DraftFile
from workflows.work import Person, Work

__all__ = [
    "Summary",
    "Theme",
    "Turnout",
    "add_opinion",
    "add_opinion_at_door",
    "edit_opinion",
    "join_opinion",
    "next_opinion",
    "next_opinion_at_door",
    "opinions_of",
    "pull_ticket_opinion",
    "remember_summary",
    "similar_opinions",
    "summary_of",
    "ticket_themes",
    "vote_opinion",
    "vote_opinion_at_door",
    "withdraw_opinion",
]

MOST_OF_ONE = 20
"""Opinions of one person in one deliberation: nobody talks down the others."""


async def similar_opinions(work: Work, d_id: int, text: str) -> list[Opinion]:
    """Up to three shown opinions that say much the same; to be offered before posting."""
    return most_similar(work, text, await shown_opinions(work, d_id))


async def add_opinion(
    work: Work,
    person: Person,
    d_id: int,
    text: str,
    files: Sequence[DraftFile] = (),
    *,
    joined_ok: bool = False,
) -> Opinion:
    """Post an opinion in one's own words; its author agrees with it.

    `joined_ok`: the person saw the similar ones and wants their own words posted. The very same
    words are joined instead of posted twice, whoever said them first.

    Raises:
        NotReady, NotEligible: as `voices.collecting_with`.
        InvalidInput: `opinion_text`, `opinion_limit`, or `similar_opinion` with `opinions`.
    """
    deliberation = await collecting_with(work, person, d_id)
    words = clean_opinion(text)
    shown = await shown_opinions(work, d_id)
    same = same_words(words, shown)
    if same is not None:
        return (
            same
            if same.author_id == person.id
            else await join_opinion(work, person, d_id, same.key)
        )
    if not joined_ok and (similar := most_similar(work, words, shown)):
        raise InvalidInput("similar", reason="similar_opinion", opinions=similar)
    await _check_limit(work, person, d_id)
    opinion = await store_opinion(work, deliberation, words, files, author_id=person.id)
    await put_vote(work, await voice_of(work, d_id, person.id), opinion, 1)
    await contribute(work, deliberation, "opinion", subject_id=opinion.key, author_id=person.id)
    return opinion


async def _check_limit(work: Work, person: Person, d_id: int) -> None:
    said = await work.session.scalar(
        select(func.count())
        .select_from(Opinion)
        .where(col(Opinion.deliberation_id) == d_id, col(Opinion.author_id) == person.id)
    )
    if (said or 0) >= MOST_OF_ONE:
        raise InvalidInput("too many", reason="opinion_limit", most=MOST_OF_ONE)


async def join_opinion(work: Work, person: Person, d_id: int, opinion_id: int) -> Opinion:
    """ "That is what I mean": an agree vote, and whoever joins is told what becomes of it.

    Raises NotReady, NotEligible, NotFound, InvalidInput (`opinion_gone`).
    """
    deliberation = await collecting_with(work, person, d_id)
    opinion = await opinion_by_id(work, opinion_id, lock=True)
    if opinion.deliberation_id != d_id:
        raise InvalidInput("of another call", reason="opinion_gone")
    await put_vote(work, await voice_of(work, d_id, person.id), opinion, 1)
    await contribute(work, deliberation, "opinion", subject_id=opinion_id, author_id=person.id)
    return opinion


async def edit_opinion(work: Work, person: Person, opinion_id: int, text: str) -> Opinion:
    """Change one's own words, as long as nobody else voted on them.

    Nobody but the author may, whatever their post: what people voted on stays what it was.

    Raises ActionNotAllowed, NotReady, NotEligible, InvalidInput (`opinion_text`, `opinion_voted`,
    `opinion_gone`).
    """
    opinion = await _own(work, person, opinion_id)
    await collecting_with(work, person, opinion.deliberation_id)
    words = clean_opinion(text)
    if opinion.status != "shown":
        raise InvalidInput("not shown", reason="opinion_gone")
    if await _voted_by_others(work, person, opinion):
        raise InvalidInput("voted on", reason="opinion_voted")
    opinion.text = words
    return opinion


async def _own(work: Work, person: Person, opinion_id: int) -> Opinion:
    opinion = await opinion_by_id(work, opinion_id, lock=True)
    if opinion.author_id is None or opinion.author_id != person.id:
        raise ActionNotAllowed("not the author")
    return opinion


async def _voted_by_others(work: Work, person: Person, opinion: Opinion) -> bool:
    mine = await work.session.get(
        OpinionVote, (await voice_of(work, opinion.deliberation_id, person.id), opinion.key)
    )
    return opinion.votes > (1 if mine is not None else 0)


async def withdraw_opinion(work: Work, person: Person, opinion_id: int) -> Opinion:
    """Take back one's own opinion; those who joined it are told in the end. Twice is once.

    Raises ActionNotAllowed, NotReady, InvalidInput (`opinion_gone`: it was hidden).
    """
    opinion = await _own(work, person, opinion_id)
    deliberation = await collecting(work, opinion.deliberation_id)
    if opinion.status == "withdrawn":
        return opinion
    if opinion.status != "shown":
        raise InvalidInput("not shown", reason="opinion_gone")
    opinion.status = "withdrawn"
    await set_outcome(work, deliberation, "opinion", "withdrawn", subject_id=opinion.key)
    return opinion


async def opinions_of(work: Work, person: Person, d_id: int) -> list[Opinion]:
    """The person's own opinions, hidden and withdrawn ones too, oldest first."""
    found = await work.session.scalars(
        select(Opinion)
        .where(col(Opinion.deliberation_id) == d_id, col(Opinion.author_id) == person.id)
        .order_by(col(Opinion.id))
    )
    return list(found)
