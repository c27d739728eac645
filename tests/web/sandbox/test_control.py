"""The control routes as docs/sandbox.md promises them, and who may use them."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from starlette.routing import Route

from tests.web.sandbox.conftest import OTHER, RESIDENT, TOKEN, WORKER, Server
from web.sandbox import check_exposure
from web.sandbox.admin import AdminRoutes
from web.sandbox.control import PeopleRoutes

DOCS = Path(__file__).parents[3] / "docs" / "sandbox.md"


def test_every_route_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    routes: list[Route] = [*PeopleRoutes(None).routes(), *AdminRoutes(None).routes()]  # type: ignore[arg-type]
    for route in routes:
        path = re.sub(r"\{(\w+)(?::\w+)?\}", r"{\1}", route.path)
        for method in (route.methods or set()) - {"HEAD"}:
            assert f"`{method} {path}`" in text, f"{method} {path} is not in docs/sandbox.md"


async def test_people_are_listed_and_added(server: Server) -> None:
    answer = await server.http.post("/sandbox/people", json={"name": "<b>新</b>", "role": "office"})
    assert answer.status_code == 201
    number = answer.json()["id"]
    people = (await server.http.get("/sandbox/people")).json()["people"]
    assert {p["id"]: p["name"] for p in people}[number] == "<b>新</b>"
    assert (await server.http.post("/sandbox/people", json={"name": ""})).status_code == 400
    assert (await server.http.post("/sandbox/people/12345/text", json={})).status_code == 404
    assert (await server.http.post(f"/sandbox/people/{OTHER}/fly", json={})).status_code == 404


async def test_deep_links_start_with_their_payload(server: Server) -> None:
    await server.act(OTHER, "start", payload="g_xg-03")
    await server.act(WORKER, "start", payload=None)
    updates = await server.bot.get_updates()
    assert [u.message.text for u in updates if u.message] == ["/start g_xg-03", "/start"]


async def test_waiting_for_the_bots_answer(server: Server) -> None:
    sent = await server.act(RESIDENT, "text", text="?")
    async with asyncio.TaskGroup() as group:
        query = {"from": "bot", "since": sent["cursor"], "wait": 20}
        waiting = group.create_task(server.chat(RESIDENT, **query))
        await server.act(RESIDENT, "text", text="我自己的话不算")
        await server.bot.send_message(RESIDENT, "答")
    assert [m["text"] for m in waiting.result()["messages"]] == ["答"]


async def test_an_edit_is_news_for_a_reader_with_a_cursor(server: Server) -> None:
    message = await server.bot.send_message(RESIDENT, "一")
    cursor = (await server.chat(RESIDENT))["cursor"]
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(server.chat(RESIDENT, since=cursor, wait=20))
        await message.edit_text("二")
    (news,) = waiting.result()["messages"]
    assert (news["id"], news["text"], news["edited"]) == (message.message_id, "二", True)


async def test_a_tap_can_wait_for_its_answer(server: Server) -> None:
    markup = {"inline_keyboard": [[{"text": "好", "callback_data": "ok"}]]}
    await server.call("sendMessage", chat_id=RESIDENT, text="?", reply_markup=markup)

    async def answer() -> None:
        (update,) = await server.bot.get_updates(timeout=10)
        assert update.callback_query is not None
        await server.bot.answer_callback_query(update.callback_query.id, "完成")

    tapped, _ = await asyncio.gather(server.act(RESIDENT, "tap", label="好", wait=10), answer())
    assert tapped["answer"]["text"] == "完成"


async def test_forged_and_missing_buttons(server: Server) -> None:
    path = f"/sandbox/people/{RESIDENT}/tap"
    assert (await server.http.post(path, json={"label": "没有"})).status_code == 404
    await server.act(RESIDENT, "tap", message_id=999, data="forged:1", force=True)
    (update,) = await server.bot.get_updates()
    assert update.callback_query is not None
    assert update.callback_query.data == "forged:1"


async def test_long_texts_become_several_messages(server: Server) -> None:
    sent = await server.act(RESIDENT, "text", text="字" * 5000)
    assert len(sent["message_ids"]) == 2
    updates = await server.bot.get_updates()
    assert [len(u.message.text or "") for u in updates if u.message] == [4096, 904]


async def test_the_log_names_every_call(server: Server) -> None:
    cursor = (await server.http.get("/sandbox/log")).json()["cursor"]
    await server.bot.send_message(RESIDENT, "你好")
    await server.bot.get_updates(offset=5)
    await server.call("sendMessage", chat_id=5, text="x")
    calls = (await server.http.get("/sandbox/log", params={"after": cursor})).json()["calls"]
    assert [(c["method"], c["chat_id"], c["status"]) for c in calls] == [
        ("sendMessage", RESIDENT, 200),
        ("getUpdates", None, 200),
        ("sendMessage", 5, 400),
    ]
    assert (calls[0]["text"], calls[1]["offset"]) == ("你好", 5)
    assert calls[2]["error"] == "Bad Request: chat not found"


async def test_live_events(server: Server) -> None:
    path = f"/sandbox/events?person={RESIDENT}"
    async with server.http.stream("GET", path) as stream:
        lines = stream.aiter_lines()

        async def event() -> dict[str, object]:
            async for line in lines:
                if line.startswith("data: "):
                    return json.loads(line[6:])
            raise AssertionError("the stream ended")

        assert (await event())["type"] == "hello"
        await server.act(OTHER, "start")  # not for this page
        await server.bot.send_chat_action(RESIDENT, "typing")
        assert (await event())["type"] == "action"
        await server.bot.send_message(RESIDENT, "活的")
        news = await event()
        assert (news["type"], news["message"]["text"]) == ("message", "活的")  # type: ignore[index]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_strangers_are_refused(server: Server, headers: dict[str, str]) -> None:
    for method, path in (
        ("GET", "/sandbox/people"),
        ("POST", "/sandbox/reset"),
        ("GET", "/sandbox/events"),
    ):
        answer = await server.http.request(method, path, headers=headers)
        assert answer.status_code == 403, path
    assert (await server.chat(RESIDENT))["messages"] != []


async def test_web_pages_may_not_call_the_bot_api(server: Server) -> None:
    for headers in (
        {"Origin": "https://evil.example"},
        {"Host": "evil.example", "Accept-Language": "en"},
    ):
        answer = await server.http.post(f"/bot{TOKEN}/getMe", headers=headers)
        assert answer.status_code == 403


async def test_the_pages_own_origin_is_welcome(server: Server) -> None:
    answer = await server.http.post(
        f"/sandbox/people/{RESIDENT}/text", json={"text": "x"}, headers={"Origin": server.base}
    )
    assert answer.status_code == 200


async def test_only_photos_and_sounds_are_shown(server: Server) -> None:
    evil = b"<script>alert(1)</script>"
    path = f"/sandbox/people/{RESIDENT}/document"
    await server.http.post(path, files={"document": ("a.html", evil, "text/html")})
    await server.act(RESIDENT, "photo")
    page, photo = [m["media"] for m in (await server.chat(RESIDENT))["messages"] if "media" in m]
    answer = await server.http.get(page["url"])
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await server.http.get(photo["url"])).headers["content-type"] == "image/jpeg"
    assert (await server.http.get("/sandbox/files/unknown")).status_code == 404


async def test_the_page_has_a_strict_policy(server: Server) -> None:
    answer = await server.http.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.text and " onclick=" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_may_be_served_beside_a_real_bot(host: str) -> None:
    check_exposure(host, bot_token_is_real=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "linmen.example"])
def test_a_public_address_beside_a_real_bot_is_refused(host: str) -> None:
    check_exposure(host, bot_token_is_real=False)
    with pytest.raises(ValueError, match="BOT_TOKEN"):
        check_exposure(host, bot_token_is_real=True)
