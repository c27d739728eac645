"""Buttons of a ballot and of proxies. Callback data carries ids and keys of options only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from handlers.keyboards.discuss import back
from handlers.keyboards.layout import button, in_rows, rows
from handlers.texts import Texts

SCORES = range(6)
"""Points that an option may get in a score ballot."""


class TBallot(CallbackData, prefix="tb"):
    """A move in a ballot: see `handlers.deliberation.resident.filling`.

    `k` is the key of an option, `p` the account of who is voted for (0: oneself).
    """

    op: str
    id: int
    k: str = ""
    v: int = 0
    p: int = 0


class TProxy(CallbackData, prefix="tx"):
    """Give, take or revoke the right to vote for somebody."""

    op: str
    d: int


def approval(
    t: Texts, ballot: int, options: Mapping[str, str], chosen: Sequence[str], p: int
) -> InlineKeyboardMarkup:
    """Each option (key to title) is ticked or not by a tap."""
    return rows(
        *(
            [
                button(
                    t.label(
                        f"discuss.{'picked' if key in chosen else 'unpicked'}",
                        letter=_letter(key),
                        title=title,
                    ),
                    TBallot(op="toggle", id=ballot, k=key, p=p),
                )
            ]
            for key, title in options.items()
        ),
        [button(t.label("discuss.review"), TBallot(op="review", id=ballot, p=p))] if chosen else [],
        [button(t.label("discuss.later"), TBallot(op="later", id=ballot, p=p))],
    )


def ranked(
    t: Texts, ballot: int, options: Mapping[str, str], rank: Sequence[str], p: int
) -> InlineKeyboardMarkup:
    """Those not placed yet, to be tapped in the order of liking; undo."""
    left = [key for key in options if key not in rank]
    return rows(
        *(
            [
                button(
                    t.label("discuss.unpicked", letter=_letter(key), title=options[key]),
                    TBallot(op="place", id=ballot, k=key, p=p),
                )
            ]
            for key in left
        ),
        [button(t.label("discuss.undo"), TBallot(op="undo", id=ballot, p=p))] if rank else [],
        [button(t.label("discuss.review"), TBallot(op="review", id=ballot, p=p))] if rank else [],
        [button(t.label("discuss.later"), TBallot(op="later", id=ballot, p=p))],
    )


def scores(t: Texts, ballot: int, key: str, p: int, *, first: bool) -> InlineKeyboardMarkup:
    """Points for one option."""
    points = [
        button(t.label("discuss.score", score=n), TBallot(op="score", id=ballot, k=key, v=n, p=p))
        for n in SCORES
    ]
    return rows(
        *in_rows(points, 3),
        [] if first else [button(t.label("discuss.undo"), TBallot(op="undo", id=ballot, p=p))],
        [button(t.label("discuss.later"), TBallot(op="later", id=ballot, p=p))],
    )


def confirm_vote(t: Texts, ballot: int, p: int) -> InlineKeyboardMarkup:
    """The last question before a vote is cast."""
    return rows(
        [button(t.label("discuss.cast"), TBallot(op="cast", id=ballot, p=p))],
        [button(t.label("discuss.change"), TBallot(op="change", id=ballot, p=p))],
        [button(t.label("discuss.later"), TBallot(op="later", id=ballot, p=p))],
    )


def for_whom(
    t: Texts, d: int, ballot: int, principals: Sequence[tuple[int, str]], *, mine: bool
) -> InlineKeyboardMarkup:
    """Whose vote is to be cast: one's own, or that of (account, name)."""
    own = [button(t.label("discuss.vote_mine"), TBallot(op="start", id=ballot))]
    return rows(
        own if mine else [],
        *(
            [
                button(
                    t.label("discuss.vote_for", name=name),
                    TBallot(op="start", id=ballot, p=account),
                )
            ]
            for account, name in principals
        ),
        back(t, d),
    )


def _letter(key: str) -> str:
    """What is shown before an option's title; the status quo has none of its own."""
    return "" if key == "0" else key


def proxy_moves(t: Texts, d: int, *, given: bool, may_give: bool) -> InlineKeyboardMarkup:
    """Give, take back, or use somebody's code."""
    return rows(
        [button(t.label("discuss.proxy_give"), TProxy(op="give", d=d))] if may_give else [],
        [button(t.label("discuss.proxy_revoke"), TProxy(op="revoke", d=d))] if given else [],
        [button(t.label("discuss.proxy_take"), TProxy(op="take", d=d))],
        back(t, d),
    )
