"""Whose voice counts in step 1, and the one row that a vote of theirs writes.

Everything here reads and writes rows by their keys, so that a vote costs the same with ten and
with two hundred thousand before it.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.electorate import check_resident
from models.deliberation.opinion import Opinion, OpinionVote, Voice
from models.deliberation.steps import Step
from models.errors import InvalidInput, NotFound, NotReady
from workflows.deliberation.access import load
from workflows.work import Person, Work

_COUNTER = {1: "agrees", -1: "disagrees", 0: "passes"}


async def collecting(work: Work, d_id: int) -> Deliberation:
    """The deliberation, while it collects. It is not locked: many speak at once.

    What arrives after the end date but before the clock ended the step still counts.

    Raises NotFound, and NotReady (`collecting`) before and after step 1.
    """
    deliberation = await load(work, d_id, lock=False)
    if deliberation.step is not Step.COLLECT:
        raise NotReady(
            f"not collecting: {deliberation.step}",
            reason="collecting",
            number=deliberation.number,
            step=deliberation.step.value,
        )
    return deliberation


async def collecting_with(work: Work, person: Person, d_id: int) -> Deliberation:
    """The same, for a resident who may take part. Raises NotEligible too."""
    deliberation = await collecting(work, d_id)
    check_resident(person.resident, deliberation.grids)
    return deliberation


async def opinion_by_id(work: Work, opinion_id: int, *, lock: bool = False) -> Opinion:
    """The opinion as it stands. Raises NotFound."""
    found = await work.session.get(
        Opinion, opinion_id, with_for_update=lock, populate_existing=lock
    )
    if found is None:
        raise NotFound(f"opinion {opinion_id}")
    return found


async def find_voice(work: Work, d_id: int, resident_id: int) -> Voice | None:
    """The voice of an account; None until it said or voted something."""
    found: Voice | None = await work.session.scalar(
        select(Voice).where(
            col(Voice.deliberation_id) == d_id, col(Voice.resident_id) == resident_id
        )
    )
    return found


async def find_door_voice(work: Work, d_id: int, door_key: str) -> Voice | None:
    """The voice of somebody without a phone; None until something was entered for them."""
    found: Voice | None = await work.session.scalar(
        select(Voice).where(col(Voice.deliberation_id) == d_id, col(Voice.door_key) == door_key)
    )
    return found


async def voice_of(work: Work, d_id: int, resident_id: int) -> int:
    """The id of an account's voice, which begins with the first thing they do."""
    voice = await find_voice(work, d_id, resident_id)
    return await _saved(work, voice or Voice(deliberation_id=d_id, resident_id=resident_id))


async def door_voice_of(work: Work, d_id: int, door_key: str) -> int:
    """The id of the voice of somebody without a phone."""
    voice = await find_door_voice(work, d_id, door_key)
    return await _saved(work, voice or Voice(deliberation_id=d_id, door_key=door_key))


async def _saved(work: Work, voice: Voice) -> int:
    if voice.id is None:
        work.session.add(voice)
        await work.session.flush()
    if voice.id is None:
        raise ValueError("the voice was not saved")
    return voice.id


async def put_vote(work: Work, voice_id: int, opinion: Opinion, value: int) -> None:
    """Store what a voice says of an opinion and move its counters by the difference.

    `opinion` was loaded locked. Raises InvalidInput: no such value, or the opinion is not shown.
    """
    if value not in _COUNTER:
        raise InvalidInput(f"vote {value}", reason="opinion_vote")
    if opinion.status != "shown":
        raise InvalidInput("opinion not shown", reason="opinion_gone")
    vote = await work.session.get(OpinionVote, (voice_id, opinion.key))
    if vote is not None and vote.value == value:
        return
    if vote is None:
        vote = OpinionVote(
            voice_id=voice_id,
            opinion_id=opinion.key,
            deliberation_id=opinion.deliberation_id,
            value=value,
            at=work.now,
        )
        work.session.add(vote)
    else:
        _count(opinion, vote.value, -1)
        vote.value = value
        vote.at = work.now
    _count(opinion, value, 1)
    await work.session.flush()


def _count(opinion: Opinion, value: int, by: int) -> None:
    name = _COUNTER[value]
    setattr(opinion, name, getattr(opinion, name) + by)
