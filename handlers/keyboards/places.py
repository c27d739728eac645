"""Buttons for finding a doorway."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
)

from handlers.keyboards.layout import button, in_rows, rows
from handlers.keyboards.resident import RPlace
from handlers.texts import Texts


def _op(t: Texts, op: str) -> InlineKeyboardButton:
    return button(t.label(f"resident.place_{op}"), RPlace(op=op))


def _ways_out(t: Texts) -> list[InlineKeyboardButton]:
    return [_op(t, "back"), _op(t, "cancel")]


def ask(t: Texts, *, as_typed: bool = False) -> InlineKeyboardMarkup:
    """Pick from the list, send a location, or (for a matter) leave the words as they are."""
    return rows(
        [_op(t, "pick")],
        [_op(t, "loc")],
        [_op(t, "asis")] if as_typed else [],
        _ways_out(t),
    )


def home(t: Texts, address: str) -> InlineKeyboardMarkup:
    """At home, or elsewhere."""
    return rows(
        [button(t.label("resident.place_home", address=address), RPlace(op="home"))],
        [_op(t, "else")],
        _ways_out(t),
    )


def grids(t: Texts, options: Sequence[tuple[str, str]], *, stop_here: bool) -> InlineKeyboardMarkup:
    """Grids as (code, name); `stop_here` offers not to go further down."""
    return rows(
        *in_rows((button(name, RPlace(op="grid", value=code)) for code, name in options), 2),
        [_op(t, "here")] if stop_here else [],
        _ways_out(t),
    )


def options(t: Texts, names: Sequence[str]) -> InlineKeyboardMarkup:
    """The places that the words could mean."""
    return rows(
        *([button(name, RPlace(op="opt", value=str(i)))] for i, name in enumerate(names)),
        [_op(t, "else")],
        _ways_out(t),
    )


def confirm(t: Texts) -> InlineKeyboardMarkup:
    """Whether the place is the one that was meant."""
    return rows([_op(t, "yes")], [_op(t, "no")], _ways_out(t))


def parts(t: Texts, names: Sequence[str]) -> InlineKeyboardMarkup:
    """Buildings or units to pick from, by position; none for a room."""
    return rows(
        *in_rows(
            (button(name, RPlace(op="part", value=str(i))) for i, name in enumerate(names)), 3
        ),
        [_op(t, "skip")],
        _ways_out(t),
    )


def poster(t: Texts, code: str) -> InlineKeyboardMarkup:
    """Move the doorway on record to the poster's courtyard, or not."""
    return rows(
        [button(t.label("resident.poster_move"), RPlace(op="move", value=code))],
        [_op(t, "stay")],
    )


def share_location(t: Texts) -> ReplyKeyboardMarkup:
    """A button of the chat app that sends where the phone is."""
    return ReplyKeyboardMarkup(
        keyboard=[
            [KeyboardButton(text=t.label("resident.send_location"), request_location=True)],
            [KeyboardButton(text=t.label("resident.cancel"))],
        ],
        resize_keyboard=True,
        one_time_keyboard=True,
    )
