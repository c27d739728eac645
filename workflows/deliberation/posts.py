"""The posts that a deliberation concerns, and telling them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from models.deliberation.core import Deliberation
from models.district import Role, covers
from workflows.deliberation.access import council_of
from workflows.work import Work


def organisers(work: Work, deliberation: Deliberation) -> list[str]:
    """Staff codes of the organisers (社区工作者) of the council's community, nearest first."""
    found = [
        post
        for post in work.district.staff
        if post.role is Role.ORGANISER and covers(post.grid, deliberation.council)
    ]
    return [post.code for post in sorted(found, key=lambda post: -len(post.grid))]


def community_leads(work: Work, deliberation: Deliberation) -> list[str]:
    """Staff codes of the leads (网格长) of the council's community."""
    return [
        post.code
        for post in work.district.staff
        if post.role is Role.GRID_LEAD and post.grid == deliberation.council
    ]


def office(work: Work) -> list[str]:
    """Staff codes of the office."""
    return [post.code for post in work.district.staff if post.role is Role.OFFICE]


def council_seats(work: Work, deliberation: Deliberation) -> list[str]:
    """Staff codes of all seats of the council and of its secretary."""
    council = council_of(work, deliberation)
    return [*(seat.post for seat in council.seats), council.secretary]


async def tell_posts(
    work: Work, codes: Iterable[str], notice: str, deliberation: Deliberation, **context: Any
) -> None:
    """Send one notice to each of these posts, once."""
    for code in dict.fromkeys(codes):
        await work.services.notifier.staff(work, code, notice, deliberation=deliberation, **context)
