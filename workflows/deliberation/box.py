"""The ballot box: mixing, chaining, announcing heads, closing, publishing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlmodel import col

from models.deliberation.ballot import Ballot, BallotEntry, BallotHead, BallotRoll, BallotSlip
from models.deliberation.chain import Entry, Opened, box_of, extend, option_keys, result_of
from models.deliberation.core import Contribution, Deliberation
from models.deliberation.methods import check_choice
from models.deliberation.steps import Capacity, Step
from models.deliberation.verify import verify_box
from models.errors import InvalidInput, NotEligible, NotReady
from models.people import Resident
from models.ticket import DueTime
from workflows.conversations import forget_ballots
from workflows.deliberation.access import CLOCK, Doer, load, require
from workflows.deliberation.events import record
from workflows.deliberation.moves import on_enter
from workflows.deliberation.opening import (
    CLOSE_DUE,
    HEAD_DUE,
    MIXED,
    REMIND_DUE,
    current_ballot,
    load_ballot,
)
from workflows.deliberation.posts import office, organisers, tell_posts
from workflows.deliberation.proxies import proxies_of
from workflows.deliberation.roll import keys_of, rewrite, turnout
from workflows.due import cancel, register, schedule
from workflows.mailing import start_mailing
from workflows.work import Person, Work

_mix = secrets.SystemRandom()
_slips = BallotSlip.__table__  # type: ignore[attr-defined]


async def ballots_cast(work: Work, ballot: Ballot) -> int:
    """How many ballots are in the box, those that wait to be mixed included."""
    waiting = await work.session.scalar(
        select(func.count()).select_from(BallotSlip).where(col(BallotSlip.ballot_id) == ballot.key)
    )
    return ballot.length + int(waiting or 0)


async def announced_heads(work: Work, ballot: Ballot) -> list[BallotHead]:
    """Every head that was announced, oldest first; the first is the empty box's."""
    found = await work.session.scalars(
        select(BallotHead)
        .where(col(BallotHead.ballot_id) == ballot.key)
        .order_by(col(BallotHead.length), col(BallotHead.id))
    )
    return list(found)


def box(work: Work, ballot: Ballot) -> dict[str, Any]:
    """The published ballot-box.json, exactly as it was at the closing. Raises NotReady before."""
    if ballot.published is None:
        raise NotReady("still open", reason="ballot_running", again_at=ballot.closes_at)
    return ballot.published


# --- mixing and announcing


async def mix(work: Work, ballot: Ballot, *, keep: int) -> None:
    """Chain the ballots that wait, in a random order; `keep` of them, at random, stay behind."""
    of_this = col(BallotSlip.ballot_id) == ballot.key
    slips = [
        dict(row) for row in (await work.session.execute(select(_slips).where(of_this))).mappings()
    ]
    if not slips or (keep and len(slips) < MIXED + keep):
        return
    _mix.shuffle(slips)
    kept, taken = slips[:keep], slips[keep:]
    links = extend(ballot.head, ballot.length, [slip["commitment"] for slip in taken])
    await work.session.execute(
        insert(BallotEntry),
        [
            slip | {"position": entry.position, "link": entry.link, "voter": None}
            for slip, entry in zip(taken, links, strict=True)
        ],
    )
    await work.session.execute(
        delete(BallotSlip).where(of_this).execution_options(synchronize_session="fetch")
    )
    if kept:
        await work.session.execute(insert(BallotSlip), kept)
    ballot.head, ballot.length = links[-1].link, links[-1].position
    await work.session.flush()


async def _announce_head(work: Work, due: DueTime) -> None:
    """Chain what waits, announce the head if the box grew, and come back in a while."""
    ballot = await load_ballot(work, int(due.subject))
    if ballot.state != "open" or work.now >= ballot.closes_at:
        return
    await mix(work, ballot, keep=MIXED)
    announced = await announced_heads(work, ballot)
    if ballot.length > announced[-1].length:
        work.session.add(
            BallotHead(ballot_id=ballot.key, length=ballot.length, head=ballot.head, at=work.now)
        )
    again_at = work.now + work.policy.deliberation.head_every
    await schedule(work, HEAD_DUE, again_at, subject=due.subject)


async def _remind(work: Work, due: DueTime) -> None:
    ballot = await load_ballot(work, int(due.subject), lock=False)
    if ballot.state != "open" or work.now >= ballot.closes_at:
        return
    deliberation = await load(work, ballot.deliberation_id, lock=False)
    await start_mailing(
        work,
        "d_ballot_reminder",
        "absent",
        deliberation=deliberation,
        data={"closes_at": ballot.closes_at},
    )


# --- closing


async def close_ballot(work: Work, person: Person | None, ballot_id: int) -> Ballot:
    """Close, count and publish; without a person it is the clock. Closing it again does nothing.

    The box is checked with the public verifier before it is published. If somebody tampered with
    it, it is published all the same, but void: it decides nothing, and organiser and office are
    told what was found.

    Raises ActionNotAllowed for anybody but the organiser; NotReady `ballot_running` (`again_at`)
    before `closes_at`, whoever asks.
    """
    ballot = await load_ballot(work, ballot_id)
    deliberation = await load(work, ballot.deliberation_id)
    doer, capacity = CLOCK, Capacity.SYSTEM
    if person is not None:
        doer = await require(work, person, deliberation, Capacity.ORGANISER)
        capacity = Capacity.ORGANISER
    if ballot.state != "open":
        return ballot
    if work.now < ballot.closes_at:
        raise NotReady("still open", reason="ballot_running", again_at=ballot.closes_at)
    if ballot.secret:
        await mix(work, ballot, keep=0)
        await rewrite(work, ballot)
        await forget_ballots(work)
    published = await _publish(work, ballot)
    ballot.closed_at = work.now
    ballot.published = published
    ballot.result = published["result"]
    faults = verify_box(published).faults
    ballot.state = "void" if faults else "closed"
    await _stop_clock(work, ballot)
    if faults:
        await _report_tampering(work, deliberation, ballot, doer, capacity, faults)
        return ballot
    record(work, deliberation, "close_ballot", doer, capacity, ballot=ballot.key)
    await _note_voters(work, deliberation, ballot)
    await _tell_result(work, deliberation, ballot)
    return ballot


