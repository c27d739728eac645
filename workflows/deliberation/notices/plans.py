"""Notices of drafting, applying and reporting, and of what became of contributions.

Besides `deliberation` and their `extra`, those whose button opens one part of a list get
`subject_id`.
"""

from __future__ import annotations

from workflows.notice_spec import NoticeSpec


def _staff(*extra: str, views: tuple[str, ...] = ("card",)) -> NoticeSpec:
    return NoticeSpec("none", "staff", frozenset(extra), views=views)


def _neighbour(*extra: str, views: tuple[str, ...] = ("card",)) -> NoticeSpec:
    return NoticeSpec("none", "neighbour", frozenset(extra), views=views)


_TASK = ("task", "owner", "number")

PLAN_NOTICES: dict[str, NoticeSpec] = {
    # --- step 3
    "d_author_invited": _staff("by", views=("options_edit",)),
    "d_option_ready": _staff("option", "by", views=("options_edit",)),
    "d_option_comment": _staff("option", "by", "text", views=("options_edit",)),
    "d_contractor_aside": _staff("option", "member"),
    "d_legality_asked": _staff("option", "by", views=("legality",)),
    "d_legality_answered": _staff("option", "check", "by", views=("options_edit",)),
    # --- step 6
    "d_task_given": _staff(*_TASK, "text", "by", views=("tasks_edit",)),
    "d_task_reminder": _staff(*_TASK, views=("tasks_edit",)),
    "d_task_overdue": _staff(*_TASK, views=("tasks_edit",)),
    "d_task_settled": _staff(*_TASK, "left", views=("tasks_edit",)),
    "d_task_open_again": _staff(*_TASK, views=("tasks_edit",)),
    "d_task_unexplained": _staff(*_TASK, views=("tasks_edit",)),
    # --- step 7
    "d_report_objection": _staff("text", views=("answer_objections",)),
    "d_objection_answered": _neighbour("objection"),
    "d_outcome": _neighbour("items", "part", "parts"),
    "d_outcome_door": _staff("items", "part", "parts", views=("door",)),
    # --- drawn by lot
    "d_jury_asked": _neighbour("purpose", views=("jury_answer",)),
    "d_jury_short": _staff("purpose", views=("jury",)),
}
