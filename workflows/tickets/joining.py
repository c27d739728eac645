"""Two matters in one ticket are split; one matter in two tickets is joined."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlmodel import col

from models.errors import InvalidInput, NotFound
from models.lifecycle import Action, Outcome, State
from models.ticket import Participant, Ticket
from workflows.tickets.access import By, actors_of, by_whom, load_ticket, open_for
from workflows.tickets.assign import dispatch, tell_triage_desk
from workflows.tickets.create import create_ticket
from workflows.tickets.events import apply
from workflows.tickets.telling import tell_reporter
from workflows.work import Person, Work

MAX_PARTS = 5


async def split_ticket(
    work: Work,
    person: Person,
    ticket_id: int,
    parts: Sequence[str],
    *,
    version: int | None = None,
) -> list[Ticket]:
    """Split a report: the first part stays with the ticket, each other becomes one of its own.

    Each new ticket is filed by triage, keeps place and reporter, and has its own promise; the old
    words stay in the trail. Returns the ticket, then the new ones.

    Raises InvalidInput for less than two parts or more than five.
    """
    texts = [part.strip() for part in parts if part.strip()]
    if not 2 <= len(texts) <= MAX_PARTS:
        raise InvalidInput(f"{len(texts)} parts", reason="parts")
    ticket, by = await open_for(work, person, ticket_id, Action.SPLIT, version)
    children = [await _child(work, ticket, by, text) for text in texts[1:]]
    await apply(
        work,
        ticket,
        Action.SPLIT,
        by,
        text=texts[0],
        data={"before": ticket.text, "numbers": [child.number for child in children]},
        report=texts[0],
    )
    await tell_reporter(work, ticket, "ticket_split", actor=by, by=by.staff, parts=children)
    return [ticket, *children]


async def _child(work: Work, parent: Ticket, by: By, text: str) -> Ticket:
    ranked = work.services.triage.rank(text)
    known = work.district.category_by_code
    best = next((guess for guess in ranked if guess.code in known), None)
    sure = best is not None and best.p >= work.policy.low_confidence
    category = known[best.code if best is not None else parent.category]
    child = await create_ticket(
        work,
        by,
        category,
        parent.place,
        state=State.UNASSIGNED if sure else State.TRIAGE,
        text=text,
        reporter_id=parent.reporter_id,
        opened_by=parent.opened_by,
        behalf_of=parent.behalf_of,
        confidence=best.p if best is not None else 0.0,
        private=parent.private or category.private or category.about_staff,
        about_staff=parent.about_staff,
        split_from=parent.key,
    )
    if sure:
        await dispatch(work, child, quiet=True)
    else:
        await tell_triage_desk(work, child)
    return child


async def merge_ticket(
    work: Work, person: Person, ticket_id: int, into_number: int, *, version: int | None = None
) -> Ticket:
    """Join a ticket with its twin: it closes as a duplicate, its people follow the twin.

    Returns the twin. Nobody is made to follow a private twin: they are only told of its number.

    Raises:
        NotFound: no ticket of that number that the person works with.
        InvalidInput: the same ticket, or one that is closed itself.
    """
    ticket, by = await open_for(work, person, ticket_id, Action.MERGE, version)
    twin_id = await work.session.scalar(
        select(col(Ticket.id)).where(col(Ticket.number) == into_number)
    )
    if twin_id is None:
        raise NotFound(f"ticket {into_number}")
    if twin_id == ticket.id:
        raise InvalidInput("itself", reason="merge")
    twin = await load_ticket(work, twin_id)
    twin_by = by_whom(person, Action.NOTE, await actors_of(work, person, twin))
    if not twin.is_open:
        raise InvalidInput("closed", reason="merge")
    await apply(
        work,
        ticket,
        Action.MERGE,
        by,
        data={"into": twin.number},
        outcome=Outcome.DUPLICATE,
        duplicate_of=twin.key,
    )
    await _move_followers(work, ticket, twin)
    await apply(work, twin, Action.NOTE, twin_by, data={"merged": ticket.number})
    return twin


async def _move_followers(work: Work, ticket: Ticket, twin: Ticket) -> None:
    follower = col(Participant.kind) == "follower"
    rows = await work.session.scalars(
        select(Participant).where(col(Participant.ticket_id).in_([ticket.key, twin.key]), follower)
    )
    of_both = rows.all()
    there = {row.resident_id for row in of_both if row.ticket_id == twin.key}
    here = {row.resident_id for row in of_both if row.ticket_id == ticket.key}
    await work.session.execute(
        delete(Participant).where(col(Participant.ticket_id) == ticket.key, follower)
    )
    if twin.private:
        return
    for resident_id in (here | {ticket.reporter_id}) - there - {None, twin.reporter_id}:
        work.session.add(
            Participant(
                ticket_id=twin.key, kind="follower", resident_id=resident_id, since=work.now
            )
        )
