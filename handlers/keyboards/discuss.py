"""Buttons of residents in the seven steps. Callback data carries ids and short codes only."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from handlers.keyboards.council import call_button
from handlers.keyboards.deliberation import DView, view_button
from handlers.keyboards.layout import button, in_rows, rows
from handlers.texts import Texts
from models.deliberation.steps import Step

_BESIDE = frozenset(
    {
        "picture",
        "my_opinions",
        "topics",
        "options",
        "announcement",
        "ask",
        "questions",
        "amend",
        "proxy",
        "receipt",
        "tasks",
        "rules",
        "report",
    }
)
"""Screens with short names that stand two in a row, below what is to be done now."""
_RECORDS = frozenset(
    {
        "picture",
        "my_opinions",
        "topics",
        "options",
        "announcement",
        "questions",
        "receipt",
        "tasks",
        "rules",
        "report",
    }
)
"""What one looks at."""
_OF_STEP: dict[Step, frozenset[str]] = {
    Step.COLLECT: frozenset({"picture", "my_opinions"}),
    Step.CONFIRM: frozenset({"picture"}),
    Step.DRAFT: frozenset({"topics", "options"}),
    Step.ANNOUNCE: frozenset({"announcement", "options", "questions"}),
    Step.CONSULT: frozenset({"options", "questions", "receipt"}),
    Step.APPLY: frozenset({"tasks", "rules"}),
    Step.REPORT: frozenset({"report", "tasks"}),
    Step.CLOSED: frozenset({"report", "rules"}),
}
"""Records that belong to a step; where nothing is said here, all of them do."""
_FIRST = {
    Step.ANNOUNCE: "announcement",
    Step.APPLY: "tasks",
    Step.REPORT: "report",
    Step.CLOSED: "report",
}
"""What is to be read before anything else in a step; it stands on top, alone."""
_RARE = frozenset({"recuse", "jury", "withdraw"})
_PAST: dict[Step, frozenset[str]] = {
    Step.CONFIRM: frozenset({"moderate"}),
    Step.CONSULT: frozenset({"reach", "printouts", "convene"}),
}
"""What was for an earlier step and is rarely needed in this one."""


class TList(CallbackData, prefix="tl"):
    """The list of deliberations: `op` is page, propose or doorway."""

    op: str = "page"
    page: int = 0


class TOpinion(CallbackData, prefix="to"):
    """Something done to an opinion: vote (with `v`), edit, withdraw, withdraw_yes or appeal."""

    op: str
    d: int
    id: int
    v: int = 0


class TPost(CallbackData, prefix="tp"):
    """What becomes of an opinion that resembles others: join (one of them), post or drop."""

    op: str
    d: int
    id: int = 0


class TPlan(CallbackData, prefix="tn"):
    """Something done to the announcement: seen or calendar."""

    op: str
    d: int


class TMeet(CallbackData, prefix="tm"):
    """Something done in a meeting: in, talk, hand or leave."""

    op: str
    id: int


class TConsensus(CallbackData, prefix="tc"):
    """An answer to a call for consensus: none, object, or withdraw (of an objection)."""

    op: str
    d: int
    id: int


class TAfter(CallbackData, prefix="tr"):
    """Stars for process (`v`) and outcome (`w`), photos of the report, an objection withdrawn."""

    op: str
    d: int
    v: int = 0
    w: int = 0


def back(t: Texts, d: int) -> list[InlineKeyboardButton]:
    """The row that leads back to the card."""
    return [button(t.label("discuss.back"), DView(d=d, view="card"))]


def only_back(t: Texts, d: int, *views: str) -> InlineKeyboardMarkup:
    """Screens that come next, and the way back."""
    return rows(*([view_button(t, d, view)] for view in views), back(t, d))


def listing(
    t: Texts,
    entries: Sequence[tuple[int, str]],
    page: int,
    pages: int,
    *,
    may_propose: bool,
    may_call: bool = False,
) -> InlineKeyboardMarkup:
    """Deliberations as (id, label), the pages around, and the ways to propose or open one."""
    turns = []
    if page > 0:
        turns.append(button(t.label("discuss.newer"), TList(page=page - 1)))
    if page + 1 < pages:
        turns.append(button(t.label("discuss.older"), TList(page=page + 1)))
    propose = [button(t.label("discuss.propose"), TList(op="propose"))]
    doorway = [button(t.label("discuss.doorway"), TList(op="doorway"))]
    return rows(
        *([button(label, DView(d=d, view="card"))] for d, label in entries),
        turns,
        [call_button(t)] if may_call else [],
        propose if may_propose else doorway,
    )


def card(
    t: Texts, d: int, screens: Sequence[str], step: Step, *, doorway: bool
) -> InlineKeyboardMarkup:
    """What this person can do now, one a row; what one can look at, two; the way to the list.

    What is not about the present step is behind one button. `doorway`: theirs is not known yet.
    """
    later = _later(screens, step)
    now = [name for name in screens if name not in later]
    first = _FIRST.get(step)
    alone = [name for name in now if name == first or name not in _BESIDE]
    alone.sort(key=lambda name: name != first)
    beside = [view_button(t, d, name) for name in now if name not in alone]
    return rows(
        [button(t.label("discuss.doorway"), TList(op="doorway"))] if doorway else [],
        *([view_button(t, d, name)] for name in alone),
        *in_rows(beside, 2),
        [view_button(t, d, "more")] if later else [],
        [button(t.label("discuss.list"), TList())],
    )


def more(t: Texts, d: int, screens: Sequence[str], step: Step) -> InlineKeyboardMarkup:
    """What the card keeps behind its button."""
    later = _later(screens, step)
    beside = [view_button(t, d, name) for name in later if name in _BESIDE]
    return rows(
        *([view_button(t, d, name)] for name in later if name not in _BESIDE),
        *in_rows(beside, 2),
        back(t, d),
    )


def _later(screens: Sequence[str], step: Step) -> list[str]:
    """Screens that would only be in the way on the card; none where it is a single one."""
    now = _OF_STEP.get(step, _RECORDS)
    aside = _RARE | _PAST.get(step, frozenset())
    later = [name for name in screens if name in aside or (name in _RECORDS and name not in now)]
    return later if len(later) > 1 else []


# --- opinions ----------------------------------------------------------------------------------


def opinion_card(t: Texts, d: int, opinion: int) -> InlineKeyboardMarkup:
    """Agree, disagree, pass."""
    return rows(
        [
            button(t.label("discuss.agree"), TOpinion(op="vote", d=d, id=opinion, v=1)),
            button(t.label("discuss.disagree"), TOpinion(op="vote", d=d, id=opinion, v=-1)),
        ],
        [button(t.label("discuss.pass"), TOpinion(op="vote", d=d, id=opinion, v=0))],
        back(t, d),
    )


def similar(t: Texts, d: int, opinions: Sequence[tuple[int, str]]) -> InlineKeyboardMarkup:
    """Join one of the opinions (id, text), or post one's own."""
    return rows(
        *(
            [button(t.label("discuss.join", text=text), TPost(op="join", d=d, id=i))]
            for i, text in opinions
        ),
        [button(t.label("discuss.post_anyway"), TPost(op="post", d=d))],
        [button(t.label("discuss.drop"), TPost(op="drop", d=d))],
    )