async def _publish(work: Work, ballot: Ballot) -> dict[str, Any]:
    rows = list(
        await work.session.scalars(
            select(BallotEntry)
            .where(col(BallotEntry.ballot_id) == ballot.key)
            .order_by(col(BallotEntry.position))
        )
    )
    heads = await announced_heads(work, ballot)
    result = result_of(
        ballot.header,
        [row.choice for row in rows if _countable(ballot, row)],
        await turnout(work, ballot),
        ballot.head,
    )
    return box_of(
        ballot.header,
        [Entry(row.position, row.commitment, row.link) for row in rows],
        [Opened(row.nonce, row.choice) for row in rows],
        heads=[{"length": h.length, "head": h.head, "at": h.at.isoformat()} for h in heads],
        result=result,
        head=ballot.head,
        length=ballot.length,
        closed_at=work.now.isoformat(),
    )


def _countable(ballot: Ballot, entry: BallotEntry) -> bool:
    """False for what only somebody who tampered with the database can have put there."""
    try:
        check_choice(ballot.method, option_keys(ballot.header), entry.choice)
    except (InvalidInput, TypeError):
        return False
    return True


async def _stop_clock(work: Work, ballot: Ballot) -> None:
    for kind in (HEAD_DUE, REMIND_DUE):
        await cancel(work, kind, subject=str(ballot.key))


async def _report_tampering(
    work: Work,
    deliberation: Deliberation,
    ballot: Ballot,
    doer: Doer,
    capacity: Capacity,
    faults: Sequence[str],
) -> None:
    found = list(faults[:10])
    record(work, deliberation, "void_ballot", doer, capacity, ballot=ballot.key, faults=found)
    told = [*organisers(work, deliberation), *office(work)]
    await tell_posts(work, told, "d_ballot_void", deliberation, faults=len(faults))


async def _note_voters(work: Work, deliberation: Deliberation, ballot: Ballot) -> None:
    """Note who took part, so that they are told what came of it: only now, and in the order of
    the roll, so that the numbers of the rows do not tell the order of casting."""
    rows = await work.session.scalars(
        select(BallotRoll)
        .where(col(BallotRoll.ballot_id) == ballot.key)
        .order_by(col(BallotRoll.voter))
    )
    principals = await _principals(work, deliberation, ballot)
    noted = [
        {
            "deliberation_id": deliberation.key,
            "kind": "ballot",
            "subject_id": ballot.key,
            "author_id": principals.get(row.voter) if row.channel == "proxy" else row.resident_id,
            "door_by": row.by_staff,
            "at": work.now,
            "outcome": "counted",
        }
        for row in rows
    ]
    if noted:
        await work.session.execute(insert(Contribution), noted)


async def _principals(work: Work, deliberation: Deliberation, ballot: Ballot) -> dict[str, int]:
    """Accounts of those who gave a proxy, by the key of their vote.

    Who has no room on record any more is left out: that holds up nobody's box.
    """
    found: dict[str, int] = {}
    for proxy in await proxies_of(work, deliberation.key):
        principal = await work.session.get(Resident, proxy.principal_id)
        if principal is not None:
            with suppress(NotEligible):
                found[keys_of(work, principal, ballot.unit)[0]] = principal.id
    return found


async def _tell_result(work: Work, deliberation: Deliberation, ballot: Ballot) -> None:
    """Tell everybody the result, and whether a vote is on the roll for them: whoever did not vote
    and is told that they did can say so."""
    result = ballot.result or {}
    titles = {option["key"]: option["title"] for option in ballot.header["options"]}
    data = {
        "valid": result["valid"],
        "winner": result["winner"],
        "title": titles.get(result["winner"] or "", ""),
        "ballots": result["ballots"],
        "electorate": result["electorate"],
        "quorum": result["quorum"],
        "tie": bool(result["tie"]),
    }
    await start_mailing(work, "d_ballot_result", "residents", deliberation=deliberation, data=data)
    await start_mailing(work, "d_ballot_recorded", "voters", deliberation=deliberation)
    await start_mailing(work, "d_ballot_absent", "absent", deliberation=deliberation)
    await tell_posts(work, organisers(work, deliberation), "d_ballot_closed", deliberation, **data)


async def _close_by_clock(work: Work, due: DueTime) -> None:
    await close_ballot(work, None, int(due.subject))


@on_enter(Step.WITHDRAWN)
async def void_ballot(work: Work, deliberation: Deliberation, before: Step, doer: Doer) -> None:
    """A deliberation that was stopped counts no votes: what was cast is destroyed unopened."""
    ballot = await current_ballot(work, deliberation.key)
    if ballot is None or ballot.state != "open":
        return
    ballot.state = "void"
    for table in (BallotSlip, BallotEntry):
        await work.session.execute(delete(table).where(col(table.ballot_id) == ballot.key))
    await rewrite(work, ballot)
    await _stop_clock(work, ballot)
    await cancel(work, CLOSE_DUE, subject=str(ballot.key))


register(HEAD_DUE, _announce_head)
register(REMIND_DUE, _remind)
register(CLOSE_DUE, _close_by_clock)
