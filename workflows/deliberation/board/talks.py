"""Step 5 on the board: meetings with their minutes, questions, consensus and objections."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.meeting import (
    Attendance,
    ConsensusCall,
    Jury,
    Meeting,
    MinuteLine,
    Objection,
    Question,
)
from models.deliberation.plan import PlanOption
from workflows.deliberation.board.names import post_name, post_or_code
from workflows.deliberation.board.parts import (
    AnswerView,
    ConsensusView,
    JuryView,
    MeetingView,
    MinuteView,
)
from workflows.work import Work


async def read_meetings(work: Work, deliberation: Deliberation) -> tuple[MeetingView, ...]:
    """All meetings, the newest first; residents are counted, never named."""
    meetings = (
        await work.session.scalars(
            select(Meeting)
            .where(col(Meeting.deliberation_id) == deliberation.key)
            .order_by(col(Meeting.id).desc())
        )
    ).all()
    keys = [meeting.key for meeting in meetings]
    is_resident = col(Attendance.who).startswith("r:")
    attended = await work.session.execute(
        select(col(Attendance.meeting_id), is_resident, func.count())
        .where(col(Attendance.meeting_id).in_(keys))
        .group_by(col(Attendance.meeting_id), is_resident)
    )
    heads = Counter({(key, bool(resident)): count for key, resident, count in attended})
    minutes: dict[int, list[MinuteLine]] = defaultdict(list)
    for line in await work.session.scalars(
        select(MinuteLine).where(col(MinuteLine.meeting_id).in_(keys)).order_by(col(MinuteLine.id))
    ):
        minutes[line.meeting_id].append(line)
    return tuple(
        MeetingView(
            starts_at=meeting.starts_at,
            place=meeting.place,
            link=meeting.link,
            mode=meeting.mode,
            state=meeting.state,
            secretary=post_or_code(work.district, meeting.secretary),
            agenda=tuple(meeting.agenda),
            agenda_at=meeting.agenda_at,
            members=heads[meeting.key, False],
            residents=heads[meeting.key, True],
            minutes=_minutes(work, meeting, minutes[meeting.key]),
        )
        for meeting in meetings
    )


def _minutes(work: Work, meeting: Meeting, lines: Sequence[MinuteLine]) -> tuple[MinuteView, ...]:
    found: list[MinuteView] = []
    item: int | None = None
    for line in lines:
        heading = None
        if line.agenda_at != item and line.agenda_at < len(meeting.agenda):
            heading = meeting.agenda[line.agenda_at]
        item = line.agenda_at
        found.append(MinuteView(line.at, post_name(work.district, line.author), line.text, heading))
    return tuple(found)


async def read_questions(work: Work, deliberation: Deliberation) -> tuple[AnswerView, ...]:
    """Questions with their answers, without who asked."""
    rows = await work.session.scalars(
        select(Question)
        .where(col(Question.deliberation_id) == deliberation.key)
        .order_by(col(Question.id))
    )
    return tuple(
        AnswerView(
            text=row.text,
            at=row.at,
            post=None,
            answer=row.answer,
            answered_by=post_name(work.district, row.answered_by),
        )
        for row in rows
    )


Objections = dict[int | None, tuple[AnswerView, ...]]
"""By the call for consensus; those of the public period under None."""


async def read_objections(work: Work, deliberation: Deliberation) -> Objections:
    """Every objection, with its answer."""
    found: dict[int | None, list[AnswerView]] = defaultdict(list)
    for row in await work.session.scalars(
        select(Objection)
        .where(col(Objection.deliberation_id) == deliberation.key)
        .order_by(col(Objection.id))
    ):
        found[row.call_id].append(
            AnswerView(
                text=row.reason,
                at=row.at,
                post=post_name(work.district, row.staff),
                answer=row.answer,
                answered_by=post_name(work.district, row.answered_by),
                withdrawn=row.withdrawn_at is not None,
            )
        )
    return {call: tuple(views) for call, views in found.items()}


async def read_consensus(
    work: Work, deliberation: Deliberation, objections: Objections
) -> tuple[ConsensusView, ...]:
    """Calls for consensus, the newest first."""
    rows = await work.session.execute(
        select(ConsensusCall, col(PlanOption.letter), col(PlanOption.title))
        .join(PlanOption, col(PlanOption.id) == col(ConsensusCall.option_id))
        .where(col(ConsensusCall.deliberation_id) == deliberation.key)
        .order_by(col(ConsensusCall.id).desc())
    )
    return tuple(
        ConsensusView(
            letter=letter,
            title=title,
            state=call.state,
            opened_at=call.opened_at,
            closes_at=call.closes_at,
            objections=objections.get(call.id, ()),
        )
        for call, letter, title in rows
    )


async def read_juries(work: Work, deliberation: Deliberation) -> tuple[JuryView, ...]:
    """Groups drawn by lot: the seed and everything else that is needed to draw them again."""
    rows = await work.session.scalars(
        select(Jury).where(col(Jury.deliberation_id) == deliberation.key).order_by(col(Jury.id))
    )
    return tuple(
        JuryView(
            purpose=jury.purpose,
            size=jury.size,
            seed=jury.seed,
            pool=tuple((pseudonym, stratum) for pseudonym, stratum in jury.pool),
            drawn=tuple(jury.drawn),
            drawn_at=jury.drawn_at,
        )
        for jury in rows
    )
