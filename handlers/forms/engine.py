"""Filling in a form: one question after the other, the look over it, and what follows."""

from __future__ import annotations

from typing import Any

from aiogram.fsm.state import State

from handlers.forms import ask
from handlers.forms.model import FORMS, Field, Form, Values
from handlers.forms.store import CHANGES, PREVIEW, Sheet, forget, is_old, load, save
from handlers.intake.offer import offer_first, offer_pending, restore
from handlers.states import Filling, Intake
from handlers.turn import Turn

_NUMBERS = 1_000_000_000


async def begin(turn: Turn, name: str, /, **values: Any) -> None:
    """Ask the first question of a form; fields already in `values` are not asked.

    Another form that is open is given up, and what had been answered there is said. Raises
    KeyError for an unknown form.
    """
    form = FORMS[name]
    before = await load(turn.state)
    current = await turn.state.get_state()
    filling = current == Filling.form.state
    sheet = Sheet(
        form=name,
        number=max(int(turn.work.now.timestamp()) % _NUMBERS, before.number + 1 if before else 0),
        started_at=turn.work.now,
        values=dict(values),
        given=list(values),
        resume=(before.resume if before else None) if filling else current,
    )
    if before is not None and (words := answers(before)):
        await prepare(turn, before)
        await turn.say(turn.t("forms/replaced", words=words))
    await go_on(turn, form, sheet)


async def prepare(turn: Turn, sheet: Sheet) -> None:
    """What the form wants done each time, before anything is done with it."""
    form = sheet.definition
    if form is not None and form.each_time is not None:
        await form.each_time(turn, sheet.values)


def answers(sheet: Sheet) -> list[str]:
    """What had been answered, in the order of answering, for giving it back."""
    return [sheet.said[name] for name in sheet.order if sheet.said.get(name)]


async def go_on(turn: Turn, form: Form, sheet: Sheet) -> None:
    """Ask what is still missing; else show everything, or do it when nothing is to be shown."""
    field = form.next_field(sheet.values)
    if field is not None:
        await put(turn, sheet, field)
    elif form.preview is not None:
        await look_over(turn, form, sheet)
    else:
        await finish(turn, form, sheet)


async def put(turn: Turn, sheet: Sheet, field: Field) -> None:
    """Ask this question."""
    sheet.asking, sheet.picked = field.name, []
    sheet.number += 1
    await ask.offer(turn, sheet, field)
    await redraw(turn, sheet, field)


async def redraw(turn: Turn, sheet: Sheet, field: Field) -> None:
    """Show the question once more, as it stands."""
    text, markup = await ask.question(turn, sheet, field)
    await save(turn.state, sheet)
    await turn.show(text, markup)


async def look_over(turn: Turn, form: Form, sheet: Sheet) -> None:
    """Show every answer, to be confirmed."""
    sheet.asking, sheet.offered = PREVIEW, []
    sheet.number += 1
    text, markup = await ask.preview(turn, sheet, form)
    await save(turn.state, sheet)
    await turn.show(text, markup)


async def choose_change(turn: Turn, sheet: Sheet) -> None:
    """Ask which answer is to be changed."""
    sheet.asking = CHANGES
    sheet.number += 1
    text, markup = ask.changes(turn, sheet)
    await save(turn.state, sheet)
    await turn.show(text, markup)


async def finish(turn: Turn, form: Form, sheet: Sheet) -> None:
    """Leave the form, then do what it was for: that may open another conversation."""
    await _leave(turn, sheet)
    await form.done(turn, sheet.clean_values())
    state = await turn.state.get_state() or ""
    if state.startswith(f"{Intake.__full_group_name__}:"):
        await offer_pending(turn)


async def _leave(turn: Turn, sheet: Sheet) -> None:
    await forget(turn.state)
    if sheet.resume is not None:
        await turn.state.set_state(sheet.resume)
    else:
        await restore(turn)


async def cancel(turn: Turn, form: Form, sheet: Sheet) -> None:
    """Leave it undone, and give back what had been answered."""
    await _leave(turn, sheet)
    await turn.show(turn.t("forms/cancelled", words=answers(sheet)))
    if form.cancelled is not None:
        await form.cancelled(turn, sheet.clean_values())


async def show(turn: Turn, form: Form, sheet: Sheet) -> None:
    """What is on show, once more."""
    if (field := sheet.field) is not None:
        await redraw(turn, sheet, field)
    elif sheet.asking == CHANGES:
        await choose_change(turn, sheet)
    else:
        await go_on(turn, form, sheet)


async def show_again(turn: Turn) -> bool:
    """Repeat the question of the open form, after a command or an outage; False without one."""
    sheet = await load(turn.state)
    if sheet is None or (form := sheet.definition) is None:
        return False
    if is_old(sheet, turn.work.now, turn.work.policy.draft_offer_hours):
        await _leave(turn, sheet)
        return False
    await prepare(turn, sheet)
    await show(turn, form, sheet)
    return True


async def resume_state(turn: Turn) -> State | None:
    """The state of a chat in which a form is open."""
    return Filling.form if await load(turn.state) is not None else None


async def unfinished(turn: Turn) -> Values | None:
    """What was answered in an open form, for who asks what is held on them; None without one.

    A form that keeps something secret is left out: it is gone with its last answer.
    """
    sheet = await load(turn.state)
    form = sheet.definition if sheet is not None else None
    if sheet is None or form is None or form.each_time is not None:
        return None
    return sheet.clean_values()


offer_first(show_again, resume_state)
