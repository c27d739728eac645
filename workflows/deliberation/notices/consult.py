"""Notices of announcing and consulting.

Besides `deliberation` and their `extra`, those whose button opens one part of a list get
`subject_id`.
"""

from __future__ import annotations

from workflows.notice_spec import NoticeSpec


def _neighbour(*extra: str, views: tuple[str, ...] = ()) -> NoticeSpec:
    return NoticeSpec("none", "neighbour", frozenset(extra), views=views)


def _staff(*extra: str, views: tuple[str, ...] = ()) -> NoticeSpec:
    return NoticeSpec("none", "staff", frozenset(extra), views=views)


CONSULT_NOTICES: dict[str, NoticeSpec] = {
    # --- announcing
    "d_announce": _neighbour(
        "starts_at",
        "place",
        "link",
        "mode",
        "options",
        views=("announcement", "options", "ask"),
    ),
    "d_meeting_moved": _neighbour(
        "before", "starts_at", "place", "link", "reason", views=("announcement",)
    ),
    "d_printout": _staff("places", views=("printouts",)),
    "d_printouts_left": _staff("doors", views=("printouts",)),
    # --- the announced time
    "d_convene_blocked": _staff("missing", views=("card",)),
    "d_meeting_now": _neighbour("place", "link", views=("meeting",)),
    "d_roll_call": _staff("place", "link", views=("meeting",)),
    "d_meeting_time": _staff("place", "link", views=("run_meeting",)),
    # --- in the meeting, to whoever is there
    "d_meeting_open": _neighbour("item", views=("meeting",)),
    "d_agenda": _neighbour("item", views=("meeting",)),
    "d_quorum_lost": _neighbour("quorum"),
    "d_quorum_back": _staff("quorum", views=("run_meeting",)),
    "d_floor": _neighbour("seconds", "until", views=("talk",)),
    "d_time_up": _neighbour("speaker", "mine", views=("meeting",)),
    "d_said": _neighbour("speaker", "words"),
    "d_meeting_over": _neighbour("adjourned", views=("card",)),
    # --- questions and changes
    "d_question": _staff("words", views=("answers",)),
    "d_answered": _neighbour("question", "answer", "door", views=("questions",)),
    "d_amendment": _staff("letter", "words", views=("amendments",)),
    "d_amendment_decided": _neighbour("letter", "words", "accepted", "reason", views=("options",)),
    # --- consensus
    "d_consensus": _neighbour("letter", "title", "until", views=("consensus", "options")),
    "d_objection": _staff("words", views=("answer_objections",)),
    "d_objections_wait": _staff("count", views=("answer_objections",)),
    "d_consensus_agreed": _staff("letter", "title", views=("decide",)),
    "d_consensus_failed": _staff("letter", "title", "objections", views=("ballot_open",)),
    "d_objection_stands": _neighbour("letter", "answer", views=("card",)),
}
