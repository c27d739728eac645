"""Whatever people press, in whatever order: no ticket is lost, and its history tells the truth."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from models.base import metadata
from models.errors import DomainError
from models.lifecycle import OPEN, TRANSITIONS, Action, Outcome, State
from models.people import StaffAccount
from models.place import Place
from models.policy import Policy
from models.sla import REMINDERS, wanted_times
from models.ticket import DueTime, Ticket, TicketEvent
from tests.workflows.town import ACCOUNTS, COURT, Town, make_district
from workflows.deadlines import run_due
from workflows.tickets import desk, resident, staff
from workflows.tickets.events import rules_of
from workflows.tickets.submit import follow_ticket, raise_emergency
from workflows.work import Person

Deed = Callable[[Town, Person, Any, int], Awaitable[Any]]

CODES = list(ACCOUNTS)
HOLDER = "holder"
"""Whoever has the ticket: so that most presses are by somebody who may."""
PEOPLE = [*[HOLDER] * 12, *[1] * 6, 2, 3, "office-1", "lead-0101", *CODES]


def _code(n: int) -> str:
    return CODES[n % len(CODES)]


DEEDS: dict[str, Deed] = {
    "accept": lambda t, p, k, n: staff.accept_ticket(t.work, p, k.id, n),
    "start": lambda t, p, k, n: staff.start_ticket(t.work, p, k.id, n),
    "ask": lambda t, p, k, n: staff.ask_resident(t.work, p, k.id, "几楼？"),
    "answer": lambda t, p, k, n: resident.answer_question(t.work, p, k.id, "三楼"),
    "transfer": lambda t, p, k, n: staff.transfer_ticket(t.work, p, k.id, _code(n)),
    "help": lambda t, p, k, n: staff.call_help(t.work, p, k.id, _code(n)),
    "escalate": lambda t, p, k, n: staff.escalate_ticket(t.work, p, k.id, "办不动"),
    "refuse": lambda t, p, k, n: staff.refuse_ticket(t.work, p, k.id, "不归我"),
    "forward": lambda t, p, k, n: desk.forward_ticket(t.work, p, k.id, "property"),
    "outside": lambda t, p, k, n: desk.record_outside_answer(t.work, p, k.id, "来过", n % 2 == 0),
    "resolve": lambda t, p, k, n: staff.resolve_ticket(t.work, p, k.id, Outcome.DONE, "好了"),
    "note": lambda t, p, k, n: staff.note_ticket(t.work, p, k.id, "记一笔"),
    "assign": lambda t, p, k, n: desk.assign_ticket(t.work, p, k.id, _code(n)),
    "classify": lambda t, p, k, n: desk.classify_ticket(
        t.work, p, k.id, t.work.district.categories[n % 5].code
    ),
    "split": lambda t, p, k, n: desk.split_ticket(t.work, p, k.id, ["灯坏了", "那个啥"]),
    "merge": lambda t, p, k, n: desk.merge_ticket(t.work, p, k.id, 1001 + n % 4),
    "close": lambda t, p, k, n: desk.close_ticket(t.work, p, k.id, Outcome.NOT_OURS, "不归"),
    "add": lambda t, p, k, n: resident.add_to_ticket(t.work, p, k.id, "补充"),
    "urge": lambda t, p, k, n: resident.urge_ticket(t.work, p, k.id),
    "withdraw": lambda t, p, k, n: resident.withdraw_ticket(t.work, p, k.id),
    "rate": lambda t, p, k, n: resident.rate_ticket(t.work, p, k.id, n % 7),
    "reopen": lambda t, p, k, n: resident.reopen_ticket(t.work, p, k.id, "没好"),
    "edit": lambda t, p, k, n: resident.edit_report(t.work, p, k.id, f"改成{n}"),
    "follow": lambda t, p, k, n: follow_ticket(t.work, p, k.id),
}


class Step(NamedTuple):
    """One thing that happens: a deed, or time passing, or somebody going on or off duty."""

    what: str
    person: int | str
    ticket: int
    n: int


WHATS = [*DEEDS, *("time", "duty", "emergency", "submit") * 2]


def _steps(seed: int, length: int) -> list[Step]:
    """Evenly spread steps: lists drawn one by one hardly ever reach the later states."""
    draw = random.Random(seed)
    return [
        Step(draw.choice(WHATS), draw.choice(PEOPLE), draw.randrange(12), draw.randrange(21))
        for _ in range(length)
    ]


_ROWS = {row.action: row for row in TRANSITIONS}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), length=st.integers(20, 70))
def test_no_order_of_presses_breaks_a_ticket(seed: int, length: int) -> None:
    asyncio.run(_play(_steps(seed, length)))


async def _play(steps: list[Step]) -> None:
    engine = create_async_engine("sqlite+aiosqlite://")
    try:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        async with AsyncSession(engine, expire_on_commit=False) as session:
            for code, account in ACCOUNTS.items():
                session.add(StaffAccount(code=code, resident_id=account))
            town = Town(session, make_district(), Policy())
            await town.submit(source_message_ids=[1])
            await town.submit("那个啥", confidence=0.1)
            await town.submit("态度差", category="complaint.staff", about_staff="lead-0101")
            await _prepare(town)
            told: dict[int, list[Any]] = {}
            for step in steps:
                await _happen(town, step)
                await session.flush()
                await _check(town, told)
    finally:
        await engine.dispose()


async def _prepare(town: Town) -> None:
    """A ticket in each of the later states, so that every deed has something to act on."""
    for further in ("accept", "ask", "forward", "resolve", "start"):
        ticket = await town.submit()
        person = await town.staff(ticket.assignee)
        await staff.accept_ticket(town.work, person, ticket.id)
        await DEEDS[further](town, person, ticket, 0)


async def _happen(town: Town, step: Step) -> None:
    if step.what == "time":
        town.pass_time(hours=step.n * 2)
        await _run_due(town)
    elif step.what == "duty":
        await town.set_duty(step.n % 2 == 0, _code(step.ticket + step.n))
    elif step.what == "submit":
        person = await town.resident(step.n % 3 + 1)
        await town.submit(person=person, place=Place(grid=COURT), confidence=step.n / 20)
    elif step.what == "emergency":
        await raise_emergency(town.work, await town.resident(step.n % 3 + 1), "gas", "漏气")
    else:
        await _press(town, step)


async def _press(town: Town, step: Step) -> None:
    tickets = await _tickets(town)
    ticket = tickets[step.ticket % len(tickets)]
    code = (ticket.assignee or "office-1") if step.person == HOLDER else step.person
    person = await town.staff(code) if isinstance(code, str) else await town.resident(code)
    before = [t.model_dump() for t in tickets], len(town.notices.sent)
    try:
        await DEEDS[step.what](town, person, ticket, step.n)
    except DomainError:
        after = await _tickets(town)
        assert ([t.model_dump() for t in after], len(town.notices.sent)) == before


async def _run_due(town: Town) -> None:
    rows = await town.session.scalars(
        select(DueTime)
        .where(DueTime.done_at.is_(None), DueTime.due_at <= town.work.now)  # type: ignore[union-attr]
        .order_by(DueTime.due_at, DueTime.id)
    )
    for id_ in [row.id for row in rows]:
        row = await town.session.get(DueTime, id_)
        if row is not None and row.done_at is None and row.due_at <= town.work.now:
            await run_due(town.work, row)
            await town.session.flush()


async def _tickets(town: Town) -> list[Ticket]:
    return list(await town.session.scalars(select(Ticket).order_by(Ticket.id)))


async def _check(town: Town, told: dict[int, list[Any]]) -> None:
    for ticket in await _tickets(town):
        events = (
            await town.session.scalars(
                select(TicketEvent)
                .where(TicketEvent.ticket_id == ticket.id)
                .order_by(TicketEvent.id)
            )
        ).all()
        seen = [event.model_dump() for event in events]
        assert seen[: len(told.get(ticket.key, []))] == told.get(ticket.key, [])
        told[ticket.key] = seen
        _check_history(ticket, list(events))
        _check_hands(town, ticket)
        await _check_clocks(town, ticket)


def _check_history(ticket: Ticket, events: list[TicketEvent]) -> None:
    assert events[0].action == Action.SUBMIT.value
    state = events[0].to_state
    for event in events[1:]:
        row = _ROWS[Action(event.action)]
        assert event.from_state == state
        assert event.actor in {actor.value for actor in row.actors}
        assert State(state) in row.sources
        assert event.to_state == (state if row.target is None else row.target.value)
        state = event.to_state
    assert ticket.state.value == state


def _check_hands(town: Town, ticket: Ticket) -> None:
    waiting = ticket.state in {State.TRIAGE, State.UNASSIGNED}
    if ticket.is_open:
        assert (ticket.assignee is None) == waiting
        assert ticket.outcome is None
    else:
        assert ticket.outcome is not None
    if waiting:
        notice = "staff_triage" if ticket.state is State.TRIAGE else "staff_unassigned"
        assert any(
            sent.notice == notice and sent.context["ticket"].id == ticket.id
            for sent in town.notices.sent
        )
    assert ticket.assignee not in ticket.refused_by
    assert ticket.about_staff is None or ticket.assignee != ticket.about_staff
    if ticket.about_staff is not None:
        for sent in town.notices.sent:
            shown = sent.context["ticket"].id == ticket.id
            assert not (shown and sent.to == ticket.about_staff)


async def _check_clocks(town: Town, ticket: Ticket) -> None:
    assert (ticket.paused_at is not None) == (ticket.state is State.WAITING_RESIDENT)
    assert ticket.response_due_at <= ticket.resolution_due_at
    wanted = wanted_times(ticket, rules_of(town.work, ticket))
    rows = {
        row.kind: row
        for row in await town.session.scalars(select(DueTime).where(DueTime.ticket_id == ticket.id))
    }
    for kind, row in rows.items():
        assert wanted[kind] == row.due_at  # type: ignore[index]
    for kind in wanted:
        assert kind in rows or (kind in REMINDERS and wanted[kind] <= town.work.now)
    if ticket.state in OPEN - {State.WAITING_RESIDENT} and not ticket.overdue:
        assert rows["resolution_overdue"].done_at is None
