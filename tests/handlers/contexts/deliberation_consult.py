"""Sample values for what is read while a consultation is announced and held."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from models.deliberation.core import Deliberation
from models.deliberation.quorum import quorum
from models.deliberation.steps import Step
from tests.handlers.contexts.resident import HOSTILE, NOW, WORKER
from workflows.deliberation.hall import Speaker

TEXT = (HOSTILE * 10)[:500]
ANSWER = (HOSTILE * 30)[:2000]


def deliberation(title: str) -> Deliberation:
    return Deliberation(
        id=3,
        number=3,
        title=title,
        council="xg.01",
        grids=["xg.01.01.01"],
        step=Step.CONSULT,
        step_since=NOW,
        created_at=NOW,
        updated_at=NOW,
    )


PLAIN = {"deliberation": deliberation("加装电梯"), "board": "http://127.0.0.1:8080/board/d/3"}
WILD = {"deliberation": deliberation(HOSTILE[:60]), "board": "http://127.0.0.1:8080/board/d/3"}

_AT = {"place": "社区活动室", "link": "https://example.org/a?b=1&c=2"}
_NOWHERE = {"place": "", "link": ""}
_WILD_PLACE = {"place": (HOSTILE * 3)[:200], "link": ""}

_SPEAKERS = (
    Speaker("worker", WORKER, seat=True),
    Speaker("r:1", building="合水中路12号2号楼"),
    Speaker("r:2"),
    Speaker("r:3", building=HOSTILE),
)
_OPTIONS = [
    {"letter": "A", "title": "每单元装一部", "cost_cents": 45_000_050},
    {"letter": "B", "title": HOSTILE[:60], "cost_cents": 0},
]
_PLACES = [{"building": "合水中路12号1号楼", "doors": 56}, {"building": HOSTILE, "doors": 0}]
_QUORUM = quorum(7, 3, 50)

_NOTICES: dict[str, list[dict[str, Any]]] = {
    "d_announce": [
        {"starts_at": NOW, "mode": mode, "options": options, **where}
        for mode, options, where in (
            ("room", _OPTIONS, _AT),
            ("chat", [], _NOWHERE),
            ("both", _OPTIONS * 13, _WILD_PLACE),
        )
    ],
    "d_meeting_moved": [
        {"before": None, "starts_at": NOW, "reason": None, **_AT},
        {"before": NOW - timedelta(days=1), "starts_at": NOW, "reason": TEXT, **_WILD_PLACE},
    ],
    "d_printout": [{"places": _PLACES}, {"places": _PLACES * 40}],
    "d_printouts_left": [{"doors": 56}],
    "d_convene_blocked": [
        {"missing": missing} for missing in ("too_early", "announced", "households", "other")
    ],
    "d_meeting_now": [_AT, _NOWHERE, _WILD_PLACE],
    "d_roll_call": [_AT, _NOWHERE, _WILD_PLACE],
    "d_meeting_time": [_AT, _NOWHERE, _WILD_PLACE],
    "d_meeting_open": [{"item": None}, {"item": HOSTILE}],
    "d_agenda": [{"item": "钱从哪里来"}, {"item": HOSTILE}],
    "d_quorum_lost": [{"quorum": _QUORUM}],
    "d_quorum_back": [{"quorum": quorum(7, 4, 50)}],
    "d_floor": [{"seconds": seconds, "until": NOW} for seconds in (30, 90, 180)],
    "d_time_up": [
        {"speaker": speaker, "mine": mine} for speaker in _SPEAKERS for mine in (True, False)
    ],
    "d_said": [
        {"speaker": speaker, "words": words} for speaker in _SPEAKERS for words in ("好", ANSWER)
    ],
    "d_meeting_over": [{"adjourned": True}, {"adjourned": False}],
    "d_question": [{"words": "谁出钱？"}, {"words": TEXT}],
    "d_answered": [
        {"question": "谁出钱？", "answer": "政府补贴一半", "door": False},
        {"question": TEXT, "answer": ANSWER, "door": True},
    ],
    "d_amendment": [{"letter": "A", "words": "装在北边"}, {"letter": "A", "words": TEXT}],
    "d_amendment_decided": [
        {"letter": "A", "words": TEXT, "accepted": accepted, "reason": TEXT[:300]}
        for accepted in (True, False)
    ],
    "d_consensus": [{"letter": "A", "title": HOSTILE[:60], "until": NOW}],
    "d_objection": [{"words": "挡住了一楼的光"}, {"words": TEXT}],
    "d_objections_wait": [{"count": 2}],
    "d_consensus_agreed": [{"letter": "A", "title": HOSTILE[:60]}],
    "d_consensus_failed": [{"letter": "A", "title": HOSTILE[:60], "objections": 1}],
    "d_objection_stands": [{"letter": "A", "answer": None}, {"letter": "A", "answer": ANSWER}],
}

_AGAIN = [{"again_at": NOW, "reason": "x"}]
_PLAIN_REASON: list[dict[str, Any]] = [{"reason": "x"}]

_ERRORS: dict[str, list[dict[str, Any]]] = {
    "not_ready_notice_time": _AGAIN,
    "not_ready_quorum": [{"present": 3, "needed": 4}],
    "not_ready_suspended": _PLAIN_REASON,
    "not_ready_not_met": _PLAIN_REASON,
    "not_ready_meeting_early": _AGAIN,
    "not_ready_meeting_over": _PLAIN_REASON,
    "not_ready_meeting_not_open": _PLAIN_REASON,
    "not_ready_meeting_running": _PLAIN_REASON,
    "not_ready_agenda_end": _PLAIN_REASON,
    "not_ready_consensus_open": _PLAIN_REASON,
    "not_ready_consensus_over": _PLAIN_REASON,
    "not_ready_ballot_open": _PLAIN_REASON,
    "not_ready_decided": _PLAIN_REASON,
    "not_eligible_not_attending": _PLAIN_REASON,
    "invalid_input_meeting_mode": _PLAIN_REASON,
    "invalid_input_meeting_place": [{"limit": 200}],
    "invalid_input_meeting_link": [{"limit": 300}],
    "invalid_input_council_member": _PLAIN_REASON,
    "invalid_input_bringer": _PLAIN_REASON,
    "invalid_input_doors": [{"limit": 2000}],
    "invalid_input_questions_waiting": [{"most": 5}],
    "invalid_input_amendment_decided": _PLAIN_REASON,
    "invalid_input_amendment_fields": _PLAIN_REASON,
    "invalid_input_objected": _PLAIN_REASON,
}

CONTEXTS: dict[str, list[dict[str, Any]]] = {
    f"notices/{name}": [sample | context for context in contexts for sample in (PLAIN, WILD)]
    for name, contexts in _NOTICES.items()
} | {f"errors/{name}": contexts for name, contexts in _ERRORS.items()}
