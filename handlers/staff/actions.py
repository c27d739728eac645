"""Actions on a ticket: pressed on its card, then asked one question at a time, then done."""

from __future__ import annotations

from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.keyboards.staff import (
    ActData,
    ChooseData,
    GroupData,
    StepData,
    group_keyboard,
    step_keyboard,
)
from handlers.media import gather
from handlers.staff.access import staff_router
from handlers.staff.answers import accept, answer
from handlers.staff.dialogue import cancel, go_on, is_elsewhere, load, open_flow, save
from handlers.staff.flow import (
    DROP,
    STEPS,
    YES,
    Flow,
    Step,
    is_stale,
    names_ticket,
    next_step,
    step_back,
)
from handlers.staff.perform import perform_at_once
from handlers.staff.prompts import prompt
from handlers.staff.show import card_markup, card_text
from handlers.states import Desk
from handlers.switchboard import Routes
from handlers.turn import Turn, not_command
from handlers.words import means
from models.errors import StaleButton
from workflows.tickets.joining import MAX_PARTS
from workflows.tickets.view import view_ticket

router = staff_router(__name__)


@router.callback_query(ActData.filter())
async def begin(callback: CallbackQuery, turn: Turn, callback_data: ActData) -> None:
    """An action of the card: done at once, or its first question below the card."""
    ticket, action = callback_data.ticket, callback_data.action
    if action not in STEPS:
        await perform_at_once(turn.work, turn.person, action, ticket, callback_data.version)
        view = await view_ticket(turn.work, turn.person, ticket)
        await turn.show(card_text(turn.t, turn.work, view), card_markup(turn.t, view))
        return
    view = await view_ticket(turn.work, turn.person, ticket)
    if action not in view.actions:
        raise StaleButton(action.value, number=view.ticket.number)
    card = turn.tapped.message_id if turn.tapped else None
    turn.tapped = None
    await open_flow(turn, view, action, card=card)


@router.callback_query(ChooseData.filter())
async def choose(callback: CallbackQuery, turn: Turn, callback_data: ChooseData) -> None:
    """A button below a question. One of a question that is over only says so."""
    flow = await load(turn.state)
    if flow is None or flow.ticket != callback_data.ticket:
        await turn.show(turn.t("staff/flow_over"))
        return
    if callback_data.step == "pending":
        await _decide_pending(turn, flow, callback_data.value)
        return
    step = next_step(flow)
    if step is None or step.name != callback_data.step:
        await turn.show(turn.t("staff/flow_over"))
        return
    answer(turn, flow, step, callback_data.value)
    await go_on(turn, flow)


@router.callback_query(StepData.filter())
async def go(callback: CallbackQuery, turn: Turn, callback_data: StepData) -> None:
    """Back one question, the question again, or cancel."""
    flow = await load(turn.state)
    if flow is None or flow.ticket != callback_data.ticket:
        await turn.show(turn.t("staff/flow_over"))
    elif callback_data.go == "cancel":
        await cancel(turn, flow)
    else:
        if callback_data.go == "back":
            step_back(flow)
        await go_on(turn, flow)


@router.callback_query(GroupData.filter())
async def show_group(callback: CallbackQuery, turn: Turn, callback_data: GroupData) -> None:
    """The categories of one group."""
    flow = await load(turn.state)
    step = next_step(flow) if flow else None
    if flow is None or step is None or flow.ticket != callback_data.ticket:
        await turn.show(turn.t("staff/flow_over"))
        return
    district = turn.work.district
    found = [c for c in district.categories if c.group == callback_data.group]
    text, _ = await prompt(turn, flow, step)
    await turn.show(text, group_keyboard(turn.t, flow.ticket, found))


@router.message(StateFilter(Desk), not_command)
async def receive(message: Message, turn: Turn, album: list[Message]) -> None:
    """Words, photos or a voice note for the open question."""
    flow = await load(turn.state)
    step = next_step(flow) if flow else None
    if flow is None or step is None or await is_elsewhere(message, turn, flow.ticket):
        raise SkipHandler
    words, files, too_large = gather(message, album)
    if too_large:
        await turn.say(turn.t("staff/file_too_large"))
    if step.kind != "number" and names_ticket(words):
        raise SkipHandler
    if means("cancel", words):
        await cancel(turn, flow)
        return
    if means("back", words) and step_back(flow):
        await go_on(turn, flow)
        return
    if is_stale(flow, turn.work.now) and words:
        flow.files += files
        await _ask_pending(turn, flow, step, words)
        return
    flow.files += files
    await _take(turn, flow, step, words, got_files=bool(files))


async def _take(turn: Turn, flow: Flow, step: Step, words: str, *, got_files: bool) -> None:
    """Take words and files as the answer to `step`, as far as they are one, and go on."""
    complaint = await accept(turn, flow, step, words, got_files=got_files)
    if complaint is not None:
        await turn.say(turn.t(f"staff/{complaint}", flow=flow, most=MAX_PARTS))
    await go_on(turn, flow)


async def _ask_pending(turn: Turn, flow: Flow, step: Step, words: str) -> None:
    """The question is old: ask whether these words are its answer, and keep them meanwhile."""
    flow.pending = words
    await save(turn.state, flow, step)
    options = [
        (YES, turn.t.label("staff.pending_yes")),
        (DROP, turn.t.label("staff.pending_no")),
    ]
    keyboard = step_keyboard(turn.t, flow.ticket, "pending", options, first=True)
    await turn.show(turn.t("staff/flow_pending", flow=flow, words=words), keyboard)


async def _decide_pending(turn: Turn, flow: Flow, value: str) -> None:
    """Take the late words as the answer, or leave the action and give them back."""
    step = next_step(flow)
    if flow.pending is None or step is None:
        await turn.show(turn.t("staff/flow_over"))
    elif value == YES:
        words, flow.pending = flow.pending, None
        await _take(turn, flow, step, words, got_files=False)
    else:
        await cancel(turn, flow)


ROUTES = Routes(
    router=router,
    callbacks=(ActData, ChooseData, StepData, GroupData),
    states=(Desk,),
)
