"""Staff posts: invitations, who holds which post, dismissal."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlmodel import col

from models.district import Role, Staff
from models.errors import ActionNotAllowed, InvalidInput, NotFound
from models.people import Invitation, Resident, StaffAccount
from workflows.tickets.assign import release_work
from workflows.work import Person, Work

INVITATION_HOURS = 72
"""How long an invitation is valid unless said otherwise (clock hours)."""
MAX_INVITATION_HOURS = 30 * 24

_INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Dismissal:
    """Who lost a post, and how many open tickets found other hands."""

    staff: Staff
    moved: int


@dataclass(frozen=True, slots=True)
class Post:
    """A post of the district, and whether somebody holds it."""

    staff: Staff
    held: bool


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def create_invitation(work: Work, staff_code: str, valid_hours: int) -> str:
    """A token that binds one chat account to the post, once, within `valid_hours` clock hours.

    Only its SHA-256 is stored: whoever reads the database cannot use it. Earlier links for the post
    that nobody used stop working. For the command line; in the chat `invite_staff` checks who asks.

    Raises:
        NotFound: no such post.
        InvalidInput: a validity below one hour or above 30 days.
    """
    if staff_code not in work.district.staff_by_code:
        raise NotFound(f"post {staff_code}")
    if not 1 <= valid_hours <= MAX_INVITATION_HOURS:
        raise InvalidInput(f"{valid_hours} hours", reason=_INVITATION)
    await _void_invitations(work, staff_code)
    token = secrets.token_urlsafe(24)
    work.session.add(
        Invitation(
            token_hash=_hash(token),
            staff_code=staff_code,
            created_at=work.now,
            expires_at=work.now + timedelta(hours=valid_hours),
        )
    )
    return token


async def _void_invitations(work: Work, staff_code: str) -> None:
    await work.session.execute(
        update(Invitation)
        .where(
            col(Invitation.staff_code) == staff_code,
            col(Invitation.used_at).is_(None),
            col(Invitation.expires_at) > work.now,
        )
        .values(expires_at=work.now)
    )


async def invite_staff(work: Work, person: Person, staff_code: str, valid_hours: int) -> str:
    """`create_invitation`, for the office only. Raises ActionNotAllowed for anybody else."""
    _check_is_office(person)
    return await create_invitation(work, staff_code, valid_hours)


def _check_is_office(person: Person) -> None:
    """Raises ActionNotAllowed unless the person holds an active post of the office."""
    active = person.account is not None and person.account.active
    if person.staff is None or person.staff.role is not Role.OFFICE or not active:
        raise ActionNotAllowed("office only")


async def bind_invitation(work: Work, person: Person, token: str) -> Staff:
    """Bind the person's account to the invited post; whoever held it before loses it.

    The same person may follow the link again (a double tap): nothing changes. An account holds one
    post at a time, so that it is always plain in which capacity somebody acts.

    Raises:
        InvalidInput: unknown, used or expired token, or the person already holds another post.
    """
    invitation = await work.session.get(Invitation, _hash(token))
    if invitation is None or invitation.staff_code not in work.district.staff_by_code:
        raise InvalidInput("no such invitation", reason=_INVITATION)
    post = work.district.staff_by_code[invitation.staff_code]
    held = person.staff.code if person.staff is not None else None
    if invitation.used_by == person.id and held == post.code:
        return post
    if invitation.used_at is not None or invitation.expires_at <= work.now:
        raise InvalidInput("invitation used or expired", reason=_INVITATION)
    if held is not None and held != post.code:
        raise InvalidInput(f"already holds {held}", reason=_INVITATION)
    await _use_once(work, invitation, person.id)
    await _bind(work, post, person.id)
    return post


async def _use_once(work: Work, invitation: Invitation, account_id: int) -> None:
    """Mark the invitation as used. Two people at once: the second finds no row to mark."""
    taken = await work.session.execute(
        update(Invitation)
        .where(
            col(Invitation.token_hash) == invitation.token_hash, col(Invitation.used_at).is_(None)
        )
        .values(used_at=work.now, used_by=account_id)
        .returning(col(Invitation.token_hash))
    )
    if taken.first() is None:
        raise InvalidInput("invitation used", reason=_INVITATION)


async def _bind(work: Work, post: Staff, account_id: int) -> None:
    # A dismissed post may still name the account; the column is unique.
    await work.session.execute(
        update(StaffAccount)
        .where(col(StaffAccount.resident_id) == account_id, col(StaffAccount.code) != post.code)
        .values(resident_id=None)
    )
    row = await work.session.get(StaffAccount, post.code)
    if row is None:
        row = StaffAccount(code=post.code)
        work.session.add(row)
    row.resident_id = account_id
    row.active = True
    row.on_duty = True
    row.duty_changed_at = work.now


async def dismiss_staff(work: Work, person: Person, staff_code: str) -> Dismissal:
    """Take a post away from its account, for the office: every right is gone at the next press.

    Unused links for the post stop working with it, and open tickets are dispatched anew. Nobody
    dismisses themselves: the last one of the office would lock everybody out.

    Raises:
        ActionNotAllowed: not for the office, or their own post.
        NotFound: no such post, or nobody holds it.
    """
    _check_is_office(person)
    if person.staff is not None and person.staff.code == staff_code:
        raise ActionNotAllowed("own post")
    post = await find_post(work, person, staff_code)
    row = await work.session.get(StaffAccount, staff_code)
    if row is None or not post.held:
        raise NotFound(f"nobody holds {staff_code}")
    row.active = False
    row.on_duty = False
    row.resident_id = None
    row.duty_changed_at = work.now
    await _void_invitations(work, staff_code)
    await work.session.flush()
    return Dismissal(post.staff, await release_work(work, staff_code))


async def list_posts(work: Work, person: Person, grid: str) -> list[Post]:
    """The posts of exactly this grid, for the office. Raises ActionNotAllowed, NotFound."""
    _check_is_office(person)
    if grid not in work.district.node_by_code:
        raise NotFound(f"grid {grid}")
    posts = [member for member in work.district.staff if member.grid == grid]
    rows = await _accounts(work, [post.code for post in posts])
    return [_post(post, rows.get(post.code)) for post in posts]


async def find_post(work: Work, person: Person, code: str) -> Post:
    """One post by its code, for the office. Raises ActionNotAllowed, NotFound."""
    _check_is_office(person)
    post = work.district.staff_by_code.get(code)
    if post is None:
        raise NotFound(f"post {code}")
    return _post(post, await work.session.get(StaffAccount, code))


def _post(staff: Staff, row: StaffAccount | None) -> Post:
    return Post(staff, held=row is not None and row.active and row.resident_id is not None)


async def _accounts(work: Work, codes: list[str]) -> dict[str, StaffAccount]:
    rows = await work.session.execute(select(StaffAccount).where(col(StaffAccount.code).in_(codes)))
    return {row.code: row for row in rows.scalars()}


async def sync_staff(work: Work, *, preset: bool = False) -> list[tuple[int, Staff]]:
    """Make sure that every post of the district has its row; run at the start.

    Returns the accounts that were bound just now, with their posts.

    With `preset`, the account that the files name for a post (demo) is bound: only where the post
    was never bound or dismissed, and only when no other post holds that account; its person is
    made known, so that the first ticket reaches them before they ever wrote. Posts that left the
    files lose their rights.
    """
    rows = {row.code: row for row in (await work.session.execute(select(StaffAccount))).scalars()}
    taken = {row.resident_id for row in rows.values()}
    bound: list[tuple[int, Staff]] = []
    for post in work.district.staff:
        row = rows.get(post.code)
        if row is None:
            row = StaffAccount(code=post.code, on_duty=post.on_duty)
            work.session.add(row)
        vacant = row.resident_id is None and row.active and row.duty_changed_at is None
        wanted = post.telegram_id if preset else None
        if vacant and wanted is not None and wanted not in taken:
            row.resident_id = wanted
            taken.add(wanted)
            bound.append((wanted, post))
    await _make_known(work, [account for account, _ in bound])
    for code, row in rows.items():
        if code not in work.district.staff_by_code and row.active:
            row.active = False
            row.on_duty = False
    return bound


async def _make_known(work: Work, accounts: list[int]) -> None:
    """Rows for people of the demo; their name and language come with their first message."""
    rows = await work.session.scalars(
        select(col(Resident.id)).where(col(Resident.id).in_(accounts))
    )
    known = set(rows)
    work.session.add_all(
        Resident(id=account, created_at=work.now) for account in accounts if account not in known
    )
