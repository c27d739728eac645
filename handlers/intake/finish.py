"""The end of a request: it becomes a ticket, or its reporter joins a neighbour's."""

from __future__ import annotations

from handlers.context import about
from handlers.intake.form import Form
from handlers.intake.offer import offer_pending
from handlers.intake.store import drop
from handlers.keyboards import my as buttons
from handlers.turn import Turn
from models.district import Staff
from workflows.tickets.submit import follow_ticket, submit_ticket


async def post(turn: Turn, form: Form) -> None:
    """Open the ticket and say its number, who has it, and by when."""
    draft = form.draft
    if not draft.text:
        draft = draft.model_copy(update={"text": turn.t.label("resident.without_words")})
    ticket = await submit_ticket(turn.work, turn.person, draft)
    await turn.work.session.flush()
    await drop(turn.state, submitted=form.serial)
    district = turn.work.district
    staff = district.staff_by_code.get(ticket.assignee or "")
    remember = turn.person.resident.place is None and form.draft.place is not None
    with about(ticket.id):
        await turn.show(
            turn.t(
                "intake/submitted",
                number=ticket.number,
                staff=staff,
                title=duty_of(turn, staff),
                label=district.category_by_code[ticket.category].label(turn.t.locale),
                state=ticket.state,
                response_due_at=ticket.response_due_at,
                resolution_due_at=ticket.resolution_due_at,
            ),
            buttons.submitted(turn.t, ticket.id or 0, ticket.version, remember=remember),
        )
    await offer_pending(turn)


def duty_of(turn: Turn, staff: Staff | None) -> str:
    """The title of a post in the person's language; empty for none."""
    if staff is None:
        return ""
    return staff.title if turn.t.locale.startswith("zh") else staff.title_en or staff.title


async def join(turn: Turn, form: Form, ticket_id: int) -> None:
    """Follow a neighbour's ticket; the request in hand is not needed any more."""
    ticket = await follow_ticket(turn.work, turn.person, ticket_id)
    await drop(turn.state, submitted=form.serial)
    with about(ticket.id):
        await turn.show(
            turn.t(
                "intake/joined",
                number=ticket.number,
                resolution_due_at=ticket.resolution_due_at,
            ),
            buttons.open_card(turn.t, ticket.id or 0, ticket.version),
        )
    await offer_pending(turn)
