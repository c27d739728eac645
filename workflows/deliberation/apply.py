"""Step 6, 结果运用: the decision becomes tasks, each with an owner and a deadline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation, DeliberationFile
from models.deliberation.followup import DecisionTask
from models.deliberation.steps import Capacity, Step
from models.district import Category, Role, Staff, covers
from models.errors import ActionNotAllowed, InvalidInput, NotReady
from models.lifecycle import Actor, State
from models.place import Place
from models.ticket import Ticket
from workflows.deliberation.access import Doer, doer_of, load, require
from workflows.deliberation.checks import MAX_WORDS, expect_step, words
from workflows.deliberation.events import record
from workflows.deliberation.rules import adopt_rule
from workflows.deliberation.tasks import arm, close_task, task_key, task_with, tell_of_task
from workflows.tickets.access import By
from workflows.tickets.assign import roster
from workflows.tickets.create import create_ticket
from workflows.tickets.desk import assign_ticket
from workflows.tickets.files import DraftFile
from workflows.tickets.submit import fallback_category, propose
from workflows.work import Person, Work

__all__ = ["KINDS", "MAX_TITLE", "add_task", "list_tasks", "settle_task", "task_files"]

KINDS = ("ticket", "rule", "referral")
MAX_TITLE = 200


async def add_task(
    work: Work,
    person: Person,
    d_id: int,
    *,
    kind: str,
    title: str,
    owner: str,
    due_at: datetime,
    text: str = "",
    department: str | None = None,
    grid: str | None = None,
    category: str | None = None,
    origin: str = "",
) -> DecisionTask:
    """Give a task of the decision to a post; only the organiser, only in step 6.

    `ticket`: a ticket in the owner's queue; its promise is `due_at`, and the task follows it.
    `category` is what triage reads out of `title` and `text` when left out; `origin` is a line
    below them that triage does not read: which deliberation the ticket comes from. `rule`: `text`
    is in force at once as the rule `title` of `grid`; the owner says when it was made known.
    `referral`: `department` is a code of the district's departments, or a name such as
    大工委联席会议.
    `grid` may be left out when the deliberation concerns one only.

    Raises ActionNotAllowed, NotReady (`step`), InvalidInput (`task_kind`, `task_grid`, `post`,
    `due_past`, `department`, `category`, and what `words` raises).
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    expect_step(deliberation, Step.APPLY)
    task = DecisionTask(
        deliberation_id=deliberation.key,
        kind=kind,
        title=words(title, MAX_TITLE),
        owner=(await _owner(work, deliberation, owner)).code,
        due_at=due_at,
    )
    if kind not in KINDS:
        raise InvalidInput(kind, reason="task_kind")
    if due_at <= work.now:
        raise InvalidInput("due in the past", reason="due_past")
    if kind == "referral":
        task.department = _department(department)
    if kind == "rule":
        rule = await adopt_rule(work, deliberation, _grid(deliberation, grid), task.title, text)
        task.rule_id = rule.id
    if kind == "ticket":
        where = _grid(deliberation, grid)
        said = f"{task.title}\n{text.strip()}".strip()[:MAX_WORDS]
        found = await _category(work, said, category)
        whole = f"{said}\n{origin.strip()}".strip()[:MAX_WORDS]
        ticket = await _ticket(work, person, doer, task, where, whole, found)
        task.ticket_id = ticket.key
    work.session.add(task)
    await work.session.flush()
    await arm(work, task)
    record(
        work,
        deliberation,
        "add_task",
        doer,
        Capacity.ORGANISER,
        text=text.strip() or None,
        task=task_key(task),
        kind=kind,
        owner=task.owner,
    )
    if kind != "ticket" and task.owner != doer.name:
        await tell_of_task(
            work,
            [task.owner],
            "d_task_given",
            deliberation,
            task,
            text=text.strip() or None,
            by=doer.staff,
        )
    return task


async def _owner(work: Work, deliberation: Deliberation, code: str) -> Staff:
    """A post that somebody holds, of the office or with a grid above or below the council's."""
    post = work.district.staff_by_code.get(code)
    if post is None or code not in (await roster(work, [code])).held:
        raise InvalidInput(code, reason="post")
    near = covers(post.grid, deliberation.council) or covers(deliberation.council, post.grid)
    if not near and post.role is not Role.OFFICE:
        raise InvalidInput(code, reason="post")
    return post


def _grid(deliberation: Deliberation, grid: str | None) -> str:
    """Where the task is: inside what the deliberation concerns."""
    if grid is None and len(deliberation.grids) == 1:
        return deliberation.grids[0]
    if grid is None or not any(covers(code, grid) for code in deliberation.grids):
        raise InvalidInput(f"grid {grid}", reason="task_grid")
    return grid


def _department(given: str | None) -> str:
    name = (given or "").strip()
    if not name or len(name) > 40:
        raise InvalidInput("no department", reason="department")
    return name


