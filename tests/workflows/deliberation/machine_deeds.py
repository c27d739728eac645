"""What people of the state machine try, each with who may do it at all and in which steps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlmodel import SQLModel, col

from models.deliberation.meeting import Amendment, Question
from models.deliberation.opinion import Motion, Opinion
from models.deliberation.plan import LegalityCheck, PlanOption, Printout
from models.deliberation.steps import RUNNING, Capacity, Step
from tests.workflows.deliberation.consultation import SEATS
from tests.workflows.deliberation.machine_world import (
    CONTRACTOR,
    HOUR,
    Act,
    Deed,
    SkipDeed,
    World,
    door,
)
from workflows.deliberation import (
    announce,
    collect,
    confirm,
    meetings,
    moderation,
    plans,
    proposals,
    questions,
)
from workflows.work import Person, Work

Row = TypeVar("Row", bound=SQLModel)
C, S = Capacity, Step
SAID = (
    "装电梯方便老人",
    "一楼采光会变差",
    "费用按楼层分摊",
    "先修楼道灯再说",
    "消防通道不能占",
    "噪声怎么办",
)
OPTION: dict[str, Any] = {
    "what": "外挂电梯",
    "place": "12号院",
    "cost_cents": 100,
    "payer": "业主",
    "doer": "物业",
    "risks": "一楼采光",
}
AT = 100
DEEDS: dict[str, Deed] = {}


def deed(*may: Capacity, steps: tuple[Step, ...] | None = None) -> Any:
    """Register a deed under its function's name; `may` empty: not a matter of capacity."""

    def register(act: Act) -> Act:
        allowed = frozenset(may) if may else None
        DEEDS[act.__name__] = Deed(act, allowed, frozenset(steps) if steps else None)
        return act

    return register


async def rows(world: World, work: Work, table: type[Row]) -> list[Row]:
    """Rows of the deliberation, oldest first."""
    columns: Any = table
    found = await work.session.scalars(
        select(table).where(columns.deliberation_id == world.d_id).order_by(columns.id)
    )
    return list(found)


async def pick(world: World, work: Work, table: type[Row], n: int) -> Row:
    """One of them; the newest most of the time, from `AT` on the one at that index. Raises
    SkipDeed when there is none."""
    found = await rows(world, work, table)
    if not found:
        raise SkipDeed
    if n >= AT:
        return found[n - AT]
    return found[-1] if n % 3 else found[n % len(found)]


async def pick_id(world: World, work: Work, table: Any, n: int) -> int:
    """The id of one of them."""
    found: Any = await pick(world, work, table, n)
    return int(found.id)


# --- steps 0 to 2


@deed(C.RESIDENT, steps=(S.PROPOSED,))
async def support(w: World, work: Work, p: Person, n: int) -> Any:
    return await proposals.support(work, p, w.d_id)


@deed(C.RESIDENT, steps=(S.COLLECT,))
async def say(w: World, work: Work, p: Person, n: int) -> Any:
    text = SAID[n % len(SAID)]
    return await collect.add_opinion(work, p, w.d_id, text, joined_ok=n % 2 == 0)


@deed(C.RESIDENT, steps=(S.COLLECT,))
async def vote_opinion(w: World, work: Work, p: Person, n: int) -> Any:
    return await collect.vote_opinion(work, p, await pick_id(w, work, Opinion, n), n % 4 - 1)


@deed(C.RESIDENT, steps=(S.COLLECT,))
async def join(w: World, work: Work, p: Person, n: int) -> Any:
    return await collect.join_opinion(work, p, w.d_id, await pick_id(w, work, Opinion, n))


@deed(C.RESIDENT, steps=(S.COLLECT,))
async def edit(w: World, work: Work, p: Person, n: int) -> Any:
    opinion = await pick(w, work, Opinion, n)
    others = opinion.votes > 1
    await collect.edit_opinion(work, p, opinion.key, f"改一改{n}")
    assert opinion.author_id == p.id
    assert not others, "edited after others voted"


@deed(steps=(S.COLLECT,))
async def take_back_opinion(w: World, work: Work, p: Person, n: int) -> Any:
    opinion = await pick(w, work, Opinion, n)
    await collect.withdraw_opinion(work, p, opinion.key)
    assert opinion.author_id == p.id


