"""Step 6: tasks with owners and deadlines; tickets take theirs along; rules in versions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.deliberation.core import Deliberation
from models.deliberation.followup import DecisionTask
from models.deliberation.steps import Step
from models.errors import ActionNotAllowed, InvalidInput, NotReady
from models.lifecycle import Outcome, State
from models.ticket import Ticket
from tests.workflows.deliberation.consultation import (
    ORGANISER,
    STRANGER,
    Hood,
    Letter,
    Letters,
    open_hood,
)
from tests.workflows.town import COURT, OTHER_COURT
from workflows.deliberation.apply import add_task, list_tasks, settle_task, task_files
from workflows.deliberation.facts import gather_facts
from workflows.deliberation.rules import rule_history, rules_in_force
from workflows.tickets import desk, resident, staff
from workflows.tickets.files import DraftFile
from workflows.work import Work

PHOTO = DraftFile(kind="photo", file_id="f1", file_unique_id="u1")


class AllLetters(Letters):
    """Keeps notices of tickets as well; other tests read their words."""

    def _keep(
        self, work: Work, account: int, to: int | str, notice: str, context: dict[str, Any]
    ) -> int:
        if "ticket" not in context:
            return super()._keep(work, account, to, notice, context)
        self.all.append(Letter(to, notice, context, "", broadcast=False))
        return 0


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as found:
        found.letters = AllLetters()
        found.work.services = replace(found.work.services, notifier=found.letters)
        yield found


async def applying(hood: Hood, **more: Any) -> Deliberation:
    return await hood.deliberation(Step.APPLY, **more)


async def task(hood: Hood, deliberation: Deliberation, **more: Any) -> DecisionTask:
    given: dict[str, Any] = {
        "kind": "ticket",
        "title": "修好楼道灯",
        "owner": "worker-b",
        "due_at": hood.work.now + timedelta(days=30),
    }
    organiser = await hood.staff(ORGANISER)
    return await add_task(hood.work, organiser, deliberation.key, **(given | more))


async def ticket_of(hood: Hood, row: DecisionTask) -> Ticket:
    return await hood.session.get_one(Ticket, row.ticket_id)


async def test_a_ticket_goes_straight_to_its_owner_and_is_due_with_the_task(hood: Hood) -> None:
    deliberation = await applying(hood)

    row = await task(hood, deliberation, text="3单元")

    ticket = await ticket_of(hood, row)
    assert (ticket.state, ticket.assignee, ticket.opened_by) == (
        State.ASSIGNED,
        "worker-b",
        ORGANISER,
    )
    assert (ticket.category, ticket.grid) == ("facility.lighting", COURT)
    assert ticket.text == "修好楼道灯\n3单元"
    assert ticket.resolution_due_at == row.due_at
    assert hood.letters.to("staff_new_ticket") == ["worker-b"]
    assert hood.letters.to("staff_moved_on") == []
    facts = await gather_facts(hood.work, deliberation)
    assert (facts.tasks, facts.tasks_open) == (1, 1)


async def test_solving_the_ticket_does_the_task(hood: Hood) -> None:
    deliberation = await applying(hood)
    row, other = await task(hood, deliberation), await task(hood, deliberation, title="换门")
    worker = await hood.staff("worker-b")
    with pytest.raises(NotReady) as early:
        await settle_task(hood.work, worker, row.id or 0, done=True, note="好了")
    assert early.value.context["reason"] == "ticket_open"

    await staff.accept_ticket(hood.work, worker, row.ticket_id or 0)
    assert row.state == "open"
    await staff.resolve_ticket(hood.work, worker, row.ticket_id or 0, Outcome.DONE, "换了灯泡")

    assert (row.state, row.note, row.settled_at) == ("done", "换了灯泡", hood.work.now)
    told = hood.letters.last("d_task_settled")
    assert (told.to, told.context["left"]) == (ORGANISER, 1)
    assert other.state == "open"
    assert [t.id for t in await list_tasks(hood.work, deliberation)] == [other.id, row.id]
    assert (await gather_facts(hood.work, deliberation)).tasks_open == 1


async def test_an_honest_end_explains_the_task(hood: Hood) -> None:
    row = await task(hood, await applying(hood))
    worker = await hood.staff("worker-b")
    await staff.accept_ticket(hood.work, worker, row.ticket_id or 0)

    await staff.resolve_ticket(
        hood.work, worker, row.ticket_id or 0, Outcome.NOT_POSSIBLE, "线路归供电公司"
    )

    assert (row.state, row.note) == ("explained", "线路归供电公司")


async def test_a_ticket_that_ends_without_words_explains_nothing(hood: Hood) -> None:
    deliberation = await applying(hood)
    row = await task(hood, deliberation)

    organiser = await hood.staff(ORGANISER)
    await resident.withdraw_ticket(hood.work, organiser, row.ticket_id or 0)

    assert row.state == "open"
    assert hood.letters.to("d_task_unexplained") == [ORGANISER]
    await settle_task(hood.work, organiser, row.id or 0, done=False, note="物业已经修了")
    assert (row.state, row.note) == ("explained", "物业已经修了")
    assert (await gather_facts(hood.work, deliberation)).tasks_open == 0


async def test_a_ticket_opened_again_opens_its_task_again(hood: Hood) -> None:
    deliberation = await applying(hood)
    row = await task(hood, deliberation)
    worker, organiser = await hood.staff("worker-b"), await hood.staff(ORGANISER)
    await staff.accept_ticket(hood.work, worker, row.ticket_id or 0)
    await staff.resolve_ticket(hood.work, worker, row.ticket_id or 0, Outcome.DONE, "换了")

    await resident.reopen_ticket(hood.work, organiser, row.ticket_id or 0, "又坏了")

    assert (row.state, row.note, row.settled_at) == ("open", None, None)
    assert hood.letters.to("d_task_open_again") == [ORGANISER]
    assert (await gather_facts(hood.work, deliberation)).tasks_open == 1


async def test_no_task_is_lost_when_tickets_are_joined_or_change_hands(hood: Hood) -> None:
    deliberation = await applying(hood)
    row = await task(hood, deliberation)
    twin = await task(hood, deliberation, title="也是灯", owner="worker-a")
    lead = await hood.staff("lead-0101")
    number = (await ticket_of(hood, twin)).number

    await desk.merge_ticket(hood.work, lead, row.ticket_id or 0, number)

    assert (row.ticket_id, row.state) == (twin.ticket_id, "open")
    await desk.assign_ticket(hood.work, lead, twin.ticket_id or 0, "worker-b")
    assert {row.owner, twin.owner} == {"worker-b"}
    worker = await hood.staff("worker-b")
    await staff.accept_ticket(hood.work, worker, twin.ticket_id or 0)
    await staff.resolve_ticket(hood.work, worker, twin.ticket_id or 0, Outcome.DONE, "都修了")
    assert {row.state, twin.state} == {"done"}


async def test_a_rule_is_in_force_and_the_old_version_is_history(hood: Hood) -> None:
    deliberation = await applying(hood)
    rule: dict[str, Any] = {"kind": "rule", "title": "停车公约", "owner": "building-1"}
    await task(hood, deliberation, text="夜里不鸣笛", **rule)
    hood.pass_time(days=1)
    second = await task(hood, deliberation, text="夜里不鸣笛，不占消防道", **rule)

    (standing,) = await rules_in_force(hood.work, COURT)
    assert (standing.version, standing.text) == (2, "夜里不鸣笛，不占消防道")
    assert standing.id == second.rule_id
    history = await rule_history(hood.work, COURT, "停车公约")
    assert [(r.version, r.repealed_at is None) for r in history] == [(2, True), (1, False)]
    assert await rules_in_force(hood.work, OTHER_COURT) == []
    assert hood.letters.to("d_task_given") == ["building-1", "building-1"]
    with pytest.raises(InvalidInput):
        await task(hood, deliberation, text=" ", **rule)


async def test_a_referral_is_settled_by_its_owner_with_photos_and_cost(hood: Hood) -> None:
    deliberation = await applying(hood)
    row = await task(
        hood, deliberation, kind="referral", department="大工委联席会议", owner="lead-01"
    )
    lead = await hood.staff("lead-01")

    await settle_task(
        hood.work, lead, row.id or 0, done=True, note="已上会", cost_cents=120_00, files=[PHOTO]
    )

    assert (row.state, row.cost_cents, row.department) == ("done", 12000, "大工委联席会议")
    (photo,) = await task_files(hood.work, deliberation)
    assert (photo.purpose, photo.subject_id) == ("after", row.id)
    with pytest.raises(ActionNotAllowed):
        await settle_task(
            hood.work, await hood.staff("worker-a"), row.id or 0, done=True, note="我也办"
        )


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"kind": "wish"}, "task_kind"),
        ({"owner": "nobody"}, "post"),
        ({"owner": STRANGER}, "post"),
        ({"kind": "referral"}, "department"),
        ({"kind": "referral", "department": "长" * 41}, "department"),
        ({"grid": OTHER_COURT}, "task_grid"),
        ({"category": "complaint.staff"}, "category"),
        ({"title": " "}, "no_words"),
        ({"due_at": None}, "due_past"),
    ],
)
async def test_a_task_that_nobody_could_do_is_not_given(
    hood: Hood, more: dict[str, Any], reason: str
) -> None:
    deliberation = await applying(hood)
    if "due_at" in more:
        more = {"due_at": hood.work.now}

    with pytest.raises(InvalidInput) as refused:
        await task(hood, deliberation, **more)

    assert refused.value.context["reason"] == reason
    assert (await hood.session.scalars(select(DecisionTask))).all() == []


async def test_only_the_organiser_gives_tasks_and_only_after_the_decision(hood: Hood) -> None:
    deliberation = await applying(hood)
    for nobody in (await hood.neighbour(), await hood.staff("seat-1"), await hood.staff(STRANGER)):
        with pytest.raises(ActionNotAllowed):
            await add_task(
                hood.work,
                nobody,
                deliberation.key,
                kind="ticket",
                title="灯",
                owner="worker-a",
                due_at=hood.work.now + timedelta(days=1),
            )
    deliberation.step = Step.CONSULT
    with pytest.raises(NotReady):
        await task(hood, deliberation)


async def test_a_late_task_is_told_to_owner_then_organiser_then_office(hood: Hood) -> None:
    deliberation = await applying(hood)
    row = await task(hood, deliberation, kind="referral", department="物业", owner="lead-01")
    hood.letters.all.clear()

    await hood.run_until(row.due_at - timedelta(seconds=1))
    assert hood.letters.to("d_task_reminder") == ["lead-01"]
    assert hood.letters.to("d_task_overdue") == []
    await hood.run_until(row.due_at)
    assert hood.letters.to("d_task_overdue") == ["lead-01", ORGANISER]
    await hood.run_until(row.due_at + timedelta(days=30))
    assert hood.letters.to("d_task_overdue") == ["lead-01", ORGANISER, "office-1", "office-2"]


async def test_what_is_settled_or_stopped_is_not_reminded_of(hood: Hood) -> None:
    deliberation = await applying(hood)
    settled = await task(hood, deliberation, kind="referral", department="物业", owner="lead-01")
    await task(hood, deliberation, kind="referral", department="物业", owner="lead-01")
    organiser = await hood.staff(ORGANISER)
    await settle_task(hood.work, organiser, settled.id or 0, done=True, note="好了")
    deliberation.step = Step.WITHDRAWN
    hood.letters.all.clear()

    await hood.run_until(hood.work.now + timedelta(days=90))

    assert hood.letters.all == []
