"""The minutes: lines typed by the secretary, and what people in a meeting say in the chat."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.meeting import Meeting, MinuteLine
from models.deliberation.steps import Capacity, Step
from models.errors import NotReady
from workflows.deliberation.access import doer_of
from workflows.deliberation.checks import expect_step, words
from workflows.deliberation.events import record
from workflows.deliberation.floor import contribute_speech
from workflows.deliberation.hall import (
    Speaker,
    acting_as,
    check_attending,
    check_open,
    load_meeting,
    require_keeper,
    speakers,
    tell_present,
    who_is,
)
from workflows.work import Person, Work

LINE = 2000
"""Characters of one line of the minutes."""
MESSAGE = 1000
"""Characters of one thing said in the chat, which is relayed to everybody there."""


@dataclass(frozen=True, slots=True)
class Minute:
    """A line of the minutes and who it is from."""

    line: MinuteLine
    speaker: Speaker


async def add_minute(work: Work, person: Person, meeting_id: int, text: str) -> MinuteLine:
    """The secretary writes down a line: in the meeting, or later as long as the step lasts.

    Raises NotReady `meeting_not_open` before it was opened; InvalidInput (`no_words`, `too_long`).
    """
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await require_keeper(work, person, deliberation)
    expect_step(deliberation, Step.CONSULT)
    if meeting.opened_at is None:
        raise NotReady("not opened yet", reason="meeting_not_open")
    line = _line(work, meeting, doer.name, "minute", words(text, LINE))
    await work.session.flush()
    keeper = acting_as(doer, Capacity.SECRETARY, Capacity.ORGANISER)
    record(work, deliberation, "add_minute", doer, keeper, line=line.id)
    return line


async def say_in_meeting(work: Work, person: Person, meeting_id: int, text: str) -> MinuteLine:
    """Somebody who is there says something in the chat: it is in the minutes, and the others hear.

    Relayed to at most `hall.RELAY_LIMIT` people, and not when everybody sits in one room.
    Raises NotReady when the meeting is not open, NotEligible `not_attending`, InvalidInput
    (`no_words`, `too_long`).
    """
    meeting, deliberation = await load_meeting(work, meeting_id)
    doer = await doer_of(work, person, deliberation)
    check_open(meeting)
    who = who_is(work, deliberation, doer)
    await check_attending(work, meeting, who)
    said = words(text, MESSAGE)
    line = _line(work, meeting, who, "message", said)
    await contribute_speech(work, deliberation, who)
    await work.session.flush()
    if meeting.mode != "room":
        called = await speakers(work, deliberation, (who,))
        await tell_present(
            work,
            meeting,
            deliberation,
            "d_said",
            but=who,
            speaker=called[who],
            words=said,
        )
    return line


async def minutes_of(work: Work, meeting: Meeting) -> list[Minute]:
    """Every line in the order it was written."""
    deliberation = await work.session.get_one(Deliberation, meeting.deliberation_id)
    lines = (
        await work.session.scalars(
            select(MinuteLine)
            .where(col(MinuteLine.meeting_id) == meeting.key)
            .order_by(col(MinuteLine.at), col(MinuteLine.id))
        )
    ).all()
    called = await speakers(work, deliberation, (line.author for line in lines))
    return [Minute(line, called[line.author]) for line in lines]


def _line(work: Work, meeting: Meeting, author: str, source: str, text: str) -> MinuteLine:
    line = MinuteLine(
        meeting_id=meeting.key,
        at=work.now,
        author=author,
        source=source,
        agenda_at=meeting.agenda_at,
        text=text,
    )
    work.session.add(line)
    return line
