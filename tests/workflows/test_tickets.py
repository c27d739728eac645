"""A ticket from acceptance to rating, and everything that can happen on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.errors import (
    ActionNotAllowed,
    ActionNotPossible,
    AlreadyTaken,
    InvalidInput,
    NotFound,
    StaleButton,
    TooLate,
    TooSoon,
)
from models.lifecycle import Action, Actor, Outcome, State
from models.ticket import Attachment, Participant, TicketEvent
from tests.workflows.town import MONDAY, OTHER_COURT, Town
from workflows.tickets import resident, staff
from workflows.tickets.submit import DraftFile, follow_ticket, raise_emergency
from workflows.tickets.view import find_by_number, list_my_tickets, view_ticket

PHOTO = DraftFile(kind="photo", file_id="f1", file_unique_id="u1")


async def test_the_whole_journey(town: Town) -> None:
    me, worker = await town.resident(), await town.staff("worker-a")
    ticket = await town.submit()
    town.notices.clear()

    await staff.accept_ticket(town.work, worker, ticket.id, ticket.version)
    await staff.start_ticket(town.work, worker, ticket.id)
    await staff.resolve_ticket(town.work, worker, ticket.id, Outcome.DONE, "换了灯泡", [PHOTO])
    await resident.rate_ticket(town.work, me, ticket.id, 5)
    await resident.comment_rating(town.work, me, ticket.id, "真快")

    assert town.notices.of(1) == ["ticket_accepted", "ticket_started", "ticket_resolved"]
    assert town.notices.of("worker-a") == ["staff_rated", "staff_rated"]
    assert "换了灯泡" in town.notices.last("ticket_resolved").words["zh-CN"]
    assert (ticket.state, ticket.outcome) == (State.RESOLVED, Outcome.DONE)
    assert (ticket.rating, ticket.rating_comment) == (5, "真快")
    proof = (await town.session.scalars(select(Attachment))).one()
    assert (proof.purpose, proof.by_staff) == ("proof", "worker-a")


async def test_two_accept_at_once_and_the_second_is_told_who(town: Town) -> None:
    ticket = await town.submit()
    worker, lead, peer = [await town.staff(c) for c in ("worker-a", "lead-0101", "worker-b")]
    drawn = ticket.version

    await staff.accept_ticket(town.work, lead, ticket.id, drawn)

    assert ticket.assignee == "lead-0101"
    assert town.notices.of("worker-a")[-1] == "staff_moved_on"
    for late in (worker, peer):
        with pytest.raises(AlreadyTaken) as told:
            await staff.accept_ticket(town.work, late, ticket.id, drawn)
        assert told.value.context["name"] == "姓名lead-0101"
    with pytest.raises(NotFound):
        await staff.accept_ticket(town.work, await town.resident(), ticket.id, drawn)
    again = await staff.accept_ticket(town.work, lead, ticket.id, drawn)
    assert again.assignee == "lead-0101"


async def test_a_paged_lead_hears_who_took_the_emergency(town: Town) -> None:
    ticket = await raise_emergency(town.work, await town.resident(), "gas", "漏气了")
    first, lead = await town.staff("building-1"), await town.staff("lead-0101")

    await staff.accept_ticket(town.work, first, ticket.id)

    assert town.notices.of("lead-0101") == ["staff_emergency", "staff_moved_on"]
    with pytest.raises(AlreadyTaken):
        await staff.accept_ticket(town.work, lead, ticket.id)


async def test_a_question_stops_the_clock_and_the_answer_starts_it_again(town: Town) -> None:
    me, worker = await town.resident(), await town.staff("worker-a")
    ticket = await town.submit()
    promised = ticket.resolution_due_at
    await staff.accept_ticket(town.work, worker, ticket.id)
    town.pass_time(hours=1)
    await staff.ask_resident(town.work, worker, ticket.id, "几楼？", [PHOTO])
    left = town.work.district.calendar.working_minutes_between(town.work.now, promised)
    assert town.notices.of(1)[-1] == "ticket_question"

    town.pass_time(days=2)
    await resident.answer_question(town.work, me, ticket.id, "三楼")

    calendar = town.work.district.calendar
    assert ticket.state is State.IN_PROGRESS
    assert ticket.paused_at is None
    assert calendar.working_minutes_between(town.work.now, ticket.resolution_due_at) == left
    assert town.notices.of("worker-a")[-1] == "staff_answer"
    told = town.notices.last("staff_answer").words["zh-CN"]
    assert "三楼" in told
    assert "居民1" not in told


async def test_a_late_answer_is_added_to_the_ticket(town: Town) -> None:
    me, worker = await town.resident(), await town.staff("worker-a")
    ticket = await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)

    await resident.answer_question(town.work, me, ticket.id, "三楼")

    assert ticket.state is State.ACCEPTED
    assert town.notices.of("worker-a")[-1] == "staff_added"


async def test_refused_goes_back_but_never_to_the_same_hands(town: Town) -> None:
    ticket = await town.submit()
    town.notices.clear()
    for code in ("worker-a", "worker-b"):
        await staff.refuse_ticket(
            town.work, await town.staff(code), ticket.id, "归物业管", "物业公司"
        )

    assert ticket.assignee == "lead-0101"
    assert ticket.refused_by == ["worker-a", "worker-b"]
    assert town.notices.of(1) == ["ticket_refused", "ticket_refused"]
    told = town.notices.last("ticket_refused").words["zh-CN"]
    for said in ("姓名worker-b", "归物业管", "物业公司", "姓名lead-0101"):
        assert said in told
    with pytest.raises(ActionNotAllowed):
        await staff.refuse_ticket(town.work, await town.staff("worker-a"), ticket.id, "再退")


async def test_refused_by_everybody_is_parked_and_the_office_told(town: Town) -> None:
    ticket = await town.submit()
    while ticket.assignee is not None:
        person = await town.staff(ticket.assignee)
        await staff.refuse_ticket(town.work, person, ticket.id, "不是我的")

    assert ticket.state is State.UNASSIGNED
    assert town.notices.to_whom("staff_unassigned") == ["office-1", "office-2"]
    assert "街道办" in town.notices.last("ticket_refused").words["zh-CN"]


async def test_transfer_stays_in_the_grid(town: Town) -> None:
    worker, ticket = await town.staff("worker-a"), await town.submit()

    offered = [m.code for m in await staff.transfer_candidates(town.work, worker, ticket.id)]
    assert offered == ["building-1", "lead-0101", "worker-b"]
    with pytest.raises(InvalidInput):
        await staff.transfer_ticket(town.work, worker, ticket.id, "worker-z")
    await staff.transfer_ticket(town.work, worker, ticket.id, "worker-b", "我休假")

    assert ticket.assignee == "worker-b"
    assert ticket.state is State.ASSIGNED
    assert town.notices.of("worker-b") == ["staff_new_ticket"]
    assert town.notices.of(1) == ["ticket_transferred"]


async def test_help_joins_and_the_holder_keeps_the_ticket(town: Town) -> None:
    worker, lead = await town.staff("worker-a"), await town.staff("lead-01")
    ticket = await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)

    await staff.call_help(town.work, worker, ticket.id, "lead-01", "要协调物业")
    await staff.call_help(town.work, worker, ticket.id, "property", "要换线")
    await staff.note_ticket(town.work, lead, ticket.id, "已联系")

    assert ticket.assignee == "worker-a"
    assert town.notices.of("lead-01") == ["staff_help"]
    assert town.notices.to_whom("staff_help_department") == ["office-1", "office-2"]
    assert town.notices.of("worker-a")[-1] == "staff_note"
    assert Actor.HELPER in (await view_ticket(town.work, lead, ticket.id)).actors
    with pytest.raises(InvalidInput):
        await staff.call_help(town.work, worker, ticket.id, "worker-z")


async def test_escalation_climbs_level_by_level_and_each_has_its_deadline(town: Town) -> None:
    ticket = await town.submit()
    trail = []
    while True:
        holder = await town.staff(ticket.assignee)
        try:
            await staff.escalate_ticket(town.work, holder, ticket.id, "办不动")
        except ActionNotPossible:
            break
        trail.append((ticket.assignee, ticket.handler_grid, ticket.level_due_at is not None))

    assert trail == [
        ("lead-0101", "xg.01.01", True),
        ("lead-01", "xg.01", True),
        ("office-1", "xg", False),
    ]
    assert ticket.escalations == 3
    helper = await view_ticket(town.work, await town.staff("worker-a"), ticket.id)
    assert helper.actors == {Actor.HELPER}
    with pytest.raises(InvalidInput):
        await staff.escalate_ticket(town.work, holder, ticket.id, "  ")


async def test_not_fixed_goes_to_the_responsible_worker_and_the_lead(town: Town) -> None:
    me, worker = await town.resident(), await town.staff("worker-a")
    ticket = await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)
    await staff.resolve_ticket(town.work, worker, ticket.id, Outcome.DONE, "好了")
    town.pass_time(days=2)

    await resident.reopen_ticket(town.work, me, ticket.id, "还是不亮")

    assert (ticket.state, ticket.assignee, ticket.reopened) == (State.ASSIGNED, "worker-a", 1)
    assert (ticket.outcome, ticket.resolved_at, ticket.rating) == (None, None, None)
    assert ticket.resolution_due_at > town.work.now
    assert town.notices.to_whom("staff_reopened") == ["worker-a", "lead-0101"]
    assert "还是不亮" in town.notices.last("staff_reopened").words["zh-CN"]


async def test_reopening_when_the_worker_was_dismissed_finds_somebody_else(town: Town) -> None:
    me, worker = await town.resident(), await town.staff("worker-a")
    ticket = await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)
    await staff.resolve_ticket(town.work, worker, ticket.id, Outcome.DONE, "好了")
    assert worker.account is not None
    worker.account.active = False

    await resident.reopen_ticket(town.work, me, ticket.id, "没好")

    assert ticket.assignee == "worker-b"


async def test_windows_close(town: Town) -> None:
    me, worker = await town.resident(), await town.staff("worker-a")
    ticket = await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)
    with pytest.raises(ActionNotPossible):
        await resident.rate_ticket(town.work, me, ticket.id, 3)
    await staff.resolve_ticket(town.work, worker, ticket.id, Outcome.NOT_POSSIBLE, "没配件")
    with pytest.raises(InvalidInput):
        await resident.rate_ticket(town.work, me, ticket.id, 6)
    town.pass_time(days=8)
    with pytest.raises(TooLate):
        await resident.reopen_ticket(town.work, me, ticket.id, "没好")
    town.pass_time(days=8)
    with pytest.raises(TooLate):
        await resident.rate_ticket(town.work, me, ticket.id, 1)


async def test_few_stars_reach_the_lead(town: Town) -> None:
    me, worker = await town.resident(), await town.staff("worker-a")
    ticket = await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)
    await staff.resolve_ticket(town.work, worker, ticket.id, Outcome.DONE, "好了")

    await resident.rate_ticket(town.work, me, ticket.id, 1)

    assert town.notices.to_whom("staff_rated") == ["worker-a", "lead-0101"]


async def test_nobody_rates_their_own_work(town: Town) -> None:
    worker = await town.staff("worker-a")
    ticket = await town.submit()
    ticket.reporter_id, ticket.opened_by = None, "worker-a"
    await staff.accept_ticket(town.work, worker, ticket.id)
    await staff.resolve_ticket(town.work, worker, ticket.id, Outcome.DONE, "好了")

    with pytest.raises(ActionNotAllowed):
        await resident.rate_ticket(town.work, worker, ticket.id, 5)


async def test_urging_has_a_pace(town: Town) -> None:
    me, ticket = await town.resident(), await town.submit()

    await resident.urge_ticket(town.work, me, ticket.id)
    with pytest.raises(TooSoon) as limit:
        await resident.urge_ticket(town.work, me, ticket.id)
    assert limit.value.context["again_at"] == MONDAY + timedelta(hours=24)
    town.pass_time(hours=24)
    await resident.urge_ticket(town.work, me, ticket.id)

    assert town.notices.of("worker-a").count("staff_urged") == 2


async def test_withdrawing_ends_it_for_everybody(town: Town) -> None:
    me, ticket = await town.resident(), await town.submit()
    await follow_ticket(town.work, await town.resident(2), ticket.id)

    await resident.withdraw_ticket(town.work, me, ticket.id)

    assert (ticket.state, ticket.outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    assert town.notices.of("worker-a")[-1] == "staff_withdrawn"
    assert town.notices.of(2) == ["follow_update"]
    with pytest.raises(ActionNotPossible):
        await resident.reopen_ticket(town.work, me, ticket.id, "又坏了")


async def test_an_edited_message_updates_the_ticket_and_keeps_both_texts(town: Town) -> None:
    me = await town.resident()
    ticket = await town.submit("楼道灯坏了", source_message_ids=[77])

    same = await resident.edit_report(town.work, me, 77, "楼道灯坏了 ")
    edited = await resident.edit_report(town.work, me, 77, "三单元楼道灯坏了")

    assert same is edited is ticket
    assert ticket.text == "三单元楼道灯坏了"
    event = (
        await town.session.scalars(select(TicketEvent).where(TicketEvent.action == "edit"))
    ).one()
    assert (event.data["before"], event.text) == ("楼道灯坏了", "三单元楼道灯坏了")
    assert town.notices.of("worker-a")[-1] == "staff_edited"
    assert await resident.edit_report(town.work, me, 78, "别的") is None
    assert await resident.edit_report(town.work, await town.resident(2), 77, "别的") is None


async def test_each_reply_lands_on_its_own_ticket(town: Town) -> None:
    me = await town.resident()
    tickets = [await town.submit(source_message_ids=[index]) for index in range(5)]

    link = await resident.ticket_of_reply(town.work, 1, 3)
    assert link is not None
    await resident.add_to_ticket(town.work, me, link.ticket_id, "补一句", message_id=90)

    assert link.ticket_id == tickets[3].id
    added = await resident.ticket_of_reply(town.work, 1, 90)
    assert added is not None
    assert added.ticket_id == tickets[3].id


async def test_followers_learn_what_becomes_of_it_and_nothing_private(town: Town) -> None:
    worker = await town.staff("worker-a")
    ticket = await town.submit("401的灯坏了，我叫王小明")
    await follow_ticket(town.work, await town.resident(2), ticket.id)

    await staff.accept_ticket(town.work, worker, ticket.id)
    await staff.ask_resident(town.work, worker, ticket.id, "您几点在家？")
    await resident.answer_question(town.work, await town.resident(), ticket.id, "晚上")
    await staff.resolve_ticket(town.work, worker, ticket.id, Outcome.DONE, "401换了灯")

    told = [sent for sent in town.notices.sent if sent.to == 2]
    assert [sent.context["change"] for sent in told] == ["accepted", "resolved"]
    for sent in told:
        for words in sent.words.values():
            assert not any(secret in words for secret in ("401", "王小明", "晚上", "3单元"))
    assert "12号院" in told[0].words["zh-CN"]


async def test_a_neighbour_sees_the_public_side_only(town: Town) -> None:
    ticket = await town.submit("401的灯坏了")
    neighbour, stranger = await town.resident(2), await town.resident(3, OTHER_COURT)

    view = await view_ticket(town.work, neighbour, ticket.id)

    assert view.actors == {Actor.NEIGHBOUR}
    assert view.actions == {Action.FOLLOW}
    assert (view.ticket.text, view.ticket.room, view.ticket.details) == ("", None, {})
    assert all(event.text is None for event in view.events)
    for outsider in (stranger, await town.staff("worker-z"), await town.staff("lead-02")):
        with pytest.raises(NotFound):
            await view_ticket(town.work, outsider, ticket.id)
        with pytest.raises(NotFound):
            await find_by_number(town.work, outsider, ticket.number)


async def test_the_reporter_sees_no_internal_notes(town: Town) -> None:
    me, worker = await town.resident(), await town.staff("worker-a")
    ticket = await town.submit()
    await staff.accept_ticket(town.work, worker, ticket.id)
    await staff.note_ticket(town.work, worker, ticket.id, "这家老吵")

    mine = await view_ticket(town.work, me, ticket.id)
    theirs = await view_ticket(town.work, worker, ticket.id)

    assert "note" not in {event.action for event in mine.events}
    assert "note" in {event.action for event in theirs.events}
    assert mine.is_reporter
    assert mine.actions == {Action.ADD, Action.EDIT, Action.URGE, Action.WITHDRAW}
    assert set(theirs.people) == {"worker-a"}


async def test_the_dismissed_have_no_rights_at_the_next_press(town: Town) -> None:
    ticket, worker = await town.submit(), await town.staff("worker-a")
    assert worker.account is not None
    worker.account.active = False

    with pytest.raises(NotFound):
        await view_ticket(town.work, worker, ticket.id)
    with pytest.raises(NotFound):
        await staff.accept_ticket(town.work, worker, ticket.id)
    with pytest.raises(ActionNotAllowed):
        await staff.resolve_ticket(town.work, worker, ticket.id, Outcome.DONE, "好了")


async def test_the_subject_of_a_complaint_sees_nothing_of_it(town: Town) -> None:
    ticket = await town.submit("态度差", category="complaint.staff", about_staff="lead-0101")

    with pytest.raises(NotFound):
        await view_ticket(town.work, await town.staff("lead-0101"), ticket.id)
    with pytest.raises(ActionNotAllowed):
        await staff.note_ticket(town.work, await town.staff("lead-0101"), ticket.id, "冤枉")


async def test_stale_buttons(town: Town) -> None:
    me, worker = await town.resident(), await town.staff("worker-a")
    ticket = await town.submit()
    old = ticket.version
    await resident.add_to_ticket(town.work, me, ticket.id, "补充")
    await staff.accept_ticket(town.work, worker, ticket.id, old)
    await town.session.flush()
    assert ticket.version > old

    with pytest.raises(AlreadyTaken):
        await staff.accept_ticket(town.work, await town.staff("lead-0101"), ticket.id, old)
    await staff.start_ticket(town.work, worker, ticket.id, old)
    with pytest.raises(StaleButton):
        await staff.start_ticket(town.work, worker, ticket.id, old)
    with pytest.raises(ActionNotPossible):
        await staff.start_ticket(town.work, worker, ticket.id)


async def test_what_staff_say_reaches_the_reporter_as_a_message(town: Town) -> None:
    worker, ticket = await town.staff("worker-a"), await town.submit()

    await resident.add_to_ticket(town.work, worker, ticket.id, "下午到")

    assert town.notices.of(1) == ["ticket_message"]


async def test_the_opener_is_told_in_place_of_someone_without_a_phone(town: Town) -> None:
    ticket = await town.submit()
    ticket.reporter_id, ticket.opened_by = None, "building-1"

    await staff.accept_ticket(town.work, await town.staff("worker-a"), ticket.id)

    assert town.notices.of("building-1") == ["ticket_accepted"]
    mine = await list_my_tickets(town.work, await town.staff("building-1"))
    assert [found.id for found in mine.open] == [ticket.id]


async def test_my_list_pages_past_tickets(town: Town) -> None:
    me = await town.resident()
    tickets = [await town.submit() for _ in range(8)]
    for ticket in tickets[:7]:
        await resident.withdraw_ticket(town.work, me, ticket.id)

    first, last = [await list_my_tickets(town.work, me, page) for page in (0, 99)]

    assert [t.number for t in first.open] == [1008]
    assert [t.number for t in first.past] == [1007, 1006, 1005, 1004, 1003]
    assert ([t.number for t in last.past], last.page, last.pages) == ([1002, 1001], 1, 2)


async def test_following_ends_when_asked(town: Town) -> None:
    neighbour, ticket = await town.resident(2), await town.submit()
    await follow_ticket(town.work, neighbour, ticket.id)

    await resident.unfollow(town.work, neighbour, ticket.id)

    assert (await town.session.scalars(select(Participant))).all() == []
    assert (await view_ticket(town.work, neighbour, ticket.id)).is_following is False
