"""One message to many people: a chunk in each transaction, beneath everything interactive.

The clock sends a mailing (due kind `mailing`). A chunk's messages, its recipients and the account
id up to which people were written to commit together, so a crash between two chunks repeats
nothing and leaves nobody out; ids only grow, so nobody is written to twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, update
from sqlmodel import col

from models.deliberation.ballot import Ballot
from models.deliberation.core import (
    Contribution,
    Deliberation,
    Mailing,
    MailingRecipient,
    Support,
)
from models.deliberation.electorate import check_resident, household_of, voter_of
from models.deliberation.opinion import Voice
from models.errors import NotEligible
from models.messaging import OutboxCall
from models.people import Resident
from models.ticket import DueTime
from workflows.deliberation.roll import recorded
from workflows.due import register, schedule
from workflows.notices import NOTICES
from workflows.work import Work

MAILING = "mailing"
"""Due kind of a mailing's next chunk; its subject is the mailing's id."""
CHUNK = 200
"""People that one transaction looks at."""
PAUSE = timedelta(seconds=1)
"""Between two chunks, so that other due times and other people's updates come in between."""

Audience = Literal["residents", "supporters", "contributors", "voters", "absent"]
"""residents (consented, with a doorway in the deliberation's grids), supporters, contributors (by
phone, those who only voted on opinions included), voters (of the newest ballot), absent (may vote
in the open ballot and have not)."""

Columns = TypeVarTuple("Columns")
Finished = Callable[[Work, Mailing], Awaitable[None]]
_FINISHED: dict[str, Finished] = {}


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a mailing got, in people."""

    total: int
    """Written to so far."""
    delivered: int
    seen: int
    unreachable: int
    """Blocked the bot, or the message was refused for good."""
    done: bool
    """Whether everybody was written to."""


def when_finished(notice: str) -> Callable[[Finished], Finished]:
    """Have a function run in the transaction of the last chunk of every mailing of a notice."""

    def named(function: Finished) -> Finished:
        _FINISHED[notice] = function
        return function

    return named


async def start_mailing(
    work: Work,
    notice: str,
    audience: Audience,
    *,
    deliberation: Deliberation | None = None,
    data: dict[str, Any] | None = None,
) -> Mailing:
    """Begin to send a notice to everybody of an audience; returns at once.

    `data` is what the notice's words need besides the deliberation (its `extra`, and `subject_id`
    for its buttons): JSON values and moments, fixed now, so that all read the same. Raises KeyError
    for an unknown notice.
    """
    if notice not in NOTICES:
        raise KeyError(notice)
    mailing = Mailing(
        deliberation_id=deliberation.key if deliberation is not None else None,
        notice=notice,
        audience=audience,
        data=_packed(data or {}),
        created_at=work.now,
    )
    work.session.add(mailing)
    await work.session.flush()
    await schedule(work, MAILING, work.now, subject=str(mailing.id))
    return mailing


async def newest_mailing(work: Work, deliberation_id: int, notice: str) -> Mailing | None:
    """The last mailing of a notice about a deliberation, None when there was none."""
    found: Mailing | None = await work.session.scalar(
        select(Mailing)
        .where(col(Mailing.deliberation_id) == deliberation_id, col(Mailing.notice) == notice)
        .order_by(col(Mailing.id).desc())
        .limit(1)
    )
    return found


async def mark_seen(work: Work, resident_id: int, deliberation_id: int, notice: str) -> bool:
    """Remember that somebody pressed "seen" under a notice; the first press counts.

    Returns whether they were written to at all.
    """
    theirs = and_(
        col(MailingRecipient.resident_id) == resident_id,
        col(MailingRecipient.mailing_id).in_(
            select(col(Mailing.id)).where(
                col(Mailing.deliberation_id) == deliberation_id, col(Mailing.notice) == notice
            )
        ),
    )
    await work.session.execute(
        update(MailingRecipient)
        .where(theirs, col(MailingRecipient.seen_at).is_(None))
        .values(seen_at=work.now)
    )
    return bool(await work.session.scalar(select(exists().where(theirs))))


def delivered() -> ColumnElement[bool]:
    """Whether a recipient's message arrived, over `MailingRecipient` joined with its outbox row
    and its `Resident` (`with_fates`). A sent row that was forgotten after a month arrived."""
    sent = or_(col(OutboxCall.status).is_(None), col(OutboxCall.status) == "sent")
    return or_(sent, col(MailingRecipient.seen_at).is_not(None))


def refused() -> ColumnElement[bool]:
    """Whether a recipient blocked the bot or the message was refused for good; see `delivered`."""
    failed = or_(col(OutboxCall.status) == "failed", col(Resident.unreachable_since).is_not(None))
    return and_(failed, col(MailingRecipient.seen_at).is_(None))


def with_fates(query: Select[*Columns]) -> Select[*Columns]:
    """Join what became of each recipient's message to a query over `MailingRecipient`."""
    return query.outerjoin(OutboxCall, col(OutboxCall.ref) == col(MailingRecipient.ref)).outerjoin(
        Resident, col(Resident.id) == col(MailingRecipient.resident_id)
    )


async def reach_of(work: Work, mailing: Mailing) -> Reach:
    """Count whom a mailing reached; one query."""
    query = with_fates(
        select(
            func.count(),
            _sum(and_(delivered(), ~refused())),
            _sum(col(MailingRecipient.seen_at).is_not(None)),
            _sum(refused()),
        ).select_from(MailingRecipient)
    ).where(col(MailingRecipient.mailing_id) == mailing.id)
    total, arrived, seen, lost = (await work.session.execute(query)).one()
    return Reach(
        int(total), int(arrived or 0), int(seen or 0), int(lost or 0), mailing.done_at is not None
    )


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


