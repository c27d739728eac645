"""One deliberation through all seven steps, by nothing but what people type and tap."""

from __future__ import annotations

import re

from models.deliberation.verify import verify_text
from tests.harness import Linmen
from tests.journeys.neighbourhood import (
    COUNCIL,
    COURTYARD,
    Town,
    card,
    fill,
    first_choice,
    open_screen,
    settle,
)
from tests.player import Player

ORGANISER, SECRETARY, LAWYER, VOLUNTEER = "孙守义", "郝涛", "祁学文", "邹新民"
BY_FLOOR = "装电梯的钱应该按楼层分，楼层高的多出"
PATIENCE = 40
"""How often the card is looked at until the clock closed the record."""
LIGHT = "电梯井不要挡住一楼的窗户"


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


async def collect(town: Town) -> None:
    """① An organiser asks, neighbours say and vote, a volunteer writes one down at a door."""
    organiser = town.post(ORGANISER)
    await organiser.say("/discuss")
    await organiser.tap("征集意见")
    await fill(
        organiser,
        ("起个短名字", "加装电梯"),
        ("为什么问大家", "老人上楼难，想听听大家愿不愿意装、怎么装"),
        ("问哪些院子", (COURTYARD, "好了")),
        ("收到几时", ("20:00",)),
        ("怎么数票", ("排序比较",)),
        ("一户一票，还是", ("一户一票",)),
        ("秘密投票，还是", ("秘密投票",)),
        ("请看一遍", ("确认",)),
    )
    await organiser.expect("① 收集意见（现在）")
    await town.board("收集意见")

    for name, text in (("wang", BY_FLOOR), ("chen", LIGHT)):
        notice = await town[name].expect("开始收集意见", "加装电梯", everything=True)
        await town[name].tap("说一句我的意见", message=notice)
        await town[name].expect("用一句话说")
        await town[name].say(text)
        await town[name].expect("加照片")
        await town[name].tap("跳过")
        await town[name].expect("发出去了", text)
    await at_the_door(town)
    for name in ("zhao", "qian"):
        await open_screen(town[name], "表个态", "您同意吗")
        for _ in range(3):
            await town[name].tap("👍 同意")
            await town[name].expect("刚才那条")
        await town[name].expect("都看完了")
    await town.linmen.advance(61)
    await open_screen(organiser, "结束收集意见", "要结束吗")
    await organiser.tap("结束，交议事会")
    await organiser.expect("② 确认议题（现在）")


async def at_the_door(town: Town) -> None:
    """Somebody without a phone says theirs to a volunteer."""
    volunteer = town.post(VOLUNTEER)
    await open_screen(volunteer, "上门替人登记", "没有手机的邻居")
    await volunteer.tap("记他的意见")
    await fill(
        volunteer,
        ("怎么称呼", "李奶奶"),
        ("家住哪儿", "合水中路12号院4单元101"),
    )
    await first_choice(volunteer, "是下面哪一个")
    await fill(volunteer, ("怎么说", "一楼用不上电梯，应该有补偿"), ("本人同意吗", ("✅ 是",)))
    await volunteer.expect("记下了这位邻居的意见", "李奶奶")


async def confirm(town: Town) -> None:
    """② The opinions become a topic, and the council votes on it."""
    organiser = town.post(ORGANISER)
    await town["wang"].expect("意见收完了", "3 条意见", everything=True)
    await open_screen(organiser, "整理议题", "大家最赞成的意见")
    await organiser.tap("加一个议题")
    await fill(
        organiser,
        ("哪些意见归在一起", (BY_FLOOR[:8], LIGHT[:8], "好了")),
        ("叫什么", "电梯装不装、怎么装"),
        ("用一两句话", "先定装不装，再定怎么出钱"),
    )
    await organiser.expect("议题1：电梯装不装", "并进2条意见")
    await organiser.tap("表决：确认议题")
    await fill(organiser, ("为什么这样提", ("主要是这几样",)))
    await organiser.expect("赞成0", "共7席")
    for name in COUNCIL[:5]:
        member = town.post(name)
        notice = await member.expect("请议事会表决", "电梯装不装", everything=True)
        await member.tap("议事会表决", message=notice)
        await member.expect("赞成", "至少4席")
        await member.tap("👍 赞成")
        await member.expect("您投了赞成")
    await town.linmen.advance(601)
    await organiser.expect("赞成 5", "通过。", everything=True)
    await card(organiser, "③ 制定方案（现在）")
    await town.board("制定方案")


