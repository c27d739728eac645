"""aiogram and python-telegram-bot talk to the sandbox as they would to Telegram."""

from __future__ import annotations

import io

import pytest
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
)
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from PIL import Image
from telegram.error import BadRequest, Forbidden, InvalidToken
from telegram.ext import ExtBot

from tests.web.sandbox.conftest import OTHER, RESIDENT, TOKEN, WORKER, Server
from web.sandbox.images import sample_photo


def keyboard(*data: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text=item, callback_data=item) for item in data]
    return InlineKeyboardMarkup(inline_keyboard=[row])


async def test_a_message_there_and_back(server: Server) -> None:
    sent = await server.act(RESIDENT, "text", text="/my 灯坏了 😀 @someone")
    (update,) = await server.bot.get_updates(timeout=5)
    assert update.message is not None
    assert update.message.message_id == sent["message_id"]
    assert update.message.text == "/my 灯坏了 😀 @someone"
    assert update.message.entities is not None
    assert [(e.type, e.offset, e.length) for e in update.message.entities] == [
        ("bot_command", 0, 3),
        ("mention", 11, 8),
    ]
    answer = await server.bot.send_message(
        RESIDENT, "<b>收到</b>", parse_mode="HTML", reply_to_message_id=sent["message_id"]
    )
    assert answer.html_text == "<b>收到</b>"
    assert answer.reply_to_message is not None
    news = await server.chat(RESIDENT, after=sent["message_id"], wait=5)
    assert [m["html"] for m in news["messages"]] == ["<b>收到</b>"]
    assert news["messages"][0]["reply_to"]["id"] == sent["message_id"]


async def test_a_tap_is_answered_once(server: Server) -> None:
    message = await server.bot.send_message(RESIDENT, "?", reply_markup=keyboard("a:1", "b:2"))
    tap = await server.act(RESIDENT, "tap", label="b:2")
    (update,) = await server.bot.get_updates(timeout=5)
    query = update.callback_query
    assert query is not None and query.message is not None
    assert (query.data, query.message.message_id) == ("b:2", message.message_id)
    await server.bot.answer_callback_query(query.id, text="好", show_alert=True)
    news = await server.chat(RESIDENT, since=tap["cursor"], wait=5)
    (answer,) = news["answers"]
    assert answer["callback_query_id"] == tap["callback_query_id"]
    assert (answer["text"], answer["show_alert"]) == ("好", True)
    with pytest.raises(TelegramBadRequest, match="query is too old and response timeout expired"):
        await server.bot.answer_callback_query(query.id)


async def test_a_tap_older_than_150_seconds_is_lost(server: Server) -> None:
    await server.bot.send_message(RESIDENT, "?", reply_markup=keyboard("a"))
    await server.act(RESIDENT, "tap", data="a")
    (update,) = await server.bot.get_updates(timeout=5)
    assert update.callback_query is not None
    await server.http.post("/sandbox/clock", json={"advance": 151})
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await server.bot.answer_callback_query(update.callback_query.id)
    assert await server.bot.get_updates() == [], "Telegram forgets undelivered taps as well"


async def test_photos_by_upload_by_id_and_as_album(server: Server) -> None:
    file = BufferedInputFile(sample_photo(1), "lamp.jpg")
    message = await server.bot.send_photo(RESIDENT, file, caption="<i>灯</i>", parse_mode="HTML")
    assert message.photo is not None
    assert [(size.width, size.height) for size in message.photo][-1] == (640, 480)
    assert len(message.photo) >= 2
    again = await server.bot.send_photo(RESIDENT, message.photo[0].file_id)
    assert again.photo == message.photo
    found = await server.bot.get_file(message.photo[-1].file_id)
    assert found.file_path is not None
    data = await server.bot.download_file(found.file_path)
    assert data is not None
    assert Image.open(io.BytesIO(data.read())).size == (640, 480)
    album = await server.bot.send_media_group(
        RESIDENT,
        [
            InputMediaPhoto(media=BufferedInputFile(sample_photo(2), "2.jpg"), caption="两张"),
            InputMediaPhoto(media=message.photo[0].file_id),
        ],
    )
    assert len({one.media_group_id for one in album}) == 1


