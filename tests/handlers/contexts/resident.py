"""Sample values for every template that residents read: everyday ones and hostile ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from models.district import Role, Staff
from models.lifecycle import Action, Outcome, State
from models.ticket import Ticket

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
HOSTILE = '<b>x</i> & "q" {{ 7*7 }} {% raw %} </blockquote><a href="tg://x">\u202eemoji 😀'
LONG = "😀😀😀<&>灯" * 570
ADDRESS = "合水中路12号3单元401室"
DUE = NOW + timedelta(days=2)

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
STAFF = (None, WORKER, NAMELESS)


def a_ticket(**changes: Any) -> Ticket:
    values: dict[str, Any] = {
        "id": 7,
        "number": 1042,
        "category": "facility.lighting",
        "text": "楼道灯坏了三天了",
        "grid": "xg.01.01.01",
        "state": State.ASSIGNED,
        "created_at": NOW,
        "updated_at": NOW,
        "promised_at": NOW,
        "response_due_at": NOW + timedelta(hours=2),
        "resolution_due_at": DUE,
    }
    return Ticket(**(values | changes))


def _events() -> list[dict[str, Any]]:
    return [
        {
            "at": NOW,
            "action": action.value,
            "who": "me" if action is Action.SUBMIT else "system",
            "name": "" if action is Action.SUBMIT else HOSTILE,
            "text": HOSTILE * 3,
        }
        for action in Action
    ]


def _card(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "ticket": a_ticket(),
        "label": "路灯楼道灯",
        "text": "楼道灯坏了三天了",
        "address": ADDRESS,
        "mine": True,
        "following": False,
        "assignee": WORKER,
        "title": "网格员",
        "department": "",
        "files": 0,
        "followers": 0,
        "question": "",
        "events": _events()[:2],
    }
    return values | changes


def _cards() -> list[dict[str, Any]]:
    states = [_card(ticket=a_ticket(state=state)) for state in State]
    outcomes = [_card(ticket=a_ticket(state=State.CLOSED, outcome=outcome)) for outcome in Outcome]
    full = _card(
        ticket=a_ticket(overdue=True, rating=2, rating_comment=LONG),
        label=HOSTILE,
        text=LONG[:600],
        address=HOSTILE,
        assignee=NAMELESS,
        title=HOSTILE,
        department=HOSTILE,
        files=3,
        followers=4,
        question=LONG[:240],
        events=[event | {"text": LONG[:120]} for event in _events()[:6]],
    )
    histories = [_card(events=_events()[at : at + 6]) for at in range(0, len(Action), 6)]
    return [
        *states,
        *outcomes,
        *histories,
        full,
        _card(mine=False, assignee=None, events=[_events()[0] | {"who": "neighbour"}]),
    ]


def _line(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "number": 1042,
        "label": "路灯楼道灯",
        "title": "楼道灯坏了三天了",
        "state": State.ASSIGNED,
        "outcome": None,
        "overdue": False,
        "rating": None,
        "at": NOW,
    }
    return values | changes


def _summary(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "note": "",
        "label": "路灯楼道灯",
        "text": "楼道灯坏了三天了",
        "place": ADDRESS,
        "answers": [],
        "files": 0,
        "staff": WORKER,
        "title": "网格员",
        "response_due_at": NOW,
        "resolution_due_at": DUE,
        "needs_human": False,
        "about_staff": False,
    }
    return values | changes


def _submitted(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "number": 1042,
        "staff": WORKER,
        "title": "网格员",
        "label": "路灯楼道灯",
        "state": State.ASSIGNED,
        "response_due_at": NOW,
        "resolution_due_at": DUE,
    }
    return values | changes


def _similar(count: int, **changes: Any) -> dict[str, Any]:
    item: dict[str, Any] = {
        "number": 1042,
        "label": "路灯楼道灯",
        "place": "合水中路12号",
        "since": NOW,
        "neighbours": 2,
    }
    return {"items": [item | changes] * count, "neighbours": 2 * count}


def _emergency(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "label": "燃气泄漏",
        "numbers": ("119",),
        "advice": ("开窗，关总阀。",),
        "property_phone": None,
        "hotline": "12345",
    }
    return values | changes


def _each(name: str, *values: Any, **others: Any) -> list[dict[str, Any]]:
    return [{name: value} | others for value in values]


NOTHING: list[dict[str, Any]] = [{}]
_NUMBER = _each("number", 1042)
_WITH_WORKER = _each("assignee", *STAFF, number=1042, resolution_due_at=DUE)

CONTEXTS: dict[str, list[dict[str, Any]]] = {
    "start/welcome": _each(
        "courtyard", "", "合水中路12号院", HOSTILE, district="西固城街道", hotline="12345"
    ),
    "start/consent": _each("waiting", True, False, hotline="12345"),
    "start/agreed": NOTHING,
    "start/ready": NOTHING,
    "start/declined": _each("hotline", "12345"),
    "start/welcome_back": _each("staff", *STAFF),
    "start/poster": _each("courtyard", "合水中路12号院", HOSTILE),
    "start/poster_elsewhere": _each("courtyard", "合水中路12号院", HOSTILE, known=HOSTILE),
    "start/staff_bound": _each("name", "马建国", HOSTILE, title=HOSTILE, grid=HOSTILE),
    "language/ask": NOTHING,
    "language/chosen": NOTHING,
    "doorway/consent_first": NOTHING,
    "doorway/known": _each("address", ADDRESS, HOSTILE),
    "doorway/kept": NOTHING,
    "doorway/send_location": NOTHING,
    "doorway/no_location": NOTHING,
    "doorway/outside": NOTHING,
    "doorway/pin": _each("address", ADDRESS, HOSTILE),
    "doorway/not_found": _each("typed", "那边", HOSTILE, LONG, matter=True)
    + _each("typed", "那边", matter=False),
    "doorway/ask": [
        {"matter": matter, "exactness": exactness}
        for matter in (True, False)
        for exactness in ("doorway", "courtyard")
    ],
    "doorway/home": _each("address", ADDRESS, HOSTILE),
    "doorway/options": _each("names", ["甲院", "乙院"], [HOSTILE] * 8),
    "doorway/confirm": _each("typed", "", "和水中路12", LONG, HOSTILE, address=ADDRESS),
    "doorway/grid": _each("top", True, False, above=HOSTILE, names=[HOSTILE] * 12),
    "doorway/part": _each("part", "building", "unit", "room", address=HOSTILE, names=["1"]),
    "doorway/part_not_found": _each("part", "building", "unit", "room", typed=LONG),
    "doorway/words_please": NOTHING,
    "doorway/saved": _each("address", ADDRESS, HOSTILE),
    "intake/text": [
        {"files": files, "voice": voice} for files in (0, 2) for voice in (True, False)
    ],
    "intake/not_a_matter": _each("typed", "你好", HOSTILE),
    "intake/split": _each("matters", ["灯坏了", "垃圾没人拉"], [LONG] * 6, [HOSTILE] * 3),
    "intake/category": [
        {"title": title, "label": HOSTILE, "hint": hint, "unsure": unsure}
        for title in ("灯坏了", HOSTILE)
        for hint in ("", HOSTILE)
        for unsure in (True, False)
    ],
    "intake/groups": _each("names", ["环境"]),
    "intake/categories": _each("names", ["噪音"]),
    "intake/question": _each("choices", [], ["白天", "夜里"], ask=HOSTILE),
    "intake/details": _each("label", HOSTILE),
    "intake/photo": _each("label", HOSTILE),
    "intake/similar": [_similar(1), _similar(3, label=HOSTILE, place=HOSTILE)],
    "intake/summary": [
        _summary(),
        _summary(staff=None, title="", needs_human=True, note="added", files=2),
        _summary(staff=None, title="", about_staff=True),
        _summary(
            staff=NAMELESS,
            title=HOSTILE,
            text=LONG,
            place=HOSTILE,
            label=HOSTILE,
            answers=[(HOSTILE, LONG)] * 3,
        ),
    ],
    "intake/correct_text": _each("text", "灯坏了", LONG, HOSTILE),
    "intake/pending": _each("title", "", "灯坏了", HOSTILE, files=2) + _each("title", "x", files=0),
    "intake/cancelled": NOTHING,
    "intake/submitted": [
        _submitted(),
        _submitted(staff=None, title="", state=State.TRIAGE),
        _submitted(staff=None, title="", state=State.UNASSIGNED),
        _submitted(staff=NAMELESS, title=HOSTILE, label=HOSTILE),
    ],
    "intake/joined": _each("number", 1042, resolution_due_at=DUE),
    "intake/file_kept": _each("files", 1),
    "intake/pick_please": NOTHING,
    "intake/what_to_fix": NOTHING,
    "intake/edited": _each("text", "灯坏了", LONG, HOSTILE),
    "intake/edited_part": NOTHING,
    "intake/emergency": [
        _emergency(),
        _emergency(numbers=("119", "96333"), property_phone="0931-1", advice=(HOSTILE,) * 4),
    ],
    "intake/emergency_raised": _each("assignee", *STAFF, number=1042, address=HOSTILE)
    + _each("assignee", None, number=1042, address=""),
    "intake/emergency_placed": _each("address", ADDRESS, HOSTILE),
    "intake/emergency_no_place": NOTHING,
    "intake/emergency_false": _NUMBER,
    "my/list": [
        {"open": [], "past": [], "page": 1, "pages": 1},
        {
            "open": [_line(state=state, overdue=True) for state in State],
            "past": [_line(state=State.CLOSED, outcome=o, rating=4) for o in (*Outcome, None)],
            "page": 1,
            "pages": 3,
        },
        {"open": [_line(label=HOSTILE, title=HOSTILE)] * 5, "past": [], "page": 1, "pages": 1},
    ],
    "my/card": _cards(),
    "my/urged": _WITH_WORKER,
    "my/withdraw": _NUMBER,
    "my/withdrawn": _NUMBER,
    "my/followed": _WITH_WORKER,
    "my/unfollowed": _NUMBER,
    "my/rate": _NUMBER,
    "my/comment": _each("stars", 1, 2, 3, 5, number=1042),
    "my/commented": NOTHING,
    "my/ask_reopen": _each("question", "", number=1042),
    "my/ask_add": _each("question", "", number=1042),
    "my/ask_answer": _each("question", "", "哪一盏？", LONG[:1000], HOSTILE, number=1042),
    "my/stopped": NOTHING,
    "my/reopened": _WITH_WORKER,
    "my/answered": _WITH_WORKER,
    "my/added": _WITH_WORKER,
    "my/closed_reply": _NUMBER,
    "my/edited": _NUMBER,
    "help/help": _each("staff", *STAFF, hotline="12345"),
    "help/privacy": _each("consented_at", None, NOW, address=HOSTILE)
    + _each("consented_at", None, address=""),
    "help/export": NOTHING,
    "help/forget": _each("staff", *STAFF),
    "help/forgotten": _each("hotline", "12345"),
    "help/kept": NOTHING,
    "errors/unexpected": NOTHING,
    "errors/not_found": NOTHING,
    "errors/not_possible_now": _each("action", "rate", state="closed"),
    "errors/already_taken": [
        {"name": name, "name_en": name_en, "title": title, "title_en": title, "number": 1042}
        for name, name_en, title in (("马建国", "Jianguo Ma", "网格员"), (HOSTILE, "", ""))
    ],
    "errors/stale_button": [{}, {"number": 1042}],
    "errors/too_soon": _each("again_at", NOW, number=1042),
    "errors/too_late": _NUMBER,
    "errors/invalid_input": _each("reason", "category"),
    "errors/invalid_input_invitation": _each("reason", "invitation"),
    "errors/invalid_input_text": _each("reason", "text"),
    **{
        f"errors/invalid_input_{reason}": _each("reason", reason)
        for reason in (
            "stars",
            "category",
            "colleague",
            "department",
            "emergency",
            "helper",
            "merge",
            "outcome",
            "parts",
            "post",
        )
    },
    "errors/press_again": NOTHING,
    "errors/slow_down": NOTHING,
    "bad_input/too_large": NOTHING,
    "bad_input/too_long": NOTHING,
    "bad_input/unreadable": NOTHING,
    "bad_input/only_marks": NOTHING,
    "bad_input/sticker": NOTHING,
    "bad_input/poll": NOTHING,
    "bad_input/contact": NOTHING,
    "bad_input/unknown_command": _each("command", "/xyz", HOSTILE[:40]),
    "bad_input/nothing_open": NOTHING,
    "bad_input/group": _each("username", "", "linmen_bot"),
}
