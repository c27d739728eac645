"""How a deliberation begins, and how it ends before or after its time.

An organiser opens one, or a resident proposes it and neighbours' support opens it by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.core import Deliberation, Support
from models.deliberation.electorate import check_resident, concerned
from models.deliberation.steps import Capacity, Move, Step
from models.district import Level, Role, covers
from models.errors import ActionNotAllowed, InvalidInput, NotEligible, NotReady
from workflows.deliberation.access import CLOCK, Doer, load, require
from workflows.deliberation.events import contribute, record
from workflows.deliberation.moves import ON_ENTER, apply_move, enter
from workflows.deliberation.posts import organisers, tell_posts
from workflows.tickets.access import staff_of
from workflows.work import Person, Work

MAX_TITLE = 60
MAX_DESCRIPTION = 2000
MAX_REASON = 500
METHODS = ("approval", "schulze", "runoff", "score")
UNITS = ("household", "resident")


async def open_deliberation(
    work: Work,
    person: Person,
    *,
    title: str,
    description: str,
    council: str,
    grids: Sequence[str],
    collect_until: datetime,
    method: str = "approval",
    unit: str = "household",
    secret: bool = True,
) -> Deliberation:
    """The organiser of a community, or the office, opens a call for some of its grids.

    How a ballot would be counted, and who has one vote, is fixed here. `collect_until` (UTC) is
    the end date of step 1, between the least and the most time of that step.

    Raises:
        ActionNotAllowed: somebody else, or another community's organiser.
        InvalidInput: `title`, `description`, `council`, `grids`, `ballot_method`, `ballot_unit`
            or `collect_until` (with `earliest` and `latest`).
    """
    doer = _opener(person, council)
    _check_council(work, council)
    if method not in METHODS:
        raise InvalidInput(method, reason="ballot_method")
    if unit not in UNITS:
        raise InvalidInput(unit, reason="ballot_unit")
    policy = work.policy.deliberation
    earliest, latest = work.now + policy.collect_least, work.now + policy.collect_most
    if not earliest <= collect_until <= latest:
        raise InvalidInput("end date", reason="collect_until", earliest=earliest, latest=latest)
    deliberation = await _create(
        work,
        title,
        description,
        council,
        grids,
        opened_by=doer.name,
        method=method,
        unit=unit,
        secret=secret,
    )
    await enter(work, deliberation, Step.COLLECT, due_at=collect_until)
    capacity = next(iter(doer.capacities))
    record(work, deliberation, Move.OPEN.value, doer, capacity)
    for function in ON_ENTER.get(Step.COLLECT, ()):
        await function(work, deliberation, Step.PROPOSED, doer)
    return deliberation


def _opener(person: Person, council: str) -> Doer:
    """The person as organiser or office of that community. Raises ActionNotAllowed."""
    staff = staff_of(person)
    capacities = {Role.ORGANISER: Capacity.ORGANISER, Role.OFFICE: Capacity.OFFICE}
    if staff is None or staff.role not in capacities or not covers(staff.grid, council):
        raise ActionNotAllowed("open a deliberation")
    return Doer(frozenset({capacities[staff.role]}), person.id, staff)


def _check_council(work: Work, council: str) -> None:
    if council not in work.district.council_by_grid:
        raise InvalidInput(f"no council of {council}", reason="council")


async def propose(
    work: Work,
    person: Person,
    *,
    title: str,
    description: str,
    grids: Sequence[str] | None = None,
) -> Deliberation:
    """A resident proposes a call for their own courtyard, or for grids around it.

    They are its first supporter. One that finds too few in time lapses.

    Raises:
        NotEligible: `consent`, `no_doorway`, `other_grid`.
        InvalidInput: `title`, `description`, `grids`, `council` (their community has none), or
            `proposal_open` with the `number` of the one they proposed before.
    """
    home = person.resident.grid
    check_resident(person.resident, grids or ([home] if home is not None else []))
    community = work.district.ancestor(home, Level.COMMUNITY) if home is not None else None
    if community is None or home is None:
        raise NotEligible("doorway above the community", reason="no_doorway")
    _check_council(work, community.code)
    await _check_one_proposal(work, person)
    deliberation = await _create(
        work, title, description, community.code, grids or [home], proposer_id=person.id
    )
    await enter(work, deliberation, Step.PROPOSED)
    doer = Doer(frozenset({Capacity.RESIDENT}), person.id)
    record(work, deliberation, Move.PROPOSE.value, doer, Capacity.RESIDENT)
    await contribute(work, deliberation, "proposal", author_id=person.id)
    await tell_posts(work, organisers(work, deliberation), "d_proposed", deliberation)
    await _add_support(work, deliberation, person)
    return deliberation


async def _check_one_proposal(work: Work, person: Person) -> None:
    waiting = await work.session.scalar(
        select(col(Deliberation.number)).where(
            col(Deliberation.step) == Step.PROPOSED, col(Deliberation.proposer_id) == person.id
        )
    )
    if waiting is not None:
        raise InvalidInput("one at a time", reason="proposal_open", number=waiting)


async def support(work: Work, person: Person, d_id: int) -> tuple[Deliberation, bool]:
    """Support a proposal; with enough supporters it opens at once (the second value).

    Supporting again changes nothing.

    Raises NotFound, NotReady (`supporting`: it is no proposal any more), NotEligible.
    """
    deliberation = await load(work, d_id)
    if deliberation.step is not Step.PROPOSED:
        raise NotReady(
            f"no proposal: {deliberation.step}",
            reason="supporting",
            number=deliberation.number,
            step=deliberation.step.value,
        )
    check_resident(person.resident, deliberation.grids)
    return deliberation, await _add_support(work, deliberation, person)


async def _add_support(work: Work, deliberation: Deliberation, person: Person) -> bool:
    """Count the person in; returns whether that opened the deliberation."""
    if await work.session.get(Support, (deliberation.key, person.id)) is None:
        work.session.add(
            Support(deliberation_id=deliberation.key, resident_id=person.id, at=work.now)
        )
        if deliberation.proposer_id != person.id:
            await contribute(work, deliberation, "support", author_id=person.id)
        await work.session.flush()
    try:
        await apply_move(work, deliberation, Move.START, CLOCK)
    except NotReady:
        return False
    return True


async def _create(
    work: Work,
    title: str,
    description: str,
    council: str,
    grids: Sequence[str],
    **columns: Any,
) -> Deliberation:
    number = await work.session.scalar(select(func.max(col(Deliberation.number))))
    deliberation = Deliberation(
        number=(number or 0) + 1,
        title=_words(title, "title", MAX_TITLE),
        description=_words(description, "description", MAX_DESCRIPTION, least=0),
        council=council,
        grids=_widest(work, council, grids),
        step=Step.PROPOSED,
        step_since=work.now,
        created_at=work.now,
        updated_at=work.now,
        **columns,
    )
    work.session.add(deliberation)
    await work.session.flush()
    return deliberation


def _words(text: str, reason: str, most: int, *, least: int = 2) -> str:
    words = text.strip()
    if not least <= len(words) <= most:
        raise InvalidInput(reason, reason=reason, most=most)
    return words


def _widest(work: Work, council: str, grids: Sequence[str]) -> list[str]:
    """The grids without those that lie inside another. Raises InvalidInput (`grids`)."""
    wanted = sorted(set(grids), key=len)
    if not wanted or any(
        code not in work.district.node_by_code or not covers(council, code) for code in wanted
    ):
        raise InvalidInput("grids", reason="grids")
    found: list[str] = []
    for code in wanted:
        if not concerned(code, found):
            found.append(code)
    return sorted(found)


async def end_collection(work: Work, person: Person, d_id: int) -> Deliberation:
    """The organiser ends step 1, not before its least time; else the clock does on its end date.

    Raises NotFound, ActionNotAllowed, NotReady.
    """
    return await _move(work, person, d_id, Move.END_COLLECTION)


async def close_deliberation(work: Work, person: Person, d_id: int) -> Deliberation:
    """The organiser closes the record after the public period; else the clock does.

    Raises NotFound, ActionNotAllowed, NotReady.
    """
    return await _move(work, person, d_id, Move.CLOSE)


async def _move(work: Work, person: Person, d_id: int, move: Move) -> Deliberation:
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    await apply_move(work, deliberation, move, doer)
    return deliberation


async def withdraw_deliberation(work: Work, person: Person, d_id: int, reason: str) -> Deliberation:
    """The office stops a deliberation; everybody who spoke is told the reason.

    Raises NotFound, ActionNotAllowed, NotReady, InvalidInput (`reason`).
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.OFFICE)
    words = _words(reason, "reason", MAX_REASON)
    await apply_move(work, deliberation, Move.WITHDRAW, doer, reason=words)
    return deliberation
