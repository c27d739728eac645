"""Answers to the question on show: tapped, typed, or sent as files."""

from __future__ import annotations

from handlers.errors import sentence
from handlers.forms.engine import cancel, choose_change, finish, go_on, look_over, put, redraw, show
from handlers.forms.model import Field, Form
from handlers.forms.reading import Answer, Hint, given, read, several
from handlers.forms.store import CHANGES, PREVIEW, Sheet, save
from handlers.turn import Turn
from handlers.words import choice_of, means
from models.errors import DomainError
from workflows.tickets.submit import DraftFile

MAX_FILES = 10
"""Files of one answer; an album has no more."""


async def take(turn: Turn, form: Form, sheet: Sheet, answer: Answer | Hint) -> None:
    """Keep the answer to the question on show, or say why it does not fit and ask again."""
    field = sheet.field
    if field is None:
        return
    if isinstance(answer, Hint):
        await _again(turn, sheet, field, turn.t(answer.template, **answer.context))
        return
    if field.check is not None:
        try:
            await field.check(turn, sheet.values, answer.value)
        except DomainError as error:
            await _again(turn, sheet, field, sentence(turn.t, error))
            return
    sheet.values[field.name] = answer.value
    sheet.said[field.name] = answer.said
    sheet.order = [*(name for name in sheet.order if name != field.name), field.name]
    await go_on(turn, form, sheet)


async def _again(turn: Turn, sheet: Sheet, field: Field, why: str) -> None:
    await turn.say(why)
    turn.tapped = None
    await redraw(turn, sheet, field)


async def pick(turn: Turn, form: Form, sheet: Sheet, index: int) -> None:
    """The answer at this position was tapped; where several are possible, it is ticked or not."""
    field = sheet.field
    if field is None or index >= len(sheet.offered):
        return
    option = sheet.offered[index]
    if field.kind != "choices":
        await take(turn, form, sheet, given(turn, field, option))
        return
    if option.value in sheet.picked:
        sheet.picked.remove(option.value)
    else:
        sheet.picked.append(option.value)
    await redraw(turn, sheet, field)


async def complete(turn: Turn, form: Form, sheet: Sheet) -> None:
    """ "Done": the answers in the order in which they were ticked, or the files sent so far."""
    field = sheet.field
    if field is None:
        return
    if field.kind == "choices":
        by_value = {option.value: option for option in sheet.offered}
        picked = [by_value[value] for value in sheet.picked if value in by_value]
        answer: Answer | Hint = several(picked) if picked else Hint("forms/hint_pick", {})
    else:
        files = sheet.files.get(field.name, [])
        said = turn.t.label("forms.files", count=len(files))
        answer = Answer(files, said) if files else Hint("forms/hint_files", {})
    await take(turn, form, sheet, answer)


async def skip(turn: Turn, form: Form, sheet: Sheet) -> None:
    """No answer, where none is needed."""
    field = sheet.field
    if field is None:
        return
    if field.required:
        await _again(turn, sheet, field, turn.t("forms/hint_needed"))
        return
    sheet.values[field.name] = [] if field.kind in ("choices", "files") else None
    sheet.said[field.name] = ""
    sheet.order = [*(name for name in sheet.order if name != field.name), field.name]
    await go_on(turn, form, sheet)


async def back(turn: Turn, form: Form, sheet: Sheet) -> None:
    """The question before; from the first one, out."""
    if sheet.asking == CHANGES:
        await look_over(turn, form, sheet)
        return
    while sheet.order:
        name = sheet.order.pop()
        sheet.values.pop(name, None)
        if (field := form.field(name)) is not None and field.when(sheet.values):
            await put(turn, sheet, field)
            return
    await cancel(turn, form, sheet)


async def change(turn: Turn, form: Form, sheet: Sheet, name: str) -> None:
    """Ask one question again; all other answers stay."""
    field = form.field(name)
    if field is None:
        return
    sheet.values.pop(name, None)
    sheet.order = [answered for answered in sheet.order if answered != name]
    await put(turn, sheet, field)


