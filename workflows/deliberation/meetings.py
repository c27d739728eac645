"""Step 5, the meeting: opened with a quorum, led through its agenda, closed or adjourned.

All that is done in a meeting can be imported from here; the call to it is `calling`, the roll
`roll_call`, the speaking queue `floor`, what is said `minutes`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models.deliberation.core import Deliberation
from models.deliberation.meeting import Meeting
from models.deliberation.steps import Capacity, Step
from models.errors import NotReady
from workflows.deliberation.access import Doer
from workflows.deliberation.calling import (
    announce_anew,
    check_notice_time,
    checked_call,
    convene,
    give_up,
    meeting_of,
    note_call,
    plan_meeting,
)
from workflows.deliberation.checks import expect_step, words
from workflows.deliberation.events import record, set_outcome
from workflows.deliberation.floor import (
    ask_to_speak,
    empty_queue,
    end_speech,
    give_floor,
    list_queue,
)
from workflows.deliberation.hall import (
    acting_as,
    check_open,
    load_meeting,
    require_keeper,
    tell_present,
)
from workflows.deliberation.minutes import add_minute, minutes_of, say_in_meeting
from workflows.deliberation.roll_call import (
    DOORS_OPEN,
    check_in,
    check_in_member,
    check_quorum,
    leave,
    mark_left,
    present_at,
    quorum_of,
)
from workflows.work import Person, Work

__all__ = [
    "add_minute",
    "adjourn_meeting",
    "ask_to_speak",
    "check_in",
    "check_in_member",
    "close_meeting",
    "convene",
    "end_speech",
    "give_floor",
    "leave",
    "list_queue",
    "mark_left",
    "meeting_of",
    "minutes_of",
    "next_agenda_item",
    "open_meeting",
    "present_at",
    "quorum_of",
    "resume_meeting",
    "say_in_meeting",
]


async def open_meeting(work: Work, person: Person, meeting_id: int) -> Meeting:
    """The secretary opens the meeting once enough council members are there.

    Raises NotReady: `meeting_early` (`again_at`), `quorum` (`present`, `needed`), `meeting_over`.
    """
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await require_keeper(work, person, deliberation)
    expect_step(deliberation, Step.CONSULT)
    if meeting.state == "open":
        return meeting
    if meeting.state != "planned":
        raise NotReady(f"is {meeting.state}", reason=_why_not(meeting))
    if work.now < meeting.starts_at - DOORS_OPEN:
        early = meeting.starts_at - DOORS_OPEN
        raise NotReady("too early", reason="meeting_early", again_at=early)
    found = await quorum_of(work, meeting)
    check_quorum(found)
    meeting.state, meeting.opened_at = "open", work.now
    _note(work, deliberation, doer, "open_meeting", present=found.present, needed=found.needed)
    await tell_present(work, meeting, deliberation, "d_meeting_open", item=_item(meeting))
    return meeting


async def resume_meeting(work: Work, person: Person, meeting_id: int) -> Meeting:
    """The secretary goes on after the quorum was lost and enough are back.

    Raises NotReady `quorum`, or `meeting_not_open` when it is not suspended.
    """
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await require_keeper(work, person, deliberation)
    if meeting.state == "open":
        return meeting
    if meeting.state != "suspended":
        raise NotReady(f"is {meeting.state}", reason="meeting_not_open")
    found = await quorum_of(work, meeting)
    check_quorum(found)
    meeting.state = "open"
    _note(work, deliberation, doer, "resume_meeting", present=found.present, needed=found.needed)
    await tell_present(work, meeting, deliberation, "d_meeting_open", item=_item(meeting))
    return meeting


async def adjourn_meeting(
    work: Work,
    person: Person,
    meeting_id: int,
    *,
    starts_at: datetime,
    reason: str,
    place: str | None = None,
    link: str | None = None,
) -> Meeting:
    """The rest of the agenda is put off to another date; returns the new meeting.

    Everybody of the grids is told again, as long ahead as the first time. Raises as `convene`, and
    NotReady `meeting_over`.
    """
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await require_keeper(work, person, deliberation)
    if meeting.state in ("closed", "adjourned"):
        raise NotReady(f"is {meeting.state}", reason="meeting_over")
    expect_step(deliberation, Step.ANNOUNCE, Step.CONSULT)
    call = checked_call(
        starts_at,
        meeting.place if place is None else place,
        meeting.link if link is None else link,
        meeting.mode,
        meeting.agenda[meeting.agenda_at :],
    )
    why = words(reason, 300)
    check_notice_time(work, starts_at)
    if meeting.opened_at is not None:
        await tell_present(work, meeting, deliberation, "d_meeting_over", adjourned=True)
    await give_up(work, meeting)
    new = await plan_meeting(work, deliberation, call)
    note_call(work, deliberation, doer, new, why)
    await announce_anew(work, deliberation, new, meeting, why)
    return new


async def close_meeting(work: Work, person: Person, meeting_id: int) -> Meeting:
    """The secretary closes the meeting; minutes may still be added until the decision.

    Raises NotReady: `suspended` (it may be resumed, or adjourned) or `meeting_not_open`.
    """
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await require_keeper(work, person, deliberation)
    if meeting.state == "closed":
        return meeting
    check_open(meeting)
    await tell_present(work, meeting, deliberation, "d_meeting_over", adjourned=False)
    await empty_queue(work, meeting)
    meeting.state, meeting.closed_at = "closed", work.now
    found = await quorum_of(work, meeting)
    _note(work, deliberation, doer, "close_meeting", present=found.present, needed=found.needed)
    await set_outcome(work, deliberation, "speech", "in_minutes")
    return meeting


async def next_agenda_item(work: Work, person: Person, meeting_id: int) -> Meeting:
    """The secretary goes on to the next item. Raises NotReady `agenda_end` after the last one."""
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await require_keeper(work, person, deliberation)
    check_open(meeting)
    if meeting.agenda_at + 1 >= len(meeting.agenda):
        raise NotReady("that was the last item", reason="agenda_end")
    meeting.agenda_at += 1
    _note(work, deliberation, doer, "next_item", item=meeting.agenda_at)
    await tell_present(work, meeting, deliberation, "d_agenda", item=_item(meeting))
    return meeting


def _why_not(meeting: Meeting) -> str:
    return "suspended" if meeting.state == "suspended" else "meeting_over"


def _item(meeting: Meeting) -> str | None:
    """What is spoken of now; None when the meeting has no agenda."""
    return meeting.agenda[meeting.agenda_at] if meeting.agenda else None


def _note(work: Work, deliberation: Deliberation, doer: Doer, action: str, **data: Any) -> None:
    keeper = acting_as(doer, Capacity.SECRETARY, Capacity.ORGANISER)
    record(work, deliberation, action, doer, keeper, **data)
