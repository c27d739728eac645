"""Whatever people send gets a sensible answer, and what they had begun is not lost."""

from __future__ import annotations

import pytest

from tests.harness import Linmen
from tests.journeys.steps import LAMP, NEIGHBOUR, RESIDENT, agree, report, worker_on


async def test_what_cannot_be_used_is_answered_and_the_request_goes_on(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    unfit: tuple[tuple[str, dict[str, str], str], ...] = (
        ("sticker", {}, "表情收到了"),
        ("poll", {"question": "几点？"}, "投票"),
        ("contact", {"phone_number": "13800000000", "first_name": "小王"}, "联系人我没有保存"),
        ("text", {"text": "😀😀😀"}, "看不出是什么事"),
        ("text", {"text": "/nonsense"}, "没有“/nonsense”这个命令"),
    )
    for act, body, answer in unfit:
        await resident.do(act, **body)
        await resident.expect(answer)
    await resident.say(LAMP)
    await resident.find_button("✅ 对")
    for act, body, _ in unfit[:3]:
        await resident.do(act, **body)
        await resident.expect("这是", "路灯与楼道灯")
    await resident.tap("✅ 对")
    await resident.tap("没有，跳过")
    await resident.tap("确认提交")
    await resident.expect("收到了，编号 #")


async def test_a_file_beyond_twenty_megabytes_is_refused_kindly(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    await resident.do("document", bytes=21 * 1024 * 1024, file_name="big.bin")
    await resident.expect("超过20兆")


async def test_four_thousand_characters_become_a_request(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    await resident.say("楼道灯坏了，" * 660)
    message, _ = await resident.find_button("✅ 对")
    assert "路灯与楼道灯" in message["text"]


@pytest.mark.parametrize(
    "text",
    [
        "楼道灯\u202e坏了\u0007三天了 合水中路12号3单元",
        "<b>楼道灯</b>坏了 {{7*7}} =cmd| 合水中路12号3单元",
    ],
    ids=["control-characters", "markup"],
)
async def test_control_characters_and_markup_stay_what_they_are(linmen: Linmen, text: str) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    number = await report(resident, text)
    worker = await worker_on(linmen, resident)
    card = await worker.expect(f"#{number}", everything=True)
    assert "\u202e" not in card["text"]
    assert "\u0007" not in card["text"]
    if "7*7" in text:
        assert "<b>楼道灯</b>" in card["text"]
        assert "{{7*7}}" in card["text"]


async def test_a_name_full_of_markup_is_harmless(linmen: Linmen) -> None:
    visitor = await linmen.newcomer(888000002, "<a href='x'>恶</a>{{1}}\u202e")
    await agree(visitor)
    assert not any("<a href" in message["text"] for message in await visitor.messages())


async def test_a_group_is_told_once_to_write_in_private(linmen: Linmen) -> None:
    answer = await linmen.client.post(
        "/sandbox/groups", json={"title": "楼院群", "members": [RESIDENT]}
    )
    group = answer.json()["id"]
    for text in ("灯坏了", "电梯也坏了"):
        await linmen.client.post(
            f"/sandbox/groups/{group}/text", json={"as": RESIDENT, "text": text}
        )
    await linmen.client.get("/sandbox/updates", params={"wait": 10})
    chat = await linmen.client.get(
        f"/sandbox/groups/{group}/chat", params={"from": "bot", "wait": 5}
    )
    messages = chat.json()["messages"]
    assert len(messages) == 1
    assert "单独" in messages[0]["text"]


async def test_a_button_of_an_old_message_does_nothing_twice(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    await resident.say(LAMP)
    await resident.tap("✅ 对")
    await resident.tap("没有，跳过")
    message, button = await resident.find_button("确认提交")
    for _ in range(3):
        await resident.do("tap", message_id=message["id"], data=button["data"], force=True)
    await resident.expect("收到了，编号 #1001", everything=True)
    await resident.say("/my")
    mine = await resident.expect("我的事")
    assert "#1002" not in str(mine)


async def test_somebody_elses_button_reveals_nothing(linmen: Linmen) -> None:
    resident, stranger = linmen.player(RESIDENT), linmen.player(NEIGHBOUR)
    await agree(resident)
    number = await report(resident, LAMP)
    _, button = await resident.find_button("看这件事")
    await agree(stranger)
    own = (await stranger.messages())[-1]
    await stranger.do("tap", message_id=own["id"], data=button["data"], force=True)
    answer = await stranger.expect("这个按钮")
    assert str(number) not in answer["text"]


async def test_an_edited_report_reaches_the_worker_with_both_texts(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    sent = await resident.say(LAMP)
    await resident.tap("✅ 对")
    await resident.tap("没有，跳过")
    await resident.tap("确认提交")
    await resident.expect("收到了，编号 #1001")
    worker = await worker_on(linmen, resident)
    await resident.do("edit", message_id=sent["message_id"], text="合水中路12号3单元三层的灯坏了")
    await worker.expect("三层的灯坏了", "楼道灯坏了三天了", everything=True)


async def test_several_photos_of_one_album_become_one_request(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    await resident.do("photo", count=3, caption=LAMP)
    await resident.tap("✅ 对")
    await resident.tap("确认提交")
    await resident.expect("收到了，编号 #1001")
    worker = await worker_on(linmen, resident)
    await worker.say("#1001")
    await worker.find_button("看照片（3）")


async def test_each_reply_lands_on_its_own_ticket(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    first = await report(resident, LAMP)
    second = await report(resident, "合水中路12号院里的垃圾堆了好几天没人清")
    for number, words in ((first, "补充：三层最暗"), (second, "补充：在北门口")):
        receipt = await resident.expect(f"收到了，编号 #{number}", everything=True)
        await resident.say(words, reply_to=receipt["id"])
        await resident.expect(f"#{number}")
        worker = await worker_on(linmen, resident, number)
        await worker.expect(f"#{number}", words, everything=True)


async def test_the_same_update_twice_and_in_disorder_changes_nothing(linmen: Linmen) -> None:
    resident = linmen.player(RESIDENT)
    await agree(resident)
    await report(resident, LAMP)
    await linmen.client.post("/sandbox/redeliver", json={"last": 6, "times": 3})
    await linmen.client.get("/sandbox/updates", params={"wait": 10})
    await resident.say("/my")
    mine = await resident.expect("我的事")
    assert "#1002" not in str(mine)
