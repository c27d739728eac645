"""How buttons are laid out: one way for all keyboards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

LABEL_LIMIT = 60
"""Characters on a button; more would be cut by the app in the middle of a word."""

Row = Sequence[InlineKeyboardButton]


def button(text: str, data: CallbackData) -> InlineKeyboardButton:
    """One button; a text too long is cut with an ellipsis."""
    shown = text if len(text) <= LABEL_LIMIT else text[: LABEL_LIMIT - 1] + "…"
    return InlineKeyboardButton(text=shown, callback_data=data.pack())


def rows(*lines: Row) -> InlineKeyboardMarkup:
    """A keyboard of these rows; empty ones are left out."""
    return InlineKeyboardMarkup(inline_keyboard=[list(line) for line in lines if line])


def in_rows(
    buttons: Iterable[InlineKeyboardButton], width: int
) -> list[list[InlineKeyboardButton]]:
    """Buttons in rows of `width`."""
    flat = list(buttons)
    return [flat[start : start + width] for start in range(0, len(flat), width)]
