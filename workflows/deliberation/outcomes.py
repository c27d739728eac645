"""Everybody who contributed is told what became of exactly their contribution.

One message for each person (more only when it would be too long), a hundred people in each
transaction, by the clock. `Contribution.told_at` is set

* when the message to its author goes out;
* when its author cannot be reached (blocked the bot): then an event says how many there were;
* for people without a phone: when the volunteer who entered it says that they told them
  (`mark_told`). The volunteer gets one list of what to tell whom, once for each outcome. This does
  not hold up the archive, for a volunteer who moved away must not stop it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from models.deliberation.core import Contribution, Deliberation, DeliberationEvent
from models.deliberation.steps import Capacity, Step
from models.people import Resident
from models.ticket import DueTime
from workflows.deliberation.access import CLOCK, Doer, load, require
from workflows.deliberation.contributions import at_the_doors, words_of
from workflows.deliberation.deciding import (
    ENDINGS,
    decide_ending,
    decide_opinions,
    decide_rest,
)
from workflows.deliberation.events import record
from workflows.deliberation.moves import on_enter
from workflows.deliberation.posts import organisers, tell_posts
from workflows.due import register, schedule
from workflows.tickets.assign import roster
from workflows.work import Person, Work

OUTCOMES = "d_outcomes"
"""Due kind of the next chunk; its subject is the deliberation's id."""
CHUNK = 100
"""People that one transaction writes to."""
PAUSE = timedelta(seconds=1)
"""Between two chunks, so that other people's updates come in between."""
_LISTED = "tell_at_door"
"""The act of giving a volunteer the list; its data has the outcome by contribution id."""
_PAGE = 3000
"""UTF-16 units of people's words in one message; the Bot API allows 4096 in all."""


@dataclass(frozen=True, slots=True)
class Item:
    """One contribution and what became of it, as a message tells it."""

    id: int
    kind: str
    """As `Contribution.kind`."""
    text: str
    """What was said; empty for support, a vote and a speech."""
    outcome: str
    detail: str
    """The topic, answer or reason that goes with it; may be empty."""
    at: datetime
    who: str = ""
    """Doorway and name of somebody without a phone, as far as they were kept."""


async def tell_outcomes(work: Work, deliberation: Deliberation) -> None:
    """Begin to tell everybody what they have not been told yet; returns at once."""
    await schedule(work, OUTCOMES, work.now, subject=str(deliberation.key))


# --- when -----------------------------------------------------------------------------------------


@on_enter(Step.DRAFT)
async def _after_topics(work: Work, deliberation: Deliberation, _: Step, __: Doer) -> None:
    await decide_opinions(work, deliberation)
    await tell_outcomes(work, deliberation)


async def _after_ending(work: Work, deliberation: Deliberation, _: Step, __: Doer) -> None:
    await decide_ending(work, deliberation)
    await tell_outcomes(work, deliberation)


for _step in ENDINGS:
    on_enter(_step)(_after_ending)


@on_enter(Step.REPORT)
async def _after_report(work: Work, deliberation: Deliberation, _: Step, __: Doer) -> None:
    await decide_rest(work, deliberation)
    await tell_outcomes(work, deliberation)


@on_enter(Step.CLOSED)
async def _at_the_end(work: Work, deliberation: Deliberation, _: Step, __: Doer) -> None:
    await tell_outcomes(work, deliberation)


# --- one chunk ------------------------------------------------------------------------------------


async def _tell_chunk(work: Work, due: DueTime) -> None:
    """Tell the next people; after the last of them, the volunteers."""
    deliberation = await load(work, int(due.subject))
    people = await _next_people(work, deliberation)
    if people:
        await _tell_people(work, deliberation, people)
    if len(people) == CHUNK:
        due.due_at = work.now + PAUSE
        due.done_at = None
        return
    await _tell_volunteers(work, deliberation)


register(OUTCOMES, _tell_chunk)


def _untold(deliberation: Deliberation) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Contribution.deliberation_id) == deliberation.key,
        col(Contribution.outcome).is_not(None),
        col(Contribution.told_at).is_(None),
    )


async def _next_people(work: Work, deliberation: Deliberation) -> Sequence[int]:
    found = await work.session.scalars(
        select(col(Contribution.author_id))
        .where(*_untold(deliberation), col(Contribution.author_id).is_not(None))
        .distinct()
        .order_by(col(Contribution.author_id))
        .limit(CHUNK)
    )
    return [account for account in found if account is not None]


async def _tell_people(work: Work, deliberation: Deliberation, people: Sequence[int]) -> None:
    rows = (
        await work.session.scalars(
            select(Contribution)
            .where(*_untold(deliberation), col(Contribution.author_id).in_(people))
            .order_by(col(Contribution.id))
        )
    ).all()
    items = await _items(work, rows)
    reached = set(
        await work.session.scalars(
            select(col(Resident.id)).where(
                col(Resident.id).in_(people), col(Resident.unreachable_since).is_(None)
            )
        )
    )
    work.broadcast = True
    try:
        for account in people:
            if account in reached:
                mine = [items[row.id or 0] for row in rows if row.author_id == account]
                await _tell_one(work, deliberation, account, mine)
    finally:
        work.broadcast = False
    for row in rows:
        row.told_at = work.now
    if lost := len(people) - len(reached):
        record(work, deliberation, "not_reached", CLOCK, Capacity.SYSTEM, people=lost)


