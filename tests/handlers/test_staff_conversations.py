"""Staff at work: real updates in, what the chat shows out."""

from __future__ import annotations

import pytest
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import StorageKey
from sqlmodel import col, select

from handlers.staff import show_again
from handlers.staff.flow import STALE_AFTER
from handlers.texts import Texts
from handlers.turn import Turn
from models.lifecycle import Action, Outcome, State
from models.people import StaffAccount
from models.ticket import Attachment, Ticket, TicketEvent
from tests.handlers.counter import ChatOf, Counter, Shown, never_told
from tests.workflows.conftest import town as town  # noqa: PLC0414 - the fixture
from tests.workflows.town import COURT, Town


@pytest.fixture
def counter(town: Town) -> Counter:
    return Counter(town)


@pytest.fixture
async def worker(counter: Counter) -> ChatOf:
    return counter.chat(await counter.town.staff("worker-a"))


async def events(town: Town, ticket: Ticket) -> list[TicketEvent]:
    rows = await town.session.scalars(
        select(TicketEvent).where(col(TicketEvent.ticket_id) == ticket.id).order_by("id")
    )
    return list(rows)


async def open_card(chat: ChatOf, ticket: Ticket) -> Shown:
    await chat.say(f"#{ticket.number}")
    return chat.last


async def accepted(town: Town, worker: ChatOf, **draft: object) -> Ticket:
    ticket: Ticket = await town.submit(**draft)
    assert ticket.assignee == "worker-a"
    await open_card(worker, ticket)
    await worker.tap("接单")
    assert ticket.state is State.ACCEPTED
    return ticket


# --- who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", ["/queue", "/duty", "/desk", "/open", "/ticket 1001", "/invite"]
)
async def test_for_residents_staff_commands_do_not_exist(counter: Counter, command: str) -> None:
    await counter.town.submit()
    chat = counter.chat(await counter.town.resident(99))
    await chat.say(command)
    told = chat.last.text
    unknown = command.replace(command.split(maxsplit=1)[0], "/nosuchcommand")
    await chat.say(unknown)
    assert told.replace(command, unknown) == chat.last.text


async def test_the_dismissed_are_residents_again(counter: Counter, worker: ChatOf) -> None:
    ticket = await counter.town.submit()
    card = await open_card(worker, ticket)
    assert worker.person.account is not None
    worker.person.account.active = False
    await worker.tap("接单", on=card)
    assert ticket.state is State.ASSIGNED
    await worker.say("/queue")
    assert "工单" not in worker.last.text


@pytest.mark.parametrize("command", ["/invite", "/dismiss", "/desk"])
async def test_workers_do_not_see_what_is_the_offices(worker: ChatOf, command: str) -> None:
    await worker.say(command)
    told = worker.last.text
    await worker.say("/nosuchcommand")
    assert told.replace(command, "") == worker.last.text.replace("/nosuchcommand", "")


# --- duty and queue ----------------------------------------------------------------------------


async def test_duty_on_and_off(counter: Counter, worker: ChatOf) -> None:
    await counter.town.submit()
    await worker.say("/duty")
    assert "您在岗" in worker.last.text
    assert "1 件没办结" in worker.last.text
    await worker.tap("下岗")
    assert "您不在岗" in worker.last.text
    assert "姓名worker-b" in worker.last.text
    assert worker.person.account is not None
    assert not worker.person.account.on_duty
    await worker.say("/duty 上岗")
    assert worker.person.account.on_duty


async def test_queue_turns_pages_and_marks_what_is_overdue(
    counter: Counter, worker: ChatOf
) -> None:
    town = counter.town
    await town.set_duty(False, "worker-b")
    for _ in range(7):
        await town.submit()
    await worker.say("/queue")
    assert "我的工单：7 件" in worker.last.text
    first = [b for b in worker.last.buttons if b.startswith("#")]
    assert len(first) == 5
    await worker.tap("下一页")
    assert len([b for b in worker.last.buttons if b.startswith("#")]) == 2
    assert not [b for b in worker.last.buttons if "下一页" in b]
    town.pass_time(days=30)
    await worker.tap("刷新")
    assert "7 件已超期" in worker.last.text
    assert all("🔴" in b and "已超期" in b for b in worker.last.buttons if "#" in b)
    await worker.tap("#1006")
    assert "#1006" in worker.last.text


