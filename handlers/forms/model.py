"""What a form is: its fields, in the order they are asked, and what happens with the answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from handlers.turn import Turn

Values = dict[str, Any]
"""Answers by the name of their field, as JSON: files as dumps of `DraftFile`, moments in ISO 8601
(UTC), dates in ISO 8601, money in whole fen (1/100 yuan). A skipped field is None, or an empty
list where several answers are possible."""

Kind = Literal["text", "number", "money", "moment", "date", "choice", "choices", "yes_no", "files"]


@dataclass(frozen=True)
class Option:
    """One answer on a button: what is kept, and what is read."""

    value: str
    label: str


Options = Callable[[Turn, Values], Awaitable[Sequence[Option]]]


def _always(values: Values) -> bool:
    return True


@dataclass(frozen=True)
class Field:
    """One question.

    `options` are the answers of `choice` and `choices`, and suggestions for all other kinds
    (for a moment its ISO form, for a number or money its digits). `check` raises a DomainError,
    which is said before the question is asked again. `when` tells from the answers so far whether
    the question comes up at all. `title` is the label under which it is offered for correction;
    without one the answer itself is shown. `ordered`: of `choices` the order of ticking counts.
    """

    name: str
    ask: str
    kind: Kind
    options: Options | None = None
    required: bool = True
    max_length: int = 280
    width: int = 1
    check: Callable[[Turn, Values, Any], Awaitable[None]] | None = None
    when: Callable[[Values], bool] = _always
    context: Callable[[Turn, Values], Awaitable[dict[str, Any]]] | None = None
    title: str | None = None
    ordered: bool = False


@dataclass(frozen=True)
class Form:
    """Questions, and what is done with the answers.

    `preview` is a template shown with "confirm", "change" and "cancel" before `done`; it gets
    `values`, `said` (each answer in the reader's words) and what `context` gives. Without one
    `done` follows the last answer at once. `for_the_record`: the words describe plans or rules,
    so a danger named in them is not taken for one that is happening. `each_time` runs before
    anything is done with the form, say to have nothing of a secret choice kept.
    """

    name: str
    fields: tuple[Field, ...]
    done: Callable[[Turn, Values], Awaitable[None]]
    preview: str | None = None
    cancelled: Callable[[Turn, Values], Awaitable[None]] | None = None
    context: Callable[[Turn, Values], Awaitable[dict[str, Any]]] | None = None
    for_the_record: bool = False
    each_time: Callable[[Turn, Values], Awaitable[None]] | None = None

    def next_field(self, values: Values) -> Field | None:
        """The first question that comes up and has no answer yet; None when all have one."""
        return next((f for f in self.fields if f.name not in values and f.when(values)), None)

    def field(self, name: str) -> Field | None:
        """The question of that name."""
        return next((f for f in self.fields if f.name == name), None)


FORMS: dict[str, Form] = {}


def form(f: Form) -> Form:
    """Register a form. Raises ValueError when its name is taken, or a field's within it."""
    if f.name in FORMS:
        raise ValueError(f"form {f.name} is there already")
    if len({field.name for field in f.fields}) < len(f.fields):
        raise ValueError(f"form {f.name} has two fields of one name")
    FORMS[f.name] = f
    return f
