"""The picture of the opinion groups: what it is computed from, and where it is kept.

Computing is `opinions.process`, in a process of its own; this module feeds it in small pieces, so
that nobody's chat waits, and stores what comes back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.opinion import Opinion, OpinionPicture, OpinionVote, Voice
from models.deliberation.steps import Step
from workflows.work import Work

VoteRow = tuple[int, int, int]
"""(voice id, opinion id, value)"""

_AT_ONCE = 100
"""Voices whose votes are read at once: some thousand rows of a large call."""
_IDS_AT_ONCE = 400
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpinionIds:
    """Which opinions a picture is computed of."""

    every: list[int]
    hidden: list[int]
    """Hidden, withdrawn or joined: their votes count for nothing."""


async def stale(session: AsyncSession) -> list[int]:
    """Deliberations in step 1 or 2 whose picture lacks a vote, or shows what was hidden since.

    Cheap: one look at the newest vote of each.
    """
    newest = (
        select(func.max(col(OpinionVote.at)))
        .where(col(OpinionVote.deliberation_id) == col(Deliberation.id))
        .correlate(Deliberation)
        .scalar_subquery()
    )
    until = col(OpinionPicture.votes_until)
    found = await session.scalars(
        select(col(Deliberation.id))
        .outerjoin(OpinionPicture, col(OpinionPicture.deliberation_id) == col(Deliberation.id))
        .where(
            col(Deliberation.step).in_((Step.COLLECT, Step.CONFIRM)),
            newest.is_not(None),
            or_(until.is_(None), newest > until),
        )
        .order_by(col(Deliberation.id))
    )
    return [d_id for d_id in found if d_id is not None]


async def newest_vote(session: AsyncSession, d_id: int) -> datetime | None:
    """The time (UTC) of the newest vote, to be read before the votes: `votes_until`."""
    found: datetime | None = await session.scalar(
        select(func.max(col(OpinionVote.at))).where(col(OpinionVote.deliberation_id) == d_id)
    )
    return found


async def opinions_in(session: AsyncSession, d_id: int) -> OpinionIds:
    """All opinions of a call, and those that are not shown."""
    rows = (
        await session.execute(
            select(col(Opinion.id), col(Opinion.status))
            .where(col(Opinion.deliberation_id) == d_id)
            .order_by(col(Opinion.id))
        )
    ).all()
    return OpinionIds([key or 0 for key, _ in rows], [key or 0 for key, s in rows if s != "shown"])


async def votes_of(session: AsyncSession, d_id: int) -> AsyncIterator[list[VoteRow]]:
    """Every vote, a hundred people at a time; other work comes in between."""
    voices = (
        await session.scalars(
            select(col(Voice.id)).where(col(Voice.deliberation_id) == d_id).order_by(col(Voice.id))
        )
    ).all()
    for some in _chunks(voices, _AT_ONCE):
        rows = await session.execute(
            select(col(OpinionVote.voice_id), col(OpinionVote.opinion_id), col(OpinionVote.value))
            .where(col(OpinionVote.voice_id).in_(some))
            .order_by(col(OpinionVote.voice_id), col(OpinionVote.opinion_id))
        )
        yield [(voice, opinion, value) for voice, opinion, value in rows]


async def store_picture(
    work: Work, d_id: int, data: dict[str, Any], png: str | None, votes_until: datetime
) -> None:
    """Keep a new picture; which card comes next, and who is in which group, follow from it.

    `data` is `opinions.picture.Picture.as_json()`, `png` base64, `votes_until` what `newest_vote`
    said before the votes were read. A picture of fewer votes than the stored one is dropped.
    """
    picture = await work.session.get(OpinionPicture, d_id, with_for_update=True)
    if picture is None:
        picture = OpinionPicture(
            deliberation_id=d_id, computed_at=work.now, votes_until=votes_until
        )
        work.session.add(picture)
    elif picture.votes_until > votes_until:
        return
    picture.data = data
    picture.png = png
    picture.computed_at = work.now
    picture.votes_until = votes_until
    await _set_priorities(work, d_id, dict(data["priorities"]))
    await _set_groups(work, d_id, {row[0]: row[3] for row in data["points"]})


async def spoil_picture(work: Work, d_id: int) -> None:
    """Have the picture computed again although no vote came: an opinion was hidden or shown."""
    await work.session.execute(
        update(OpinionPicture)
        .where(col(OpinionPicture.deliberation_id) == d_id)
        .values(votes_until=_LONG_AGO)
    )


async def picture_of(work: Work, d_id: int) -> OpinionPicture | None:
    """The newest picture; None while there is none."""
    return await work.session.get(OpinionPicture, d_id)


async def _set_priorities(work: Work, d_id: int, wanted: dict[int, float]) -> None:
    rows = await work.session.execute(
        select(col(Opinion.id), col(Opinion.priority)).where(col(Opinion.deliberation_id) == d_id)
    )
    changes = [
        {"id": key, "priority": wanted[key]}
        for key, priority in rows
        if key in wanted and wanted[key] != priority
    ]
    if changes:
        await work.session.execute(update(Opinion), changes)


async def _set_groups(work: Work, d_id: int, wanted: dict[int, str | None]) -> None:
    """Only those who changed sides are written, by label, some hundred at a time."""
    rows = await work.session.execute(
        select(col(Voice.id), col(Voice.group)).where(col(Voice.deliberation_id) == d_id)
    )
    movers: dict[str | None, list[int]] = {}
    for key, label in rows:
        if (now := wanted.get(key or 0)) != label:
            movers.setdefault(now, []).append(key or 0)
    for label, keys in movers.items():
        for some in _chunks(keys, _IDS_AT_ONCE):
            await work.session.execute(
                update(Voice).where(col(Voice.id).in_(some)).values(group=label)
            )


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
