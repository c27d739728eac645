"""From a sentence to a ticket in somebody's hands."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.errors import ActionNotAllowed, ActionNotPossible, InvalidInput
from models.lifecycle import State
from models.place import Place
from models.ticket import (
    Attachment,
    DueTime,
    MessageLink,
    Participant,
    TicketEvent,
    TriageCorrection,
)
from tests.workflows.town import COURT, OTHER_COURT, Town
from workflows.tickets.submit import (
    Draft,
    DraftFile,
    find_similar,
    follow_ticket,
    preview,
    propose,
    raise_emergency,
    submit_ticket,
)

PHOTO = DraftFile(kind="photo", file_id="f1", file_unique_id="u1")


async def test_numbers_are_short_and_consecutive(town: Town) -> None:
    numbers = [(await town.submit()).number for _ in range(3)]

    assert numbers == [1001, 1002, 1003]


async def test_a_ticket_goes_to_the_least_loaded_worker_of_the_lowest_grid(town: Town) -> None:
    holders = [(await town.submit()).assignee for _ in range(4)]

    assert holders == ["worker-a", "worker-b", "worker-a", "worker-b"]
    assert town.notices.to_whom("staff_new_ticket") == holders
    assert town.notices.of(1) == []


async def test_submission_keeps_words_files_messages_and_deadlines(town: Town) -> None:
    ticket = await town.submit(
        files=[PHOTO, PHOTO], source_message_ids=[10, 11], details={"floor": "3"}
    )

    assert ticket.state is State.ASSIGNED
    assert ticket.details == {"floor": "3"}
    files = (await town.session.scalars(select(Attachment))).all()
    assert [file.file_unique_id for file in files] == ["u1"]
    links = (await town.session.scalars(select(MessageLink))).all()
    assert {(link.chat_id, link.message_id, link.kind) for link in links} == {
        (1, 10, "report"),
        (1, 11, "report"),
    }
    events = (await town.session.scalars(select(TicketEvent).order_by(TicketEvent.id))).all()
    assert [(event.action, event.from_state, event.to_state) for event in events] == [
        ("submit", None, "unassigned"),
        ("assign", "unassigned", "assigned"),
    ]
    kinds = {row.kind: row.due_at for row in await town.session.scalars(select(DueTime))}
    assert set(kinds) == {
        "response_reminder",
        "response_overdue",
        "resolution_reminder",
        "resolution_overdue",
    }
    assert kinds["response_overdue"] == ticket.response_due_at
    assert kinds["response_reminder"] < kinds["response_overdue"]


async def test_low_confidence_waits_for_a_person_and_the_desk_is_told(town: Town) -> None:
    ticket = await town.submit("那个东西又不行了", category="other.other", confidence=0.3)

    assert (ticket.state, ticket.assignee) == (State.TRIAGE, None)
    assert town.notices.to_whom("staff_triage") == ["organiser-01"]


async def test_the_office_hears_of_triage_when_the_desk_is_off_duty(town: Town) -> None:
    await town.set_duty(False, "organiser-01")

    await town.submit(confidence=0.1)

    assert town.notices.to_whom("staff_triage") == ["organiser-01", "office-1", "office-2"]


async def test_what_the_resident_chose_needs_nobody_else_and_teaches_triage(town: Town) -> None:
    ticket = await town.submit(
        category="hazard.fire",
        proposed="facility.lighting",
        confidence=0.2,
        chosen_by_resident=True,
    )

    assert ticket.state is State.ASSIGNED
    correction = (await town.session.scalars(select(TriageCorrection))).one()
    assert (correction.proposed, correction.decided, correction.by) == (
        "facility.lighting",
        "hazard.fire",
        "resident",
    )


async def test_nobody_on_duty_climbs_to_the_lead_then_the_office_and_is_parked_at_last(
    town: Town,
) -> None:
    await town.set_duty(False, "worker-a", "worker-b")
    assert (await town.submit()).assignee == "lead-0101"
    await town.set_duty(False, "lead-0101", "lead-01", "organiser-01")
    assert (await town.submit()).assignee == "office-1"
    await town.set_duty(False, "office-1", "office-2")

    ticket = await town.submit()

    assert (ticket.state, ticket.assignee) == (State.UNASSIGNED, None)
    assert town.notices.to_whom("staff_unassigned") == ["office-1", "office-2"]


@pytest.mark.parametrize("text", ["", "  \n ", "长" * 4001])
async def test_empty_and_endless_reports_are_refused(town: Town, text: str) -> None:
    with pytest.raises(InvalidInput):
        await town.submit(text)


async def test_a_complaint_never_reaches_its_subject(town: Town) -> None:
    about_lead = await town.submit("态度差", category="complaint.staff", about_staff="lead-0101")
    about_worker = await town.submit("态度差", category="complaint.staff", about_staff="worker-a")
    unknown = await town.submit("有个人态度差", category="complaint.staff")

    assert about_lead.assignee == "lead-01"
    assert about_worker.assignee == "lead-0101"
    assert unknown.assignee in {"office-1", "office-2"}
    assert about_lead.private
    assert "lead-0101" not in {
        sent.to for sent in town.notices.sent if sent.context["ticket"] is about_lead
    }


async def test_a_worker_opens_a_ticket_for_someone_without_a_phone(town: Town) -> None:
    worker = await town.staff("worker-a")
    draft = Draft(
        text="王奶奶家灯坏了",
        category="facility.lighting",
        confidence=0.9,
        place=Place(grid=COURT),
        source_message_ids=[5],
    )

    ticket = await submit_ticket(
        town.work, worker, draft, opened_by=worker.staff, behalf_of="王奶奶，201室"
    )

    assert ticket.reporter_id is None
    assert (ticket.opened_by, ticket.behalf_of) == ("worker-a", "王奶奶，201室")


async def test_an_emergency_pages_worker_and_lead_together(town: Town) -> None:
    person = await town.resident()

    ticket = await raise_emergency(town.work, person, "gas", "家里煤气漏了", [PHOTO])

    assert (ticket.emergency, ticket.urgency, ticket.private) == ("gas", "urgent", True)
    assert ticket.state is State.ASSIGNED
    assert ticket.assignee == "building-1"
    assert town.notices.to_whom("staff_emergency") == ["building-1", "lead-0101"]
    watcher = (await town.session.scalars(select(Participant))).one()
    assert (watcher.kind, watcher.staff) == ("watcher", "lead-0101")
    assert (ticket.response_due_at - town.work.now).total_seconds() == 600


async def test_an_emergency_without_a_place_goes_to_the_office(town: Town) -> None:
    person = await town.resident(2, grid=None)

    ticket = await raise_emergency(town.work, person, "gas", "漏气了")

    assert ticket.assignee == "office-1"
    assert town.notices.to_whom("staff_emergency") == ["office-1", "office-2"]


async def test_an_emergency_with_nobody_on_duty_tells_the_office(town: Town) -> None:
    await town.set_duty(False, *(member.code for member in town.work.district.staff))

    ticket = await raise_emergency(town.work, await town.resident(), "gas", "漏气了")

    assert ticket.state is State.UNASSIGNED
    assert town.notices.to_whom("staff_unassigned") == ["office-1", "office-2"]


async def test_propose_reads_category_and_place_out_of_one_sentence(town: Town) -> None:
    draft = await propose(town.work, "合水中路12号1号楼3单元楼道灯坏了")

    assert draft.proposed == draft.category == "facility.lighting"
    assert draft.alternatives == ["hazard.fire", "care.special"]
    assert draft.place is not None
    assert draft.place.grid == COURT
    assert Draft.model_validate(draft.model_dump(mode="json")) == draft


async def test_propose_never_guesses_a_category_for_a_greeting(town: Town) -> None:
    draft = await propose(town.work, "你好")

    assert (draft.proposed, draft.category, draft.place) == (None, None, None)


async def test_propose_hints_at_several_matters(town: Town) -> None:
    draft = await propose(town.work, "灯坏了，还有楼道着火")

    assert draft.matters == ["灯坏了", "楼道着火"]


async def test_preview_promises_what_submission_keeps(town: Town) -> None:
    person = await town.resident()
    draft = await propose(town.work, "合水中路12号楼道灯坏了")

    shown = await preview(town.work, person, draft)
    ticket = await submit_ticket(town.work, person, draft)

    assert shown.staff is not None
    assert shown.staff.code == ticket.assignee
    assert shown.response_due_at == ticket.response_due_at
    assert shown.resolution_due_at == ticket.resolution_due_at
    assert shown.place_text in town.notices.last("staff_new_ticket").words["zh-CN"]


async def test_similar_matters_nearby_are_found_and_shown_without_words(town: Town) -> None:
    first = await town.submit()
    await town.submit(person=await town.resident(3), place=Place(grid=OTHER_COURT))
    neighbour = await town.resident(2)
    draft = Draft(
        text="灯不亮", category="facility.lighting", place=Place(grid=COURT, building="2")
    )

    (found,) = await find_similar(town.work, neighbour, draft)

    assert (found.ticket.number, found.followers) == (first.number, 0)
    assert (found.ticket.text, found.ticket.room, found.ticket.reporter_id) == ("", None, None)
    assert await find_similar(town.work, await town.resident(1), draft) == []
    town.pass_time(hours=73)
    assert await find_similar(town.work, neighbour, draft) == []


async def test_a_building_radius_looks_at_the_building(town: Town) -> None:
    at = {"grid": COURT, "lane": "合水中路", "number": "12"}
    await town.submit(category="hazard.fire", place=Place(**at, building="1"))
    neighbour = await town.resident(2)

    async def count(building: str) -> int:
        place = Place(**at, building=building, unit="9")
        draft = Draft(text="火", category="hazard.fire", place=place)
        return len(await find_similar(town.work, neighbour, draft))

    assert (await count("1"), await count("2")) == (1, 0)


async def test_private_matters_are_neither_found_nor_followed(town: Town) -> None:
    ticket = await town.submit(category="care.special")
    neighbour = await town.resident(2)
    draft = Draft(text="老人", category="care.special", place=Place(grid=COURT))

    assert await find_similar(town.work, neighbour, draft) == []
    with pytest.raises(ActionNotAllowed):
        await follow_ticket(town.work, neighbour, ticket.id)


async def test_following_twice_is_once(town: Town) -> None:
    ticket = await town.submit()
    neighbour = await town.resident(2)

    await follow_ticket(town.work, neighbour, ticket.id)
    await follow_ticket(town.work, neighbour, ticket.id)

    assert len((await town.session.scalars(select(Participant))).all()) == 1
    with pytest.raises(ActionNotAllowed):
        await follow_ticket(
            town.work, await town.resident(4), ticket.id, near=Place(grid=OTHER_COURT)
        )


async def test_what_is_over_cannot_be_followed(town: Town) -> None:
    ticket = await town.submit()
    ticket.state = State.CLOSED
    await town.session.flush()

    with pytest.raises(ActionNotPossible):
        await follow_ticket(town.work, await town.resident(2), ticket.id)