@deed(C.VOLUNTEER, steps=(S.COLLECT,))
async def say_at_door(w: World, work: Work, p: Person, n: int) -> Any:
    text = SAID[n % len(SAID)]
    return await collect.add_opinion_at_door(
        work, p, w.d_id, door(f"40{n % 3}"), "张大爷", text, n % 5 > 0
    )


@deed(C.VOLUNTEER, steps=(S.COLLECT,))
async def vote_at_door(w: World, work: Work, p: Person, n: int) -> Any:
    opinion = await pick_id(w, work, Opinion, n)
    return await collect.vote_opinion_at_door(
        work, p, opinion, door(f"40{n % 3}"), "张大爷", n % 3 - 1, True
    )


@deed(C.ORGANISER, C.OFFICE, steps=tuple(RUNNING))
async def hide(w: World, work: Work, p: Person, n: int) -> Any:
    return await moderation.hide_opinion(work, p, await pick_id(w, work, Opinion, n), "骂人")


@deed(C.ORGANISER, C.OFFICE, steps=tuple(RUNNING))
async def show(w: World, work: Work, p: Person, n: int) -> Any:
    return await moderation.show_opinion_again(work, p, await pick_id(w, work, Opinion, n))


@deed(steps=tuple(RUNNING))
async def appeal(w: World, work: Work, p: Person, n: int) -> Any:
    return await moderation.appeal(work, p, await pick_id(w, work, Opinion, n), "我没骂人")


@deed(C.OFFICE, steps=tuple(RUNNING))
async def decide_appeal(w: World, work: Work, p: Person, n: int) -> Any:
    opinion = await pick_id(w, work, Opinion, n)
    return await moderation.decide_appeal(work, p, opinion, n % 2 == 0, "看过了")


@deed(C.ORGANISER, steps=(S.COLLECT,))
async def end_collection(w: World, work: Work, p: Person, n: int) -> Any:
    return await proposals.end_collection(work, p, w.d_id)


@deed(C.ORGANISER, C.COUNCIL, steps=(S.CONFIRM,))
async def set_topics(w: World, work: Work, p: Person, n: int) -> Any:
    shown = [o.key for o in await rows(w, work, Opinion) if o.status == "shown"]
    size = n % 3 + 1
    drafts = [confirm.TopicDraft(f"议题{i}", "", tuple(shown[i::size])) for i in range(size)]
    return await confirm.set_topics(work, p, w.d_id, drafts)


@deed(C.ORGANISER, C.COUNCIL, steps=(S.CONFIRM,))
async def move(w: World, work: Work, p: Person, n: int) -> Any:
    kind = ("topics", "topics", "tickets", "topics", "referral", "topics")[n % 6]
    return await confirm.open_motion(work, p, w.d_id, kind, "大家商量过")


@deed(C.COUNCIL)
async def vote_motion(w: World, work: Work, p: Person, n: int) -> Any:
    value = ("yes", "yes", "no", "abstain")[n % 4]
    return await confirm.vote_motion(work, p, await pick_id(w, work, Motion, 1), value)


@deed(C.ORGANISER, C.COUNCIL, C.AUTHOR)
async def take_back_motion(w: World, work: Work, p: Person, n: int) -> Any:
    return await confirm.take_back_motion(work, p, await pick_id(w, work, Motion, 1))


@deed(steps=tuple(RUNNING))
async def recuse(w: World, work: Work, p: Person, n: int) -> Any:
    seat = SEATS[n % 2]
    await confirm.recuse(work, p, w.d_id, seat, "亲戚是施工方")
    own = p.staff is not None and p.staff.code == seat
    assert own or (p.staff is not None and p.staff.code in {"organiser-01", "lead-01", *OFFICES})


OFFICES = ("office-1", "office-2")


# --- steps 3 and 4


@deed(C.AUTHOR, steps=(S.DRAFT,))
async def begin_option(w: World, work: Work, p: Person, n: int) -> Any:
    return await plans.begin_option(work, p, w.d_id, f"方案{n}")