async def test_a_residents_album_voice_and_odd_things(server: Server) -> None:
    await server.act(RESIDENT, "photo", count=2, caption="楼道")
    for kind, body in {
        "voice": {"duration": 3},
        "document": {"bytes": 10},
        "video": {},
        "location": {"latitude": 36.1, "longitude": 103.6},
        "contact": {},
        "sticker": {"emoji": "😀"},
        "poll": {"question": "几点？", "options": ["早", "晚"]},
    }.items():
        await server.act(RESIDENT, kind, **body)
    updates = await server.bot.get_updates(timeout=5)
    messages = [update.message for update in updates]
    first, second, voice, document, video, place, contact, sticker, poll = messages
    assert first and second and voice and document and video and place
    assert first.media_group_id == second.media_group_id is not None
    assert (first.caption, second.caption) == ("楼道", None)
    assert voice.voice is not None and voice.voice.duration == 3
    assert document.document is not None and document.document.file_size == 10
    assert video.video is not None
    assert place.location is not None and place.location.latitude == 36.1
    assert contact is not None and contact.contact is not None
    assert contact.contact.user_id == RESIDENT
    assert sticker is not None and sticker.sticker is not None
    assert sticker.sticker.emoji == "😀"
    assert poll is not None and poll.poll is not None
    assert len(poll.poll.options) == 2
    assert len(await server.ext.get_updates()) == len(updates), "both libraries read them all"


async def test_edits(server: Server) -> None:
    bot = server.bot
    message = await bot.send_message(RESIDENT, "一", reply_markup=keyboard("a"))
    edited = await message.edit_text("二", reply_markup=keyboard("a"))
    assert not isinstance(edited, bool) and edited.text == "二" and edited.edit_date
    with pytest.raises(TelegramBadRequest, match="message is not modified: specified new message"):
        await message.edit_text("二", reply_markup=keyboard("a"))
    await message.edit_reply_markup(reply_markup=None)
    news = await server.chat(RESIDENT, after=message.message_id - 1)
    assert (news["messages"][0]["edited"], news["messages"][0]["buttons"]) == (True, [])
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("三", chat_id=RESIDENT, message_id=999)
    theirs = await server.act(RESIDENT, "text", text="我的")
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("三", chat_id=RESIDENT, message_id=theirs["message_id"])
    with pytest.raises(TelegramBadRequest, match="there is no caption in the message to edit"):
        await bot.edit_message_caption(chat_id=RESIDENT, message_id=message.message_id, caption="x")


async def test_an_edited_message_of_a_resident(server: Server) -> None:
    sent = await server.act(RESIDENT, "text", text="灯坏")
    await server.act(RESIDENT, "edit", message_id=sent["message_id"], text="灯坏了")
    _, update = await server.bot.get_updates(timeout=5)
    assert update.edited_message is not None
    assert update.edited_message.text == "灯坏了"
    assert update.edited_message.edit_date is not None


async def test_deleting(server: Server) -> None:
    message = await server.bot.send_message(RESIDENT, "x")
    before = (await server.chat(RESIDENT))["cursor"]
    assert await message.delete()
    assert (await server.chat(RESIDENT, since=before))["deleted"] == [message.message_id]
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await message.delete()


async def test_a_reply_keyboard_forbids_edits_and_is_removed(server: Server) -> None:
    panel = ReplyKeyboardMarkup(
        keyboard=[[KeyboardButton(text="位置", request_location=True)]], one_time_keyboard=True
    )
    message = await server.bot.send_message(RESIDENT, "在哪里？", reply_markup=panel)
    shown = (await server.chat(RESIDENT))["keyboard"]
    assert shown["keyboard"][0][0]["request_location"] is True
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await message.edit_text("y")
    await server.act(RESIDENT, "press", text="位置")
    assert (await server.chat(RESIDENT))["keyboard"] is None
    await server.bot.send_message(RESIDENT, "z", reply_markup=panel)
    await server.bot.send_message(RESIDENT, "z", reply_markup=ReplyKeyboardRemove())
    assert (await server.chat(RESIDENT))["keyboard"] is None


async def test_refusals(server: Server) -> None:
    send = server.bot.send_message
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await send(5, "x")
    with pytest.raises(TelegramForbiddenError, match="bot can't initiate conversation with a user"):
        await send(WORKER, "x")
    with pytest.raises(TelegramBadRequest, match="BUTTON_DATA_INVALID"):
        await send(RESIDENT, "x", reply_markup=keyboard("网" * 22))
    await send(RESIDENT, "x", reply_markup=keyboard("网" * 21))
    with pytest.raises(TelegramBadRequest, match="can't parse entities: Unsupported start tag"):
        await send(RESIDENT, "<p>x</p>", parse_mode="HTML")
    with pytest.raises(TelegramBadRequest, match="message caption is too long"):
        await server.bot.send_photo(
            RESIDENT, BufferedInputFile(sample_photo(), "a.jpg"), caption="字" * 1025
        )
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await send(RESIDENT, "x", reply_to_message_id=999)
    await server.act(RESIDENT, "block")
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await send(RESIDENT, "x")
    (update,) = await server.bot.get_updates(timeout=5)
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"


