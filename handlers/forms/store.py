"""The form that is open in a chat, kept in the data of its conversation."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiogram.fsm.context import FSMContext
from pydantic import BaseModel, Field, ValidationError

from handlers.forms import model
from handlers.forms.model import FORMS, Form, Values
from handlers.states import Filling
from workflows.conversations import FILLING

_KEY = FILLING
_LAST = "filled"
"""Keys of the data: the open sheet, and the last button of it that counted."""
PREVIEW = ""
"""What a sheet asks when every question has an answer."""
CHANGES = "*"
"""What it asks when an answer is to be changed, and which is not known yet."""


class Offered(BaseModel):
    """One answer as it stands on a button just now."""

    value: str
    label: str


class Sheet(BaseModel):
    """A form that is being filled in."""

    form: str
    number: int
    """Number of the question on show: a button of an older one is recognised by it."""
    started_at: datetime
    asking: str = PREVIEW
    """Name of the field that waits for an answer; `PREVIEW` at the end."""
    values: Values = Field(default_factory=dict)
    given: list[str] = Field(default_factory=list)
    """Names that were known from the start."""
    said: dict[str, str] = Field(default_factory=dict)
    """Each answer in the reader's words."""
    order: list[str] = Field(default_factory=list)
    """Fields in the order in which they were answered, for the way back."""
    offered: list[Offered] = Field(default_factory=list)
    page: int = 0
    picked: list[str] = Field(default_factory=list)
    """Values ticked so far, of the question on show."""
    files: dict[str, list[dict[str, str]]] = Field(default_factory=dict)
    """Files by the name of their field; they may come before it is asked for."""
    resume: str | None = None
    """State of the chat to go back to."""

    @property
    def definition(self) -> Form | None:
        """The form as it is defined now; None for one that is no more."""
        return FORMS.get(self.form)

    @property
    def field(self) -> model.Field | None:
        """The question on show; None at the end."""
        form = self.definition
        return form.field(self.asking) if form is not None else None

    def changeable(self) -> list[model.Field]:
        """The questions whose answers can be changed."""
        form = self.definition
        fields = form.fields if form is not None else ()
        return [
            f
            for f in fields
            if f.name in self.values and f.name not in self.given and f.when(self.values)
        ]

    def clean_values(self) -> Values:
        """What was given and answered, without answers to questions that no longer come up."""
        form = self.definition
        if form is None:
            return self.values
        unasked = {f.name for f in form.fields if not f.when(self.values)} - set(self.given)
        return {name: value for name, value in self.values.items() if name not in unasked}


async def load(state: FSMContext) -> Sheet | None:
    """The open form; None when there is none, or one of a shape that an older version wrote."""
    kept = (await state.get_data()).get(_KEY)
    if not kept:
        return None
    try:
        sheet = Sheet.model_validate(kept)
    except ValidationError:
        return None
    return sheet if sheet.definition is not None else None


async def save(state: FSMContext, sheet: Sheet) -> None:
    """Keep the form and wait for an answer."""
    await state.update_data({_KEY: sheet.model_dump(mode="json")})
    await state.set_state(Filling.form)


async def forget(state: FSMContext) -> None:
    """The form is over. The state of the chat is left to the caller."""
    data = await state.get_data()
    data.pop(_KEY, None)
    await state.set_data(data)


async def remember_tap(state: FSMContext, packed: str) -> None:
    """Note the button that counted, so that its second press stays quiet."""
    await state.update_data({_LAST: packed})


async def was_tapped(state: FSMContext, packed: str) -> bool:
    """Whether this was the last button that counted."""
    return bool((await state.get_data()).get(_LAST) == packed)


def is_old(sheet: Sheet, now: datetime, hours: int) -> bool:
    """Whether it was begun so long ago that nobody still thinks of it."""
    return sheet.started_at < now - timedelta(hours=hours)
