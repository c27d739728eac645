"""Writing down what became of calls, in the courier's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.database import insert_for, table_of
from bot.outcome import Outcome, Verdict
from models.messaging import CourierPause, OutboxCall
from models.ticket import MessageLink
from workflows.delivery import mark_unreachable, migrate_chat

EVERYBODY = "all"


async def pause_until(session: AsyncSession, now: datetime) -> datetime | None:
    """Until when no courier may send; None when all may."""
    pause = await session.get(CourierPause, EVERYBODY)
    return pause.until if pause is not None and pause.until > now else None


async def record(
    session: AsyncSession, outcomes: Sequence[tuple[OutboxCall, Outcome]], now: datetime
) -> None:
    """Write every outcome to its row, and what follows from it."""
    if not outcomes:
        return
    changes = [_change(row, outcome, now) for row, outcome in outcomes]
    table = table_of(OutboxCall)
    statement = (
        update(table)
        .where(table.c.id == bindparam("row_id"))
        .values({name: bindparam(f"new_{name}") for name in _COLUMNS})
    )
    await session.execute(statement, changes)
    await _link(session, outcomes)
    for row, outcome in outcomes:
        await _follow_up(session, row, outcome, now)


_COLUMNS = (
    "status",
    "not_before",
    "message_id",
    "sent_at",
    "error",
    "doubts",
    "method",
    "payload",
    "files",
)
_FINAL = ("sent", "failed")


def _change(row: OutboxCall, outcome: Outcome, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        "status": "queued",
        "not_before": now + outcome.delay if outcome.delay else None,
        "message_id": row.message_id,
        "sent_at": None,
        "error": outcome.error,
        "doubts": row.doubts,
        "method": row.method,
        "payload": row.payload,
        "files": row.files,
    }
    match outcome.verdict:
        case Verdict.SENT:
            values |= {"status": "sent", "message_id": outcome.message_id, "sent_at": now}
        case Verdict.IN_DOUBT:
            values |= {"status": "unknown", "doubts": row.doubts + 1}
        case Verdict.UNREACHABLE | Verdict.FAILED:
            values |= {"status": "failed"}
        case Verdict.RESEND:
            payload = {k: v for k, v in row.payload.items() if k != "message_id"}
            values |= {"method": "sendMessage", "payload": payload}
        case Verdict.RETRY | Verdict.PAUSE | Verdict.MIGRATED:
            pass
    if row.secret and values["status"] in _FINAL:
        values |= {"payload": {}, "files": None}
    return {"row_id": row.id} | {f"new_{name}": value for name, value in values.items()}


async def _link(session: AsyncSession, outcomes: Sequence[tuple[OutboxCall, Outcome]]) -> None:
    """Remember which ticket a sent message was about, so that a reply to it lands there."""
    links = [
        {
            "chat_id": row.chat_id,
            "message_id": outcome.message_id,
            "ticket_id": row.ticket_id,
            "kind": "notice",
        }
        for row, outcome in outcomes
        if outcome.verdict is Verdict.SENT and outcome.message_id and row.ticket_id and row.chat_id
    ]
    if links:
        insert = insert_for(session, MessageLink)
        statement = insert.on_conflict_do_update(
            index_elements=["chat_id", "message_id"],
            set_={"ticket_id": insert.excluded.ticket_id},
        )
        await session.execute(statement, links)


async def _follow_up(
    session: AsyncSession, row: OutboxCall, outcome: Outcome, now: datetime
) -> None:
    match outcome.verdict:
        case Verdict.PAUSE:
            await _pause(session, now + outcome.delay)
        case Verdict.UNREACHABLE if row.chat_id is not None:
            await mark_unreachable(session, row.chat_id, now)
        case Verdict.MIGRATED if row.chat_id is not None and outcome.new_chat_id is not None:
            await migrate_chat(session, row.chat_id, outcome.new_chat_id)
        case _:
            pass


async def _pause(session: AsyncSession, until: datetime) -> None:
    """Keep the latest of all deadlines."""
    pause = await session.get(CourierPause, EVERYBODY)
    if pause is None:
        session.add(CourierPause(scope=EVERYBODY, until=until))
    elif pause.until < until:
        pause.until = until


async def outbox_counts(session: AsyncSession) -> dict[str, int]:
    """How many rows are in each status."""
    rows = await session.execute(
        select(col(OutboxCall.status), func.count()).group_by(col(OutboxCall.status))
    )
    return {str(status): int(count) for status, count in rows}
