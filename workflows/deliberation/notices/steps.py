"""Notices of proposals, collection and confirmation, and of every step's beginning.

Besides `deliberation` and their `extra`, those whose button opens one opinion or motion get
`subject_id`.
"""

from __future__ import annotations

from workflows.notice_spec import NoticeSpec


def _neighbour(*extra: str, views: tuple[str, ...] = ("card",)) -> NoticeSpec:
    return NoticeSpec("none", "neighbour", frozenset(extra), views=views)


def _staff(*extra: str, views: tuple[str, ...] = ("card",)) -> NoticeSpec:
    return NoticeSpec("none", "staff", frozenset(extra), views=views)


STEP_NOTICES: dict[str, NoticeSpec] = {
    # --- a step begins: to neighbours (`d_announce` is elsewhere), and to its posts
    "d_collect": _neighbour(views=("cards", "opine", "card")),
    "d_confirm": _neighbour("opinions", "voices", "votes", views=("picture", "card")),
    "d_draft": _neighbour("topics", views=("topics", "card")),
    "d_consult": _neighbour(views=("meeting", "card")),
    "d_apply": _neighbour(views=("card",)),
    "d_report": _neighbour("objections_until", views=("report", "rate", "object")),
    "d_step": _staff("step", "due_at"),
    # --- a step takes too long
    "d_step_reminder": _staff("step", "due_at"),
    "d_step_missed": _staff("step", "due_at"),
    # --- before and after the seven steps
    "d_proposed": _staff(),
    "d_lapsed": _staff(),
    "d_withdrawn": _staff(),
    "d_referred": _staff("opinions"),
    # --- moderation
    "d_opinion_hidden": _neighbour("opinion", "reason", "at_door", views=("my_opinions",)),
    "d_opinion_shown": _neighbour("opinion", "reason", "at_door", views=("my_opinions",)),
    "d_appeal": _staff("opinion", "reason", "words", views=("moderate",)),
    "d_appeal_decided": _neighbour("opinion", "uphold", "reason", views=("my_opinions",)),
    # --- the council's vote
    "d_motion": _staff("kind", "reason", "topics", "closes_at", views=("motion_vote", "card")),
    "d_motion_closed": _staff("kind", "state", "count"),
    "d_recused": _staff("reason"),
}