# --- the card ----------------------------------------------------------------------------------


async def test_the_card_shows_the_matter_but_not_the_person(
    counter: Counter, worker: ChatOf
) -> None:
    person = await counter.town.resident(5_550_123)
    person.resident.name = "张三丰"
    ticket = await counter.town.submit(person=person)
    card = await open_card(worker, ticket)
    for words in ("楼道灯坏了三天了", "合水中路12号", "一位居民", "待接单"):
        assert words in card.text
    assert "接单" in card.buttons
    assert never_told(worker, "张三丰", 5_550_123)


async def test_a_stranger_learns_nothing(counter: Counter) -> None:
    ticket = await counter.town.submit()
    far = counter.chat(await counter.town.staff("worker-z"))
    await far.say(f"/ticket {ticket.number}")
    told = far.last.text
    await far.say("/ticket 999999")
    assert far.last.text == told


async def test_of_two_workers_one_gets_it_and_the_other_is_told_who(
    counter: Counter, worker: ChatOf
) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    other = counter.chat(await town.staff("worker-b"))
    await other.press(Shown(1, ""), f"sa:{ticket.id}:1:accept")
    assert "姓名worker-a" in other.last.text
    assert ticket.assignee == "worker-a"


async def test_photos_go_as_one_album(counter: Counter, worker: ChatOf) -> None:
    from workflows.tickets.files import DraftFile

    files = [DraftFile(kind="photo", file_id=f"f{n}", file_unique_id=f"u{n}") for n in range(3)]
    ticket = await counter.town.submit(files=files)
    await open_card(worker, ticket)
    await worker.tap("看照片（3）")
    sent = counter.api.calls[-1]
    assert [part.media for part in sent.media] == ["f0", "f1", "f2"]  # type: ignore[attr-defined]


async def test_history_and_back(counter: Counter, worker: ChatOf) -> None:
    ticket = await accepted(counter.town, worker)
    await open_card(worker, ticket)
    await worker.tap("办理经过")
    assert "居民：提交" in worker.last.text
    assert "姓名worker-a：接单" in worker.last.text
    await worker.tap("回到工单")
    assert "已接单" in worker.last.text


# --- actions -----------------------------------------------------------------------------------


async def test_settling_asks_outcome_note_and_proof(counter: Counter, worker: ChatOf) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    card = worker.last
    await worker.tap("办结")
    await worker.tap("办好了")
    await worker.say("换了灯泡")
    assert "照片" in worker.last.text
    await worker.say("修好后的样子", photo="proof")
    assert (ticket.state, ticket.outcome) == (State.RESOLVED, Outcome.DONE)
    said = [e for e in await events(town, ticket) if e.action == Action.RESOLVE]
    assert said[0].text == "换了灯泡\n修好后的样子"
    proof = (await town.session.scalars(select(Attachment))).one()
    assert (proof.file_id, proof.purpose) == ("proof", "proof")
    assert "已办结" in card.text
    assert "接单" not in card.buttons


async def test_words_instead_of_a_photo_say_why_there_is_none(
    counter: Counter, worker: ChatOf
) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    await worker.tap("办结")
    await worker.say("办好了")
    await worker.tap("已修好，恢复正常")
    await worker.say("晚上太黑拍不清")
    said = [e for e in await events(town, ticket) if e.action == Action.RESOLVE]
    assert said[0].text == "已修好，恢复正常（没有照片：晚上太黑拍不清）"


async def test_escalating_with_a_frequent_reason(counter: Counter, worker: ChatOf) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    card = worker.last
    await worker.tap("上报")
    await worker.tap("协调不下来")
    assert ticket.assignee == "lead-0101"
    assert "已上报上一级" in worker.last.text
    assert "姓名lead-0101" in card.text


