"""Casting a vote: who may, in the chat, for somebody else, at the door; receipts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.ballot import Ballot, BallotEntry, BallotRoll, BallotSlip
from models.deliberation.chain import commit, extend, option_keys
from models.deliberation.core import Deliberation
from models.deliberation.electorate import check_resident
from models.deliberation.methods import check_choice
from models.deliberation.steps import Step
from models.deliberation.verify import SHORTEST_CODE
from models.errors import NotEligible
from models.people import Resident
from models.place import Place
from workflows.deliberation.access import load
from workflows.deliberation.box import announced_heads, ballots_cast, box, close_ballot
from workflows.deliberation.door import at_the_door
from workflows.deliberation.opening import current_ballot, load_ballot, open_ballot
from workflows.deliberation.proxies import holds_proxy
from workflows.deliberation.roll import keys_at_door, keys_of, row_of
from workflows.work import Person, Work

__all__ = [
    "Receipt",
    "VoterState",
    "announced_heads",
    "ballots_cast",
    "begin_secret",
    "box",
    "cast",
    "cast_at_door",
    "check_voter",
    "close_ballot",
    "current_ballot",
    "find_receipt",
    "load_ballot",
    "open_ballot",
]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a voter keeps: with `code` anybody finds the ballot in the published box."""

    code: str
    """The commitment, 64 hexadecimal digits. `short` is how it is shown."""
    head: str
    """Head of the chain that the voter witnesses."""
    length: int
    """How many ballots lie under that head."""
    position: int | None = None
    """Place of the ballot in the chain; None while a secret one waits to be mixed with others."""

    @property
    def short(self) -> str:
        """The first 20 digits in groups of four: enough to find it, short enough to compare."""
        return " ".join(self.code[at : at + 4] for at in range(0, 20, 4))


@dataclass(frozen=True, slots=True)
class VoterState:
    """How one person stands to a ballot."""

    voted: bool
    by_whom: str | None
    """self, household, proxy or door; None while no vote is recorded."""
    may: bool
    reason: str | None
    """Why not: the `reason` of `NotEligible`, such as closed, voted, household_voted."""


def begin_secret(work: Work, ballot: Ballot) -> None:
    """Have nothing of this update kept if the ballot is secret: presses and answers hold choices.

    To be called by every screen of a ballot before anything is said, from the first choice to the
    receipt, also where somebody shows a receipt to look for it.
    """
    work.secret = work.secret or ballot.secret


# --- who may vote


async def check_voter(work: Work, person: Person, ballot: Ballot) -> VoterState:
    """Whether a vote is recorded for this person, and whether they may cast one now.

    Everybody may ask it of themselves at any time, also after the closing.
    """
    deliberation = await load(work, ballot.deliberation_id, lock=False)
    row: BallotRoll | None = None
    reason: str | None = None
    try:
        # First of all: whoever does not live here learns nothing of the household that does.
        check_resident(person.resident, deliberation.grids, since=ballot.opened_at)
        row = await row_of(work, ballot, keys_of(work, person.resident, ballot.unit))
        _check_open(work, ballot, deliberation)
    except NotEligible as refused:
        reason = str(refused.context["reason"])
    if row is None:
        return VoterState(False, None, may=reason is None, reason=reason)
    return VoterState(True, _by_whom(row, person), may=False, reason=reason or _voted(row, person))


def _by_whom(row: BallotRoll, person: Person) -> str:
    if row.channel != "chat":
        return row.channel
    return "self" if row.resident_id == person.id else "household"


def _voted(row: BallotRoll, person: Person) -> str:
    """The reason for whom a vote is on the roll; it never tells how it was cast."""
    own = row.voter == f"r:{person.id}" or row.resident_id == person.id
    return "voted" if own and row.channel == "chat" else "household_voted"


def _check_open(work: Work, ballot: Ballot, deliberation: Deliberation) -> None:
    """By the time, not by whether the clock ran already: after an outage nothing comes in late."""
    if ballot.state != "open" or work.now >= ballot.closes_at:
        raise NotEligible("closed", reason="closed", closes_at=ballot.closes_at)
    if deliberation.step is not Step.CONSULT:
        raise NotEligible("not in this step", reason="not_open")


# --- casting


async def cast(
    work: Work,
    person: Person,
    ballot_id: int,
    choice: dict[str, Any],
    *,
    for_principal: int | None = None,
) -> Receipt:
    """Put a ballot into the box, for oneself or for somebody who gave a proxy. Final.

    Raises:
        NotEligible: `consent`, `no_doorway`, `other_grid`, `moved_in_late`, `no_room`; `closed`,
            `not_open`; `voted`, `household_voted`; of a proxy also `no_proxy`, `principal` (who
            gave it may not vote themselves), `principal_voted`.
        InvalidInput: `ballot_choice`.
    """
    ballot = await load_ballot(work, ballot_id)
    begin_secret(work, ballot)
    deliberation = await load(work, ballot.deliberation_id, lock=False)
    _check_open(work, ballot, deliberation)
    if for_principal is not None and for_principal != person.id:
        return await _cast_for(work, person, ballot, deliberation, for_principal, choice)
    check_resident(person.resident, deliberation.grids, since=ballot.opened_at)
    key, *others = keys_of(work, person.resident, ballot.unit)
    row = await row_of(work, ballot, [key, *others])
    if row is not None:
        raise NotEligible("a second vote", reason=_voted(row, person))
    roll = BallotRoll(ballot_id=ballot.key, voter=key, channel="chat", resident_id=person.id)
    return await _put(work, ballot, choice, roll)


