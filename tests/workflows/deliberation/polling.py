"""A courtyard that votes: a deliberation in consultation whose council has met, and its ballot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.ballot import Ballot, BallotEntry, BallotRoll, BallotSlip
from models.deliberation.core import Deliberation
from models.deliberation.meeting import MinuteLine
from models.place import Place
from tests.workflows.deliberation.consultation import ORGANISER, SECRETARY, Hood
from tests.workflows.town import COURT
from workflows.deliberation import box
from workflows.deliberation.ballots import Receipt, cast, open_ballot

A, B, NONE = ({"approve": [key]} for key in ("A", "B", "0"))


def home(room: str = "401", **more: str) -> Place:
    """A doorway of the courtyard."""
    given: dict[str, Any] = {"lane": "合水中路", "number": "12", "building": "1", "unit": "1"}
    return Place(grid=COURT, room=room, **(given | more))


async def ready(hood: Hood, **more: Any) -> Deliberation:
    """A deliberation with options A and B, whose council met and closed its meeting."""
    deliberation = await hood.deliberation(**more)
    for letter in "AB":
        await hood.option(deliberation, letter)
    meeting = await hood.meeting(deliberation, state="closed")
    hood.session.add(
        MinuteLine(
            meeting_id=meeting.key,
            at=hood.work.now,
            author=SECRETARY,
            source="minute",
            text="商量过了",
        )
    )
    await hood.session.flush()
    return deliberation


async def polling(hood: Hood, people: int = 12, **more: Any) -> tuple[Deliberation, Ballot]:
    """An open ballot with so many households on the register."""
    for id_ in range(1, people + 1):
        await hood.neighbour(id_)
    deliberation = await ready(hood, **more)
    ballot = await open_ballot(hood.work, await hood.staff(ORGANISER), deliberation.key)
    return deliberation, ballot


async def vote(
    hood: Hood, ballot: Ballot, *choices: dict[str, Any], first: int = 1
) -> list[Receipt]:
    """Neighbours `first`, `first` + 1 … cast these choices, one after the other."""
    receipts = []
    for id_, choice in enumerate(choices, start=first):
        hood.pass_time(seconds=1)
        receipts.append(await cast(hood.work, await hood.neighbour(id_), ballot.key, choice))
    return receipts


async def finish(hood: Hood, ballot: Ballot) -> dict[str, Any]:
    """Let time pass until the clock has closed the ballot; returns the published box."""
    await hood.run_until(ballot.closes_at + timedelta(minutes=1))
    return box.box(hood.work, ballot)


async def rolled(hood: Hood) -> list[BallotRoll]:
    return list(await hood.session.scalars(select(BallotRoll)))


async def chained(hood: Hood) -> list[BallotEntry]:
    return list(await hood.session.scalars(select(BallotEntry).order_by(col(BallotEntry.position))))


async def waiting(hood: Hood) -> list[BallotSlip]:
    return list(await hood.session.scalars(select(BallotSlip)))
