"""How tickets are shown to staff: time left, lines of a list, the card and its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from aiogram.types import InlineKeyboardMarkup

from handlers.context import about
from handlers.keyboards.staff import card_keyboard
from handlers.texts import Texts
from handlers.turn import Turn
from models.district import District, Staff
from models.errors import NotFound
from models.lifecycle import Action, Actor, State
from models.ticket import Ticket, TicketEvent
from workflows.staffing import due_of
from workflows.tickets.view import TicketView, view_ticket
from workflows.work import Work

CARD_TEXT = 900
"""Characters of the report on a card; the rest is behind a button."""
EVENT_TEXT = 160
"""Characters of one entry of the history."""
CARD_EVENTS = 4
HISTORY_PAGE = 8
WAITING_STATES = frozenset({State.TRIAGE, State.UNASSIGNED})
"""Nobody has it yet: the desk must choose."""


_STAFF_ACTORS = frozenset({Actor.ASSIGNEE, Actor.HELPER, Actor.LEAD, Actor.OFFICE})


def works_on(view: TicketView) -> bool:
    """Whether the person has to do with the ticket as staff, not as its reporter or a neighbour."""
    return bool(view.actors & _STAFF_ACTORS)


class TimeLeft(NamedTuple):
    """How long until a deadline, or since it passed, in whole clock units."""

    overdue: bool
    days: int
    hours: int
    minutes: int


def time_left(now: datetime, due: datetime) -> TimeLeft:
    """The distance between now and a deadline; both with a zone. Seconds are dropped."""
    distance = abs(due - now)
    hours, seconds = divmod(distance.seconds, 3600)
    return TimeLeft(due < now, distance.days, hours, seconds // 60)


def is_soon(now: datetime, due: datetime) -> bool:
    """Whether the deadline is less than two hours ahead."""
    return now <= due < now + timedelta(hours=2)


def list_lines(t: Texts, work: Work, tickets: Sequence[Ticket]) -> list[tuple[int, str]]:
    """Ticket id and button line of each: number, category, short place, time left."""
    lines = []
    for ticket in tickets:
        category = work.district.category_by_code.get(ticket.category)
        due = due_of(ticket)
        line = t.label(
            "staff.line",
            ticket=ticket,
            label=category.label(t.locale) if category else ticket.category,
            place=work.services.gazetteer.describe(ticket.place),
            paused=ticket.paused_at is not None,
            left=time_left(work.now, due),
            soon=is_soon(work.now, due),
            waiting=ticket.state in WAITING_STATES,
        )
        lines.append((ticket.key, line))
    return lines


def history(t: Texts, district: District, events: Sequence[TicketEvent]) -> list[dict[str, object]]:
    """The trail for the template: who (post holder, or in what capacity), when, what, words."""
    return [
        {
            "at": event.at,
            "action": str(event.action),
            "actor": str(event.actor),
            "staff": _staff_of(district, event),
            "target": _target(t, district, event),
            "text": _words(event),
        }
        for event in events
    ]


def _words(event: TicketEvent) -> str:
    """What was said; of a change the words before, of the report nothing: the card has them."""
    if event.action == Action.SUBMIT:
        return ""
    if event.action == Action.EDIT:
        return str(event.data.get("before", ""))
    return event.text or ""


def _staff_of(district: District, event: TicketEvent) -> Staff | None:
    """Who of the staff did it. Staff who report a matter of their own are residents like any."""
    if event.staff is None or event.actor == Actor.REPORTER:
        return None
    return district.staff_by_code.get(event.staff)


def _target(t: Texts, district: District, event: TicketEvent) -> str:
    """Who or what an event led to: a post, a department, a category, tickets; "" for nothing."""
    data, chinese = event.data, t.locale.startswith("zh")
    numbers = [*data.get("numbers", ()), data.get("into"), data.get("merged")]
    if found := " ".join(f"#{number}" for number in numbers if number):
        return found
    for key in ("to", "target", "department", "category"):
        code = str(data.get(key) or "")
        if (post := district.staff_by_code.get(code)) is not None:
            return post.name if chinese or not post.name_en else post.name_en
        if (unit := district.department_by_code.get(code)) is not None:
            return unit.label_zh if chinese else unit.label_en
        if (category := district.category_by_code.get(code)) is not None:
            return category.label(t.locale)
    return str(data.get("responsible") or "")


def staff_label(t: Texts, member: Staff) -> str:
    """A post holder on a button: name and duty in the reader's language."""
    chinese = t.locale.startswith("zh")
    name = member.name if chinese or not member.name_en else member.name_en
    title = member.title if chinese or not member.title_en else member.title_en
    return t.label("staff.person", name=name, title=title)


def card_text(t: Texts, work: Work, view: TicketView) -> str:
    """The ticket card. It never names the resident's account or phone."""
    ticket = view.ticket
    due = due_of(ticket)
    place = work.services.gazetteer.describe(ticket.place)
    return t(
        "staff/card",
        ticket=ticket,
        category=view.category,
        place=place,
        path=_path(t, work, ticket),
        original=ticket.place_text if ticket.number_of_house is None else "",
        assignee=view.assignee,
        department=work.district.department_by_code.get(ticket.forwarded_to or ""),
        answers=_answers(t, view),
        due=due,
        left=time_left(work.now, due),
        followers=view.followers,
        files=len(view.attachments),
        events=history(t, work.district, view.events[-CARD_EVENTS:]),
        text_limit=CARD_TEXT,
        event_limit=EVENT_TEXT,
    )


def _path(t: Texts, work: Work, ticket: Ticket) -> str:
    """The grids that cover the place, community first, without the sub-district."""
    nodes = reversed(work.district.path(ticket.grid)[:-1])
    return " › ".join(n.name if t.locale.startswith("zh") else n.name_en for n in nodes)


def _answers(t: Texts, view: TicketView) -> list[tuple[str, str]]:
    """The category's questions with the resident's answers, in the reader's language."""
    chinese = t.locale.startswith("zh")
    told = []
    for question in view.category.question:
        answer = view.ticket.details.get(question.code)
        if not answer:
            continue
        choice = next((c for c in question.choices if c.code == answer), None)
        shown = str(answer) if choice is None else (choice.zh if chinese else choice.en)
        told.append((question.ask_zh if chinese else question.ask_en, shown))
    return told


def card_markup(t: Texts, view: TicketView, *, more: bool = False) -> InlineKeyboardMarkup:
    """The buttons of the card, only for what this person may do now."""
    return card_keyboard(
        t,
        view.ticket,
        view.actions - {Action.ADD},
        waiting=view.ticket.state in WAITING_STATES,
        more=more,
        photos=len(view.attachments),
        long_text=len(view.ticket.text) > CARD_TEXT,
    )


async def redraw_card(turn: Turn, ticket_id: int, number: int, message_id: int | None) -> None:
    """Bring the card in the person's chat up to date after an action.

    When the ticket left their hands, the card says so and loses its buttons.
    """
    if message_id is None:
        return
    try:
        view = await view_ticket(turn.work, turn.person, ticket_id)
    except NotFound:
        text, markup = turn.t("staff/gone", number=number), None
    else:
        text, markup = card_text(turn.t, turn.work, view), card_markup(turn.t, view)
    with about(ticket_id):
        await turn.bot.edit_message_text(
            text, chat_id=turn.person.id, message_id=message_id, reply_markup=markup
        )
