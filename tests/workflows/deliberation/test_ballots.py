"""Ballots: opened, cast, closed by the clock, counted; and everybody who may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from models.deliberation.chain import genesis
from models.deliberation.meeting import ConsensusCall
from models.deliberation.steps import Step
from models.deliberation.verify import verify_box
from models.errors import ActionNotAllowed, DomainError, InvalidInput, NotEligible, NotReady
from models.people import Resident
from tests.workflows.deliberation.consultation import ORGANISER, SEATS, Hood, open_hood
from tests.workflows.deliberation.polling import (
    NONE,
    A,
    B,
    chained,
    finish,
    home,
    polling,
    ready,
    rolled,
    vote,
    waiting,
)
from tests.workflows.town import OTHER_COURT
from workflows.deliberation.access import CLOCK
from workflows.deliberation.ballots import (
    cast,
    cast_at_door,
    check_voter,
    current_ballot,
    find_receipt,
    open_ballot,
)
from workflows.deliberation.box import announced_heads, ballots_cast, close_ballot, void_ballot
from workflows.deliberation.facts import gather_facts
from workflows.deliberation.roll import recorded, registered

BUILDING_LEAD = "building-1"


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood() as hood:
        yield hood


async def refusal(doing: Any) -> str:
    """The reason for which something is refused."""
    with pytest.raises(DomainError) as refused:
        await doing
    return str(refused.value.context.get("reason"))


# --- opening


async def test_the_header_settles_everything_before_the_first_vote(hood: Hood) -> None:
    deliberation, ballot = await polling(hood, 6, method="runoff", unit="household")
    header = ballot.header
    assert [option["key"] for option in header["options"]] == ["A", "B", "0"]
    assert (header["method"], header["unit"], header["secret"]) == ("runoff", "household", True)
    assert header["electorate"] == 6
    assert ballot.closes_at == hood.work.now + hood.work.policy.deliberation.ballot_time
    assert ballot.head == genesis(header)
    assert [head.length for head in await announced_heads(hood.work, ballot)] == [0]
    assert await hood.events() == ["open_ballot"]
    await hood.run_until(hood.work.now + timedelta(minutes=1))
    assert hood.letters.to("d_ballot_open") == [1, 2, 3, 4, 5, 6]
    assert (await current_ballot(hood.work, deliberation.key)) is ballot


async def test_a_ballot_needs_its_step_its_meeting_and_an_organiser(hood: Hood) -> None:
    organiser = await hood.staff(ORGANISER)
    early = await hood.deliberation(Step.ANNOUNCE)
    assert await refusal(open_ballot(hood.work, organiser, early.key)) == "step"
    unmet = await hood.deliberation(number=2)
    assert await refusal(open_ballot(hood.work, organiser, unmet.key)) == "not_met"
    await hood.meeting(unmet, state="suspended")
    assert await refusal(open_ballot(hood.work, organiser, unmet.key)) == "suspended"
    await hood.meeting(unmet, state="open")
    assert await refusal(open_ballot(hood.work, organiser, unmet.key)) == "quorum"
    met = await ready(hood, number=3)
    for code in (SEATS[0], "office-1", "lead-01"):
        with pytest.raises(ActionNotAllowed):
            await open_ballot(hood.work, await hood.staff(code), met.key)
    await open_ballot(hood.work, organiser, met.key)
    assert await refusal(open_ballot(hood.work, organiser, met.key)) == "ballot_running"


async def test_no_ballot_beside_a_call_for_consensus_or_after_one(hood: Hood) -> None:
    deliberation = await ready(hood)
    organiser = await hood.staff(ORGANISER)
    call = ConsensusCall(
        deliberation_id=deliberation.key,
        option_id=1,
        opened_at=hood.work.now,
        closes_at=hood.work.now,
    )
    hood.session.add(call)
    await hood.session.flush()
    assert await refusal(open_ballot(hood.work, organiser, deliberation.key)) == "consensus_open"
    call.state = "agreed"
    await hood.session.flush()
    assert await refusal(open_ballot(hood.work, organiser, deliberation.key)) == "ballot_decided"
    call.state = "failed"
    await hood.session.flush()
    assert (await open_ballot(hood.work, organiser, deliberation.key)).state == "open"


async def test_a_ballot_needs_options_and_time_enough(hood: Hood) -> None:
    deliberation = await ready(hood)
    other = await ready(hood, number=2)
    strange = await hood.option(other, "C")
    draft = await hood.option(deliberation, "D")
    draft.state = "draft"
    organiser = await hood.staff(ORGANISER)
    for options in ([], [strange], [draft]):
        doing = open_ballot(hood.work, organiser, deliberation.key, options=options)
        assert await refusal(doing) == "ballot_options"
    soon = hood.work.now + timedelta(minutes=59)
    doing = open_ballot(hood.work, organiser, deliberation.key, closes_at=soon)
    assert await refusal(doing) == "ballot_time"


# --- from the first vote to the result


@pytest.mark.parametrize("secret", [True, False])
async def test_from_the_first_vote_to_a_box_that_anybody_can_check(
    hood: Hood, secret: bool
) -> None:
    deliberation, ballot = await polling(hood, 12, secret=secret)
    receipts = await vote(hood, ballot, *[A] * 6, *[B] * 2, NONE)
    assert await ballots_cast(hood.work, ballot) == 9
    published = await finish(hood, ballot)
    assert ballot.state == "closed"
    assert ballot.closed_at is not None and ballot.closed_at >= ballot.closes_at
    assert ballot.result is not None
    assert ballot.result["winner"] == "A"
    assert ballot.result["totals"] == {"A": 6, "B": 2, "0": 1}
    assert ballot.result["turnout"] == {"chat": 9, "proxy": 0, "door": 0}
    report = verify_box(published, receipts=[receipt.code for receipt in receipts])
    assert report.faults == []
    for receipt in receipts:
        assert verify_box(published, heads=[f"{receipt.length}:{receipt.head}"]).ok
        assert verify_box(published, receipts=[receipt.short]).ok
    assert (await gather_facts(hood.work, deliberation)).decision
    assert (await hood.contributions()) == [("ballot", id_, "counted") for id_ in _by_key(9)]
    assert hood.letters.to("d_ballot_result") == list(range(1, 13))
    assert hood.letters.to("d_ballot_closed") == [ORGANISER]


def _by_key(number: int) -> list[int]:
    """Accounts in the order of their households' keys: rooms are 101, 102 …"""
    return sorted(range(1, number + 1), key=lambda id_: str(100 + id_))


