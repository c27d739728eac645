"""The roll of a meeting: who is there, and whether that is a quorum.

Anybody concerned may attend; only seats of the council count. Losing the quorum suspends the
meeting at once; the secretary resumes it when enough are back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.meeting import Attendance, Meeting, MinuteLine
from models.deliberation.quorum import Quorum, quorum
from models.deliberation.steps import Capacity, Step
from models.errors import InvalidInput, NotReady
from workflows.deliberation.access import CLOCK, Doer, council_of, require, seated
from workflows.deliberation.checks import expect_step
from workflows.deliberation.events import record
from workflows.deliberation.facts import newest_meeting
from workflows.deliberation.floor import leave_queue
from workflows.deliberation.hall import (
    Speaker,
    acting_as,
    attending,
    is_resident,
    load_meeting,
    require_keeper,
    speakers,
    tell_present,
    who_is,
)
from workflows.work import Person, Work

DOORS_OPEN = timedelta(minutes=30)
"""The roll is called from this long before the announced time."""
_HERE = ("planned", "open", "suspended")
_MAY_ATTEND = (
    Capacity.COUNCIL,
    Capacity.SECRETARY,
    Capacity.ORGANISER,
    Capacity.LAWYER,
    Capacity.AUTHOR,
    Capacity.RESIDENT,
    Capacity.VOLUNTEER,
    Capacity.OFFICE,
)


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is there."""

    speaker: Speaker
    since: datetime


async def check_in(work: Work, person: Person, meeting_id: int) -> Attendance:
    """Somebody says that they are there: in the room, or in the chat. Again changes nothing.

    Raises ActionNotAllowed for whom it does not concern, NotReady `meeting_early` (`again_at`) or
    `meeting_over`.
    """
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await require(work, person, deliberation, *_MAY_ATTEND)
    return await _enter(work, meeting, deliberation, doer, who_is(work, deliberation, doer))


async def check_in_member(
    work: Work, person: Person, meeting_id: int, staff_code: str
) -> Attendance:
    """The secretary sees a council member in the room. Raises as `check_in`, and InvalidInput
    `council_member` for who has no seat."""
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await require_keeper(work, person, deliberation)
    if staff_code not in {seat.post for seat in council_of(work, deliberation).seats}:
        raise InvalidInput("no seat", reason="council_member")
    return await _enter(work, meeting, deliberation, doer, staff_code)


async def leave(work: Work, person: Person, meeting_id: int) -> None:
    """Somebody leaves the meeting; who is not there changes nothing."""
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await require(work, person, deliberation, *_MAY_ATTEND)
    await _go(work, meeting, deliberation, doer, who_is(work, deliberation, doer))


async def mark_left(work: Work, person: Person, meeting_id: int, who: str) -> None:
    """The secretary sees that somebody left (`who` as `Attendance.who`)."""
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await require_keeper(work, person, deliberation)
    await _go(work, meeting, deliberation, doer, who)


async def quorum_of(work: Work, meeting: Meeting) -> Quorum:
    """How many seats are there now, and how many must be."""
    deliberation = await work.session.get_one(Deliberation, meeting.deliberation_id)
    seats = set(await seated(work, deliberation))
    there = {row.who for row in await attending(work, meeting)}
    return quorum(len(seats), len(seats & there), council_of(work, deliberation).quorum_percent)


async def present_at(work: Work, meeting: Meeting) -> list[Present]:
    """Everybody who is there, in the order they came."""
    deliberation = await work.session.get_one(Deliberation, meeting.deliberation_id)
    rows = await attending(work, meeting)
    called = await speakers(work, deliberation, (row.who for row in rows))
    return [Present(called[row.who], row.since) for row in rows]


async def check_may_decide(work: Work, deliberation: Deliberation) -> Meeting:
    """The council met, or is meeting, with its quorum: a decision may be called for.

    Raises NotReady: `not_met` (no meeting was opened), `suspended`, `quorum` (`present`, `needed`)
    or `minutes` (it is closed, and nobody wrote minutes).
    """
    expect_step(deliberation, Step.CONSULT)
    meeting = await newest_meeting(work, deliberation)
    if meeting is None or meeting.state in ("planned", "adjourned"):
        raise NotReady("the council has not met", reason="not_met")
    if meeting.state == "suspended":
        raise NotReady("quorum was lost", reason="suspended")
    if meeting.state == "open":
        check_quorum(await quorum_of(work, meeting))
    else:
        written = exists().where(col(MinuteLine.meeting_id) == meeting.key)
        if not await work.session.scalar(select(written)):
            raise NotReady("no minutes", reason="minutes")
    return meeting


def check_quorum(found: Quorum) -> None:
    """Raises NotReady `quorum` when too few are there."""
    if not found.ok:
        raise NotReady("no quorum", reason="quorum", present=found.present, needed=found.needed)


async def watch_quorum(work: Work, deliberation: Deliberation) -> None:
    """Suspend the meeting when its quorum is gone, tell the secretary when it is back.

    To be called whenever somebody came, left, or stood aside because of an interest.
    """
    meeting = await newest_meeting(work, deliberation)
    if meeting is None or meeting.state not in ("open", "suspended"):
        return
    found = await quorum_of(work, meeting)
    if meeting.state == "open" and not found.ok:
        meeting.state = "suspended"
        record(
            work,
            deliberation,
            "suspend_meeting",
            CLOCK,
            Capacity.SYSTEM,
            present=found.present,
            needed=found.needed,
        )
        await tell_present(work, meeting, deliberation, "d_quorum_lost", quorum=found)
    elif meeting.state == "suspended" and found.ok:
        await work.services.notifier.staff(
            work, meeting.secretary, "d_quorum_back", deliberation=deliberation, quorum=found
        )


async def _enter(
    work: Work, meeting: Meeting, deliberation: Deliberation, doer: Doer, who: str
) -> Attendance:
    expect_step(deliberation, Step.CONSULT)
    if meeting.state not in _HERE:
        raise NotReady("meeting is over", reason="meeting_over")
    if work.now < meeting.starts_at - DOORS_OPEN:
        raise NotReady("too early", reason="meeting_early", again_at=meeting.starts_at - DOORS_OPEN)
    row = await work.session.get(Attendance, (meeting.key, who))
    if row is not None and row.left_at is None:
        return row
    if row is None:
        row = Attendance(meeting_id=meeting.key, who=who, since=work.now)
        work.session.add(row)
    else:
        row.since, row.left_at = work.now, None
    await _note(work, deliberation, doer, "check_in", who)
    return row


async def _go(
    work: Work, meeting: Meeting, deliberation: Deliberation, doer: Doer, who: str
) -> None:
    row = await work.session.get(Attendance, (meeting.key, who))
    if row is None or row.left_at is not None or meeting.state not in _HERE:
        return
    row.left_at = work.now
    await leave_queue(work, meeting, who)
    await _note(work, deliberation, doer, "leave_meeting", who)


async def _note(work: Work, deliberation: Deliberation, doer: Doer, action: str, who: str) -> None:
    """Write it down and look at the quorum; a resident's account is in `actor_id` alone."""
    capacity = acting_as(doer, *_MAY_ATTEND)
    record(work, deliberation, action, doer, capacity, who=None if is_resident(who) else who)
    await work.session.flush()
    await watch_quorum(work, deliberation)
