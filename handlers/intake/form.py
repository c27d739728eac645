"""A request on its way to becoming a ticket: what is known, and what to ask next. Pure.

The form lives in the conversation's data, so that neither a restart nor another command loses it.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from handlers.places import AddressBook, Exactness, is_enough
from models.district import Category, District, Question
from models.place import Place
from workflows.tickets.submit import Draft

CATEGORY = "category"
PLACE = "place"
DETAILS = "details"
PHOTO = "photo"
SUMMARY = "summary"
PLACE_NEEDS: dict[str, Exactness] = {"place": "doorway", "place_rough": "courtyard"}
"""Needs of a category that are answered by a place, and how exact it must be."""
ENOUGH_SAID = 8
"""Letters or Chinese characters from which a sentence counts as saying what the matter is."""


class Form(BaseModel):
    """A half-filled request. `serial` is bound into its buttons; times are UTC."""

    draft: Draft
    serial: int
    started_at: datetime
    asking: str = CATEGORY
    trail: list[str] = Field(default_factory=list)
    """Steps already answered, the latest last: the way back."""
    done: list[str] = Field(default_factory=list)
    """Steps not to be asked again although their answer is missing: skipped ones."""
    extra: str = ""
    """Words that came at the summary, kept apart until it is clear that they belong here."""

    @property
    def title(self) -> str:
        """The first words of the matter, to tell one request from another."""
        line = self.draft.text.strip().splitlines()[0] if self.draft.text.strip() else ""
        return line if len(line) <= 30 else line[:29] + "…"


def question_of(category: Category, code: str) -> Question | None:
    """The category's question of that code."""
    return next((question for question in category.question if question.code == code), None)


def is_answered(need: str, form: Form, district: District, book: AddressBook) -> bool:
    """Whether a need of the category is met by the form as it stands, or was skipped."""
    step = PLACE if need in PLACE_NEEDS else need
    if step in form.done:
        return True
    draft = form.draft
    if need in PLACE_NEEDS:
        return is_enough(district, book, draft.place, PLACE_NEEDS[need])
    if need == DETAILS:
        if any(file.kind == "voice" for file in draft.files):
            return True
        return sum(char.isalnum() for char in draft.text) >= ENOUGH_SAID
    if need == PHOTO:
        return any(file.kind in ("photo", "video") for file in draft.files)
    return need in draft.details


def next_step(form: Form, district: District, book: AddressBook) -> str:
    """The one thing to ask next: a step, the code of a question, or `summary` when all is known.

    Raises KeyError when the draft names a category that the catalogue no longer has.
    """
    if form.draft.category is None:
        return CATEGORY
    category = district.category_by_code[form.draft.category]
    spoken = any(file.kind == "voice" for file in form.draft.files)
    if not form.draft.text and not spoken and DETAILS not in form.done:
        return DETAILS
    for need in _needs(form, category):
        if not is_answered(need, form, district, book):
            return PLACE if need in PLACE_NEEDS else need
    return SUMMARY


def _needs(form: Form, category: Category) -> tuple[str, ...]:
    """What must be known; left to a person, also roughly where: it tells which community's."""
    if form.draft.chosen_by_resident or any(need in PLACE_NEEDS for need in category.needs):
        return category.needs
    return ("place_rough", *category.needs)


def exactness(form: Form, district: District) -> Exactness:
    """How exact a place the category wants: `doorway` or `courtyard`."""
    category = district.category_by_code.get(form.draft.category or "")
    needs = category.needs if category is not None else ()
    return "doorway" if "place" in needs else "courtyard"


def ask(form: Form, step: str) -> Form:
    """The form waiting for `step`; what it waited for before is on the trail."""
    trail = [done for done in form.trail if done not in (step, form.asking)]
    if form.asking not in (step, SUMMARY):
        trail.append(form.asking)
    return form.model_copy(update={"asking": step, "trail": trail})


def step_back(form: Form) -> Form:
    """The form at the step before, its answer taken out; the first step stays where it is."""
    if not form.trail:
        return form
    step = form.trail[-1]
    form = reopen(form, step)
    return form.model_copy(update={"asking": step, "trail": form.trail[:-1]})


def reopen(form: Form, step: str) -> Form:
    """The form without its answer to `step`, so that it can be asked again. Words are kept."""
    draft = form.draft
    if step == CATEGORY:
        draft = draft.model_copy(update={"category": None, "chosen_by_resident": False})
    elif step == PLACE:
        draft = draft.model_copy(update={"place": None})
    elif step in draft.details:
        details = {code: value for code, value in draft.details.items() if code != step}
        draft = draft.model_copy(update={"details": details})
    return form.model_copy(
        update={"draft": draft, "done": [done for done in form.done if done != step]}
    )


def with_category(form: Form, code: str, *, chosen: bool) -> Form:
    """The form under a category; answers that only the old one asked for are dropped.

    `chosen` False leaves the decision to a person at the community (confidence 0).
    """
    draft = form.draft
    changed = draft.category not in (None, code)
    return form.model_copy(
        update={
            "draft": draft.model_copy(
                update={
                    "category": code,
                    "chosen_by_resident": chosen,
                    "confidence": draft.confidence if chosen else 0.0,
                    "details": {} if changed else draft.details,
                }
            ),
            "done": [] if changed else form.done,
        }
    )


def with_place(form: Form, place: Place) -> Form:
    """The form at a place, not to be asked again even when it is not exact."""
    draft = form.draft.model_copy(update={"place": place})
    return form.model_copy(update={"draft": draft, "done": [*form.done, PLACE]})


def with_answer(form: Form, code: str, answer: str) -> Form:
    """The form with an answer to one of the category's questions."""
    draft = form.draft
    return form.model_copy(
        update={"draft": draft.model_copy(update={"details": {**draft.details, code: answer}})}
    )


def with_staff_meant(form: Form, district: District) -> Form:
    """A complaint about staff with the post it is about, when exactly one holder is named.

    It decides who must not get the complaint, so a name that several bear says nothing.
    """
    category = district.category_by_code.get(form.draft.category or "")
    if category is None or not category.about_staff:
        return form
    told = "\n".join([form.draft.text, *form.draft.details.values()])
    named = [
        post.code
        for post in district.staff
        if post.name in told or (post.name_en and post.name_en.casefold() in told.casefold())
    ]
    about = named[0] if len(named) == 1 else None
    return form.model_copy(update={"draft": form.draft.model_copy(update={"about_staff": about})})


def without(form: Form, step: str) -> Form:
    """The form with a step left out."""
    return form.model_copy(update={"done": [*form.done, step]})
