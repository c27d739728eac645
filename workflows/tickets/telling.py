"""Who is told of a change, and with what: the plain objects that notice templates format."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.district import Role, Staff
from models.ticket import Participant, Ticket
from workflows.tickets.access import By, may_see
from workflows.work import Work


def notice_context(work: Work, ticket: Ticket, **extra: Any) -> dict[str, Any]:
    """What every notice gets (see `workflows.notices`), and `extra`."""
    return {
        "ticket": ticket,
        "category": work.district.category_by_code[ticket.category],
        "node": work.district.node_by_code[ticket.grid],
        "address": work.services.gazetteer.describe(ticket.place),
        "assignee": post_of(work, ticket.assignee),
        "by": None,
        "text": None,
        "files": (),
        **extra,
    }


def post_of(work: Work, code: str | None) -> Staff | None:
    """The post of that code; None for no code and for a post that left the files."""
    return None if code is None else work.district.staff_by_code.get(code)


async def tell_reporter(
    work: Work, ticket: Ticket, notice: str, *, actor: By | None = None, **extra: Any
) -> None:
    """Tell the person whose matter it is, unless they did it themselves (`actor`)."""
    context = notice_context(work, ticket, **extra)
    if ticket.reporter_id is not None:
        if actor is None or actor.resident_id != ticket.reporter_id:
            await work.services.notifier.resident(work, ticket.reporter_id, notice, **context)
    elif ticket.opened_by is not None:
        acted = actor.staff.code if actor is not None and actor.staff is not None else None
        if acted != ticket.opened_by:
            await work.services.notifier.staff(work, ticket.opened_by, notice, **context)


async def tell_staff(
    work: Work,
    ticket: Ticket,
    code: str | None,
    notice: str,
    *,
    actor: By | None = None,
    **extra: Any,
) -> None:
    """Tell a post, unless its holder did it, or the ticket is a complaint they may not see."""
    staff = post_of(work, code)
    if staff is None or not may_see(work, staff, ticket):
        return
    if actor is not None and actor.staff is not None and actor.staff.code == staff.code:
        return
    context = notice_context(work, ticket, **extra)
    await work.services.notifier.staff(work, staff.code, notice, **context)


async def tell_office(
    work: Work,
    ticket: Ticket,
    notice: str,
    *,
    actor: By | None = None,
    besides: str | None = None,
    **extra: Any,
) -> None:
    """Tell every post of the office, except the one that was told already (`besides`)."""
    for member in work.district.staff:
        if member.role is Role.OFFICE and member.code != besides:
            await tell_staff(work, ticket, member.code, notice, actor=actor, **extra)


async def tell_followers(work: Work, ticket: Ticket, notice: str, **extra: Any) -> None:
    """Tell the neighbours who follow: only of what everybody may know, never of private matters."""
    if ticket.private:
        return
    rows = await work.session.scalars(
        select(col(Participant.resident_id)).where(
            col(Participant.ticket_id) == ticket.key, col(Participant.kind) == "follower"
        )
    )
    for resident_id in rows.all():
        if resident_id is not None and resident_id != ticket.reporter_id:
            context = notice_context(work, public_copy(ticket), **extra)
            await work.services.notifier.resident(work, resident_id, notice, **context)


async def tell_participants(
    work: Work, ticket: Ticket, kinds: tuple[str, ...], notice: str, *, actor: By, **extra: Any
) -> None:
    """Tell the staff who help with or watch the ticket."""
    rows = await work.session.scalars(
        select(col(Participant.staff)).where(
            col(Participant.ticket_id) == ticket.key, col(Participant.kind).in_(kinds)
        )
    )
    for code in dict.fromkeys(rows.all()):
        if code != ticket.assignee:
            await tell_staff(work, ticket, code, notice, actor=actor, **extra)


def public_copy(ticket: Ticket) -> Ticket:
    """The ticket as neighbours may see it: category, building, state; no words, no doorway.

    A copy that belongs to no session, so that nothing of it can be stored.
    """
    public = ticket.model_dump(
        exclude={
            "text",
            "details",
            "unit",
            "room",
            "place_text",
            "reporter_id",
            "opened_by",
            "behalf_of",
            "about_staff",
            "rating_comment",
        }
    )
    return Ticket(**public, text="", details={}, place_text="")
