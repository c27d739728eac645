"""Buttons of residents. Callback data carries ids, codes and versions only, at most 50 bytes.

`n` is the serial of the request being filled in: a button of an older one is recognised by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from handlers.keyboards.layout import button, in_rows, rows
from handlers.texts import Texts


class RConsent(CallbackData, prefix="rc"):
    """Agree, or not, to what is kept."""

    yes: bool


class RLocale(CallbackData, prefix="rl"):
    """A language, by its code with `-`."""

    locale: str


class RHelp(CallbackData, prefix="rh"):
    """A shortcut: matter, discuss, address, language, privacy, export, forget, forget_yes,
    close."""

    op: str


class RStep(CallbackData, prefix="ri"):
    """A move in the request: see `handlers.intake.taps`."""

    n: int
    op: str


class RPick(CallbackData, prefix="rk"):
    """A category (`facility.lighting`) or a group of categories (`facility`)."""

    n: int
    code: str


class RAnswer(CallbackData, prefix="ra"):
    """The `choice`-th answer to question `q`."""

    n: int
    q: str
    choice: int


class RJoin(CallbackData, prefix="rj"):
    """Follow a neighbour's ticket instead of opening one's own."""

    n: int
    ticket: int


class RPlace(CallbackData, prefix="rp"):
    """A move in finding a doorway: `op` with a grid code or the position of an option."""

    op: str
    value: str = ""


class REmergency(CallbackData, prefix="re"):
    """After an emergency was answered: where, or false."""

    op: str
    ticket: int


class RMine(CallbackData, prefix="rm"):
    """A page of /my, counted from 0."""

    page: int


class RTicket(CallbackData, prefix="rt"):
    """Something done to a ticket: see `handlers.my`. `v` is the ticket's version when drawn."""

    op: str
    id: int
    v: int


class RRate(CallbackData, prefix="rr"):
    """Stars for a ticket."""

    id: int
    stars: int


def consent(t: Texts) -> InlineKeyboardMarkup:
    """Agree or not, and the long text."""
    return rows(
        [button(t.label("resident.agree"), RConsent(yes=True))],
        [button(t.label("resident.disagree"), RConsent(yes=False))],
        [button(t.label("resident.privacy"), RHelp(op="privacy"))],
    )


def languages(t: Texts) -> InlineKeyboardMarkup:
    """Each language by its own name."""
    return rows(
        [button(t.label("resident.chinese"), RLocale(locale="zh-CN"))],
        [button(t.label("resident.english"), RLocale(locale="en"))],
    )


def shortcuts(t: Texts) -> InlineKeyboardMarkup:
    """What one can do, for those who would rather tap."""
    return rows(
        [button(t.label("resident.pick_matter"), RHelp(op="matter"))],
        [button(t.label("resident.my"), RMine(page=0))],
        [button(t.label("resident.discuss"), RHelp(op="discuss"))],
        [
            button(t.label("resident.address"), RHelp(op="address")),
            button(t.label("resident.language"), RHelp(op="language")),
        ],
    )


def privacy(t: Texts) -> InlineKeyboardMarkup:
    """Take home, or have forgotten, what we hold."""
    return rows(
        [button(t.label("resident.export"), RHelp(op="export"))],
        [button(t.label("resident.forget"), RHelp(op="forget"))],
    )


def forget(t: Texts) -> InlineKeyboardMarkup:
    """The last question before forgetting."""
    return rows(
        [button(t.label("resident.forget_yes"), RHelp(op="forget_yes"))],
        [button(t.label("resident.keep"), RHelp(op="close"))],
    )


def step_buttons(t: Texts, n: int, *ops: str) -> list[InlineKeyboardButton]:
    """Buttons named after their moves: `back` is labelled `resident.step_back`."""
    return [button(t.label(f"resident.step_{op}"), RStep(n=n, op=op)) for op in ops]


def no_words(t: Texts, n: int) -> InlineKeyboardMarkup:
    """A photo or voice note came alone: pick what it is about, or let staff listen first."""
    return rows(
        step_buttons(t, n, "insist"), step_buttons(t, n, "desk"), step_buttons(t, n, "cancel")
    )


