"""From a sentence to a ticket."""

from __future__ import annotations

from models.district import Category, Staff
from models.errors import ActionNotAllowed, InvalidInput
from models.lifecycle import Actor, State
from models.place import Place
from models.sla import Rules
from models.ticket import Ticket, TriageCorrection
from workflows.tickets.access import By
from workflows.tickets.assign import decide, dispatch, tell_triage_desk
from workflows.tickets.create import create_ticket, link_messages, reporter
from workflows.tickets.draft import Draft, Preview, Similar
from workflows.tickets.emergency import raise_emergency
from workflows.tickets.files import DraftFile
from workflows.tickets.similar import find_similar, follow_ticket
from workflows.work import Person, Work

__all__ = [
    "Draft",
    "DraftFile",
    "Preview",
    "Similar",
    "find_similar",
    "follow_ticket",
    "preview",
    "propose",
    "raise_emergency",
    "submit_ticket",
]

NO_MATTER = "none"
"""What triage says of a greeting, thanks or chat."""
ALTERNATIVES = 2
MAX_TEXT = 4000


async def propose(work: Work, text: str) -> Draft:
    """What triage and the gazetteer read out of a sentence.

    Never guesses a place: one that could be several is left in `place_options`, to be asked.
    """
    ranked = work.services.triage.rank(text)
    known = work.district.category_by_code
    real = [guess for guess in ranked if guess.code in known]
    is_matter = bool(ranked) and ranked[0].code != NO_MATTER and bool(real)
    matches, _ = work.services.gazetteer.extract(text)
    places = [match.place for match in matches]
    matters = [part for part in work.services.triage.split_matters(text) if part.strip()]
    following = real[1:] if is_matter else real
    return Draft(
        text=text,
        proposed=real[0].code if is_matter else None,
        category=real[0].code if is_matter else None,
        confidence=float(real[0].p) if is_matter else 0.0,
        alternatives=[guess.code for guess in following[:ALTERNATIVES]],
        place=places[0] if len(places) == 1 else None,
        place_options=places if len(places) > 1 else [],
        matters=matters if len(matters) > 1 else [],
    )


def needs_human(work: Work, draft: Draft) -> bool:
    """Whether a person decides the category: nobody chose one, and triage is not sure."""
    if draft.category not in work.district.category_by_code:
        return True
    return not draft.chosen_by_resident and draft.confidence < work.policy.low_confidence


def fallback_category(work: Work) -> Category:
    """Where a matter is filed until somebody decides: "other", or the catalogue's last entry."""
    others = [category for category in work.district.categories if category.group == "other"]
    return (others or list(work.district.categories))[-1]


def _category(work: Work, draft: Draft) -> Category:
    known = work.district.category_by_code.get(draft.category or draft.proposed or "")
    return known or fallback_category(work)


def _place(work: Work, person: Person | None, draft: Draft) -> Place:
    """The place of the matter; else of the post complained about, the resident's doorway's grid,

    or the sub-district. A doorway is not copied where the category did not ask for one.
    """
    if draft.place is not None and draft.place.grid in work.district.node_by_code:
        return draft.place
    about = work.district.staff_by_code.get(draft.about_staff or "")
    if about is not None:
        return Place(grid=about.grid)
    home = person.resident.grid if person is not None else None
    if home is not None and home in work.district.node_by_code:
        return Place(grid=home)
    return Place(grid=work.district.root.code)


async def preview(work: Work, person: Person, draft: Draft) -> Preview:
    """The summary card of a draft: nothing is written."""
    category, place = _category(work, draft), _place(work, person, draft)
    rules = Rules(category, work.policy, work.district.calendar)
    response = rules.after(work.now, rules.response_minutes)
    staff: Staff | None = None
    if not (human := needs_human(work, draft)):
        about = draft.about_staff if category.about_staff else None
        decision = await decide(work, place.grid, category, about=about)
        staff = work.district.staff_by_code.get(decision.staff_code or "")
    title = ""
    if staff is not None:
        title = staff.title if person.locale.startswith("zh") else staff.title_en or staff.title
    return Preview(
        category=category,
        place_text=work.services.gazetteer.describe(place),
        staff=staff,
        title=title,
        response_due_at=response,
        resolution_due_at=max(response, rules.after(work.now, rules.resolution_minutes)),
        needs_human=human,
    )


async def submit_ticket(
    work: Work,
    person: Person | None,
    draft: Draft,
    *,
    opened_by: Staff | None = None,
    behalf_of: str | None = None,
) -> Ticket:
    """Turn a confirmed draft into a ticket and put it into somebody's hands.

    The state of the returned ticket tells what to say to the resident: ASSIGNED (`assignee` has
    it), TRIAGE (a person decides the category first; the desk has been told) or UNASSIGNED (nobody
    could be found; the office has been told). Whoever submits is answered by the chat, not by a
    notice. `opened_by` with `behalf_of` is a worker writing for someone without a phone: then the
    reporter is that worker's post, and `person` only tells whose messages the draft came from.

    Raises InvalidInput for an empty or over-long text.
    """
    text = draft.text.strip()
    if not text or len(text) > MAX_TEXT:
        raise InvalidInput("text", reason="text")
    if person is None and opened_by is None:
        raise ActionNotAllowed("a ticket needs somebody who reports it")
    human = needs_human(work, draft)
    category = _category(work, draft)
    by = (
        By(Actor.REPORTER, staff=opened_by)
        if opened_by is not None
        else reporter(person.id if person is not None else 0)
    )
    ticket = await create_ticket(
        work,
        by,
        category,
        _place(work, person if opened_by is None else None, draft),
        state=State.TRIAGE if human else State.UNASSIGNED,
        text=text,
        files=draft.files,
        reporter_id=by.resident_id,
        opened_by=opened_by.code if opened_by is not None else None,
        behalf_of=behalf_of[:80] if behalf_of else None,
        confidence=1.0 if draft.chosen_by_resident else draft.confidence,
        details=dict(draft.details),
        about_staff=draft.about_staff if category.about_staff else None,
    )
    if person is not None:
        await link_messages(work, ticket, person.id, draft.source_message_ids, "report")
    _learn(work, ticket, draft)
    if human:
        await tell_triage_desk(work, ticket)
    else:
        await dispatch(work, ticket, quiet=True)
    return ticket


def _learn(work: Work, ticket: Ticket, draft: Draft) -> None:
    """Keep a correction by the resident for the next training."""
    if draft.chosen_by_resident and draft.category != draft.proposed:
        work.session.add(
            TriageCorrection(
                at=work.now,
                ticket_id=ticket.key,
                text=ticket.text,
                proposed=draft.proposed or NO_MATTER,
                decided=ticket.category,
                by="resident",
            )
        )
