"""The lists of the board: deliberations, and what its feed tells."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.core import Deliberation, DeliberationEvent
from models.deliberation.opinion import Opinion, Voice
from models.deliberation.steps import FINAL, SEVEN, Step
from models.errors import NotFound
from workflows.deliberation.board.both import Both
from workflows.deliberation.board.names import council_views, grid_name
from workflows.deliberation.board.views import Entry, FeedEntry, Listing
from workflows.work import Work

ENDED_PER_PAGE = 50
RUNNING_AT_MOST = 200
FEED_ENTRIES = 50


async def list_board(work: Work, community: str | None = None, page: int = 1) -> Listing:
    """The front page: running deliberations by their newest step, then a page of ended ones.

    Raises NotFound for a community without a council.
    """
    district = work.district
    if community is not None and community not in district.council_by_grid:
        raise NotFound(f"community {community}")
    query = select(Deliberation)
    if community is not None:
        query = query.where(col(Deliberation.council) == community)
    newest = query.order_by(col(Deliberation.step_since).desc(), col(Deliberation.id).desc())
    running = (
        await work.session.scalars(
            newest.where(col(Deliberation.step).not_in(FINAL)).limit(RUNNING_AT_MOST)
        )
    ).all()
    ended = (
        await work.session.scalars(
            newest.where(col(Deliberation.step).in_(FINAL))
            .limit(ENDED_PER_PAGE + 1)
            .offset((page - 1) * ENDED_PER_PAGE)
        )
    ).all()
    more = len(ended) > ENDED_PER_PAGE
    counts = await _counts(work, [d.key for d in (*running, *ended)])
    entries = [_entry(work, d, counts) for d in (*running, *ended[:ENDED_PER_PAGE])]
    return Listing(
        district=Both(district.name_zh, district.name_en),
        communities=tuple((c.grid, grid_name(district, c.grid)) for c in district.councils),
        chosen=community,
        running=tuple(entries[: len(running)]),
        ended=tuple(entries[len(running) :]),
        page=page,
        more=more,
        councils=council_views(district, community),
    )


Counts = tuple[dict[int, int], dict[int, int]]


async def _counts(work: Work, keys: list[int]) -> Counts:
    """Shown opinions, and people taking part, by deliberation."""
    opinions = await work.session.execute(
        select(col(Opinion.deliberation_id), func.count())
        .where(col(Opinion.deliberation_id).in_(keys), col(Opinion.status) == "shown")
        .group_by(col(Opinion.deliberation_id))
    )
    voices = await work.session.execute(
        select(col(Voice.deliberation_id), func.count())
        .where(col(Voice.deliberation_id).in_(keys))
        .group_by(col(Voice.deliberation_id))
    )
    return dict(opinions.all()), dict(voices.all())


def _entry(work: Work, deliberation: Deliberation, counts: Counts) -> Entry:
    opinions, voices = counts
    return Entry(
        number=deliberation.number,
        title=deliberation.title,
        step=deliberation.step,
        community=grid_name(work.district, deliberation.council),
        places=places_of(work, deliberation.grids),
        since=deliberation.step_since,
        due=deliberation.step_due_at if deliberation.running else None,
        opinions=opinions.get(deliberation.key, 0),
        voices=voices.get(deliberation.key, 0),
    )


def places_of(work: Work, grids: Iterable[str]) -> tuple[Both, ...]:
    """The names of concerned grids."""
    return tuple(grid_name(work.district, code) for code in grids)


async def list_feed(work: Work) -> list[FeedEntry]:
    """The steps that began lately, newest first; proposals are told once they opened."""
    told = [step.value for step in (*SEVEN, *sorted(FINAL - {Step.LAPSED}))]
    rows = await work.session.execute(
        select(DeliberationEvent, Deliberation)
        .join(Deliberation, col(Deliberation.id) == col(DeliberationEvent.deliberation_id))
        .where(
            col(DeliberationEvent.to_step).in_(told),
            (col(DeliberationEvent.to_step) != col(DeliberationEvent.from_step))
            | (col(DeliberationEvent.action) == "open"),
        )
        .order_by(col(DeliberationEvent.id).desc())
        .limit(FEED_ENTRIES)
    )
    return [
        FeedEntry(
            event_id=event.id or 0,
            number=deliberation.number,
            title=deliberation.title,
            step=Step(event.to_step),
            at=event.at,
            reason=deliberation.reason if Step(event.to_step) in FINAL else None,
            places=places_of(work, deliberation.grids),
        )
        for event, deliberation in rows
    ]
