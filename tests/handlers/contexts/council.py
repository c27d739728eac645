"""Sample values for the staff screens of a deliberation: everyday ones and hostile ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from models.deliberation.ballot import Ballot
from models.deliberation.core import Deliberation
from models.deliberation.followup import CourtyardRule, DecisionTask
from models.deliberation.meeting import Amendment, ConsensusCall, Jury, Meeting, Objection, Question
from models.deliberation.opinion import Motion, Opinion, Topic
from models.deliberation.plan import LegalityCheck, PlanComment, PlanOption, Printout
from models.deliberation.quorum import Quorum
from models.deliberation.steps import GUARDS, Move, Step
from tests.handlers.contexts.resident import HOSTILE
from workflows.deliberation.access import CLOCK
from workflows.deliberation.announce import ReachView
from workflows.deliberation.ballots import Receipt
from workflows.deliberation.confirm import RankedOpinion
from workflows.deliberation.legality import VERDICTS
from workflows.deliberation.lists import CardView, Counts
from workflows.deliberation.motions import MotionCount
from workflows.deliberation.plans import OptionView
from workflows.mailing import Reach

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
LONG = "合水中路<&>" * 80
WIDE = HOSTILE * 8


def deliberation(**changes: Any) -> Deliberation:
    values: dict[str, Any] = {
        "id": 3,
        "number": 3,
        "title": "加装电梯",
        "description": "老人上下楼不方便",
        "council": "xg.01",
        "grids": ["xg.01.01.01"],
        "step": Step.COLLECT,
        "step_since": NOW,
        "step_due_at": LATER,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Deliberation(**(values | changes))


D = deliberation()
HOSTILE_D = deliberation(title=HOSTILE[:60])


def opinion(id_: int = 1, **changes: Any) -> Opinion:
    values: dict[str, Any] = {
        "id": id_,
        "deliberation_id": 3,
        "text": "电梯装在西侧",
        "agrees": 12,
        "disagrees": 3,
        "created_at": NOW,
    }
    return Opinion(**(values | changes))


OPINIONS = [
    opinion(1),
    opinion(2, text=WIDE[:280], status="hidden", hidden_reason=HOSTILE, appeal=HOSTILE),
    opinion(3, text=LONG[:280], status="joined"),
]


def option(**changes: Any) -> PlanOption:
    values: dict[str, Any] = {
        "id": 5,
        "deliberation_id": 3,
        "letter": "A",
        "title": "西侧加装",
        "what": "在西侧加装一部电梯",
        "place": "1号楼西侧",
        "cost_cents": 45_000_000,
        "payer": "业主分摊",
        "doer": "某某公司",
        "by_when": date(2027, 6, 1),
        "risks": "施工噪音",
        "author": "organiser-01",
    }
    return PlanOption(**(values | changes))


OPTION = option()
READY = option(state="ready")
BARE = option(
    title=HOSTILE[:60], what=LONG * 3, place=HOSTILE, cost_cents=None, payer="", doer="", risks=LONG
)


def check(verdict: str | None = None) -> LegalityCheck:
    return LegalityCheck(
        id=9,
        option_id=5,
        version=1,
        asked_by="organiser-01",
        asked_at=NOW,
        lawyer="lawyer-1" if verdict else None,
        verdict=verdict,
        text=WIDE if verdict else None,
        answered_at=NOW if verdict else None,
    )


COMMENT = PlanComment(id=1, option_id=5, version=1, author="x", text=WIDE[:500], at=NOW)


def view_of(one: PlanOption, asked: LegalityCheck | None = None) -> OptionView:
    return OptionView(one, None, one.missing, asked, (COMMENT,) * 5)


VIEWS = [
    view_of(OPTION),
    view_of(READY, check()),
    *(view_of(READY, check(verdict)) for verdict in VERDICTS),
    view_of(BARE),
]
TOPICS = [
    Topic(id=1, deliberation_id=3, position=1, title="装在哪儿", summary=""),
    Topic(id=2, deliberation_id=3, position=2, title=HOSTILE[:60], summary=WIDE[:500]),
]


def meeting(**changes: Any) -> Meeting:
    values: dict[str, Any] = {
        "id": 8,
        "deliberation_id": 3,
        "starts_at": LATER,
        "place": "社区会议室",
        "secretary": "lead-01",
        "agenda": ["装在哪儿", HOSTILE],
        "opened_at": NOW,
    }
    return Meeting(**(values | changes))


def card(**changes: Any) -> CardView:
    values: dict[str, Any] = {
        "deliberation": D,
        "doer": CLOCK,
        "counts": Counts(12, 10, 20, 60, 900, 3, 2, 1),
        "topics": TOPICS,
        "options": [READY, BARE],
        "motion": None,
        "meeting": meeting(),
        "consensus": None,
        "ballot": None,
        "tasks": [],
        "standing": None,
        "to_tell": 0,
        "supported": True,
        "position": 1,
        "next_move": Move.END_COLLECTION,
        "next_step": Step.CONFIRM,
        "earliest_at": NOW - timedelta(days=1),
        "missing": [],
        "screens": [],
    }
    return CardView(**(values | changes))


CARDS = [
    card(),
    card(earliest_at=LATER, meeting=None, missing=[*GUARDS, "unknown"]),
    card(earliest_at=None, options=[]),
]


def ballot(state: str, result: dict[str, Any] | None = None) -> Ballot:
    return Ballot(
        id=4,
        deliberation_id=3,
        header={"options": []},
        method="approval",
        unit="household",
        secret=True,
        opened_at=NOW,
        closes_at=LATER,
        electorate=120,
        head="ab" * 32,
        length=60,
        state=state,
        result=result,
    )


TITLES = {"A": "西侧加装", "B": HOSTILE, "0": ""}


def _result(*, valid: bool = True, winner: str | None = "A") -> dict[str, Any]:
    return {"valid": valid, "winner": winner, "totals": {"A": 40, "B": 10, "0": 10}}


BALLOTS = [
    None,
    ballot("open"),
    ballot("closed", _result()),
    ballot("closed", _result(winner="0")),
    ballot("closed", _result(valid=False, winner=None)),
]


def call(state: str) -> ConsensusCall:
    return ConsensusCall(
        id=1, deliberation_id=3, option_id=5, opened_at=NOW, closes_at=LATER, state=state
    )


def printout(id_: int, **changes: Any) -> Printout:
    values: dict[str, Any] = {
        "id": id_,
        "deliberation_id": 3,
        "grid": "xg.01.01.01",
        "building": "合水中路12号1号楼",
        "doors": 14,
    }
    return Printout(**(values | changes))


PRINTOUTS = [
    printout(1),
    printout(2, building=HOSTILE, staff="x", given_at=NOW),
    printout(3, staff="x", given_at=NOW, delivered=13, delivered_at=NOW),
]


def reach(**changes: Any) -> ReachView:
    values: dict[str, Any] = {
        "households": 120,
        "reached": 80,
        "seen": 60,
        "people": Reach(150, 140, 90, 3, done=True),
        "printouts": PRINTOUTS,
    }
    return ReachView(**(values | changes))


def motion(kind: str) -> Motion:
    return Motion(
        id=1,
        deliberation_id=3,
        kind=kind,
        reason=WIDE[:500],
        moved_by="organiser-01",
        opened_at=NOW,
        closes_at=LATER,
    )


def task(id_: int, **changes: Any) -> DecisionTask:
    values: dict[str, Any] = {
        "id": id_,
        "deliberation_id": 3,
        "kind": "ticket",
        "title": "量楼梯间尺寸",
        "owner": "x",
        "due_at": LATER,
    }
    return DecisionTask(**(values | changes))


TASKS = [
    task(1),
    task(2, kind="rule", title=HOSTILE, state="done", note=WIDE),
    task(3, kind="referral", state="explained", note=HOSTILE),
    task(4, due_at=NOW - timedelta(days=1)),
]
RULE = CourtyardRule(
    id=1, grid="xg.01.01.01", title=HOSTILE[:60], version=2, text="x", adopted_at=NOW
)
JURY = Jury(
    id=1,
    deliberation_id=3,
    purpose=HOSTILE,
    size=9,
    seed="ab" * 32,
    pool=[["a", "b"]] * 40,
    drawn=["a"],
    drawn_at=NOW,
)
QUESTIONS = [
    Question(id=n, deliberation_id=3, text=text[:500], at=NOW)
    for n, text in enumerate(("要花多少钱？", WIDE), 1)
]
AMENDMENTS = [
    Amendment(id=n, deliberation_id=3, option_id=5, text=text[:500], at=NOW)
    for n, text in enumerate(("改到东侧", WIDE), 1)
]
OBJECTIONS = [
    Objection(id=n, deliberation_id=3, reason=text[:500], at=NOW)
    for n, text in enumerate(("挡了我家的光", WIDE), 1)
]
LINES = [
    {"at": NOW, "name": "马建国", "message": False, "text": "开会"},
    {"at": NOW, "name": HOSTILE, "message": True, "text": WIDE[:160]},
]
ITEMS = [
    SimpleNamespace(id=n, kind="opinion", text=WIDE, outcome=outcome, detail=detail, who=HOSTILE)
    for n, (outcome, detail) in enumerate((("in_topic", "装在哪儿"), ("other", "")), 1)
]
DONE = (
    *("opened", "withdrawn", "opinion_hidden", "opinion_shown", "appeal_decided", "pulled"),
    *("collection_ended", "topic_added", "moved", "voted_yes", "voted_no", "voted_abstain"),
    *("motion_taken_back", "recused", "option_written", "option_ready", "option_dropped"),
    *("invited", "commented", "legality_asked", "legality_answered", "convened", "published"),
    *("consultation_begun", "given_all", "given", "brought", "meeting_closed", "adjourned"),
    *("answered", "amendment_accepted", "amendment_rejected", "objection_answered"),
    *("consensus_opened", "consensus_back", "ballot_opened", "decided", "task_given"),
    *("task_done", "task_explained", "report_written", "photos_added", "report_published"),
    *(
        "archived",
        "jury_drawn",
        "juror_yes",
        "juror_no",
        "door_opinion",
        "door_question",
        "door_cards",
    ),
)


def _questions() -> dict[str, list[dict[str, Any]]]:
    """Questions of the forms, with what their words need."""
    values = {
        "name": HOSTILE,
        "asked": WIDE[:500],
        "wanted": WIDE[:500],
        "reason": WIDE[:500],
        "title": HOSTILE,
        "purpose": HOSTILE,
    }
    plain = {"values": values}
    limits = {**plain, "earliest": NOW, "latest": LATER}
    found: dict[str, list[dict[str, Any]]] = {
        f"council/f_{name}": [plain]
        for name in (
            *("title", "description", "council", "grids", "method", "unit", "secrecy"),
            *("withdraw", "hide", "topic_opinions", "topic_title", "topic_summary"),
            *("recuse_who", "recuse_why", "option_title", "option_topic", "option_what"),
            *("option_place", "option_cost", "option_payer", "option_doer"),
            *("option_contractor", "option_by_when", "option_risks", "option_note"),
            *("option_drop", "invite", "which_option", "comment", "mode", "place", "link"),
            *("agenda", "give", "brought", "adjourn", "minute", "answer", "amend_part"),
            *("amend_why", "amend_why_not", "objection", "call_back", "task_kind"),
            *("task_grid", "task_department", "task_rule", "task_owner", "task_due"),
            *("settle_done", "settle_cost", "settle_files", "report_said", "report_decided"),
            *("report_done", "report_cost", "photos_purpose", "photos", "jury_purpose"),
            *(
                "jury_size",
                "jury_strata",
                "jury_seed",
                "juror",
                "door_name",
                "door_address",
                "door_place",
            ),
            *("door_confirmed", "door_opinion", "door_question", "door_approve", "door_rank"),
        )
    }
    found |= {
        "council/f_until": [limits],
        "council/f_starts_at": [limits],
        "council/f_pull": [{**plain, "label": HOSTILE}],
        "council/f_appeal": [{"values": {"uphold": uphold}} for uphold in (True, False)],
        "council/f_motion": [
            {"values": {"kind": kind}} for kind in ("topics", "tickets", "referral")
        ],
        "council/f_verdict": [{"values": {"verdict": verdict}} for verdict in VERDICTS],
        "council/f_amend_new": [
            {**plain, "option": OPTION, "part": "what", "before": before}
            for before in (LONG * 4, 45_000_000, date(2027, 6, 1), None)
        ],
        "council/f_task_title": [{"values": {"kind": kind}} for kind in ("rule", "ticket")],
        "council/f_settle_note": [{"values": {"done": done}} for done in (True, False)],
        "council/f_door_card": [{"values": {**values, "text": one.text}} for one in OPINIONS],
        "council/f_door_scores": [{**plain, "options": ["A", HOSTILE], "top": 5}],
    }
    return found


def _previews() -> dict[str, list[dict[str, Any]]]:
    names = {
        "open": "title description council grids until method unit secrecy",
        "withdraw": "reason",
        "convene": "starts_at mode place link agenda",
        "option": "title what place cost_cents payer doer contractor by_when risks",
        "task": "kind title grid department text owner due",
        "jury": "purpose size strata seed",
    }
    return {
        f"council/p_{name}": [
            {"values": {"title": HOSTILE}, "said": {}},
            {"values": {"title": HOSTILE}, "said": dict.fromkeys(keys.split(), "x")},
            {"values": {"title": HOSTILE}, "said": {keys.split()[0]: WIDE}},
        ]
        for name, keys in names.items()
    }


CONTEXTS: dict[str, list[dict[str, Any]]] = {
    "council/done": [{"what": w, "d": D, "text": text} for w in DONE for text in ("", WIDE)],
    "council/moderate": [
        {"d": D, "opinions": [], "first": 1, "page": 1, "pages": 1},
        {"d": HOSTILE_D, "opinions": OPINIONS * 2, "first": 9, "page": 2, "pages": 3},
    ],
    "council/opinion": [
        {"d": D, "opinion": one, "appealed": appealed}
        for one in (*OPINIONS, opinion(4, origin="ticket", tickets=5), opinion(5, origin="door"))
        for appealed in (True, False)
    ],
    "council/pull_tickets": [
        {"d": D, "themes": []},
        {"d": D, "themes": [{"label": HOSTILE, "count": 5, "example": HOSTILE[:60]}] * 12},
    ],
    "council/end_collection": [{"d": D, "view": view, "now": NOW} for view in CARDS],
    "council/topics_edit": [
        {"d": D, "topics": [], "merged": {}, "ranked": [], "more": 0},
        {
            "d": HOSTILE_D,
            "topics": TOPICS,
            "merged": {1: 3, 2: 0},
            "ranked": [RankedOpinion(o, 0.8, c) for o in OPINIONS for c in (None, 0.7)],
            "more": 4,
        },
    ],
    "council/motion": [{"d": D, "topics": topics} for topics in ([], TOPICS)],
    "council/motion_vote": [
        {
            "d": D,
            "motion": motion(kind),
            "count": MotionCount(3, 1, 0, 7, 4, 50),
            "topics": TOPICS,
        }
        for kind in ("topics", "tickets", "referral")
    ],
    "council/options_edit": [{"d": D, "views": views} for views in ([], VIEWS)],
    "council/option": [
        {"d": D, "view": view, "option": view.option, "contractor": contractor}
        for view in VIEWS
        for contractor in ("", HOSTILE)
    ],
    "council/legality": [
        {"d": D, "views": [], "lawyers": {}},
        {"d": D, "views": VIEWS, "lawyers": {5: HOSTILE}},
    ],
    "council/legality_question": [
        {"d": D, "option": o, "asker": asker, "others": others}
        for o, asker, others in ((OPTION, "", 0), (BARE, HOSTILE, 2))
    ],
    "council/publish": [{"d": D, "view": view} for view in CARDS],
    "council/reach": [
        {"d": D, "view": reach()},
        {"d": D, "view": reach(printouts=[], people=Reach(1, 1, 0, 0, done=False))},
    ],
    "council/begin_consultation": [{"d": D, "view": view} for view in CARDS],
    "council/printouts": [
        {
            "d": D,
            "printouts": shown,
            "names": {1: "", 2: HOSTILE, 3: "马建国"},
            "left": left,
            "runs": runs,
            "page": 1,
            "pages": pages,
        }
        for shown, left, runs, pages in (
            ([], 0, False, 1),
            (PRINTOUTS, 14, True, 3),
            (PRINTOUTS, 0, False, 1),
        )
    ],
    "council/run_meeting": [
        {
            "d": D,
            "meeting": meeting(state=state, agenda=agenda),
            "quorum": Quorum(7, 4, present),
            "guests": 3,
            "queue": queue,
            "now": NOW,
        }
        for state in ("planned", "open", "suspended", "closed", "adjourned")
        for agenda, present, queue in (
            ([], 2, []),
            (
                ["装在哪儿", HOSTILE],
                5,
                [
                    {"name": HOSTILE, "speaking": True, "ends": NOW - timedelta(minutes=1)},
                    {"name": "马建国", "speaking": True, "ends": LATER},
                    {"name": HOSTILE, "speaking": False, "ends": None},
                ],
            ),
        )
    ],
    "council/minutes": [
        {"d": D, "meeting": meeting(opened_at=None), "lines": [], "earlier": 0},
        {"d": D, "meeting": meeting(), "lines": LINES * 6, "earlier": 4},
    ],
    "council/answers": [
        {"d": D, "questions": [], "waiting": 0, "answered": 0},
        {"d": D, "questions": QUESTIONS * 4, "waiting": 12, "answered": 3},
    ],
    "council/amendments": [
        {"d": D, "amendments": [], "letters": {}, "waiting": 0, "decided": 0},
        {"d": D, "amendments": AMENDMENTS * 4, "letters": {5: "A"}, "waiting": 9, "decided": 2},
    ],
    "council/objections": [
        {"d": D, "objections": [], "waiting": 0, "answered": 0},
        {"d": D, "objections": OBJECTIONS * 4, "waiting": 9, "answered": 2},
    ],
    "council/consensus_open": [
        {
            "d": D,
            "call": running,
            "letter": "A",
            "standing": unanswered,
            "unanswered": unanswered,
            "options": [READY, BARE],
            "ends_at": LATER,
        }
        for running in (None, *(call(s) for s in ("open", "agreed", "failed", "taken_back")))
        for unanswered in (0, 2)
    ],
    "council/ballot_open": [
        {
            "d": deliberation(method=method, unit=unit, secret=secret),
            "options": [READY, BARE],
            "quorum": 50,
        }
        for method, unit, secret in (
            ("approval", "household", True),
            ("schulze", "resident", False),
            ("runoff", "household", True),
            ("score", "household", True),
        )
    ],
    "council/ballot_close": [{"d": D, "ballot": box, "titles": TITLES} for box in BALLOTS],
    "council/decide": [
        {"d": D, "agreed": agreed, "ballot": box, "titles": TITLES}
        for agreed in (None, READY)
        for box in BALLOTS
    ],
    "council/tasks_edit": [
        {
            "d": D,
            "tasks": tasks,
            "owners": {1: HOSTILE, 2: "x", 3: "", 4: "y"},
            "now": NOW,
        }
        for tasks in ([], TASKS)
    ],
    "council/rules_edit": [
        {"d": D, "rules": []},
        {"d": D, "rules": [{"grid": HOSTILE, "rule": RULE, "text": WIDE[:300]}] * 8},
    ],
    "council/report_edit": [
        {"d": D, "view": CARDS[0], "limit": 700},
        {
            "d": deliberation(said=WIDE * 5, decided=LONG * 5, done=HOSTILE, cost_cents=0),
            "view": CARDS[1],
            "limit": 700,
        },
    ],
    "council/jury": [{"d": D, "juries": juries} for juries in ([], [JURY] * 3)],
    "council/door": [
        {"d": D, "voting": voting, "waiting": waiting, "nothing": not waiting}
        for voting, waiting in ((False, 0), (True, 3))
    ],
    "council/door_cast": [
        {"d": D, "name": HOSTILE, "receipt": Receipt(code="ab" * 32, head="cd" * 32, length=7)}
    ],
    "council/door_tell": [
        {"d": D, "items": [], "more": 0},
        {"d": D, "items": ITEMS * 4, "more": 2},
    ],
    "errors/invalid_input_door_address": [{}],
    **_questions(),
    **_previews(),
}
