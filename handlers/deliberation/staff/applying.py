"""Step 6: tasks with owner and deadline, and the rules of a courtyard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from handlers.deliberation.staff.acts import act
from handlers.deliberation.staff.parts import (
    LISTED,
    back_to,
    check_runs,
    choices,
    deliberation_of,
    found,
    post_name,
    posts,
    said_done,
    short,
    suggestions,
)
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Option, Values, begin, dates_ahead, form
from handlers.keyboards.council import act_button
from handlers.keyboards.council import screen as keyboard
from handlers.places import name_of
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.steps import Capacity
from models.district import Role, Staff, covers
from models.worktime import BEIJING
from workflows.deliberation.access import council_of, doer_of
from workflows.deliberation.apply import add_task, list_tasks, settle_task
from workflows.deliberation.rules import rules_in_force
from workflows.tickets.assign import roster
from workflows.tickets.submit import DraftFile

_EVENING = time(18)
"""A task is due at this hour (Beijing) of its day."""
_OWNERS: dict[str, tuple[Role, ...]] = {
    "ticket": (Role.GRID_WORKER, Role.BUILDING_LEAD, Role.GRID_LEAD, Role.ORGANISER),
    "rule": (Role.BUILDING_LEAD, Role.ORGANISER, Role.COUNCIL_MEMBER, Role.GRID_WORKER),
    "referral": (Role.ORGANISER, Role.GRID_LEAD, Role.OFFICE),
}
"""Who likely answers for a task, by its kind, the likeliest first."""


@screen("tasks_edit")
async def tasks_edit(turn: Turn, deliberation: Deliberation, task_id: int) -> None:
    """The tasks and how they stand; for the organiser, and for whoever answers for one."""
    doer = await doer_of(turn.work, turn.person, deliberation)
    tasks = await list_tasks(turn.work, deliberation)
    runs = Capacity.ORGANISER in doer.capacities
    own = {task.id for task in tasks if task.owner == doer.name}
    if not runs and not own:
        await check_runs(turn, deliberation, Capacity.ORGANISER)
    if any(task.id == task_id and task.state == "open" for task in tasks):
        await settle(turn, deliberation, task_id, "")
        return
    t, d = turn.t, deliberation.key
    lines = [
        [act_button(t, "settle", d, task.id or 0, n=n)]
        for n, task in enumerate(tasks, 1)
        if task.state == "open" and (runs or task.id in own)
    ]
    if runs:
        lines.append([act_button(t, "task_add", d)])
    text = turn.t(
        "council/tasks_edit",
        d=deliberation,
        tasks=tasks,
        owners={task.id: post_name(turn, task.owner) for task in tasks},
        now=turn.work.now,
    )
    await turn.show(text, keyboard(t, d, *lines[-LISTED:]))


@act("task_add")
async def task_add(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """What, who, by when."""
    await begin(turn, "d_task", d=deliberation.key)


def _node_options(turn: Turn, codes: Sequence[str]) -> list[Option]:
    known = turn.work.district.node_by_code
    return [Option(c, name_of(known[c], turn.t.locale)) for c in codes if c in known]


async def _grids(turn: Turn, values: Values) -> Sequence[Option]:
    return _node_options(turn, (await deliberation_of(turn, values)).grids)


async def _departments(turn: Turn, values: Values) -> Sequence[Option]:
    chinese = turn.t.locale.startswith("zh")
    joint = turn.t.label("council.joint_meeting")
    units = turn.work.district.departments
    return [
        Option(joint, joint),
        *(Option(u.code, u.label_zh if chinese else u.label_en) for u in units),
    ]


async def _owners(turn: Turn, values: Values) -> Sequence[Option]:
    """Posts that somebody holds, near enough, the likeliest first; then the council."""
    deliberation = await deliberation_of(turn, values)
    roles, grid = _OWNERS[values["kind"]], values.get("grid") or deliberation.council
    near = [
        s
        for s in turn.work.district.staff
        if s.role in roles and (covers(s.grid, grid) or covers(grid, s.grid))
    ]
    near.sort(key=lambda s: _likelihood(s, roles, grid))
    seats = [seat.post for seat in council_of(turn.work, deliberation).seats]
    codes = list(dict.fromkeys([*(s.code for s in near), *seats]))
    held = (await roster(turn.work, codes)).held
    return posts(turn, (code for code in codes if code in held))


def _likelihood(staff: Staff, roles: tuple[Role, ...], grid: str) -> tuple[bool, int, int]:
    """Sorts those first who answer for the place itself, in the order of their roles."""
    return (not covers(staff.grid, grid), roles.index(staff.role), -len(staff.grid))


def evening_of(day: str) -> datetime:
    """The moment at which something is due that was promised for a day (ISO 8601)."""
    return datetime.combine(date.fromisoformat(day), _EVENING, tzinfo=BEIJING)


async def _task_given(turn: Turn, values: Values) -> None:
    deliberation = await deliberation_of(turn, values)
    task = await add_task(
        turn.work,
        turn.person,
        values["d"],
        kind=values["kind"],
        title=values["title"],
        owner=values["owner"],
        due_at=evening_of(values["due"]),
        text=values.get("text") or "",
        department=values.get("department"),
        grid=values.get("grid"),
        origin=turn.t.label(
            "council.task_origin", number=deliberation.number, title=deliberation.title
        ),
    )
    await said_done(turn, "task_given", deliberation, task.title)
    await open_screen(turn, "tasks_edit", values["d"])


def _not_referral(values: Values) -> bool:
    return values.get("kind") != "referral"


form(
    Form(
        "d_task",
        (
            Field(
                "kind",
                "council/f_task_kind",
                "choice",
                options=choices("task", "ticket", "rule", "referral"),
            ),
            Field("title", "council/f_task_title", "text", max_length=60),
            Field(
                "grid",
                "council/f_task_grid",
                "choice",
                options=_grids,
                when=_not_referral,
            ),
            Field(
                "department",
                "council/f_task_department",
                "choice",
                options=_departments,
                when=lambda values: values.get("kind") == "referral",
            ),
            Field(
                "text",
                "council/f_task_rule",
                "text",
                max_length=3900,
                when=lambda values: values.get("kind") == "rule",
            ),
            Field("owner", "council/f_task_owner", "choice", options=_owners),
            Field("due", "council/f_task_due", "date", options=dates_ahead(7, 14, 30, 60)),
        ),
        _task_given,
        preview="council/p_task",
        cancelled=back_to("tasks_edit"),
        for_the_record=True,
    )
)


@act("settle")
async def settle(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Whether a task was done, and how; or why not."""
    tasks = await list_tasks(turn.work, deliberation)
    task = found(next((t for t in tasks if t.id == i), None), "task")
    await begin(turn, "d_settle", d=deliberation.key, task=i, title=task.title)


