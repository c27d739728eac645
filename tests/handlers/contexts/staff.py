"""Sample values for every staff template: everyday ones and hostile ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from handlers.staff.behalf import Behalf
from handlers.staff.flow import CLOSINGS, FREQUENT, STEPS, Flow, often_label
from handlers.staff.show import TimeLeft
from models.district import Category, Choice, Department, GridNode, Level, Question, Role, Staff
from models.lifecycle import Action, Outcome, State
from models.place import Place
from models.ticket import Ticket
from workflows.staffing import DigestContext, Dismissal, DutyStatus, Post, QueuePage
from workflows.tickets.desk import DeskPage
from workflows.tickets.draft import Draft, Preview
from workflows.tickets.files import DraftFile
from workflows.tickets.joining import MAX_PARTS

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
HOSTILE = '<b>x</i> & "q" {{ 7*7 }} {% raw %} </blockquote><a href="tg://x">\u202eemoji 😀'
LONG = "楼道灯坏了三天了，老人晚上不敢下楼。<&>" * 190

CATEGORY = Category(
    code="facility.lighting",
    group="facility",
    label_zh="路灯楼道灯",
    label_en="Street and stairway lights",
    question=(
        Question(
            code="when",
            ask_zh="坏了多久？",
            ask_en="Since when?",
            kind="choice",
            choices=(Choice(code="days", zh="几天了", en="A few days"),),
        ),
    ),
    response_minutes=120,
    resolution_minutes=960,
)
NODE = GridNode(code="xg.01.01.01", name="合水中路12号院", name_en="No. 12", level=Level.COURTYARD)
WORKER = Staff(
    code="worker-0101-1",
    name="马建国",
    name_en="Jianguo Ma",
    role=Role.GRID_WORKER,
    grid="xg.01.01",
    title="网格员",
    title_en="Grid worker",
)
NAMELESS = Staff(code="x1", name=HOSTILE, role=Role.VOLUNTEER, grid="xg.01.01")
WATER = Department(code="water", label_zh="供水公司", label_en="Water company", phone="0931-1")
FILE = DraftFile(kind="photo", file_id="AgAC", file_unique_id="AQAD")


def a_ticket(**changes: Any) -> Ticket:
    values: dict[str, Any] = {
        "id": 7,
        "number": 1042,
        "category": CATEGORY.code,
        "text": "楼道灯坏了三天了",
        "grid": NODE.code,
        "lane": "合水中路",
        "number_of_house": "12",
        "state": State.ASSIGNED,
        "created_at": NOW,
        "updated_at": NOW,
        "promised_at": NOW,
        "response_due_at": NOW + timedelta(hours=2),
        "resolution_due_at": NOW + timedelta(days=2),
    }
    return Ticket(**(values | changes))


TICKETS = [
    a_ticket(),
    a_ticket(
        text=LONG, state=State.WAITING_RESIDENT, paused_at=NOW, responded_at=NOW, emergency="gas"
    ),
    a_ticket(
        text=HOSTILE,
        behalf_of=HOSTILE,
        state=State.CLOSED,
        outcome=Outcome.NOT_POSSIBLE,
        rating=2,
        rating_comment=HOSTILE,
    ),
]
EVENTS = [
    {
        "at": NOW,
        "action": action.value,
        "actor": actor,
        "staff": staff,
        "target": target,
        "text": text,
    }
    for action in Action
    for actor, staff, target, text in (
        ("reporter", None, "", ""),
        ("assignee", WORKER, "供水公司", LONG),
        ("office", NAMELESS, HOSTILE, HOSTILE),
    )
]


def _card(ticket: Ticket, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "ticket": ticket,
        "category": CATEGORY,
        "place": "合水中路12号3单元401室",
        "path": "合水中路社区 › 合水中路社区第一网格 › 合水中路12号院",
        "original": "",
        "assignee": WORKER,
        "department": None,
        "answers": [("坏了多久？", "几天了")],
        "due": NOW,
        "left": TimeLeft(False, 0, 2, 0),
        "followers": 3,
        "files": 2,
        "events": EVENTS[:4],
        "text_limit": 900,
        "event_limit": 160,
    }
    return values | changes


def _flow(action: Action, **changes: Any) -> Flow:
    values: dict[str, Any] = {
        "ticket": 7,
        "number": 1042,
        "version": 3,
        "action": action,
        "asked_at": NOW,
    }
    return Flow.model_validate(values | changes)


def _step(action: Action, name: str, **changes: Any) -> dict[str, Any]:
    answers = {"outcome": "done", "text": HOSTILE * 30, "parts": "a\nb", "into": "1050"}
    values: dict[str, Any] = {
        "flow": _flow(action, answers=answers, files=[FILE]),
        "key": f"{action.value}.{name}",
        "parts": [HOSTILE, LONG],
        "other": a_ticket(number=1050, text=LONG),
        "other_category": CATEGORY,
        "more": 3,
        "nobody": False,
        "most": MAX_PARTS,
    }
    return values | changes


def _done(action: Action, **answers: str) -> dict[str, Any]:
    given = {"reason": HOSTILE, "into": "1050"} | answers
    return {
        "flow": _flow(action, answers=given),
        "ticket": a_ticket(),
        "tickets": [a_ticket(), a_ticket(number=1043)],
    }


DRAFT = Draft(
    text=HOSTILE, proposed=CATEGORY.code, category=CATEGORY.code, confidence=0.9, files=[FILE]
)
PREVIEW = Preview(
    category=CATEGORY,
    place_text=HOSTILE,
    staff=WORKER,
    title="网格员",
    response_due_at=NOW,
    resolution_due_at=NOW,
    needs_human=False,
)
UNSURE = Preview(
    category=CATEGORY,
    place_text="合水中路12号",
    staff=None,
    title="",
    response_due_at=NOW,
    resolution_due_at=NOW,
    needs_human=True,
)


def _behalf(step: str, preview: Preview | None = None, **changes: Any) -> dict[str, Any]:
    form = Behalf(who="王奶奶，201室", draft=DRAFT).model_copy(update=changes)
    return {"step": step, "form": form, "preview": preview}


_WORDS: list[dict[str, Any]] = [
    {"flow": _flow(Action.ESCALATE), "words": words, "most": MAX_PARTS}
    for words in ("", "灯还是不亮", HOSTILE, LONG)
]
_FLOW: list[dict[str, Any]] = [{"flow": _flow(Action.NOTE), "most": MAX_PARTS}]
_POST = Post(WORKER, held=True)
_VACANT = Post(NAMELESS, held=False)

CONTEXTS: dict[str, list[dict[str, Any]]] = {
    "staff/card": [
        *[_card(ticket) for ticket in TICKETS],
        _card(
            TICKETS[2],
            assignee=NAMELESS,
            department=WATER,
            original=HOSTILE * 5,
            place=HOSTILE,
            answers=[(HOSTILE * 3, LONG)] * 4,
            events=[EVENTS[2]] * 4,
            left=TimeLeft(True, 3, 4, 5),
        ),
        _card(a_ticket(state=State.TRIAGE), assignee=None, answers=[], followers=0, events=[]),
        *[_card(a_ticket(state=state)) for state in State],
    ],
    "staff/history": [
        {
            "ticket": TICKETS[0],
            "events": EVENTS[at : at + 8],
            "page": at,
            "pages": 9,
            "event_limit": 320,
        }
        for at in range(0, len(EVENTS), 8)
    ]
    + [{"ticket": TICKETS[0], "events": [], "page": 0, "pages": 1, "event_limit": 320}],
    "staff/full_text": [{"ticket": t, "text": t.text[:3500]} for t in TICKETS],
    "staff/photo_caption": [{"ticket": TICKETS[0]}],
    "staff/ticket_usage": [{}],
    "staff/gone": [{"number": 1042}],
    "staff/queue": [
        {"page": QueuePage(TICKETS, 0, 1, 3, 1), "on_duty": True},
        {"page": QueuePage(TICKETS, 1, 4, 18, 0), "on_duty": False},
        {"page": QueuePage([], 0, 1, 0, 0), "on_duty": False},
    ],
    "staff/desk": [
        {"page": DeskPage(items=TICKETS, page=1, pages=3, total=12)},
        {"page": DeskPage(items=[], page=0, pages=1, total=0)},
    ],
    "staff/duty": [
        {"status": DutyStatus(on, count, late, others), "staff": member}
        for on in (True, False)
        for count, late in ((0, 0), (3, 1))
        for others in ([], [WORKER, NAMELESS])
        for member in (WORKER, NAMELESS)
    ],
    "staff/step": [_step(action, step.name) for action, steps in STEPS.items() for step in steps]
    + [
        _step(Action.TRANSFER, "staff", nobody=True, more=0),
        _step(Action.RESOLVE, "proof", flow=_flow(Action.RESOLVE, proof_expected=True)),
        _step(Action.ADD, "as", flow=_flow(Action.ADD, answers={"text": ""}, files=[FILE])),
    ],
    "staff/done": [_done(action) for action in STEPS]
    + [_done(Action.ADD, **{"as": "ask"}), _done(Action.RESOLVE, outcome="duplicate")],
    "staff/flow_cancelled": _WORDS,
    "staff/flow_dropped": _WORDS,
    "staff/flow_failed": _WORDS,
    "staff/flow_pending": _WORDS,
    "staff/flow_over": [{}],
    "staff/needs_words": _FLOW,
    "staff/needs_choice": _FLOW,
    "staff/needs_photo": _FLOW,
    "staff/needs_number": _FLOW,
    "staff/needs_parts": _FLOW,
    "staff/words_kept": _FLOW,
    "staff/file_too_large": [{}],
    "staff/behalf": [
        _behalf("who", who="", draft=None),
        _behalf("text", draft=None, who=HOSTILE),
        _behalf("category"),
        _behalf("place"),
        _behalf("place", unknown=HOSTILE),
        _behalf("place", options=[Place(grid=NODE.code)]),
        _behalf("confirm", PREVIEW),
        _behalf("confirm", UNSURE),
    ],
    "staff/behalf_done": [{"ticket": TICKETS[0], "form": Behalf(who=HOSTILE)}],
    "staff/behalf_cancelled": [{"form": Behalf(who="王奶奶")}, {"form": Behalf(draft=DRAFT)}],
    "staff/posts": [
        {"purpose": purpose, "node": NODE, "empty": empty}
        for purpose in ("invite", "ask")
        for empty in (True, False)
    ],
    "staff/invitation": [
        {"post": post, "link": "https://t.me/linmen_bot?start=i_AbC-_x", "hours": 72}
        for post in (_POST, _VACANT)
    ],
    "staff/dismiss_ask": [{"post": _POST}, {"post": _VACANT}],
    "staff/dismissed": [
        {"done": Dismissal(WORKER, 0)},
        {"done": Dismissal(NAMELESS, 4)},
    ],
    "notices/digest": [
        {"digest": DigestContext(WORKER, 3, 1, 1, 1, 0, TICKETS)},
        {"digest": DigestContext(NAMELESS, 0, 0, 0, 0, 5, [])},
    ],
}
OFTEN = {
    often_label(_flow(action, answers={"outcome": outcome}), step, index)
    for action, steps in STEPS.items()
    for step in steps
    for outcome in CLOSINGS
    for index in range(1, FREQUENT.get((action, step.name), 0) + 1)
}
"""Labels of all frequent answers."""
