"""A call in a courtyard: neighbours who speak, a council that votes; on `consultation.Hood`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation, DeliberationEvent
from models.deliberation.opinion import Motion, Opinion, OpinionVote
from models.place import Place
from tests.workflows.deliberation import consultation
from tests.workflows.deliberation.consultation import DAY, ORGANISER, SEATS, Hood, Letter, Letters
from tests.workflows.town import COURT, MONDAY, OTHER_COURT
from workflows.deliberation import collect, confirm, proposals
from workflows.work import Work

__all__ = [
    "COURT",
    "DAY",
    "MONDAY",
    "OFFICE",
    "ORGANISER",
    "OTHER_COURT",
    "SEATS",
    "VOLUNTEER",
    "AllLetters",
    "Hood",
    "a_door",
    "call",
    "carry",
    "figures",
    "open_hood",
    "recount",
    "say",
    "text_of",
    "to_confirm",
]

OFFICE = "office-1"
VOLUNTEER = "building-1"


class AllLetters(Letters):
    """Keeps notices about tickets too; their words have tests of their own."""

    def _keep(
        self, work: Work, account: int, to: int | str, notice: str, context: dict[str, Any]
    ) -> int:
        if "ticket" not in context:
            return super()._keep(work, account, to, notice, context)
        self.all.append(Letter(to, notice, context, "", work.broadcast))
        return next(self._refs)


@asynccontextmanager
async def open_hood(**policy: Any) -> AsyncIterator[Hood]:
    """The courtyard, its posts all held by somebody who lives elsewhere."""
    async with consultation.open_hood(**policy) as hood:
        hood.letters = AllLetters()
        hood.work.services = replace(hood.work.services, notifier=hood.letters)
        yield hood


async def call(hood: Hood, **more: Any) -> Deliberation:
    """The organiser asks about lifts for two weeks."""
    given: dict[str, Any] = {
        "title": "加装电梯",
        "description": "三单元老人多",
        "council": "xg.01",
        "grids": [COURT],
        "collect_until": hood.work.now + 14 * DAY,
    }
    organiser = await hood.staff(ORGANISER)
    return await proposals.open_deliberation(hood.work, organiser, **(given | more))


async def say(hood: Hood, deliberation: Deliberation, id_: int, text: str) -> Opinion:
    """A neighbour posts their own words."""
    person = await hood.neighbour(id_)
    return await collect.add_opinion(hood.work, person, deliberation.key, text, joined_ok=True)


async def to_confirm(hood: Hood, *texts: str) -> tuple[Deliberation, list[Opinion]]:
    """A call whose collection the organiser ended, with one opinion of each neighbour."""
    deliberation = await call(hood)
    opinions = [
        await say(hood, deliberation, id_, text)
        for id_, text in enumerate(texts or ("一楼采光会变差", "费用按楼层分摊"), start=1)
    ]
    hood.work.now += 8 * DAY
    await proposals.end_collection(hood.work, await hood.staff(ORGANISER), deliberation.key)
    return deliberation, opinions


async def carry(hood: Hood, motion: Motion, votes: Sequence[str]) -> None:
    """The seats vote in their order."""
    for seat, value in zip(SEATS, votes, strict=False):
        person = await hood.staff(seat)
        await confirm.vote_motion(hood.work, person, motion.id or 0, value)


def a_door(room: str = "501", **more: Any) -> Place:
    """A flat of somebody without a phone."""
    home = {"grid": COURT, "lane": "合水中路", "number": "12", "building": "1", "unit": "2"}
    return Place(room=room, **(home | more))


def figures(opinion: Opinion) -> tuple[int, int, int]:
    """(agrees, disagrees, passes)"""
    return opinion.agrees, opinion.disagrees, opinion.passes


async def recount(hood: Hood, opinion: Opinion) -> tuple[int, int, int]:
    """The same, counted from the rows of the votes."""
    values = list(
        await hood.session.scalars(
            select(col(OpinionVote.value)).where(col(OpinionVote.opinion_id) == opinion.key)
        )
    )
    return values.count(1), values.count(-1), values.count(0)


async def text_of(hood: Hood, action: str) -> str | None:
    """Why the last act of that name was done."""
    found: str | None = await hood.session.scalar(
        select(col(DeliberationEvent.text))
        .where(col(DeliberationEvent.action) == action)
        .order_by(col(DeliberationEvent.id).desc())
    )
    return found
