"""What somebody typed, read as the answer to the question on show."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from handlers.forms.amounts import parse_money, parse_number
from handlers.forms.model import Field
from handlers.forms.moments import parse_date, parse_moment
from handlers.forms.store import Offered, Sheet
from handlers.turn import Turn
from handlers.words import choice_of, means, number_of, says_nothing
from models.worktime import BEIJING

_BETWEEN = re.compile(r"[\s,，、;；和]+")


@dataclass(frozen=True)
class Answer:
    """What is kept, and how it reads."""

    value: Any
    said: str


@dataclass(frozen=True)
class Hint:
    """It does not fit: the template that says why, with what that needs."""

    template: str
    context: dict[str, Any]


def _hint(name: str, **context: Any) -> Hint:
    return Hint(f"forms/hint_{name}", context)


def read(turn: Turn, sheet: Sheet, field: Field, text: str) -> Answer | Hint:
    """The typed words as an answer; for `choices` one that replaces what was ticked."""
    if says_nothing(text):
        return Hint("bad_input/only_marks", {})
    offered = _offered(sheet, field, text)
    if offered is not None:
        return given(turn, field, offered)
    reader = _READERS.get(field.kind)
    return _hint("pick") if reader is None else reader(turn, sheet, field, text)


def _text(turn: Turn, sheet: Sheet, field: Field, text: str) -> Answer | Hint:
    if len(text) > field.max_length:
        return _hint("too_long", limit=field.max_length, length=len(text))
    return Answer(text, text)


def _offered(sheet: Sheet, field: Field, text: str) -> Offered | None:
    """The one answer on offer that the words pick. A bare figure is a figure where one is asked."""
    if field.kind in ("choices", "yes_no", "files") or not sheet.offered:
        return None
    labels = [option.label for option in sheet.offered]
    if field.kind == "choice":
        if len(labels) == 1 and means("yes", text):
            return sheet.offered[0]
        index = choice_of(text, labels)
    elif field.kind in ("number", "money"):
        index = labels.index(text) if text in labels else None
    elif (number := number_of(text)) is not None and number <= len(labels):
        index = number - 1
    else:
        index = labels.index(text) if text in labels else None
    return None if index is None else sheet.offered[index]


def given(turn: Turn, field: Field, option: Offered) -> Answer | Hint:
    """An answer that was on offer, in the form in which its kind is kept."""
    match field.kind:
        case "number":
            return Answer(int(option.value), option.label)
        case "money":
            return _money(turn, int(option.value))
        case "moment":
            at = datetime.fromisoformat(option.value)
            return _hint("past") if at <= turn.work.now else Answer(option.value, option.label)
        case "yes_no":
            return Answer(option.value == "yes", option.label)
    return Answer(option.value, option.label)


def _number(turn: Turn, sheet: Sheet, field: Field, text: str) -> Answer | Hint:
    number = parse_number(text)
    return _hint("number") if number is None else Answer(number, str(number))


def _sum(turn: Turn, sheet: Sheet, field: Field, text: str) -> Answer | Hint:
    fen = 0 if means("free", text) else parse_money(text)
    return _hint("money") if fen is None else _money(turn, fen)


def _money(turn: Turn, fen: int) -> Answer:
    return Answer(fen, turn.t.label("forms.money", fen=fen))


def _day(turn: Turn, sheet: Sheet, field: Field, text: str) -> Answer | Hint:
    """A day that is not over."""
    now = turn.work.now
    day = parse_date(text, now)
    if day is None:
        return _hint("date")
    if day < now.astimezone(BEIJING).date():
        return _hint("past")
    noon = datetime.combine(day, time(12), tzinfo=BEIJING)
    return Answer(day.isoformat(), turn.t.label("forms.date", at=noon))


def _moment(turn: Turn, sheet: Sheet, field: Field, text: str) -> Answer | Hint:
    """A moment that is still to come."""
    now = turn.work.now
    at = parse_moment(text, now)
    if at is None:
        return _hint("hour" if parse_date(text, now) is not None else "moment")
    if at <= now:
        return _hint("past")
    return Answer(at.astimezone(UTC).isoformat(), turn.t.label("forms.moment", at=at))


def _several(turn: Turn, sheet: Sheet, field: Field, text: str) -> Answer | Hint:
    labels = [option.label for option in sheet.offered]
    whole = choice_of(text, labels)
    parts = [text] if whole is not None else [part for part in _BETWEEN.split(text) if part]
    found = [choice_of(part, labels) for part in parts]
    picked = [sheet.offered[index] for index in dict.fromkeys(found) if index is not None]
    if not picked or None in found:
        return _hint("pick")
    return several(picked)


def several(picked: list[Offered]) -> Answer:
    """Several answers together."""
    return Answer([o.value for o in picked], "、".join(o.label for o in picked))


def _yes_or_no(turn: Turn, sheet: Sheet, field: Field, text: str) -> Answer | Hint:
    labels = [turn.t.label("forms.yes"), turn.t.label("forms.no")]
    index = choice_of(text, labels)
    if means("yes", text):
        index = 0
    elif means("no", text):
        index = 1
    return _hint("pick") if index is None else Answer(index == 0, labels[index])


_READERS: dict[str, Callable[[Turn, Sheet, Field, str], Answer | Hint]] = {
    "text": _text,
    "number": _number,
    "money": _sum,
    "moment": _moment,
    "date": _day,
    "choices": _several,
    "yes_no": _yes_or_no,
}
