"""Residents in the seven steps: a proposal becomes a deliberation, opinions are said and joined."""

from __future__ import annotations

from tests.harness import Linmen
from tests.journeys.steps import NEIGHBOUR, RESIDENT, agree
from tests.player import Player

HOME = "合水中路12号3单元{room}室"
THIRD = 600000002


async def at_home(linmen: Linmen, person_id: int, room: str) -> Player:
    """A neighbour of the courtyard who told where they live."""
    player = linmen.player(person_id)
    await agree(player)
    await player.say("/address")
    await player.expect("住")
    await player.say(HOME.format(room=room))
    await player.expect(room)
    return player


async def propose(player: Player) -> None:
    await player.say("议事")
    await player.tap("提一个议题")
    await player.expect("想和邻居商量什么事")
    await player.say("加装电梯")
    await player.expect("为什么要办")
    await player.say("老人上楼太难了")
    await player.tap("确认")
    await player.expect("提上去了", "议1")


async def support(player: Player) -> None:
    await player.say("议1")
    await player.tap("我支持这个提议")


async def opine(player: Player, text: str) -> None:
    await player.say("议1")
    await player.tap("说一句我的意见")
    await player.expect("用一句话说")
    await player.say(text)
    await player.expect("加照片")
    await player.tap("跳过")


async def test_neighbours_support_say_join_and_respond(linmen: Linmen) -> None:
    author = await at_home(linmen, RESIDENT, "401")
    neighbour = await at_home(linmen, NEIGHBOUR, "501")
    third = await at_home(linmen, THIRD, "601")
    await propose(author)
    await support(neighbour)
    await neighbour.expect("记下了")
    await support(third)
    await third.expect("正式开始商量", "① 收集意见（现在）")

    await opine(author, "装电梯的钱应该按楼层分")
    await author.expect("发出去了")
    await opine(neighbour, "装电梯的钱应该按楼层来分")
    await neighbour.expect("有邻居说过差不多的")
    await neighbour.tap("就是这个意思")
    await neighbour.expect("算您同意这条")

    await third.say("议1")
    await third.tap("给邻居的意见表个态")
    card = await third.expect("装电梯的钱应该按楼层分", "您同意吗")
    await third.tap("不同意", message=card)
    await third.expect("都看完了")
    summary = await third.expect("这条消息会自己更新", "您表态了1条")
    assert "1条意见" in summary["text"]

    await author.say("议1")
    await author.tap("我说过的意见")
    mine = await author.expect("我说过的意见", "装电梯的钱应该按楼层分")
    assert "👍 2　👎 1" in mine["text"]
    assert "只能撤回" in mine["text"]


async def test_the_link_of_a_poster_opens_the_card_after_consent(linmen: Linmen) -> None:
    author = await at_home(linmen, RESIDENT, "401")
    await propose(author)
    visitor = linmen.player(NEIGHBOUR)
    await visitor.start("d_1")
    await visitor.tap("同意")
    card = await visitor.expect("议1", "加装电梯", "您家住哪儿")
    assert not any("支持" in button["text"] for row in card["buttons"] for button in row)
    await visitor.tap("填写我家地址")
    await visitor.say(HOME.format(room="501"))
    await visitor.expect("501")
    await visitor.start("d_1")
    await visitor.find_button("我支持这个提议")
    await visitor.start("d_99")
    await visitor.expect("没找到")


async def test_a_form_survives_a_command_and_an_opinion_is_not_a_report(linmen: Linmen) -> None:
    author = await at_home(linmen, RESIDENT, "401")
    await author.say("/discuss")
    await author.tap("提一个议题")
    await author.expect("想和邻居商量什么事")
    await author.say("/my")
    await author.expect("想和邻居商量什么事")
    await author.say("楼道灯")
    await author.expect("“楼道灯”，为什么要办")