async def test_tokens_and_unknown_methods(server: Server) -> None:
    assert (await server.http.get("/bot4242:another_token_of_the_form/getMe")).status_code == 401
    assert (await server.http.get("/botnonsense/getMe")).status_code == 404
    answer = await server.call("getStarTransactions")
    assert (answer.status_code, answer.json()["ok"]) == (404, False)
    assert answer.json()["description"].startswith("Not Found")
    answer = await server.http.get(f"/bot{TOKEN}/GETME")
    assert answer.json()["result"]["username"] == "LinmenBot"


@pytest.mark.filterwarnings("ignore:Please use")
async def test_ptb_sends_edits_and_fails_alike(server: Server) -> None:
    message = await server.ext.send_message(RESIDENT, "<b>您好</b>", parse_mode="HTML")
    assert message.text_html == "<b>您好</b>"
    raw = await server.ext.do_api_request(
        "sendMessage", api_kwargs={"chat_id": RESIDENT, "text": "x", "protect_content": True}
    )
    assert raw["has_protected_content"] is True
    await server.ext.edit_message_text("再见", RESIDENT, message.message_id)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await server.ext.edit_message_text("再见", RESIDENT, message.message_id)
    with pytest.raises(Forbidden):
        await server.ext.send_message(WORKER, "x")
    document = await server.ext.send_document(RESIDENT, b"%PDF-", filename="通知.pdf")
    assert document.document is not None and document.document.file_name == "通知.pdf"
    file = await document.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"%PDF-"
    stranger = ExtBot("4242:another_token_of_the_form", base_url=f"{server.base}/bot")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()


async def test_copies_and_forwards(server: Server) -> None:
    await server.act(OTHER, "start")
    sent = await server.act(RESIDENT, "photo", caption="楼道")
    copy = await server.bot.copy_message(OTHER, RESIDENT, sent["message_id"], caption="转交")
    forward = await server.bot.forward_message(OTHER, RESIDENT, sent["message_id"])
    assert forward.forward_origin is not None
    news = await server.chat(OTHER, after=1)
    assert [m["text"] for m in news["messages"]] == ["转交", "楼道"]
    assert copy.message_id < forward.message_id


async def test_commands_names_and_niceties(server: Server) -> None:
    commands = [BotCommand(command="my", description="我的诉求")]
    await server.bot.set_my_commands(commands)
    await server.bot.set_my_commands(
        [BotCommand(command="my", description="My requests")], language_code="en"
    )
    assert [c.command for c in await server.bot.get_my_commands()] == ["my"]
    assert (await server.chat(OTHER))["commands"][0]["description"] == "My requests"
    assert (await server.chat(RESIDENT))["commands"][0]["description"] == "我的诉求"
    assert await server.bot.send_chat_action(RESIDENT, "typing")
    chat = await server.bot.get_chat(OTHER)
    await server.bot.set_my_description("口袋里的街道办")
    assert (await server.bot.get_my_description()).description == "口袋里的街道办"
    assert chat.username == "alex_c"
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await server.bot.set_my_commands([BotCommand(command="我的", description="x")])


async def test_files_above_20_megabytes_cannot_be_fetched(server: Server) -> None:
    await server.act(RESIDENT, "document", bytes=20 * 1024 * 1024 + 1)
    (update,) = await server.bot.get_updates(timeout=5)
    assert update.message is not None and update.message.document is not None
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await server.bot.get_file(update.message.document.file_id)


async def test_a_ten_megabyte_photo(server: Server) -> None:
    out = io.BytesIO()
    Image.effect_noise((3200, 2600), 90).save(out, "PNG")
    data = out.getvalue() + b"\0" * (10 * 1024 * 1024 - len(out.getvalue()))
    answer = await server.http.post(
        f"/sandbox/people/{RESIDENT}/photo", files={"photo": ("big.png", data, "image/png")}
    )
    assert answer.status_code == 200, answer.text
    (update,) = await server.bot.get_updates(timeout=5)
    assert update.message is not None and update.message.photo is not None
    assert update.message.photo[-1].width == 1280
