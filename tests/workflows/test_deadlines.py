"""Reminders, escalation over all levels, unanswered questions, closing, the digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.lifecycle import Outcome, State
from models.ticket import DueTime, Ticket, TicketEvent
from tests.workflows.town import MONDAY, Town
from workflows import due
from workflows.deadlines import next_digest, run_due, schedule_digests
from workflows.tickets import desk, resident, staff


async def run_until(town: Town, until: datetime) -> list[str]:
    """Run everything due up to `until`, in order, each at its own time; returns the kinds."""
    ran = []
    while True:
        row = await town.session.scalar(
            select(DueTime)
            .where(DueTime.done_at.is_(None), DueTime.due_at <= until)  # type: ignore[union-attr]
            .order_by(DueTime.due_at, DueTime.id)
            .limit(1)
        )
        if row is None:
            town.work.now = until
            return ran
        town.work.now = max(town.work.now, row.due_at)
        ran.append(row.kind)
        await run_due(town.work, row)
        await town.session.flush()


async def trail(town: Town, ticket: Ticket) -> list[str]:
    rows = await town.session.scalars(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id)
    )
    return [event.action for event in rows]


async def test_a_reminder_comes_before_the_promise_is_broken(town: Town) -> None:
    ticket = await town.submit()

    assert await run_until(town, ticket.response_due_at) == [
        "response_reminder",
        "response_overdue",
    ]
    reminded = town.notices.last("staff_reminder")
    assert (reminded.to, reminded.context["which"]) == ("worker-a", "response")
    assert reminded.context["due_at"] == ticket.response_due_at


async def test_what_nobody_accepts_climbs_over_all_levels(town: Town) -> None:
    ticket = await town.submit()
    levels = [ticket.assignee]
    for _ in range(200):
        kinds = await run_until(town, town.work.now + timedelta(hours=3))
        if kinds and ticket.assignee != levels[-1]:
            levels.append(ticket.assignee)

    assert levels == ["worker-a", "lead-0101", "lead-01", "office-1"]
    assert ticket.overdue
    assert ticket.state is State.ASSIGNED
    assert (await trail(town, ticket)).count("escalate") == 3
    told = town.notices.last("ticket_overdue")
    assert "姓名office-1" in told.words["zh-CN"]
    open_rows = await town.session.scalars(
        select(DueTime).where(DueTime.done_at.is_(None))  # type: ignore[union-attr]
    )
    assert open_rows.all() == []


async def test_each_level_has_its_own_deadline(town: Town) -> None:
    ticket = await town.submit()
    calendar = town.work.district.calendar
    await run_until(town, ticket.response_due_at)

    assert ticket.handler_grid == "xg.01.01"
    assert ticket.level_due_at == calendar.add_working(town.work.now, 480)
    await run_until(town, ticket.level_due_at)
    assert ticket.handler_grid == "xg.01"
    assert ticket.level_due_at == calendar.add_working(town.work.now, 960)


async def test_overdue_is_told_in_plain_words_with_who_has_it_now(town: Town) -> None:
    ticket = await town.submit()
    await staff.accept_ticket(town.work, await town.staff("worker-a"), ticket.id)

    ran = await run_until(town, ticket.resolution_due_at)

    assert ran == ["resolution_reminder", "resolution_overdue"]
    assert (ticket.overdue, ticket.assignee) == (True, "lead-0101")
    told = town.notices.last("ticket_overdue")
    assert told.to == 1
    assert "对不起" in told.words["zh-CN"]
    assert "姓名lead-0101" in told.words["zh-CN"]
    assert town.notices.of("lead-0101") == ["staff_escalated"]
    assert town.notices.of("worker-a")[-1] == "staff_overdue"
    assert "ticket_escalated" not in town.notices.of(1)


async def test_whoever_took_it_over_in_time_has_until_the_promise(town: Town) -> None:
    ticket = await town.submit()
    await run_until(town, ticket.response_due_at)
    await staff.accept_ticket(town.work, await town.staff("lead-0101"), ticket.id)
    assert ticket.level_due_at is not None
    assert ticket.level_due_at < ticket.resolution_due_at

    await run_until(town, ticket.level_due_at)
    assert ticket.assignee == "lead-0101"
    await run_until(town, ticket.resolution_due_at)
    assert ticket.assignee == "lead-01"


async def test_nobody_above_leaves_it_and_tells_the_office(town: Town) -> None:
    await town.set_duty(False, "lead-0101", "lead-01", "organiser-01", "office-1", "office-2")
    ticket = await town.submit()

    await run_until(town, ticket.response_due_at)

    assert ticket.assignee == "worker-a"
    assert town.notices.to_whom("staff_still_waiting") == ["office-1", "office-2"]


async def test_what_waits_for_a_person_is_offered_again(town: Town) -> None:
    await town.set_duty(False, *(member.code for member in town.work.district.staff))
    ticket = await town.submit()
    await town.set_duty(True, "worker-b")

    await run_until(town, ticket.response_due_at)

    assert ticket.state is State.ASSIGNED
    assert "ticket_assigned" in town.notices.of(1)


async def test_an_undecided_category_is_not_forgotten(town: Town) -> None:
    ticket = await town.submit(confidence=0.1)

    await run_until(town, ticket.resolution_due_at)

    assert ticket.state is State.TRIAGE
    assert town.notices.of("organiser-01").count("staff_triage") == 5
    assert town.notices.of("office-1").count("staff_still_waiting") == 4
    assert town.notices.of(1) == ["ticket_overdue", "ticket_overdue"]


async def test_an_unanswered_question_closes_after_a_reminder(town: Town) -> None:
    worker, ticket = await town.staff("worker-a"), await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)
    await staff.ask_resident(town.work, worker, ticket.id, "几楼？")
    town.notices.clear()

    ran = await run_until(town, MONDAY.replace(day=29))

    assert ran == ["question_reminder", "question_unanswered"]
    assert (ticket.state, ticket.outcome) == (State.CLOSED, Outcome.NO_ANSWER)
    assert town.notices.of(1) == ["ticket_question_reminder", "ticket_closed"]
    assert town.notices.of("worker-a") == ["staff_closed"]
    await resident.reopen_ticket(town.work, await town.resident(), ticket.id, "三楼")
    assert ticket.state is State.ASSIGNED


async def test_an_answer_disarms_the_question(town: Town) -> None:
    worker, ticket = await town.staff("worker-a"), await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)
    await staff.ask_resident(town.work, worker, ticket.id, "几楼？")
    town.pass_time(days=1)
    await resident.answer_question(town.work, await town.resident(), ticket.id, "三楼")

    ran = await run_until(town, MONDAY.replace(day=30))

    assert "question_unanswered" not in ran
    assert "resolution_overdue" in ran


async def test_an_answer_within_no_working_time_keeps_the_deadline_armed(town: Town) -> None:
    worker, ticket = await town.staff("worker-a"), await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)
    promised = ticket.resolution_due_at
    town.work.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    await staff.ask_resident(town.work, worker, ticket.id, "几楼？")
    town.pass_time(hours=2)
    await resident.answer_question(town.work, await town.resident(), ticket.id, "三楼")

    assert ticket.resolution_due_at == promised
    assert "resolution_overdue" in await run_until(town, promised)


async def test_the_outside_body_is_chased(town: Town) -> None:
    worker, ticket = await town.staff("worker-a"), await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)
    await desk.forward_ticket(town.work, worker, ticket.id, "property")
    assert ticket.outside_due_at is not None

    await run_until(town, ticket.outside_due_at)

    assert ticket.assignee == "lead-0101", "it was overdue at the same moment"
    assert town.notices.to_whom("staff_outside_reminder") == ["lead-0101"]
    assert ticket.outside_due_at > town.work.now
    lead = await town.staff("lead-0101")
    await desk.record_outside_answer(town.work, lead, ticket.id, "换好了", True)
    assert ticket.state is State.RESOLVED


async def test_resolved_closes_when_nobody_objects(town: Town) -> None:
    worker, ticket = await town.staff("worker-a"), await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)
    await staff.resolve_ticket(town.work, worker, ticket.id, Outcome.DONE, "好了")
    town.notices.clear()

    ran = await run_until(town, town.work.now + timedelta(days=8))

    assert ran == ["close_resolved"]
    assert (ticket.state, ticket.outcome) == (State.CLOSED, Outcome.DONE)
    assert town.notices.sent == []


async def test_a_row_whose_reason_is_gone_does_nothing(town: Town) -> None:
    ticket = await town.submit()
    row = (
        await town.session.scalars(select(DueTime).where(DueTime.kind == "response_overdue"))
    ).one()
    await staff.accept_ticket(town.work, await town.staff("worker-a"), ticket.id)
    town.notices.clear()
    town.work.now = ticket.response_due_at

    await run_due(town.work, row)

    assert ticket.assignee == "worker-a"
    assert town.notices.sent == []


async def test_digests_come_each_working_day(town: Town) -> None:
    await town.submit()
    await schedule_digests(town.work)
    await schedule_digests(town.work)
    rows = (await town.session.scalars(select(DueTime).where(DueTime.kind == "digest"))).all()
    assert len(rows) == len(town.work.district.staff)
    town.notices.clear()

    row = next(row for row in rows if row.subject == "worker-a")
    assert row.due_at == datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    town.work.now = row.due_at
    await run_due(town.work, row)
    assert town.notices.of("worker-a") == ["digest"]
    assert row.due_at == datetime(2026, 11, 25, 0, 30, tzinfo=UTC)
    assert row.done_at is None

    town.work.now = row.due_at = datetime(2026, 11, 28, 0, 30, tzinfo=UTC)
    await run_due(town.work, row)
    assert town.notices.of("worker-a") == ["digest"], "Saturday is free"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 11, 23, 0, 29, tzinfo=UTC), datetime(2026, 11, 23, 0, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 0, 30, tzinfo=UTC), datetime(2026, 11, 24, 0, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 17, 0, tzinfo=UTC), datetime(2026, 11, 24, 0, 30, tzinfo=UTC)),
    ],
)
def test_next_digest(now: datetime, expected: datetime) -> None:
    assert next_digest(now, "08:30") == expected


async def test_schedule_is_one_row_and_cancel_forgets_it(town: Town) -> None:
    await due.schedule(town.work, "digest", MONDAY, subject="x")
    await due.schedule(town.work, "digest", MONDAY.replace(hour=5), subject="x")
    rows = (await town.session.scalars(select(DueTime))).all()
    assert [row.due_at for row in rows] == [MONDAY.replace(hour=5)]

    await due.cancel(town.work, "digest", subject="x")
    assert (await town.session.scalars(select(DueTime))).all() == []


def test_a_kind_is_registered_once() -> None:
    with pytest.raises(ValueError, match="digest"):
        due.register("digest", run_due)
