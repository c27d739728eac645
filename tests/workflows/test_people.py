"""Residents: greeted, remembered as far as they agreed, and forgotten when they ask."""

from __future__ import annotations

import json

from sqlmodel import col, select

from models.lifecycle import State
from models.people import Resident, StaffAccount
from models.place import Place
from models.ticket import Attachment, MessageLink, Participant, Ticket, TicketEvent
from tests.workflows.town import ACCOUNTS, COURT, Town
from workflows.people import (
    choose_locale,
    clear_doorway,
    export_my_data,
    greet,
    record_consent,
    set_doorway,
    withdraw_consent,
)
from workflows.tickets.submit import DraftFile
from workflows.work import Person

HOME = Place(grid=COURT, lane="合水中路", number="12", building="1", unit="3", room="401")
SHOT = DraftFile(kind="photo", file_id="a", file_unique_id="b")


async def hello(
    town: Town, id_: int = 9, name: str = "王秀兰", code: str | None = "zh-hans"
) -> Person:
    person = await greet(town.work, account_id=id_, name=name, language_code=code)
    await town.session.flush()
    return person


async def test_the_language_of_the_app_counts_until_one_is_chosen(town: Town) -> None:
    assert (await hello(town)).locale == "zh-CN"
    assert (await hello(town, code="en")).locale == "en"
    assert (await hello(town, code=None)).locale == "en"
    person = await hello(town, code="fr")
    assert person.locale == "en"
    await choose_locale(town.work, person, "zh-CN")
    assert (await hello(town, code="en")).locale == "zh-CN"


async def test_greeting_again_refreshes_and_makes_reachable(town: Town) -> None:
    person = await hello(town)
    person.resident.unreachable_since = town.work.now
    again = await hello(town, name="王" * 300)
    assert again.resident is person.resident
    assert again.resident.unreachable_since is None
    assert again.resident.name == "王" * 200


async def test_a_post_is_held_only_while_active(town: Town) -> None:
    code, account = next(iter(ACCOUNTS.items()))
    person = await hello(town, id_=account)
    assert person.staff is not None and person.staff.code == code
    row = await town.session.get(StaffAccount, code)
    assert row is not None
    row.active = False
    await town.session.flush()
    dismissed = await hello(town, id_=account)
    assert dismissed.staff is None and dismissed.account is None


async def test_consent_is_recorded_once(town: Town) -> None:
    person = await hello(town)
    await record_consent(town.work, person)
    first = person.resident.consented_at
    town.pass_time(days=1)
    await record_consent(town.work, person)
    assert person.resident.consented_at == first is not None


async def test_a_doorway_is_kept_and_forgotten(town: Town) -> None:
    person = await hello(town)
    await set_doorway(town.work, person, HOME)
    assert person.resident.place == HOME
    await clear_doorway(town.work, person)
    assert person.resident.place is None
    assert person.resident.room is None


async def test_forgetting_leaves_the_work_and_takes_the_person_out(town: Town) -> None:
    closed = await town.submit(place=HOME, files=[SHOT], source_message_ids=[11])
    still_open = await town.submit(place=HOME, files=[], source_message_ids=[12])
    closed.state = State.CLOSED
    person = Person(await _resident(town, closed.reporter_id))
    await record_consent(town.work, person)
    await set_doorway(town.work, person, HOME)
    me, closed_id, open_id = person.id, closed.id, still_open.id
    town.session.add(
        Participant(ticket_id=still_open.id, kind="follower", resident_id=me, since=town.work.now)
    )
    await town.session.flush()

    await withdraw_consent(town.work, person)
    await town.session.flush()
    town.session.expire_all()

    resident = await _resident(town, me)
    assert (resident.name, resident.place, resident.consented_at) == ("", None, None)
    for table, column in (
        (Ticket, Ticket.reporter_id),
        (TicketEvent, TicketEvent.actor_id),
        (MessageLink, MessageLink.chat_id),
        (Participant, Participant.resident_id),
    ):
        assert not (await town.session.scalars(select(table).where(col(column) == me))).all()
    assert not (await town.session.scalars(select(Attachment))).all()
    gone = await _ticket(town, closed_id)
    kept = await _ticket(town, open_id)
    assert (gone.unit, gone.room, gone.lane) == (None, None, "合水中路")
    assert (kept.unit, kept.room) == ("3", "401")
    assert set(town.work.touched) >= {closed_id, open_id}


async def test_the_export_holds_everything_and_nobody_elses(town: Town) -> None:
    mine = await town.submit("楼道灯坏了", place=HOME, files=[SHOT])
    person = Person(await _resident(town, mine.reporter_id))
    stranger = await hello(town, id_=77)
    document = json.loads(json.dumps(await export_my_data(town.work, person), default=str))
    assert [request["text"] for request in document["requests"]] == ["楼道灯坏了"]
    assert document["requests"][0]["files"] == ["photo"]
    assert document["history"][0]["request"] == mine.number
    assert document["account"] == person.id
    other = await export_my_data(town.work, stranger)
    assert other["requests"] == other["history"] == other["follows"] == []


async def _resident(town: Town, id_: int | None) -> Resident:
    row = await town.session.get(Resident, id_)
    assert row is not None
    return row


async def _ticket(town: Town, id_: int | None) -> Ticket:
    row = await town.session.get(Ticket, id_)
    assert row is not None
    return row
