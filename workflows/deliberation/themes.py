"""What tickets of the concerned grids are about, pulled in as opinions by the organiser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.opinion import Opinion
from models.deliberation.steps import Capacity
from models.errors import InvalidInput
from models.ticket import Ticket
from workflows.deliberation.access import require
from workflows.deliberation.events import record
from workflows.deliberation.posting import (
    clean_opinion,
    same_words,
    shown_opinions,
    store_opinion,
)
from workflows.deliberation.voices import collecting
from workflows.work import Person, Work

LOOK_BACK = timedelta(days=365)
MOST = 12
_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class Theme:
    """What tickets of the concerned grids are about, and how many of them."""

    category: str
    count: int
    example: str
    """The beginning of the newest one; for the organiser's eyes."""


async def ticket_themes(work: Work, person: Person, d_id: int) -> list[Theme]:
    """Categories of last year's tickets there, the most frequent first; not those pulled in.

    Private matters and complaints about staff are never counted.

    Raises NotFound, NotReady (`collecting`), ActionNotAllowed for all but the organiser.
    """
    deliberation = await collecting(work, d_id)
    await require(work, person, deliberation, Capacity.ORGANISER)
    pulled = select(col(Ticket.category)).where(
        col(Ticket.id).in_(
            select(col(Opinion.ticket_id)).where(
                col(Opinion.deliberation_id) == d_id, col(Opinion.ticket_id).is_not(None)
            )
        )
    )
    rows = await work.session.execute(
        select(col(Ticket.category), func.count(), func.max(col(Ticket.id)))
        .where(_around(work, deliberation), col(Ticket.category).not_in(pulled))
        .group_by(col(Ticket.category))
        .order_by(func.count().desc(), col(Ticket.category))
        .limit(MOST)
    )
    found = rows.all()
    newest = await work.session.execute(
        select(col(Ticket.id), col(Ticket.text)).where(
            col(Ticket.id).in_([last for _, _, last in found])
        )
    )
    texts = {row[0]: row[1] for row in newest}
    return [Theme(category, count, texts[last][:_EXAMPLE]) for category, count, last in found]


def _around(work: Work, deliberation: Deliberation) -> ColumnElement[bool]:
    grid = col(Ticket.grid)
    inside = (
        or_(grid == code, grid.startswith(f"{code}.", autoescape=True))
        for code in deliberation.grids
    )
    return and_(
        or_(*inside),
        col(Ticket.private).is_(False),
        col(Ticket.about_staff).is_(None),
        col(Ticket.duplicate_of).is_(None),
        col(Ticket.created_at) >= work.now - LOOK_BACK,
    )


async def pull_ticket_opinion(
    work: Work, person: Person, d_id: int, category: str, text: str
) -> Opinion:
    """The organiser says in one sentence what the tickets of a category ask for.

    The card shows for how many tickets it stands; it begins without votes.

    Raises NotFound, NotReady, ActionNotAllowed, InvalidInput (`opinion_text`, `theme`: there are
    no such tickets, `opinion_there`: the same words stand there already).
    """
    deliberation = await collecting(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    words = clean_opinion(text)
    count, newest = (
        await work.session.execute(
            select(func.count(), func.max(col(Ticket.id))).where(
                _around(work, deliberation), col(Ticket.category) == category
            )
        )
    ).one()
    if not count:
        raise InvalidInput(f"no tickets of {category}", reason="theme")
    if same_words(words, await shown_opinions(work, d_id)) is not None:
        raise InvalidInput("there already", reason="opinion_there")
    opinion = await store_opinion(
        work, deliberation, words, (), origin="ticket", tickets=count, ticket_id=newest
    )
    record(
        work,
        deliberation,
        "pull_tickets",
        doer,
        Capacity.ORGANISER,
        opinion=opinion.key,
        category=category,
        tickets=count,
    )
    return opinion
