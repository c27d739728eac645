"""The consultation as a calendar file (RFC 5545), for the announcement and the board."""

from __future__ import annotations

from datetime import timedelta

from icalendar import Calendar, Event
from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation, DeliberationEvent
from workflows.deliberation.calling import CALLED, meeting_of
from workflows.work import Work

LASTS = timedelta(hours=2)
"""How much of a day a consultation takes in a calendar; nobody announces its end."""


async def invitation_ics(work: Work, deliberation: Deliberation) -> bytes:
    """The calendar file of the newest meeting. Raises NotFound when none was called.

    Its UID stays the same whenever the meeting is moved and SEQUENCE grows, so that a calendar
    moves the entry instead of showing two. The same state gives the same bytes.
    """
    meeting = await meeting_of(work, deliberation)
    calls = (
        await work.session.scalars(
            select(col(DeliberationEvent.at))
            .where(
                col(DeliberationEvent.deliberation_id) == deliberation.key,
                col(DeliberationEvent.action) == CALLED,
            )
            .order_by(col(DeliberationEvent.id))
        )
    ).all()
    event = Event()
    event.add("uid", f"deliberation-{deliberation.number}@{work.district.root.code}.linmen")
    event.add("sequence", max(0, len(calls) - 1))
    event.add("dtstamp", calls[-1] if calls else deliberation.created_at)
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.starts_at + LASTS)
    event.add("summary", deliberation.title)
    event.add("description", "\n".join((deliberation.description, *meeting.agenda)).strip())
    if meeting.place:
        event.add("location", meeting.place)
    board = f"{work.services.site}/board/d/{deliberation.number}"
    event.add("url", meeting.link or board)
    over = meeting.state == "adjourned" or not deliberation.running
    event.add("status", "CANCELLED" if over else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//Linmen//linmen//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
