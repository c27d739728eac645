"""The words of contributions, and whose door they came from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.ballot import BallotRoll
from models.deliberation.core import Contribution
from models.deliberation.meeting import Amendment, Objection, Question
from models.deliberation.opinion import Opinion, OpinionVote, Voice
from models.place import Place
from workflows.work import Work

_WORDS: dict[str, tuple[Any, Any]] = {
    "opinion": (col(Opinion.id), col(Opinion.text)),
    "question": (col(Question.id), col(Question.text)),
    "amendment": (col(Amendment.id), col(Amendment.text)),
    "objection": (col(Objection.id), col(Objection.reason)),
}
"""Where the words of a kind are; the others have none."""
_DOOR_PARTS = 5
"""Parts of a household's key (`models.deliberation.electorate.household_of`)."""


async def words_of(work: Work, contributions: Sequence[Contribution]) -> dict[tuple[str, int], str]:
    """What was said, by (kind, subject id): one query for each kind that has words."""
    found: dict[tuple[str, int], str] = {}
    for kind, (id_, text) in _WORDS.items():
        wanted = {row.subject_id for row in contributions if row.kind == kind}
        if wanted:
            for subject, words in await work.session.execute(
                select(id_, text).where(id_.in_(wanted))
            ):
                found[kind, subject] = words
    return found


async def at_the_doors(work: Work, contributions: Sequence[Contribution]) -> dict[int, str]:
    """Doorway and name of people without a phone, by contribution id, as far as they were kept."""
    return await _voices(work, contributions) | await _voters(work, contributions)


async def _voices(work: Work, contributions: Sequence[Contribution]) -> dict[int, str]:
    """An opinion entered at a door has the vote of its author, of the same moment."""
    opinions = [row for row in contributions if row.kind == "opinion"]
    if not opinions:
        return {}
    votes = await work.session.execute(
        select(col(OpinionVote.opinion_id), col(OpinionVote.at), col(Voice.door_key))
        .join(Voice, col(Voice.id) == col(OpinionVote.voice_id))
        .where(
            col(OpinionVote.opinion_id).in_({row.subject_id for row in opinions}),
            col(Voice.door_key).is_not(None),
        )
    )
    keys = {(opinion, at): key for opinion, at, key in votes}
    return {row.id or 0: _said(work, keys.get((row.subject_id, row.at))) for row in opinions}


async def _voters(work: Work, contributions: Sequence[Contribution]) -> dict[int, str]:
    """Votes taken at doors became contributions in the order of their keys in the roll."""
    ballots = [row for row in contributions if row.kind == "ballot"]
    found: dict[int, str] = {}
    for ballot, staff in {(row.subject_id, row.door_by) for row in ballots}:
        keys = list(
            await work.session.scalars(
                select(col(BallotRoll.voter))
                .where(col(BallotRoll.ballot_id) == ballot, col(BallotRoll.by_staff) == staff)
                .order_by(col(BallotRoll.voter))
            )
        )
        ids = await _ids(work, ballot, staff)
        found |= {id_: _said(work, key) for id_, key in zip(ids, keys, strict=False)}
    wanted = {row.id for row in ballots}
    return {id_: who for id_, who in found.items() if id_ in wanted}


async def _ids(work: Work, ballot: int, staff: str | None) -> Collection[int]:
    found = await work.session.scalars(
        select(col(Contribution.id))
        .where(
            col(Contribution.kind) == "ballot",
            col(Contribution.subject_id) == ballot,
            col(Contribution.door_by) == staff,
        )
        .order_by(col(Contribution.id))
    )
    return [id_ for id_ in found if id_ is not None]


def _said(work: Work, key: str | None) -> str:
    """The doorway as people write it, and the name where it was kept; empty without a doorway."""
    parts = (key or "").split("|")
    if len(parts) < _DOOR_PARTS:
        return ""
    lane, number, building, unit, room, *name = parts
    door = Place(
        grid="", lane=lane, number=number, building=building or None, unit=unit or None, room=room
    )
    return " ".join([work.services.gazetteer.describe(door), *name])