async def test_an_open_ballot_is_chained_at_once_and_bears_the_voter(hood: Hood) -> None:
    _, ballot = await polling(hood, secret=False)
    receipts = await vote(hood, ballot, A, B, A)
    assert [receipt.position for receipt in receipts] == [1, 2, 3]
    entries = await chained(hood)
    assert [entry.commitment for entry in entries] == [receipt.code for receipt in receipts]
    assert [entry.voter for entry in entries] == [row.voter for row in await rolled(hood)]
    assert receipts[2].head == ballot.head == entries[2].link
    assert not hood.work.secret


async def test_a_secret_ballot_is_mixed_before_it_is_chained(hood: Hood) -> None:
    _, ballot = await polling(hood, 20)
    receipts = await vote(hood, ballot, *[A] * 9)
    await hood.run_until(hood.work.now + timedelta(minutes=31))
    assert ballot.length == 0
    assert {receipt.position for receipt in receipts} == {None}
    receipts += await vote(hood, ballot, *[B] * 3, first=10)
    await hood.run_until(hood.work.now + timedelta(minutes=31))
    assert ballot.length == 7
    assert len(await waiting(hood)) == 5
    codes = {entry.commitment for entry in await chained(hood)}
    for receipt in receipts:
        place = await find_receipt(hood.work, ballot.key, receipt.short)
        assert (place == 0) == (receipt.code not in codes)
    heads = await announced_heads(hood.work, ballot)
    assert [(head.length, head.head) for head in heads][1:] == [(7, ballot.head)]
    assert await ballots_cast(hood.work, ballot) == 12
    published = await finish(hood, ballot)
    assert verify_box(published, receipts=[receipt.code for receipt in receipts]).ok
    assert await waiting(hood) == []


