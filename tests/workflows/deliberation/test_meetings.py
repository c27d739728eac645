"""The meeting: called, quorum kept and lost, the floor, the minutes, adjourned and closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.deliberation.core import Deliberation, DeliberationEvent, Recusal
from models.deliberation.meeting import Attendance, Meeting, MinuteLine
from models.deliberation.opinion import Topic
from models.deliberation.steps import Step
from models.errors import ActionNotAllowed, InvalidInput, NotEligible, NotFound, NotReady
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
from workflows.deliberation import hall, meetings
from workflows.deliberation.roll_call import check_may_decide, watch_quorum


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as hood:
        yield hood


async def gather(hood: Hood, *codes: str, **more: Any) -> tuple[Deliberation, Meeting]:
    """A meeting whose roll is being called, with these people there."""
    deliberation = await hood.deliberation()
    meeting = await hood.meeting(deliberation, **more)
    for code in codes:
        await meetings.check_in(hood.work, await hood.staff(code), meeting.key)
    return deliberation, meeting


async def opened(hood: Hood, *codes: str, **more: Any) -> tuple[Deliberation, Meeting]:
    deliberation, meeting = await gather(hood, *(codes or SEATS[:3]), **more)
    await meetings.open_meeting(hood.work, await hood.staff(SECRETARY), meeting.key)
    hood.letters.all.clear()
    return deliberation, meeting


def reason(error: pytest.ExceptionInfo[Any]) -> Any:
    return error.value.context["reason"]


# --- quorum -----------------------------------------------------------------------------------


async def test_only_seats_count(hood: Hood) -> None:
    _, meeting = await gather(hood, "seat-1", "seat-2", SECRETARY, ORGANISER, "lawyer-1")
    await meetings.check_in(hood.work, await hood.neighbour(1), meeting.key)

    found = await meetings.quorum_of(hood.work, meeting)
    assert (found.seats, found.needed, found.present, found.ok) == (5, 3, 2, False)
    with pytest.raises(NotReady) as error:
        await meetings.open_meeting(hood.work, await hood.staff(SECRETARY), meeting.key)
    assert reason(error) == "quorum"
    assert (error.value.context["present"], error.value.context["needed"]) == (2, 3)
    assert len(await meetings.present_at(hood.work, meeting)) == 6
    assert meeting.state == "planned"


async def test_who_stands_aside_neither_counts_nor_is_counted(hood: Hood) -> None:
    deliberation, meeting = await gather(hood, "seat-1", "seat-2", "seat-3")
    for code in ("seat-1", "seat-4"):
        hood.session.add(
            Recusal(
                deliberation_id=deliberation.key,
                staff=code,
                reason="承包",
                at=MONDAY,
                by_staff=ORGANISER,
            )
        )
    await hood.session.flush()

    found = await meetings.quorum_of(hood.work, meeting)
    assert (found.seats, found.needed, found.present) == (3, 2, 2)


async def test_who_has_a_post_elsewhere_is_here_as_a_neighbour(hood: Hood) -> None:
    _, meeting = await gather(hood)
    person = await hood.staff(STRANGER)
    person.resident.grid = COURT
    row = await meetings.check_in(hood.work, person, meeting.key)

    assert row.who == f"r:{person.id}"
    assert (await meetings.present_at(hood.work, meeting))[0].speaker.staff is None


async def test_checking_in_twice_is_being_there_once(hood: Hood) -> None:
    _, meeting = await gather(hood, "seat-1", "seat-1")
    assert len((await hood.session.scalars(select(Attendance))).all()) == 1
    assert (await hood.events()).count("check_in") == 1
    await meetings.leave(hood.work, await hood.staff("seat-1"), meeting.key)
    await meetings.leave(hood.work, await hood.staff("seat-1"), meeting.key)
    assert (await hood.events()).count("leave_meeting") == 1
    assert await meetings.present_at(hood.work, meeting) == []


async def test_the_secretary_calls_the_roll_in_the_room(hood: Hood) -> None:
    _, meeting = await gather(hood)
    secretary = await hood.staff(SECRETARY)
    for code in SEATS[:3]:
        await meetings.check_in_member(hood.work, secretary, meeting.key, code)
    await meetings.mark_left(hood.work, secretary, meeting.key, "seat-3")

    assert (await meetings.quorum_of(hood.work, meeting)).present == 2
    with pytest.raises(InvalidInput):
        await meetings.check_in_member(hood.work, secretary, meeting.key, STRANGER)
    with pytest.raises(ActionNotAllowed):
        await meetings.check_in_member(hood.work, await hood.staff("seat-1"), meeting.key, "seat-3")


async def test_whom_it_does_not_concern_may_not_attend(hood: Hood) -> None:
    _, meeting = await gather(hood)
    for person in (
        await hood.neighbour(1, grid="xg.02.01.01"),
        await hood.neighbour(2, consented_at=None),
        await hood.staff(STRANGER),
    ):
        with pytest.raises(ActionNotAllowed):
            await meetings.check_in(hood.work, person, meeting.key)


async def test_not_long_before_the_time_that_everybody_was_told(hood: Hood) -> None:
    deliberation = await hood.deliberation()
    meeting = await hood.meeting(deliberation, starts_at=MONDAY + timedelta(hours=1))
    for act in (meetings.check_in, meetings.open_meeting):
        with pytest.raises(NotReady) as error:
            await act(hood.work, await hood.staff(SECRETARY), meeting.key)
        assert reason(error) == "meeting_early"
    hood.pass_time(minutes=30)
    await meetings.check_in(hood.work, await hood.staff(SECRETARY), meeting.key)


async def test_losing_the_quorum_suspends_at_once_and_all_are_told(hood: Hood) -> None:
    deliberation, meeting = await opened(hood)
    await meetings.check_in(hood.work, await hood.neighbour(1), meeting.key)
    secretary = await hood.staff(SECRETARY)
    assert (await check_may_decide(hood.work, deliberation)).key == meeting.key

    await meetings.leave(hood.work, await hood.staff("seat-2"), meeting.key)

    assert meeting.state == "suspended"
    assert set(hood.letters.to("d_quorum_lost")) == {SECRETARY, "seat-1", "seat-3", 1}
    with pytest.raises(NotReady) as error:
        await check_may_decide(hood.work, deliberation)
    assert reason(error) == "suspended"
    person = await hood.neighbour(1)
    for act in (
        meetings.next_agenda_item(hood.work, secretary, meeting.key),
        meetings.close_meeting(hood.work, secretary, meeting.key),
        meetings.ask_to_speak(hood.work, person, meeting.key),
        meetings.say_in_meeting(hood.work, person, meeting.key, "等等"),
    ):
        with pytest.raises(NotReady) as error:
            await act
        assert reason(error) == "suspended"
    with pytest.raises(NotReady) as error:
        await meetings.resume_meeting(hood.work, secretary, meeting.key)
    assert reason(error) == "quorum"


async def test_the_secretary_resumes_when_enough_are_back(hood: Hood) -> None:
    deliberation, meeting = await opened(hood)
    await meetings.leave(hood.work, await hood.staff("seat-2"), meeting.key)
    await meetings.check_in(hood.work, await hood.staff("seat-4"), meeting.key)

    assert meeting.state == "suspended", "not by itself"
    assert hood.letters.to("d_quorum_back") == [SECRETARY]
    await meetings.resume_meeting(hood.work, await hood.staff(SECRETARY), meeting.key)
    assert meeting.state == "open"
    assert (await check_may_decide(hood.work, deliberation)).key == meeting.key
    assert (await hood.events())[-4:] == [
        "leave_meeting",
        "suspend_meeting",
        "check_in",
        "resume_meeting",
    ]


async def test_a_resident_who_leaves_suspends_nothing(hood: Hood) -> None:
    _, meeting = await opened(hood)
    person = await hood.neighbour(1)
    await meetings.check_in(hood.work, person, meeting.key)
    await meetings.leave(hood.work, person, meeting.key)
    assert meeting.state == "open"


async def test_standing_aside_in_the_middle_is_noticed(hood: Hood) -> None:
    deliberation, meeting = await opened(hood)
    for code in ("seat-1", "seat-2"):
        hood.session.add(
            Recusal(
                deliberation_id=deliberation.key,
                staff=code,
                reason="承包",
                at=MONDAY,
                by_staff=ORGANISER,
            )
        )
    await hood.session.flush()
    await watch_quorum(hood.work, deliberation)
    assert meeting.state == "suspended"


async def test_no_decision_before_a_meeting_nor_without_minutes(hood: Hood) -> None:
    deliberation = await hood.deliberation()
    with pytest.raises(NotReady) as error:
        await check_may_decide(hood.work, deliberation)
    assert reason(error) == "not_met"
    meeting = await hood.meeting(deliberation, state="closed", opened_at=MONDAY)
    with pytest.raises(NotReady) as error:
        await check_may_decide(hood.work, deliberation)
    assert reason(error) == "minutes"
    await meetings.add_minute(hood.work, await hood.staff(SECRETARY), meeting.key, "同意")
    await check_may_decide(hood.work, deliberation)


# --- calling, adjourning, closing -------------------------------------------------------------


async def call(hood: Hood, deliberation: Deliberation, **more: Any) -> Meeting:
    given_: dict[str, Any] = {"starts_at": MEETING_AT, "place": "活动室"}
    return await meetings.convene(
        hood.work, await hood.staff(ORGANISER), deliberation.key, **(given_ | more)
    )


async def test_a_draft_call_may_be_changed_freely(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.DRAFT)
    hood.session.add(Topic(deliberation_id=deliberation.key, position=1, title="装不装"))
    first = await call(hood, deliberation)
    assert (first.secretary, first.agenda) == (SECRETARY, ["装不装"])
    second = await call(hood, deliberation, starts_at=MEETING_AT + DAY, agenda=["谁出钱"])

    assert second is first
    assert (first.starts_at, first.agenda) == (MEETING_AT + DAY, ["谁出钱"])
    assert hood.letters.all == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"mode": "radio"}, "meeting_mode"),
        ({"place": " "}, "meeting_place"),
        ({"place": "长" * 201}, "meeting_place"),
        ({"link": "javascript:alert(1)"}, "meeting_link"),
        ({"agenda": ["长" * 121]}, "too_long"),
        ({"agenda": [" "]}, "no_words"),
    ],
)
async def test_a_call_says_where_and_what(hood: Hood, more: dict[str, Any], expected: str) -> None:
    deliberation = await hood.deliberation(Step.DRAFT)
    with pytest.raises(InvalidInput) as error:
        await call(hood, deliberation, **more)
    assert reason(error) == expected


async def test_a_meeting_in_the_chat_needs_no_place(hood: Hood) -> None:
    deliberation = await hood.deliberation(Step.DRAFT)
    assert (await call(hood, deliberation, place="", mode="chat")).place == ""


async def test_moved_after_the_announcement_everybody_is_told_again(hood: Hood) -> None:
    await hood.neighbour(1)
    deliberation = await hood.deliberation(Step.ANNOUNCE)
    old = await hood.meeting(deliberation, starts_at=MONDAY + DAY)
    with pytest.raises(NotReady) as error:
        await call(hood, deliberation, starts_at=MONDAY + 5 * DAY - timedelta(seconds=1))
    assert reason(error) == "notice_time"

    new = await call(hood, deliberation)
    ran = await hood.run_until(MEETING_AT - timedelta(seconds=1))

    assert (old.state, new.state) == ("adjourned", "planned")
    assert hood.letters.to("d_meeting_moved")[-1] == 1
    assert set(hood.letters.to("d_meeting_moved")) == {1, *SEATS, SECRETARY}
    assert "d_meeting" not in ran, "the old time is forgotten"
    assert "d_meeting" in await hood.run_until(MEETING_AT)


async def test_an_adjournment_keeps_the_rest_of_the_agenda(hood: Hood) -> None:
    await hood.neighbour(1)
    deliberation, meeting = await opened(hood)
    secretary = await hood.staff(SECRETARY)
    await meetings.next_agenda_item(hood.work, secretary, meeting.key)
    await meetings.leave(hood.work, await hood.staff("seat-1"), meeting.key)
    with pytest.raises(NotReady) as error:
        await meetings.adjourn_meeting(
            hood.work, secretary, meeting.key, starts_at=MONDAY + DAY, reason="人不够"
        )
    assert reason(error) == "notice_time"

    new = await meetings.adjourn_meeting(
        hood.work, secretary, meeting.key, starts_at=MEETING_AT, reason="人不够"
    )
    await hood.run_until(hood.work.now + timedelta(minutes=1))

    assert meeting.state == "adjourned"
    assert (new.state, new.agenda, new.place) == ("planned", ["谁出钱"], meeting.place)
    assert 1 in hood.letters.to("d_meeting_moved")
    assert "人不够" in hood.letters.last("d_meeting_moved").zh
    assert set(hood.letters.to("d_meeting_over")) == {SECRETARY, "seat-2", "seat-3"}
    with pytest.raises(NotReady) as error:
        await check_may_decide(hood.work, deliberation)
    assert reason(error) == "not_met"
    with pytest.raises(NotReady):
        await meetings.resume_meeting(hood.work, secretary, meeting.key)


async def test_another_is_called_only_when_none_is_under_way(hood: Hood) -> None:
    deliberation, meeting = await opened(hood)
    with pytest.raises(NotReady) as error:
        await call(hood, deliberation)
    assert reason(error) == "meeting_running"
    await meetings.close_meeting(hood.work, await hood.staff(SECRETARY), meeting.key)
    assert (await call(hood, deliberation)).key != meeting.key
    assert meeting.state == "closed"


async def test_closing_ends_the_queue_and_says_where_the_words_went(hood: Hood) -> None:
    _, meeting = await opened(hood)
    person, secretary = await hood.neighbour(1), await hood.staff(SECRETARY)
    await meetings.check_in(hood.work, person, meeting.key)
    await meetings.say_in_meeting(hood.work, person, meeting.key, "一楼要补偿")
    await meetings.ask_to_speak(hood.work, person, meeting.key)
    await meetings.close_meeting(hood.work, secretary, meeting.key)
    await meetings.close_meeting(hood.work, secretary, meeting.key)

    assert (meeting.state, meeting.closed_at) == ("closed", hood.work.now)
    assert await meetings.list_queue(hood.work, meeting) == []
    assert await hood.contributions() == [("speech", 1, "in_minutes")]
    assert (await hood.events()).count("close_meeting") == 1
    with pytest.raises(NotReady) as error:
        await meetings.check_in(hood.work, person, meeting.key)
    assert reason(error) == "meeting_over"


async def test_the_agenda_has_an_end(hood: Hood) -> None:
    _, meeting = await opened(hood)
    secretary = await hood.staff(SECRETARY)
    await meetings.next_agenda_item(hood.work, secretary, meeting.key)
    assert "谁出钱" in hood.letters.last("d_agenda").zh
    with pytest.raises(NotReady) as error:
        await meetings.next_agenda_item(hood.work, secretary, meeting.key)
    assert reason(error) == "agenda_end"


@pytest.mark.parametrize("code", ["seat-1", "office-1", "building-1", STRANGER])
async def test_only_who_keeps_the_meeting_runs_it(hood: Hood, code: str) -> None:
    _, meeting = await opened(hood)
    person = await hood.staff(code)
    for act in (
        meetings.close_meeting(hood.work, person, meeting.key),
        meetings.next_agenda_item(hood.work, person, meeting.key),
        meetings.resume_meeting(hood.work, person, meeting.key),
        meetings.open_meeting(hood.work, person, meeting.key),
        meetings.add_minute(hood.work, person, meeting.key, "x"),
        meetings.adjourn_meeting(hood.work, person, meeting.key, starts_at=MEETING_AT, reason="x"),
    ):
        with pytest.raises(ActionNotAllowed):
            await act
    assert meeting.state == "open"


# --- the floor --------------------------------------------------------------------------------


async def test_one_speaks_at_a_time_in_the_order_of_asking(hood: Hood) -> None:
    _, meeting = await opened(hood)
    secretary, person = await hood.staff(SECRETARY), await hood.neighbour(1)
    await meetings.check_in(hood.work, person, meeting.key)
    first = await meetings.ask_to_speak(hood.work, person, meeting.key)
    hood.pass_time(seconds=1)
    second = await meetings.ask_to_speak(hood.work, await hood.staff("seat-1"), meeting.key)
    assert await meetings.ask_to_speak(hood.work, person, meeting.key) is first
    queue = await meetings.list_queue(hood.work, meeting)
    assert [place.turn for place in queue] == [first, second]
    assert queue[0].speaker.building == "合水中路12号1号楼"

    await meetings.give_floor(hood.work, secretary, second.id or 0)
    await meetings.give_floor(hood.work, secretary, first.id or 0)

    assert second.ended_at == hood.work.now
    assert first.ends_at == hood.work.now + timedelta(seconds=180)
    queue = await meetings.list_queue(hood.work, meeting)
    assert [(place.turn, place.speaking) for place in queue] == [(first, True)]
    assert hood.letters.to("d_floor") == ["seat-1", 1]
    assert {kind for kind, _, _ in await hood.contributions()} == {"speech"}
    with pytest.raises(NotFound):
        await meetings.give_floor(hood.work, secretary, second.id or 0)


async def test_time_up_is_told_and_nobody_is_cut_off(hood: Hood) -> None:
    _, meeting = await opened(hood)
    person = await hood.neighbour(1)
    await meetings.check_in(hood.work, person, meeting.key)
    turn = await meetings.ask_to_speak(hood.work, person, meeting.key)
    await meetings.give_floor(hood.work, await hood.staff(SECRETARY), turn.id or 0)

    assert await hood.run_until(hood.work.now + timedelta(seconds=179)) == []
    assert await hood.run_until(hood.work.now + timedelta(minutes=9)) == ["d_floor"]

    assert hood.letters.to("d_time_up") == [1, SECRETARY]
    assert turn.ended_at is None
    await meetings.end_speech(hood.work, person, turn.id or 0)
    assert turn.ended_at == hood.work.now


async def test_who_finished_in_time_hears_no_clock(hood: Hood) -> None:
    _, meeting = await opened(hood)
    turn = await meetings.ask_to_speak(hood.work, await hood.staff("seat-1"), meeting.key)
    await meetings.give_floor(hood.work, await hood.staff(SECRETARY), turn.id or 0)
    with pytest.raises(ActionNotAllowed):
        await meetings.end_speech(hood.work, await hood.staff("seat-2"), turn.id or 0)
    await meetings.end_speech(hood.work, await hood.staff("seat-1"), turn.id or 0)

    assert await hood.run_until(hood.work.now + DAY) == []


async def test_who_goes_home_leaves_the_queue(hood: Hood) -> None:
    _, meeting = await opened(hood, *SEATS[:4])
    await meetings.ask_to_speak(hood.work, await hood.staff("seat-1"), meeting.key)
    await meetings.leave(hood.work, await hood.staff("seat-1"), meeting.key)
    assert await meetings.list_queue(hood.work, meeting) == []


async def test_only_who_is_there_speaks(hood: Hood) -> None:
    _, meeting = await opened(hood)
    person = await hood.neighbour(1)
    for act in (
        meetings.ask_to_speak(hood.work, person, meeting.key),
        meetings.say_in_meeting(hood.work, person, meeting.key, "喂"),
    ):
        with pytest.raises(NotEligible) as error:
            await act
        assert reason(error) == "not_attending"


# --- the minutes ------------------------------------------------------------------------------


async def test_what_is_said_in_the_chat_is_heard_and_minuted(hood: Hood) -> None:
    _, meeting = await opened(hood)
    person = await hood.neighbour(1)
    await meetings.check_in(hood.work, person, meeting.key)
    await meetings.say_in_meeting(hood.work, person, meeting.key, " 一楼<b>要补偿 ")
    await meetings.add_minute(hood.work, await hood.staff(SECRETARY), meeting.key, "讨论补偿")

    assert hood.letters.to("d_said") == [SECRETARY, "seat-1", "seat-2", "seat-3"]
    assert "合水中路12号1号楼的居民" in hood.letters.last("d_said").zh
    assert "&lt;b&gt;" in hood.letters.last("d_said").zh
    lines = await meetings.minutes_of(hood.work, meeting)
    assert [(m.line.source, m.line.author, m.line.text) for m in lines] == [
        ("message", "r:1", "一楼<b>要补偿"),
        ("minute", SECRETARY, "讨论补偿"),
    ]
    assert lines[1].speaker.staff is not None


async def test_in_one_room_nothing_is_relayed(hood: Hood) -> None:
    _, meeting = await opened(hood, mode="room")
    await meetings.say_in_meeting(hood.work, await hood.staff("seat-1"), meeting.key, "好")
    assert hood.letters.to("d_said") == []
    assert len(await meetings.minutes_of(hood.work, meeting)) == 1


async def test_a_crowd_reads_along_instead_of_being_flooded(
    hood: Hood, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, meeting = await opened(hood)
    for id_ in range(1, hall.RELAY_LIMIT + 20):
        await hood.neighbour(id_)
        since = hood.work.now + timedelta(seconds=id_)
        hood.session.add(Attendance(meeting_id=meeting.key, who=f"r:{id_}", since=since))
    await hood.session.flush()

    await meetings.say_in_meeting(hood.work, await hood.staff("seat-1"), meeting.key, "好")

    told = hood.letters.to("d_said")
    assert len(told) == hall.RELAY_LIMIT - 1
    assert told[:4] == [SECRETARY, "seat-2", "seat-3", 1]


@pytest.mark.parametrize(("text", "expected"), [(" ", "no_words"), ("长" * 1001, "too_long")])
async def test_words_of_a_reasonable_length(hood: Hood, text: str, expected: str) -> None:
    _, meeting = await opened(hood)
    with pytest.raises(InvalidInput) as error:
        await meetings.say_in_meeting(hood.work, await hood.staff("seat-1"), meeting.key, text)
    assert reason(error) == expected
    assert (await hood.session.scalars(select(MinuteLine))).all() == []


async def test_no_minutes_of_a_meeting_that_was_not_opened(hood: Hood) -> None:
    _, meeting = await gather(hood)
    with pytest.raises(NotReady):
        await meetings.add_minute(hood.work, await hood.staff(SECRETARY), meeting.key, "x")


async def test_events_tell_no_account_of_a_resident_beside_the_actor(hood: Hood) -> None:
    _, meeting = await opened(hood)
    person = await hood.neighbour(987654)
    await meetings.check_in(hood.work, person, meeting.key)
    turn = await meetings.ask_to_speak(hood.work, person, meeting.key)
    await meetings.give_floor(hood.work, await hood.staff(SECRETARY), turn.id or 0)
    rows = await hood.session.scalars(select(DeliberationEvent))
    assert all("987654" not in str(row.data) for row in rows)
