"""Posters for the doors that the chat does not reach, given to people who bring them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation, Mailing, MailingRecipient
from models.deliberation.electorate import building_of, buildings, concerned, household_of
from models.deliberation.plan import Printout
from models.deliberation.steps import Capacity, Step
from models.district import District, Role, Staff, covers
from models.errors import ActionNotAllowed, InvalidInput, NotFound
from models.people import Resident, StaffAccount
from models.ticket import DueTime
from workflows.deliberation.access import Doer, doer_of, load, require
from workflows.deliberation.checks import expect_step
from workflows.deliberation.events import record
from workflows.deliberation.facts import ANNOUNCEMENT
from workflows.deliberation.hall import acting_as
from workflows.deliberation.posts import organisers, tell_posts
from workflows.due import register, schedule
from workflows.mailing import (
    delivered,
    lives_in,
    newest_mailing,
    refused,
    when_finished,
    with_fates,
)
from workflows.work import Person, Work

RECOUNT = "d_printouts"
"""Due kind: the announcement was sent, count again whom it reached; subject: the deliberation."""
_BRINGS = (Role.BUILDING_LEAD, Role.VOLUNTEER, Role.GRID_WORKER, Role.GRID_LEAD, Role.ORGANISER)
"""Who may be given posters, those first who are nearest to the doors."""
_MOST_DOORS = 2000
"""More doors than any building has."""


async def make_printouts(work: Work, deliberation: Deliberation) -> None:
    """One row for each building with doors that the chat will not reach, as far as is known."""
    reachable = await work.session.scalars(
        select(Resident).where(
            lives_in(deliberation.grids),
            col(Resident.consented_at).is_not(None),
            col(Resident.unreachable_since).is_(None),
        )
    )
    await _count_again(work, deliberation, reachable)


async def list_printouts(work: Work, deliberation: Deliberation) -> list[Printout]:
    """All of a deliberation, those that nobody has yet first."""
    found = await work.session.scalars(
        select(Printout)
        .where(col(Printout.deliberation_id) == deliberation.key)
        .order_by(col(Printout.staff).is_not(None), col(Printout.id))
    )
    return list(found)


async def my_printouts(work: Work, person: Person, d_id: int) -> list[Printout]:
    """What the person was given to bring, and has not reported yet."""
    deliberation = await load(work, d_id, lock=False)
    doer = await doer_of(work, person, deliberation)
    if doer.staff is None:
        return []
    found = await work.session.scalars(
        select(Printout).where(
            col(Printout.deliberation_id) == d_id,
            col(Printout.staff) == doer.staff.code,
            col(Printout.delivered_at).is_(None),
        )
    )
    return list(found)


async def bringers(work: Work, deliberation: Deliberation, grid: str) -> list[Staff]:
    """Posts that may be given the posters of a grid and are held by somebody, nearest first."""
    held = set(
        await work.session.scalars(
            select(col(StaffAccount.code)).where(
                col(StaffAccount.active).is_(True), col(StaffAccount.resident_id).is_not(None)
            )
        )
    )
    near = [
        staff
        for staff in work.district.staff
        if staff.code in held and staff.role in _BRINGS and covers(staff.grid, grid)
    ]
    return sorted(near, key=lambda staff: (_BRINGS.index(staff.role), -len(staff.grid)))


async def assign_printout(
    work: Work, person: Person, printout_id: int, staff_code: str
) -> Printout:
    """The organiser gives the posters of a building to somebody, who is told.

    Raises InvalidInput `bringer` for a post that nobody holds or that is not near.
    """
    printout, deliberation = await _load(work, printout_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    expect_step(deliberation, Step.ANNOUNCE, Step.CONSULT)
    if staff_code not in {s.code for s in await bringers(work, deliberation, printout.grid)}:
        raise InvalidInput("cannot bring it", reason="bringer")
    await _give(work, deliberation, doer, staff_code, [printout])
    return printout


async def assign_all_printouts(work: Work, person: Person, d_id: int) -> int:
    """Give every poster that nobody has to whoever is nearest; returns how many remain."""
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    expect_step(deliberation, Step.ANNOUNCE, Step.CONSULT)
    given: dict[str, list[Printout]] = {}
    left = 0
    for printout in await list_printouts(work, deliberation):
        if printout.staff is not None:
            continue
        near = await bringers(work, deliberation, printout.grid)
        if near:
            given.setdefault(near[0].code, []).append(printout)
        else:
            left += 1
    for code, printouts in given.items():
        await _give(work, deliberation, doer, code, printouts)
    return left


async def report_printout(
    work: Work, person: Person, printout_id: int, delivered_doors: int
) -> Printout:
    """Whoever has the posters says at how many doors they were handed over or posted.

    Raises ActionNotAllowed for anybody else, InvalidInput `doors` for a figure that cannot be.
    """
    printout, deliberation = await _load(work, printout_id)
    doer = await doer_of(work, person, deliberation)
    if doer.staff is None or doer.staff.code != printout.staff:
        raise ActionNotAllowed("somebody else's posters")
    if not 0 <= delivered_doors <= _MOST_DOORS:
        raise InvalidInput("doors", reason="doors", limit=_MOST_DOORS)
    printout.delivered, printout.delivered_at = delivered_doors, work.now
    capacity = acting_as(doer, Capacity.VOLUNTEER, *Capacity)
    record(
        work,
        deliberation,
        "report_printout",
        doer,
        capacity,
        building=printout.building,
        doors=printout.doors,
        delivered=delivered_doors,
    )
    return printout


async def _give(
    work: Work, deliberation: Deliberation, doer: Doer, code: str, printouts: list[Printout]
) -> None:
    for printout in printouts:
        printout.staff, printout.given_at = code, work.now
        printout.delivered = printout.delivered_at = None
    places = [{"building": p.building, "doors": p.doors} for p in printouts]
    record(work, deliberation, "assign_printout", doer, Capacity.ORGANISER, to=code, places=places)
    await tell_posts(work, (code,), "d_printout", deliberation, places=places)


async def _load(work: Work, printout_id: int) -> tuple[Printout, Deliberation]:
    printout = await work.session.get(Printout, printout_id)
    if printout is None:
        raise NotFound(f"printout {printout_id}")
    deliberation = await load(work, printout.deliberation_id)
    await work.session.refresh(printout)
    return printout, deliberation


# --- counting ---------------------------------------------------------------------------------


def _households(
    district: District, residents: Iterable[Resident], known: Iterable[str]
) -> dict[str, set[str]]:
    """Households by building; a number that the files give no buildings is one building."""
    found: dict[str, set[str]] = {name: set() for name in known}
    for resident in residents:
        place, household = resident.place, household_of(resident.place, district)
        if place is None or household is None:
            continue
        whole = building_of(place.model_copy(update={"building": None}))
        for name in (building_of(place), whole):
            if name in found:
                found[name].add(household)
                break
    return found


async def _count_again(work: Work, deliberation: Deliberation, reached: Iterable[Resident]) -> None:
    """Make the rows fit whom the chat reaches; what was brought already stays as it is."""
    all_buildings = buildings(work.district, deliberation.grids)
    homes = _households(work.district, reached, (name for _, name, _ in all_buildings))
    rows = {(p.grid, p.building): p for p in await list_printouts(work, deliberation)}
    for node, name, total in all_buildings:
        doors = max(0, total - len(homes[name]))
        row = rows.get((node.code, name))
        if row is None:
            if doors:
                new = Printout(
                    deliberation_id=deliberation.key, grid=node.code, building=name, doors=doors
                )
                work.session.add(new)
        elif row.delivered_at is None:
            row.doors = doors
    await work.session.flush()


@when_finished(ANNOUNCEMENT)
async def _sent(work: Work, mailing: Mailing) -> None:
    """Look at what became of the messages once the courier has had time to send them."""
    wait = work.policy.deliberation.announce_least / 4
    await schedule(work, RECOUNT, work.now + wait, subject=str(mailing.deliberation_id))


async def _recount(work: Work, due: DueTime) -> None:
    """Doors whose messages did not arrive need a poster after all."""
    deliberation = await load(work, int(due.subject))
    mailing = await newest_mailing(work, deliberation.key, ANNOUNCEMENT)
    if mailing is None or deliberation.step not in (Step.ANNOUNCE, Step.CONSULT):
        return
    query = with_fates(select(Resident).select_from(MailingRecipient)).where(
        col(MailingRecipient.mailing_id) == mailing.id, delivered(), ~refused()
    )
    reached = (await work.session.scalars(query)).all()
    here = [person for person in reached if concerned(person.grid, deliberation.grids)]
    await _count_again(work, deliberation, here)
    doors = sum(p.doors for p in await list_printouts(work, deliberation) if p.staff is None)
    if doors:
        await tell_posts(
            work, organisers(work, deliberation), "d_printouts_left", deliberation, doors=doors
        )


register(RECOUNT, _recount)
