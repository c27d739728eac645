"""Buttons of a form: the answers on offer, and the ways on, back and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from handlers.keyboards.layout import button, in_rows, rows
from handlers.texts import Texts

PAGE = 10
"""Answers on one page."""
NONE: Mapping[int, int] = MappingProxyType({})


class FForm(CallbackData, prefix="ff"):
    """A move in the open form: see `handlers.forms.router`.

    `n` is the number of the question when it was drawn; `i` the position of an answer, of a
    question, or a page.
    """

    n: int
    op: str
    i: int = 0


def question(
    t: Texts,
    n: int,
    labels: Sequence[tuple[int, str]],
    *,
    ops: Sequence[str],
    width: int = 1,
    ticked: Mapping[int, int] = NONE,
    page: int = 0,
) -> InlineKeyboardMarkup:
    """Answers as (position, words) and the moves that are possible.

    `ticked` are positions of chosen answers, each with its place in the order, or 0 without one.
    """
    shown = labels[page * PAGE : (page + 1) * PAGE]
    answers = [
        button(
            t.label("forms.ticked", label=label, place=ticked[i]) if i in ticked else label,
            FForm(n=n, op="pick", i=i),
        )
        for i, label in shown
    ]
    turns = []
    if page > 0:
        turns.append(button(t.label("forms.earlier"), FForm(n=n, op="page", i=page - 1)))
    if len(labels) > (page + 1) * PAGE:
        turns.append(button(t.label("forms.more"), FForm(n=n, op="page", i=page + 1)))
    return rows(*in_rows(answers, width), turns, *_moves(t, n, ops))


def _moves(t: Texts, n: int, ops: Sequence[str]) -> list[list[InlineKeyboardButton]]:
    """The way on has a row of its own; back and cancel share the last one."""
    on = [[_op(t, n, op)] for op in ops if op not in ("back", "cancel")]
    return [*on, [_op(t, n, op) for op in ops if op in ("back", "cancel")]]


def _op(t: Texts, n: int, op: str) -> InlineKeyboardButton:
    return button(t.label(f"forms.{op}"), FForm(n=n, op=op))


def preview(t: Texts, n: int) -> InlineKeyboardMarkup:
    """Confirm, change something, or cancel."""
    return rows([_op(t, n, "confirm")], [_op(t, n, "edit"), _op(t, n, "cancel")])


def corrections(t: Texts, n: int, answers: Sequence[tuple[int, str]]) -> InlineKeyboardMarkup:
    """Which answer is to be changed."""
    return rows(
        *([button(label, FForm(n=n, op="fix", i=i))] for i, label in answers),
        [_op(t, n, "review"), _op(t, n, "cancel")],
    )