async def _settled(turn: Turn, values: Values) -> None:
    files: list[Any] = values.get("files") or []
    await settle_task(
        turn.work,
        turn.person,
        values["task"],
        done=values["done"],
        note=values["note"],
        cost_cents=values.get("cost"),
        files=[DraftFile.model_validate(file) for file in files],
    )
    what = "task_done" if values["done"] else "task_explained"
    await said_done(turn, what, await deliberation_of(turn, values), short(values["note"]))
    await open_screen(turn, "tasks_edit", values["d"])


def _is_done(values: Values) -> bool:
    return bool(values.get("done"))


form(
    Form(
        "d_settle",
        (
            Field("done", "council/f_settle_done", "yes_no"),
            Field(
                "note",
                "council/f_settle_note",
                "text",
                options=suggestions("settled_1", "settled_2"),
                max_length=1000,
            ),
            Field("cost", "council/f_settle_cost", "money", required=False, when=_is_done),
            Field("files", "council/f_settle_files", "files", required=False, when=_is_done),
        ),
        _settled,
        cancelled=back_to("tasks_edit"),
        for_the_record=True,
    )
)


# --- rules -------------------------------------------------------------------------------------


@screen("rules_edit")
async def rules_edit(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What is in force in the concerned grids; a new or changed rule is a task like any."""
    await check_runs(turn, deliberation, Capacity.ORGANISER)
    known = turn.work.district.node_by_code
    rules = [
        {"grid": name_of(known[code], turn.t.locale), "rule": rule, "text": short(rule.text)}
        for code in deliberation.grids
        if code in known
        for rule in await rules_in_force(turn.work, code)
    ]
    t, d = turn.t, deliberation.key
    text = turn.t("council/rules_edit", d=deliberation, rules=rules[:LISTED])
    await turn.show(text, keyboard(t, d, [act_button(t, "rule_add", d)]))


@act("rule_add")
async def rule_add(turn: Turn, deliberation: Deliberation, i: int, v: str) -> None:
    """Write a rule; one of the same name is replaced by it."""
    await begin(turn, "d_task", d=deliberation.key, kind="rule")
