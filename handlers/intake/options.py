"""What is offered at a step, in the person's language; also what typed words are matched with."""

from __future__ import annotations

from handlers.intake.form import Form, question_of
from handlers.turn import Turn
from models.district import Category


def proposed_options(turn: Turn, form: Form) -> list[tuple[str, str]]:
    """The best category and two others: code and label."""
    catalogue = turn.work.district.category_by_code
    codes = dict.fromkeys((form.draft.proposed, *form.draft.alternatives))
    known = [catalogue[code] for code in codes if code is not None and code in catalogue]
    return [(category.code, category.label(turn.t.locale)) for category in known[:3]]


def group_options(turn: Turn) -> list[tuple[str, str]]:
    """All groups that have categories: code and label."""
    district, chinese = turn.work.district, turn.t.locale.startswith("zh")
    used = {category.group for category in district.categories}
    return [
        (code, labels[0] if chinese else labels[1])
        for code, labels in district.groups.items()
        if code in used
    ]


def category_options(turn: Turn, group: str) -> list[tuple[str, str]]:
    """The categories of a group: code and label."""
    return [
        (category.code, category.label(turn.t.locale))
        for category in turn.work.district.categories
        if category.group == group
    ]


def choice_labels(turn: Turn, category: Category, code: str) -> list[str]:
    """The answers that a question offers, in the person's language."""
    question = question_of(category, code)
    chinese = turn.t.locale.startswith("zh")
    return [c.zh if chinese else c.en for c in question.choices] if question is not None else []


def answers_of(turn: Turn, form: Form, category: Category) -> list[tuple[str, str]]:
    """The category's questions with the answers so far, in the person's language."""
    chinese = turn.t.locale.startswith("zh")
    told = []
    for question in category.question:
        answer = form.draft.details.get(question.code)
        if not answer:
            continue
        choice = next((c for c in question.choices if c.code == answer), None)
        shown = answer if choice is None else choice.zh if chinese else choice.en
        told.append((question.ask_zh if chinese else question.ask_en, shown))
    return told
