"""The board of a whole Linmen, beside the sandbox."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import select

from models.deliberation.core import DeliberationFile
from models.deliberation.steps import Step
from models.messaging import InboxUpdate
from tests.harness import running, settings_for
from tests.web.board.pages import parse
from tests.web.board.street import Street


async def test_the_board_stands_beside_the_sandbox(data_folder: Path) -> None:
    async with running(settings_for(data_folder)) as linmen:
        address = str(linmen.client.base_url).rstrip("/")
        assert linmen.runtime.services.site == address
        async with linmen.runtime.database.transaction() as session:
            await Street(session, Step.ANNOUNCE).build()
        answer = await linmen.client.get("/board/d/3/poster")
        page = parse(answer.text)
        assert page.faults == []
        assert f"{address}/board/d/3" in "".join(page.words)
        whole = parse((await linmen.client.get("/board/d/3")).text)
        assert answer.text.count("<svg") == 1
        assert not [link for link in whole.links if "t.me" in link]  # a stranger's bot, perhaps
        assert (await linmen.client.get("/")).status_code == 200
        assert (await linmen.client.get("/board/nothing")).status_code == 404


async def test_a_photo_comes_from_the_chat_app(data_folder: Path) -> None:
    async with running(settings_for(data_folder)) as linmen:
        player = await linmen.newcomer(9_001, "王秀兰")
        await player.start()
        await player.do("photo", sample=True)
        await player.expect()
        async with linmen.runtime.database.transaction() as session:
            raw = (await session.scalars(select(InboxUpdate.raw))).all()  # type: ignore[call-overload]
            [file_id, *_] = re.findall(rb'"file_id":"([^"]+)"', b"".join(raw))
            await Street(session, Step.REPORT).build()
            [photo, _] = (await session.scalars(select(DeliberationFile))).all()
            photo.file_id = file_id.decode()
        answer = await linmen.client.get("/board/d/3/photo/1")
        assert answer.content.startswith(b"\xff\xd8"), answer.text[:80]
        gone = await linmen.client.get("/board/d/3/photo/2")
        assert gone.status_code == 404


async def test_the_public_address_is_the_one_on_posters(data_folder: Path) -> None:
    settings = settings_for(
        data_folder, public_url="http://127.0.0.1/", webhook_secret="s" * 16, bot_token=""
    )
    async with running(settings) as linmen:
        assert linmen.runtime.services.site == "http://127.0.0.1"
