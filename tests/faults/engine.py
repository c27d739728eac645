"""The engine without a courier: updates go in, rows come out. On SQLite or PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import telegram
from sqlalchemy import func, select, text
from sqlmodel import col

from bot.clock import ManualClock
from bot.database import Database
from bot.migrate import migrate
from bot.receiver import receive_webhook
from bot.runtime import Runtime
from bot.settings import Settings
from bot.worker import Worker
from models.district import District
from models.messaging import ConversationState, InboxUpdate, OutboxCall
from models.ticket import Ticket, TicketEvent

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ME = telegram.User(id=1, first_name="邻门", is_bot=True, username="LinmenBot")


@asynccontextmanager
async def engines(
    url: str, folder: Path, district: District, count: int = 1
) -> AsyncIterator[list[Runtime]]:
    """`count` replicas on one database, which is emptied first, and one clock, which stands."""
    settings = Settings(linmen_data=folder, bot_api_base="http://127.0.0.1:9", database_url=url)
    folder.mkdir(parents=True, exist_ok=True)
    clock = ManualClock(NOW)
    async with AsyncExitStack() as stack:
        runtimes = []
        for number in range(count):
            database = Database(settings.database)
            stack.push_async_callback(database.close)
            if number == 0 and database.dialect == "postgresql":
                async with database.engine.begin() as connection:
                    await connection.execute(text("DROP SCHEMA public CASCADE"))
                    await connection.execute(text("CREATE SCHEMA public"))
            await migrate(database)
            runtime = Runtime(settings, district, database=database, redis=None, clock=clock)
            await runtime.prepare(alone=number == 0)
            runtime.introduce(ME)
            runtimes.append(runtime)
        yield runtimes


async def deliver(runtime: Runtime, *raws: bytes) -> None:
    for raw in raws:
        await receive_webhook(runtime, raw)


async def pending(runtime: Runtime) -> int:
    async with runtime.database.transaction() as session:
        found = await session.execute(
            select(func.count()).select_from(InboxUpdate).where(col(InboxUpdate.status) == "new")
        )
        return int(found.scalar_one())


async def work_off(worker: Worker, runtime: Runtime) -> None:
    """Let a worker work until nothing is left for anybody."""
    while await pending(runtime):
        await worker.step()


async def state_of(runtime: Runtime, people: list[int]) -> dict[str, Any]:
    """All that is there of these people, but for what depends on the order between chats."""
    async with runtime.database.transaction() as session:
        tickets = (await session.execute(select(Ticket))).scalars().all()
        events = (
            await session.execute(select(TicketEvent).order_by(col(TicketEvent.id)))
        ).scalars()
        calls = (await session.execute(select(OutboxCall).order_by(col(OutboxCall.id)))).scalars()
        states = (await session.execute(select(ConversationState))).scalars().all()
    trail: dict[int, list[str]] = {}
    for event in events:
        trail.setdefault(event.ticket_id, []).append(event.action)
    said: dict[int, list[tuple[str, str]]] = {person: [] for person in people}
    for call in calls:
        if call.chat_id in said:
            words = str(call.payload.get("text", "")).partition("\n")[0]
            said[call.chat_id].append((call.method, re.sub(r"#\d+", "#", words)))
    return {
        "tickets": sorted(
            (t.reporter_id, t.category, t.text, t.grid, t.unit, t.state, trail[t.key])
            for t in tickets
        ),
        "said": said,
        "states": {s.key: (s.state, s.data) for s in states if int(s.key.split(":")[1]) in people},
    }
