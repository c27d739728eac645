"""Proxies: somebody votes for a neighbour who confirmed it with a code.

The code is told by the principal, person to person; only its hash is kept. Whoever types codes at
random is stopped after a few tries.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlmodel import col

from models.deliberation.ballot import Ballot, Proxy
from models.deliberation.core import Deliberation, DeliberationEvent
from models.deliberation.electorate import check_resident
from models.deliberation.steps import Capacity, Step
from models.errors import InvalidInput, NotEligible, NotFound, NotReady, TooSoon
from models.people import Resident
from workflows.deliberation.access import Doer, load
from workflows.deliberation.events import record
from workflows.deliberation.roll import keys_of, recorded
from workflows.work import Person, Work

GOOD_FOR = timedelta(hours=24)
"""How long a code may be entered."""
TRIES = 5
"""Wrong codes of one person in `TRIES_WITHIN`; then they have to wait."""
TRIES_WITHIN = timedelta(hours=1)
_WHILE = (Step.ANNOUNCE, Step.CONSULT)
"""Steps in which a proxy can be given and taken."""


async def offer_proxy(work: Work, person: Person, deliberation_id: int) -> str:
    """A six-digit code for whoever shall vote for this person; good for 24 hours, told once.

    A new offer takes the place of an earlier one, whether accepted or not.

    Raises NotEligible (`consent`, `no_doorway`, `other_grid`, `no_room`, `voted`), NotReady `step`.
    """
    deliberation = await _deliberation(work, deliberation_id)
    check_resident(person.resident, deliberation.grids)
    keys_of(work, person.resident, deliberation.unit)
    await _check_not_voted(work, deliberation, person)
    earlier = await proxy_of(work, deliberation_id, person.id)
    if earlier is not None:
        earlier.revoked_at = work.now
    code = await _fresh_code(work, deliberation_id)
    work.session.add(
        Proxy(
            deliberation_id=deliberation.key,
            principal_id=person.id,
            code_hash=_hash(deliberation.key, code),
            expires_at=work.now + GOOD_FOR,
        )
    )
    await work.session.flush()
    record(work, deliberation, "offer_proxy", _as_resident(person), Capacity.RESIDENT)
    return code


async def accept_proxy(work: Work, person: Person, deliberation_id: int, code: str) -> Proxy | None:
    """Enter the code that the principal told; None when it fits no offer (the try is counted).

    Raises:
        NotEligible: `consent`, `proxy_own`, `proxy_limit` (`most`).
        NotReady: `step`. TooSoon: too many wrong codes (`again_at`).
        InvalidInput: `proxy_code`, not six digits.
    """
    deliberation = await _deliberation(work, deliberation_id)
    if person.resident.consented_at is None:
        raise NotEligible("no consent", reason="consent")
    typed = "".join(code.split())
    if len(typed) != 6 or not typed.isdecimal():
        raise InvalidInput("not a code", reason="proxy_code")
    await _check_tries(work, deliberation, person)
    proxy = await _offer(work, deliberation, typed)
    if proxy is None:
        # The failed try must be kept, so this is no error, which would roll it back.
        record(work, deliberation, "wrong_proxy_code", _as_resident(person), Capacity.RESIDENT)
        return None
    if proxy.principal_id == person.id:
        raise NotEligible("one's own code", reason="proxy_own")
    most = work.policy.deliberation.proxies_per_holder
    if len(await proxies_held(work, deliberation_id, person.id)) >= most:
        raise NotEligible("too many proxies", reason="proxy_limit", most=most)
    proxy.holder_id = person.id
    proxy.accepted_at = work.now
    record(work, deliberation, "accept_proxy", _as_resident(person), Capacity.RESIDENT)
    await work.services.notifier.resident(
        work,
        proxy.principal_id,
        "d_proxy_accepted",
        deliberation=deliberation,
        holder=person.resident.name,
    )
    return proxy


async def revoke_proxy(work: Work, person: Person, deliberation_id: int) -> Proxy:
    """Take one's own proxy back, as long as no vote was cast with it.

    Raises NotFound when there is none, NotEligible `voted` when it was used.
    """
    deliberation = await load(work, deliberation_id, lock=False)
    proxy = await proxy_of(work, deliberation_id, person.id)
    if proxy is None:
        raise NotFound("no proxy")
    await _check_not_voted(work, deliberation, person)
    proxy.revoked_at = work.now
    record(work, deliberation, "revoke_proxy", _as_resident(person), Capacity.RESIDENT)
    if proxy.holder_id is not None:
        await work.services.notifier.resident(
            work,
            proxy.holder_id,
            "d_proxy_revoked",
            deliberation=deliberation,
            principal=person.resident.name,
        )
    return proxy


async def proxy_of(work: Work, deliberation_id: int, principal_id: int) -> Proxy | None:
    """The proxy somebody gave and did not take back, offered (and not expired) or accepted."""
    found: Proxy | None = await work.session.scalar(
        select(Proxy)
        .where(
            col(Proxy.deliberation_id) == deliberation_id,
            col(Proxy.principal_id) == principal_id,
            col(Proxy.revoked_at).is_(None),
            _alive(work),
        )
        .order_by(col(Proxy.id).desc())
        .limit(1)
    )
    return found


async def proxies_held(work: Work, deliberation_id: int, holder_id: int) -> list[Proxy]:
    """The accepted proxies that somebody may vote with or did, oldest first."""
    held = await proxies_of(work, deliberation_id)
    return [proxy for proxy in held if proxy.holder_id == holder_id]


async def proxies_of(work: Work, deliberation_id: int) -> list[Proxy]:
    """Every accepted proxy of a deliberation that was not taken back, oldest first."""
    found = await work.session.scalars(
        select(Proxy)
        .where(
            col(Proxy.deliberation_id) == deliberation_id,
            col(Proxy.accepted_at).is_not(None),
            col(Proxy.revoked_at).is_(None),
        )
        .order_by(col(Proxy.id))
    )
    return list(found)


async def principals_of(work: Work, deliberation_id: int, holder_id: int) -> list[Resident]:
    """The people somebody may vote for, those whose vote is cast included."""
    held = await proxies_held(work, deliberation_id, holder_id)
    found = [await work.session.get(Resident, proxy.principal_id) for proxy in held]
    return [resident for resident in found if resident is not None]


async def holds_proxy(work: Work, deliberation_id: int, holder_id: int, principal_id: int) -> bool:
    """Whether `holder_id` may vote for `principal_id`."""
    held = await proxies_held(work, deliberation_id, holder_id)
    return any(proxy.principal_id == principal_id for proxy in held)


async def _deliberation(work: Work, deliberation_id: int) -> Deliberation:
    """Locked: the limits of proxies are counted, so two at once must not both be let through."""
    deliberation = await load(work, deliberation_id)
    if deliberation.step not in _WHILE:
        raise NotReady("no proxies in this step", reason="step", step=deliberation.step.value)
    return deliberation


async def _check_not_voted(work: Work, deliberation: Deliberation, person: Person) -> None:
    """Raises NotEligible: `voted`, when a vote of this person is in the newest ballot."""
    ballot = await work.session.scalar(
        select(Ballot)
        .where(col(Ballot.deliberation_id) == deliberation.key, col(Ballot.state) == "open")
        .limit(1)
    )
    if ballot is not None and await recorded(work, ballot, [person.resident]):
        raise NotEligible("voted already", reason="voted")


async def _check_tries(work: Work, deliberation: Deliberation, person: Person) -> None:
    since = work.now - TRIES_WITHIN
    mine: tuple[ColumnElement[bool], ...] = (
        col(DeliberationEvent.deliberation_id) == deliberation.key,
        col(DeliberationEvent.action) == "wrong_proxy_code",
        col(DeliberationEvent.actor_id) == person.id,
        col(DeliberationEvent.at) > since,
    )
    tried, last = (
        await work.session.execute(
            select(func.count(), func.max(col(DeliberationEvent.at))).where(*mine)
        )
    ).one()
    if tried >= TRIES:
        raise TooSoon("too many wrong codes", reason="proxy_tries", again_at=last + TRIES_WITHIN)


async def _offer(work: Work, deliberation: Deliberation, code: str) -> Proxy | None:
    found: Proxy | None = await work.session.scalar(
        select(Proxy)
        .where(
            col(Proxy.deliberation_id) == deliberation.key,
            col(Proxy.code_hash) == _hash(deliberation.key, code),
            col(Proxy.holder_id).is_(None),
            col(Proxy.revoked_at).is_(None),
            col(Proxy.expires_at) > work.now,
        )
        .limit(1)
    )
    return found


async def _fresh_code(work: Work, deliberation_id: int) -> str:
    """A code that no offer of this deliberation ever had."""
    used = set(
        await work.session.scalars(
            select(col(Proxy.code_hash)).where(col(Proxy.deliberation_id) == deliberation_id)
        )
    )
    while True:
        code = f"{secrets.randbelow(10**6):06d}"
        if _hash(deliberation_id, code) not in used:
            return code


def _alive(work: Work) -> ColumnElement[bool]:
    return col(Proxy.accepted_at).is_not(None) | (col(Proxy.expires_at) > work.now)


def _hash(deliberation_id: int, code: str) -> str:
    """With so few codes this only keeps them from being read by accident; they expire in a day."""
    return hashlib.sha256(f"{deliberation_id}\n{code}".encode()).hexdigest()


def _as_resident(person: Person) -> Doer:
    return Doer(frozenset({Capacity.RESIDENT}), resident_id=person.id)
