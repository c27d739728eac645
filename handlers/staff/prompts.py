"""The question that an action asks next: its words and its buttons."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiogram.types import InlineKeyboardMarkup

from handlers.keyboards.staff import category_keyboard, step_keyboard
from handlers.staff.flow import (
    CLOSINGS,
    EDIT,
    FREQUENT,
    NO,
    OUTCOMES,
    SKIP,
    YES,
    Flow,
    Step,
    is_first,
    often_label,
    split_parts,
)
from handlers.staff.show import staff_label
from handlers.texts import Texts
from handlers.turn import Turn
from models.district import Department
from models.lifecycle import Action, Outcome
from workflows.staffing import assign_candidates
from workflows.tickets.joining import MAX_PARTS
from workflows.tickets.staff import help_candidates, transfer_candidates
from workflows.tickets.submit import propose
from workflows.tickets.view import find_by_number, view_ticket

MAX_BUTTONS = 12
"""People offered as buttons; all others are found by typing their name."""
BEST = 3
"""Categories that triage offers before the groups."""

Options = list[tuple[str, str]]


async def options_of(turn: Turn, flow: Flow, step: Step) -> Options:
    """All answers (value, label) that this question offers; typing may pick any of them."""
    fixed = _FIXED.get((flow.action, step.name)) or _FIXED.get((None, step.name))
    if fixed is not None:
        return [(value, turn.t.label(f"staff.{label}")) for value, label in fixed]
    if step.name in _ASKED:
        return await _ASKED[step.name](turn, flow)
    return _frequent(turn.t, flow, step)


def _outcomes(outcomes: Iterable[Outcome]) -> Options:
    return [(outcome.value, f"outcome_{outcome.value}") for outcome in outcomes]


_FIXED: dict[tuple[Action | None, str], Options] = {
    (Action.CLOSE, "outcome"): _outcomes(CLOSINGS),
    (None, "outcome"): _outcomes(OUTCOMES),
    (None, "phone"): [(YES, "send_anyway"), (EDIT, "write_again")],
    (None, "as"): [(Action.ASK.value, "as_ask"), (Action.NOTE.value, "as_note")],
    (None, "settled"): [(YES, "settled_yes"), (NO, "settled_no")],
    (None, "sure"): [(YES, "sure")],
    (None, "proof"): [(NO, "no_photo")],
}
"""Questions whose answers are always the same: value and label."""


async def _people(turn: Turn, flow: Flow) -> Options:
    """Who may get the ticket: anybody in the decider's scope, or colleagues of the grid."""
    if flow.action is Action.ASSIGN:
        ticket = (await view_ticket(turn.work, turn.person, flow.ticket)).ticket
        people = await assign_candidates(turn.work, turn.person, ticket)
    else:
        people = await transfer_candidates(turn.work, turn.person, flow.ticket)
    return [(member.code, staff_label(turn.t, member)) for member in people]


async def _helpers(turn: Turn, flow: Flow) -> Options:
    found = await help_candidates(turn.work, turn.person, flow.ticket)
    staff = [(member.code, staff_label(turn.t, member)) for member in found.staff]
    return staff + _units(turn.t, found.departments)


async def _departments(turn: Turn, flow: Flow) -> Options:
    """All outside bodies, the one that usually has this category first."""
    usual = (await view_ticket(turn.work, turn.person, flow.ticket)).category.department
    units = sorted(turn.work.district.departments, key=lambda unit: unit.code != usual)
    return _units(turn.t, units)


_ASKED: dict[str, Callable[[Turn, Flow], Awaitable[Options]]] = {
    "staff": _people,
    "target": _helpers,
    "department": _departments,
    "responsible": _departments,
}
"""Questions whose answers depend on the ticket."""


def _frequent(t: Texts, flow: Flow, step: Step) -> Options:
    """Frequent answers; a note to an outside body may also be left out."""
    count = FREQUENT.get((flow.action, step.name), 0)
    often = [(str(n), t.label(often_label(flow, step, n))) for n in range(1, count + 1)]
    optional = (flow.action, step.name) == (Action.FORWARD, "note")
    return [*often, (SKIP, t.label("staff.skip"))] if optional else often


def _units(t: Texts, departments: Iterable[Department]) -> Options:
    chinese = t.locale.startswith("zh")
    return [(d.code, d.label_zh if chinese else d.label_en) for d in departments]


async def prompt(turn: Turn, flow: Flow, step: Step) -> tuple[str, InlineKeyboardMarkup]:
    """The words and buttons of this question.

    Raises NotFound when a number that was given as an answer names no ticket the person may see.
    """
    context: dict[str, Any] = {
        "parts": [],
        "other": None,
        "other_category": None,
        "more": 0,
        "nobody": False,
        "most": MAX_PARTS,
    }
    if step.name == "sure" and "into" in flow.answers:
        view = await find_by_number(turn.work, turn.person, int(flow.answers["into"]))
        context |= {"other": view.ticket, "other_category": view.category}
    if step.name == "sure" and "parts" in flow.answers:
        context["parts"] = split_parts(flow.answers["parts"])
    if step.kind == "category":
        return _render(turn.t, flow, step, context), await _categories(turn, flow)
    options = await options_of(turn, flow, step)
    context["nobody"] = step.kind == "pick" and not options
    context["more"] = max(0, len(options) - MAX_BUTTONS)
    short = step.name in ("responsible", "department", "target", "settled")
    keyboard = step_keyboard(
        turn.t,
        flow.ticket,
        step.name,
        options[:MAX_BUTTONS],
        first=is_first(flow, step),
        width=2 if short else 1,
    )
    return _render(turn.t, flow, step, context), keyboard


def _render(t: Texts, flow: Flow, step: Step, context: dict[str, Any]) -> str:
    return t("staff/step", flow=flow, key=f"{flow.action.value}.{step.name}", **context)


async def _categories(turn: Turn, flow: Flow) -> InlineKeyboardMarkup:
    """The best of triage for the ticket's words, then all groups."""
    view = await view_ticket(turn.work, turn.person, flow.ticket)
    draft = await propose(turn.work, view.ticket.text)
    codes = dict.fromkeys([draft.proposed, *draft.alternatives])
    known = turn.work.district.category_by_code
    best = [known[code] for code in codes if code in known][:BEST]
    return category_keyboard(turn.t, flow.ticket, best, turn.work.district.groups)
