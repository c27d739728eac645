"""What the command line shows of a running or stopped Linmen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

from redis.asyncio import Redis
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.database import Database
from bot.district import load_district
from bot.embedded import EmbeddedValkey
from bot.migrate import migrate
from bot.paths import TRIAGE_MODEL
from bot.settings import Settings
from dispatch.queue import Entry, QueueUnavailable, TicketQueue
from models.district import Staff
from models.messaging import InboxUpdate, OutboxCall
from models.ticket import Ticket
from workflows.queues import all_entries, posts
from workflows.staffing import create_invitation

if TYPE_CHECKING:
    from dispatch.gazetteer import Gazetteer
    from dispatch.triage import Triage

JsonRow = dict[str, Any]
Mailed = TypeVar("Mailed", InboxUpdate, OutboxCall)
NO_MATTER = "不是诉求"


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[AsyncSession]:
    """A transaction on the configured database, migrated."""
    settings.linmen_data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    try:
        await migrate(database)
        async with database.transaction() as session:
            yield session
    finally:
        await database.close()


def open_triage(settings: Settings) -> Triage:
    """The triage of the sub-district, with the newest model."""
    from dispatch.triage import Triage, load_rules  # noqa: PLC0415 - one command needs it

    folder = settings.district
    trained = settings.linmen_data / TRIAGE_MODEL.name
    rules = load_rules(folder / "services.toml", folder / "emergencies.toml")
    return Triage.load(rules, trained if trained.exists() else TRIAGE_MODEL)


def category_labels(settings: Settings) -> dict[str, str]:
    """Chinese label of every category by its code."""
    return {c.code: c.label_zh for c in load_district(settings.district).categories}


def ranked(triage: Triage, labels: Mapping[str, str], sentence: str) -> list[JsonRow]:
    """The categories of a sentence, best first: code, Chinese label, probability.

    `none` is triage's word for a sentence that holds no matter.
    """
    return [
        {"code": code, "label": labels.get(code, NO_MATTER), "p": round(p, 6)}
        for code, p in triage.rank(sentence)
    ]


def open_gazetteer(settings: Settings) -> Gazetteer:
    """The gazetteer of the sub-district."""
    from dispatch.gazetteer import Gazetteer  # noqa: PLC0415 - one command needs it

    return Gazetteer(load_district(settings.district).grids)


def located(gazetteer: Gazetteer, address: str) -> list[JsonRow]:
    """The grids that an address, or a sentence with one in it, may mean."""
    matches = gazetteer.locate(address) or gazetteer.extract(address)[0]
    return [
        {"code": match.node.code, "name": match.node.name, "level": int(match.node.level)}
        for match in matches
    ]


@asynccontextmanager
async def _queue(settings: Settings, root: str) -> AsyncIterator[TicketQueue]:
    url = settings.redis_url or EmbeddedValkey(settings.linmen_data).url
    redis = None if url == "none" else Redis.from_url(url)
    try:
        yield TicketQueue(redis, root)
    finally:
        if redis is not None:
            await redis.aclose()


async def show_queue(settings: Settings, worker: str | None) -> tuple[bool, str]:
    """Whether Redis and database agree, and both side by side, for one worker or all."""
    district = load_district(settings.district)
    if worker is not None and worker not in district.staff_by_code:
        return False, f"{worker}: there is no such post"
    async with opened(settings) as session, _queue(settings, district.root.code) as ticket_queue:
        entries = await all_entries(session, district)
        numbers = await _numbers(session, [entry.ticket_id for entry in entries])
        codes = [worker] if worker else sorted({entry.staff for entry in entries})
        shown = [
            await _side_by_side(
                ticket_queue,
                district.staff_by_code[code],
                sorted(
                    (entry for entry in entries if entry.staff == code),
                    key=lambda entry: (entry.due, entry.ticket_id),
                ),
                numbers,
            )
            for code in codes
        ]
    text = "\n".join(lines for _, lines in shown) or "no open tickets"
    return all(agrees for agrees, _ in shown), text


async def _side_by_side(
    ticket_queue: TicketQueue, post: Staff, wanted: list[Entry], numbers: dict[int, int]
) -> tuple[bool, str]:
    lines = [f"{post.code} · {post.name} · {post.title}"]
    held: list[int] = []
    try:
        held = (await ticket_queue.page(post.code, post.grid, 0, -1)).ticket_ids
        comparison = await ticket_queue.compare(post.code, post.grid, wanted)
        agrees = comparison.agrees
        lines.append("  they agree" if agrees else f"  they differ: {comparison}")
    except QueueUnavailable as error:
        agrees = False
        lines.append(f"  Redis cannot be asked ({error}); the database answers")
    lines.append(f"  {'Redis':<12}{'database':<12}due (UTC)")
    for left, right in zip_longest(held, wanted):
        place = _name(right.ticket_id if right else None, numbers)
        due = f"{right.due:%Y-%m-%d %H:%M}" if right else "-"
        lines.append(f"  {_name(left, numbers):<12}{place:<12}{due}")
    return agrees, "\n".join(lines)


def _name(ticket_id: int | None, numbers: dict[int, int]) -> str:
    if ticket_id is None:
        return "-"
    return f"#{numbers[ticket_id]}" if ticket_id in numbers else f"id {ticket_id}"


async def _numbers(session: AsyncSession, ids: list[int]) -> dict[int, int]:
    rows = await session.execute(
        select(col(Ticket.id), col(Ticket.number)).where(col(Ticket.id).in_(ids))
    )
    return {int(id_ or 0): number for id_, number in rows}


async def rebuild_queue(settings: Settings) -> str:
    """Replace all queues in Redis by what the database says."""
    district = load_district(settings.district)
    async with opened(settings) as session, _queue(settings, district.root.code) as ticket_queue:
        entries = await all_entries(session, district)
        try:
            count = await ticket_queue.rebuild(entries, posts(district))
        except QueueUnavailable as error:
            return f"Redis cannot be asked ({error}); nothing rebuilt"
    return f"rebuilt: {count} open tickets"


async def inbox_overview(settings: Settings, *, failed: bool) -> str:
    """Updates by status, and with `failed` those set aside, one a line."""
    return await _overview(settings, InboxUpdate, _failed_line if failed else None)


async def outbox_overview(settings: Settings, *, failed: bool) -> str:
    """Calls by status, and with `failed` those given up, one a line, without their texts."""
    return await _overview(settings, OutboxCall, _given_up_line if failed else None)


async def _overview(
    settings: Settings,
    table: type[Mailed],
    line: Callable[[Mailed], str] | None,
) -> str:
    async with opened(settings) as session:
        counts = await session.execute(
            select(col(table.status), func.count()).group_by(col(table.status))
        )
        lines = [f"{status}: {count}" for status, count in counts]
        if line is not None:
            rows = await session.scalars(
                select(table).where(col(table.status) == "failed").order_by(col(table.id))
            )
            lines += [line(row) for row in rows]
    return "\n".join(lines) or "empty"


def _given_up_line(row: OutboxCall) -> str:
    return f"#{row.id} {row.created_at:%Y-%m-%d %H:%M:%S} {row.method} {row.error}"


def _failed_line(row: InboxUpdate) -> str:
    reason = (row.error or "").strip().splitlines()
    last = reason[-1] if reason else ""
    return f"#{row.id} {row.received_at:%Y-%m-%d %H:%M:%S} {row.natural_key} {last}"


async def inbox_trace(settings: Settings, row_id: int) -> str:
    """The stored traceback of an update."""
    async with opened(settings) as session:
        row = await session.get(InboxUpdate, row_id)
        return (row.error if row else None) or "nothing is kept about it"


async def replay_update(settings: Settings, row_id: int) -> bool:
    """Put an update that was set aside back to be handled; whether there was one."""
    async with opened(settings) as session:
        row = await session.get(InboxUpdate, row_id)
        if row is None or row.status != "failed" or not row.raw:
            return False  # nothing is left of one that held a secret choice
        await session.execute(
            update(InboxUpdate)
            .where(col(InboxUpdate.id) == row_id)
            .values(status="new", attempts=0, not_before=None)
        )
        return True


async def make_invitation(settings: Settings, staff_code: str, hours: int) -> str:
    """A single-use token for a post. Raises `NotFound` when there is no such post."""
    from bot.runtime import Runtime  # noqa: PLC0415 - aiogram takes seconds to import

    settings.linmen_data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    try:
        await migrate(database)
        runtime = Runtime(settings, load_district(settings.district), database=database, redis=None)
        async with database.transaction() as session:
            return await create_invitation(runtime.begin(session).work, staff_code, hours)
    finally:
        await database.close()
