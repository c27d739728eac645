"""Sample values for what residents read in the seven steps: everyday ones and hostile ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from handlers.deliberation.resident.choosing import Sheet
from handlers.deliberation.resident.plans import differences
from models.deliberation.ballot import Ballot, Proxy
from models.deliberation.core import Deliberation
from models.deliberation.difference import Piece
from models.deliberation.followup import CourtyardRule
from models.deliberation.meeting import ConsensusCall, Meeting, Objection
from models.deliberation.opinion import Motion, Opinion
from models.deliberation.plan import PlanOption
from models.deliberation.quorum import Quorum
from models.deliberation.steps import GUARDS, Step, position
from tests.handlers.contexts.resident import HOSTILE, LONG, WORKER
from workflows.deliberation.access import Doer
from workflows.deliberation.ballots import Receipt, VoterState
from workflows.deliberation.board.both import Both
from workflows.deliberation.board.parts import (
    ChangeView,
    OptionView,
    ReportView,
    TaskView,
    VersionView,
)
from workflows.deliberation.lists import CardView, Counts
from workflows.deliberation.summary import Summary, Turnout

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
LINK = "https://example.org/board/d/3"
BOARDS = ("", LINK)
WORDS = ("加装电梯", HOSTILE)
SOME = ("", "想装电梯", HOSTILE)


def a_deliberation(step: Step = Step.COLLECT, **changes: Any) -> Deliberation:
    values: dict[str, Any] = {
        "id": 7,
        "number": 3,
        "title": "加装电梯",
        "council": "xg.01",
        "grids": ["xg.01.01.01"],
        "step": step,
        "step_since": NOW,
        "step_due_at": LATER,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Deliberation(**(values | changes))


D = a_deliberation()
WORST = a_deliberation(number=2**31, title=HOSTILE[:60], description=LONG)


def an_option(**changes: Any) -> PlanOption:
    values: dict[str, Any] = {
        "id": 1,
        "deliberation_id": 7,
        "letter": "A",
        "title": "外挂电梯",
        "author": "a",
    }
    return PlanOption(**(values | changes))


def a_meeting(**changes: Any) -> Meeting:
    values: dict[str, Any] = {
        "id": 1,
        "deliberation_id": 7,
        "starts_at": LATER,
        "place": "社区二楼",
        "secretary": "lead-01",
        "agenda": ["看方案", "说意见"],
    }
    return Meeting(**(values | changes))


def a_ballot(**changes: Any) -> Ballot:
    values: dict[str, Any] = {
        "id": 1,
        "deliberation_id": 7,
        "header": {"options": []},
        "method": "approval",
        "unit": "household",
        "secret": True,
        "opened_at": NOW,
        "closes_at": LATER,
        "electorate": 40,
        "head": "ab" * 32,
        "length": 12,
    }
    return Ballot(**(values | changes))


def a_call(**changes: Any) -> ConsensusCall:
    values: dict[str, Any] = {
        "id": 1,
        "deliberation_id": 7,
        "option_id": 1,
        "opened_at": NOW,
        "closes_at": LATER,
    }
    return ConsensusCall(**(values | changes))


def an_opinion(**changes: Any) -> Opinion:
    values: dict[str, Any] = {
        "id": 1,
        "deliberation_id": 7,
        "text": "电梯要装，钱按楼层分",
        "agrees": 3,
        "created_at": NOW,
    }
    return Opinion(**(values | changes))


def _counts(**changes: int) -> Counts:
    values = {
        "supporters": 4,
        "supporters_needed": 10,
        "opinions": 12,
        "voices": 9,
        "votes": 80,
        "mine_unvoted": 5,
        "tasks": 3,
        "tasks_open": 1,
    }
    return Counts(**(values | changes))


def _view(deliberation: Deliberation, **changes: Any) -> CardView:
    values: dict[str, Any] = {
        "deliberation": deliberation,
        "doer": Doer(frozenset(), 600000001),
        "counts": _counts(),
        "topics": [],
        "options": [],
        "motion": None,
        "meeting": None,
        "consensus": None,
        "ballot": None,
        "tasks": [],
        "standing": None,
        "to_tell": 0,
        "supported": False,
        "position": position(deliberation.step),
        "next_move": None,
        "next_step": None,
        "earliest_at": None,
        "missing": [],
        "screens": [],
    }
    return CardView(**(values | changes))


def _card(step: Step = Step.COLLECT, view: dict[str, Any] | None = None, **changes: Any) -> Any:
    deliberation = changes.pop("d", None) or a_deliberation(step, reason="没有人说话")
    values: dict[str, Any] = {
        "note": "",
        "d": deliberation,
        "view": _view(deliberation, **(view or {})),
        "description": "老人上楼难",
        "areas": ["合水中路12号院"],
        "board": LINK,
        "neighbour": True,
        "decided": "",
        "homeless": False,
    }
    return values | changes


def _cards() -> list[dict[str, Any]]:
    motion = Motion(
        deliberation_id=7,
        kind="topics",
        reason="",
        moved_by="x",
        opened_at=NOW,
        closes_at=LATER,
    )
    consulting = [
        {"meeting": a_meeting(state=state)}
        for state in ("planned", "open", "suspended", "closed", "adjourned")
    ]
    consulting += [{"consensus": a_call(state=state)} for state in ("open", "agreed", "failed")]
    consulting += [{"ballot": a_ballot(state=state)} for state in ("open", "closed")]
    consulting += [{"ballot": a_ballot(state="closed", result={"valid": False})}]
    voted = VoterState(True, "self", may=False, reason="voted")
    consulting += [{"ballot": a_ballot(), "standing": voted}]
    return [
        *(_card(step) for step in Step),
        *(_card(Step.CONSULT, view) for view in consulting),
        _card(Step.REPORT, {"earliest_at": LATER}),
        _card(Step.APPLY, {"counts": _counts(tasks=0, tasks_open=0)}),
        _card(Step.CONFIRM, {"motion": motion}),
        _card(Step.ANNOUNCE, {"meeting": a_meeting(place="")}),
        _card(Step.PROPOSED, {"counts": _counts(supporters=12, opinions=0)}),
        _card(homeless=True, neighbour=False, board="", areas=[], description=""),
        _card(neighbour=False),
        _card(
            view={
                "missing": [*GUARDS, "too_early", "something"],
                "earliest_at": LATER,
                "doer": Doer(frozenset(), 1, WORKER),
            }
        ),
        _card(
            d=WORST,
            decided=HOSTILE,
            note="✅ 记下了，您支持这件事。",
            description=LONG[:600],
            areas=[HOSTILE] * 6,
        ),
    ]


def _summary(**changes: Any) -> Summary:
    values: dict[str, Any] = {
        "deliberation": D,
        "opinions": 12,
        "chat": Turnout(9, 80),
        "door": Turnout(0, 0),
        "mine": [],
        "voted": 4,
        "left": 5,
        "group": None,
        "verdict": None,
        "ends_at": LATER,
        "ref": None,
    }
    return Summary(**(values | changes))


def _mine(*opinions: Opinion) -> list[dict[str, Any]]:
    return [{"row": opinion, "text": opinion.text} for opinion in opinions]


_STATUSES = (
    an_opinion(),
    an_opinion(status="joined"),
    an_opinion(status="withdrawn"),
    an_opinion(status="hidden", hidden_reason=HOSTILE * 4),
    an_opinion(status="hidden", appeal="不是骂人"),
    an_opinion(status="hidden", appeal="不是骂人", appeal_decided_at=NOW),
)


def _facts(verdict: str, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "verdict": verdict,
        "participants": 20,
        "groups": [],
        "shared": [],
        "divisive": [],
    }
    return values | changes


_GROUPS = _facts(
    "groups",
    groups=[
        {
            "label": label,
            "size": 12,
            "typical": [{"text": HOSTILE, "agrees": agrees, "percent": 80} for agrees in (1, 0)],
        }
        for label in "ABCDE"
    ],
    shared=[{"text": HOSTILE, "agree": agree} for agree in (True, False)],
    divisive=[HOSTILE] * 3,
)


def _picture(**changes: Any) -> dict[str, Any]:
    return {"d": D, "voices": 4, "needed": 8, "facts": None, "mine": None, "board": ""} | changes


def _piece(kind: str) -> Piece:
    return Piece(kind, HOSTILE * 2)


def _option_view(**changes: Any) -> OptionView:
    values: dict[str, Any] = {
        "letter": "A",
        "title": "外挂电梯",
        "topic": None,
        "what": "每个单元装一部",
        "place": "12号院",
        "cost_cents": 45_000_050,
        "payer": "住户",
        "doer": "物业",
        "by_when": date(2027, 5, 1),
        "risks": "挡光",
        "version": 2,
        "versions": (),
        "legality": (),
    }
    return OptionView(**(values | changes))


_BARE_OPTION = _option_view(cost_cents=None, payer="", place="", doer="", by_when=None, risks="")
_WORST_OPTION = _option_view(
    title=HOSTILE[:60], payer=HOSTILE * 3, place=HOSTILE * 3, doer=HOSTILE * 3, cost_cents=0
)


def _option(option: OptionView = _BARE_OPTION, **changes: Any) -> dict[str, Any]:
    values = {"d": D, "option": option, "what": "装电梯", "risks": "", "legality": None}
    return values | changes


def _versions() -> list[dict[str, Any]]:
    version = VersionView(
        version=2,
        at=NOW,
        author=Both("x", "x"),
        note=HOSTILE,
        changes=tuple(
            ChangeView(field, tuple(_piece(kind) for kind in ("same", "added", "removed")))
            for field in ("title", "cost_cents", "contractor")
        ),
    )
    return [
        {"option": _option_view(), "versions": differences(versions), "board": board}
        for versions in ([], [version] * 5)
        for board in BOARDS
    ]


def _announcement(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "d": D,
        "seen": False,
        "areas": ["12号院"],
        "options": [{"letter": "A", "title": "外挂电梯", "what": "装一部"}],
        "meeting": a_meeting(),
        "board": LINK,
    }
    return values | changes


def _meeting(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "d": D,
        "meeting": a_meeting(),
        "here": False,
        "quorum": Quorum(seats=7, needed=4, present=0),
        "residents": 0,
        "speaking": "",
        "waiting": [],
        "floor": False,
        "before": None,
        "board": LINK,
    }
    return values | changes


def _meetings() -> list[dict[str, Any]]:
    states = ("planned", "open", "suspended", "closed", "adjourned")
    return [
        *(_meeting(meeting=a_meeting(state=state)) for state in states),
        _meeting(meeting=a_meeting(place="", agenda=[], mode="chat", link=LINK)),
        *(
            _meeting(
                meeting=a_meeting(state="open", agenda=[HOSTILE * 3] * 12, place=HOSTILE * 3),
                quorum=Quorum(seats=7, needed=4, present=5),
                residents=12,
                here=True,
                speaking=HOSTILE,
                waiting=[HOSTILE] * 5,
                floor=place is None,
                before=place,
            )
            for place in (None, 0, 3)
        ),
    ]


def _consensus(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "d": D,
        "call": a_call(),
        "option": an_option(),
        "objections": [],
        "mine": False,
    }
    return values | changes


_OBJECTIONS = [{"reason": HOSTILE, "answer": answer} for answer in ("", HOSTILE)]


def _sheet(method: str, **changes: Any) -> Sheet:
    options = {"A": "外挂电梯", "B": HOSTILE, "0": "都不选，保持现状"}
    return Sheet(ballot=1, d=7, method=method, options=options, **changes)


def _ballots() -> list[dict[str, Any]]:
    sheets = [
        _sheet("approval"),
        _sheet("approval", chosen=["A", "B"], reviewing=True),
        _sheet("approval", chosen=["0"], reviewing=True),
        _sheet("schulze"),
        _sheet("runoff", chosen=["B"]),
        _sheet("runoff", chosen=["B", "0"], reviewing=True),
        _sheet("score"),
        _sheet("score", scores={"A": 3, "B": 0}),
        _sheet("score", scores={"A": 3, "B": 0, "0": 5}, reviewing=True),
    ]
    return [
        {"d": D, "ballot": a_ballot(unit=unit, secret=unit == "household"), "sheet": s, "name": n}
        for s in sheets
        for unit in ("household", "resident")
        for n in ("", HOSTILE)
    ]


def _standings() -> list[dict[str, Any]]:
    states = [VoterState(True, who, False, None) for who in ("self", "household", "proxy", "door")]
    states += [VoterState(False, None, True, None), VoterState(False, None, False, "closed")]
    return [
        {
            "d": D,
            "ballot": a_ballot(state=at, secret=at == "open"),
            "state": state,
            "why": why,
            "winner": why,
            "board": LINK,
        }
        for state in states
        for at in ("open", "closed")
        for why in ("", "投票已经结束了。")
    ]


def _task(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "kind": "ticket",
        "title": "请物业测量",
        "owner": Both("网格员", "grid worker"),
        "department": None,
        "due_at": LATER,
        "state": "open",
        "note": None,
        "cost_cents": None,
    }
    return {"task": TaskView(**(values | changes)), "owner": "网格员", "department": "", "note": ""}


_WORST_TASK = _task(title=HOSTILE * 3, state="explained") | {
    "owner": HOSTILE,
    "department": HOSTILE,
    "note": HOSTILE,
}


def _report(**changes: Any) -> dict[str, Any]:
    written = ReportView("", "", "", None, (), (), 3, 4.0, 3.5)
    values: dict[str, Any] = {
        "d": a_deliberation(Step.REPORT, cost_cents=1200),
        "report": written,
        "said": "想装电梯",
        "decided": "装",
        "done": "装了",
        "until": LATER,
        "objections": [],
        "board": LINK,
    }
    return values | changes


def _proxy(**changes: Any) -> Proxy:
    return Proxy(deliberation_id=7, principal_id=1, code_hash="", expires_at=LATER, **changes)


def _objection(**changes: Any) -> Objection:
    return Objection(deliberation_id=7, reason=HOSTILE * 5, at=NOW, **changes)


def _each(name: str, *values: Any, **others: Any) -> list[dict[str, Any]]:
    return [{name: value} | others for value in values]


def _form(**values: Any) -> list[dict[str, Any]]:
    return [{"values": values}, {"values": dict.fromkeys(values, HOSTILE)}]


_RULE = CourtyardRule(grid="xg.01", title=HOSTILE[:60], version=1, text="", adopted_at=NOW)
_ENTRY = {"number": 3, "title": HOSTILE[:60], "step": "收集意见", "running": True}
_TEXT = _each("text", *WORDS)
_LONG_TEXT = _each("text", "不同意", HOSTILE, LONG[:500])

CONTEXTS: dict[str, list[dict[str, Any]]] = {
    "discuss/list": [
        {"entries": entries, "page": 1, "pages": pages, "doorway": doorway, "staff": staff}
        for entries in ([], [_ENTRY] * 6, [_ENTRY | {"running": False}])
        for pages in (1, 3)
        for doorway in (True, False)
        for staff in (True, False)
    ],
    "discuss/card": _cards(),
    "discuss/more": [{"d": d} for d in (D, WORST)],
    "discuss/supported": [
        {"started": started, "counts": _counts(supporters=supporters)}
        for started in (True, False)
        for supporters in (4, 10)
    ],
    "discuss/ask_title": [{}],
    "discuss/ask_description": _form(title="加装电梯"),
    "discuss/proposal": [
        {
            "values": {"title": HOSTILE, "description": description},
            "areas": areas,
            "needed": 10,
        }
        for description in (None, HOSTILE)
        for areas in ([], [HOSTILE])
    ],
    "discuss/proposed": _each("d", D, WORST, counts=_counts()),
    "discuss/ask_opinion": _form(title="加装电梯"),
    "discuss/ask_opinion_files": [{}],
    "discuss/similar": _each("alike", ["要装"], [HOSTILE] * 3, text=HOSTILE),
    "discuss/posted": _TEXT,
    "discuss/joined": _TEXT,
    "discuss/opinion": [
        {"said": said, "d": d, "opinion": an_opinion(origin=origin, text=HOSTILE), "left": 3}
        for said in ("", "👍 同意")
        for d in (D, WORST)
        for origin in ("resident", "door", "ticket")
    ],
    "discuss/cards_done": [
        {"d": d, "said": said, "voted": voted}
        for d in (D, WORST)
        for said in ("", "👍 同意")
        for voted in (0, 12)
    ],
    "discuss/picture": [
        _picture(),
        _picture(facts=_facts("too_few")),
        _picture(facts=_facts("one_group", shared=_GROUPS["shared"]), board=LINK),
        *(_picture(facts=_GROUPS, mine=mine, board=LINK, d=WORST) for mine in (None, "A")),
    ],
    "discuss/my_opinions": _each("opinions", [], _mine(*_STATUSES), d=D),
    "discuss/ask_opinion_edit": _form(before="电梯要装"),
    "discuss/opinion_edited": _TEXT,
    "discuss/withdraw_opinion": _each("votes", 0, 4, text=HOSTILE),
    "discuss/ask_appeal": [
        *_form(before="电梯要装", reason="说了别人名字"),
        {"values": {"before": "电梯要装", "reason": None}},
    ],
    "discuss/appealed": _TEXT,
    "discuss/summary": [
        {"d": D, "summary": _summary(), "mine": []},
        {"d": D, "summary": _summary(left=0, ends_at=None), "mine": []},
        {
            "d": WORST,
            "summary": _summary(door=Turnout(3, 9), verdict="groups", group="A"),
            "mine": _mine(*_STATUSES[:3]),
        },
    ],
    "discuss/topics": _each(
        "topics",
        [],
        [{"title": "电梯", "summary": "", "count": 0, "opinions": []}],
        [{"title": HOSTILE, "summary": HOSTILE, "count": 9, "opinions": [HOSTILE] * 3}] * 3,
        d=D,
    ),
    "discuss/options": _each(
        "options",
        [],
        [{"option": one, "what": HOSTILE} for one in (_option_view(), _BARE_OPTION, _WORST_OPTION)],
        d=D,
    ),
    "discuss/option": [
        _option(),
        *(
            _option(
                _WORST_OPTION,
                what=LONG[:600],
                risks=LONG[:500],
                legality={"verdict": verdict, "text": HOSTILE, "current": verdict == "lawful"},
            )
            for verdict in ("lawful", "conditional", "unlawful")
        ),
        _option(_option_view(), legality={"verdict": "lawful", "text": "", "current": True}),
    ],
    "discuss/versions": _versions(),
    "discuss/announcement": [
        _announcement(),
        _announcement(seen=True, meeting=None, areas=[], board=""),
        _announcement(
            meeting=a_meeting(place=HOSTILE, link=LINK, mode="chat"),
            options=[{"letter": "A", "title": HOSTILE, "what": HOSTILE}] * 6,
            areas=[HOSTILE] * 6,
            d=WORST,
        ),
        _announcement(meeting=a_meeting(place="", mode="room"), options=[]),
    ],
    "discuss/calendar": _each("d", D, WORST),
    "discuss/ask_question": _form(title="加装电梯"),
    "discuss/asked": _TEXT,
    "discuss/questions": [
        {"d": D, "count": 0, "questions": []},
        {
            "d": WORST,
            "count": 20,
            "questions": [
                {"text": HOSTILE, "answer": answer, "by": by}
                for answer in ("", HOSTILE)
                for by in ("", HOSTILE)
            ],
        },
    ],
    "discuss/amend_which": _each("d", D, WORST),
    "discuss/ask_amendment": _form(letter="A", title="外挂电梯"),
    "discuss/amended": _each("text", *WORDS, letter="A"),
    "discuss/meeting": _meetings(),
    "discuss/hall": _each("meeting", a_meeting(), a_meeting(agenda=[]), d=D),
    "discuss/still_in_hall": [{}],
    "discuss/said": _LONG_TEXT,
    "discuss/words_in_hall": _each("files", True, False),
    "discuss/meeting_over": _LONG_TEXT,
    "discuss/left_meeting": [{}],
    "discuss/consensus": [
        *(_consensus(call=a_call(state=s)) for s in ("open", "agreed", "failed", "taken_back")),
        _consensus(option=None, objections=_OBJECTIONS, mine=True),
    ],
    "discuss/no_objection": [{}],
    "discuss/ask_objection": [{}],
    "discuss/objected": _each("reason", *WORDS),
    "discuss/vote_for_whom": [
        {"d": D, "mine": VoterState(voted, None, True, None), "names": [HOSTILE] * 2}
        for voted in (True, False)
    ],
    "discuss/ballot": _ballots(),
    "discuss/pick_option": _each("reviewing", True, False),
    "discuss/vote_receipt": [
        {
            "d": D,
            "ballot": a_ballot(secret=secret),
            "receipt": Receipt(code="ab" * 32, head="cd" * 32, length=3),
            "name": name,
            "board": board,
        }
        for secret in (True, False)
        for name in ("", HOSTILE)
        for board in BOARDS
    ],
    "discuss/standing": _standings(),
    "discuss/vote_result": [
        {
            "d": D,
            "ballot": a_ballot(state="closed", unit=unit),
            "valid": valid,
            "winner": winner,
            "board": LINK,
        }
        for unit in ("household", "resident")
        for valid in (True, False)
        for winner in ("", HOSTILE)
    ],
    "discuss/proxy": [
        {"d": D, "mine": mine, "holder": holder, "principals": principals}
        for mine in (None, _proxy(), _proxy(holder_id=2))
        for holder in ("", HOSTILE)
        for principals in ([], [HOSTILE])
    ],
    "discuss/proxy_code": _each("d", D, WORST, code="123456"),
    "discuss/ask_proxy_code": [{}],
    "discuss/proxy_taken": _each("name", "", HOSTILE),
    "discuss/proxy_wrong_code": [{}],
    "discuss/tasks": _each(
        "tasks", [], [_task(), _task(state="done"), _WORST_TASK], d=D, board=LINK
    ),
    "discuss/rules": [
        {"areas": [], "rules": []},
        {"areas": [HOSTILE] * 2, "rules": [{"rule": _RULE, "text": HOSTILE}] * 5},
    ],
    "discuss/report": [
        _report(),
        _report(report=None, board="", until=None),
        _report(
            d=a_deliberation(Step.CLOSED, title=HOSTILE[:60]),
            report=ReportView("", "", "", None, (), (), 0, None, None),
            said=LONG[:600],
            decided=LONG[:600],
            done=LONG[:600],
            objections=_OBJECTIONS,
        ),
    ],
    "discuss/photo": _each("purpose", "before", "after"),
    "discuss/ask_complaint": _form(title="加装电梯"),
    "discuss/complained": _each("reason", *WORDS),
    "discuss/complaint": _each("objection", _objection(), _objection(answer=LONG), d=D),
    "discuss/rate_process": _each("d", D, WORST),
    "discuss/rate_outcome": _each("d", D, WORST, process=4),
    "discuss/rated": _each("process", 4, outcome=2),
}
