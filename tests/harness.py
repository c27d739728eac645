"""A whole Linmen in the test's event loop, spoken to over HTTP like the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.app import started
from bot.runtime import Runtime
from bot.settings import Settings
from tests.player import Player


@dataclass
class Linmen:
    """A running Linmen and a client for its sandbox."""

    runtime: Runtime
    client: httpx.AsyncClient

    def player(self, person_id: int) -> Player:
        return Player(self.client, person_id)

    async def newcomer(self, person_id: int, name: str, language: str = "zh-hans") -> Player:
        answer = await self.client.post(
            "/sandbox/people",
            json={"id": person_id, "name": name, "language_code": language},
        )
        assert answer.status_code == 201, answer.text
        return self.player(person_id)

    async def advance(self, seconds: float) -> None:
        """Let time pass, for the bot and the sandbox alike."""
        answer = await self.client.post("/sandbox/clock", json={"advance": seconds})
        assert answer.status_code == 200, answer.text


def settings_for(folder: Path, **changes: Any) -> Settings:
    """Settings of a sandbox in `folder` on a free port; nothing of the environment counts."""
    values: dict[str, Any] = {
        "linmen_data": folder,
        "port": 0,
        "redis_url": "none",
        "policy": {"album_wait_ms": 100},
    }
    return Settings(**(values | changes))


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Linmen]:
    """Start, hand over, stop."""
    async with (
        started(settings) as app,
        httpx.AsyncClient(base_url=app.address, timeout=30) as client,
    ):
        yield Linmen(app.runtime, client)
