"""What an action on a ticket still has to ask, one question at a time. Pure.

A `Flow` is the half-filled action; it lives in the conversation's data, so a restart loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field

from models.lifecycle import Action, Outcome
from workflows.tickets.files import DraftFile

StepKind = Literal["pick", "category", "words", "number", "proof", "parts"]

STALE_AFTER = timedelta(minutes=30)
"""Words typed later than this after the question are not taken for its answer unasked."""
OUTCOMES: tuple[Outcome, ...] = (
    Outcome.DONE,
    Outcome.NOT_POSSIBLE,
    Outcome.NOT_OURS,
    Outcome.DUPLICATE,
    Outcome.NO_ANSWER,
)
"""Outcomes that staff may choose; withdrawing is the resident's."""
CLOSINGS: tuple[Outcome, ...] = tuple(o for o in OUTCOMES if o is not Outcome.DUPLICATE)
"""Outcomes with which the office may end a ticket; duplicates are joined instead."""
YES, NO, SKIP, EDIT, DROP = "yes", "no", "skip", "edit", "drop"
"""Choices that several questions share."""

_PHONE = re.compile(
    r"(?<!\d)(?:(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})(?!\d)"
)
_NUMBER = re.compile(r"\s*[#＃]?\s*(\d{1,9})\s*$", re.ASCII)


class Flow(BaseModel):
    """An action being filled in: JSON-able, kept in the conversation's data. Times are UTC."""

    ticket: int
    number: int
    version: int
    """The ticket's version when the button was drawn."""
    action: Action
    answers: dict[str, str] = Field(default_factory=dict)
    files: list[DraftFile] = Field(default_factory=list)
    proof_expected: bool = False
    """The category expects a photo of the result."""
    card: int | None = None
    """Message id of the card, to be redrawn afterwards."""
    pending: str | None = None
    """Words that came too late to be taken for the answer unasked."""
    asked_at: datetime
    resume: str | None = None
    """The conversation state to go back to (somebody's own half-filled request)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One question: the name of its answer, how it is answered, and whether it is needed."""

    name: str
    kind: StepKind
    needed: Callable[[Flow], bool] = lambda flow: True


def has_phone(text: str) -> bool:
    """Whether the words contain what looks like a Chinese mobile or landline number."""
    return _PHONE.search(text) is not None


def ticket_number(text: str) -> int | None:
    """The number in `1042` or `#1042`, or None when there is anything else."""
    match = _NUMBER.match(text)
    return int(match[1]) if match else None


def names_ticket(text: str) -> bool:
    """Whether the words are nothing but `#1042`: that opens the card, whatever was asked."""
    return text.startswith(("#", "＃")) and ticket_number(text) is not None


def split_parts(text: str) -> list[str]:
    """The matters of a split: one a line, without bullets and numbering, empty lines left out."""
    lines = (re.sub(r"^\s*(?:[-•·*]|\d{1,2}[.、．)）])\s*", "", line) for line in text.splitlines())
    return [line.strip() for line in lines if line.strip()]


def _outcome_is(*outcomes: Outcome) -> Callable[[Flow], bool]:
    return lambda flow: flow.answers.get("outcome") in outcomes


def _proof_asked(flow: Flow) -> bool:
    return _outcome_is(Outcome.DONE)(flow) and not flow.files


def _proof_missing(flow: Flow) -> bool:
    return _proof_asked(flow) and flow.proof_expected and flow.answers.get("proof") == NO


def _warn_of_phone(flow: Flow) -> bool:
    return has_phone(flow.answers.get("text", ""))


def _relayed_with_phone(flow: Flow) -> bool:
    return flow.answers.get("as") == Action.ASK and _warn_of_phone(flow)