# --- one chunk --------------------------------------------------------------------------------


async def _send_chunk(work: Work, due: DueTime) -> None:
    """Write to the next people; come back after `PAUSE` as long as there may be more."""
    mailing = await work.session.get(
        Mailing, int(due.subject), with_for_update=True, populate_existing=True
    )
    if mailing is None or mailing.done_at is not None:
        return
    deliberation = None
    if mailing.deliberation_id is not None:
        deliberation = await work.session.get(Deliberation, mailing.deliberation_id)
    ballot = await _ballot(work, mailing)
    query = _people(mailing, deliberation, ballot)
    people: Sequence[Resident] = ()
    if query is not None:
        people = (
            await work.session.scalars(
                query.where(col(Resident.id) > mailing.cursor)
                .order_by(col(Resident.id))
                .limit(CHUNK)
            )
        ).all()
    wanted = people
    if ballot is not None and deliberation is not None:
        wanted = await _by_vote(work, mailing.audience, deliberation, ballot, people)
    await _write(work, mailing, deliberation, wanted)
    if people:
        mailing.cursor = people[-1].id
    if len(people) == CHUNK:
        due.due_at, due.done_at = work.now + PAUSE, None
        return
    mailing.done_at = work.now
    finished = _FINISHED.get(mailing.notice)
    if finished is not None:
        await finished(work, mailing)


register(MAILING, _send_chunk)


async def _write(
    work: Work, mailing: Mailing, deliberation: Deliberation | None, people: Sequence[Resident]
) -> None:
    context = _unpacked(mailing.data)
    if deliberation is not None:
        context["deliberation"] = deliberation
    work.broadcast = True
    try:
        for resident in people:
            ref = await work.services.notifier.resident(
                work, resident.id, mailing.notice, **context
            )
            if ref is None:
                continue
            mailing.sent += 1
            work.session.add(
                MailingRecipient(
                    mailing_id=mailing.id or 0,
                    resident_id=resident.id,
                    ref=ref,
                    household=household_of(resident.place, work.district),
                    sent_at=work.now,
                )
            )
    finally:
        work.broadcast = False


# --- audiences --------------------------------------------------------------------------------


def _people(
    mailing: Mailing, deliberation: Deliberation | None, ballot: Ballot | None
) -> Select[Resident] | None:
    """Everybody of the audience, before the cursor is applied; None when it is empty."""
    consented = select(Resident).where(col(Resident.consented_at).is_not(None))
    if deliberation is None:
        return consented if mailing.audience == "residents" else None
    of_them: ColumnElement[bool] | None = None
    match mailing.audience:
        case "residents":
            of_them = lives_in(deliberation.grids)
        case "supporters":
            of_this = col(Support.deliberation_id) == deliberation.key
            of_them = col(Resident.id).in_(select(col(Support.resident_id)).where(of_this))
        case "contributors":
            of_this = col(Contribution.deliberation_id) == deliberation.key
            spoke = select(col(Contribution.author_id)).where(of_this)
            took_part = select(col(Voice.resident_id)).where(
                col(Voice.deliberation_id) == deliberation.key, col(Voice.resident_id).is_not(None)
            )
            of_them = or_(col(Resident.id).in_(spoke), col(Resident.id).in_(took_part))
        case "voters" | "absent" if ballot is not None:
            of_them = lives_in(deliberation.grids)
    return consented.where(of_them) if of_them is not None else None


def lives_in(grids: Sequence[str]) -> ColumnElement[bool]:
    """Whether a `Resident` has their doorway in one of the grids, or below."""
    grid = col(Resident.grid)
    return or_(*(or_(grid == code, grid.startswith(f"{code}.", autoescape=True)) for code in grids))


async def _ballot(work: Work, mailing: Mailing) -> Ballot | None:
    if mailing.audience not in ("voters", "absent"):
        return None
    found: Ballot | None = await work.session.scalar(
        select(Ballot)
        .where(col(Ballot.deliberation_id) == mailing.deliberation_id)
        .order_by(col(Ballot.id).desc())
        .limit(1)
    )
    return found


async def _by_vote(
    work: Work,
    audience: str,
    deliberation: Deliberation,
    ballot: Ballot,
    people: Sequence[Resident],
) -> list[Resident]:
    """Of these people those who may vote, with a vote of theirs or their household's in the box
    ("voters", by whomever it was cast), or without ("absent")."""
    voted = await recorded(work, ballot, people)
    if audience == "voters":
        return [resident for resident in people if resident.id in voted]
    return [
        resident
        for resident in people
        if resident.id not in voted and _may_vote(work, deliberation, ballot, resident)
    ]


def _may_vote(work: Work, deliberation: Deliberation, ballot: Ballot, resident: Resident) -> bool:
    try:
        check_resident(resident, deliberation.grids, since=ballot.opened_at)
        voter_of(resident, ballot.unit, work.district)
    except NotEligible:
        return False
    return True


# --- moments in JSON --------------------------------------------------------------------------

_MOMENT = "$at"


def _packed(value: Any) -> Any:
    """The value with each moment as `{"$at": ISO 8601}`."""
    if isinstance(value, datetime):
        return {_MOMENT: value.isoformat()}
    if isinstance(value, dict):
        return {key: _packed(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(part) for part in value]
    return value


def _unpacked(value: Any) -> Any:
    """What `_packed` was given; tuples come back as lists."""
    if isinstance(value, dict):
        if _MOMENT in value:
            return datetime.fromisoformat(value[_MOMENT])
        return {key: _unpacked(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_unpacked(part) for part in value]
    return value