async def _ticket(
    work: Work,
    person: Person,
    doer: Doer,
    task: DecisionTask,
    grid: str,
    text: str,
    category: Category,
) -> Ticket:
    """A ticket that goes straight to the owner, due when the task is.

    Not through `submit_ticket`: that would give it to somebody by the rules of dispatch first, and
    tell them, and then take it away again.
    """
    if grid not in work.district.node_by_code:
        raise InvalidInput(f"grid {grid}", reason="task_grid")
    if doer.staff is None:
        raise ActionNotAllowed("a task needs an organiser")
    ticket = await create_ticket(
        work,
        By(Actor.REPORTER, staff=doer.staff),
        category,
        Place(grid=grid),
        state=State.UNASSIGNED,
        text=text,
        opened_by=doer.staff.code,
    )
    ticket.resolution_due_at = max(task.due_at, ticket.response_due_at)
    await assign_ticket(work, person, ticket.key, task.owner)
    return ticket


async def _category(work: Work, text: str, code: str | None) -> Category:
    """The chosen category, else what triage reads; never a complaint about somebody."""
    known = work.district.category_by_code
    if code is not None:
        if code not in known or known[code].about_staff:
            raise InvalidInput(code, reason="category")
        return known[code]
    found = known.get((await propose(work, text)).category or "")
    return fallback_category(work) if found is None or found.about_staff else found


async def settle_task(
    work: Work,
    person: Person,
    task_id: int,
    *,
    done: bool,
    note: str,
    cost_cents: int | None = None,
    files: Sequence[DraftFile] = (),
) -> DecisionTask:
    """Say that a task is done, or why it is not: its owner, the organiser or the office.

    `files` are photos of afterwards, for the report. What was settled may be settled again in other
    words until the report. A ticket's task is done when its ticket is; explaining it is possible at
    any time.

    Raises ActionNotAllowed, NotReady (`step`, `ticket_open` with the ticket's `ticket` number),
    InvalidInput (`cost`, and what `words` raises).
    """
    task, deliberation = await task_with(work, task_id)
    doer, capacity = await _settler(work, person, deliberation, task)
    expect_step(deliberation, Step.APPLY)
    said = words(note)
    if cost_cents is not None and cost_cents < 0:
        raise InvalidInput(f"cost {cost_cents}", reason="cost")
    if done and task.ticket_id is not None:
        ticket = await work.session.get(Ticket, task.ticket_id)
        if ticket is not None and ticket.is_open:
            raise NotReady("ticket open", reason="ticket_open", ticket=ticket.number)
    if cost_cents is not None:
        task.cost_cents = cost_cents
    keep_files(work, deliberation, "after", files, task_key(task))
    await close_task(work, deliberation, task, doer, capacity, done=done, note=said)
    return task


async def _settler(
    work: Work, person: Person, deliberation: Deliberation, task: DecisionTask
) -> tuple[Doer, Capacity]:
    """Who may settle it, and as what it is written down."""
    doer = await doer_of(work, person, deliberation)
    for capacity in (Capacity.ORGANISER, Capacity.OFFICE):
        if capacity in doer.capacities:
            return doer, capacity
    if doer.staff is None or doer.staff.code != task.owner:
        raise ActionNotAllowed("not the owner of the task")
    kept = sorted(doer.capacities - {Capacity.RESIDENT}, key=list(Capacity).index)
    return doer, kept[0] if kept else Capacity.VOLUNTEER


def keep_files(
    work: Work,
    deliberation: Deliberation,
    purpose: str,
    files: Sequence[DraftFile],
    subject_id: int | None = None,
) -> list[DeliberationFile]:
    """Remember photos and documents of a deliberation; the same one given twice is kept once."""
    unique = {file.file_unique_id: file for file in files}
    rows = [
        DeliberationFile(
            deliberation_id=deliberation.key,
            purpose=purpose,
            subject_id=subject_id,
            kind=file.kind,
            file_id=file.file_id,
            file_unique_id=file.file_unique_id,
            created_at=work.now,
        )
        for file in unique.values()
    ]
    work.session.add_all(rows)
    return rows


async def list_tasks(work: Work, deliberation: Deliberation) -> list[DecisionTask]:
    """All tasks of a deliberation: open ones first, then by deadline."""
    found = await work.session.scalars(
        select(DecisionTask)
        .where(col(DecisionTask.deliberation_id) == deliberation.key)
        .order_by(col(DecisionTask.state) != "open", col(DecisionTask.due_at), col(DecisionTask.id))
    )
    return list(found)


async def task_files(work: Work, deliberation: Deliberation) -> list[DeliberationFile]:
    """Photos from before and after, oldest first; `subject_id` is the task they belong to."""
    found = await work.session.scalars(
        select(DeliberationFile)
        .where(
            col(DeliberationFile.deliberation_id) == deliberation.key,
            col(DeliberationFile.purpose).in_(("before", "after")),
        )
        .order_by(col(DeliberationFile.id))
    )
    return list(found)
