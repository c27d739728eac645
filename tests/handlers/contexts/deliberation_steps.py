"""Sample values for the notices of the steps, and for why something is refused in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from models.deliberation.core import Deliberation
from models.deliberation.opinion import Opinion
from models.deliberation.steps import GUARDS, Step
from tests.handlers.contexts.resident import HOSTILE, LONG
from workflows.deliberation.motions import MotionCount
from workflows.deliberation.notices.steps import STEP_NOTICES

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
MOST = 280


def _about(title: str, words: str | None, *, due: bool) -> dict[str, Any]:
    deliberation = Deliberation(
        id=3,
        number=3,
        title=title,
        description=words or "",
        council="xg.01",
        grids=["xg.01.01.01"],
        step=Step.COLLECT,
        step_since=NOW,
        step_due_at=NOW if due else None,
        reason=words,
        decided=words,
        done=words,
        created_at=NOW,
        updated_at=NOW,
    )
    return {"deliberation": deliberation, "board": "https://example.org/board/d/3"}


_DELIBERATIONS = (
    _about("加装电梯", "三单元七十岁以上的老人有十一位。", due=True),
    _about(HOSTILE[:60], LONG, due=True),
    _about("停车", None, due=False),
)
_WORDS = ("坡道太陡", HOSTILE, LONG[:280])


def _count(yes: int, no: int) -> MotionCount:
    return MotionCount(yes=yes, no=no, abstain=1, seats=7, needed=4, majority_percent=50)


_STEPS = [{"step": step, "due_at": NOW} for step in Step]
_SHOWN = [
    {"opinion": words, "reason": words, "at_door": door} for words in _WORDS for door in (0, 1)
]
_NOTICES: dict[str, list[dict[str, Any]]] = {
    "d_collect": [{}],
    "d_confirm": [{"opinions": 31, "voices": 60, "votes": 812}],
    "d_draft": [{"topics": list(_WORDS[:n])} for n in (1, 3)],
    "d_consult": [{}],
    "d_apply": [{}],
    "d_report": [{"objections_until": NOW}],
    "d_step": [*_STEPS, {"step": Step.APPLY, "due_at": None}],
    "d_step_reminder": _STEPS,
    "d_step_missed": _STEPS,
    "d_proposed": [{}],
    "d_lapsed": [{}],
    "d_withdrawn": [{}],
    "d_referred": [{"opinions": 12}],
    "d_opinion_hidden": _SHOWN,
    "d_opinion_shown": _SHOWN,
    "d_appeal": [{"opinion": words, "reason": words, "words": words} for words in _WORDS],
    "d_appeal_decided": [
        {"opinion": words, "uphold": uphold, "reason": words}
        for words in _WORDS
        for uphold in (True, False)
    ],
    "d_motion": [
        {"kind": kind, "reason": reason, "topics": topics, "closes_at": NOW}
        for kind, reason, topics in (
            ("topics", "", ["加装电梯"]),
            ("tickets", LONG[:1000], []),
            ("referral", HOSTILE, []),
        )
    ],
    "d_motion_closed": [
        {"kind": kind, "state": state, "count": count}
        for kind in ("topics", "tickets", "referral")
        for state, count in (
            ("passed", _count(4, 1)),
            ("rejected", _count(2, 3)),
            ("rejected", _count(3, 3)),
            ("no_quorum", _count(1, 0)),
        )
    ],
    "d_recused": [{"reason": words} for words in _WORDS],
}
_ENDED = {"number": 3}
_ERRORS: dict[str, list[dict[str, Any]]] = {
    "not_ready": [{}],
    "not_ready_step": [{"step": step.value} for step in Step],
    "not_ready_too_early": [{"again_at": NOW}],
    "not_ready_collecting": [{"number": 3, "step": step.value} for step in Step],
    "not_ready_supporting": [{"number": 3, "step": step.value} for step in Step],
    "not_ready_ended": [_ENDED],
    "not_ready_motion_open": [{}],
    "not_ready_motion_closed": [{}],
    **{f"not_ready_{guard}": [{}] for guard in GUARDS},
    "not_eligible": [{}],
    **{
        f"not_eligible_{reason}": [{}]
        for reason in (
            "consent",
            "no_doorway",
            "other_grid",
            "moved_in_late",
            "no_room",
            "recused",
        )
    },
    **{
        f"invalid_input_{reason}": [{"most": MOST}]
        for reason in (
            "appealed",
            "ballot_method",
            "ballot_unit",
            "council",
            "description",
            "door_name",
            "grids",
            "motion_kind",
            "motion_vote",
            "not_a_seat",
            "not_appealed",
            "not_confirmed",
            "opinion_gone",
            "opinion_limit",
            "opinion_not_hidden",
            "opinion_own",
            "opinion_text",
            "opinion_there",
            "opinion_vote",
            "opinion_voted",
            "reason",
            "theme",
            "title",
            "topic_opinions",
            "topic_summary",
            "topic_title",
            "topics_count",
        )
    },
    "invalid_input_collect_until": [{"earliest": NOW, "latest": NOW}],
    "invalid_input_proposal_open": [{"number": 3}],
    "invalid_input_similar_opinion": [
        {"opinions": [Opinion(deliberation_id=3, text=words, created_at=NOW) for words in _WORDS]}
    ],
}
CONTEXTS: dict[str, list[dict[str, Any]]] = {
    **{
        f"notices/{name}": [about | more for about in _DELIBERATIONS for more in _NOTICES[name]]
        for name in STEP_NOTICES
    },
    **{f"errors/{name}": contexts for name, contexts in _ERRORS.items()},
}
