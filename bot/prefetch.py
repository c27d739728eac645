"""Rows that a batch of updates will surely ask for, read in three statements instead of many."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.fsm.storage.base import StorageKey
from sqlalchemy import select
from sqlmodel import col

from bot.inbox import JsonObject, chat_of, kind_of
from bot.storage import storage_key
from bot.transaction import Transaction
from models.messaging import ConversationState
from models.people import Resident, StaffAccount


async def prefetch(transaction: Transaction, bot_id: int, parts: Sequence[JsonObject]) -> None:
    """Load residents, their posts and conversation states; note who has none.

    The session keeps only weak references: residents are held by its `info`, states by the
    transaction.
    """
    work, session = transaction.work, transaction.session
    people: set[int] = set()
    keys: set[str] = set()
    for part in parts:
        body = part.get(kind_of(part))
        sender = body.get("from") if isinstance(body, dict) else None
        if isinstance(sender, dict) and isinstance(sender.get("id"), int):
            people.add(sender["id"])
            keys.add(storage_key(StorageKey(bot_id, chat_of(part), sender["id"])))
    residents = await session.execute(select(Resident).where(col(Resident.id).in_(people)))
    states = await session.execute(
        select(ConversationState).where(col(ConversationState.key).in_(keys))
    )
    accounts = await session.execute(
        select(StaffAccount).where(
            col(StaffAccount.resident_id).in_(people), col(StaffAccount.active).is_(True)
        )
    )
    work.posts = dict.fromkeys(people)
    for account in accounts.scalars():
        work.posts[account.resident_id or 0] = account
    transaction.states = dict.fromkeys(keys) | {row.key: row for row in states.scalars()}
    session.info["prefetched"] = list(residents.scalars())
