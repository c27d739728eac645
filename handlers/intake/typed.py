"""Words, pins and files in the middle of a request: each button can also be said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiogram import F
from aiogram.filters import StateFilter
from aiogram.types import Message

from handlers.intake.ask import ask_next, keep_files, show, show_categories, show_summary
from handlers.intake.entry import begin, read, reread
from handlers.intake.finish import join
from handlers.intake.form import (
    CATEGORY,
    DETAILS,
    PHOTO,
    Form,
    question_of,
    with_answer,
    with_place,
    without,
)
from handlers.intake.options import (
    category_options,
    choice_labels,
    group_options,
    proposed_options,
)
from handlers.intake.store import CORRECT_TEXT, SIMILAR, SPLIT, TEXT, load
from handlers.intake.taps import choose, leave_to_desk, move, router
from handlers.keyboards import resident as buttons
from handlers.media import gather
from handlers.states import Intake
from handlers.turn import Turn, not_command
from handlers.words import MAX_TEXT, choice_of, means, says_nothing
from models.district import District
from workflows.tickets.submit import find_similar

ENOUGH_ANEW = 6
"""Letters or characters from which words at the category step describe the matter anew."""


@router.message(StateFilter(Intake), F.location)
async def pin(message: Message, turn: Turn) -> None:
    """A location pin at any step: where the matter is."""
    form = await load(turn.state)
    if form is None or message.location is None:
        await turn.state.set_state(None)
        return
    at = turn.work.services.gazetteer.at(message.location.longitude, message.location.latitude)
    if at is None:
        await turn.say(turn.t("doorway/outside"))
        await show(turn, form)
        return
    form = with_place(form, at.place)
    if form.draft.category is None:
        await show(turn, form)
    else:
        await ask_next(turn, form)


@router.message(StateFilter(Intake), not_command)
async def said(message: Message, turn: Turn, album: list[Message]) -> None:
    """Words or files for the step that waits for them."""
    form = await load(turn.state)
    text, files, too_large = gather(message, album)
    if too_large:
        await turn.say(turn.t("bad_input/too_large"))
    if form is None:
        await turn.state.set_state(None)
        await begin(turn, text, files, [message.message_id])
        return
    if files:
        await _with_files(turn, form, text, message, album)
    elif text:
        await _words(turn, form, text, message.message_id)
    elif not too_large:
        await turn.say(turn.t("bad_input/unreadable"))
        await show(turn, form)


async def _with_files(
    turn: Turn, form: Form, text: str, message: Message, album: list[Message]
) -> None:
    """Files join the request; words beside them are the answer that was waited for."""
    _, files, _ = gather(message, album)
    await keep_files(turn, "", files)
    form = await load(turn.state) or form
    if text:
        await _words(turn, form, text, message.message_id)
    elif form.draft.category is None:
        await turn.say(turn.t("intake/file_kept", files=len(form.draft.files)))
        await show(turn, form)
    else:
        await ask_next(turn, form)


async def _words(turn: Turn, form: Form, text: str, message_id: int) -> None:
    for meaning in ("cancel", "back"):
        if means(meaning, text):
            await move(turn, form, meaning)
            return
    if says_nothing(text):
        await turn.say(turn.t("bad_input/only_marks"))
        await show(turn, form)
        return
    handler = _BY_STEP.get(form.asking, _question)
    await handler(turn, form, text, message_id)


def _from(form: Form, message_id: int) -> Form:
    """The form with one more message that it is made of."""
    ids = [*form.draft.source_message_ids, message_id]
    return form.model_copy(
        update={"draft": form.draft.model_copy(update={"source_message_ids": ids})}
    )


async def _with_words(turn: Turn, form: Form, text: str, message_id: int) -> Form:
    """The form with more words; what does not fit any more is not cut off but sent back."""
    joined = "\n".join(part for part in (form.draft.text, text) if part)
    if len(joined) > MAX_TEXT:
        await turn.say(turn.t("bad_input/too_long"))
        return form
    form = _from(form, message_id)
    return form.model_copy(update={"draft": form.draft.model_copy(update={"text": joined})})


async def _first_words(turn: Turn, form: Form, text: str, message_id: int) -> None:
    await read(turn, await _with_words(turn, form, text, message_id))


async def _category(turn: Turn, form: Form, text: str, message_id: int) -> None:
    """Yes, a number, a name of the catalogue; anything longer describes the matter anew."""
    offered = proposed_options(turn, form)
    index = choice_of(text, [label for _, label in offered])
    if index is None and offered and means("yes", text):
        index = 0
    if index is not None:
        await choose(turn, form, offered[index][0])
    elif means("unsure", text):
        await leave_to_desk(turn, form)
    elif means("no", text) or means("other", text):
        await move(turn, form, "other")
    elif (code := _by_name(turn, text)) is not None:
        if code in turn.work.district.category_by_code:
            await choose(turn, form, code)
        else:
            await show_categories(turn, form, code)
    elif sum(char.isalnum() for char in text) >= ENOUGH_ANEW:
        await reread(turn, await _with_words(turn, form, text, message_id))
    else:
        await turn.say(turn.t("intake/pick_please"))
        await show(turn, form)


def _by_name(turn: Turn, text: str) -> str | None:
    """The category or group that the words name."""
    district: District = turn.work.district
    groups = group_options(turn)
    options = [pair for group, _ in groups for pair in category_options(turn, group)]
    for pairs in (options, groups):
        names = [label for _, label in pairs]
        if not text.strip().isdigit() and (index := choice_of(text, names)) is not None:
            return pairs[index][0]
    return text if text in district.category_by_code else None


async def _split(turn: Turn, form: Form, text: str, message_id: int) -> None:
    labels = [turn.t.label("resident.step_each"), turn.t.label("resident.step_whole")]
    index = choice_of(text, labels)
    if index == 0 or means("separate", text) or means("yes", text):
        await move(turn, form, "each")
    elif index == 1 or means("together", text) or means("no", text):
        await move(turn, form, "whole")
    else:
        await turn.say(turn.t("intake/pick_please"))
        await show(turn, form)


async def _details(turn: Turn, form: Form, text: str, message_id: int) -> None:
    if means("skip", text):
        await move(turn, form, "skip")
        return
    form = await _with_words(turn, form, text, message_id)
    await ask_next(turn, without(form, DETAILS))


async def _photo(turn: Turn, form: Form, text: str, message_id: int) -> None:
    """No photo, or words instead of one: they are added, and nothing is asked twice."""
    if means("skip", text) or means("no", text):
        await move(turn, form, "skip")
        return
    form = await _with_words(turn, form, text, message_id)
    await ask_next(turn, without(form, PHOTO))


async def _question(turn: Turn, form: Form, text: str, message_id: int) -> None:
    category = turn.work.district.category_by_code.get(form.draft.category or "")
    question = question_of(category, form.asking) if category is not None else None
    if category is None or question is None:
        await ask_next(turn, form)
        return
    index = choice_of(text, choice_labels(turn, category, question.code))
    if index is not None:
        await ask_next(turn, with_answer(form, question.code, question.choices[index].code))
    elif question.optional and means("skip", text):
        await move(turn, form, "skip")
    else:
        await ask_next(turn, with_answer(form, question.code, text))


async def _similar(turn: Turn, form: Form, text: str, message_id: int) -> None:
    found = (await find_similar(turn.work, turn.person, form.draft))[:3]
    index = choice_of(text, [f"#{similar.ticket.number}" for similar in found])
    if index is None and len(found) == 1 and (means("yes", text) or means("together", text)):
        index = 0
    if index is not None:
        await join(turn, form, found[index].ticket.id or 0)
    elif means("no", text) or means("other", text) or means("separate", text):
        await move(turn, form, "different")
    else:
        await turn.say(turn.t("intake/pick_please"))
        await show(turn, form)


async def _summary(turn: Turn, form: Form, text: str, message_id: int) -> None:
    """Yes posts it; a correction's name opens it; other words are added and shown."""
    if means("yes", text):
        await move(turn, form, "confirm")
        return
    if means("no", text):
        await turn.say(turn.t("intake/what_to_fix"), buttons.corrections(turn.t, form.serial))
        return
    ops = ("fix_category", "fix_place", "fix_text", "photo")
    index = None
    if not text.strip().isdigit():
        index = choice_of(text, [turn.t.label(f"resident.step_{op}") for op in ops])
    if index is not None:
        await move(turn, form, ops[index])
        return
    longer = await _with_words(turn, form, text, message_id)
    if longer is form:
        await show(turn, form)
        return
    await show_summary(turn, longer.model_copy(update={"extra": text}), note="added")


async def _correct_text(turn: Turn, form: Form, text: str, message_id: int) -> None:
    form = _from(form, message_id)
    draft = form.draft.model_copy(update={"text": text})
    await ask_next(turn, form.model_copy(update={"draft": draft, "extra": ""}))


Step = Callable[[Turn, Form, str, int], Awaitable[None]]
_BY_STEP: dict[str, Step] = {
    TEXT: _first_words,
    SPLIT: _split,
    CATEGORY: _category,
    DETAILS: _details,
    PHOTO: _photo,
    SIMILAR: _similar,
    "summary": _summary,
    CORRECT_TEXT: _correct_text,
}

__all__ = ["router"]
