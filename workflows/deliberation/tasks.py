"""The tasks of step 6 after they were given: who settles them, what the clock and tickets do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy import func, select
from sqlmodel import col

from models.deliberation.core import Deliberation
from models.deliberation.followup import DecisionTask
from models.deliberation.steps import Capacity
from models.errors import NotFound
from models.lifecycle import OPEN, Outcome
from models.ticket import DueTime, Ticket, TicketEvent
from workflows.deliberation.access import CLOCK, Doer, load
from workflows.deliberation.events import record
from workflows.deliberation.posts import office, organisers, tell_posts
from workflows.due import cancel, register, schedule
from workflows.tickets.events import on_ticket_event
from workflows.work import Work

TASK_SOON = "d_task_soon"
"""Due time shortly before a task is due: its owner is reminded. The subject is the task's id."""
TASK_DUE = "d_task_due"
"""A task is due and not settled: its owner is reminded again, the organiser is told."""
TASK_LATE = "d_task_late"
"""It is still not settled as much later as the reminder came before: the office is told."""


def task_key(task: DecisionTask) -> int:
    """The id of a saved task. Raises ValueError before that."""
    if task.id is None:
        raise ValueError("the task was not saved yet")
    return task.id


async def task_with(work: Work, task_id: int) -> tuple[DecisionTask, Deliberation]:
    """A task and its deliberation, both locked. Raises NotFound."""
    task = await work.session.get(DecisionTask, task_id)
    if task is None:
        raise NotFound(f"task {task_id}")
    deliberation = await load(work, task.deliberation_id)
    await work.session.refresh(task, with_for_update=True)
    return task, deliberation


async def tasks_left(work: Work, deliberation: Deliberation) -> int:
    """How many tasks are neither done nor explained."""
    found = await work.session.scalar(
        select(func.count())
        .select_from(DecisionTask)
        .where(
            col(DecisionTask.deliberation_id) == deliberation.key,
            col(DecisionTask.state) == "open",
        )
    )
    return int(found or 0)


async def tell_of_task(
    work: Work,
    codes: list[str],
    notice: str,
    deliberation: Deliberation,
    task: DecisionTask,
    **extra: object,
) -> None:
    """Tell posts of a task: who answers for it and the number of its ticket go along."""
    number = None
    if task.ticket_id is not None:
        number = await work.session.scalar(
            select(col(Ticket.number)).where(col(Ticket.id) == task.ticket_id)
        )
    await tell_posts(
        work,
        codes,
        notice,
        deliberation,
        subject_id=task_key(task),
        task=task,
        owner=work.district.staff_by_code.get(task.owner),
        number=number,
        **extra,
    )


# --- settled, and open again --------------------------------------------------------------------


async def close_task(
    work: Work,
    deliberation: Deliberation,
    task: DecisionTask,
    doer: Doer,
    capacity: Capacity,
    *,
    done: bool,
    note: str,
) -> None:
    """Write down that a task is done or why not; the organiser hears how many are left."""
    task.state = "done" if done else "explained"
    task.note = note
    task.settled_at = work.now
    await work.session.flush()
    for kind in (TASK_SOON, TASK_DUE, TASK_LATE):
        await cancel(work, kind, subject=str(task.id))
    record(
        work,
        deliberation,
        "settle_task",
        doer,
        capacity,
        text=note,
        task=task.id,
        state=task.state,
    )
    others = [code for code in organisers(work, deliberation) if code != doer.name]
    left = await tasks_left(work, deliberation)
    await tell_of_task(work, others, "d_task_settled", deliberation, task, left=left)


async def arm(work: Work, task: DecisionTask) -> None:
    """Set the times at which the owner, the organiser and the office are reminded.

    The share of the time that is left for the reminder is `policy.remind_before_percent`.
    """
    lead = (task.due_at - work.now) * work.policy.remind_before_percent / 100
    subject = str(task_key(task))
    await schedule(work, TASK_SOON, task.due_at - lead, subject=subject)
    await schedule(work, TASK_DUE, task.due_at, subject=subject)
    await schedule(work, TASK_LATE, task.due_at + lead, subject=subject)