async def test_transfer_by_typing_the_reason_before_the_name(
    counter: Counter, worker: ChatOf
) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    card = worker.last
    await worker.tap("转派")
    await worker.say("他就住在那栋楼")
    await worker.tap("姓名worker-b")
    assert ticket.assignee == "worker-b"
    moved = [e for e in await events(town, ticket) if e.action == Action.TRANSFER]
    assert moved[0].text == "他就住在那栋楼"
    assert "不在您手上" in card.text or "姓名worker-b" in card.text


async def test_refusing_names_who_is_responsible(counter: Counter, worker: ChatOf) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    await open_card(worker, ticket)
    await worker.tap("更多")
    await worker.tap("退回")
    await worker.tap("属于物业的维修范围")
    await worker.tap("物业")
    assert ticket.assignee != "worker-a"
    assert ticket.refused_by == ["worker-a"]
    refused = town.notices.last("ticket_refused")
    assert refused.context["responsible"] == "物业"


async def test_calling_a_department_for_help(counter: Counter, worker: ChatOf) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    await worker.tap("吹哨")
    await worker.say("物业")
    await worker.say("需要登高车")
    assert ticket.assignee == "worker-a"
    assert town.notices.to_whom("staff_help_department") == ["office-1", "office-2"]


async def test_forwarding_and_recording_the_answer(counter: Counter, worker: ChatOf) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    await open_card(worker, ticket)
    await worker.tap("更多")
    await worker.tap("转外单位")
    await worker.tap("物业")
    await worker.tap("跳过")
    assert (ticket.state, ticket.forwarded_to) == (State.WAITING_OUTSIDE, "property")
    await open_card(worker, ticket)
    await worker.tap("记外单位答复")
    await worker.say("明天来修")
    await worker.tap("还没办好")
    assert ticket.state is State.IN_PROGRESS


async def test_splitting_shows_the_parts_first(counter: Counter, worker: ChatOf) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    await open_card(worker, ticket)
    await worker.tap("更多")
    await worker.tap("拆成几件")
    await worker.say("只有一件")
    assert "至少两件" in worker.messages[-2].text
    await worker.say("1. 三楼灯不亮\n2. 楼道有火")
    assert "三楼灯不亮" in worker.last.text
    await worker.tap("对，就这样")
    rows = (await town.session.scalars(select(Ticket).order_by("id"))).all()
    assert [row.text for row in rows] == ["三楼灯不亮", "楼道有火"]


async def test_merging_shows_the_twin_first(counter: Counter, worker: ChatOf) -> None:
    town = counter.town
    await town.set_duty(False, "worker-b")
    twin = await town.submit("灯一直闪")
    ticket = await accepted(town, worker, person=await town.resident(2))
    await worker.tap("办结")
    await worker.tap("和另一件重复")
    await worker.say("不记得")
    await worker.say(str(twin.number))
    assert "灯一直闪" in worker.last.text
    await worker.tap("对，就这样")
    assert (ticket.state, ticket.outcome) == (State.CLOSED, Outcome.DUPLICATE)


async def test_cancel_gives_back_what_was_typed(counter: Counter, worker: ChatOf) -> None:
    ticket = await accepted(counter.town, worker)
    await worker.tap("转派")
    await worker.say("这句话很长很重要")
    await worker.say("取消")
    assert "这句话很长很重要" in worker.last.text
    assert ticket.assignee == "worker-a"
    await worker.say("/queue")
    assert "我的工单" in worker.last.text


async def test_back_asks_the_question_before(counter: Counter, worker: ChatOf) -> None:
    await accepted(counter.town, worker)
    await worker.tap("办结")
    await worker.tap("办不了")
    assert "办理结果" in worker.last.text
    await worker.tap("返回")
    assert "办得怎么样" in worker.last.text