def my_opinions(
    t: Texts, d: int, acts: Sequence[tuple[str, int, int]], *, may_add: bool
) -> InlineKeyboardMarkup:
    """What can be done to each opinion, as (op, opinion, its number in the list)."""
    names = {"edit": "edit_opinion", "withdraw": "withdraw_opinion", "appeal": "appeal"}
    return rows(
        *in_rows(
            (
                button(t.label(f"discuss.{names[op]}", n=n), TOpinion(op=op, d=d, id=i))
                for op, i, n in acts
            ),
            2,
        ),
        [view_button(t, d, "opine")] if may_add else [],
        back(t, d),
    )


def confirm_withdraw(t: Texts, d: int, opinion: int) -> InlineKeyboardMarkup:
    """The question before an opinion is taken back."""
    return rows(
        [
            button(
                t.label("discuss.withdraw_opinion_yes"),
                TOpinion(op="withdraw_yes", d=d, id=opinion),
            )
        ],
        [button(t.label("discuss.keep_opinion"), DView(d=d, view="my_opinions"))],
    )


# --- plans -------------------------------------------------------------------------------------


def options(
    t: Texts, d: int, entries: Sequence[tuple[int, str, str]], *, view: str = "option"
) -> InlineKeyboardMarkup:
    """Each option as (id, letter, title); `view` is the screen that it opens."""
    return rows(
        *(
            [
                button(
                    t.label("discuss.option", letter=letter, title=title),
                    DView(d=d, view=view, i=i),
                )
            ]
            for i, letter, title in entries
        ),
        back(t, d),
    )


