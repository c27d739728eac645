"""The same for steps 5 to 7, and what may happen at any time."""

from __future__ import annotations

from typing import Any

from models.deliberation.ballot import Ballot, Proxy
from models.deliberation.followup import DecisionTask
from models.deliberation.meeting import ConsensusCall, Meeting, Objection
from models.deliberation.plan import PlanOption
from models.deliberation.steps import RUNNING, Capacity, Step
from models.people import Resident
from tests.workflows.deliberation.consultation import SEATS
from tests.workflows.deliberation.machine_deeds import deed, pick, pick_id, rows
from tests.workflows.deliberation.machine_world import HOUR, MOVER, SkipDeed, World, door
from tests.workflows.town import COURT, OTHER_COURT
from workflows.deliberation import (
    apply,
    ballots,
    box,
    consensus,
    decision,
    jury,
    meetings,
    opening,
    proposals,
    proxies,
    reporting,
)
from workflows.people import find_person, set_doorway
from workflows.work import Person, Work

C, S = Capacity, Step
KEEPERS = (C.SECRETARY, C.ORGANISER)


async def a_meeting(w: World, work: Work, n: int) -> int:
    return await pick_id(w, work, Meeting, n)


# --- the meeting


@deed(
    C.COUNCIL,
    C.SECRETARY,
    C.ORGANISER,
    C.LAWYER,
    C.AUTHOR,
    C.RESIDENT,
    C.VOLUNTEER,
    C.OFFICE,
    steps=(S.CONSULT,),
)
async def check_in(w: World, work: Work, p: Person, n: int) -> Any:
    return await meetings.check_in(work, p, await a_meeting(w, work, 1))


@deed(*KEEPERS)
async def check_in_member(w: World, work: Work, p: Person, n: int) -> Any:
    seat = SEATS[n % len(SEATS)]
    return await meetings.check_in_member(work, p, await a_meeting(w, work, 1), seat)


@deed()
async def leave(w: World, work: Work, p: Person, n: int) -> Any:
    return await meetings.leave(work, p, await a_meeting(w, work, 1))


@deed(*KEEPERS, steps=(S.CONSULT,))
async def open_meeting(w: World, work: Work, p: Person, n: int) -> Any:
    return await meetings.open_meeting(work, p, await a_meeting(w, work, 1))


@deed(*KEEPERS)
async def resume(w: World, work: Work, p: Person, n: int) -> Any:
    return await meetings.resume_meeting(work, p, await a_meeting(w, work, 1))


@deed(*KEEPERS)
async def close_meeting(w: World, work: Work, p: Person, n: int) -> Any:
    return await meetings.close_meeting(work, p, await a_meeting(w, work, 1))


@deed(*KEEPERS)
async def adjourn(w: World, work: Work, p: Person, n: int) -> Any:
    at = w.now + (1 + n % 3) * HOUR
    return await meetings.adjourn_meeting(
        work, p, await a_meeting(w, work, 1), starts_at=at, reason="人不够"
    )


@deed(*KEEPERS, steps=(S.CONSULT,))
async def minute(w: World, work: Work, p: Person, n: int) -> Any:
    return await meetings.add_minute(work, p, await a_meeting(w, work, n), "记一笔")


@deed()
async def speak(w: World, work: Work, p: Person, n: int) -> Any:
    return await meetings.say_in_meeting(work, p, await a_meeting(w, work, 1), "我说两句")


@deed()
async def queue_up(w: World, work: Work, p: Person, n: int) -> Any:
    return await meetings.ask_to_speak(work, p, await a_meeting(w, work, 1))


@deed(*KEEPERS)
async def give_floor(w: World, work: Work, p: Person, n: int) -> Any:
    meeting = await pick(w, work, Meeting, 1)
    queue = await meetings.list_queue(work, meeting)
    if not queue:
        raise SkipDeed
    return await meetings.give_floor(work, p, queue[-1].turn.id or 0)


# --- consensus


@deed(*KEEPERS, steps=(S.CONSULT,))
async def open_consensus(w: World, work: Work, p: Person, n: int) -> Any:
    option = await pick_id(w, work, PlanOption, n)
    return await consensus.open_consensus(work, p, w.d_id, option)


