"""Buttons of the seven steps that more than one conversation uses."""

from __future__ import annotations

from collections.abc import Iterable

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from handlers.keyboards.layout import button, rows
from handlers.texts import Texts


class DView(CallbackData, prefix="dv"):
    """Show a screen of a deliberation: its name in `handlers.deliberation.views`.

    `i` is the id of what the screen is about (an opinion, an option …) or a page number. `n` is 1
    where the screen comes as a message of its own, below the one that was tapped.
    """

    d: int
    view: str
    i: int = 0
    n: int = 0


def view_button(t: Texts, deliberation: int, view: str, i: int = 0) -> InlineKeyboardButton:
    """A button that opens a screen; its words are label `discuss.view_<view>`."""
    return button(t.label(f"discuss.view_{view}"), DView(d=deliberation, view=view, i=i))


def view_buttons(
    t: Texts, deliberation: int, views: Iterable[str], i: int = 0
) -> InlineKeyboardMarkup:
    """One row for each screen, under a message that stays as it is: a notice, a live summary."""
    return rows(
        *(
            [button(t.label(f"discuss.view_{view}"), DView(d=deliberation, view=view, i=i, n=1))]
            for view in views
        )
    )
