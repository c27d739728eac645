"""Where half-filled requests are kept: in the conversation's data, one in hand, others on a shelf.

Keys of the data: `form` (in hand), `shelf` (waiting, the oldest first), `held` (what was sent
before consent), `submitted` (serial of the last one posted, so that a double tap stays quiet).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State
from pydantic import BaseModel, Field, ValidationError

from handlers.intake.form import CATEGORY, DETAILS, PHOTO, PLACE, SUMMARY, Form
from handlers.states import Intake
from workflows.tickets.submit import DraftFile

MAX_SHELF = 6
NOT_A_MATTER = "none"
"""What a form waits for when triage found no matter in it: nothing, unless the person insists."""
SIMILAR = "similar"
SPLIT = "split"
TEXT = "text"
CORRECT_TEXT = "correct_text"
_STATES: dict[str, State | None] = {
    NOT_A_MATTER: None,
    TEXT: Intake.text,
    SPLIT: Intake.category,
    CATEGORY: Intake.category,
    PLACE: Intake.place,
    DETAILS: Intake.question,
    PHOTO: Intake.question,
    SIMILAR: Intake.summary,
    SUMMARY: Intake.summary,
    CORRECT_TEXT: Intake.correct_text,
}


class Held(BaseModel):
    """What somebody sent before they agreed to anything: it goes on once they do."""

    text: str = ""
    files: list[DraftFile] = Field(default_factory=list)
    message_ids: list[int] = Field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to go on with."""
        return not (self.text or self.files)


def _form(raw: Any) -> Form | None:
    """The form as stored, or None when it is of a shape that an older version wrote."""
    if not raw:
        return None
    try:
        return Form.model_validate(raw)
    except ValidationError:
        return None


async def load(state: FSMContext) -> Form | None:
    """The request in hand, or None."""
    return _form((await state.get_data()).get("form"))


async def save(state: FSMContext, form: Form) -> None:
    """Keep the request in hand and wait for what it asks."""
    await state.update_data(form=form.model_dump(mode="json"))
    await state.set_state(_STATES.get(form.asking, Intake.question))


async def drop(state: FSMContext, *, submitted: int | None = None) -> None:
    """Put the request in hand away for good."""
    data = await state.get_data()
    data.pop("form", None)
    if submitted is not None:
        data["submitted"] = submitted
    await state.set_data(data)
    await state.set_state(None)


async def was_submitted(state: FSMContext, serial: int) -> bool:
    """Whether the last request that was posted bore this serial."""
    return bool((await state.get_data()).get("submitted") == serial)


async def put_on_shelf(state: FSMContext, *forms: Form) -> None:
    """Keep requests for later; beyond `MAX_SHELF` the newest are left out."""
    shelf = [
        *(await state.get_data()).get("shelf", []),
        *(f.model_dump(mode="json") for f in forms),
    ]
    await state.update_data(shelf=shelf[:MAX_SHELF])


async def set_aside(state: FSMContext) -> None:
    """Make room for a new request: the one in hand goes to the shelf, unless it was only chat."""
    form = await load(state)
    if form is not None and form.asking != NOT_A_MATTER:
        await put_on_shelf(state, form)
    await drop(state)


async def pending(state: FSMContext, now: datetime, hours: int) -> Form | None:
    """The half-filled request to offer again: the one in hand, else the oldest on the shelf.

    One from the shelf is taken in hand. Those older than `hours` are gone.
    """
    data = await state.get_data()
    form = _form(data.get("form"))
    if form is not None and form.asking != NOT_A_MATTER:
        return form
    oldest = now - timedelta(hours=hours)
    waiting = [form for raw in data.get("shelf", []) if (form := _form(raw)) is not None]
    fresh = [form for form in waiting if form.started_at >= oldest]
    if not fresh and not waiting:
        return None
    data["shelf"] = [form.model_dump(mode="json") for form in fresh[1:]]
    if fresh:
        data["form"] = fresh[0].model_dump(mode="json")
    await state.set_data(data)
    return fresh[0] if fresh else None


async def hold(state: FSMContext, held: Held) -> None:
    """Keep what came before consent, joined to what came before it."""
    known = await held_back(state)
    joined = Held(
        text="\n".join(part for part in (known.text, held.text) if part),
        files=[*known.files, *held.files],
        message_ids=[*known.message_ids, *held.message_ids],
    )
    await state.update_data(held=joined.model_dump(mode="json"))


async def held_back(state: FSMContext) -> Held:
    """What came before consent; empty when nothing did."""
    return Held.model_validate((await state.get_data()).get("held") or {})


async def release(state: FSMContext) -> Held:
    """Take out what came before consent."""
    held = await held_back(state)
    data = await state.get_data()
    data.pop("held", None)
    await state.set_data(data)
    return held
