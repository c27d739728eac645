"""Step 5, the meeting: one live card to run it with, and the minutes."""

from __future__ import annotations

from datetime import datetime

from aiogram.types import InlineKeyboardButton

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.announcing import check_start, earliest_context, evenings
from handlers.deliberation.staff.parts import (
    back_to,
    check_runs,
    deliberation_of,
    person_name,
    said_done,
    short,
    suggestions,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.keyboards.layout import in_rows
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.meeting import Meeting
from models.deliberation.steps import Capacity
from workflows.deliberation.access import seated
from workflows.deliberation.calling import meeting_of
from workflows.deliberation.floor import Place, end_speech, give_floor, list_queue
from workflows.deliberation.hall import Speaker
from workflows.deliberation.meetings import (
    adjourn_meeting,
    close_meeting,
    next_agenda_item,
    open_meeting,
    resume_meeting,
)
from workflows.deliberation.minutes import add_minute, minutes_of
from workflows.deliberation.roll_call import check_in_member, mark_left, present_at, quorum_of

_LINES = 12
"""Lines of the minutes in one message, the newest ones."""
_LINE = 160
_HERE = ("planned", "open", "suspended")


def speaker_name(turn: Turn, speaker: Speaker) -> str:
    """Name and duty of a post; of a resident the building they live in, and no more."""
    if speaker.staff is not None:
        return person_name(turn, speaker.staff)
    return turn.t.label("council.neighbour", building=speaker.building or "")


@screen("run_meeting")
async def run_meeting(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The meeting as it stands: roll, quorum, agenda, who speaks and who waits."""
    await check_runs(turn, deliberation, Capacity.SECRETARY, Capacity.ORGANISER)
    meeting = await meeting_of(turn.work, deliberation)
    here = {p.speaker.who for p in await present_at(turn.work, meeting)}
    seats = await seated(turn.work, deliberation)
    queue = await list_queue(turn.work, meeting)
    text = turn.t(
        "council/run_meeting",
        d=deliberation,
        meeting=meeting,
        quorum=await quorum_of(turn.work, meeting),
        guests=len(here - set(seats)),
        queue=[
            {"name": speaker_name(turn, p.speaker), "speaking": p.speaking, "ends": p.turn.ends_at}
            for p in queue
        ],
        now=turn.work.now,
    )
    roll = _roll(turn, deliberation, meeting, seats, here) if meeting.state in _HERE else []
    lines = _controls(turn, deliberation, meeting, queue)
    await turn.show(text, keyboard(turn.t, deliberation.key, *in_rows(roll, 2), *lines))


def _roll(
    turn: Turn, deliberation: Deliberation, meeting: Meeting, seats: list[str], here: set[str]
) -> list[InlineKeyboardButton]:
    """One button for each seat: a tick for who is there."""
    return [
        act_button(
            turn.t,
            "roll",
            deliberation.key,
            meeting.key,
            str(at),
            label="here" if code in here else "away",
            name=turn.work.district.staff_by_code[code].name,
        )
        for at, code in enumerate(seats)
    ]


def _controls(
    turn: Turn, deliberation: Deliberation, meeting: Meeting, queue: list[Place]
) -> list[list[InlineKeyboardButton]]:
    """What can be done in the state in which the meeting is."""
    t, d, i = turn.t, deliberation.key, meeting.key
    put_off = act_button(t, "m_adjourn", d, i)
    refresh = act_button(t, "m_show", d, label="refresh")
    if meeting.state == "planned":
        return [[act_button(t, "m_open", d, i)], [put_off, refresh]]
    if meeting.state == "suspended":
        return [[act_button(t, "m_resume", d, i)], [put_off, refresh]]
    if meeting.state != "open":
        return [[act_button(t, "m_minutes", d)]]
    lines = [[act_button(t, "m_minute", d, i), act_button(t, "m_minutes", d)]]
    waiting = next((p for p in queue if not p.speaking), None)
    speaking = next((p for p in queue if p.speaking), None)
    if waiting is not None:
        name = speaker_name(turn, waiting.speaker)
        lines.insert(0, [act_button(t, "m_floor", d, waiting.turn.id or 0, name=name)])
    if speaking is not None:
        lines.insert(0, [act_button(t, "m_end", d, speaking.turn.id or 0)])
    if meeting.agenda_at + 1 < len(meeting.agenda):
        lines.append([act_button(t, "m_next", d, i, item=meeting.agenda[meeting.agenda_at + 1])])
    return [*lines, [act_button(t, "m_close", d, i), put_off], [refresh]]


@act("m_show")
async def show(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """The same with what is true now."""
    await run_meeting(turn, deliberation, 0)


@act("roll")
async def roll(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Tick a member, or take the tick away."""
    seats = await seated(turn.work, deliberation)
    code = seats[int(v)] if v.isdecimal() and int(v) < len(seats) else ""
    meeting = await meeting_of(turn.work, deliberation)
    if code in {p.speaker.who for p in await present_at(turn.work, meeting)}:
        await mark_left(turn.work, turn.person, i, code)
    else:
        await check_in_member(turn.work, turn.person, i, code)
    await run_meeting(turn, deliberation, 0)


@act("m_open")
async def m_open(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Open the meeting."""
    await open_meeting(turn.work, turn.person, i)
    await run_meeting(turn, deliberation, 0)


@act("m_resume")
async def m_resume(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Go on now that enough are back."""
    await resume_meeting(turn.work, turn.person, i)
    await run_meeting(turn, deliberation, 0)


@act("m_next")
async def m_next(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """The next item of the agenda."""
    await next_agenda_item(turn.work, turn.person, i)
    await run_meeting(turn, deliberation, 0)


@act("m_floor")
async def m_floor(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Let the next one speak."""
    await give_floor(turn.work, turn.person, i)
    await run_meeting(turn, deliberation, 0)


@act("m_end")
async def m_end(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Whoever speaks has finished."""
    await end_speech(turn.work, turn.person, i)
    await run_meeting(turn, deliberation, 0)


@act("m_close")
async def m_close(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Close it; what follows is written down, and decided."""
    await close_meeting(turn.work, turn.person, i)
    await said_done(turn, "meeting_closed", deliberation)
    await open_screen(turn, "minutes", deliberation.key)


@act("m_adjourn")
async def m_adjourn(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Put the rest off to another date."""
    await begin(turn, "d_adjourn", d=deliberation.key, meeting=i)


async def _adjourned(turn: Turn, values: Values) -> None:
    await adjourn_meeting(
        turn.work,
        turn.person,
        values["meeting"],
        starts_at=datetime.fromisoformat(values["starts_at"]),
        reason=values["reason"],
    )
    await said_done(turn, "adjourned", await deliberation_of(turn, values))
    await open_screen(turn, "card", values["d"])


form(
    Form(
        "d_adjourn",
        (
            Field(
                "starts_at",
                "council/f_starts_at",
                "moment",
                options=evenings,
                check=check_start,
                context=earliest_context,
            ),
            Field(
                "reason",
                "council/f_adjourn",
                "text",
                options=suggestions("adjourn_quorum", "adjourn_time", "adjourn_open"),
                max_length=300,
            ),
        ),
        _adjourned,
        cancelled=back_to("run_meeting"),
        for_the_record=True,
    )
)


# --- minutes -----------------------------------------------------------------------------------


@screen("minutes")
async def minutes(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The newest lines, and a button for one more."""
    await check_runs(turn, deliberation, Capacity.SECRETARY, Capacity.ORGANISER)
    meeting = await meeting_of(turn.work, deliberation)
    lines = await minutes_of(turn.work, meeting)
    text = turn.t(
        "council/minutes",
        d=deliberation,
        meeting=meeting,
        lines=[
            {
                "at": m.line.at,
                "name": speaker_name(turn, m.speaker),
                "message": m.line.source == "message",
                "text": short(m.line.text, _LINE),
            }
            for m in lines[-_LINES:]
        ],
        earlier=max(0, len(lines) - _LINES),
    )
    t, d = turn.t, deliberation.key
    rows = [[act_button(t, "m_minute", d, meeting.key)]] if meeting.opened_at else []
    if meeting.state in _HERE:
        rows.append([act_button(t, "m_show", d, label="back_meeting")])
    await turn.show(text, keyboard(t, d, *rows))


@act("m_minutes")
async def m_minutes(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Read the minutes."""
    await minutes(turn, deliberation, 0)


@act("m_minute")
async def m_minute(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Write one more line."""
    await begin(turn, "d_minute", d=deliberation.key, meeting=i)


async def _minute_written(turn: Turn, values: Values) -> None:
    await add_minute(turn.work, turn.person, values["meeting"], values["text"])
    await minutes(turn, await deliberation_of(turn, values), 0)


form(
    Form(
        "d_minute",
        (Field("text", "council/f_minute", "text", max_length=2000),),
        _minute_written,
        cancelled=back_to("minutes"),
        for_the_record=True,
    )
)