def insist(t: Texts, n: int) -> InlineKeyboardMarkup:
    """It is a matter after all, or it was only chat."""
    return rows(step_buttons(t, n, "insist"), step_buttons(t, n, "cancel"))


def only_back(t: Texts, n: int) -> InlineKeyboardMarkup:
    """Back, or cancel."""
    return rows(step_buttons(t, n, "back", "cancel"))


def categories(t: Texts, n: int, options: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """The proposed categories (code, label), the best first, and the ways out."""
    first = [
        [button(t.label("resident.best", label=label) if i == 0 else label, RPick(n=n, code=code))]
        for i, (code, label) in enumerate(options)
    ]
    return rows(
        *first,
        step_buttons(t, n, "other"),
        step_buttons(t, n, "desk"),
        step_buttons(t, n, "cancel"),
    )


def groups(t: Texts, n: int, options: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """All groups of the catalogue, two in a row."""
    return rows(
        *in_rows((button(label, RPick(n=n, code=code)) for code, label in options), 2),
        step_buttons(t, n, "desk"),
        step_buttons(t, n, "ungroup", "cancel"),
    )


def category_list(t: Texts, n: int, options: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """The categories of one group."""
    return rows(
        *([button(label, RPick(n=n, code=code))] for code, label in options),
        step_buttons(t, n, "other", "cancel"),
    )


def question(
    t: Texts, n: int, code: str, choices: Sequence[str], *, skippable: bool
) -> InlineKeyboardMarkup:
    """The answers that are offered, and the ways out."""
    return rows(
        *([button(label, RAnswer(n=n, q=code, choice=i))] for i, label in enumerate(choices)),
        step_buttons(t, n, "skip") if skippable else [],
        step_buttons(t, n, "back", "cancel"),
    )


def summary(t: Texts, n: int, *, details: bool, another: bool) -> InlineKeyboardMarkup:
    """Confirm, correct any line, add a photo, cancel; `another` for words that came at the end."""
    corrections = ["fix_category", "fix_place", "fix_text"]
    if details:
        corrections.append("fix_details")
    return rows(
        step_buttons(t, n, "confirm"),
        step_buttons(t, n, "another") if another else [],
        *in_rows(step_buttons(t, n, *corrections), 2),
        step_buttons(t, n, "photo", "cancel"),
    )


def corrections(t: Texts, n: int) -> InlineKeyboardMarkup:
    """Which line of the summary to correct."""
    return rows(
        *in_rows(step_buttons(t, n, "fix_category", "fix_place", "fix_text", "photo"), 2),
        step_buttons(t, n, "cancel"),
    )


def similar(t: Texts, n: int, tickets: Sequence[tuple[int, int]]) -> InlineKeyboardMarkup:
    """Join one of the tickets (id, number), or go on with one's own."""
    return rows(
        *(
            [button(t.label("resident.join", number=number), RJoin(n=n, ticket=ticket_id))]
            for ticket_id, number in tickets
        ),
        step_buttons(t, n, "different"),
        step_buttons(t, n, "cancel"),
    )


def split(t: Texts, n: int) -> InlineKeyboardMarkup:
    """Several matters in one sentence: one by one, or as one."""
    return rows(
        step_buttons(t, n, "each"), step_buttons(t, n, "whole"), step_buttons(t, n, "cancel")
    )


def pending(t: Texts, n: int) -> InlineKeyboardMarkup:
    """Go on with a half-filled request, or give it up."""
    return rows(step_buttons(t, n, "resume"), step_buttons(t, n, "drop"))


def emergency(t: Texts, ticket_id: int) -> InlineKeyboardMarkup:
    """Say where it is, or that it is none."""
    return rows(
        [button(t.label("resident.emergency_where"), REmergency(op="where", ticket=ticket_id))],
        [button(t.label("resident.emergency_false"), REmergency(op="false", ticket=ticket_id))],
    )
