"""Steps ① to ④ as people live them: opinions, topics, options, the announcement."""

from __future__ import annotations

from tests.journeys.neighbourhood import (
    BY_FLOOR,
    COUNCIL,
    COURTYARD,
    LAWYER,
    LIGHT,
    ORGANISER,
    VOLUNTEER,
    Town,
    card,
    fill,
    first_choice,
    open_screen,
)
from tests.player import Player


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
    await organiser.expect("① 收集意见（现在）", "往下走还差：\n• 还没有一条意见\n")
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
