"""A resident's tickets as they see them: the list and the card."""

from __future__ import annotations

from aiogram.types import InlineKeyboardMarkup

from handlers.context import about
from handlers.intake.finish import duty_of
from handlers.keyboards import my as buttons
from handlers.turn import Turn
from models.district import Category
from models.lifecycle import Action, Actor
from models.ticket import Ticket, TicketEvent
from workflows.tickets.view import TicketView, list_my_tickets

CARD_EVENTS = 6
"""Entries of the history on a card."""
SAID = 120
"""Characters of one entry's words; a card must stay under 4,096."""
REPORT = 600
_QUIET = frozenset({"remind", "note", "edit", "follow"})
"""Events that are the staff's own business, or say nothing new to the resident."""


async def show_list(turn: Turn, page: int) -> None:
    """Open tickets first, then past ones, a page at a time."""
    mine = await list_my_tickets(turn.work, turn.person, page)
    shown = [*mine.open, *mine.past]
    await turn.show(
        turn.t(
            "my/list",
            open=[_line(turn, ticket) for ticket in mine.open],
            past=[_line(turn, ticket) for ticket in mine.past],
            page=mine.page + 1,
            pages=mine.pages,
        ),
        buttons.my_list(
            turn.t,
            [(ticket.key, ticket.version, _label(turn, ticket)) for ticket in shown],
            mine.page,
            mine.pages,
        ),
    )


def _category(turn: Turn, ticket: Ticket) -> Category | None:
    return turn.work.district.category_by_code.get(ticket.category)


def _category_label(turn: Turn, ticket: Ticket) -> str:
    category = _category(turn, ticket)
    return category.label(turn.t.locale) if category is not None else ticket.category


def _line(turn: Turn, ticket: Ticket) -> dict[str, object]:
    return {
        "number": ticket.number,
        "label": _category_label(turn, ticket),
        "title": _short(ticket.text.replace("\n", " "), 24),
        "state": ticket.state,
        "outcome": ticket.outcome,
        "overdue": ticket.overdue and ticket.is_open,
        "rating": ticket.rating,
        "at": ticket.created_at,
    }


def _label(turn: Turn, ticket: Ticket) -> str:
    state = turn.t.label(f"resident.state_{ticket.state}")
    return f"#{ticket.number} {_category_label(turn, ticket)} · {state}"


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


async def show_card(turn: Turn, view: TicketView) -> None:
    """Everything about one ticket, and what can be done now."""
    ticket = view.ticket
    with about(ticket.id):
        await turn.show(card_text(turn, view), card_buttons(turn, view))


def card_text(turn: Turn, view: TicketView) -> str:
    """The card; a neighbour's shows neither words nor doorway."""
    ticket = view.ticket
    events = [event for event in view.events if event.action not in _QUIET]
    return turn.t(
        "my/card",
        ticket=ticket,
        label=view.category.label(turn.t.locale),
        text=_short(ticket.text, REPORT),
        address=turn.work.services.gazetteer.describe(ticket.place),
        mine=view.is_reporter,
        following=view.is_following,
        assignee=view.assignee,
        title=duty_of(turn, view.assignee),
        department=_department(turn, ticket),
        files=len(view.attachments),
        followers=view.followers,
        question=_open_question(view),
        events=[_event(turn, view, event) for event in events[-CARD_EVENTS:]],
    )


def _department(turn: Turn, ticket: Ticket) -> str:
    unit = turn.work.district.department_by_code.get(ticket.forwarded_to or "")
    if unit is None:
        return ""
    return unit.label_zh if turn.t.locale.startswith("zh") else unit.label_en


def _open_question(view: TicketView) -> str:
    """The worker's question that waits for an answer; empty when none does."""
    if Action.ANSWER not in view.actions:
        return ""
    asked = [event.text for event in view.events if event.action == Action.ASK and event.text]
    return _short(asked[-1], 2 * SAID) if asked else ""


def _event(turn: Turn, view: TicketView, event: TicketEvent) -> dict[str, object]:
    staff = view.people.get(event.staff or "")
    name = ""
    if staff is not None:
        name = staff.name if turn.t.locale.startswith("zh") else staff.name_en or staff.name
    return {
        "at": event.at,
        "action": str(event.action),
        "who": _who(view, event),
        "name": name,
        # The report itself already stands at the head of the card.
        "text": "" if event.action == Action.SUBMIT else _short(event.text or "", SAID),
    }


def _who(view: TicketView, event: TicketEvent) -> str:
    """In what capacity somebody without a post acted, as the reader would put it."""
    if event.actor != Actor.REPORTER:
        return "system"
    return "me" if view.is_reporter else "neighbour"


def card_buttons(turn: Turn, view: TicketView) -> InlineKeyboardMarkup:
    """The reporter's actions, or a follower's."""
    ticket = view.ticket
    if view.is_reporter:
        return buttons.ticket_card(
            turn.t, ticket.key, ticket.version, view.actions, rated=ticket.rating is not None
        )
    return buttons.follow_card(turn.t, ticket.key, ticket.version, following=view.is_following)
