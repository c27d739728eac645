"""Step 2: the council votes on topics, on tickets instead, or on a referral.

More than the council's quorum of those who do not stand aside must vote; then more than its
majority of yes among yes and no carries. A tie carries nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.opinion import Motion, MotionVote
from models.deliberation.quorum import quorum
from models.deliberation.steps import Capacity, Move, Step
from models.errors import InvalidInput, NotEligible, NotFound, NotReady
from workflows.deliberation.access import (
    CLOCK,
    Doer,
    council_of,
    doer_of,
    load,
    recused,
    require,
    seated,
)
from workflows.deliberation.checks import expect_step
from workflows.deliberation.events import record
from workflows.deliberation.moves import apply_move
from workflows.deliberation.posts import council_seats, organisers, tell_posts
from workflows.deliberation.topics import topics_of
from workflows.due import cancel, schedule
from workflows.work import Person, Work

MOTION_DUE = "d_motion"
"""Due time of the end of a motion; its subject is the motion's id."""
MOVE_OF = {"topics": Move.CONFIRM_TOPICS, "tickets": Move.DIVERT, "referral": Move.REFER}
"""What happens by itself once a motion of a kind is carried."""
VALUES = ("yes", "no", "abstain")
MAX_REASON = 1000


@dataclass(frozen=True, slots=True)
class MotionCount:
    """How a motion stands."""

    yes: int
    no: int
    abstain: int
    seats: int
    """Council members who may vote."""
    needed: int
    """Votes of any kind that make the quorum."""
    majority_percent: int

    @property
    def voted(self) -> int:
        """Votes of any kind."""
        return self.yes + self.no + self.abstain

    @property
    def state(self) -> str:
        """What a motion closed now would be: passed, rejected or no_quorum."""
        if self.voted < self.needed:
            return "no_quorum"
        carried = self.yes * 100 > (self.yes + self.no) * self.majority_percent
        return "passed" if carried else "rejected"


