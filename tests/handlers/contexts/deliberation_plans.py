"""Sample values for what is read of plans, tasks, the report and what became of contributions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from models.deliberation.core import Deliberation
from models.deliberation.followup import DecisionTask
from models.deliberation.meeting import Objection
from models.deliberation.plan import LegalityCheck, PlanOption
from models.deliberation.steps import Step
from tests.handlers.contexts.resident import HOSTILE, LONG, NAMELESS, NOW, WORKER
from workflows.deliberation.legality import VERDICTS
from workflows.deliberation.outcomes import Item, paged

_TEXT = (HOSTILE * 10)[:500]
_ANSWER = (HOSTILE * 40)[:2000]


def _deliberation(title: str) -> Deliberation:
    return Deliberation(
        id=3,
        number=3,
        title=title,
        council="xg.01",
        grids=["xg.01.01.01"],
        step=Step.APPLY,
        step_since=NOW,
        created_at=NOW,
        updated_at=NOW,
    )


_BOARD = "http://127.0.0.1:8080/board/d/3"
_PLAIN = {"deliberation": _deliberation("加装电梯"), "board": _BOARD}
_WILD = {"deliberation": _deliberation(HOSTILE[:60]), "board": _BOARD}


def _option(title: str, version: int = 1) -> PlanOption:
    return PlanOption(
        id=1,
        deliberation_id=3,
        letter="A",
        title=title,
        author="organiser-01",
        by_when=date(2027, 6, 1),
        version=version,
    )


def _check(verdict: str | None, text: str) -> LegalityCheck:
    return LegalityCheck(
        option_id=1, version=1, asked_by="organiser-01", asked_at=NOW, verdict=verdict, text=text
    )


def _task(title: str, state: str = "open", note: str | None = None) -> DecisionTask:
    return DecisionTask(
        id=5,
        deliberation_id=3,
        kind="ticket",
        title=title,
        owner="worker-a",
        due_at=NOW + timedelta(days=30),
        state=state,
        note=note,
    )


def _objection(reason: str, answer: str, call_id: int | None) -> Objection:
    return Objection(id=4, deliberation_id=3, call_id=call_id, reason=reason, at=NOW, answer=answer)


KINDS = (
    "proposal",
    "support",
    "opinion",
    "question",
    "amendment",
    "objection",
    "speech",
    "ballot",
)
OUTCOMES = (
    "in_topic",
    "not_taken",
    "hidden",
    "withdrawn",
    "opened",
    "answered",
    "unanswered",
    "accepted",
    "rejected",
    "undecided",
    "in_minutes",
    "counted",
    "lapsed",
    "diverted",
    "referred",
    "stopped",
    "unheard_of",
)


def items() -> list[Item]:
    """Every kind with every outcome, with words and without, and at their longest."""
    given = [
        Item(n, kind, text, outcome, detail, NOW, who)
        for n, (kind, outcome) in enumerate(
            [*((kind, "counted") for kind in KINDS), *(("opinion", end) for end in OUTCOMES)]
        )
        for text, detail, who in (("", "", ""), (HOSTILE, HOSTILE, "合水中路 12 1 1 101 王奶奶"))
    ]
    return [*given, *(Item(99, "opinion", LONG[:280], "not_taken", LONG, NOW) for _ in range(9))]


_PAGES = paged(items())

_BY = [{"by": WORKER}, {"by": NAMELESS}, {"by": None}]
_OPTIONS = [{"option": _option("每单元装一部")}, {"option": _option(HOSTILE[:60], 2)}]
_TASKS = [
    {"task": _task("装电梯"), "owner": WORKER, "number": 1042},
    {"task": _task((HOSTILE * 4)[:200]), "owner": None, "number": None},
]
_SETTLED = [
    {"task": _task("装电梯", state, note), "owner": WORKER, "number": 1042, "left": left}
    for state in ("done", "explained")
    for note, left in (("装好了", 0), (_ANSWER, 3))
]
_TOLD = [
    {"items": page, "part": n, "parts": len(_PAGES)} for n, page in enumerate(_PAGES, start=1)
] + [{"items": _PAGES[0][:1], "part": 1, "parts": 1}]

_NOTICES: dict[str, list[dict[str, Any]]] = {
    "d_author_invited": _BY,
    "d_option_ready": [option | by for option in _OPTIONS for by in _BY],
    "d_option_comment": [
        option | by | {"text": text}
        for option in _OPTIONS
        for by in _BY
        for text in ("一楼怎么办？", _TEXT)
    ],
    "d_contractor_aside": [
        option | {"member": member} for option in _OPTIONS for member in (WORKER, NAMELESS)
    ],
    "d_legality_asked": [option | by for option in _OPTIONS for by in _BY],
    "d_legality_answered": [
        option | by | {"check": _check(verdict, text)}
        for option in _OPTIONS
        for by in _BY[:2]
        for verdict in (*VERDICTS, None)
        for text in ("符合民法典第278条", _ANSWER)
    ],
    "d_task_given": [
        task | by | {"text": text} for task in _TASKS for by in _BY for text in (None, "快办", LONG)
    ],
    "d_task_reminder": _TASKS,
    "d_task_overdue": _TASKS,
    "d_task_settled": _SETTLED,
    "d_task_open_again": _TASKS,
    "d_task_unexplained": _TASKS,
    "d_report_objection": [{"text": "钱没说清"}, {"text": _TEXT}],
    "d_objection_answered": [
        {"objection": _objection(reason, answer, call)}
        for reason, answer in (("挡光", "装在北面"), (_TEXT, (HOSTILE * 30)[:1500]))
        for call in (None, 2)
    ],
    "d_outcome": _TOLD,
    "d_outcome_door": _TOLD,
    "d_jury_asked": [{"purpose": "看方案"}, {"purpose": (HOSTILE * 4)[:200]}],
    "d_jury_short": [{"purpose": "看方案"}, {"purpose": (HOSTILE * 4)[:200]}],
}

_LETTER = [{"letter": "A"}]
_ERRORS: dict[str, list[dict[str, Any]]] = {
    "invalid_input_no_words": [{}],
    "invalid_input_too_long": [{"most": 2000}],
    "invalid_input_by_when": [{}],
    "invalid_input_contractor": [{}],
    "invalid_input_cost": [{}],
    "invalid_input_due_past": [{}],
    "invalid_input_jury_size": [{"most": 50}],
    "invalid_input_jury_pool": [{"pool": 0}],
    "invalid_input_objection_open": [{}],
    "invalid_input_option_field": [{}],
    "invalid_input_option_topic": [{}],
    "invalid_input_options_many": [{}],
    "invalid_input_photos": [{}],
    "invalid_input_strata": [{}],
    "invalid_input_task_grid": [{}],
    "invalid_input_task_kind": [{}],
    "invalid_input_verdict": [{}],
    "not_ready_option_missing": [
        {"letter": "A", "missing": ("cost",)},
        {
            "letter": "B",
            "missing": ("what", "place", "cost", "payer", "doer", "by_when", "risks"),
        },
    ],
    "not_ready_option_dropped": _LETTER,
    "not_ready_no_lawyer": [{}],
    "not_ready_legality_answered": _LETTER,
    "not_ready_objection_answered": [{}],
    "not_ready_objection_gone": [{}],
    "not_ready_ticket_open": [{"ticket": 1042}],
    "not_ready_jury_drawn": [{}],
    "not_ready_jury_answered": [{}],
}

CONTEXTS: dict[str, list[dict[str, Any]]] = {
    f"notices/{name}": [base | more for more in samples for base in (_PLAIN, _WILD)]
    for name, samples in _NOTICES.items()
} | {f"errors/{name}": samples for name, samples in _ERRORS.items()}
