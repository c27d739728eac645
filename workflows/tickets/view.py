"""A ticket as one person may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import col

from models.district import Category, GridNode, Staff
from models.errors import NotFound, StaleButton
from models.lifecycle import OPEN, Action, Actor, Outcome, State, possible_actions
from models.policy import Policy
from models.ticket import Attachment, Participant, Ticket, TicketEvent
from workflows.tickets.access import actors_of, staff_of
from workflows.tickets.telling import post_of, public_copy
from workflows.work import Person, Work

PAGE = 5
"""Tickets on one page of somebody's own list."""

PUBLIC_ACTIONS = frozenset(
    action.value
    for action in (
        Action.SUBMIT,
        Action.ACCEPT,
        Action.FORWARD,
        Action.RESOLVE,
        Action.CLOSE,
        Action.REOPEN,
        Action.WITHDRAW,
        Action.OVERDUE,
        Action.MERGE,
    )
)
"""What neighbours may know of the trail; the words are left out."""

INTERNAL_ACTIONS = frozenset({Action.NOTE.value, Action.REMIND.value})
"""What only staff see."""


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket with everything its card shows, cut down to what the person may know."""

    ticket: Ticket
    """For a neighbour a copy without the words, the doorway and the details."""
    category: Category
    node: GridNode
    assignee: Staff | None
    events: list[TicketEvent]
    attachments: list[Attachment]
    actors: frozenset[Actor]
    actions: frozenset[Action]
    """What the person may do now."""
    is_reporter: bool
    followers: int
    is_following: bool
    people: dict[str, Staff]
    """Posts named in the events, by code."""


@dataclass(frozen=True, slots=True)
class MyPage:
    """Somebody's own tickets, newest first. `page` counts from 0; the open ones are on each."""

    open: list[Ticket]
    past: list[Ticket]
    page: int
    pages: int


async def view_ticket(
    work: Work, person: Person, ticket_id: int, *, version: int | None = None
) -> TicketView:
    """The ticket for this person.

    Raises:
        NotFound: no such ticket, or the person has no relation to it.
        StaleButton: `version` is given (of a form begun earlier) and the ticket moved on.
    """
    ticket = await work.session.get(Ticket, ticket_id)
    view = await _view(work, person, ticket)
    if version is not None and version != view.ticket.version:
        raise StaleButton("view", number=view.ticket.number)
    return view


async def find_by_number(work: Work, person: Person, number: int) -> TicketView:
    """The ticket of that number for this person. Raises NotFound as `view_ticket` does."""
    ticket = await work.session.scalar(select(Ticket).where(col(Ticket.number) == number))
    return await _view(work, person, ticket)


async def _view(work: Work, person: Person, ticket: Ticket | None) -> TicketView:
    if ticket is None:
        raise NotFound("no such ticket")
    actors = await actors_of(work, person, ticket)
    if not actors:
        raise NotFound(f"ticket {ticket.number} is not theirs")
    public = actors == {Actor.NEIGHBOUR}
    events = [
        event
        for event in await work.session.scalars(
            select(TicketEvent)
            .where(col(TicketEvent.ticket_id) == ticket.key)
            .order_by(col(TicketEvent.id))
        )
        if _is_visible(event, actors)
    ]
    attachments: list[Attachment] = []
    if not public:
        rows = await work.session.scalars(
            select(Attachment)
            .where(col(Attachment.ticket_id) == ticket.key)
            .order_by(col(Attachment.id))
        )
        attachments = list(rows)
    followers = (
        await work.session.scalars(
            select(col(Participant.resident_id)).where(
                col(Participant.ticket_id) == ticket.key, col(Participant.kind) == "follower"
            )
        )
    ).all()
    return TicketView(
        ticket=public_copy(ticket) if public else ticket,
        category=work.district.category_by_code[ticket.category],
        node=work.district.node_by_code[ticket.grid],
        assignee=post_of(work, ticket.assignee),
        events=[_public_event(event) for event in events] if public else events,
        attachments=attachments,
        actors=actors,
        actions=_actions(ticket, actors, work.policy, work.now)
        - ({Action.FOLLOW} if person.id in followers else set()),
        is_reporter=Actor.REPORTER in actors,
        followers=len(followers),
        is_following=person.id in followers,
        people=_people(work, events),
    )