async def open_motion(work: Work, person: Person, d_id: int, kind: str, reason: str) -> Motion:
    """Put a question to the council: these topics, tickets instead, or a referral.

    By the organiser or a council member. Without need for deliberation, or out of the council's
    hands, the reason is what everybody who spoke will be told.

    Raises:
        NotFound, ActionNotAllowed.
        NotReady: `step`, `motion_open`, or `topics`: none are drafted.
        InvalidInput: `motion_kind`, `reason` (needed for tickets and a referral).
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER, Capacity.COUNCIL)
    expect_step(deliberation, Step.CONFIRM)
    if kind not in MOVE_OF:
        raise InvalidInput(kind, reason="motion_kind")
    words = reason.strip()
    if len(words) > MAX_REASON or (kind != "topics" and len(words) < 2):
        raise InvalidInput("reason", reason="reason", most=MAX_REASON)
    if await binding_motion(work, d_id) is not None:
        raise NotReady("motion open", reason="motion_open")
    if kind == "topics" and not await topics_of(work, d_id):
        raise NotReady("no topics", reason="topics")
    motion = Motion(
        deliberation_id=d_id,
        kind=kind,
        reason=words,
        moved_by=doer.name,
        opened_at=work.now,
        closes_at=work.now + work.policy.deliberation.motion_time,
    )
    work.session.add(motion)
    await work.session.flush()
    await schedule(work, MOTION_DUE, motion.closes_at, subject=str(motion.id))
    record(work, deliberation, "open_motion", doer, _acting(doer), text=words or None, kind=kind)
    await tell_posts(
        work,
        await seated(work, deliberation),
        "d_motion",
        deliberation,
        kind=kind,
        reason=words,
        topics=[t.title for t in await topics_of(work, d_id)] if kind == "topics" else [],
        closes_at=motion.closes_at,
        subject_id=motion.id,
    )
    return motion


async def vote_motion(work: Work, person: Person, motion_id: int, value: str) -> Motion:
    """A council member's vote, open, to be changed while the motion runs; after the last one it is
    closed at once.

    Raises:
        NotFound, ActionNotAllowed: not of this council.
        NotEligible: `recused`: the member stands aside.
        NotReady: `motion_closed`, also when its time is over and the clock has not come round.
        InvalidInput: `motion_vote`.
    """
    motion, deliberation = await load_motion(work, motion_id)
    doer = await doer_of(work, person, deliberation)
    aside = await recused(work, deliberation)
    if doer.staff is not None and doer.staff.code in aside:
        raise NotEligible("stands aside", reason="recused")
    doer = await require(work, person, deliberation, Capacity.COUNCIL)
    if value not in VALUES:
        raise InvalidInput(value, reason="motion_vote")
    if motion.state != "open" or motion.closes_at <= work.now:
        raise NotReady("motion closed", reason="motion_closed")
    vote = await work.session.get(MotionVote, (motion_id, doer.name))
    if vote is None:
        vote = MotionVote(motion_id=motion_id, staff=doer.name, value=value, at=work.now)
        work.session.add(vote)
    vote.value, vote.at = value, work.now
    await work.session.flush()
    await close_when_all_voted(work, deliberation, motion)
    return motion


async def take_back_motion(work: Work, person: Person, motion_id: int) -> Motion:
    """Who moved it, or the organiser, takes it back before it is decided.

    Raises NotFound, ActionNotAllowed, NotReady (`motion_closed`).
    """
    motion, deliberation = await load_motion(work, motion_id)
    doer = await doer_of(work, person, deliberation)
    if doer.name != motion.moved_by:
        doer = await require(work, person, deliberation, Capacity.ORGANISER)
    if motion.state != "open":
        raise NotReady("motion closed", reason="motion_closed")
    motion.state, motion.closed_at = "taken_back", work.now
    await cancel(work, MOTION_DUE, subject=str(motion_id))
    record(work, deliberation, "take_back_motion", doer, _acting(doer), kind=motion.kind)
    return motion


async def newest_motion(work: Work, d_id: int) -> Motion | None:
    """The last motion of a deliberation, open or decided; None when there was none."""
    found: Motion | None = await work.session.scalar(
        select(Motion)
        .where(col(Motion.deliberation_id) == d_id)
        .order_by(col(Motion.id).desc())
        .limit(1)
    )
    return found


async def motion_under_vote(work: Work, d_id: int) -> Motion | None:
    """The motion that is being voted on, if any."""
    motion = await newest_motion(work, d_id)
    return motion if motion is not None and motion.state == "open" else None


async def binding_motion(work: Work, d_id: int) -> Motion | None:
    """The motion under vote, or the one that was carried and waits for the step's least time:
    neither it nor what it is about may be replaced meanwhile."""
    motion = await newest_motion(work, d_id)
    return motion if motion is not None and motion.state in ("open", "passed") else None


async def count_motion(work: Work, motion: Motion) -> MotionCount:
    """The votes of those who do not stand aside, and what the quorum is."""
    deliberation = await load(work, motion.deliberation_id, lock=False)
    may = await seated(work, deliberation)
    votes = await work.session.scalars(
        select(col(MotionVote.value)).where(
            col(MotionVote.motion_id) == motion.id, col(MotionVote.staff).in_(may)
        )
    )
    values = list(votes)
    council = council_of(work, deliberation)
    return MotionCount(
        yes=values.count("yes"),
        no=values.count("no"),
        abstain=values.count("abstain"),
        seats=len(may),
        needed=quorum(len(may), len(values), council.quorum_percent).needed,
        majority_percent=council.majority_percent,
    )


async def close_when_all_voted(work: Work, deliberation: Deliberation, motion: Motion) -> None:
    """Nobody is left who could vote: the motion is decided before its time."""
    count = await count_motion(work, motion)
    if motion.state == "open" and count.voted >= count.seats:
        await close_motion(work, deliberation, motion)


async def close_motion(work: Work, deliberation: Deliberation, motion: Motion) -> None:
    """Count, tell the council, and do what was carried. A closed motion is left as it is."""
    if motion.state != "open":
        return
    count = await count_motion(work, motion)
    motion.state, motion.closed_at = count.state, work.now
    await cancel(work, MOTION_DUE, subject=str(motion.id))
    figures: dict[str, Any] = {"yes": count.yes, "no": count.no, "abstain": count.abstain}
    record(
        work,
        deliberation,
        "close_motion",
        CLOCK,
        Capacity.SYSTEM,
        kind=motion.kind,
        state=motion.state,
        seats=count.seats,
        **figures,
    )
    await work.session.flush()
    await tell_posts(
        work,
        [*organisers(work, deliberation), *council_seats(work, deliberation)],
        "d_motion_closed",
        deliberation,
        kind=motion.kind,
        state=motion.state,
        count=count,
    )
    await carry_out(work, deliberation, motion)


async def carry_out(work: Work, deliberation: Deliberation, motion: Motion) -> None:
    """What a carried motion says happens by itself, as soon as the step may end."""
    if motion.state != "passed" or deliberation.step is not Step.CONFIRM:
        return
    try:
        await apply_move(
            work,
            deliberation,
            MOVE_OF[motion.kind],
            CLOCK,
            reason=motion.reason or None,
            motion=motion.id,
        )
    except NotReady as error:
        if error.context["reason"] != "too_early":
            raise
        again_at = error.context["again_at"]
        await schedule(work, MOTION_DUE, again_at, subject=str(motion.id))  # type: ignore[arg-type]


async def load_motion(work: Work, motion_id: int) -> tuple[Motion, Deliberation]:
    """A motion and its deliberation, both locked. Raises NotFound."""
    motion = await work.session.get(Motion, motion_id, with_for_update=True, populate_existing=True)
    if motion is None:
        raise NotFound(f"motion {motion_id}")
    return motion, await load(work, motion.deliberation_id)


def _acting(doer: Doer) -> Capacity:
    organiser = Capacity.ORGANISER in doer.capacities
    return Capacity.ORGANISER if organiser else Capacity.COUNCIL
