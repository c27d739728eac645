"""A killed sandbox forgets nothing that it has acknowledged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.web.sandbox.conftest import RESIDENT, TOKEN, serving
from web.sandbox.images import sample_photo

ROOT = Path(__file__).parents[3]
API = f"/bot{TOKEN}"


@contextmanager
def process(data: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """`python -m web.sandbox` with its data in a folder."""
    command = [sys.executable, "-m", "web.sandbox", "--port", "0", "--data", str(data)]
    with subprocess.Popen(
        [*command, "--token", TOKEN], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        base = child.stdout.readline().strip()
        try:
            with httpx.Client(base_url=base, timeout=20) as client:
                yield client, child
        finally:
            child.kill()


def test_a_killed_process_comes_back_with_everything(tmp_path: Path) -> None:
    person = f"/sandbox/people/{RESIDENT}"
    with process(tmp_path) as (client, child):
        client.post(f"{person}/start")
        client.post(f"{person}/photo", files={"photo": ("a.jpg", sample_photo(), "image/jpeg")})
        markup = {"inline_keyboard": [[{"text": "好", "callback_data": "ok"}]]}
        sent = client.post(
            f"{API}/sendMessage",
            json={"chat_id": RESIDENT, "text": "<b>工单</b>", "parse_mode": "HTML",
                  "reply_markup": markup},
        ).json()["result"]  # fmt: skip
        tap = client.post(f"{person}/tap", json={"label": "好"}).json()
        updates = client.get(f"{API}/getUpdates").json()["result"]
        client.get(f"{API}/getUpdates", params={"offset": updates[1]["update_id"]})
        client.post(
            f"{API}/setMyCommands", json={"commands": [{"command": "my", "description": "我"}]}
        )
        client.post("/sandbox/people", json={"id": 77, "name": "新邻居"})
        before = client.get(f"{person}/chat").json()
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    with process(tmp_path) as (client, child):
        assert client.get(f"{person}/chat").json() == before
        again = client.get(f"{API}/getUpdates").json()["result"]
        assert again == updates[1:], "the unconfirmed come again, the confirmed do not"
        photo = next(m["media"] for m in before["messages"] if "media" in m)
        assert client.get(photo["url"]).headers["content-type"] == "image/jpeg"
        answer = client.post(
            f"{API}/answerCallbackQuery", json={"callback_query_id": tap["callback_query_id"]}
        )
        assert answer.json()["ok"] is True
        people = client.get("/sandbox/people").json()["people"]
        assert "新邻居" in [one["name"] for one in people]
        calls = client.get("/sandbox/log", params={"method": "sendMessage"}).json()["calls"]
        assert [call["message_id"] for call in calls] == [sent["message_id"]]
        client.get(f"{API}/getUpdates", params={"offset": again[-1]["update_id"] + 1})
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    with process(tmp_path) as (client, _):
        said = client.post(f"{person}/text", json={"text": "后来"}).json()
        assert said["update_id"] == updates[-1]["update_id"] + 1, "no number comes twice"
        assert said["message_id"] == sent["message_id"] + 1


async def test_a_webhook_goes_on_after_a_restart(tmp_path: Path) -> None:
    database = tmp_path / "sandbox.sqlite3"
    async with serving(database) as first:
        await first.bot.set_webhook("http://127.0.0.1:9/hook", secret_token="s")
        await first.fault(kind="latency", seconds=0, method="sendPhoto")
        await first.http.post("/sandbox/clock", json={"advance": 3600})
    async with serving(database) as second:
        info = await second.bot.get_webhook_info()
        assert info.url == "http://127.0.0.1:9/hook"
        faults = (await second.http.get("/sandbox/faults")).json()["faults"]
        assert [rule["method"] for rule in faults] == ["sendPhoto"]
        assert (await second.http.get("/sandbox/clock")).json()["offset"] == 3600


async def test_reset_leaves_the_first_people(tmp_path: Path) -> None:
    async with serving(tmp_path / "s.sqlite3") as server:
        await server.http.post("/sandbox/people", json={"id": 5, "name": "五"})
        await server.act(RESIDENT, "photo")
        await server.fault(kind="outage")
        assert (await server.http.post("/sandbox/reset")).json() == {"people": 3}
        assert (await server.chat(RESIDENT))["messages"] == []
        assert await server.bot.get_updates() == []
        assert list((tmp_path / "s-files").iterdir()) == []