async def test_a_button_of_a_finished_question_does_nothing(
    counter: Counter, worker: ChatOf
) -> None:
    ticket = await accepted(counter.town, worker)
    await worker.tap("上报")
    old = Shown(worker.last.id, worker.last.text, worker.last.markup)
    await worker.tap("取消")
    await worker.tap("协调不下来", on=old)
    assert "已经办过或者取消" in worker.last.text
    assert ticket.assignee == "worker-a"


async def test_words_after_a_long_pause_are_not_swallowed(counter: Counter, worker: ChatOf) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    await worker.tap("上报")
    town.work.now += STALE_AFTER * 2
    await worker.say("晚上一起吃饭吧")
    assert ticket.assignee == "worker-a"
    assert "接着办它的吗" in worker.last.text
    await worker.tap("不是")
    assert ticket.assignee == "worker-a"
    assert "晚上一起吃饭吧" in worker.last.text


async def test_the_ticket_moved_on_while_the_worker_typed(counter: Counter, worker: ChatOf) -> None:
    from workflows.tickets.resident import withdraw_ticket

    town = counter.town
    ticket = await accepted(town, worker)
    await worker.tap("上报")
    await withdraw_ticket(town.work, await town.resident(), ticket.key)
    await worker.say("需要街道协调")
    assert "有了变化" in worker.last.text
    assert "需要街道协调" in worker.last.text
    await worker.say("/duty")
    assert "您在岗" in worker.last.text


async def test_a_photo_alone_is_kept_but_is_no_reason(counter: Counter, worker: ChatOf) -> None:
    await accepted(counter.town, worker)
    await worker.tap("上报")
    await worker.say(None, photo="just-a-photo")
    assert any("需要几个字" in shown.text for shown in worker.messages)
    assert "已收到 1 张" in worker.last.text


# --- the relay ---------------------------------------------------------------------------------


async def test_asking_hides_both_and_warns_of_phone_numbers(
    counter: Counter, worker: ChatOf
) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    await worker.tap("问居民")
    await worker.say("请打 13893123456 找我")
    assert ticket.state is State.ACCEPTED
    assert "电话号码" in worker.last.text
    await worker.tap("改一改")
    await worker.say("您家在几楼？")
    assert ticket.state is State.WAITING_RESIDENT
    assert town.notices.last("ticket_question").context["text"] == "您家在几楼？"


async def test_a_reply_to_a_card_is_asked_about_then_relayed(
    counter: Counter, worker: ChatOf
) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    card = await open_card(worker, ticket)
    await worker.say("门牌号是多少？", reply_to=card)
    assert ticket.state is State.ACCEPTED
    await worker.tap("发给居民")
    assert ticket.state is State.WAITING_RESIDENT
    await worker.say("几楼？", reply_to=card)
    asked = [e.text for e in await events(town, ticket) if e.action == Action.ASK]
    assert asked == ["门牌号是多少？", "几楼？"]


async def test_a_reply_may_stay_a_note(counter: Counter, worker: ChatOf) -> None:
    town = counter.town
    ticket = await accepted(town, worker)
    card = await open_card(worker, ticket)
    await worker.say("这家人不好说话", reply_to=card)
    await worker.tap("只记内部备注")
    assert ticket.state is State.ACCEPTED
    assert (await events(town, ticket))[-1].action == Action.NOTE
    assert "这家人不好说话" not in str([s.words for s in town.notices.sent if s.to == 1])


async def test_a_reply_lands_on_its_own_ticket_in_the_middle_of_another(
    counter: Counter, worker: ChatOf
) -> None:
    town = counter.town
    await town.set_duty(False, "worker-b")
    first = await accepted(town, worker)
    card = await open_card(worker, first)
    second = await accepted(town, worker)
    await worker.tap("上报")
    await worker.say("在家吗？", reply_to=card)
    await worker.tap("发给居民")
    assert first.state is State.WAITING_RESIDENT
    assert second.assignee == "worker-a"


# --- desk, behalf, posts -----------------------------------------------------------------------