async def test_a_head_is_announced_only_when_the_box_grew(hood: Hood) -> None:
    _, ballot = await polling(hood, secret=False)
    await hood.run_until(hood.work.now + timedelta(hours=2))
    assert len(await announced_heads(hood.work, ballot)) == 1
    await vote(hood, ballot, A, A)
    await hood.run_until(hood.work.now + timedelta(hours=2))
    assert [head.length for head in await announced_heads(hood.work, ballot)] == [0, 2]


async def test_without_a_quorum_nothing_is_decided_and_they_may_vote_again(hood: Hood) -> None:
    deliberation, ballot = await polling(hood, 12)
    await vote(hood, ballot, *[A] * 5)
    await finish(hood, ballot)
    assert ballot.result is not None
    assert (ballot.result["valid"], ballot.result["winner"]) == (False, None)
    assert ballot.result["quorum"] == 6
    assert not (await gather_facts(hood.work, deliberation)).decision
    again = await open_ballot(hood.work, await hood.staff(ORGANISER), deliberation.key)
    assert again.key != ballot.key
    await vote(hood, again, *[B] * 6)
    await finish(hood, again)
    assert (again.result or {})["winner"] == "B"
    reason = await refusal(open_ballot(hood.work, await hood.staff(ORGANISER), deliberation.key))
    assert reason == "ballot_decided"


async def test_nobody_voted(hood: Hood) -> None:
    _, ballot = await polling(hood, 3)
    assert verify_box(await finish(hood, ballot)).ok
    assert (ballot.result or {})["valid"] is False


# --- time


async def test_nobody_closes_a_ballot_before_its_time(hood: Hood) -> None:
    _, ballot = await polling(hood)
    organiser = await hood.staff(ORGANISER)
    hood.work.now = ballot.closes_at - timedelta(seconds=1)
    for person in (organiser, None):
        assert await refusal(close_ballot(hood.work, person, ballot.key)) == "ballot_running"
    with pytest.raises(ActionNotAllowed):
        await close_ballot(hood.work, await hood.staff("office-1"), ballot.key)
    hood.work.now = ballot.closes_at
    assert (await close_ballot(hood.work, organiser, ballot.key)).state == "closed"


async def test_after_an_outage_a_late_vote_does_not_count(hood: Hood) -> None:
    _, ballot = await polling(hood)
    await vote(hood, ballot, A)
    hood.work.now = ballot.closes_at
    voter = await hood.neighbour(2)
    assert ballot.state == "open"
    assert await refusal(cast(hood.work, voter, ballot.key, A)) == "closed"
    state = await check_voter(hood.work, voter, ballot)
    assert (state.may, state.reason) == (False, "closed")
    assert len(await rolled(hood)) == 1


async def test_a_clock_that_jumps_back_neither_closes_nor_forgets(hood: Hood) -> None:
    _, ballot = await polling(hood)
    opened = hood.work.now
    await vote(hood, ballot, A)
    hood.work.now = opened - timedelta(days=2)
    await vote(hood, ballot, B, first=2)
    assert await refusal(cast(hood.work, await hood.neighbour(1), ballot.key, B)) == "voted"
    assert await refusal(close_ballot(hood.work, None, ballot.key)) == "ballot_running"
    await finish(hood, ballot)
    assert (ballot.result or {})["ballots"] == 2


async def test_the_absent_are_reminded_once(hood: Hood) -> None:
    _, ballot = await polling(hood, 4)
    await vote(hood, ballot, A, A)
    await hood.run_until(ballot.closes_at - timedelta(minutes=1))
    assert hood.letters.to("d_ballot_reminder") == [3, 4]


# --- who may not


async def test_a_household_votes_once_from_whichever_phone(hood: Hood) -> None:
    _, ballot = await polling(hood, 3)
    hood.pass_time(hours=1)
    spouse = await hood.neighbour(50, room="101")
    await vote(hood, ballot, A)
    assert await refusal(cast(hood.work, await hood.neighbour(1), ballot.key, A)) == "voted"
    assert await refusal(cast(hood.work, spouse, ballot.key, B)) == "moved_in_late"
    spouse.resident.doorway_since = ballot.opened_at
    assert await refusal(cast(hood.work, spouse, ballot.key, B)) == "household_voted"
    state = await check_voter(hood.work, spouse, ballot)
    assert (state.voted, state.by_whom, state.may) == (True, "household", False)
    assert await ballots_cast(hood.work, ballot) == 1


