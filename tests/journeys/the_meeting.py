"""Step ⑤ as people live it: the meeting, an objection, the ballot and its box."""

from __future__ import annotations

import re

from models.deliberation.verify import verify_text
from tests.journeys.neighbourhood import (
    COUNCIL,
    ORGANISER,
    SECRETARY,
    VOLUNTEER,
    Town,
    fill,
    first_choice,
    labels,
    open_screen,
)


async def meet(town: Town) -> None:
    """⑤ Roll call to the quorum, the agenda, somebody speaks, the minutes."""
    await town.linmen.advance(180)
    secretary, wang = town.post(SECRETARY), town["wang"]
    await open_screen(secretary, "主持协商会", "到了0席", "要4席才够")
    for count, name in enumerate(COUNCIL[:3], 1):
        await secretary.tap(f"⬜ {name}")
        await secretary.expect(f"到了{count}席")
    lead = town.post("董晓东")
    await open_screen(lead, "协商会", "加装电梯")
    await lead.tap("我来了，签到")
    await lead.expect("您已经签到")
    await open_screen(secretary, "主持协商会", "到了4席")
    await secretary.tap("🔔 开会")
    await secretary.expect("正在开会", "👉 1. 装不装")

    await open_screen(wang, "🪑 协商会", "正在开会")
    await wang.tap("我来了，签到")
    await wang.expect("您已经签到")
    await wang.tap("我要发言")
    await wang.expect("下一个就是您")
    await open_screen(secretary, "主持协商会", "✋")
    await secretary.tap("发言", message=await secretary.expect("✋"))
    await secretary.expect("🎤")
    floor = await wang.expect("请您发言", everything=True)
    await wang.tap("在聊天里说", message=floor)
    await wang.expect("您进会场了")
    await wang.say("我家老伴腿不好，盼着早点装")
    await wang.expect("说出去了")
    await wang.tap("离开会场")
    await wang.expect("您离开会场了")

    await open_screen(secretary, "主持协商会", "正在开会")
    await secretary.tap("下一项：怎么出钱")
    await secretary.expect("👉 2. 怎么出钱")
    await secretary.tap("记一条")
    await fill(secretary, ("记什么", "多数人赞成装，出钱按楼层分"))
    await secretary.expect("我家老伴腿不好", "多数人赞成装")
    await town.board("组织协商")


async def object_to_consensus(town: Town) -> None:
    """⑤ Does anybody object? One does, is answered, and stays of the same mind."""
    organiser, against = town.post(ORGANISER), town["qian"]
    await open_screen(organiser, "问大家有没有不同意见", "问哪个方案")
    await organiser.tap("问方案A")
    await organiser.expect("已经问大家有没有不同意见")
    await organiser.expect("现在有0个不同意见")
    for name, player in town.residents.items():
        notice = await player.expect("打算用方案A", everything=True)
        await player.tap("有没有不同意见", message=notice)
        await player.expect("没人反对，就照这个办")
        if name != "qian":
            await player.tap("我没有不同意见")
            await player.expect("您不用再做什么")
    await against.tap("我不同意，说说理由")
    await fill(against, ("为什么不同意", "一楼采光没有说清楚"))
    await against.expect("您的反对意见记下了")

    notice = await organiser.expect("有人提出不同意见", "一楼采光", everything=True)
    await organiser.tap("答复异议", message=notice)
    await fill(organiser, ("怎么答复", "会请专业公司测采光，挡了就补偿"))
    await organiser.expect("答复已经告诉对方")
    await against.expect("您的异议有答复了", "测采光", everything=True)
    await town.linmen.advance(121)
    await against.expect("保留下来了", everything=True)
    notice = await organiser.expect("没能协商一致", "请开始投票", everything=True)
    await organiser.tap("开始投票", message=notice)
    await organiser.expect("要投票的", "一户一票", "秘密投票")
    await organiser.tap("🗳 投到")
    await organiser.expect("投票开始了")
    await organiser.expect("已经投了0票，一共4票")
    await town.board("组织协商")

    secretary = town.post(SECRETARY)
    await open_screen(secretary, "主持协商会", "正在开会")
    await secretary.tap("散会")
    await secretary.expect("会散了")


async def vote(town: Town) -> None:
    """⑤ Every household once: by phone, or at the door."""
    for name, first in (("wang", "A"), ("chen", "A"), ("zhao", "A"), ("qian", "B")):
        voter = town[name]
        notice = await voter.expect("开始投票了", everything=True)
        await voter.tap("🗳 投票", message=notice)
        await voter.expect("您最喜欢哪个")
        for letter in ("A", "B") if first == "A" else ("B",):
            await voter.tap(f"{letter} ")
            await voter.expect("第1位")
        await voter.tap("选好了")
        await voter.expect("投出以后不能改")
        await voter.tap("确认投出")
        said = await voter.expect("投好了", "您的回执")
        found = re.search(r"(?:[0-9a-f]{4} ){4}[0-9a-f]{4}", said["text"])
        assert found is not None, said["text"]
        town.receipts[name] = found[0]
        shown = await voter.expect("⑤ 组织协商（现在）", "您家已经投过了")
        assert "🗳 投票" not in labels(shown)

    husband = town["husband"]
    notice = await husband.expect("开始投票了", everything=True)
    await husband.tap("🗳 投票", message=notice)
    await husband.expect("您家里的人已经投了")

    volunteer = town.post(VOLUNTEER)
    await open_screen(volunteer, "上门替人登记", "现在正在投票")
    await volunteer.tap("替他投票")
    await fill(volunteer, ("怎么称呼", "李奶奶"), ("家住哪儿", "合水中路12号院4单元101"))
    await first_choice(volunteer, "是下面哪一个")
    await fill(
        volunteer,
        ("最喜欢哪个", ("方案B", "都不选", "好了")),
        ("本人同意吗", ("✅ 是",)),
    )
    said = await volunteer.expect("李奶奶的票投进去了")
    found = re.search(r"(?:[0-9a-f]{4} ){4}[0-9a-f]{4}", said["text"])
    assert found is not None, said["text"]
    town.receipts["li"] = found[0]


async def count(town: Town) -> None:
    """⑤ The box closes by itself; anybody can check it, and find their ballot in it."""
    await town.linmen.advance(601)
    result = await town["zhao"].expect("投票结束了", everything=True)
    assert "每单元装一部" in result["text"]
    answer = await town.linmen.client.get("/board/d/1/ballot-box.json")
    assert answer.status_code == 200
    checked = verify_text(answer.text, receipts=list(town.receipts.values()))
    assert checked.faults == []
    box = answer.json()
    assert len(box["entries"]) == len(town.receipts)
    assert box["result"]["winner"] == "A"
    assert box["result"]["turnout"]["door"] == 1
    assert verify_text(answer.text, receipts=["0" * 20]).faults

    organiser = town.post(ORGANISER)
    await open_screen(organiser, "记下决定", "赢的是", "每单元装一部")
    await organiser.tap("记下决定，去安排")
    await organiser.expect("决定记下了")
    await organiser.expect("还没有安排")
    await town.board("结果运用")
