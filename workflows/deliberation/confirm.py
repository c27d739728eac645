"""Step 2, 确认议题: opinions by support and consensus, merged into one to three topics.

The council's vote on them is in `motions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from sqlalchemy import delete, update
from sqlmodel import col

from models.deliberation.core import Deliberation, Recusal
from models.deliberation.opinion import Opinion, OpinionPicture, Topic
from models.deliberation.steps import Capacity, Step
from models.errors import ActionNotAllowed, InvalidInput, NotReady
from workflows.deliberation.access import Doer, council_of, doer_of, load, require
from workflows.deliberation.checks import expect_step
from workflows.deliberation.events import record
from workflows.deliberation.motions import (
    MotionCount,
    binding_motion,
    close_when_all_voted,
    count_motion,
    motion_under_vote,
    newest_motion,
    open_motion,
    take_back_motion,
    vote_motion,
)
from workflows.deliberation.posting import shown_opinions
from workflows.deliberation.roll_call import watch_quorum
from workflows.deliberation.topics import topics_of
from workflows.work import Person, Work

__all__ = [
    "MotionCount",
    "RankedOpinion",
    "TopicDraft",
    "count_motion",
    "motion_under_vote",
    "newest_motion",
    "open_motion",
    "ranked_opinions",
    "recuse",
    "set_topics",
    "stand_aside",
    "support_of",
    "take_back_motion",
    "topics_of",
    "vote_motion",
]

MOST_TOPICS = 3
MAX_TITLE = 60
MAX_SUMMARY = 500
MAX_REASON = 300
_SURE = 1.96
"""Normal quantile of the 95 % interval whose lower end ranks opinions."""


@dataclass(frozen=True, slots=True)
class TopicDraft:
    """A topic before it is stored."""

    title: str
    summary: str = ""
    opinion_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RankedOpinion:
    """An opinion with how strong its support is, 0 to 1."""

    opinion: Opinion
    support: float
    consensus: float | None
    """Group-informed consensus on agreeing; None where the groups do not share it, or there are
    no groups."""


def support_of(agrees: int, votes: int) -> float:
    """The least share of people that may be expected to agree, 0 to 1, given so many votes.

    The lower end of Wilson's 95 % interval: three of three rank below ninety of a hundred.
    """
    if votes == 0:
        return 0.0
    share, square = agrees / votes, _SURE**2
    middle = share + square / (2 * votes)
    spread = _SURE * sqrt(share * (1 - share) / votes + square / (4 * votes**2))
    return max(0.0, (middle - spread) / (1 + square / votes))


async def ranked_opinions(work: Work, deliberation: Deliberation) -> list[RankedOpinion]:
    """The shown opinions: first what all groups agree on, then by support, then by votes."""
    picture = await work.session.get(OpinionPicture, deliberation.key)
    shared = {}
    if picture is not None:
        shared = {row[0]: float(row[2]) for row in picture.data["consensus"] if row[1]}
    ranked = [
        RankedOpinion(o, support_of(o.agrees, o.votes), shared.get(o.key))
        for o in await shown_opinions(work, deliberation.key)
    ]
    ranked.sort(key=lambda r: (-(r.consensus or 0.0), -r.support, -r.opinion.votes, r.opinion.key))
    return ranked


async def set_topics(
    work: Work, person: Person, d_id: int, topics: Sequence[TopicDraft]
) -> list[Topic]:
    """Replace the draft of the topics, by the organiser or a council member.

    Every topic rests on opinions, an opinion belongs to one topic at most.

    Raises:
        NotFound, ActionNotAllowed.
        NotReady: `step`, or `motion_open`: they are being voted on, or were just carried.
        InvalidInput: `topics_count`, `topic_title`, `topic_summary`, `topic_opinions`.
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER, Capacity.COUNCIL)
    expect_step(deliberation, Step.CONFIRM)
    if await binding_motion(work, d_id) is not None:
        raise NotReady("motion open", reason="motion_open")
    _check_topics(topics, {o.key for o in await shown_opinions(work, d_id)})
    session = work.session
    of_this = col(Opinion.deliberation_id) == d_id
    await session.execute(update(Opinion).where(of_this).values(topic_id=None))
    await session.execute(delete(Topic).where(col(Topic.deliberation_id) == d_id))
    stored = [
        Topic(
            deliberation_id=d_id,
            position=position,
            title=draft.title.strip(),
            summary=draft.summary.strip(),
        )
        for position, draft in enumerate(topics, start=1)
    ]
    session.add_all(stored)
    await session.flush()
    for topic, draft in zip(stored, topics, strict=True):
        await session.execute(
            update(Opinion).where(col(Opinion.id).in_(draft.opinion_ids)).values(topic_id=topic.id)
        )
    record(
        work,
        deliberation,
        "set_topics",
        doer,
        _acting(doer),
        topics=[topic.title for topic in stored],
    )
    return stored


