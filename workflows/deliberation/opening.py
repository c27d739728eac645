"""Opening a ballot: what must be there, and the header that its chain begins with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.ballot import Ballot, BallotHead
from models.deliberation.chain import genesis
from models.deliberation.core import Deliberation
from models.deliberation.meeting import ConsensusCall
from models.deliberation.methods import STATUS_QUO
from models.deliberation.plan import PlanOption
from models.deliberation.steps import Capacity
from models.errors import InvalidInput, NotFound, NotReady
from workflows.deliberation.access import load, require
from workflows.deliberation.events import record
from workflows.deliberation.roll import registered
from workflows.deliberation.roll_call import check_may_decide
from workflows.due import schedule
from workflows.mailing import start_mailing
from workflows.work import Person, Work

HEAD_DUE = "d_head"
"""Due time of the next announcement of a running box's head; its subject is the ballot's id."""
CLOSE_DUE = "d_ballot_close"
REMIND_DUE = "d_ballot_remind"
SHORTEST = timedelta(hours=1)
"""No ballot is open for less, unless the policy's usual time is shorter: nobody can slip one by."""
MIXED = 5
"""A secret ballot is mixed with this many others at least before it is chained, and as many always
stay behind for the next time. Whoever knows when a neighbour voted learns no more than which
handful the ballot was in."""


async def load_ballot(work: Work, ballot_id: int, *, lock: bool = True) -> Ballot:
    """The ballot as it stands, locked until the end of the transaction. Raises NotFound."""
    found = await work.session.get(Ballot, ballot_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NotFound(f"ballot {ballot_id}")
    return found


async def current_ballot(work: Work, deliberation_id: int) -> Ballot | None:
    """The newest ballot of a deliberation that is not void, open or closed."""
    found: Ballot | None = await work.session.scalar(
        select(Ballot)
        .where(col(Ballot.deliberation_id) == deliberation_id, col(Ballot.state) != "void")
        .order_by(col(Ballot.id).desc())
        .limit(1)
    )
    return found


async def open_ballot(
    work: Work,
    person: Person,
    deliberation_id: int,
    *,
    closes_at: datetime | None = None,
    options: Sequence[PlanOption] | None = None,
) -> Ballot:
    """Open the box for `options` (all that were handed in) and the status quo, until `closes_at`.

    Method, unit and secrecy are those that were settled when the deliberation opened. Everybody
    concerned is told; the genesis of the chain is announced at once.

    Raises:
        ActionNotAllowed: not the organiser.
        NotReady: `step`, `not_met`, `suspended`, `quorum` or `minutes` (the council's meeting);
            `consensus_open`; `ballot_running` (`again_at`); `ballot_decided`.
        InvalidInput: `ballot_options` (none, or one that was not handed in), `ballot_time`
            (`least`: the earliest end, UTC).
    """
    deliberation = await load(work, deliberation_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    await check_may_decide(work, deliberation)
    await _check_undecided(work, deliberation)
    chosen = await _options(work, deliberation, options)
    end = _end(work, closes_at)
    electorate = await registered(work, deliberation.grids, deliberation.unit)
    header = _header(work, deliberation, chosen, end, electorate)
    ballot = Ballot(
        deliberation_id=deliberation.key,
        header=header,
        method=deliberation.method,
        unit=deliberation.unit,
        secret=deliberation.secret,
        opened_at=work.now,
        closes_at=end,
        electorate=electorate,
        head=genesis(header),
    )
    work.session.add(ballot)
    await work.session.flush()
    work.session.add(BallotHead(ballot_id=ballot.key, length=0, head=ballot.head, at=work.now))
    await _set_clock(work, ballot)
    record(work, deliberation, "open_ballot", doer, Capacity.ORGANISER, ballot=ballot.key)
    await start_mailing(
        work,
        "d_ballot_open",
        "residents",
        deliberation=deliberation,
        data={"closes_at": end, "options": len(chosen)},
    )
    return ballot


async def _check_undecided(work: Work, deliberation: Deliberation) -> None:
    states = set(
        await work.session.scalars(
            select(col(ConsensusCall.state)).where(
                col(ConsensusCall.deliberation_id) == deliberation.key
            )
        )
    )
    if "open" in states:
        raise NotReady("a call for consensus runs", reason="consensus_open")
    ballot = await current_ballot(work, deliberation.key)
    if ballot is not None and ballot.state == "open":
        raise NotReady("a ballot runs", reason="ballot_running", again_at=ballot.closes_at)
    if "agreed" in states or (ballot is not None and (ballot.result or {}).get("valid")):
        raise NotReady("decided already", reason="ballot_decided")


async def _options(
    work: Work, deliberation: Deliberation, wanted: Sequence[PlanOption] | None
) -> list[PlanOption]:
    ready = (
        await work.session.scalars(
            select(PlanOption)
            .where(
                col(PlanOption.deliberation_id) == deliberation.key,
                col(PlanOption.state) == "ready",
            )
            .order_by(col(PlanOption.letter))
        )
    ).all()
    keys = {option.key for option in (ready if wanted is None else wanted)}
    chosen = [option for option in ready if option.key in keys]
    if not chosen or len(chosen) != len(keys):
        raise InvalidInput("options that are not ready", reason="ballot_options")
    return chosen


def _end(work: Work, closes_at: datetime | None) -> datetime:
    usual = work.policy.deliberation.ballot_time
    end = closes_at or work.now + usual
    least = work.now + min(SHORTEST, usual)
    if end < least:
        raise InvalidInput("too short", reason="ballot_time", least=least)
    return end


def _header(
    work: Work,
    deliberation: Deliberation,
    options: Sequence[PlanOption],
    end: datetime,
    electorate: int,
) -> dict[str, Any]:
    """Everything that is settled before the first vote; the chain begins with it."""
    policy = work.policy.deliberation
    on_paper = [{"key": o.letter, "title": o.title, "version": o.version} for o in options]
    return {
        "place": work.district.name_zh,
        "deliberation": deliberation.number,
        "title": deliberation.title,
        "grids": list(deliberation.grids),
        "options": [*on_paper, {"key": STATUS_QUO, "title": "", "version": 0}],
        "method": deliberation.method,
        "unit": deliberation.unit,
        "secret": deliberation.secret,
        "opened_at": work.now.isoformat(),
        "closes_at": end.isoformat(),
        "electorate": electorate,
        "quorum_percent": policy.ballot_quorum_percent,
        "majority_percent": policy.ballot_majority_percent,
        "mixed": MIXED if deliberation.secret else 1,
    }


async def _set_clock(work: Work, ballot: Ballot) -> None:
    subject = str(ballot.key)
    policy = work.policy
    left = (ballot.closes_at - work.now) * policy.remind_before_percent / 100
    await schedule(work, CLOSE_DUE, ballot.closes_at, subject=subject)
    await schedule(work, REMIND_DUE, ballot.closes_at - left, subject=subject)
    await schedule(work, HEAD_DUE, work.now + policy.deliberation.head_every, subject=subject)
