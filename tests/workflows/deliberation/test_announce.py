"""Step 4: the announcement, whom it reached, printouts, the calendar file, the time announced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from models.deliberation.core import Deliberation, MailingRecipient
from models.deliberation.meeting import Meeting
from models.deliberation.plan import LegalityCheck, Printout
from models.deliberation.steps import Step
from models.errors import ActionNotAllowed, InvalidInput, NotReady
from models.messaging import OutboxCall
from models.people import Resident, StaffAccount
from tests.workflows.deliberation.consultation import (
    DAY,
    MEETING_AT,
    ORGANISER,
    SEATS,
    SECRETARY,
    STRANGER,
    Hood,
    open_hood,
)
from tests.workflows.town import COURT, MONDAY
from workflows.deliberation import announce
from workflows.deliberation.meetings import convene

DOORS = 56 + 28
"""Of the two buildings of the courtyard."""


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood(draft_least="0 d") as hood:
        yield hood


async def drafted(hood: Hood) -> Deliberation:
    """A deliberation whose plan is complete and checked, and whose meeting is called."""
    deliberation = await hood.deliberation(Step.DRAFT)
    option = await hood.option(deliberation)
    hood.session.add(
        LegalityCheck(
            option_id=option.key,
            version=1,
            asked_by=ORGANISER,
            asked_at=MONDAY,
            lawyer="lawyer-1",
            verdict="lawful",
            text="合法",
            answered_at=MONDAY,
        )
    )
    await convene(
        hood.work,
        await hood.staff(ORGANISER),
        deliberation.key,
        starts_at=MEETING_AT,
        place="社区活动室",
        agenda=["装不装"],
    )
    return deliberation


async def published(hood: Hood) -> Deliberation:
    deliberation = await drafted(hood)
    await announce.publish(hood.work, await hood.staff(ORGANISER), deliberation.key)
    await hood.run_until(hood.work.now + timedelta(minutes=1))
    return deliberation


async def printouts(hood: Hood) -> dict[str, Printout]:
    return {row.building: row for row in await hood.session.scalars(select(Printout))}


async def test_the_announcement_reaches_residents_and_council(hood: Hood) -> None:
    await hood.neighbour(1)
    deliberation = await published(hood)

    assert deliberation.step is Step.ANNOUNCE
    assert set(hood.letters.to("d_announce")) == {1, *SEATS, SECRETARY}
    letter = hood.letters.last("d_announce")
    assert letter.to == 1
    assert "11月29日" in letter.zh
    assert "社区活动室" in letter.zh
    assert "450,000元" in letter.zh
    assert (await hood.events())[-2:] == ["convene_meeting", "publish"]


async def test_a_member_who_lives_there_is_written_to_once(hood: Hood) -> None:
    account = await hood.session.get_one(StaffAccount, "building-1")
    assert account.resident_id is not None
    holder = await hood.session.get_one(Resident, account.resident_id)
    holder.grid = COURT

    await published(hood)

    told = hood.letters.to("d_announce")
    assert "building-1" not in told
    assert holder.id in told


async def test_only_the_organiser_publishes(hood: Hood) -> None:
    deliberation = await drafted(hood)
    for code in ("office-1", SECRETARY, "seat-1", STRANGER):
        with pytest.raises(ActionNotAllowed):
            await announce.publish(hood.work, await hood.staff(code), deliberation.key)
    assert deliberation.step is Step.DRAFT


async def test_too_late_for_the_meeting_that_was_called(hood: Hood) -> None:
    deliberation = await drafted(hood)
    hood.pass_time(days=1, seconds=1)

    with pytest.raises(NotReady) as error:
        await announce.publish(hood.work, await hood.staff(ORGANISER), deliberation.key)

    assert error.value.context["reason"] == "notice_time"
    assert error.value.context["again_at"] == hood.work.now + 5 * DAY
    assert hood.letters.all == []


async def test_what_is_missing_keeps_it_from_being_published(hood: Hood) -> None:
    deliberation = await drafted(hood)
    await hood.option(deliberation, "B")

    with pytest.raises(NotReady) as error:
        await announce.publish(hood.work, await hood.staff(ORGANISER), deliberation.key)

    assert error.value.context["reason"] == "legality"
    assert await printouts(hood) == {}


async def test_the_step_is_not_late_before_its_own_meeting(hood: Hood) -> None:
    deliberation = await drafted(hood)
    meeting = (await hood.session.scalars(select(Meeting))).one()
    meeting.starts_at = MONDAY + 40 * DAY
    await announce.publish(hood.work, await hood.staff(ORGANISER), deliberation.key)

    assert deliberation.step_due_at == MONDAY + 41 * DAY


async def test_printouts_are_for_doors_without_anybody_in_the_chat(hood: Hood) -> None:
    await hood.neighbour(1, "101")
    await hood.neighbour(2, "101")
    await hood.neighbour(3, "102")
    await hood.neighbour(4, "103", unreachable_since=MONDAY)
    await hood.neighbour(5, "104", consented_at=None)
    await hood.neighbour(6, "105", unit=None)
    await hood.neighbour(7, "101", building="2")

    await published(hood)

    found = {name: row.doors for name, row in (await printouts(hood)).items()}
    assert found == {"合水中路12号1号楼": 54, "合水中路12号2号楼": 27}


async def test_reach_counts_households_not_names(hood: Hood) -> None:
    await hood.neighbour(1, "101")
    await hood.neighbour(2, "101")
    await hood.neighbour(3, "102")
    await hood.neighbour(4, "103")
    deliberation = await published(hood)
    await announce.mark_seen(hood.work, await hood.neighbour(2), deliberation.key)
    await announce.mark_seen(hood.work, await hood.neighbour(2), deliberation.key)
    call = (await hood.session.scalars(select(OutboxCall).where(OutboxCall.chat_id == 4))).one()
    call.status = "failed"
    await hood.session.flush()

    view = await announce.reach(hood.work, await hood.staff(ORGANISER), deliberation.key)

    assert (view.households, view.reached, view.seen) == (DOORS, 2, 1)
    assert (view.people.total, view.people.delivered, view.people.unreachable) == (4, 3, 1)
    assert view.unaccounted == DOORS - 3


async def test_who_came_later_and_read_it_counts_as_reached(hood: Hood) -> None:
    deliberation = await published(hood)
    late = await hood.neighbour(9, "301")
    elsewhere = await hood.neighbour(8, grid="xg.02.01.01")
    for person in (late, elsewhere, late):
        await announce.mark_seen(hood.work, person, deliberation.key)

    view = await announce.reach(hood.work, await hood.staff("office-1"), deliberation.key)
    assert (view.reached, view.seen, view.people.total) == (1, 1, 1)


async def test_who_reads_it_before_the_mailing_came_to_them_is_written_to_once(
    hood: Hood,
) -> None:
    deliberation = await drafted(hood)
    person = await hood.neighbour(1)
    await announce.publish(hood.work, await hood.staff(ORGANISER), deliberation.key)
    await announce.mark_seen(hood.work, person, deliberation.key)
    await hood.run_until(hood.work.now + timedelta(minutes=1))

    assert hood.letters.to("d_announce").count(1) == 1
    assert len((await hood.session.scalars(select(MailingRecipient))).all()) == 1


async def test_reach_is_for_the_organiser_and_the_office(hood: Hood) -> None:
    deliberation = await published(hood)
    for person in (await hood.neighbour(1), await hood.staff("seat-1")):
        with pytest.raises(ActionNotAllowed):
            await announce.reach(hood.work, person, deliberation.key)


async def test_a_printout_is_given_and_brought(hood: Hood) -> None:
    deliberation = await published(hood)
    row = (await printouts(hood))["合水中路12号1号楼"]
    assert row.id is not None
    given = await announce.assign_printout(
        hood.work, await hood.staff(ORGANISER), row.id, "worker-a"
    )
    assert (given.staff, given.given_at) == ("worker-a", hood.work.now)
    assert hood.letters.to("d_printout") == ["worker-a"]
    assert "56户" in hood.letters.last("d_printout").zh
    mine = await announce.my_printouts(hood.work, await hood.staff("worker-a"), deliberation.key)
    assert mine == [row]

    with pytest.raises(ActionNotAllowed):
        await announce.report_printout(hood.work, await hood.staff("worker-b"), row.id, 50)
    with pytest.raises(InvalidInput):
        await announce.report_printout(hood.work, await hood.staff("worker-a"), row.id, -1)
    await announce.report_printout(hood.work, await hood.staff("worker-a"), row.id, 50)

    view = await announce.reach(hood.work, await hood.staff(ORGANISER), deliberation.key)
    assert (view.by_hand, view.unaccounted) == (50, 28)
    assert (await hood.events())[-2:] == ["assign_printout", "report_printout"]


@pytest.mark.parametrize("code", [STRANGER, "seat-1", "nobody"])
async def test_posters_are_given_to_people_near_by(hood: Hood, code: str) -> None:
    await published(hood)
    row = (await printouts(hood))["合水中路12号1号楼"]
    with pytest.raises(InvalidInput):
        await announce.assign_printout(hood.work, await hood.staff(ORGANISER), row.id or 0, code)
    assert row.staff is None


async def test_all_printouts_go_to_whoever_is_nearest_and_there(hood: Hood) -> None:
    deliberation = await published(hood)
    account = await hood.session.get_one(StaffAccount, "building-1")
    account.active = False
    await hood.session.flush()

    left = await announce.assign_all_printouts(
        hood.work, await hood.staff(ORGANISER), deliberation.key
    )

    assert left == 0
    assert {row.staff for row in (await printouts(hood)).values()} == {"worker-a"}
    assert hood.letters.to("d_printout") == ["worker-a"], "one message for all buildings"


async def test_messages_that_did_not_arrive_need_a_poster(hood: Hood) -> None:
    for id_ in (1, 2):
        await hood.neighbour(id_)
    deliberation = await published(hood)
    call = (await hood.session.scalars(select(OutboxCall).where(OutboxCall.chat_id == 2))).one()
    call.status = "failed"
    rows = await printouts(hood)
    brought = rows["合水中路12号2号楼"]
    brought.staff, brought.delivered, brought.delivered_at = "worker-a", 20, hood.work.now
    assert rows["合水中路12号1号楼"].doors == 54

    ran = await hood.run_until(hood.work.now + 2 * DAY)

    assert "d_printouts" in ran
    assert rows["合水中路12号1号楼"].doors == 55
    assert brought.doors == 28
    assert hood.letters.to("d_printouts_left") == [ORGANISER]
    assert "55" in hood.letters.last("d_printouts_left").zh
    assert deliberation.step is Step.ANNOUNCE


async def test_nobody_is_left_out_before_the_consultation(hood: Hood) -> None:
    deliberation = await published(hood)
    organiser = await hood.staff(ORGANISER)

    with pytest.raises(NotReady) as error:
        await announce.begin_consultation(hood.work, organiser, deliberation.key)
    assert error.value.context["reason"] == "too_early"
    hood.work.now = MONDAY + 5 * DAY
    with pytest.raises(NotReady) as error:
        await announce.begin_consultation(hood.work, organiser, deliberation.key)
    assert error.value.context["reason"] == "households"

    await announce.assign_all_printouts(hood.work, organiser, deliberation.key)
    await announce.begin_consultation(hood.work, organiser, deliberation.key)
    assert deliberation.step is Step.CONSULT


async def test_the_clock_begins_at_the_announced_time(hood: Hood) -> None:
    await hood.neighbour(1)
    deliberation = await published(hood)
    organiser = await hood.staff(ORGANISER)
    await announce.assign_all_printouts(hood.work, organiser, deliberation.key)

    await hood.run_until(MEETING_AT - timedelta(seconds=1))
    assert deliberation.step is Step.ANNOUNCE
    await hood.run_until(MEETING_AT)

    assert deliberation.step is Step.CONSULT
    assert "convene" in await hood.events()
    assert hood.letters.to("d_meeting_time") == [SECRETARY]
    assert sorted(map(str, hood.letters.to("d_roll_call"))) == sorted(SEATS)
    assert hood.letters.to("d_meeting_now") == [], "the beginning of the step was announced"


async def test_what_holds_it_back_is_told_the_organiser_once(hood: Hood) -> None:
    deliberation = await published(hood)

    await hood.run_until(MEETING_AT + DAY)

    assert deliberation.step is Step.ANNOUNCE
    assert hood.letters.to("d_convene_blocked") == [ORGANISER]
    assert "没人去送" in hood.letters.last("d_convene_blocked").zh


async def test_begun_by_hand_the_residents_are_called_at_the_time(hood: Hood) -> None:
    await hood.neighbour(1)
    deliberation = await published(hood)
    organiser = await hood.staff(ORGANISER)
    await announce.assign_all_printouts(hood.work, organiser, deliberation.key)
    hood.work.now = MONDAY + 5 * DAY
    await announce.begin_consultation(hood.work, organiser, deliberation.key)

    await hood.run_until(MEETING_AT + timedelta(minutes=1))

    assert hood.letters.to("d_meeting_now") == [1]


async def test_the_calendar_file_keeps_its_uid_and_counts_moves(hood: Hood) -> None:
    deliberation = await drafted(hood)
    before = await announce.invitation_ics(hood.work, deliberation)
    assert before == await announce.invitation_ics(hood.work, deliberation)
    first = Calendar.from_ical(before).walk("VEVENT")[0]
    assert first.decoded("dtstart") == MEETING_AT
    assert str(first["location"]) == "社区活动室"
    assert str(first["summary"]) == "加装电梯"
    assert first["sequence"] == 0
    await announce.publish(hood.work, await hood.staff(ORGANISER), deliberation.key)
    hood.pass_time(hours=1)

    await convene(
        hood.work,
        await hood.staff(ORGANISER),
        deliberation.key,
        starts_at=MEETING_AT + DAY,
        place="操场",
    )

    text = await announce.invitation_ics(hood.work, deliberation)
    second = Calendar.from_ical(text).walk("VEVENT")[0]
    assert second["uid"] == first["uid"]
    assert second["sequence"] == 1
    assert second.decoded("dtstart") == MEETING_AT + DAY
    assert second.decoded("dtstamp") == hood.work.now
    assert str(second["status"]) == "CONFIRMED"


async def test_the_calendar_file_cancels_what_was_stopped(hood: Hood) -> None:
    deliberation = await drafted(hood)
    deliberation.step = Step.WITHDRAWN

    text = await announce.invitation_ics(hood.work, deliberation)

    assert str(Calendar.from_ical(text).walk("VEVENT")[0]["status"]) == "CANCELLED"
