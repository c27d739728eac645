"""The staff screens of a deliberation through the front door: taps and words in, rows out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import StorageKey
from sqlalchemy import select

from handlers.deliberation.staff import begin_call
from handlers.deliberation.staff.acts import ACTS
from handlers.deliberation.staff.door import scores_of
from handlers.deliberation.views import SCREENS, open_screen
from handlers.forms.model import FORMS
from handlers.keyboards.council import OAct
from handlers.texts import Texts
from handlers.turn import Turn
from models.base import Table
from models.deliberation.ballot import BallotRoll
from models.deliberation.core import Deliberation
from models.deliberation.followup import CourtyardRule, DecisionTask
from models.deliberation.meeting import (
    Amendment,
    Juror,
    Jury,
    Meeting,
    MinuteLine,
    Objection,
    Question,
)
from models.deliberation.opinion import Motion, Opinion, Topic
from models.deliberation.plan import LegalityCheck, PlanComment, PlanOption, Printout
from models.deliberation.policy import DeliberationPolicy
from models.deliberation.steps import Step
from models.errors import ActionNotAllowed, DomainError
from tests.handlers.counter import ChatOf, Counter
from tests.workflows.deliberation.consultation import SEATS, Hood, Letters, open_hood
from workflows.deliberation.collect import add_opinion
from workflows.deliberation.consensus import object_consensus
from workflows.deliberation.questions import ask_question, propose_amendment
from workflows.work import Work

STAFF_SCREENS = (
    *("moderate", "pull_tickets", "end_collection", "topics_edit", "motion", "motion_vote"),
    *("recuse", "options_edit", "comment", "legality", "convene", "publish", "reach"),
    *("printouts", "begin_consultation", "run_meeting", "minutes", "answers", "amendments"),
    *("consensus_open", "ballot_open", "ballot_close", "decide", "tasks_edit", "rules_edit"),
    *("report_edit", "answer_objections", "door", "jury", "withdraw"),
)
Row = TypeVar("Row", bound=Table)


@pytest.fixture
async def hood() -> AsyncIterator[Hood]:
    async with open_hood(**DeliberationPolicy().hurried().model_dump()) as hood:
        hood.letters = OfDeliberations()
        hood.work.services = replace(hood.work.services, notifier=hood.letters)
        yield hood


class OfDeliberations(Letters):
    """Keeps the notices of deliberations; those of tickets have tests of their own."""

    def _keep(
        self, work: Work, account: int, to: int | str, notice: str, context: dict[str, Any]
    ) -> int:
        if not notice.startswith("d_"):
            return 0
        return super()._keep(work, account, to, notice, context)


@pytest.fixture
def counter(hood: Hood) -> Counter:
    return Counter(hood)


class Desk:
    """The chats of those who run it."""

    def __init__(self, hood: Hood, counter: Counter) -> None:
        self.hood, self.counter = hood, counter
        self.chats: dict[str, ChatOf] = {}

    async def of(self, code: str) -> ChatOf:
        if code not in self.chats:
            self.chats[code] = self.counter.chat(await self.hood.staff(code))
        return self.chats[code]

    def turn(self, chat: ChatOf) -> Turn:
        key = StorageKey(bot_id=self.counter.bot.id, chat_id=chat.person.id, user_id=chat.person.id)
        state = FSMContext(self.counter.dispatcher.storage, key)
        return Turn(self.hood.work, chat.person, Texts(chat.person.locale), state, self.counter.bot)

    async def open(self, code: str, screen: str, d: Deliberation, i: int = 0) -> ChatOf:
        """Somebody opens a screen, as by its button on the card."""
        chat = await self.of(code)
        await open_screen(self.turn(chat), screen, d.key, i)
        return chat

    async def rows(self, kind: type[Row]) -> list[Row]:
        return list((await self.hood.session.scalars(select(kind))).all())


@pytest.fixture
def desk(hood: Hood, counter: Counter) -> Desk:
    return Desk(hood, counter)


async def say(chat: ChatOf, *words: str) -> None:
    for word in words:
        await chat.say(word)


def test_every_staff_screen_is_there() -> None:
    assert set(STAFF_SCREENS) <= set(SCREENS)


async def test_a_stranger_sees_no_staff_screen(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation()
    await desk.hood.option(deliberation)
    await desk.hood.meeting(deliberation)
    chat = desk.counter.chat(await desk.hood.neighbour())
    for screen in STAFF_SCREENS:
        with pytest.raises(DomainError):
            await open_screen(desk.turn(chat), screen, deliberation.key)
    assert not chat.messages


async def test_a_neighbour_cannot_press_the_buttons_of_staff(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation(Step.COLLECT)
    chat = desk.counter.chat(await desk.hood.neighbour())
    data = OAct(op="end_collection", d=deliberation.key).pack()
    await chat.say("/help")
    desk.hood.pass_time(minutes=5)
    await chat.press(chat.last, data)
    assert deliberation.step is Step.COLLECT
    assert "过时" in chat.last.text


def test_buttons_are_small() -> None:
    for op in ACTS:
        assert len(OAct(op=op, d=99_999, i=9_999_999, v="topics").pack().encode()) <= 50, op
    assert len(OAct(op="pull", d=99_999, v="x" * 32).pack().encode()) <= 50


# --- from the call to the archive ----------------------------------------------------------------


async def test_an_organiser_opens_a_call(desk: Desk) -> None:
    chat = await desk.of("organiser-01")
    await begin_call(desk.turn(chat))
    await say(chat, "加装电梯", "老人上下楼不方便，想听大家怎么看")
    await chat.tap("合水中路12号院")
    await chat.tap("✅ 好了")
    await chat.tap(chat.last.buttons[0])
    await chat.tap("勾选")
    await chat.tap("一户一票")
    await chat.tap("秘密")
    assert "加装电梯" in chat.last.text and "勾选" in chat.last.text
    await chat.tap("确认")
    (made,) = await desk.rows(Deliberation)
    assert (made.step, made.method, made.unit, made.secret) == (
        Step.COLLECT,
        "approval",
        "household",
        True,
    )
    assert made.grids == ["xg.01.01.01"]


async def test_others_open_no_call(desk: Desk) -> None:
    chat = desk.counter.chat(await desk.hood.neighbour())
    with pytest.raises(ActionNotAllowed):
        await begin_call(desk.turn(chat))


async def collecting(desk: Desk) -> Deliberation:
    """A call with three opinions."""
    deliberation = await desk.hood.deliberation(Step.COLLECT)
    for id_, text in enumerate(("电梯装在西侧最好", "一楼采光要保证住", "费用按楼层来分摊"), 1):
        await add_opinion(desk.hood.work, await desk.hood.neighbour(id_), deliberation.key, text)
    return deliberation


async def test_an_opinion_is_hidden_with_a_reason_and_shown_again(desk: Desk) -> None:
    deliberation = await collecting(desk)
    chat = await desk.open("organiser-01", "moderate", deliberation)
    await chat.tap("第1条")
    await chat.tap("收起")
    await chat.tap("是广告")
    hidden = [o for o in await desk.rows(Opinion) if o.status == "hidden"]
    assert [o.hidden_reason for o in hidden] == ["是广告"]
    await open_screen(desk.turn(chat), "moderate", deliberation.key, hidden[0].key)
    await chat.tap("放出来")
    assert hidden[0].status == "shown"


async def test_topics_are_written_and_confirmed_by_the_council(desk: Desk) -> None:
    deliberation = await collecting(desk)
    desk.hood.pass_time(minutes=5)
    chat = await desk.open("organiser-01", "end_collection", deliberation)
    await chat.tap("结束")
    assert deliberation.step is Step.CONFIRM
    await desk.open("organiser-01", "topics_edit", deliberation)
    await chat.tap("加一个议题")
    await say(chat, "1 2", "装不装电梯", "跳过")
    (topic,) = await desk.rows(Topic)
    assert topic.title == "装不装电梯"
    assert sum(o.topic_id == topic.id for o in await desk.rows(Opinion)) == 2
    await chat.tap("确认议题")
    await chat.tap("主要是这几样")
    (motion,) = await desk.rows(Motion)
    assert motion.kind == "topics"
    for code in SEATS:
        if motion.state != "open":
            break
        member = await desk.open(code, "motion_vote", deliberation)
        await member.tap("赞成")
    assert motion.state == "passed"
    assert deliberation.step is Step.DRAFT


async def test_a_motion_is_taken_back_by_who_moved_it(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation(Step.CONFIRM)
    chat = await desk.open("organiser-01", "motion", deliberation)
    await chat.tap("直接当报事办")
    await chat.say("事情小")
    await chat.tap("撤回这次表决")
    (motion,) = await desk.rows(Motion)
    assert motion.state == "taken_back"


async def test_an_option_is_written_checked_and_handed_in(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation(Step.DRAFT)
    chat = await desk.open("organiser-01", "options_edit", deliberation)
    await chat.tap("写一个方案")
    await say(chat, "西侧加装", "装一部外挂电梯", "1号楼西侧", "45万")
    await chat.tap("业主分摊")
    await say(chat, "物业公司", "跳过", "明年6月1日", "12月31日", "施工有噪音")
    await chat.tap("确认")
    (option,) = await desk.rows(PlanOption)
    assert option.cost_cents == 45_000_000 and not option.missing
    await chat.tap("交上去")
    assert option.state == "ready"
    await chat.tap("请律师看")
    (check,) = await desk.rows(LegalityCheck)
    lawyer = await desk.open("lawyer-1", "legality", deliberation, check.id or 0)
    await lawyer.tap("有条件合法")
    await lawyer.say("先取得三分之二业主同意")
    assert (check.verdict, check.lawyer) == ("conditional", "lawyer-1")
    member = await desk.open("seat-1", "comment", deliberation)
    await member.say("西侧的树怎么办")
    assert [c.text for c in await desk.rows(PlanComment)] == ["西侧的树怎么办"]


async def test_a_part_of_an_option_is_written_anew_with_a_note(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation(Step.DRAFT)
    option = await desk.hood.option(deliberation)
    chat = await desk.open("organiser-01", "options_edit", deliberation, option.key)
    await chat.tap("花多少")
    await say(chat, "40万", "比价以后便宜了")
    assert (option.cost_cents, option.version) == (40_000_000, 2)


async def test_the_consultation_is_called_and_announced(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation(Step.DRAFT)
    option = await desk.hood.option(deliberation)
    chat = await desk.open("organiser-01", "convene", deliberation)
    await chat.tap(chat.last.buttons[0])
    await chat.tap("现场和聊天")
    await say(chat, "社区活动室", "跳过", "装不装\n谁出钱")
    await chat.tap("确认")
    (meeting,) = await desk.rows(Meeting)
    assert meeting.agenda == ["装不装", "谁出钱"]
    assert meeting.starts_at >= desk.hood.work.now + timedelta(minutes=1)
    desk.hood.session.add(
        LegalityCheck(
            option_id=option.key,
            version=option.version,
            asked_by="organiser-01",
            asked_at=desk.hood.work.now,
            verdict="lawful",
            text="合法",
            lawyer="lawyer-1",
            answered_at=desk.hood.work.now,
        )
    )
    await desk.hood.session.flush()
    await desk.open("organiser-01", "publish", deliberation)
    await chat.tap("发布公告")
    assert deliberation.step is Step.ANNOUNCE
    await chat.tap("送纸质通知")
    await chat.tap("都分给")
    given = await desk.rows(Printout)
    assert given and all(p.staff for p in given)
    bringer = await desk.open(given[0].staff or "", "printouts", deliberation)
    await bringer.tap("送到了")
    await bringer.tap("户都送到了")
    assert given[0].delivered == given[0].doors


async def test_a_meeting_is_run_from_one_card(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation()
    meeting = await desk.hood.meeting(deliberation)
    chat = await desk.open("lead-01", "run_meeting", deliberation)
    card = chat.last
    for code in SEATS[:3]:
        await chat.tap(f"⬜ 姓名{code}")
    await chat.tap("开会")
    assert meeting.state == "open"
    await chat.tap("下一项")
    assert meeting.agenda_at == 1
    assert chat.last is card, "one live card, redrawn in place"
    await chat.tap("记一条")
    await chat.say("大家同意先量尺寸")
    assert [line.text for line in await desk.rows(MinuteLine)] == ["大家同意先量尺寸"]
    await chat.tap("回到会上")
    await chat.tap("✅ 姓名seat-1")
    assert meeting.state == "suspended"
    await chat.tap("⬜ 姓名seat-1")
    await chat.tap("接着开")
    await chat.tap("散会")
    assert meeting.state == "closed"


async def test_questions_and_amendments_are_answered(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation()
    option = await desk.hood.option(deliberation)
    neighbour = await desk.hood.neighbour()
    await ask_question(desk.hood.work, neighbour, deliberation.key, "要停水吗")
    await propose_amendment(desk.hood.work, neighbour, option.key, "装到东侧")
    await propose_amendment(desk.hood.work, neighbour, option.key, "不要装了")
    chat = await desk.open("organiser-01", "answers", deliberation)
    await chat.tap("答第1个")
    await chat.say("不停水")
    assert [q.answer for q in await desk.rows(Question)] == ["不停水"]
    await desk.open("organiser-01", "amendments", deliberation)
    await chat.tap("✅ 采纳第1个")
    await chat.tap("在哪儿")
    await say(chat, "1号楼东侧", "说得对")
    await chat.tap("不采纳第1个")
    await chat.tap("会上大家不同意")
    assert [a.state for a in await desk.rows(Amendment)] == ["accepted", "rejected"]
    assert option.place == "1号楼东侧"


async def decidable(desk: Desk) -> Deliberation:
    """A consultation whose council met."""
    deliberation = await desk.hood.deliberation()
    await desk.hood.option(deliberation)
    meeting = await desk.hood.meeting(deliberation, state="closed", opened_at=desk.hood.work.now)
    desk.hood.session.add(
        MinuteLine(
            meeting_id=meeting.key,
            at=desk.hood.work.now,
            author="lead-01",
            source="minute",
            text="开会",
        )
    )
    await desk.hood.session.flush()
    return deliberation


async def test_consensus_is_asked_for_objections_answered_and_the_decision_noted(
    desk: Desk,
) -> None:
    deliberation = await decidable(desk)
    chat = await desk.open("organiser-01", "consensus_open", deliberation)
    await chat.tap("问方案A")
    neighbour = await desk.hood.neighbour()
    objection = await object_consensus(desk.hood.work, neighbour, 1, "挡了我家的光")
    await desk.open("organiser-01", "consensus_open", deliberation)
    await chat.tap("答复不同意见")
    await chat.tap("答复第1个")
    await chat.say("会装采光井")
    assert [o.answer for o in await desk.rows(Objection)] == ["会装采光井"]
    objection.withdrawn_at = desk.hood.work.now
    await desk.hood.run_until(desk.hood.work.now + timedelta(hours=1))
    await desk.open("organiser-01", "decide", deliberation)
    assert "一致同意方案A" in chat.last.text
    await chat.tap("记下决定")
    assert deliberation.step is Step.APPLY


async def test_a_ballot_is_opened_and_a_vote_taken_at_the_door(desk: Desk) -> None:
    deliberation = await decidable(desk)
    for id_ in range(1, 4):
        await desk.hood.neighbour(id_)
    chat = await desk.open("organiser-01", "ballot_open", deliberation)
    await chat.tap("投到")
    volunteer = await desk.open("building-1", "door", deliberation)
    await volunteer.tap("替他投票")
    await say(volunteer, "王奶奶", "合水中路12号院1号楼1单元401")
    await volunteer.tap(volunteer.last.buttons[0])
    await volunteer.tap("方案A")
    await volunteer.tap("✅ 好了")
    assert desk.hood.work.secret
    await volunteer.tap("✅ 是")
    (row,) = await desk.rows(BallotRoll)
    assert (row.channel, row.by_staff) == ("door", "building-1")
    assert any("凭据" in m.text for m in volunteer.messages)


async def test_opinions_and_votes_are_taken_at_the_door(desk: Desk) -> None:
    deliberation = await collecting(desk)
    volunteer = await desk.open("building-1", "door", deliberation)
    await volunteer.tap("记他的意见")
    await say(volunteer, "王奶奶", "火星路999号")
    await say(volunteer, "合水中路12号院1号楼1单元401")
    await volunteer.tap(volunteer.last.buttons[0])
    await say(volunteer, "要有人管钥匙")
    await volunteer.tap("✅ 是")
    assert [o.text for o in await desk.rows(Opinion) if o.origin == "door"] == ["要有人管钥匙"]
    await volunteer.tap("替他表态")
    await say(volunteer, "王奶奶", "合水中路12号院1号楼1单元401")
    await volunteer.tap(volunteer.last.buttons[0])
    for _ in range(3):
        await volunteer.tap("👍 同意", on=volunteer.last)
    opinions = await desk.rows(Opinion)
    assert [o.agrees for o in opinions] == [2, 2, 2, 1], "the author and the neighbour at the door"
    assert any("都表过态" in m.text for m in volunteer.messages)


async def test_the_decision_becomes_tasks_and_a_report(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation(Step.APPLY)
    chat = await desk.open("organiser-01", "tasks_edit", deliberation)
    await chat.tap("安排一件事")
    await chat.tap("交网格员")
    await chat.say("量楼梯间的尺寸，路灯也看看")
    await chat.tap("合水中路12号院")
    await chat.tap(chat.last.buttons[0])
    await chat.tap(chat.last.buttons[0])
    await chat.tap("确认")
    await desk.open("organiser-01", "rules_edit", deliberation)
    await chat.tap("写一条规矩")
    await chat.say("电梯使用办法")
    await chat.tap("合水中路12号院")
    await chat.say("电动车不进电梯")
    await chat.tap(chat.last.buttons[0])
    await chat.tap(chat.last.buttons[0])
    await chat.tap("确认")
    tasks = await desk.rows(DecisionTask)
    assert [t.kind for t in tasks] == ["ticket", "rule"]
    assert tasks[0].ticket_id is not None
    assert [r.text for r in await desk.rows(CourtyardRule)] == ["电动车不进电梯"]
    await desk.open("organiser-01", "tasks_edit", deliberation, tasks[1].id or 0)
    await chat.tap("✅ 是")
    await say(chat, "贴在电梯里了", "免费", "跳过")
    assert (tasks[1].state, tasks[1].cost_cents) == ("done", 0)
    await desk.open("organiser-01", "report_edit", deliberation)
    await chat.tap("写公示")
    await say(chat, "大家想装电梯", "一致同意西侧", "量好了尺寸", "1200元")
    assert (deliberation.said, deliberation.cost_cents) == ("大家想装电梯", 120_000)
    await chat.tap("加照片")
    await chat.tap("现在的")
    await chat.say(photo="p1")
    await chat.tap("✅ 好了")


async def test_a_jury_is_drawn_by_lot_from_a_public_seed(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation(Step.DRAFT)
    for id_ in range(1, 13):
        await desk.hood.neighbour(id_)
    chat = await desk.open("organiser-01", "jury", deliberation)
    await chat.tap("抽签")
    await say(chat, "一起去看现场", "五人", "不分院子", "20261123")
    await chat.tap("确认")
    (jury,) = await desk.rows(Jury)
    assert (jury.size, jury.seed, len(jury.pool)) == (5, "20261123", 12)
    assert "20261123" in chat.last.text
    asked = next(j for j in await desk.rows(Juror) if j.state == "asked")
    drawn = desk.counter.chat(await desk.hood.neighbour(asked.resident_id))
    await open_screen(desk.turn(drawn), "jury_answer", deliberation.key, jury.id or 0)
    await drawn.tap("✅ 是")
    assert asked.state == "accepted"


async def test_the_office_stops_it_with_a_reason(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation(Step.DRAFT)
    chat = await desk.open("office-1", "withdraw", deliberation)
    await chat.say("和规划冲突")
    await chat.tap("确认")
    assert (deliberation.step, deliberation.reason) == (Step.WITHDRAWN, "和规划冲突")


async def test_a_member_stands_aside(desk: Desk) -> None:
    deliberation = await desk.hood.deliberation(Step.DRAFT)
    chat = await desk.open("seat-1", "recuse", deliberation)
    await chat.tap("来干")
    with pytest.raises(ActionNotAllowed):
        await open_screen(desk.turn(chat), "topics_edit", deliberation.key)


async def test_after_a_form_within_a_form_nothing_is_asked_twice(desk: Desk) -> None:
    deliberation = await collecting(desk)
    volunteer = await desk.of("building-1")
    await volunteer.say("楼道灯坏了三天了")
    await desk.open("building-1", "door", deliberation)
    await volunteer.tap("替他表态")
    await say(volunteer, "王奶奶", "合水中路12号院1号楼1单元401")
    await volunteer.tap(volunteer.last.buttons[0])
    assert "念给王奶奶听" in volunteer.last.text
    assert "念给王奶奶听" not in volunteer.messages[-2].text


def test_every_form_of_the_council_goes_back_when_cancelled() -> None:
    ours = [f for name, f in FORMS.items() if name.startswith("d_")]
    assert ours
    assert {f.name for f in ours if f.cancelled is None} <= {"d_open", "d_juror"}


@pytest.mark.parametrize(
    ("typed", "scores"),
    [("A5 B3", {"A": 5, "B": 3}), ("a：5，b:0", {"A": 5, "B": 0}), ("A9", {}), ("五分", {})],
)
def test_points_are_read(typed: str, scores: dict[str, int]) -> None:
    assert scores_of(typed) == scores
