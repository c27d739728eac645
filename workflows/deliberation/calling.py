"""The call to a meeting: when, where, about what; told again whenever it moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.meeting import Meeting
from models.deliberation.opinion import Topic
from models.deliberation.steps import Capacity, Move, Step
from models.errors import InvalidInput, NotFound, NotReady
from models.ticket import DueTime
from workflows.deliberation.access import CLOCK, Doer, council_of, load, require
from workflows.deliberation.checks import expect_step, words
from workflows.deliberation.events import record, set_outcome
from workflows.deliberation.facts import newest_meeting
from workflows.deliberation.floor import empty_queue
from workflows.deliberation.hall import acting_as, load_meeting, tell_members
from workflows.deliberation.moves import apply_move, on_enter
from workflows.deliberation.posts import council_seats, organisers, tell_posts
from workflows.due import cancel, register, schedule
from workflows.mailing import start_mailing
from workflows.work import Person, Work

MEETING_TIME = "d_meeting"
"""Due kind of the announced time of a meeting; its subject is the meeting's id."""
MODES = ("room", "chat", "both")
AGENDA_ITEMS = 12
AGENDA_LENGTH = 120
PLACE_LENGTH = 200
LINK_LENGTH = 300
CALLED = "convene_meeting"
"""Action of the event that a meeting was given a (new) time and place."""


@dataclass(frozen=True, slots=True)
class Call:
    """When, where and about what a meeting is, checked."""

    starts_at: datetime
    place: str
    link: str
    mode: str
    agenda: list[str]


