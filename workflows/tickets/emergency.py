"""Danger: a ticket at once, without questions; worker and lead are paged together."""

from __future__ import annotations

from collections.abc import Sequence

from models.district import Category, Emergency
from models.errors import ActionNotPossible, InvalidInput
from models.lifecycle import Action, State
from models.place import Place
from models.ticket import Ticket
from workflows.tickets.access import open_for
from workflows.tickets.assign import above, dispatch, join
from workflows.tickets.create import create_ticket, link_messages, place_columns, reporter
from workflows.tickets.events import apply
from workflows.tickets.files import DraftFile
from workflows.tickets.telling import tell_office, tell_staff
from workflows.work import Person, Work


async def raise_emergency(
    work: Work,
    person: Person,
    kind: str,
    text: str,
    files: Sequence[DraftFile] = (),
    *,
    message_id: int | None = None,
) -> Ticket:
    """Open an urgent, private ticket for an emergency of the district's list.

    The place is what the sentence says, else the doorway on record, else the whole sub-district
    (then the office has it). The worker nearby gets the ticket; the lead above is told in the same
    moment and watches it; the office too when there is no lead, or nobody at all.

    Raises InvalidInput for a kind that is not on the list.
    """
    emergency = work.district.emergency_by_kind.get(kind)
    if emergency is None:
        raise InvalidInput(kind, reason="emergency")
    ticket = await create_ticket(
        work,
        reporter(person.id),
        _category(work, text),
        _place(work, person, text),
        state=State.UNASSIGNED,
        text=text.strip() or emergency.label_zh,
        files=files,
        reporter_id=person.id,
        emergency=kind,
        urgency="urgent",
        private=True,
    )
    if message_id is not None:
        await link_messages(work, ticket, person.id, [message_id], "report")
    await _page(work, ticket, emergency)
    return ticket


async def place_emergency(work: Work, person: Person, ticket_id: int, place: Place) -> Ticket:
    """The person told where it is after all: whoever is responsible there is called at once.

    Whoever had it until then is told who has it now. Raises NotFound for a stranger's ticket.
    """
    ticket, by = await open_for(work, person, ticket_id, Action.ADD)
    emergency = work.district.emergency_by_kind.get(ticket.emergency or "")
    if emergency is None or not ticket.is_open:
        raise ActionNotPossible(Action.ADD.value, ticket.state.value)
    address = work.services.gazetteer.describe(place)
    words = f"{address} {place.text}".strip()
    columns = place_columns(work, place)
    await apply(work, ticket, Action.ADD, by, text=words, quiet=True, **columns)
    await _page(work, ticket, emergency)
    return ticket


async def _page(work: Work, ticket: Ticket, emergency: Emergency) -> None:
    """Call the worker nearby and, in the same moment, the lead above; else the office."""
    await dispatch(work, ticket, quiet=True)
    lead = await above(work, ticket)
    if lead.staff_code is not None and lead.staff_code != ticket.assignee:
        await join(work, ticket, "watcher", lead.staff_code)
        await tell_staff(work, ticket, lead.staff_code, "staff_emergency", emergency=emergency)
    elif ticket.assignee is not None:
        await tell_office(
            work, ticket, "staff_emergency", besides=ticket.assignee, emergency=emergency
        )


def _category(work: Work, text: str) -> Category:
    """What it is filed under for the statistics: triage's best guess, or the last resort."""
    known = work.district.category_by_code
    for guess in work.services.triage.rank(text):
        if guess.code in known and not known[guess.code].about_staff:
            return known[guess.code]
    return work.district.categories[-1]


def _place(work: Work, person: Person, text: str) -> Place:
    matches, _ = work.services.gazetteer.extract(text)
    if len(matches) == 1:
        return matches[0].place
    home = person.resident.place
    if home is not None and home.grid in work.district.node_by_code:
        return home
    return Place(grid=work.district.root.code)
