"""The speaking queue of a meeting: who waits, who speaks, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.meeting import Meeting, SpeakingTurn
from models.deliberation.steps import Capacity
from models.errors import ActionNotAllowed, NotFound
from models.ticket import DueTime
from workflows.deliberation.access import CLOCK, Doer, doer_of
from workflows.deliberation.events import contribute, record
from workflows.deliberation.hall import (
    Speaker,
    account_of,
    acting_as,
    check_attending,
    check_open,
    is_resident,
    load_meeting,
    require_keeper,
    speakers,
    tell,
    who_is,
)
from workflows.due import cancel, register, schedule
from workflows.work import Person, Work

TIME_UP = "d_floor"
"""Due kind of the end of a speech; its subject is the turn's id."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the queue, the one who speaks first."""

    turn: SpeakingTurn
    speaker: Speaker

    @property
    def speaking(self) -> bool:
        """Whether they have the floor."""
        return self.turn.started_at is not None


async def ask_to_speak(work: Work, person: Person, meeting_id: int) -> SpeakingTurn:
    """Take a place at the end of the queue; who waits or speaks already keeps theirs.

    Raises NotReady when the meeting is not open, NotEligible `not_attending`.
    """
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await doer_of(work, person, deliberation)
    check_open(meeting)
    who = who_is(work, deliberation, doer)
    await check_attending(work, meeting, who)
    for turn in await _turns(work, meeting):
        if turn.who == who:
            return turn
    turn = SpeakingTurn(meeting_id=meeting.key, who=who, asked_at=work.now)
    work.session.add(turn)
    await work.session.flush()
    return turn


async def give_floor(work: Work, person: Person, turn_id: int) -> SpeakingTurn:
    """The secretary lets somebody of the queue speak; who spoke until now has finished.

    Raises NotFound for a turn that is over.
    """
    found = await work.session.get(SpeakingTurn, turn_id)
    if found is None:
        raise NotFound(f"turn {turn_id}")
    meeting, deliberation = await load_meeting(work, found.meeting_id)
    doer = await require_keeper(work, person, deliberation)
    check_open(meeting)
    waiting = {turn.id: turn for turn in await _turns(work, meeting)}
    turn = waiting.get(turn_id)
    if turn is None:
        raise NotFound(f"turn {turn_id} is over")
    if turn.started_at is not None:
        return turn
    for other in waiting.values():
        if other.started_at is not None:
            await _finish(work, other)
    seconds = work.policy.deliberation.speaking_seconds
    turn.started_at = work.now
    turn.ends_at = work.now + timedelta(seconds=seconds)
    await schedule(work, TIME_UP, turn.ends_at, subject=str(turn.id))
    await note_speech(work, deliberation, doer, turn.who)
    await tell(
        work, turn.who, "d_floor", deliberation=deliberation, seconds=seconds, until=turn.ends_at
    )
    return turn


async def end_speech(work: Work, person: Person, turn_id: int) -> SpeakingTurn:
    """The speaker, or the secretary, ends a speech; or somebody leaves the queue.

    Raises ActionNotAllowed for anybody else.
    """
    turn = await work.session.get(SpeakingTurn, turn_id)
    if turn is None:
        raise NotFound(f"turn {turn_id}")
    _, deliberation = await load_meeting(work, turn.meeting_id)
    doer = await doer_of(work, person, deliberation)
    keeps = doer.capacities & {Capacity.SECRETARY, Capacity.ORGANISER}
    if turn.who != who_is(work, deliberation, doer) and not keeps:
        raise ActionNotAllowed("another one's speech")
    if turn.ended_at is None:
        await _finish(work, turn)
    return turn


async def list_queue(work: Work, meeting: Meeting) -> list[Place]:
    """Who speaks, and who waits in the order of asking."""
    deliberation = await work.session.get_one(Deliberation, meeting.deliberation_id)
    turns = await _turns(work, meeting)
    called = await speakers(work, deliberation, (turn.who for turn in turns))
    turns.sort(key=lambda turn: turn.started_at is None)
    return [Place(turn, called[turn.who]) for turn in turns]


async def empty_queue(work: Work, meeting: Meeting) -> None:
    """Nobody waits or speaks any longer: the meeting is over."""
    for turn in await _turns(work, meeting):
        await _finish(work, turn)


async def leave_queue(work: Work, meeting: Meeting, who: str) -> None:
    """Somebody went home: their place, or their speech, is over."""
    for turn in await _turns(work, meeting):
        if turn.who == who:
            await _finish(work, turn)


async def note_speech(work: Work, deliberation: Deliberation, doer: Doer, who: str) -> None:
    """Write down that somebody spoke, and that they are to be told what became of it."""
    keeper = acting_as(doer, Capacity.SECRETARY, Capacity.ORGANISER)
    # A resident's account stays out of what is published; the contribution knows it.
    record(work, deliberation, "give_floor", doer, keeper, who=None if is_resident(who) else who)
    await contribute_speech(work, deliberation, who)


async def contribute_speech(work: Work, deliberation: Deliberation, who: str) -> None:
    """One contribution for each person who spoke, however often."""
    account = await account_of(work, who)
    if account is not None:
        await contribute(work, deliberation, "speech", author_id=account)


async def _turns(work: Work, meeting: Meeting) -> list[SpeakingTurn]:
    found = await work.session.scalars(
        select(SpeakingTurn)
        .where(col(SpeakingTurn.meeting_id) == meeting.key, col(SpeakingTurn.ended_at).is_(None))
        .order_by(col(SpeakingTurn.asked_at), col(SpeakingTurn.id))
    )
    return list(found)


async def _finish(work: Work, turn: SpeakingTurn) -> None:
    turn.ended_at = work.now
    await cancel(work, TIME_UP, subject=str(turn.id))


async def _time_up(work: Work, due: DueTime) -> None:
    """The time allowed is over: speaker and secretary are told; nobody's word is cut off."""
    turn = await work.session.get(SpeakingTurn, int(due.subject))
    if turn is None or turn.ended_at is not None:
        return
    meeting, deliberation = await load_meeting(work, turn.meeting_id)
    called = await speakers(work, deliberation, (turn.who,))
    record(work, deliberation, "time_up", CLOCK, Capacity.SYSTEM)
    for who in dict.fromkeys((turn.who, meeting.secretary)):
        await tell(
            work,
            who,
            "d_time_up",
            deliberation=deliberation,
            speaker=called[turn.who],
            mine=who == turn.who,
        )


register(TIME_UP, _time_up)