# --- words and files ---------------------------------------------------------------------------


async def words(turn: Turn, form: Form, sheet: Sheet, text: str) -> None:
    """Typed words: a way out or back, else the answer."""
    field = sheet.field
    if means("cancel", text):
        await cancel(turn, form, sheet)
    elif means("back", text):
        await back(turn, form, sheet)
    elif field is None:
        await _at_the_end(turn, form, sheet, text)
    elif _is_done(field, sheet, text):
        await complete(turn, form, sheet)
    elif not field.required and means("skip", text):
        await skip(turn, form, sheet)
    elif field.kind == "files":
        await _again(turn, sheet, field, turn.t("forms/hint_files"))
    else:
        await take(turn, form, sheet, read(turn, sheet, field, text))


def _is_done(field: Field, sheet: Sheet, text: str) -> bool:
    kept = sheet.picked if field.kind == "choices" else sheet.files.get(field.name)
    return (
        field.kind in ("choices", "files")
        and bool(kept)
        and (means("yes", text) or means("done", text))
    )


async def _at_the_end(turn: Turn, form: Form, sheet: Sheet, text: str) -> None:
    """Yes and no to the look over everything; the number or name of what is to be changed."""
    index = choice_of(text, [option.label for option in sheet.offered])
    if sheet.asking == CHANGES and index is not None:
        await change(turn, form, sheet, sheet.offered[index].value)
    elif sheet.asking == PREVIEW and (means("yes", text) or means("done", text)):
        await finish(turn, form, sheet)
    elif means("no", text):
        await choose_change(turn, sheet)
    else:
        await turn.say(turn.t("forms/hint_pick"))
        await show(turn, form, sheet)


async def keep_files(
    turn: Turn, form: Form, sheet: Sheet, files: list[DraftFile], text: str
) -> None:
    """Files go where the form wants some, now or later; words beside them are the answer."""
    field = sheet.field
    home = field if field is not None and field.kind == "files" else _home(form, sheet)
    if home is None:
        await turn.say(turn.t("forms/hint_no_files"))
    else:
        known = sheet.files.setdefault(home.name, [])
        known += [f.model_dump(mode="json") for f in files]
        del known[MAX_FILES:]
        if home is not field:
            await turn.say(turn.t("forms/files_kept", files=len(known)))
    await save(turn.state, sheet)
    if home is not None and home is field:
        if text:
            await turn.say(turn.t("forms/words_unused", words=text))
        await redraw(turn, sheet, home)
    elif text:
        await words(turn, form, sheet, text)
    else:
        await show(turn, form, sheet)


def _home(form: Form, sheet: Sheet) -> Field | None:
    """The question still to come that wants files."""
    waiting = (f for f in form.fields if f.kind == "files" and f.name not in sheet.values)
    return next((f for f in waiting if f.when(sheet.values)), None)


# --- buttons -----------------------------------------------------------------------------------


async def act(turn: Turn, form: Form, sheet: Sheet, op: str, i: int) -> None:
    """A move by a button."""
    match op:
        case "pick":
            await pick(turn, form, sheet, i)
        case "page":
            sheet.page = i
            await show(turn, form, sheet)
        case "done":
            await complete(turn, form, sheet)
        case "skip":
            await skip(turn, form, sheet)
        case "back":
            await back(turn, form, sheet)
        case "cancel":
            await cancel(turn, form, sheet)
        case "confirm" if sheet.asking == PREVIEW:
            await finish(turn, form, sheet)
        case "edit":
            await choose_change(turn, sheet)
        case "fix" if i < len(sheet.offered):
            await change(turn, form, sheet, sheet.offered[i].value)
        case "review":
            await look_over(turn, form, sheet)
        case _:
            await show(turn, form, sheet)
