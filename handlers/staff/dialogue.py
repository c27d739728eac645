"""An action on a ticket while it is asked for: kept in the chat's data, asked, done or dropped."""

from __future__ import annotations

from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State
from aiogram.types import Message

from handlers.context import about
from handlers.intake.offer import restore
from handlers.keyboards.staff import open_keyboard
from handlers.staff.flow import Flow, Step, next_step, typed_words
from handlers.staff.perform import perform
from handlers.staff.prompts import prompt
from handlers.staff.show import redraw_card
from handlers.states import Desk
from handlers.turn import Turn
from models.errors import ActionNotPossible, StaleButton
from models.lifecycle import Action
from workflows.tickets.resident import ticket_of_reply
from workflows.tickets.view import TicketView

_KEY = "staff_flow"
_STATE_OF: dict[str, State] = {
    "pick": Desk.pick,
    "category": Desk.pick,
    "proof": Desk.proof,
    "words": Desk.reason,
    "number": Desk.reason,
    "parts": Desk.reason,
}


async def load(state: FSMContext) -> Flow | None:
    """The open action of this chat, if there is one."""
    kept = (await state.get_data()).get(_KEY)
    return Flow.model_validate(kept) if kept else None


async def save(state: FSMContext, flow: Flow, step: Step) -> None:
    """Keep the action, and remember that its next words answer `step`."""
    await state.update_data({_KEY: flow.model_dump(mode="json")})
    asking = flow.action is Action.ASK and step.kind == "words"
    await state.set_state(Desk.question if asking else _STATE_OF[step.kind])


async def drop(turn: Turn, flow: Flow) -> None:
    """Forget the action and go back to what the chat was doing before."""
    data = await turn.state.get_data()
    data.pop(_KEY, None)
    await turn.state.set_data(data)
    if flow.resume is not None:
        await turn.state.set_state(flow.resume)
    else:
        await restore(turn)


async def open_flow(turn: Turn, view: TicketView, action: Action, **given: object) -> None:
    """Begin an action and ask its first question; another one left open gives back its words.

    `given` are fields of the flow that are known already (answers, files, card).
    """
    before = await load(turn.state)
    current = await turn.state.get_state()
    ticket = view.ticket
    flow = Flow.model_validate(
        {
            "ticket": ticket.id,
            "number": ticket.number,
            "version": ticket.version,
            "action": action,
            "proof_expected": view.category.expect_photo_proof,
            "asked_at": turn.work.now,
            "resume": before.resume if before else current,
            **given,
        }
    )
    if before and (words := typed_words(before)):
        await turn.say(turn.t("staff/flow_dropped", flow=before, words=words))
    await go_on(turn, flow)


async def go_on(turn: Turn, flow: Flow) -> None:
    """Ask the next question, or do the action when none is left."""
    step = next_step(flow)
    if step is None:
        await finish(turn, flow)
        return
    flow.asked_at = turn.work.now
    text, markup = await prompt(turn, flow, step)
    await save(turn.state, flow, step)
    with about(flow.ticket):
        await turn.show(text, markup)


async def finish(turn: Turn, flow: Flow) -> None:
    """Do it, say so, and bring the card up to date.

    When the ticket moved on meanwhile, what was typed is given back and the action is over.
    """
    await drop(turn, flow)
    try:
        tickets = await perform(turn.work, turn.person, turn.t, flow)
    except (StaleButton, ActionNotPossible):
        words = typed_words(flow)
        await turn.show(turn.t("staff/flow_failed", flow=flow, words=words))
        return
    text = turn.t("staff/done", flow=flow, ticket=tickets[0], tickets=tickets)
    with about(flow.ticket):
        await turn.show(text, open_keyboard(turn.t, tickets[0]))
    await redraw_card(turn, flow.ticket, flow.number, flow.card)


async def cancel(turn: Turn, flow: Flow) -> None:
    """Leave the action undone and give back what was typed."""
    await drop(turn, flow)
    await turn.show(turn.t("staff/flow_cancelled", flow=flow, words=typed_words(flow)))


async def show_again(turn: Turn) -> bool:
    """Ask the open question once more, after presses were lost; False when none is open."""
    flow = await load(turn.state)
    step = next_step(flow) if flow is not None else None
    if flow is None or step is None:
        return False
    await go_on(turn, flow)
    return True


async def is_elsewhere(message: Message, turn: Turn, ticket_id: int | None) -> bool:
    """Whether it is a reply to a message about another ticket than this: it belongs there."""
    if message.reply_to_message is None:
        return False
    link = await ticket_of_reply(turn.work, message.chat.id, message.reply_to_message.message_id)
    return link is not None and link.ticket_id != ticket_id