@deed(C.RESIDENT, C.COUNCIL, steps=(S.CONSULT,))
async def object_consensus(w: World, work: Work, p: Person, n: int) -> Any:
    return await consensus.object_consensus(work, p, await pick_id(w, work, ConsensusCall, 1), "不")


@deed(C.ORGANISER)
async def take_back_call(w: World, work: Work, p: Person, n: int) -> Any:
    call = await pick_id(w, work, ConsensusCall, 1)
    return await consensus.take_back_consensus(work, p, call, "写错了")


@deed(C.ORGANISER, steps=(S.CONSULT, S.REPORT))
async def answer_objection(w: World, work: Work, p: Person, n: int) -> Any:
    return await reporting.answer_objection(work, p, await pick_id(w, work, Objection, n), "答复")


@deed()
async def withdraw_objection(w: World, work: Work, p: Person, n: int) -> Any:
    objection = await pick(w, work, Objection, n)
    await reporting.withdraw_objection(work, p, objection.id or 0)
    assert objection.resident_id == p.id


# --- the ballot


@deed(C.ORGANISER, steps=(S.CONSULT,))
async def open_ballot(w: World, work: Work, p: Person, n: int) -> Any:
    return await opening.open_ballot(work, p, w.d_id)


def a_choice(ballot: Ballot, n: int) -> dict[str, Any]:
    """Something that may be on the paper, in the form in which it is kept."""
    keys = sorted(option["key"] for option in ballot.header["options"])
    key = keys[n % len(keys)]
    if ballot.method == "score":
        return {"scores": {k: (n + i) % 6 for i, k in enumerate(keys)}}
    return {"approve" if ballot.method == "approval" else "rank": [key]}


def home_of(resident: Resident) -> str:
    """The door, as the test itself names it."""
    return f"{resident.grid} {resident.room}"


@deed(C.RESIDENT, steps=(S.CONSULT,))
async def cast(w: World, work: Work, p: Person, n: int) -> Any:
    ballot = await pick(w, work, Ballot, 1)
    choice = a_choice(ballot, n)
    await ballots.cast(work, p, ballot.key, choice)
    moved = p.resident.doorway_since
    assert moved is not None and moved <= ballot.opened_at, "moved in late"
    voter = home_of(p.resident) if ballot.unit == "household" else f"r:{p.id}"
    w.note_vote(ballot.key, voter, choice)


@deed(C.VOLUNTEER, steps=(S.CONSULT,))
async def cast_at_door(w: World, work: Work, p: Person, n: int) -> Any:
    ballot = await pick(w, work, Ballot, 1)
    room = ("101", "403", "404", "405")[n % 4]
    choice = a_choice(ballot, n)
    await ballots.cast_at_door(work, p, ballot.key, door(room), "张大爷", choice, n % 5 > 0)
    at = f"{COURT} {room}"
    w.note_vote(ballot.key, at if ballot.unit == "household" else f"{at} 张大爷", choice)


@deed()
async def cast_for(w: World, work: Work, p: Person, n: int) -> Any:
    ballot = await pick(w, work, Ballot, 1)
    held = [x for x in await rows(w, work, Proxy) if x.holder_id == p.id]
    if not held:
        raise SkipDeed
    proxy, choice = held[-1], a_choice(ballot, n)
    await ballots.cast(work, p, ballot.key, choice, for_principal=proxy.principal_id)
    assert proxy.revoked_at is None
    principal = await work.session.get_one(Resident, proxy.principal_id)
    assert principal.grid == COURT, "voted for somebody who moved out"
    voter = home_of(principal) if ballot.unit == "household" else f"r:{principal.id}"
    w.note_vote(ballot.key, voter, choice)


@deed(C.RESIDENT, steps=(S.ANNOUNCE, S.CONSULT))
async def offer_proxy(w: World, work: Work, p: Person, n: int) -> Any:
    w.codes[p.id] = await proxies.offer_proxy(work, p, w.d_id)


@deed()
async def accept_proxy(w: World, work: Work, p: Person, n: int) -> Any:
    if not w.codes:
        raise SkipDeed
    code = list(w.codes.values())[n % len(w.codes)] if n % 4 else "000000"
    return await proxies.accept_proxy(work, p, w.d_id, code)


