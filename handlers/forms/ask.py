"""How a question, the look over all answers, and the list of what can be changed are shown."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.types import InlineKeyboardMarkup
from markupsafe import Markup

from handlers.forms.model import Field, Form, Option
from handlers.forms.quick import usual_dates, usual_moments
from handlers.forms.store import Offered, Sheet
from handlers.keyboards import forms as buttons
from handlers.turn import Turn


async def offer(turn: Turn, sheet: Sheet, field: Field) -> None:
    """Put on the sheet what is to be offered for the field."""
    sheet.offered = [
        Offered(value=o.value, label=o.label) for o in await _options(turn, sheet, field)
    ]
    sheet.page = 0


async def _options(turn: Turn, sheet: Sheet, field: Field) -> Sequence[Option]:
    if field.options is not None:
        return await field.options(turn, sheet.values)
    match field.kind:
        case "moment":
            return await usual_moments(turn, sheet.values)
        case "date":
            return await usual_dates(turn, sheet.values)
        case "yes_no":
            return [
                Option("yes", turn.t.label("forms.yes")),
                Option("no", turn.t.label("forms.no")),
            ]
    return ()


async def question(turn: Turn, sheet: Sheet, field: Field) -> tuple[str, InlineKeyboardMarkup]:
    """The words and buttons of a question."""
    more = await field.context(turn, sheet.values) if field.context is not None else {}
    text = turn.t(
        "forms/question",
        question=Markup(turn.t(field.ask, values=sheet.values, **more)),  # noqa: S704 - a template's
        kind=field.kind,
        offered=len(sheet.offered),
        files=len(sheet.files.get(field.name, [])),
    )
    labels = [(index, option.label) for index, option in enumerate(sheet.offered)]
    place = {value: n if field.ordered else 0 for n, value in enumerate(sheet.picked, 1)}
    ticked = {i: place[o.value] for i, o in enumerate(sheet.offered) if o.value in place}
    markup = buttons.question(
        turn.t,
        sheet.number,
        labels,
        ops=_ops(sheet, field),
        width=2 if field.kind == "yes_no" else field.width,
        ticked=ticked,
        page=sheet.page,
    )
    return text, markup


def _ops(sheet: Sheet, field: Field) -> list[str]:
    """Moves besides the answers: done, skip, back, cancel."""
    kept = sheet.picked if field.kind == "choices" else sheet.files.get(field.name, [])
    ops = ["done"] if field.kind in ("choices", "files") and kept else []
    if not field.required and not ops:
        ops.append("skip")
    if sheet.order:
        ops.append("back")
    return [*ops, "cancel"]


async def preview(turn: Turn, sheet: Sheet, form: Form) -> tuple[str, InlineKeyboardMarkup]:
    """Everything that was answered, to be confirmed."""
    values = sheet.clean_values()
    more = await form.context(turn, values) if form.context is not None else {}
    assert form.preview is not None  # noqa: S101 - the caller asks for it only then
    said = {name: words for name, words in sheet.said.items() if name in values}
    text = turn.t(form.preview, values=values, said=said, **more)
    return text, buttons.preview(turn.t, sheet.number)


def changes(turn: Turn, sheet: Sheet) -> tuple[str, InlineKeyboardMarkup]:
    """Which answer is to be changed; the list is put on the sheet."""
    sheet.offered = [
        Offered(value=field.name, label=_line(turn, sheet, field)) for field in sheet.changeable()
    ]
    listed = [(index, option.label) for index, option in enumerate(sheet.offered)]
    return turn.t("forms/changes"), buttons.corrections(turn.t, sheet.number, listed)


def _line(turn: Turn, sheet: Sheet, field: Field) -> str:
    said = " ".join(sheet.said.get(field.name, "").split())
    if field.title is None:
        return said
    return turn.t.label("forms.line", title=turn.t.label(field.title), said=said)