@pytest.mark.parametrize("room", ["301 ", "3-01", "３０１"])
async def test_one_door_written_in_two_ways_is_one_household(hood: Hood, room: str) -> None:
    await hood.neighbour(1, room="301")
    await hood.neighbour(2, room=room)
    assert await registered(hood.work, [home().grid], "household") == 1


async def test_a_room_without_its_building_has_no_vote_of_its_own(hood: Hood) -> None:
    await hood.neighbour(1, building=None)
    await hood.neighbour(2, unit=None)
    _, ballot = await polling(hood, 3)
    assert ballot.electorate == 1
    for id_ in (1, 2):
        voter = await hood.neighbour(id_)
        assert await refusal(cast(hood.work, voter, ballot.key, A)) == "no_room"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"consented_at": None}, "consent"),
        ({"grid": None}, "no_doorway"),
        ({"grid": OTHER_COURT}, "other_grid"),
        ({"room": None}, "no_room"),
    ],
)
async def test_who_may_not_vote_is_told_why(
    hood: Hood, change: dict[str, Any], reason: str
) -> None:
    _, ballot = await polling(hood, 2)
    voter = await hood.neighbour(1)
    for name, value in change.items():
        setattr(voter.resident, name, value)
    assert await refusal(cast(hood.work, voter, ballot.key, A)) == reason
    state = await check_voter(hood.work, voter, ballot)
    assert (state.may, state.reason, state.voted) == (False, reason, False)
    assert await rolled(hood) == []


async def test_who_moved_away_does_not_learn_of_the_household_there(hood: Hood) -> None:
    _, ballot = await polling(hood, 2)
    hood.pass_time(hours=1)
    await vote(hood, ballot, A)
    stranger = await hood.neighbour(60, room="101")
    state = await check_voter(hood.work, stranger, ballot)
    assert (state.voted, state.reason) == (False, "moved_in_late")


async def test_no_vote_once_the_step_is_over(hood: Hood) -> None:
    deliberation, ballot = await polling(hood)
    deliberation.step = Step.APPLY
    assert await refusal(cast(hood.work, await hood.neighbour(1), ballot.key, A)) == "not_open"


@pytest.mark.parametrize("choice", [{}, {"approve": ["Z"]}, {"rank": ["A"]}, {"approve": []}])
async def test_an_invalid_choice_takes_no_vote_away(hood: Hood, choice: dict[str, Any]) -> None:
    _, ballot = await polling(hood)
    voter = await hood.neighbour(1)
    with pytest.raises(InvalidInput):
        await cast(hood.work, voter, ballot.key, choice)
    await hood.session.rollback()


async def test_with_one_vote_per_resident_a_household_has_several(hood: Hood) -> None:
    for id_ in (50, 51):
        await hood.neighbour(id_, room="101")
    _, ballot = await polling(hood, 2, unit="resident")
    assert ballot.electorate == 4
    for id_ in (1, 50, 51):
        await cast(hood.work, await hood.neighbour(id_), ballot.key, A)
    assert await refusal(cast(hood.work, await hood.neighbour(50), ballot.key, A)) == "voted"


# --- at the door


async def test_a_vote_at_the_door_counts_once_and_apart(hood: Hood) -> None:
    _, ballot = await polling(hood, 4)
    volunteer = await hood.staff(BUILDING_LEAD)
    doing = (hood.work, volunteer, ballot.key, home("401"), "王奶奶", A)
    assert await refusal(cast_at_door(*doing, confirmed=False)) == "not_confirmed"
    receipt = await cast_at_door(*doing, confirmed=True)
    assert await refusal(cast_at_door(*doing, confirmed=True)) == "door_voted"
    await vote(hood, ballot, A, A)
    again = (hood.work, volunteer, ballot.key, home("101"), "张三", B)
    assert await refusal(cast_at_door(*again, confirmed=True)) == "door_voted"
    published = await finish(hood, ballot)
    result = published["result"]
    assert result["turnout"] == {"chat": 2, "proxy": 0, "door": 1}
    assert (result["electorate"], result["quorum"]) == (5, 3)
    assert verify_box(published, receipts=[receipt.code]).ok
    assert ("ballot", None, "counted") in await hood.contributions()


