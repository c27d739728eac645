"""Leases with fencing: who may do a thing now, and proof of it inside each transaction.

A lease runs out when its owner stops renewing it; the next owner gets a higher epoch. Every
transaction of an owner renews the leases it works under and so finds out, before it commits,
that it was overtaken (RELIABILITY, mechanism 3 and case 8).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.database import affected, insert_for, table_of
from models.errors import StaleWrite
from models.messaging import Lease

TTL = timedelta(seconds=15)
"""How long a lease lasts without being renewed."""
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """A lease in hand, with the epoch that fences it."""

    name: str
    epoch: int


async def acquire(
    session: AsyncSession, names: Iterable[str], owner: str, now: datetime, ttl: timedelta = TTL
) -> list[Held]:
    """Take every lease of `names` that is free, expired or already the owner's."""
    names = list(names)
    if not names:
        return []
    await session.execute(
        insert_for(session, Lease).on_conflict_do_nothing(index_elements=["name"]),
        [{"name": name, "owner": "", "epoch": 0, "until": now - ttl} for name in names],
    )
    free = or_(col(Lease.until) <= now, col(Lease.owner) == owner)
    rows = await session.execute(
        select(Lease).where(col(Lease.name).in_(names), free).with_for_update()
    )
    held = []
    for lease in rows.scalars():
        if lease.owner != owner or lease.until <= now:
            lease.epoch += 1
        lease.owner = owner
        lease.until = now + ttl
        held.append(Held(lease.name, lease.epoch))
    return held


async def renew(
    session: AsyncSession,
    held: Collection[Held],
    owner: str,
    now: datetime,
    ttl: timedelta = TTL,
) -> None:
    """Prove inside the transaction that all of `held` are still the owner's, and prolong them.

    Raises:
        StaleWrite: at least one has gone to somebody else.
    """
    if not held:
        return
    epochs = {lease.epoch for lease in held}
    mine = or_(
        *(
            and_(
                col(Lease.epoch) == epoch,
                col(Lease.name).in_([h.name for h in held if h.epoch == epoch]),
            )
            for epoch in epochs
        )
    )
    result = await session.execute(
        update(table_of(Lease)).where(col(Lease.owner) == owner, mine).values(until=now + ttl)
    )
    if affected(result) != len(held):
        raise StaleWrite(f"a lease of {owner} was lost")


async def release(session: AsyncSession, names: Collection[str], owner: str) -> None:
    """Give leases back at once, so that another need not wait for them to run out.

    The rows stay: their epoch must never start again.
    """
    await session.execute(
        update(Lease)
        .where(col(Lease.owner) == owner, col(Lease.name).in_(names))
        .values(owner="", until=_LONG_AGO)
    )


async def release_all(session: AsyncSession, owner: str, now: datetime) -> None:
    """Give everything back: the owner ends in good order."""
    await session.execute(
        update(Lease).where(col(Lease.owner) == owner).values(owner="", until=now)
    )


async def owners(session: AsyncSession, prefix: str, now: datetime) -> set[str]:
    """Everybody who holds a live lease whose name starts with `prefix`."""
    rows = await session.execute(
        select(col(Lease.owner))
        .where(col(Lease.name).startswith(prefix), col(Lease.until) > now)
        .distinct()
    )
    return set(rows.scalars())


async def take_share(
    session: AsyncSession, prefix: str, names: Collection[str], owner: str, now: datetime
) -> list[Held]:
    """Renew what the owner holds of `names`, and take or give back lanes towards a fair share.

    Everybody who wants lanes shows up as the owner of a lease `<prefix>want:<owner>`, so that a
    newcomer is seen although it holds nothing yet.
    """
    await acquire(session, [f"{prefix}want:{owner}"], owner, now)
    wanting = await owners(session, f"{prefix}want:", now)
    share = -(-len(names) // max(1, len(wanting)))
    rows = await session.execute(
        select(Lease).where(
            col(Lease.name).in_(list(names)),
            or_(col(Lease.until) <= now, col(Lease.owner) == owner),
        )
    )
    known = {lease.name: lease for lease in rows.scalars()}
    taken = await session.execute(
        select(col(Lease.name)).where(col(Lease.name).in_(list(names)), col(Lease.until) > now)
    )
    live = set(taken.scalars())
    mine = [n for n in names if n in known and known[n].owner == owner and n in live]
    if len(mine) > share:
        await release(session, mine[share:], owner)
        mine = mine[:share]
    free = [name for name in names if name not in live]
    return await acquire(session, mine + free[: share - len(mine)], owner, now)
