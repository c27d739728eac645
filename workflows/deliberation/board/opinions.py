"""Steps 1 and 2 on the board: opinions, topics, motions; and the votes for download."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.core import Deliberation, Recusal
from models.deliberation.opinion import (
    Motion,
    MotionVote,
    Opinion,
    OpinionPicture,
    OpinionVote,
    Topic,
    Voice,
)
from models.deliberation.steps import Step, position
from models.errors import NotReady
from workflows.deliberation.board.names import post_or_code
from workflows.deliberation.board.parts import (
    MotionView,
    OpinionLine,
    OpinionsView,
    RecusalView,
    TopicView,
)
from workflows.work import Work

TOP = 15
"""Opinions that the page shows; all of them are in the download."""
FEWEST_VOICES = 5
"""With fewer people, votes are not published one by one: neighbours would know who is who."""


async def read_opinions(
    work: Work, deliberation: Deliberation
) -> tuple[OpinionsView, list[OpinionLine]]:
    """What was said: the sums and the opinions with most votes; and every shown opinion."""
    rows = (
        await work.session.scalars(
            select(Opinion)
            .where(col(Opinion.deliberation_id) == deliberation.key)
            .order_by(col(Opinion.id))
        )
    ).all()
    status = Counter(row.status for row in rows)
    lines = {row.key: _line(row, number) for number, row in enumerate(rows, start=1)}
    shown = [lines[row.key] for row in rows if row.status == "shown"]
    voices = await work.session.execute(
        select(col(Voice.door_key).is_not(None), func.count())
        .where(col(Voice.deliberation_id) == deliberation.key)
        .group_by(col(Voice.door_key).is_not(None))
    )
    by_door = {bool(door): count for door, count in voices}
    view = OpinionsView(
        shown=len(shown),
        joined=status["joined"],
        hidden=status["hidden"],
        votes=sum(line.votes for line in shown),
        voices=sum(by_door.values()),
        door_voices=by_door.get(True, 0),
        top=tuple(sorted(shown, key=_weight)[:TOP]),
        texts={row.key: row.text for row in rows if row.status == "shown"},
        picture=await find_picture(work, deliberation),
    )
    return view, shown


async def find_picture(work: Work, deliberation: Deliberation) -> dict[str, Any] | None:
    """The newest opinion picture as JSON; None before the first."""
    picture = await work.session.get(OpinionPicture, deliberation.key)
    return picture.data if picture is not None else None


def _line(row: Opinion, number: int) -> OpinionLine:
    return OpinionLine(
        number=number,
        text=row.text,
        agrees=row.agrees,
        disagrees=row.disagrees,
        passes=row.passes,
        origin=row.origin,
        tickets=row.tickets,
        topic_id=row.topic_id,
    )


def _weight(line: OpinionLine) -> tuple[int, int, int]:
    """Most agreement first; among equals the one that more people voted on, then the older."""
    return -line.agrees, -line.votes, line.number


async def read_topics(
    work: Work, deliberation: Deliberation, shown: Sequence[OpinionLine]
) -> tuple[dict[int, str], tuple[TopicView, ...]]:
    """Titles by row id, and the topics with the opinions behind them."""
    topics = (
        await work.session.scalars(
            select(Topic)
            .where(col(Topic.deliberation_id) == deliberation.key)
            .order_by(col(Topic.position), col(Topic.id))
        )
    ).all()
    behind: dict[int | None, list[OpinionLine]] = defaultdict(list)
    for line in sorted(shown, key=_weight):
        behind[line.topic_id].append(line)
    views = tuple(TopicView(t.title, t.summary, tuple(behind[t.id])) for t in topics)
    return {t.id: t.title for t in topics if t.id is not None}, views


async def read_motions(work: Work, deliberation: Deliberation) -> tuple[MotionView, ...]:
    """The council's votes, newest first; who voted what stays with the council."""
    motions = (
        await work.session.scalars(
            select(Motion)
            .where(col(Motion.deliberation_id) == deliberation.key)
            .order_by(col(Motion.id).desc())
        )
    ).all()
    votes = await work.session.execute(
        select(col(MotionVote.motion_id), col(MotionVote.value), func.count())
        .where(col(MotionVote.motion_id).in_([motion.id for motion in motions]))
        .group_by(col(MotionVote.motion_id), col(MotionVote.value))
    )
    counted: dict[tuple[int | None, str], int] = {
        (motion_id, value): count for motion_id, value, count in votes
    }
    return tuple(
        MotionView(
            kind=motion.kind,
            reason=motion.reason,
            state=motion.state,
            closes_at=motion.closes_at,
            yes=counted.get((motion.id, "yes"), 0),
            no=counted.get((motion.id, "no"), 0),
            abstain=counted.get((motion.id, "abstain"), 0),
        )
        for motion in motions
    )