@deed(C.AUTHOR, steps=(S.DRAFT,))
async def write_option(w: World, work: Work, p: Person, n: int) -> Any:
    fields = OPTION | {"risks": f"风险{n % 3}", "by_when": (w.now + timedelta(days=60)).date()}
    if n % 7 == 0:
        fields["contractor"] = CONTRACTOR
    return await plans.write_option(work, p, await pick_id(w, work, PlanOption, n), **fields)


@deed(C.AUTHOR, steps=(S.DRAFT,))
async def hand_in(w: World, work: Work, p: Person, n: int) -> Any:
    return await plans.hand_in_option(work, p, await pick_id(w, work, PlanOption, n))


@deed(C.AUTHOR, steps=(S.DRAFT,))
async def drop_option(w: World, work: Work, p: Person, n: int) -> Any:
    return await plans.drop_option(work, p, await pick_id(w, work, PlanOption, n), "不要了")


@deed(C.COUNCIL, C.ORGANISER)
async def comment(w: World, work: Work, p: Person, n: int) -> Any:
    return await plans.comment_option(work, p, await pick_id(w, work, PlanOption, n), "写清楚")


@deed(C.AUTHOR)
async def ask_legality(w: World, work: Work, p: Person, n: int) -> Any:
    return await plans.ask_legality(work, p, await pick_id(w, work, PlanOption, n))


@deed(C.LAWYER)
async def answer_legality(w: World, work: Work, p: Person, n: int) -> Any:
    found = await work.session.scalars(select(LegalityCheck).order_by(col(LegalityCheck.id)))
    checks = found.all()
    if not checks:
        raise SkipDeed
    check = checks[-1 - n % 2 if len(checks) > 1 else 0]
    return await plans.answer_legality(work, p, check.id or 0, "lawful", "可以")


@deed(C.ORGANISER)
async def convene(w: World, work: Work, p: Person, n: int) -> Any:
    return await meetings.convene(
        work, p, w.d_id, starts_at=w.now + (2 + n % 3) * HOUR, place="活动室", agenda=["装不装"]
    )


@deed(C.ORGANISER, steps=(S.DRAFT,))
async def publish(w: World, work: Work, p: Person, n: int) -> Any:
    return await announce.publish(work, p, w.d_id)


@deed()
async def see(w: World, work: Work, p: Person, n: int) -> Any:
    return await announce.mark_seen(work, p, w.d_id)


@deed(C.ORGANISER)
async def give_posters(w: World, work: Work, p: Person, n: int) -> Any:
    return await announce.assign_all_printouts(work, p, w.d_id)


@deed()
async def report_poster(w: World, work: Work, p: Person, n: int) -> Any:
    printout = await pick(w, work, Printout, n)
    await announce.report_printout(work, p, printout.id or 0, n)
    assert p.staff is not None and p.staff.code == printout.staff


@deed(C.ORGANISER, steps=(S.ANNOUNCE,))
async def begin_consultation(w: World, work: Work, p: Person, n: int) -> Any:
    return await announce.begin_consultation(work, p, w.d_id)


@deed(C.RESIDENT, steps=(S.ANNOUNCE, S.CONSULT))
async def ask(w: World, work: Work, p: Person, n: int) -> Any:
    return await questions.ask_question(work, p, w.d_id, f"问题{n}")


@deed(C.ORGANISER, C.COUNCIL, C.AUTHOR, C.LAWYER)
async def answer(w: World, work: Work, p: Person, n: int) -> Any:
    return await questions.answer_question(work, p, await pick_id(w, work, Question, n), "这样")


@deed(C.RESIDENT, C.COUNCIL, C.AUTHOR, steps=(S.ANNOUNCE, S.CONSULT))
async def amend(w: World, work: Work, p: Person, n: int) -> Any:
    return await questions.propose_amendment(work, p, await pick_id(w, work, PlanOption, n), "改")


@deed(C.ORGANISER, C.SECRETARY, steps=(S.ANNOUNCE, S.CONSULT))
async def decide_amendment(w: World, work: Work, p: Person, n: int) -> Any:
    amendment = await pick_id(w, work, Amendment, n)
    fields = {"risks": f"新风险{n}"} if n % 3 else {}
    return await questions.decide_amendment(work, p, amendment, n % 2 == 0, "讨论过", **fields)