@deed()
async def revoke_proxy(w: World, work: Work, p: Person, n: int) -> Any:
    return await proxies.revoke_proxy(work, p, w.d_id)


@deed(C.ORGANISER)
async def close_ballot(w: World, work: Work, p: Person, n: int) -> Any:
    ballot = await pick(w, work, Ballot, 1)
    await box.close_ballot(work, p, ballot.key)
    assert w.now >= ballot.closes_at or ballot.closed_at is not None or ballot.state == "void"


@deed(C.ORGANISER, steps=(S.CONSULT,))
async def decide(w: World, work: Work, p: Person, n: int) -> Any:
    return await decision.decide(work, p, w.d_id)


# --- steps 6 and 7


@deed(C.ORGANISER, steps=(S.APPLY,))
async def add_task(w: World, work: Work, p: Person, n: int) -> Any:
    kind = ("ticket", "rule", "referral")[n % 3]
    due_at = w.now + 30 * HOUR
    return await apply.add_task(
        work,
        p,
        w.d_id,
        kind=kind,
        title=f"任务{n % 4}",
        owner=("worker-a", "organiser-01")[n % 2],
        due_at=due_at,
        text="一、按方案办。",
        department="property" if kind == "referral" else None,
        category="other.other" if kind == "ticket" else None,
    )


@deed(steps=(S.APPLY,))
async def settle(w: World, work: Work, p: Person, n: int) -> Any:
    task = await pick(w, work, DecisionTask, n)
    await apply.settle_task(work, p, task.id or 0, done=n % 2 == 0, note="办了")
    code = p.staff.code if p.staff is not None else None
    assert code in {task.owner, "organiser-01", "office-1", "office-2"}


@deed(steps=(S.APPLY,))
async def explain(w: World, work: Work, p: Person, n: int) -> Any:
    task = await pick_id(w, work, DecisionTask, n)
    return await apply.settle_task(work, p, task, done=False, note="等春天再办")


@deed(C.ORGANISER, steps=(S.APPLY,))
async def write_report(w: World, work: Work, p: Person, n: int) -> Any:
    return await reporting.write_report(work, p, w.d_id, "说了", "定了", "办了", n)


@deed(C.ORGANISER, steps=(S.APPLY,))
async def publish_report(w: World, work: Work, p: Person, n: int) -> Any:
    return await reporting.publish_report(work, p, w.d_id)


@deed(C.RESIDENT, steps=(S.REPORT,))
async def object_report(w: World, work: Work, p: Person, n: int) -> Any:
    return await reporting.object_report(work, p, w.d_id, "账不对")


@deed(C.RESIDENT, steps=(S.REPORT,))
async def rate(w: World, work: Work, p: Person, n: int) -> Any:
    return await reporting.rate_process(work, p, w.d_id, n % 7, 5 - n % 5)


@deed(C.ORGANISER, steps=(S.REPORT,))
async def close(w: World, work: Work, p: Person, n: int) -> Any:
    return await proposals.close_deliberation(work, p, w.d_id)


# --- at any time

NOWHERE = 3
"""`move_house` with this forgets the room."""


@deed(C.ORGANISER, steps=tuple(RUNNING))
async def draw_jury(w: World, work: Work, p: Person, n: int) -> Any:
    return await jury.draw_jury(work, p, w.d_id, f"监督{n % 2}", 2)


@deed(C.OFFICE, steps=tuple(RUNNING))
async def stop(w: World, work: Work, p: Person, n: int) -> Any:
    if n != 13:
        raise SkipDeed
    return await proposals.withdraw_deliberation(work, p, w.d_id, "和上级计划冲突")


@deed()
async def move_house(w: World, work: Work, p: Person, n: int) -> Any:
    """Somebody moves out, to another flat, back, or keeps the grid and forgets the room."""
    mover = await find_person(work, MOVER)
    if mover is None:
        raise SkipDeed
    nowhere = door("301").model_copy(update={"room": None})
    places = (door("301", OTHER_COURT), door("301"), door("205"), nowhere)
    await set_doorway(work, mover, places[n % len(places)])