def option(t: Texts, d: int, i: int, *, versions: bool, amend: bool) -> InlineKeyboardMarkup:
    """What was changed, a suggestion, and back to all options."""
    changed = [button(t.label("discuss.versions"), DView(d=d, view="versions", i=i))]
    return rows(
        changed if versions else [],
        [view_button(t, d, "amend", i)] if amend else [],
        [button(t.label("discuss.back_options"), DView(d=d, view="options"))],
        back(t, d),
    )


def announcement(t: Texts, d: int, *, seen: bool, meeting: bool) -> InlineKeyboardMarkup:
    """ "Seen", the calendar file, the options, a question, the way back."""
    return rows(
        [] if seen else [button(t.label("discuss.seen"), TPlan(op="seen", d=d))],
        [button(t.label("discuss.calendar"), TPlan(op="calendar", d=d))] if meeting else [],
        [view_button(t, d, "options"), view_button(t, d, "ask")],
        back(t, d),
    )


# --- the meeting -------------------------------------------------------------------------------


def meeting(
    t: Texts, d: int, meeting_id: int, ops: Sequence[str], *, calendar: bool
) -> InlineKeyboardMarkup:
    """What can be done in the meeting now: in, talk, hand, leave."""
    names = {"in": "check_in", "talk": "talk", "hand": "hand", "leave": "leave"}
    acts = [button(t.label(f"discuss.{names[op]}"), TMeet(op=op, id=meeting_id)) for op in ops]
    return rows(
        *in_rows(acts, 2),
        [button(t.label("discuss.calendar"), TPlan(op="calendar", d=d))] if calendar else [],
        [button(t.label("discuss.refresh"), DView(d=d, view="meeting"))],
        back(t, d),
    )


def hall(t: Texts, d: int, meeting_id: int) -> InlineKeyboardMarkup:
    """Under what is said in the hall: raise the hand, look around, leave."""
    return rows(
        [button(t.label("discuss.hand"), TMeet(op="hand", id=meeting_id))],
        [button(t.label("discuss.refresh"), DView(d=d, view="meeting"))],
        [button(t.label("discuss.leave"), TMeet(op="leave", id=meeting_id))],
    )


def consensus(t: Texts, d: int, call: int, objection: int, *, answer: bool) -> InlineKeyboardMarkup:
    """Object or not, while it runs; who objected may take it back."""
    mine = [
        button(t.label("discuss.withdraw_objection"), TConsensus(op="withdraw", d=d, id=objection))
    ]
    none = button(t.label("discuss.no_objection"), TConsensus(op="none", d=d, id=call))
    against = button(t.label("discuss.object_consensus"), TConsensus(op="object", d=d, id=call))
    return rows(
        [none] if answer and not objection else [],
        [against] if answer and not objection else [],
        mine if objection else [],
        back(t, d),
    )


# --- after the decision ------------------------------------------------------------------------


def stars(t: Texts, d: int, process: int = 0) -> InlineKeyboardMarkup:
    """One to five stars: for the process first, then, knowing those, for the outcome."""
    op = "outcome" if process else "process"
    buttons = [
        button(
            t.label("discuss.stars", stars=n),
            TAfter(op=op, d=d, v=process or n, w=n if process else 0),
        )
        for n in range(5, 0, -1)
    ]
    return rows(buttons[:1], buttons[1:3], buttons[3:], back(t, d))


def report(t: Texts, d: int, *, photos: int, views: Sequence[str]) -> InlineKeyboardMarkup:
    """The photos, then what one may say to the report."""
    shown = [button(t.label("discuss.photos", count=photos), TAfter(op="photos", d=d))]
    return rows(shown if photos else [], *([view_button(t, d, view)] for view in views), back(t, d))


def my_objection(t: Texts, d: int, objection: int) -> InlineKeyboardMarkup:
    """Take back an objection to the result."""
    take_back = TAfter(op="take_back", d=d, v=objection)
    return rows([button(t.label("discuss.withdraw_complaint"), take_back)], back(t, d))
