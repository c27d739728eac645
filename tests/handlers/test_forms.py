"""The forms engine through the front door: real updates in, what the chat shows out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import StorageKey

import models.deliberation.ballot
import models.deliberation.followup
import models.deliberation.plan  # noqa: F401 - their tables belong to the metadata
from handlers.forms import Field, Form, Option, Values, begin, form
from handlers.forms.engine import show_again
from handlers.forms.model import FORMS
from handlers.keyboards.forms import FForm
from handlers.texts import Texts
from handlers.turn import Turn
from models.errors import InvalidInput
from tests.handlers.counter import ChatOf, Counter
from tests.workflows.conftest import town as town  # noqa: PLC0414 - the fixture
from tests.workflows.town import Town

DONE: list[Values] = []
PROMPT = "language/ask"
"""Any template does for a question: these tests are about the engine."""


async def _colours(turn: Turn, values: Values) -> Sequence[Option]:
    return [Option("r", "红色的"), Option("g", "绿色的"), Option("b", "蓝色的")]


async def _hundreds(turn: Turn, values: Values) -> Sequence[Option]:
    return [Option(str(n), f"第{n}号楼的人") for n in range(25)]


async def _no_seven(turn: Turn, values: Values, value: Any) -> None:
    if value == 7:
        raise InvalidInput("no seven", reason="stars")


async def _done(turn: Turn, values: Values) -> None:
    DONE.append(values)
    await turn.show("done")


@pytest.fixture(autouse=True)
def forms() -> Any:
    DONE.clear()
    before = dict(FORMS)
    ask = PROMPT
    form(
        Form(
            "t_all",
            (
                Field("title", ask, "text", max_length=10),
                Field("count", ask, "number", check=_no_seven),
                Field("cost", ask, "money", required=False),
                Field("at", ask, "moment"),
                Field("colour", ask, "choice", options=_colours),
                Field("colours", ask, "choices", options=_colours, required=False),
                Field("loud", ask, "yes_no"),
                Field("how_loud", ask, "number", when=lambda v: bool(v.get("loud"))),
                Field("photos", ask, "files", required=False),
            ),
            _done,
            preview="forms/changes",
            cancelled=_cancelled,
        )
    )
    form(Form("t_one", (Field("title", ask, "text"),), _done))
    form(Form("t_record", (Field("text", ask, "text"),), _done, for_the_record=True))
    form(Form("t_many", (Field("house", ask, "choice", options=_hundreds),), _done))
    form(Form("t_rank", (Field("rank", ask, "choices", options=_colours, ordered=True),), _done))
    form(
        Form(
            "t_reason",
            (Field("why", ask, "text", options=_colours, max_length=60),),
            _done,
        )
    )
    yield
    FORMS.clear()
    FORMS.update(before)


async def _cancelled(turn: Turn, values: Values) -> None:
    await turn.say("left")


@pytest.fixture
def counter(town: Town) -> Counter:
    return Counter(town)


@pytest.fixture
async def chat(counter: Counter) -> ChatOf:
    person = await counter.town.resident(99)
    person.resident.consented_at = counter.town.work.now
    return counter.chat(person)


def turn_of(chat: ChatOf) -> Turn:
    counter, id_ = chat.counter, chat.person.id
    key = StorageKey(bot_id=counter.bot.id, chat_id=id_, user_id=id_)
    state = FSMContext(counter.dispatcher.storage, key)
    return Turn(counter.town.work, chat.person, Texts(chat.person.locale), state, counter.bot)


async def fill(chat: ChatOf, *answers: str) -> None:
    for answer in answers:
        await chat.say(answer)


async def test_answers_may_all_be_typed(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_all", d=5)
    await fill(chat, "电梯", "十二", "3.5万", "明天下午三点", "第二个", "1 3", "是", "3", "没有")
    await chat.say("好")
    assert DONE == [
        {
            "d": 5,
            "title": "电梯",
            "count": 12,
            "cost": 3_500_000,
            "at": "2026-11-24T07:00:00+00:00",
            "colour": "g",
            "colours": ["r", "b"],
            "loud": True,
            "how_loud": 3,
            "photos": [],
        }
    ]
    assert await turn_of(chat).state.get_state() is None


async def test_answers_may_be_tapped(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_all", title="电梯", count=3)
    await chat.tap("跳过")
    await chat.tap("15:00")
    await chat.tap("蓝色")
    await chat.tap("红色")
    await chat.tap("绿色")
    await chat.tap("☑ 红色")
    await chat.tap("✅ 好了")
    await chat.tap("不是")
    await chat.say(photo="p1")
    await chat.say(photo="p2")
    await chat.tap("✅ 好了")
    await chat.tap("确认")
    (values,) = DONE
    assert (values["colour"], values["colours"], values["loud"]) == ("b", ["g"], False)
    assert "how_loud" not in values
    assert [f["file_id"] for f in values["photos"]] == ["p1", "p2"]


@pytest.mark.parametrize(
    ("answers", "bad"),
    [
        ((), "这个标题实在是太长太长了吧"),
        ((), "😀😀"),
        (("电梯",), "很多"),
        (("电梯",), "7"),
        (("电梯", "3"), "一点点"),
        (("电梯", "3", "0"), "明天"),
        (("电梯", "3", "0"), "11月23日 8点"),
        (("电梯", "3", "0", "明天9点"), "黄色"),
        (("电梯", "3", "0", "明天9点", "1"), "1 9"),
        (("电梯", "3", "0", "明天9点", "1", "1"), "也许吧"),
        (("电梯", "3", "0", "明天9点", "1", "1", "否"), "没拍照但是很乱"),
    ],
)
async def test_what_does_not_fit_is_asked_again(
    chat: ChatOf, answers: tuple[str, ...], bad: str
) -> None:
    await begin(turn_of(chat), "t_all")
    await fill(chat, *answers)
    asked = chat.last.text
    await chat.say(bad)
    assert chat.messages[-2].text != asked
    assert chat.last.text == asked and chat.last.buttons
    assert not DONE


async def test_back_asks_the_question_before_and_from_the_first_leaves(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_all")
    await fill(chat, "电梯", "3")
    await chat.tap("上一步")
    await chat.say("4")
    await fill(chat, "返回", "返回", "加装电梯", "5", "0", "明天9点", "1", "1", "否", "没有", "好")
    assert (DONE[0]["title"], DONE[0]["count"]) == ("加装电梯", 5)
    await begin(turn_of(chat), "t_all")
    await chat.say("返回")
    assert chat.last.text == "left"


async def test_an_answer_can_be_changed_at_the_end(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_all")
    await fill(chat, "电梯", "3", "0", "明天9点", "1", "1", "是", "9", "没有")
    await chat.tap("改一改")
    await chat.tap("电梯")
    await chat.say("路灯")
    await chat.tap("改一改")
    await chat.tap("✅ 是")
    await chat.tap("不是")
    await chat.tap("确认")
    (values,) = DONE
    assert values["title"] == "路灯"
    assert "how_loud" not in values, "the answer to a question that no longer comes up is left out"


async def test_cancel_gives_back_what_was_typed(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_all")
    await fill(chat, "很要紧的话", "取消")
    assert any("很要紧的话" in m.text for m in chat.messages[-2:])
    assert chat.last.text == "left"
    assert await turn_of(chat).state.get_state() is None


async def test_a_second_form_says_what_it_replaces(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_all")
    await chat.say("很要紧的话")
    await begin(turn_of(chat), "t_one")
    assert "很要紧的话" in chat.messages[-2].text
    await chat.say("新的")
    assert DONE == [{"title": "新的"}]


async def test_commands_leave_the_form_open_and_offer_it_again(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_all")
    asked = chat.last.text
    for command in ("/help", "/privacy", "/nosuchcommand"):
        await chat.say(command)
        assert chat.last.text == asked, command
    await fill(chat, "电梯")
    assert (await turn_of(chat).state.get_data())["filling"]["values"]["title"] == "电梯"


async def test_an_open_form_is_offered_after_an_outage(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_all")
    asked = chat.last.text
    count = len(chat.messages)
    assert await show_again(turn_of(chat))
    assert len(chat.messages) == count + 1 and chat.last.text == asked
    await chat.tap("取消")
    assert not await show_again(turn_of(chat))


async def test_an_emergency_is_answered_from_within_a_form(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_one")
    await chat.say("家里煤气味很大，快来人")
    assert not DONE
    assert any("119" in m.text for m in chat.messages)
    await chat.say("加装电梯")
    assert DONE == [{"title": "加装电梯"}], "the form goes on afterwards"


async def test_a_form_waits_while_it_is_asked_where_the_danger_is(counter: Counter) -> None:
    chat = counter.chat(await counter.town.resident(98, grid=None))
    await begin(turn_of(chat), "t_one")
    asked = chat.last.text
    await chat.say("家里煤气味很大，快来人")
    assert (await turn_of(chat).state.get_state() or "").startswith("Doorway")
    await chat.tap("取消", on=chat.last)
    assert chat.last.text == asked
    await chat.say("加装电梯")
    assert DONE == [{"title": "加装电梯"}]


async def test_a_danger_in_a_plan_is_not_taken_for_one_that_happens(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_record")
    await chat.say("家里煤气味很大，快来人")
    assert DONE == [{"text": "家里煤气味很大，快来人"}]


async def test_a_photo_where_words_are_wanted_is_kept_for_later(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_all")
    await chat.say(photo="early")
    assert not DONE
    await fill(chat, "电梯", "3", "0", "明天9点", "1", "1", "否", "好了", "好")
    assert [f["file_id"] for f in DONE[0]["photos"]] == ["early"]


async def test_a_photo_that_nobody_wants_loses_no_words(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_one")
    await chat.say("照片旁边的话", photo="p")
    assert DONE == [{"title": "照片旁边的话"}]


async def test_an_old_button_does_nothing_and_a_double_tap_is_quiet(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_all", title="a", count=1, cost=0, at="2026-11-24T07:00:00+00:00")
    first = chat.last
    data = next(
        b.callback_data for row in first.markup.inline_keyboard for b in row if "红色" in b.text
    )
    await chat.press(first, data)
    count = len(chat.messages)
    await chat.press(first, data)
    assert len(chat.messages) == count
    await chat.tap("好了") if "✅ 好了" in chat.last.buttons else await chat.tap("跳过")
    await chat.press(first, data)
    assert len(chat.messages) > count
    assert (await turn_of(chat).state.get_data())["filling"]["asking"] == "loud"


async def test_the_order_of_ticking_is_kept_and_shown(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_rank")
    for colour in ("蓝色", "红色", "绿色", "红色"):
        await chat.tap(colour)
    assert "☑1 蓝色的" in chat.last.buttons and "☑2 绿色的" in chat.last.buttons
    await chat.tap("✅ 好了")
    assert DONE == [{"rank": ["b", "g"]}]


async def test_long_lists_have_pages(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_many")
    assert len(chat.last.buttons) == 12
    await chat.tap("更多")
    await chat.tap("更多")
    await chat.tap("第24号楼")
    assert DONE == [{"house": "24"}]


async def test_a_suggestion_may_be_tapped_and_anything_else_typed(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_reason")
    await chat.tap("红色")
    await begin(turn_of(chat), "t_reason")
    await chat.say("别的颜色也行")
    assert DONE == [{"why": "r"}, {"why": "别的颜色也行"}]


async def test_a_form_left_for_days_does_not_swallow_a_new_matter(chat: ChatOf) -> None:
    await begin(turn_of(chat), "t_all")
    await chat.say("电梯")
    chat.counter.town.work.now += timedelta(
        hours=chat.counter.town.work.policy.draft_offer_hours + 1
    )
    await chat.say("楼道灯坏了三天了")
    assert any("作废" in m.text and "电梯" in m.text for m in chat.messages)
    assert (await turn_of(chat).state.get_state() or "").startswith("Intake")


async def test_a_half_filled_request_comes_back_after_the_form(chat: ChatOf) -> None:
    await chat.say("楼道灯坏了三天了")
    before = await turn_of(chat).state.get_state()
    await begin(turn_of(chat), "t_one")
    await chat.say("加装电梯")
    assert await turn_of(chat).state.get_state() == before
    assert "楼道灯" in chat.last.text


async def test_buttons_are_small() -> None:
    assert len(FForm(n=999_999_999, op="confirm", i=999).pack().encode()) <= 50


async def test_two_forms_of_one_name_stop_the_start() -> None:
    with pytest.raises(ValueError, match="t_one"):
        form(Form("t_one", (), _done))
