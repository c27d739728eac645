"""Buttons of a resident's own tickets: the list, the card, rating, waiting for words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiogram.types import InlineKeyboardMarkup

from handlers.keyboards.layout import button, in_rows, rows
from handlers.keyboards.resident import RMine, RRate, RTicket
from handlers.texts import Texts
from models.lifecycle import Action

_CARD = (
    (Action.ANSWER, "answer"),
    (Action.ADD, "add"),
    (Action.URGE, "urge"),
    (Action.RATE, "rate"),
    (Action.REOPEN, "reopen"),
    (Action.WITHDRAW, "withdraw"),
)


def ticket_card(
    t: Texts, ticket_id: int, version: int, actions: Iterable[Action], *, rated: bool = False
) -> InlineKeyboardMarkup:
    """What the reporter may do to a ticket as it stands, and the way back to /my."""
    possible = set(actions)
    if rated:
        possible.discard(Action.RATE)
    offered = [
        button(t.label(f"resident.{op}"), RTicket(op=op, id=ticket_id, v=version))
        for action, op in _CARD
        if action in possible
    ]
    return rows(*in_rows(offered, 2), [button(t.label("resident.my"), RMine(page=0))])


def follow_card(
    t: Texts, ticket_id: int, version: int, *, following: bool = True
) -> InlineKeyboardMarkup:
    """What a neighbour may do: look, and follow or no longer."""
    op = "unfollow" if following else "follow"
    return rows(
        [button(t.label("resident.open"), RTicket(op="open", id=ticket_id, v=version))],
        [button(t.label(f"resident.{op}"), RTicket(op=op, id=ticket_id, v=version))],
        [button(t.label("resident.my"), RMine(page=0))],
    )


def open_card(t: Texts, ticket_id: int, version: int) -> InlineKeyboardMarkup:
    """One button that opens the card."""
    return rows([button(t.label("resident.open"), RTicket(op="open", id=ticket_id, v=version))])


def submitted(t: Texts, ticket_id: int, version: int, *, remember: bool) -> InlineKeyboardMarkup:
    """Open the card; `remember` offers to keep the place as the person's doorway."""
    home = button(t.label("resident.remember_home"), RTicket(op="home", id=ticket_id, v=version))
    return rows(
        [button(t.label("resident.open"), RTicket(op="open", id=ticket_id, v=version))],
        [home] if remember else [],
    )


def answer(t: Texts, ticket_id: int, version: int) -> InlineKeyboardMarkup:
    """Answer the worker's question, or look at the card first."""
    return rows(
        [button(t.label("resident.answer"), RTicket(op="answer", id=ticket_id, v=version))],
        [button(t.label("resident.open"), RTicket(op="open", id=ticket_id, v=version))],
    )


def rate(t: Texts, ticket_id: int, version: int, *, reopen: bool = True) -> InlineKeyboardMarkup:
    """One to five stars, or "not fixed"."""
    stars = [
        button(t.label("resident.stars", stars=n), RRate(id=ticket_id, stars=n))
        for n in range(1, 6)
    ]
    not_fixed = [button(t.label("resident.reopen"), RTicket(op="reopen", id=ticket_id, v=version))]
    return rows(stars[4:], stars[2:4], stars[:2], not_fixed if reopen else [])


def confirm_withdraw(t: Texts, ticket_id: int, version: int) -> InlineKeyboardMarkup:
    """The question before a withdrawal."""
    return rows(
        [
            button(
                t.label("resident.withdraw_yes"),
                RTicket(op="withdraw_yes", id=ticket_id, v=version),
            )
        ],
        [button(t.label("resident.keep_ticket"), RTicket(op="open", id=ticket_id, v=version))],
    )


def stop_typing(t: Texts, ticket_id: int, version: int) -> InlineKeyboardMarkup:
    """Leave a step that waits for words."""
    return rows([button(t.label("resident.cancel"), RTicket(op="stop", id=ticket_id, v=version))])


def comment(t: Texts, ticket_id: int, version: int, *, reopen: bool) -> InlineKeyboardMarkup:
    """No comment, or, for an unhappy one, not fixed."""
    again = button(t.label("resident.reopen"), RTicket(op="reopen", id=ticket_id, v=version))
    return rows(
        [button(t.label("resident.no_comment"), RTicket(op="stop", id=ticket_id, v=version))],
        [again] if reopen else [],
    )


def after_close(t: Texts, ticket_id: int, version: int, *, reopen: bool) -> InlineKeyboardMarkup:
    """Words came for a closed ticket: open it again, or take them for a new matter."""
    again = button(t.label("resident.reopen"), RTicket(op="reopen", id=ticket_id, v=version))
    return rows(
        [again] if reopen else [],
        [button(t.label("resident.new_matter"), RTicket(op="new", id=ticket_id, v=version))],
        [button(t.label("resident.open"), RTicket(op="open", id=ticket_id, v=version))],
    )


def my_list(
    t: Texts, tickets: Sequence[tuple[int, int, str]], page: int, pages: int
) -> InlineKeyboardMarkup:
    """Tickets as (id, version, label), and the pages around this one."""
    turns = []
    if page > 0:
        turns.append(button(t.label("resident.newer"), RMine(page=page - 1)))
    if page + 1 < pages:
        turns.append(button(t.label("resident.older"), RMine(page=page + 1)))
    return rows(
        *([button(label, RTicket(op="open", id=i, v=v))] for i, v, label in tickets),
        turns,
    )