def _check_topics(topics: Sequence[TopicDraft], shown: set[int]) -> None:
    if not 1 <= len(topics) <= MOST_TOPICS:
        raise InvalidInput("topics", reason="topics_count", most=MOST_TOPICS)
    titles = [topic.title.strip() for topic in topics]
    if any(not 2 <= len(title) <= MAX_TITLE for title in titles) or len(set(titles)) < len(titles):
        raise InvalidInput("title", reason="topic_title", most=MAX_TITLE)
    if any(len(topic.summary) > MAX_SUMMARY for topic in topics):
        raise InvalidInput("summary", reason="topic_summary", most=MAX_SUMMARY)
    used = [key for topic in topics for key in topic.opinion_ids]
    if not all(topic.opinion_ids for topic in topics) or len(set(used)) < len(used):
        raise InvalidInput("opinions of topics", reason="topic_opinions")
    if not set(used) <= shown:
        raise InvalidInput("opinions not shown", reason="topic_opinions")


def _acting(doer: Doer) -> Capacity:
    order = (Capacity.ORGANISER, Capacity.COUNCIL, Capacity.SECRETARY, Capacity.OFFICE)
    return next(capacity for capacity in order if capacity in doer.capacities)


async def recuse(work: Work, person: Person, d_id: int, staff_code: str, reason: str) -> None:
    """A council member with an interest stands aside (回避): by their own word, or as found by the
    organiser, the secretary or the office. Saying it again changes nothing.

    Raises NotFound, ActionNotAllowed, NotReady (`ended`), InvalidInput (`not_a_seat`, `reason`).
    """
    deliberation = await load(work, d_id)
    doer = await doer_of(work, person, deliberation)
    own = doer.staff is not None and doer.staff.code == staff_code
    others = {Capacity.ORGANISER, Capacity.SECRETARY, Capacity.OFFICE}
    if not own and not doer.capacities & others:
        raise ActionNotAllowed("recuse somebody")
    if not deliberation.running:
        raise NotReady("it ended", reason="ended", number=deliberation.number)
    words = reason.strip()
    if not 2 <= len(words) <= MAX_REASON:
        raise InvalidInput("reason", reason="reason", most=MAX_REASON)
    await stand_aside(work, deliberation, staff_code, words, doer)


async def stand_aside(
    work: Work, deliberation: Deliberation, staff_code: str, reason: str, doer: Doer
) -> bool:
    """Note that a seat does not count here, also for motions that run; tells its holder.

    Returns whether that is new. Raises InvalidInput (`not_a_seat`).
    """
    if all(seat.post != staff_code for seat in council_of(work, deliberation).seats):
        raise InvalidInput(f"no seat: {staff_code}", reason="not_a_seat")
    if await work.session.get(Recusal, (deliberation.key, staff_code)) is not None:
        return False
    work.session.add(
        Recusal(
            deliberation_id=deliberation.key,
            staff=staff_code,
            reason=reason,
            at=work.now,
            by_staff=doer.name,
        )
    )
    order = (Capacity.ORGANISER, Capacity.SECRETARY, Capacity.OFFICE, Capacity.COUNCIL)
    capacity = next((c for c in order if c in doer.capacities), Capacity.COUNCIL)
    record(work, deliberation, "recuse", doer, capacity, text=reason, seat=staff_code)
    await work.session.flush()
    await watch_quorum(work, deliberation)
    if doer.staff is None or doer.staff.code != staff_code:
        await work.services.notifier.staff(
            work, staff_code, "d_recused", deliberation=deliberation, reason=reason
        )
    motion = await motion_under_vote(work, deliberation.key)
    if motion is not None:
        await close_when_all_voted(work, deliberation, motion)
    return True