async def read_recusals(work: Work, deliberation: Deliberation) -> tuple[RecusalView, ...]:
    """Council members who stand aside, and why."""
    found = await work.session.scalars(
        select(Recusal)
        .where(col(Recusal.deliberation_id) == deliberation.key)
        .order_by(col(Recusal.staff))
    )
    return tuple(
        RecusalView(post_or_code(work.district, recusal.staff), recusal.reason) for recusal in found
    )


def check_collected(deliberation: Deliberation) -> None:
    """Votes are published when nobody can vote any more.

    Raises NotReady: `collecting`, before step 1 has ended.
    """
    if position(deliberation.step) <= position(Step.COLLECT):
        raise NotReady("votes are published after the collection", reason="collecting")


async def export_opinions(work: Work, deliberation: Deliberation) -> dict[str, Any]:
    """Every shown opinion with its counts, and who voted how, people being bare numbers.

    The numbers follow a digest of what the votes themselves are: no order of time, of account or
    of street is left in them, and every download has the same. With fewer than `FEWEST_VOICES`
    people there are only the counts.

    Raises NotReady: `collecting`.
    """
    check_collected(deliberation)
    opinions = (
        await work.session.scalars(
            select(Opinion)
            .where(col(Opinion.deliberation_id) == deliberation.key)
            .order_by(col(Opinion.id))
        )
    ).all()
    lines = {
        row.key: _line(row, number)
        for number, row in enumerate(opinions, start=1)
        if row.status == "shown"
    }
    people = await _matrix(work, deliberation, lines)
    enough = len(people) >= FEWEST_VOICES
    return {
        "deliberation": deliberation.number,
        "title": deliberation.title,
        "participants": len(people),
        "opinions": [
            {
                "opinion": line.number,
                "text": line.text,
                "origin": line.origin,
                "agrees": line.agrees,
                "disagrees": line.disagrees,
                "passes": line.passes,
            }
            for line in lines.values()
        ],
        "votes": await asyncio.to_thread(_numbered, deliberation.number, people)
        if enough
        else None,
    }


Row = tuple[str, tuple[tuple[int, int], ...]]
"""Group, and (number of the opinion, value) of one person's votes."""


async def _matrix(
    work: Work, deliberation: Deliberation, lines: dict[int, OpinionLine]
) -> list[Row]:
    votes: dict[int, list[tuple[int, int]]] = defaultdict(list)
    groups: dict[int, str] = {}
    found = await work.session.stream(
        select(
            col(OpinionVote.voice_id),
            col(OpinionVote.opinion_id),
            col(OpinionVote.value),
            col(Voice.group),
        )
        .join(Voice, col(Voice.id) == col(OpinionVote.voice_id))
        .where(col(Voice.deliberation_id) == deliberation.key)
        .execution_options(yield_per=5000)
    )
    async for voice_id, opinion_id, value, group in found:
        if (line := lines.get(opinion_id)) is not None:
            votes[voice_id].append((line.number, value))
            groups[voice_id] = group or ""
    return [(groups[voice_id], tuple(sorted(row))) for voice_id, row in votes.items()]


def _numbered(number: int, people: list[Row]) -> list[dict[str, Any]]:
    """Everybody in an order that says nothing but what their votes say."""
    order = sorted(
        (hashlib.sha256(f"{number}:{place}:{row}".encode()).digest(), row)
        for place, row in enumerate(sorted(people))
    )
    return [
        {
            "participant": participant,
            "group": group or None,
            "votes": {str(opinion): value for opinion, value in row},
        }
        for participant, (_, (group, row)) in enumerate(order, start=1)
    ]
