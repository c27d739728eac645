"""What the modules of a meeting share: finding it, who is there, how they are called, telling them.

A meeting's people are known by a word: the code of a post, or `r:<account id>` of a resident.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.electorate import building_of, concerned
from models.deliberation.meeting import Attendance, Meeting
from models.deliberation.steps import Capacity
from models.district import Staff
from models.errors import NotEligible, NotFound, NotReady
from models.people import Resident, StaffAccount
from workflows.deliberation.access import Doer, council_of, load, require
from workflows.deliberation.posts import council_seats
from workflows.work import Person, Work

RELAY_LIMIT = 100
"""People in a meeting to whom the chat relays what happens there, council members first, then in
the order they came. In a larger meeting the others read along on the board: one message from each
of 300 people to 300 would be an hour of sending."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """How somebody in a meeting is called: by post, or by the building they live in."""

    who: str
    staff: Staff | None = None
    building: str | None = None
    """Street, number and building of a resident: their name and door are nobody's business."""
    seat: bool = False
    """Whether they hold a seat of the council."""


def is_resident(who: str) -> bool:
    """Whether a word means a resident, by their account, and not a post."""
    return who.startswith("r:")


def who_is(work: Work, deliberation: Deliberation, doer: Doer) -> str:
    """The word for somebody: their post if it has to do with the matter, else the resident. Who
    works for another courtyard is a neighbour here like any other."""
    staff = doer.staff
    seats = {seat.post for seat in council_of(work, deliberation).seats}
    if staff is not None and (staff.code in seats or doer.capacities - {Capacity.RESIDENT}):
        return staff.code
    return f"r:{doer.resident_id}"


async def load_meeting(work: Work, meeting_id: int) -> tuple[Meeting, Deliberation]:
    """The meeting and its deliberation, locked for this transaction. Raises NotFound."""
    meeting = await work.session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound(f"meeting {meeting_id}")
    deliberation = await load(work, meeting.deliberation_id)
    await work.session.refresh(meeting)
    return meeting, deliberation


async def require_keeper(work: Work, person: Person, deliberation: Deliberation) -> Doer:
    """The secretary or the organiser, who run a meeting. Raises ActionNotAllowed."""
    return await require(work, person, deliberation, Capacity.SECRETARY, Capacity.ORGANISER)


def acting_as(doer: Doer, *capacities: Capacity) -> Capacity:
    """The first of `capacities` that the doer has. Raises StopIteration when they have none."""
    return next(capacity for capacity in capacities if capacity in doer.capacities)


async def attending(work: Work, meeting: Meeting) -> list[Attendance]:
    """Everybody who is there now, in the order they came."""
    found = await work.session.scalars(
        select(Attendance)
        .where(col(Attendance.meeting_id) == meeting.key, col(Attendance.left_at).is_(None))
        .order_by(col(Attendance.since), col(Attendance.who))
    )
    return list(found)


async def check_attending(work: Work, meeting: Meeting, who: str) -> None:
    """Raises NotEligible `not_attending` when they are not there, or left."""
    row = await work.session.get(Attendance, (meeting.key, who))
    if row is None or row.left_at is not None:
        raise NotEligible("not in the meeting", reason="not_attending")


def check_open(meeting: Meeting) -> None:
    """Raises NotReady `suspended` (quorum was lost) or `meeting_not_open`."""
    if meeting.state == "suspended":
        raise NotReady("suspended", reason="suspended")
    if meeting.state != "open":
        raise NotReady(f"meeting is {meeting.state}", reason="meeting_not_open")


async def speakers(
    work: Work, deliberation: Deliberation, people: Iterable[str]
) -> dict[str, Speaker]:
    """How each of them is called; one query for all."""
    known = set(people)
    accounts = [int(who[2:]) for who in known if is_resident(who)]
    rows = await work.session.scalars(select(Resident).where(col(Resident.id).in_(accounts)))
    found = {f"r:{row.id}": Speaker(f"r:{row.id}", building=building_of(row.place)) for row in rows}
    seats = {seat.post for seat in council_of(work, deliberation).seats}
    for who in known - set(found):
        staff = work.district.staff_by_code.get(who)
        found[who] = Speaker(who, staff, seat=who in seats)
    return found


async def account_of(work: Work, who: str) -> int | None:
    """The account behind a word; None for a post that nobody holds."""
    if is_resident(who):
        return int(who[2:])
    account = await work.session.get(StaffAccount, who)
    return account.resident_id if account is not None else None


async def tell(work: Work, who: str, notice: str, **context: Any) -> None:
    """Say something to one person of a meeting."""
    if is_resident(who):
        await work.services.notifier.resident(work, int(who[2:]), notice, **context)
    else:
        await work.services.notifier.staff(work, who, notice, **context)


async def tell_present(
    work: Work,
    meeting: Meeting,
    deliberation: Deliberation,
    notice: str,
    *,
    but: str | None = None,
    **context: Any,
) -> None:
    """Say something to those attending and to the secretary, `but` one; at most `RELAY_LIMIT`."""
    people = await relayed_to(work, meeting)
    known = await _accounts(work, people)
    for who in people:
        if who in known and who != but:
            await tell(work, who, notice, deliberation=deliberation, **context)


async def relayed_to(work: Work, meeting: Meeting) -> list[str]:
    """Whom the chat tells what happens in the meeting: those with a post first."""
    there = [row.who for row in await attending(work, meeting)]
    posts = [who for who in there if not is_resident(who)]
    if meeting.secretary not in posts:
        posts.insert(0, meeting.secretary)
    residents = [who for who in there if is_resident(who)]
    return (posts + residents)[:RELAY_LIMIT]


async def _accounts(work: Work, people: list[str]) -> dict[str, Resident]:
    """Who of them has an account, read in two queries; kept, the session looks nobody up again."""
    posts = await work.session.scalars(
        select(StaffAccount).where(col(StaffAccount.code).in_(people))
    )
    ids = {post.code: post.resident_id for post in posts if post.resident_id is not None}
    ids |= {who: int(who[2:]) for who in people if is_resident(who)}
    rows = await work.session.scalars(select(Resident).where(col(Resident.id).in_(ids.values())))
    found = {row.id: row for row in rows}
    return {who: found[account] for who, account in ids.items() if account in found}


async def tell_members(work: Work, deliberation: Deliberation, notice: str, **context: Any) -> None:
    """Say to the council what a mailing says to the residents; not to members who live in the
    concerned grids, since the mailing reaches them at home."""
    for code in dict.fromkeys(council_seats(work, deliberation)):
        account = await work.session.get(StaffAccount, code)
        if account is None or account.resident_id is None:
            continue
        holder = await work.session.get(Resident, account.resident_id)
        if holder is None or (holder.consented_at and concerned(holder.grid, deliberation.grids)):
            continue
        await tell(work, code, notice, deliberation=deliberation, **context)
