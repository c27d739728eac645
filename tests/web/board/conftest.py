"""The board over a real SQLite file, asked over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from bot.database import Database
from dispatch.gazetteer import Gazetteer
from dispatch.queue import TicketQueue
from models.base import metadata
from models.deliberation.steps import Step
from models.district import District
from models.errors import NotFound
from models.policy import Policy
from tests.web.board.ground import day
from tests.web.board.pages import Page, parse
from tests.web.board.street import Street
from web.board import create_board
from workflows.work import Services, Work

BOT = "linmen_demo_bot"
SITE = "https://linmen.example.org"


@dataclass
class Board:
    """The board's application, its database, and a client."""

    app: FastAPI
    database: Database
    client: httpx.AsyncClient

    async def street(self, step: Step, **more: Any) -> int:
        """Put a deliberation into the database; returns its number."""
        async with self.database.transaction() as session:
            return (await Street(session, step, **more).build()).number

    async def page(self, path: str, status: int = 200, **headers: str) -> Page:
        """A page, which must be sound."""
        answer = await self.client.get(path, headers=headers)
        assert answer.status_code == status, answer.text
        page = parse(answer.text)
        assert page.faults == []
        return page


@pytest.fixture
async def board(
    request: pytest.FixtureRequest, tmp_path: Path, district: District
) -> AsyncIterator[Board]:
    """A board on SQLite; on PostgreSQL where a test asks for it."""
    if getattr(request, "param", "sqlite") == "postgresql":
        database = Database(request.getfixturevalue("postgres_url"))
    else:
        database = Database(f"sqlite:///{tmp_path / 'board.sqlite3'}")
    async with database.engine.begin() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
        await connection.run_sync(metadata.create_all)
    services = Services(
        district=district,
        policy=Policy(),
        gazetteer=Gazetteer(district.grids),
        triage=cast(Any, None),
        queue=TicketQueue(None, district.root.code),
        notifier=cast(Any, None),
        site=SITE,
    )

    @asynccontextmanager
    async def begin() -> AsyncIterator[Work]:
        async with database.reading() as session:
            yield Work(session, day(100), services)

    async def photo(file_id: str) -> bytes:
        if file_id != "file-0":
            raise NotFound(file_id)
        return b"\xff\xd8 the photo"

    app = FastAPI()
    app.include_router(create_board(begin, lambda: BOT, photo))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://board.test") as client:
        yield Board(app, database, client)
    await database.close()