async def draft(town: Town) -> None:
    """③ Two options are written, handed in, and read by a lawyer; the date is set."""
    author = town.post("白玉梅")
    for letter, title, risks in (("A", "每单元装一部", True), ("B", "先装一个单元试试", False)):
        await write_option(author, title, risks=risks)
        await author.expect(f"方案{letter}", title)
        if not risks:
            await author.tap("要小心什么")
            await fill(author, ("有什么风险", "别的单元等得久"))
            await author.expect("都写全了")
        await author.tap("写全了，交上去")
        await author.expect("方案交上去了")
        await author.tap("请律师看")
        await author.expect("已经请律师看了")
    lawyer = town.post(LAWYER)
    for left in (True, False):
        notice = await lawyer.expect("是否合法", everything=True)
        await lawyer.tap("合法性审查", message=notice)
        await lawyer.expect("后面还有" if left else "方案")
        await lawyer.tap("✅ 合法")
        await fill(lawyer, ("请写明依据", "民法典第二百七十八条：业主共同决定"))
        await lawyer.expect("答复已经转给")

    organiser = town.post(ORGANISER)
    await open_screen(organiser, "定协商会时间", "什么时候开")
    await first_choice(organiser, "什么时候开")
    await fill(
        organiser,
        ("怎么开", ("现场和聊天里都可以",)),
        ("在哪儿开", "12号院小广场"),
        ("链接", ("跳过",)),
        ("议程是什么", "装不装\n怎么出钱"),
        ("对吗", ("确认",)),
    )
    await organiser.expect("时间地点定了")
    await organiser.expect("③ 制定方案（现在）")


async def write_option(author: Player, title: str, *, risks: bool) -> None:
    """From the card to an option that has everything, or all but its risks."""
    await open_screen(author, "写方案", "加装电梯")
    await author.tap("写一个方案")
    await fill(
        author,
        ("叫什么", title),
        ("做什么", "装一部六层六站的电梯"),
        ("在哪儿做", "1号楼北侧单元门外"),
        ("花多少钱", "48万"),
        ("谁出钱", ("业主分摊",)),
        ("谁来办", "有资质的电梯公司"),
        ("哪位成员承办", ("跳过",)),
        ("办到几时", "2027年6月30日"),
        ("有什么风险", "施工三个月，注意安全" if risks else ("跳过",)),
        ("请看一遍", ("确认",)),
    )
    await author.expect("方案存好了")


async def announce(town: Town) -> None:
    """④ Every household is told, in the chat or on paper."""
    organiser = town.post(ORGANISER)
    await open_screen(organiser, "发布公告", "要发的公告", "先装一个单元")
    await organiser.tap("发布公告")
    await organiser.expect("公告正在发给每一户")
    await organiser.expect("一共", "聊天里收到的")
    await town.board("发布公告")
    for player in town.residents.values():
        notice = await player.expect("方案写好了，请您来商量", "12号院小广场", everything=True)
        await player.tap("看公告", message=notice)
        await player.expect("公告：加装电梯", "协商会")
        await player.tap("我看到了")
        await player.expect("记下了，您已经看到")
    await open_screen(organiser, "送纸质通知", "没人送")
    await organiser.tap("都分给最近的人")
    await organiser.expect("董晓东", "去送")
    lead = town.post("董晓东")
    notice = await lead.expect("把公告送到下面这些住户", everything=True)
    await lead.tap("送纸质通知", message=notice)
    await lead.expect("合水中路12号1号楼")
    await lead.tap("送到了")
    await first_choice(lead, "送到了几户")
    await lead.expect("辛苦您跑一趟")
    await open_screen(organiser, "通知到了谁", "点了“看到了”的4户")

    await town.linmen.advance(61)
    await open_screen(organiser, "开始协商", "现在就开始吗")
    await organiser.tap("现在就开始")
    await organiser.expect("协商开始了")
    await town.board("组织协商")


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
    await wang.expect("请您发言", everything=True)
    await wang.tap("在聊天里参加")
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

    await worker.expect("#1001", "3单元门外清出", everything=True)
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