async def _tell_one(
    work: Work, deliberation: Deliberation, account: int, items: Sequence[Item]
) -> None:
    pages = paged(items)
    for number, page in enumerate(pages, start=1):
        await work.services.notifier.resident(
            work,
            account,
            "d_outcome",
            deliberation=deliberation,
            items=page,
            part=number,
            parts=len(pages),
        )


async def _items(work: Work, rows: Iterable[Contribution]) -> dict[int, Item]:
    """Every contribution as it is told, by its id."""
    found = list(rows)
    texts = await words_of(work, found)
    people = await at_the_doors(work, [row for row in found if row.author_id is None])
    return {
        row.id or 0: Item(
            id=row.id or 0,
            kind=row.kind,
            text=texts.get((row.kind, row.subject_id), ""),
            outcome=row.outcome or "",
            detail=row.detail or "",
            at=row.at,
            who=people.get(row.id or 0, ""),
        )
        for row in found
    }


def paged(items: Sequence[Item]) -> list[list[Item]]:
    """The items in as few messages as they fit into, in order, none of them empty."""
    pages: list[list[Item]] = []
    room = 0
    for item in items:
        size = sum(len(part[:600].encode("utf-16-le")) // 2 for part in (item.text, item.detail))
        size += len(item.who) + 60
        if not pages or size > room:
            pages.append([])
            room = _PAGE
        pages[-1].append(item)
        room -= size
    return pages


# --- people without a phone -----------------------------------------------------------------------


async def _at_doors(
    work: Work, deliberation: Deliberation, *, by: str | None = None
) -> Sequence[Contribution]:
    mine = col(Contribution.door_by).is_not(None) if by is None else col(Contribution.door_by) == by
    found = await work.session.scalars(
        select(Contribution)
        .where(*_untold(deliberation), col(Contribution.author_id).is_(None), mine)
        .order_by(col(Contribution.id))
    )
    return found.all()


async def _tell_volunteers(work: Work, deliberation: Deliberation) -> None:
    """Give each volunteer the list of what to tell whom; nothing that was on a list before.

    What a vacant post entered goes to the organiser.
    """
    listed = await _listed(work, deliberation)
    rows = [
        row for row in await _at_doors(work, deliberation) if listed.get(str(row.id)) != row.outcome
    ]
    if not rows:
        return
    items = await _items(work, rows)
    codes = list(dict.fromkeys(row.door_by or "" for row in rows))
    held = (await roster(work, codes)).held
    for code in codes:
        mine = [items[row.id or 0] for row in rows if row.door_by == code]
        told = [code] if code in held else organisers(work, deliberation)
        pages = paged(mine)
        for number, page in enumerate(pages, start=1):
            await tell_posts(
                work,
                told,
                "d_outcome_door",
                deliberation,
                items=page,
                part=number,
                parts=len(pages),
            )
    record(
        work,
        deliberation,
        _LISTED,
        CLOCK,
        Capacity.SYSTEM,
        listed={str(row.id): row.outcome for row in rows},
    )


async def _listed(work: Work, deliberation: Deliberation) -> dict[str, str]:
    """The outcome that was last put on a list, by contribution id."""
    found = await work.session.scalars(
        select(col(DeliberationEvent.data))
        .where(
            col(DeliberationEvent.deliberation_id) == deliberation.key,
            col(DeliberationEvent.action) == _LISTED,
        )
        .order_by(col(DeliberationEvent.id))
    )
    return {id_: outcome for data in found for id_, outcome in data["listed"].items()}


async def to_tell(work: Work, person: Person, deliberation: Deliberation) -> list[Item]:
    """What this volunteer still has to tell people without a phone; all of it for the organiser.

    Raises ActionNotAllowed for everybody else.
    """
    doer = await require(work, person, deliberation, Capacity.VOLUNTEER, Capacity.ORGANISER)
    everything = Capacity.ORGANISER in doer.capacities
    rows = await _at_doors(work, deliberation, by=None if everything else doer.name)
    return list((await _items(work, rows)).values())


async def mark_told(work: Work, person: Person, d_id: int, contribution_ids: Iterable[int]) -> int:
    """A volunteer told these people at their doors; returns how many contributions that settled.

    Somebody else's, and what has no outcome yet, is left out. Raises NotFound, ActionNotAllowed.
    """
    deliberation = await load(work, d_id)
    wanted = {item.id for item in await to_tell(work, person, deliberation)}
    wanted &= set(contribution_ids)
    rows = [row for row in await _at_doors(work, deliberation) if row.id in wanted]
    for row in rows:
        row.told_at = work.now
    if rows:
        doer = await require(work, person, deliberation, Capacity.VOLUNTEER, Capacity.ORGANISER)
        acting = Capacity.VOLUNTEER if Capacity.VOLUNTEER in doer.capacities else Capacity.ORGANISER
        record(work, deliberation, "told_at_door", doer, acting, ids=sorted(wanted))
    return len(rows)


async def mark_answered(work: Work, deliberation: Deliberation, kind: str, subject_id: int) -> None:
    """The author has just been told by a notice of its own: no second message about it."""
    rows = await work.session.scalars(
        select(Contribution).where(
            *_untold(deliberation),
            col(Contribution.kind) == kind,
            col(Contribution.subject_id) == subject_id,
        )
    )
    for row in rows:
        row.told_at = work.now
