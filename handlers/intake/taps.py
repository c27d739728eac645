"""Buttons of a request. One that belongs to another request says so and does nothing."""

from __future__ import annotations

from aiogram.types import CallbackQuery

from handlers.doorway_steps import end_search, start_search
from handlers.intake.ask import (
    ask_next,
    cancel,
    go_back,
    show,
    show_categories,
    show_groups,
)
from handlers.intake.emergency import PURPOSE as EMERGENCY
from handlers.intake.entry import as_one, begin, insist, one_by_one, resume
from handlers.intake.finish import join, post
from handlers.intake.form import (
    CATEGORY,
    PHOTO,
    PLACE,
    Form,
    ask,
    question_of,
    with_answer,
    with_category,
    without,
)
from handlers.intake.offer import offer_pending
from handlers.intake.store import (
    CORRECT_TEXT,
    load,
    put_on_shelf,
    was_submitted,
)
from handlers.keyboards.resident import (
    RAnswer,
    REmergency,
    RJoin,
    RPick,
    RStep,
)
from handlers.places import Search
from handlers.turn import Turn, resident_router
from workflows.tickets.resident import withdraw_ticket

router = resident_router(__name__)
OTHER = "other.other"
"""The category under which a matter waits until a person has decided."""


async def _form_of(turn: Turn, serial: int) -> Form | None:
    """The request that a button belongs to; an old button is told so, a double tap ignored."""
    form = await load(turn.state)
    if form is not None and form.serial == serial:
        return form
    if not await was_submitted(turn.state, serial):
        await turn.show(turn.t("errors/stale_button"))
        await offer_pending(turn)
    return None


@router.callback_query(RPick.filter())
async def pick(callback: CallbackQuery, callback_data: RPick, turn: Turn) -> None:
    """A category, or a group to look into."""
    form = await _form_of(turn, callback_data.n)
    if form is None:
        return
    code = callback_data.code
    if code in turn.work.district.category_by_code:
        await choose(turn, form, code)
    elif code in turn.work.district.groups:
        await show_categories(turn, form.model_copy(update={"asking": CATEGORY}), code)
    else:
        await show(turn, form)


async def choose(turn: Turn, form: Form, code: str) -> None:
    """File the request under a category and ask for what that one needs."""
    form = form.model_copy(update={"asking": CATEGORY})
    await ask_next(turn, with_category(form, code, chosen=True))


async def leave_to_desk(turn: Turn, form: Form) -> None:
    """A person at the community decides the category."""
    form = form.model_copy(update={"asking": CATEGORY})
    await ask_next(turn, with_category(form, form.draft.proposed or OTHER, chosen=False))


@router.callback_query(RAnswer.filter())
async def answer(callback: CallbackQuery, callback_data: RAnswer, turn: Turn) -> None:
    """One of the answers that a question offers."""
    form = await _form_of(turn, callback_data.n)
    if form is None:
        return
    category = turn.work.district.category_by_code.get(form.draft.category or "")
    question = question_of(category, callback_data.q) if category is not None else None
    if question is None or callback_data.choice >= len(question.choices):
        await show(turn, form)
        return
    code = question.choices[callback_data.choice].code
    await ask_next(turn, with_answer(form, question.code, code))


@router.callback_query(RJoin.filter())
async def join_neighbour(callback: CallbackQuery, callback_data: RJoin, turn: Turn) -> None:
    """Follow a neighbour's ticket."""
    form = await _form_of(turn, callback_data.n)
    if form is not None:
        await join(turn, form, callback_data.ticket)


@router.callback_query(RStep.filter())
async def step(callback: CallbackQuery, callback_data: RStep, turn: Turn) -> None:
    """A move: on, back, out, or to a line of the summary."""
    form = await _form_of(turn, callback_data.n)
    if form is not None:
        await move(turn, form, callback_data.op)


async def move(turn: Turn, form: Form, op: str) -> None:  # noqa: PLR0912 - one arm a button
    """Do what a button, or the words for it, asks for."""
    match op:
        case "confirm":
            await post(turn, form)
        case "cancel" | "drop":
            await cancel(turn)
        case "back":
            await go_back(turn, form)
        case "resume":
            await resume(turn, form)
        case "other":
            await show_groups(turn, form.model_copy(update={"asking": CATEGORY}))
        case "ungroup":
            await show(turn, form.model_copy(update={"asking": CATEGORY}))
        case "insist":
            await insist(turn, form)
        case "desk":
            await leave_to_desk(turn, form)
        case "skip":
            await ask_next(turn, without(form, form.asking))
        case "different":
            await ask_next(turn, form)
        case "each":
            await one_by_one(turn, form)
        case "whole":
            await as_one(turn, form)
        case "another":
            await split_off(turn, form)
        case "fix_category":
            await show(turn, ask(form, CATEGORY))
        case "fix_place":
            await show(turn, ask(form, PLACE))
        case "fix_text":
            await show(turn, ask(form, CORRECT_TEXT))
        case "fix_details":
            draft = form.draft.model_copy(update={"details": {}})
            done = [step for step in form.done if step in (PHOTO, PLACE)]
            await ask_next(turn, form.model_copy(update={"draft": draft, "done": done}))
        case "photo":
            await show(turn, ask(form, PHOTO))
        case _:
            await show(turn, form)


async def split_off(turn: Turn, form: Form) -> None:
    """Words that came at the summary are another matter: they wait until this one is done."""
    extra, text = form.extra, form.draft.text
    if not extra:
        await show(turn, form)
        return
    draft = form.draft.model_copy(update={"text": text.removesuffix(extra).rstrip()})
    other = Form(
        draft=form.draft.model_copy(
            update={
                "text": extra,
                "category": None,
                "place": None,
                "details": {},
                "files": [],
                "source_message_ids": [],
                "chosen_by_resident": False,
            }
        ),
        serial=form.serial + 1,
        started_at=turn.work.now,
        asking="text",
    )
    await put_on_shelf(turn.state, other)
    await ask_next(turn, form.model_copy(update={"draft": draft, "extra": ""}))


@router.callback_query(REmergency.filter())
async def emergency(callback: CallbackQuery, callback_data: REmergency, turn: Turn) -> None:
    """After an emergency: say where, or take it back as a false alarm."""
    await turn.unbutton()
    if callback_data.op == "where":
        await start_search(turn, Search(purpose=EMERGENCY, ticket=callback_data.ticket))
        return
    ticket = await withdraw_ticket(turn.work, turn.person, callback_data.ticket)
    await end_search(turn)
    await turn.say(turn.t("intake/emergency_false", number=ticket.number))
    await begin(turn, ticket.text)