_WHY = Step("reason", "words")
_SURE = Step("sure", "pick")
STEPS: Mapping[Action, tuple[Step, ...]] = {
    Action.CLASSIFY: (Step("category", "category"),),
    Action.ASSIGN: (Step("staff", "pick"),),
    Action.ASK: (Step("text", "words"), Step("phone", "pick", _warn_of_phone)),
    Action.TRANSFER: (Step("staff", "pick"), _WHY),
    Action.CALL_HELP: (Step("target", "pick"), _WHY),
    Action.ESCALATE: (_WHY,),
    Action.REFUSE: (_WHY, Step("responsible", "words")),
    Action.FORWARD: (Step("department", "pick"), Step("note", "words")),
    Action.OUTSIDE_ANSWER: (Step("text", "words"), Step("settled", "pick")),
    Action.RESOLVE: (
        Step("outcome", "pick"),
        Step("into", "number", _outcome_is(Outcome.DUPLICATE)),
        Step("note", "words", lambda flow: not _outcome_is(Outcome.DUPLICATE)(flow)),
        Step("sure", "pick", _outcome_is(Outcome.DUPLICATE)),
        Step("proof", "proof", _proof_asked),
        Step(
            "why_no_proof", "words", lambda f: f.proof_expected and f.answers.get("proof") == "no"
        ),
    ),
    Action.SPLIT: (Step("parts", "parts"), _SURE),
    Action.MERGE: (Step("into", "number"), _SURE),
    Action.NOTE: (Step("text", "words"),),
    Action.CLOSE: (Step("outcome", "pick"), _WHY),
    Action.ADD: (Step("as", "pick"), Step("phone", "pick", _relayed_with_phone)),
}
"""What each action asks. Actions without a row are done at the press of their button.

ADD stands for words that a worker sent as a reply to a message about a ticket: whether they go to
the resident or stay a note has to be asked.
"""
FREQUENT: Mapping[tuple[Action, str], int] = {
    (Action.TRANSFER, "reason"): 3,
    (Action.CALL_HELP, "reason"): 3,
    (Action.ESCALATE, "reason"): 4,
    (Action.REFUSE, "reason"): 3,
    (Action.CLOSE, "reason"): 2,
    (Action.FORWARD, "note"): 2,
    (Action.RESOLVE, "note"): 3,
    (Action.RESOLVE, "why_no_proof"): 3,
}
"""How many frequent answers are offered as buttons beside typing (labels `often_…`)."""


def often_label(flow: Flow, step: Step, index: int) -> str:
    """Name of the label of a frequent answer; notes of a resolution depend on the outcome."""
    of_outcome = (flow.action, step.name) == (Action.RESOLVE, "note")
    kind = flow.answers["outcome"] if of_outcome else flow.action.value
    return f"staff.often_{kind}_{step.name}_{index}"


def needed_steps(flow: Flow) -> list[Step]:
    """The questions of this flow, as far as its answers tell."""
    return [step for step in STEPS.get(flow.action, ()) if step.needed(flow)]


def next_step(flow: Flow) -> Step | None:
    """The first question without an answer; None when the action can be done."""
    return next((step for step in needed_steps(flow) if step.name not in flow.answers), None)


def is_first(flow: Flow, step: Step) -> bool:
    """Whether there is no answer before this question to go back to."""
    return not any(before.name in flow.answers for before in _before(flow, step))


def _before(flow: Flow, step: Step) -> list[Step]:
    steps = needed_steps(flow)
    names = [s.name for s in steps]
    return steps[: names.index(step.name)] if step.name in names else steps


def step_back(flow: Flow) -> bool:
    """Take back the last answer, to be asked again. False when there was none."""
    step = next_step(flow)
    before = _before(flow, step) if step else needed_steps(flow)
    answered = [s for s in before if s.name in flow.answers]
    if not answered:
        return False
    del flow.answers[answered[-1].name]
    return True


def keep_words(flow: Flow, text: str) -> bool:
    """Keep words typed where a button was asked for, as the answer of the next open question.

    False when no later question takes words.
    """
    for step in needed_steps(flow):
        if step.kind == "words" and step.name not in flow.answers:
            flow.answers[step.name] = text
            return True
    return False


def typed_words(flow: Flow) -> str:
    """Everything the person typed so far, to be given back when the action is cancelled."""
    steps = STEPS.get(flow.action, ())
    kept = [
        flow.answers[s.name]
        for s in steps
        if s.kind in ("words", "parts") and s.name in flow.answers
    ]
    if flow.action is Action.ADD:
        kept.append(flow.answers.get("text", ""))
    return "\n".join(part for part in [*kept, flow.pending or ""] if part)


def is_stale(flow: Flow, now: datetime) -> bool:
    """Whether the question was asked too long ago to take any next words for its answer."""
    return now - flow.asked_at > STALE_AFTER
