"""One sentence becomes a ticket in the right worker's queue, is worked to the end and rated."""

from __future__ import annotations

from tests.harness import Linmen
from tests.journeys.steps import LAMP, NEIGHBOUR, RESIDENT, agree, report, worker_on


async def test_from_one_sentence_to_five_stars(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    number = await report(resident, LAMP)
    worker = await worker_on(linmen, resident)

    notice = await worker.expect(f"#{number}", everything=True)
    assert "合水中路12号3单元" in notice["text"]
    await worker.say("/queue")
    await worker.tap(f"#{number}")
    await worker.tap("接单")
    await resident.expect(f"#{number}", "已经接单")
    await worker.tap("开始办理")
    await resident.expect(f"#{number}", "开始")

    await worker.tap("问居民")
    await worker.say("是整层都不亮，还是只有一盏？")
    question = await resident.expect("是整层都不亮")
    assert f"#{number}" in question["text"]
    await resident.tap("回答")
    await resident.say("只有门口那一盏")
    await worker.expect("只有门口那一盏")

    await worker.say(f"#{number}")
    await worker.tap("办结")
    await worker.tap("办好了")
    await worker.say("换了新灯泡")
    await worker.expect("照片")
    await worker.do("photo", sample=True)
    await worker.expect("已办结")
    await resident.expect(f"#{number}", "办好了", "换了新灯泡")
    await resident.tap("5分")
    await resident.expect("谢谢")
    await worker.expect(f"#{number}", "⭐⭐⭐⭐⭐")


async def test_not_fixed_reopens_and_tells_worker_and_lead(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    number = await report(resident, LAMP)
    worker = await worker_on(linmen, resident)
    await worker.say(f"#{number}")
    await worker.tap("接单")
    await worker.tap("办结")
    await worker.tap("办好了")
    await worker.say("换好了")
    await worker.tap("没有照片")
    await worker.say("天太黑拍不清")
    await resident.expect(f"#{number}", "办好了")
    await resident.tap("没解决")
    await resident.say("还是不亮")
    await worker.expect(f"#{number}", "还是不亮")


async def test_a_neighbour_joins_the_same_fault_and_hears_what_becomes_of_it(
    linmen: Linmen,
) -> None:
    resident, neighbour = linmen.player(RESIDENT), linmen.player(NEIGHBOUR)
    await agree(resident)
    number = await report(resident, LAMP)
    await agree(neighbour)
    await neighbour.say("合水中路12号3单元楼道灯不亮")
    await neighbour.tap("✅ 对")
    await neighbour.tap("没有，跳过")
    await neighbour.expect("邻居", f"#{number}")
    await neighbour.tap("一起")
    await neighbour.expect(f"#{number}")
    worker = await worker_on(linmen, resident)
    await worker.say(f"#{number}")
    await worker.tap("接单")
    await neighbour.expect(f"#{number}")


async def test_a_half_filled_request_is_offered_again_after_a_command(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    await resident.say(LAMP)
    await resident.find_button("✅ 对")
    await resident.say("/my")
    await resident.expect("没说完")
    await resident.tap("接着说")
    await resident.tap("✅ 对")
    await resident.tap("没有，跳过")
    await resident.find_button("确认提交")


async def test_an_emergency_is_answered_at_once_and_pages_worker_and_lead(
    linmen: Linmen,
) -> None:
    resident = linmen.player(RESIDENT)
    await resident.start()
    await resident.say("合水中路12号3单元有好大的煤气味，头晕")
    answer = await resident.expect("119")
    assert "开窗" in answer["text"] or "通风" in answer["text"]


async def test_a_deadline_that_passes_is_told_in_plain_words_and_climbs(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    number = await report(resident, LAMP)
    await linmen.advance(20 * 24 * 3600)
    await resident.expect(f"#{number}", "没有按说好的时间办完", everything=True)


async def test_english_is_spoken_to_who_speaks_it(linmen: Linmen) -> None:
    emma = await linmen.newcomer(888000001, "Emma", "en")
    await emma.start()
    await emma.tap("gree")
    await emma.say("the corridor light is broken at 合水中路12号3单元")
    message, _button = await emma.find_button("Yes")
    assert "ight" in message["text"]
