"""One deliberation through all seven steps, by nothing but what people type and tap."""

from __future__ import annotations

from tests.harness import Linmen
from tests.journeys.before_the_meeting import announce, collect, confirm, draft
from tests.journeys.neighbourhood import (
    BY_FLOOR,
    COURTYARD,
    LIGHT,
    ORGANISER,
    VOLUNTEER,
    Town,
    card,
    fill,
    first_choice,
    open_screen,
    settle,
)
from tests.journeys.the_meeting import count, meet, object_to_consensus, vote

PATIENCE = 40
"""How often the card is looked at until the clock closed the record."""


async def test_a_lift_through_all_seven_steps(linmen: Linmen) -> None:
    town = await settle(linmen)
    await collect(town)
    await confirm(town)
    await draft(town)
    await announce(town)
    await meet(town)
    await object_to_consensus(town)
    await vote(town)
    await count(town)
    await apply(town)
    await report(town)


async def apply(town: Town) -> None:
    """⑥ A ticket that a grid worker brings to its end, and a rule."""
    organiser, worker = town.post(ORGANISER), town.post("芦燕")
    await organiser.tap("安排一件事")
    await fill(
        organiser,
        ("怎么办", ("交网格员去办",)),
        ("要办什么事", "3单元门外清出电梯井的位置"),
        ("哪个院子", (COURTYARD,)),
        ("谁负责", ("芦燕",)),
    )
    await first_choice(organiser, "哪天之前")
    await fill(organiser, ("要安排的事", ("确认",)))
    await organiser.expect("1. 3单元门外清出")
    await organiser.tap("安排一件事")
    await fill(
        organiser,
        ("怎么办", ("定一条规矩",)),
        ("这条规矩叫什么", "电梯使用公约"),
        ("哪个院子", (COURTYARD,)),
        ("规矩怎么写", "不在电梯里抽烟，电动车不进电梯。"),
        ("谁负责", ("董晓东",)),
    )
    await first_choice(organiser, "哪天之前")
    await fill(organiser, ("要安排的事", ("确认",)))
    await organiser.expect("2. 电梯使用公约")

    await worker.expect("#1001", "3单元门外清出", "这是议1“加装电梯”", everything=True)
    await worker.say("/queue")
    await worker.tap("#1001")
    await worker.tap("接单")
    await worker.tap("办结")
    await worker.tap("办好了")
    await worker.say("杂物清走了，位置空出来了")
    await worker.tap("没有照片")
    await worker.say("手机没电")
    await worker.expect("已办结")
    await organiser.expect("办好了", "杂物清走了", "还有 1 件", everything=True)

    lead = town.post("董晓东")
    given = await lead.expect("请您负责", "电梯使用公约", everything=True)
    await lead.tap("安排要办的事", message=given)
    await fill(
        lead,
        ("办成了吗", ("✅ 是",)),
        ("怎么办的", "每个单元门口都贴上了"),
        ("花了多少钱", ("跳过",)),
        ("有照片", ("跳过",)),
    )
    await lead.expect("记下了，办完了")
    await organiser.expect("所有的事都有了交代", everything=True)


async def report(town: Town) -> None:
    """⑦ What came of it is published, objected to, answered, rated, and archived."""
    organiser, against = town.post(ORGANISER), town["qian"]
    await open_screen(organiser, "写结果公示", "大家说了什么")
    await organiser.tap("写公示")
    await fill(
        organiser,
        ("大家说了什么", "多数人愿意装，关心出钱和采光"),
        ("定了什么", "每单元装一部，投票定的"),
        ("办了什么", "位置清出来了，公约贴出来了"),
        ("花了多少钱", ("跳过",)),
    )
    await organiser.expect("公示写好了，还没有发")
    await organiser.tap("发出公示")
    await organiser.expect("公示发出去了")
    await organiser.expect("⑦ 反馈公示（现在）")
    await town.board("反馈公示")

    notice = await against.expect("现在向大家公示", everything=True)
    await against.tap("对结果有异议", message=notice)
    await fill(against, ("对结果有什么不同意见", "采光还没有测"))
    await against.expect("您的异议记下了")
    notice = await organiser.expect("公示期里有居民提出异议", everything=True)
    await organiser.tap("答复异议", message=notice)
    await fill(organiser, ("怎么答复", "下个月初测，结果贴在楼门口"))
    await organiser.expect("答复已经告诉对方")
    await against.expect("您的异议有答复了", "下个月初测", everything=True)

    wang = town["wang"]
    notice = await wang.expect("现在向大家公示", everything=True)
    await wang.tap("打个分", message=notice)
    await wang.expect("过程，您满意吗")
    await wang.tap("5分")
    await wang.expect("结果，您满意吗")
    await wang.tap("4分")
    await wang.expect("过程5分，结果4分")

    await told(town)
    await town.linmen.advance(61)
    for _ in range(PATIENCE):
        shown = await card(wang)
        if "七步都走完了" in shown["text"]:
            break
    assert "✅ ⑦ 反馈公示" in shown["text"]
    answer = await town.linmen.client.get("/board/d/1")
    assert "aria-current" not in answer.text
    assert "每单元装一部" in answer.text


async def told(town: Town) -> None:
    """⑦ Everybody who contributed hears what became of it; at the door a volunteer says it."""
    for name, text in (("wang", BY_FLOOR), ("chen", LIGHT)):
        await town[name].expect("您参与了，这是结果", text, "列进了议题", everything=True)
    for name in ("wang", "chen", "zhao", "qian"):
        await town[name].expect("您参与了，这是结果", "选票已经计入结果", everything=True)
    await town["wang"].expect("发言记进了会议记录", everything=True)
    await town["qian"].expect("您的异议“一楼采光没有说清楚”有了答复", everything=True)

    volunteer = town.post(VOLUNTEER)
    notice = await volunteer.expect("请上门告诉", "选票已经计入结果", everything=True)
    await volunteer.tap("上门替人登记", message=notice)
    await volunteer.expect("2位邻居")
    await volunteer.tap("去告诉结果")
    await volunteer.expect("一楼用不上电梯")
    for _ in range(2):
        await volunteer.tap("第1位告诉了")
        await volunteer.expect("")
    await volunteer.expect("都告诉过了")