async def test_only_a_volunteer_of_the_place_takes_votes_at_the_door(hood: Hood) -> None:
    _, ballot = await polling(hood)
    for code in ("worker-z", "office-1", SEATS[0]):
        with pytest.raises((ActionNotAllowed, NotEligible)):
            person = await hood.staff(code)
            await cast_at_door(hood.work, person, ballot.key, home(), "王奶奶", A, confirmed=True)
    volunteer = await hood.staff(BUILDING_LEAD)
    elsewhere = home().model_copy(update={"grid": OTHER_COURT})
    doing = cast_at_door(hood.work, volunteer, ballot.key, elsewhere, "王奶奶", A, confirmed=True)
    assert await refusal(doing) == "other_grid"


async def test_one_person_by_phone_and_at_the_door_has_one_vote(hood: Hood) -> None:
    await hood.neighbour(1, name="王 奶奶")
    await hood.neighbour(2, name="李四")
    _, ballot = await polling(hood, 2, unit="resident")
    volunteer = await hood.staff(BUILDING_LEAD)
    await vote(hood, ballot, A)
    doing = (hood.work, volunteer, ballot.key)
    again = cast_at_door(*doing, home("101"), "王奶奶", B, confirmed=True)
    assert await refusal(again) == "door_voted"
    await cast_at_door(*doing, home("102"), "李四", B, confirmed=True)
    voter = await hood.neighbour(2)
    assert await refusal(cast(hood.work, voter, ballot.key, B)) == "household_voted"
    await cast_at_door(*doing, home("102"), "李五", B, confirmed=True)
    assert await ballots_cast(hood.work, ballot) == 3


# --- everybody can ask


async def test_the_roll_tells_everybody_whether_their_home_voted(hood: Hood) -> None:
    _, ballot = await polling(hood, 5)
    await vote(hood, ballot, A, A)
    await cast_at_door(
        hood.work,
        await hood.staff(BUILDING_LEAD),
        ballot.key,
        home("103"),
        "王奶奶",
        A,
        confirmed=True,
    )
    people = [(await hood.neighbour(id_)).resident for id_ in range(1, 6)]
    assert await recorded(hood.work, ballot, people) == {1, 2, 3}
    state = await check_voter(hood.work, await hood.neighbour(3), ballot)
    assert (state.voted, state.by_whom) == (True, "door")
    await finish(hood, ballot)
    assert await recorded(hood.work, ballot, people) == {1, 2, 3}
    state = await check_voter(hood.work, await hood.neighbour(1), ballot)
    assert (state.voted, state.by_whom, state.reason) == (True, "self", "closed")


async def test_a_deliberation_that_is_stopped_destroys_its_votes(hood: Hood) -> None:
    deliberation, ballot = await polling(hood, 20)
    await vote(hood, ballot, *[A] * 12)
    await hood.run_until(hood.work.now + timedelta(minutes=31))
    await void_ballot(hood.work, deliberation, Step.CONSULT, CLOCK)
    assert ballot.state == "void"
    assert await waiting(hood) == await chained(hood) == []
    await hood.run_until(ballot.closes_at + timedelta(days=1))
    assert ballot.published is None
    with pytest.raises(NotReady):
        await finish(hood, ballot)


async def test_the_register_counts_households_with_a_known_room(hood: Hood) -> None:
    for id_ in range(1, 4):
        await hood.neighbour(id_)
    await hood.neighbour(10, room="101")
    hood.session.add(Resident(id=11, created_at=hood.work.now, grid=home().grid))
    await hood.session.flush()
    assert await registered(hood.work, [home().grid], "household") == 3
    assert await registered(hood.work, [home().grid], "resident") == 4
    assert await registered(hood.work, [OTHER_COURT], "resident") == 0