async def _open_again(work: Work, deliberation: Deliberation, task: DecisionTask) -> None:
    """A ticket was opened again: what was settled is not, and the organiser hears of it."""
    task.state = "open"
    task.note = None
    task.settled_at = None
    await work.session.flush()
    if task.due_at > work.now:
        await arm(work, task)
    else:
        await schedule(work, TASK_LATE, work.now, subject=str(task_key(task)))
    record(work, deliberation, "reopen_task", CLOCK, Capacity.SYSTEM, task=task.id)
    await tell_of_task(
        work, organisers(work, deliberation), "d_task_open_again", deliberation, task
    )


# --- a task follows its ticket ------------------------------------------------------------------


@on_ticket_event
async def follow_ticket(work: Work, ticket: Ticket, event: TicketEvent) -> None:
    """Do to the tasks of a ticket what happened to the ticket; most events change neither.

    Solved is done; any other end is explained with the words it ended with. An end without words
    explains nothing: the task stays open and the organiser is asked to explain it. A ticket that
    was joined to another one hands its tasks over to that one.
    """
    if event.from_state == event.to_state and "to" not in event.data:
        return
    found = await work.session.scalars(
        select(DecisionTask)
        .where(col(DecisionTask.ticket_id) == ticket.key)
        .order_by(col(DecisionTask.id))
    )
    for task in found.all():
        deliberation = await load(work, task.deliberation_id)
        if deliberation.running:
            await _follow(work, deliberation, task, ticket, event)


async def _follow(
    work: Work, deliberation: Deliberation, task: DecisionTask, ticket: Ticket, event: TicketEvent
) -> None:
    solved = ticket.outcome is Outcome.DONE
    if ticket.assignee is not None:
        task.owner = ticket.assignee
    if ticket.state in OPEN:
        if task.state != "open" and event.from_state not in OPEN:
            await _open_again(work, deliberation, task)
    elif ticket.duplicate_of is not None:
        task.ticket_id = ticket.duplicate_of
    elif event.text and (task.state == "open" or (task.state == "explained" and solved)):
        await close_task(
            work, deliberation, task, CLOCK, Capacity.SYSTEM, done=solved, note=event.text
        )
    elif task.state == "open":
        await tell_of_task(
            work, organisers(work, deliberation), "d_task_unexplained", deliberation, task
        )


# --- the clock ----------------------------------------------------------------------------------

Late = Callable[[Work, Deliberation, DecisionTask], Awaitable[None]]


def _when(kind: str, act: Late) -> None:
    """Register `act` for a task that is still open while its deliberation runs."""

    async def run(work: Work, due: DueTime) -> None:
        task = await work.session.get(DecisionTask, int(due.subject))
        if task is None or task.state != "open":
            return
        deliberation = await load(work, task.deliberation_id)
        if deliberation.running:
            await act(work, deliberation, task)

    register(kind, run)


async def _soon(work: Work, deliberation: Deliberation, task: DecisionTask) -> None:
    """A ticket reminds whoever has it by itself."""
    if task.ticket_id is None:
        await tell_of_task(work, [task.owner], "d_task_reminder", deliberation, task)


async def _due(work: Work, deliberation: Deliberation, task: DecisionTask) -> None:
    record(work, deliberation, "task_overdue", CLOCK, Capacity.SYSTEM, task=task.id)
    told = [task.owner, *organisers(work, deliberation)]
    await tell_of_task(work, told, "d_task_overdue", deliberation, task)


async def _late(work: Work, deliberation: Deliberation, task: DecisionTask) -> None:
    await tell_of_task(work, office(work), "d_task_overdue", deliberation, task)


_when(TASK_SOON, _soon)
_when(TASK_DUE, _due)
_when(TASK_LATE, _late)