async def convene(
    work: Work,
    person: Person,
    d_id: int,
    *,
    starts_at: datetime,
    place: str = "",
    link: str = "",
    mode: str = "both",
    agenda: Sequence[str] = (),
) -> Meeting:
    """The organiser sets time and place of the consultation (`starts_at` UTC).

    Before the announcement it may be changed freely. After it, it is called anew for another date:
    announced again, as long ahead as the first time. An empty agenda is that of the topics.

    Raises NotReady: `notice_time` (`again_at` is the earliest time), `step`, or `meeting_running`,
    when one is open (it must be adjourned or closed); InvalidInput: `meeting_mode`,
    `meeting_place`, `meeting_link`, `too_long`.
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    expect_step(deliberation, Step.DRAFT, Step.ANNOUNCE, Step.CONSULT)
    agenda = list(agenda) or await _topics(work, deliberation)
    call = checked_call(starts_at, place, link, mode, agenda)
    check_notice_time(work, starts_at)
    newest = await newest_meeting(work, deliberation)
    if newest is not None and newest.state in ("open", "suspended"):
        raise NotReady("one is under way", reason="meeting_running")
    if deliberation.step is Step.DRAFT and newest is not None:
        newest.starts_at, newest.place, newest.link = call.starts_at, call.place, call.link
        newest.mode, newest.agenda = call.mode, call.agenda
        note_call(work, deliberation, doer, newest, None)
        return newest
    if newest is not None and newest.state == "planned":
        await give_up(work, newest)
    meeting = await plan_meeting(work, deliberation, call)
    note_call(work, deliberation, doer, meeting, None)
    if deliberation.step is not Step.DRAFT:
        await announce_anew(work, deliberation, meeting, newest, None)
    return meeting


async def meeting_of(work: Work, deliberation: Deliberation) -> Meeting:
    """The meeting that is planned, under way, or was the last. Raises NotFound."""
    meeting = await newest_meeting(work, deliberation)
    if meeting is None:
        raise NotFound("no meeting")
    return meeting


def check_notice_time(work: Work, starts_at: datetime) -> None:
    """A consultation is announced `announce_least` ahead. Raises NotReady `notice_time`."""
    earliest = work.now + work.policy.deliberation.announce_least
    if starts_at < earliest:
        raise NotReady("announced too late", reason="notice_time", again_at=earliest)


# --- calling it -------------------------------------------------------------------------------


def checked_call(
    starts_at: datetime, place: str, link: str, mode: str, agenda: Sequence[str]
) -> Call:
    """What was typed, checked. Raises InvalidInput as `convene`."""
    place, link = place.strip(), link.strip()
    if mode not in MODES:
        raise InvalidInput(f"mode {mode}", reason="meeting_mode")
    if len(place) > PLACE_LENGTH or (mode != "chat" and not place):
        raise InvalidInput("place", reason="meeting_place", limit=PLACE_LENGTH)
    if link and (len(link) > LINK_LENGTH or not link.startswith(("https://", "http://"))):
        raise InvalidInput("link", reason="meeting_link", limit=LINK_LENGTH)
    items = [words(item, AGENDA_LENGTH) for item in agenda][:AGENDA_ITEMS]
    return Call(starts_at, place, link, mode, items)


async def _topics(work: Work, deliberation: Deliberation) -> list[str]:
    found = await work.session.scalars(
        select(col(Topic.title))
        .where(col(Topic.deliberation_id) == deliberation.key)
        .order_by(col(Topic.position))
    )
    return list(found)


async def plan_meeting(work: Work, deliberation: Deliberation, call: Call) -> Meeting:
    """Save the meeting; once the announcement is out, the clock waits for its time."""
    meeting = Meeting(
        deliberation_id=deliberation.key,
        starts_at=call.starts_at,
        place=call.place,
        link=call.link,
        mode=call.mode,
        agenda=call.agenda,
        secretary=council_of(work, deliberation).secretary,
    )
    work.session.add(meeting)
    await work.session.flush()
    if deliberation.step is not Step.DRAFT:
        await expect_meeting(work, meeting)
    return meeting


async def expect_meeting(work: Work, meeting: Meeting) -> None:
    """Set the clock to the announced time."""
    await schedule(work, MEETING_TIME, meeting.starts_at, subject=str(meeting.key))


async def give_up(work: Work, meeting: Meeting) -> None:
    """Another date takes its place."""
    await empty_queue(work, meeting)
    meeting.state, meeting.closed_at = "adjourned", work.now
    await cancel(work, MEETING_TIME, subject=str(meeting.key))


@on_enter(Step.APPLY)
@on_enter(Step.WITHDRAWN)
async def end_meeting(work: Work, deliberation: Deliberation, _: Step, __: Doer) -> None:
    """It was decided, or stopped: in a meeting that nobody closed, nobody goes on speaking."""
    meeting = await newest_meeting(work, deliberation)
    if meeting is None or meeting.state not in ("open", "suspended"):
        return
    await empty_queue(work, meeting)
    meeting.state, meeting.closed_at = "closed", work.now
    await set_outcome(work, deliberation, "speech", "in_minutes")


async def announce_anew(
    work: Work,
    deliberation: Deliberation,
    meeting: Meeting,
    before: Meeting | None,
    reason: str | None,
) -> None:
    """Tell everybody of the grids, and the council, that the meeting has a new time."""
    data: dict[str, Any] = {
        "before": before.starts_at if before is not None else None,
        "starts_at": meeting.starts_at,
        "place": meeting.place,
        "link": meeting.link,
        "reason": reason,
    }
    await start_mailing(work, "d_meeting_moved", "residents", deliberation=deliberation, data=data)
    await tell_members(work, deliberation, "d_meeting_moved", **data)


# --- the announced time -----------------------------------------------------------------------


async def _meeting_time(work: Work, due: DueTime) -> None:
    """The announced time has come: the step begins by itself, those who run it are called.

    Late, after an outage, it is done once. What still holds the step back is told the organiser.
    """
    meeting, deliberation = await load_meeting(work, int(due.subject))
    if meeting.state != "planned":
        return
    if deliberation.step is Step.ANNOUNCE:
        try:
            await apply_move(work, deliberation, Move.CONVENE, CLOCK)
        except NotReady as error:
            missing = str(error.context["reason"])
            people = organisers(work, deliberation)
            await tell_posts(work, people, "d_convene_blocked", deliberation, missing=missing)
            return
    elif deliberation.step is Step.CONSULT:
        await start_mailing(
            work,
            "d_meeting_now",
            "residents",
            deliberation=deliberation,
            data={"place": meeting.place, "link": meeting.link},
        )
    else:
        return
    members = [code for code in council_seats(work, deliberation) if code != meeting.secretary]
    where = {"place": meeting.place, "link": meeting.link}
    await tell_posts(work, members, "d_roll_call", deliberation, **where)
    await tell_posts(work, (meeting.secretary,), "d_meeting_time", deliberation, **where)


register(MEETING_TIME, _meeting_time)


def note_call(
    work: Work, deliberation: Deliberation, doer: Doer, meeting: Meeting, reason: str | None
) -> None:
    """Write down that a meeting was given a (new) time."""
    keeper = acting_as(doer, Capacity.ORGANISER, Capacity.SECRETARY)
    at = meeting.starts_at.isoformat()
    record(work, deliberation, CALLED, doer, keeper, text=reason, meeting=meeting.key, at=at)