def _is_visible(event: TicketEvent, actors: frozenset[Actor]) -> bool:
    if actors == {Actor.NEIGHBOUR}:
        return event.action in PUBLIC_ACTIONS
    if actors == {Actor.REPORTER}:
        return event.action not in INTERNAL_ACTIONS
    return True


def _public_event(event: TicketEvent) -> TicketEvent:
    """A copy without words, resident or details, that belongs to no session."""
    kept = event.model_dump(exclude={"text", "data", "actor_id"})
    return TicketEvent(**kept, text=None, data={})


def _people(work: Work, events: Iterable[TicketEvent]) -> dict[str, Staff]:
    codes: set[str | None] = set()
    for event in events:
        codes |= {event.staff, event.data.get("from"), event.data.get("to")}
    found = ((code, post_of(work, code)) for code in codes if code is not None)
    return {code: staff for code, staff in found if staff is not None}


def _actions(
    ticket: Ticket, actors: frozenset[Actor], policy: Policy, now: datetime
) -> frozenset[Action]:
    """The table's actions, less those whose time has not come or has passed."""
    actions = set(possible_actions(ticket.state, actors))
    if not may_urge(ticket, policy, now):
        actions.discard(Action.URGE)
    if not may_rate(ticket, policy, now):
        actions.discard(Action.RATE)
    if not may_reopen(ticket, policy, now):
        actions.discard(Action.REOPEN)
    if ticket.forwarded_to is None:
        actions.discard(Action.OUTSIDE_ANSWER)
    if Actor.ASSIGNEE not in actors and ticket.state is not State.ASSIGNED:
        actions.discard(Action.ACCEPT)
    return frozenset(actions)


def may_urge(ticket: Ticket, policy: Policy, now: datetime) -> bool:
    """Whether the last urging is long enough ago."""
    last = ticket.last_urged_at
    return last is None or now >= last + timedelta(hours=policy.urge_interval_hours)


def may_rate(ticket: Ticket, policy: Policy, now: datetime) -> bool:
    """Whether the matter was resolved, and not too long ago."""
    since = ticket.resolved_at
    return since is not None and now < since + timedelta(days=policy.rating_days)


def may_reopen(ticket: Ticket, policy: Policy, now: datetime) -> bool:
    """Whether the matter ended not too long ago, and not by the resident's own wish."""
    if ticket.outcome is Outcome.WITHDRAWN:
        return False
    since = ticket.resolved_at or ticket.closed_at
    return since is not None and now < since + timedelta(days=policy.reopen_days)


async def list_my_tickets(work: Work, person: Person, page: int = 0) -> MyPage:
    """What the person reported, or opened for someone: open ones, and a page of past ones."""
    staff = staff_of(person)
    mine = col(Ticket.reporter_id) == person.id
    if staff is not None:
        mine = mine | (col(Ticket.reporter_id).is_(None) & (col(Ticket.opened_by) == staff.code))
    still_open = await work.session.scalars(
        select(Ticket)
        .where(mine, col(Ticket.state).in_(OPEN))
        .order_by(col(Ticket.id).desc())
        .limit(4 * PAGE)
    )
    past = (mine, col(Ticket.state).not_in(OPEN))
    total = await work.session.scalar(select(func.count()).select_from(Ticket).where(*past)) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 0), pages - 1)
    rows = await work.session.scalars(
        select(Ticket).where(*past).order_by(col(Ticket.id).desc()).offset(page * PAGE).limit(PAGE)
    )
    return MyPage(open=list(still_open), past=list(rows), page=page, pages=pages)
