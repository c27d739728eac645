"""Answers to the questions of an action, pressed or typed."""

from __future__ import annotations

from handlers.staff.flow import (
    EDIT,
    FREQUENT,
    NO,
    SKIP,
    YES,
    Flow,
    Step,
    keep_words,
    often_label,
    split_parts,
    ticket_number,
)
from handlers.staff.prompts import options_of
from handlers.turn import Turn
from handlers.words import choice_of, means
from models.errors import StaleButton
from models.lifecycle import Action
from workflows.tickets.joining import MAX_PARTS


def answer(turn: Turn, flow: Flow, step: Step, value: str) -> None:
    """Record a chosen answer; frequent reasons become their words."""
    district = turn.work.district
    if step.kind == "words" and value == SKIP:
        flow.answers[step.name] = ""
    elif step.kind == "words" and (unit := district.department_by_code.get(value)):
        chinese = turn.t.locale.startswith("zh")
        flow.answers[step.name] = unit.label_zh if chinese else unit.label_en
    elif step.kind == "words":
        if not 1 <= int(value) <= FREQUENT.get((flow.action, step.name), 0):
            raise StaleButton(value, number=flow.number)
        flow.answers[step.name] = turn.t.label(often_label(flow, step, int(value)))
    elif step.name == "phone" and value == EDIT:
        # Written anew, as a question to the resident whichever way it came.
        flow.action = Action.ASK
        flow.answers = {}
    else:
        flow.answers[step.name] = value


async def accept(turn: Turn, flow: Flow, step: Step, words: str, *, got_files: bool) -> str | None:
    """Record the answer. Returns the template of what to say when it was none."""
    if not words and got_files and (step.kind == "proof" or flow.action in _PHOTO_SAYS_IT):
        if step.kind == "words":
            flow.answers[step.name] = ""
        return None
    if not words:
        return _wanted(step)
    if step.kind == "words":
        flow.answers[step.name] = words
    elif step.kind == "number":
        return _accept_number(flow, step, words)
    elif step.kind == "parts":
        if not 2 <= len(split_parts(words)) <= MAX_PARTS:
            return "needs_parts"
        flow.answers[step.name] = words
    elif step.kind == "proof":
        _accept_proof_words(turn, flow, words, got_files=got_files)
    else:
        return await _accept_pick(turn, flow, step, words)
    return None


_PHOTO_SAYS_IT = frozenset({Action.ASK, Action.NOTE})
"""Actions for which a photo without words is enough."""


def _wanted(step: Step) -> str:
    """The template that says what this question needs."""
    needs = {"pick": "needs_choice", "category": "needs_choice", "proof": "needs_photo"}
    return needs.get(step.kind, "needs_words")


def _accept_number(flow: Flow, step: Step, words: str) -> str | None:
    number = ticket_number(words)
    if number is None or number == flow.number:
        return "needs_number"
    flow.answers[step.name] = str(number)
    return None


def _accept_proof_words(turn: Turn, flow: Flow, words: str, *, got_files: bool) -> None:
    """A caption adds to the note; words without a photo say why there is none."""
    if got_files:
        flow.answers["note"] = f"{flow.answers['note']}\n{words}"
        return
    flow.answers["proof"] = NO
    if not means("skip", words):
        flow.answers["why_no_proof"] = words


async def _accept_pick(turn: Turn, flow: Flow, step: Step, words: str) -> str | None:
    """Words that name one of the buttons press it; others are kept for a later question."""
    if step.name in ("sure", "settled") and means("yes", words):
        flow.answers[step.name] = YES
        return None
    if step.kind == "category":
        categories = turn.work.district.categories
        options = [(c.code, c.label(turn.t.locale)) for c in categories]
    else:
        options = await options_of(turn, flow, step)
    index = choice_of(words, [label for _, label in options])
    if index is not None:
        answer(turn, flow, step, options[index][0])
        return None
    return "words_kept" if keep_words(flow, words) else "needs_choice"
