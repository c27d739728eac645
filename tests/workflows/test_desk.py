"""What leads and the office decide."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.errors import ActionNotAllowed, InvalidInput, NotFound
from models.lifecycle import Outcome, State
from models.place import Place
from models.ticket import Participant, TriageCorrection
from tests.workflows.town import OTHER_COURT, Town
from workflows.tickets import desk, resident, staff
from workflows.tickets.assign import release_work, retry_unassigned
from workflows.tickets.submit import follow_ticket
from workflows.tickets.view import view_ticket


async def test_a_person_decides_the_category_and_dispatch_goes_on(town: Town) -> None:
    ticket = await town.submit(category="other.other", confidence=0.2)
    organiser = await town.staff("organiser-01")
    town.pass_time(hours=1)

    assert [t.id for t in (await desk.list_desk(town.work, organiser)).items] == [ticket.id]
    await desk.classify_ticket(town.work, organiser, ticket.id, "hazard.fire")

    assert (ticket.state, ticket.assignee) == (State.ASSIGNED, "worker-a")
    assert ticket.urgency == "urgent"
    assert (ticket.response_due_at - town.work.now).total_seconds() == 30 * 60
    assert town.notices.of(1) == ["ticket_assigned"]
    learnt = (await town.session.scalars(select(TriageCorrection))).one()
    assert (learnt.proposed, learnt.decided, learnt.by) == ("other.other", "hazard.fire", "staff")
    assert (await desk.list_desk(town.work, organiser)).total == 0
    with pytest.raises(InvalidInput):
        await desk.classify_ticket(town.work, organiser, ticket.id, "no.such")


async def test_filing_a_running_matter_anew_does_not_restart_the_clock(town: Town) -> None:
    ticket = await town.submit()
    await staff.accept_ticket(town.work, await town.staff("worker-a"), ticket.id)
    promised = ticket.resolution_due_at
    town.pass_time(hours=3)

    await desk.classify_ticket(
        town.work, await town.staff("organiser-01"), ticket.id, "other.other"
    )

    assert ticket.resolution_due_at == promised


async def test_the_desk_shows_what_is_in_scope_only(town: Town) -> None:
    here = await town.submit(confidence=0.1)
    complaint = await town.submit(
        "态度差", category="complaint.staff", about_staff="lead-01", confidence=0.1
    )

    async def seen(code: str) -> list[int]:
        page = await desk.list_desk(town.work, await town.staff(code))
        return [ticket.id or 0 for ticket in page.items]

    assert await seen("organiser-01") == [here.id]
    assert await seen("lead-02") == []
    assert await seen("worker-a") == []
    assert await seen("office-1") == [here.id, complaint.id]
    about_worker = await town.submit(
        "态度差", category="complaint.staff", about_staff="worker-a", confidence=0.1
    )
    assert await seen("lead-0101") == [here.id, about_worker.id]


async def test_assigning_by_hand_keeps_to_the_rules(town: Town) -> None:
    ticket = await town.submit()
    await staff.refuse_ticket(town.work, await town.staff("worker-a"), ticket.id, "不归我")
    lead, office = await town.staff("lead-0101"), await town.staff("office-1")

    for code in ("worker-a", "worker-z", "nobody"):
        with pytest.raises(InvalidInput):
            await desk.assign_ticket(town.work, lead, ticket.id, code)
    await desk.assign_ticket(town.work, lead, ticket.id, "building-1")
    assert ticket.assignee == "building-1"
    await desk.assign_ticket(town.work, office, ticket.id, "worker-z")
    assert ticket.assignee == "worker-z"
    with pytest.raises(ActionNotAllowed):
        await desk.assign_ticket(town.work, await town.staff("worker-b"), ticket.id, "worker-b")


async def test_an_outside_body_is_told_tracked_and_answers(town: Town) -> None:
    worker, ticket = await town.staff("worker-a"), await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)

    await desk.forward_ticket(town.work, worker, ticket.id, "property", "请换整流器")
    assert (ticket.state, ticket.forwarded_to) == (State.WAITING_OUTSIDE, "property")
    assert ticket.outside_due_at is not None
    await desk.record_outside_answer(town.work, worker, ticket.id, "下周来", False)
    assert (ticket.state, ticket.forwarded_to, ticket.outside_due_at) == (
        State.IN_PROGRESS,
        None,
        None,
    )
    await desk.forward_ticket(town.work, worker, ticket.id, "property")
    await desk.record_outside_answer(town.work, worker, ticket.id, "换好了", True)

    assert (ticket.state, ticket.outcome) == (State.RESOLVED, Outcome.DONE)
    assert town.notices.of(1) == [
        "ticket_accepted",
        "ticket_forwarded",
        "ticket_outside_answer",
        "ticket_forwarded",
        "ticket_resolved",
    ]
    with pytest.raises(InvalidInput):
        await desk.forward_ticket(town.work, worker, ticket.id, "moon")


async def test_forwarding_what_nobody_has_keeps_it_with_whoever_forwards(town: Town) -> None:
    await town.set_duty(False, *(member.code for member in town.work.district.staff))
    ticket = await town.submit()

    await desk.forward_ticket(town.work, await town.staff("office-1"), ticket.id, "property")

    assert ticket.assignee == "office-1"


async def test_splitting_gives_each_matter_its_own_number(town: Town) -> None:
    worker = await town.staff("worker-a")
    ticket = await town.submit("楼道灯坏了，还有楼道着火，还有那个啥")

    first, second, third = await desk.split_ticket(
        town.work, worker, ticket.id, ["楼道灯坏了", "楼道着火", "那个啥"]
    )

    assert first is ticket
    assert first.text == "楼道灯坏了"
    assert (second.category, second.state, second.split_from) == (
        "hazard.fire",
        State.ASSIGNED,
        ticket.id,
    )
    assert third.state is State.TRIAGE
    assert second.place == ticket.place
    assert second.reporter_id == 1
    assert town.notices.of(1) == ["ticket_split"]
    words = town.notices.last("ticket_split").words["en"]
    assert all(f"#{part.number}" in words for part in (first, second, third))
    with pytest.raises(InvalidInput):
        await desk.split_ticket(town.work, worker, ticket.id, ["一件"])


async def test_joining_twins_moves_their_people(town: Town) -> None:
    lead = await town.staff("lead-0101")
    ticket = await town.submit()
    twin = await town.submit(person=await town.resident(2))
    await follow_ticket(town.work, await town.resident(3), ticket.id)
    town.notices.clear()

    kept = await desk.merge_ticket(town.work, lead, ticket.id, twin.number)

    assert kept is twin
    assert (ticket.state, ticket.outcome, ticket.duplicate_of) == (
        State.CLOSED,
        Outcome.DUPLICATE,
        twin.id,
    )
    rows = await town.session.scalars(select(Participant).where(Participant.kind == "follower"))
    assert {(row.ticket_id, row.resident_id) for row in rows} == {(twin.id, 1), (twin.id, 3)}
    assert town.notices.of(1) == ["ticket_merged"]
    assert town.notices.of(3) == ["follow_merged"]
    with pytest.raises(InvalidInput):
        await desk.merge_ticket(town.work, lead, twin.id, ticket.number)
    with pytest.raises(InvalidInput):
        await desk.merge_ticket(town.work, lead, twin.id, twin.number)


async def test_nobody_is_joined_to_a_ticket_out_of_their_sight(town: Town) -> None:
    elsewhere = await town.submit(place=Place(grid="xg.02.01.01"))
    ticket = await town.submit()

    with pytest.raises(NotFound):
        await desk.merge_ticket(town.work, await town.staff("lead-0101"), ticket.id, 9999)
    with pytest.raises(ActionNotAllowed):
        await desk.merge_ticket(
            town.work, await town.staff("lead-0101"), ticket.id, elsewhere.number
        )


async def test_nobody_is_made_to_follow_a_private_twin(town: Town) -> None:
    ticket = await town.submit()
    twin = await town.submit(category="care.special", person=await town.resident(2))

    await desk.merge_ticket(town.work, await town.staff("lead-0101"), ticket.id, twin.number)

    rows = (await town.session.scalars(select(Participant))).all()
    assert [row for row in rows if row.kind == "follower"] == []
    with pytest.raises(NotFound):
        await view_ticket(town.work, await town.resident(3), twin.id)


async def test_the_office_ends_a_ticket_with_a_reason(town: Town) -> None:
    ticket, office = await town.submit(), await town.staff("office-1")

    await desk.close_ticket(town.work, office, ticket.id, Outcome.NOT_OURS, "属于铁路")

    assert (ticket.state, ticket.outcome) == (State.CLOSED, Outcome.NOT_OURS)
    assert "属于铁路" in town.notices.last("ticket_closed").words["zh-CN"]
    assert town.notices.of("worker-a")[-1] == "staff_closed"
    await resident.reopen_ticket(town.work, await town.resident(), ticket.id, "是你们的")
    assert ticket.state is State.ASSIGNED


async def test_coming_on_duty_takes_what_waited(town: Town) -> None:
    await town.set_duty(False, *(member.code for member in town.work.district.staff))
    ticket = await town.submit()
    elsewhere = await town.submit(place=Place(grid="xg.02.01.01"))
    await town.set_duty(True, "worker-b")
    worker = town.work.district.staff_by_code["worker-b"]

    assert await retry_unassigned(town.work, worker) == 1
    assert ticket.assignee == "worker-b"
    assert elsewhere.assignee is None


async def test_the_work_of_the_dismissed_finds_new_hands(town: Town) -> None:
    tickets = [await town.submit(place=Place(grid=OTHER_COURT)) for _ in range(3)]
    person = await town.staff("worker-a")
    assert person.account is not None
    person.account.active = False

    assert await release_work(town.work, "worker-a") == 2
    assert {ticket.assignee for ticket in tickets} == {"worker-b"}