async def test_the_desk_decides_a_category(counter: Counter) -> None:
    town = counter.town
    ticket = await town.submit("说不清的事", category="other.other", confidence=0.1)
    assert ticket.state is State.TRIAGE
    chat = counter.chat(await town.staff("organiser-01"))
    await chat.say("/desk")
    await chat.tap(f"#{ticket.number}")
    await chat.tap("定类别")
    await chat.say("facility.lighting")
    assert ticket.category == "facility.lighting"
    assert ticket.assignee == "worker-a"


async def test_the_desk_assigns_a_person(counter: Counter) -> None:
    town = counter.town
    everybody = [member.code for member in town.work.district.staff]
    await town.set_duty(False, *everybody)
    ticket = await town.submit()
    assert ticket.state is State.UNASSIGNED
    chat = counter.chat(await town.staff("office-1"))
    await chat.say("/desk")
    await chat.tap(f"#{ticket.number}")
    await chat.tap("指派")
    await chat.say("姓名worker-b")
    assert ticket.assignee == "worker-b"


async def test_opening_a_ticket_for_somebody_without_a_phone(
    counter: Counter, worker: ChatOf
) -> None:
    town = counter.town
    await worker.say("/open")
    await worker.say("王奶奶，12号院201")
    await worker.say("楼道灯不亮")
    await worker.say("火星路9号")
    assert "没找到" in worker.last.text
    await worker.say("合水中路12号1号楼3单元")
    assert "王奶奶" in worker.last.text
    await worker.tap("提交")
    ticket = (await town.session.scalars(select(Ticket))).one()
    assert (ticket.reporter_id, ticket.opened_by) == (None, "worker-a")
    assert ticket.behalf_of == "王奶奶，12号院201"
    assert ticket.grid == COURT


async def test_an_emergency_told_for_somebody_is_answered_at_once(
    counter: Counter, worker: ChatOf
) -> None:
    town = counter.town
    await worker.say("/open")
    await worker.say("王奶奶，12号院201")
    await worker.say("她家有煤气味")
    assert any("119" in shown.text for shown in worker.messages)
    assert (await town.session.scalars(select(Ticket))).one().emergency == "gas"


async def test_a_half_filled_request_for_somebody_goes_on_after_other_work(
    counter: Counter, worker: ChatOf
) -> None:
    town = counter.town
    ticket = await town.submit()
    await worker.say("/open")
    await worker.say("王奶奶，12号院201")
    await open_card(worker, ticket)
    await worker.tap("上报")
    await worker.tap("协调不下来")
    await worker.say("楼道灯不亮")
    assert "事情在哪儿" in worker.last.text


async def test_an_open_question_is_asked_again_after_presses_were_lost(
    counter: Counter, worker: ChatOf
) -> None:
    ticket = await accepted(counter.town, worker)
    key = StorageKey(bot_id=42, chat_id=worker.person.id, user_id=worker.person.id)
    turn = Turn(
        work=counter.town.work,
        person=worker.person,
        t=Texts("zh-CN"),
        state=FSMContext(counter.dispatcher.storage, key),
        bot=counter.bot,
    )
    assert not await show_again(turn)
    await worker.tap("上报")
    assert await show_again(turn)
    await worker.tap("协调不下来", on=worker.last)
    assert ticket.assignee == "lead-0101"


async def test_the_office_invites_and_dismisses(counter: Counter) -> None:
    town = counter.town
    chat = counter.chat(await town.staff("office-1"))
    await chat.say("/invite worker-b 24")
    assert "https://t.me/linmen_bot?start=i_" in chat.last.text
    assert "24 小时" in chat.last.text
    await chat.say("/dismiss")
    await chat.tap("合水中路社区")
    await chat.tap("第一网格")
    await chat.tap("姓名worker-b")
    row = await town.session.get(StaffAccount, "worker-b")
    assert row is not None
    assert row.active
    await chat.tap("确定离岗")
    assert not row.active
    assert row.resident_id is None
