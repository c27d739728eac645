"""Staff: duty, who takes over, who may be given a ticket.

Posts (`workflows.posts`) and queues (`workflows.staff_queue`) are offered here as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from dispatch.assignment import covering
from models.district import Staff, covers
from models.people import StaffAccount
from models.ticket import Ticket
from workflows.posts import (
    INVITATION_HOURS,
    Dismissal,
    Post,
    bind_invitation,
    create_invitation,
    dismiss_staff,
    find_post,
    invite_staff,
    list_posts,
    sync_staff,
)
from workflows.staff_queue import (
    DESK_ROLES,
    DigestContext,
    QueuePage,
    active_post,
    count_in_hand,
    digest_for,
    due_of,
    is_late,
    queue_page,
)
from workflows.tickets.access import may_see
from workflows.tickets.assign import retry_unassigned, roster
from workflows.work import Person, Work

__all__ = [
    "DESK_ROLES",
    "INVITATION_HOURS",
    "DigestContext",
    "Dismissal",
    "DutyStatus",
    "Post",
    "QueuePage",
    "assign_candidates",
    "bind_invitation",
    "create_invitation",
    "digest_for",
    "dismiss_staff",
    "due_of",
    "duty_status",
    "find_post",
    "invite_staff",
    "is_late",
    "list_posts",
    "queue_page",
    "set_duty",
    "sync_staff",
]


@dataclass(frozen=True, slots=True)
class DutyStatus:
    """Whether a post is on duty, what it has in hand, and who gets new tickets when it is off."""

    on: bool
    open: int
    overdue: int
    substitutes: list[Staff]


async def set_duty(work: Work, person: Person, on: bool) -> DutyStatus:
    """Go on or off duty. Open tickets stay in hand; new ones go to whoever is on duty.

    Somebody who comes on duty gets what found nobody so far.

    Raises NotFound when the person holds no active post.
    """
    post, account = active_post(person)
    if account.on_duty != on:
        account.on_duty = on
        account.duty_changed_at = work.now
        await work.session.flush()
        if on:
            await retry_unassigned(work, post)
    return await duty_status(work, person)


async def duty_status(work: Work, person: Person) -> DutyStatus:
    """What the post has in hand and who gets new tickets when it is off duty."""
    post, account = active_post(person)
    total, overdue = await count_in_hand(work, post.code)
    return DutyStatus(account.on_duty, total, overdue, await _substitutes(work, post))


async def _substitutes(work: Work, post: Staff, limit: int = 3) -> list[Staff]:
    """Others on duty in the lowest grid that has any: the same kind of post, or else its leads.

    The order in which assignment climbs; who gets a certain ticket also depends on its category
    and on who has less to do.
    """
    rows = await work.session.execute(
        select(col(StaffAccount.code)).where(
            col(StaffAccount.active).is_(True),
            col(StaffAccount.on_duty).is_(True),
            col(StaffAccount.resident_id).is_not(None),
            col(StaffAccount.code) != post.code,
        )
    )
    on_duty = [
        work.district.staff_by_code[c] for c in rows.scalars() if c in work.district.staff_by_code
    ]
    for node in work.district.path(post.grid):
        here = [s for s in on_duty if s.grid == node.code]
        same = [s for s in here if s.role is post.role]
        if found := same or [s for s in here if s.role in DESK_ROLES]:
            return sorted(found, key=lambda s: s.code)[:limit]
    return []


async def assign_candidates(work: Work, person: Person, ticket: Ticket) -> list[Staff]:
    """Held posts that a decider may give this ticket to: those on duty first, the nearest first.

    First the posts whose grid covers the place, from the lowest up, then the others in the
    decider's own grid. `assign_ticket` checks again.
    """
    post, _ = active_post(person)
    near = covering(work.district, ticket.grid)
    known = {member.code for member in near}
    others = [
        member
        for member in work.district.staff
        if member.code not in known and covers(post.grid, member.grid)
    ]
    fitting = [
        member
        for member in [*near, *others]
        if member.code not in {ticket.assignee, *ticket.refused_by}
        and may_see(work, member, ticket)
    ]
    there = await roster(work, [member.code for member in fitting])
    held = [member for member in fitting if member.code in there.held]
    return sorted(held, key=lambda member: not there.duty.get(member.code, False))
