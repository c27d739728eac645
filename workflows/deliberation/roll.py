"""The roll (签到册): who may vote, under which key, and who has voted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select
from sqlmodel import col

from models.deliberation.ballot import Ballot, BallotRoll
from models.deliberation.core import Deliberation
from models.deliberation.electorate import check_resident, concerned, door_voter, voter_of
from models.errors import NotEligible
from models.people import Resident
from models.place import Place
from workflows.work import Work


def keys_of(work: Work, resident: Resident, unit: str) -> list[str]:
    """Every key under which a vote of this resident may be on the roll, their own first.

    With one vote per resident, somebody with a phone may have been entered at the door as well,
    under household and name. Raises NotEligible: `no_room`.
    """
    keys = [voter_of(resident, unit, work.district)]
    if unit == "resident" and resident.place is not None:
        with suppress(NotEligible):
            keys.append(door_voter(resident.place, unit, resident.name, work.district))
    return keys


async def keys_at_door(work: Work, place: Place, unit: str, name: str) -> list[str]:
    """The same for somebody at the door: the key, then the accounts of that name behind it.

    Raises NotEligible: `no_room`.
    """
    key = door_voter(place, unit, name, work.district)
    if unit == "household":
        return [key]
    neighbours = await work.session.scalars(
        select(Resident).where(
            col(Resident.lane) == place.lane,
            col(Resident.number) == place.number,
            col(Resident.room) == place.room,
        )
    )
    behind = [keys_of(work, resident, unit) for resident in neighbours]
    return [key, *(own for own, *others in behind if key in others)]


async def row_of(work: Work, ballot: Ballot, keys: Sequence[str]) -> BallotRoll | None:
    """The row of the roll under one of these keys."""
    found: BallotRoll | None = await work.session.scalar(
        select(BallotRoll)
        .where(col(BallotRoll.ballot_id) == ballot.key, col(BallotRoll.voter).in_(keys))
        .limit(1)
    )
    return found


def lives_in(grids: Iterable[str]) -> Any:
    """The condition that a resident's doorway lies in one of these grids."""
    grid = col(Resident.grid)
    return or_(*(or_(grid == code, grid.startswith(f"{code}.", autoescape=True)) for code in grids))


async def registered(
    work: Work, grids: Sequence[str], unit: str, *, at: datetime | None = None
) -> int:
    """How many votes the registered residents of these grids have: households with a known room,
    or residents, whose doorway was on record at `at` (UTC; now if None)."""
    people = await work.session.scalars(
        select(Resident).where(col(Resident.consented_at).is_not(None), lives_in(grids))
    )
    keys: set[str] = set()
    for resident in people:
        try:
            check_resident(resident, grids, since=at or work.now)
            keys.add(voter_of(resident, unit, work.district))
        except NotEligible:
            continue
    return len(keys)


async def recorded(work: Work, ballot: Ballot, residents: Sequence[Resident]) -> set[int]:
    """Accounts among `residents` for whom a vote is on the roll, by whomever it was cast."""
    deliberation = await work.session.get_one(Deliberation, ballot.deliberation_id)
    keys: dict[str, list[int]] = {}
    for resident in residents:
        if not concerned(resident.grid, deliberation.grids):
            continue
        try:
            for key in keys_of(work, resident, ballot.unit):
                keys.setdefault(key, []).append(resident.id)
        except NotEligible:
            continue
    voted = await work.session.scalars(
        select(col(BallotRoll.voter)).where(
            col(BallotRoll.ballot_id) == ballot.key, col(BallotRoll.voter).in_(list(keys))
        )
    )
    return {account for voter in voted for account in keys[voter]}


async def turnout(work: Work, ballot: Ballot) -> dict[str, int]:
    """How many voted in the chat, by proxy, at the door."""
    rows = await work.session.execute(
        select(col(BallotRoll.channel), func.count())
        .where(col(BallotRoll.ballot_id) == ballot.key)
        .group_by(col(BallotRoll.channel))
    )
    found = {str(channel): int(number) for channel, number in rows}
    return {channel: found.get(channel, 0) for channel in ("chat", "proxy", "door")}


async def rewrite(work: Work, ballot: Ballot) -> None:
    """Write the roll anew in the order of its keys: where a row lies no longer tells when it
    came."""
    table = BallotRoll.__table__  # type: ignore[attr-defined]
    of_this = col(BallotRoll.ballot_id) == ballot.key
    await work.session.flush()
    rows = await work.session.execute(select(table).where(of_this))
    kept = sorted((dict(row) for row in rows.mappings()), key=lambda row: str(row["voter"]))
    if not kept:
        return
    await work.session.execute(
        delete(BallotRoll).where(of_this).execution_options(synchronize_session="fetch")
    )
    await work.session.execute(insert(table), kept)