async def _cast_for(
    work: Work,
    person: Person,
    ballot: Ballot,
    deliberation: Deliberation,
    principal_id: int,
    choice: dict[str, Any],
) -> Receipt:
    if person.resident.consented_at is None:
        raise NotEligible("no consent", reason="consent")
    if not await holds_proxy(work, deliberation.key, person.id, principal_id):
        raise NotEligible("no proxy", reason="no_proxy")
    principal = await work.session.get(Resident, principal_id)
    try:
        if principal is None:
            raise NotEligible("forgotten", reason="principal")
        check_resident(principal, deliberation.grids, since=ballot.opened_at)
        keys = keys_of(work, principal, ballot.unit)
    except NotEligible:
        raise NotEligible("the principal may not vote", reason="principal") from None
    if await row_of(work, ballot, keys) is not None:
        raise NotEligible("voted meanwhile", reason="principal_voted")
    roll = BallotRoll(ballot_id=ballot.key, voter=keys[0], channel="proxy", resident_id=person.id)
    receipt = await _put(work, ballot, choice, roll)
    await work.services.notifier.resident(
        work,
        principal_id,
        "d_proxy_cast",
        deliberation=deliberation,
        holder=person.resident.name,
    )
    return receipt


async def cast_at_door(
    work: Work,
    person: Person,
    ballot_id: int,
    place: Place,
    name: str,
    choice: dict[str, Any],
    confirmed: bool,
) -> Receipt:
    """Put a ballot into the box for somebody without a phone, to whom it was read back.

    Counted once, shown apart in the totals. Raises as `door.at_the_door` and `cast`;
    NotEligible `door_voted`.
    """
    ballot = await load_ballot(work, ballot_id)
    begin_secret(work, ballot)
    deliberation = await load(work, ballot.deliberation_id, lock=False)
    doer, _ = await at_the_door(work, person, deliberation, place, name, confirmed)
    _check_open(work, ballot, deliberation)
    keys = await keys_at_door(work, place, ballot.unit, name.strip())
    if await row_of(work, ballot, keys) is not None:
        raise NotEligible("a second vote", reason="door_voted")
    return await _put(
        work,
        ballot,
        choice,
        BallotRoll(ballot_id=ballot.key, voter=keys[0], channel="door", by_staff=doer.name),
    )


async def _put(work: Work, ballot: Ballot, choice: dict[str, Any], roll: BallotRoll) -> Receipt:
    """Note the voter and put the ballot in: nothing links the two in a secret one.

    The ballot row is locked, so of two votes of one household at once the second is refused, and
    no two get the same place in the chain.
    """
    checked = check_choice(ballot.method, option_keys(ballot.header), choice)
    nonce = secrets.token_hex(32)
    commitment = commit(nonce, checked)
    work.session.add(roll)
    if ballot.secret:
        work.session.add(
            BallotSlip(ballot_id=ballot.key, commitment=commitment, nonce=nonce, choice=checked)
        )
        await work.session.flush()
        return Receipt(commitment, ballot.head, ballot.length)
    (entry,) = extend(ballot.head, ballot.length, [commitment])
    work.session.add(
        BallotEntry(
            ballot_id=ballot.key,
            position=entry.position,
            commitment=commitment,
            link=entry.link,
            nonce=nonce,
            choice=checked,
            voter=roll.voter,
        )
    )
    ballot.head, ballot.length = entry.link, entry.position
    await work.session.flush()
    return Receipt(commitment, entry.link, entry.position, entry.position)


async def find_receipt(work: Work, ballot_id: int, code: str) -> int | None:
    """Where the ballot of a receipt lies in the chain; 0 while it waits to be mixed, None if it is
    not in the box. Raises NotFound."""
    ballot = await load_ballot(work, ballot_id, lock=False)
    begin_secret(work, ballot)
    wanted = "".join(code.split()).lower()
    if len(wanted) < SHORTEST_CODE:
        return None
    waiting = await work.session.scalars(
        select(col(BallotSlip.commitment)).where(
            col(BallotSlip.ballot_id) == ballot.key,
            col(BallotSlip.commitment).startswith(wanted, autoescape=True),
        )
    )
    if waiting.first() is not None:
        return 0
    return await work.session.scalar(
        select(col(BallotEntry.position))
        .where(
            col(BallotEntry.ballot_id) == ballot.key,
            col(BallotEntry.commitment).startswith(wanted, autoescape=True),
        )
        .limit(1)
    )
