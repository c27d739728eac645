"""Buttons of those who run a deliberation. Callback data carries ids and short codes only."""

from __future__ import annotations

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from handlers.keyboards.deliberation import view_button
from handlers.keyboards.layout import Row, button, rows
from handlers.texts import Texts


class OAct(CallbackData, prefix="oa"):
    """Something that is done: `op` is its name in `handlers.deliberation.staff.acts`.

    `i` is the id of what it is done to, `v` a short code such as yes, no or a page.
    """

    op: str
    d: int
    i: int = 0
    v: str = ""


class OCall(CallbackData, prefix="oc"):
    """Open a call for opinions."""


def call_button(t: Texts) -> InlineKeyboardButton:
    """For the list of deliberations, of those who may open a call."""
    return button(t.label("council.call"), OCall())


def act_button(
    t: Texts, op: str, d: int, i: int = 0, v: str = "", *, label: str | None = None, **words: object
) -> InlineKeyboardButton:
    """A button that does something; its words are label `council.<label or op>`."""
    return button(t.label(f"council.{label or op}", **words), OAct(op=op, d=d, i=i, v=v))


def screen(t: Texts, d: int, *lines: Row) -> InlineKeyboardMarkup:
    """A screen's buttons, and below them the way back to the card."""
    return rows(*lines, [view_button(t, d, "card")])
