"""Conversation state in the same transaction as everything else an update causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey

from bot.transaction import current_transaction
from models.messaging import ConversationState


def storage_key(key: StorageKey) -> str:
    """The row's key for aiogram's; its parts never hold a colon, except destiny, the last."""
    return f"{key.bot_id}:{key.chat_id}:{key.user_id}:{key.thread_id or 0}:{key.destiny}"


class TransactionStorage(BaseStorage):
    """Reads and writes `conversation_state` rows through the transaction under way.

    A row's version is compared when it is written, so a handler that was overtaken cannot put an
    old state back.
    """

    async def _row(self, key: StorageKey) -> ConversationState | None:
        transaction = current_transaction()
        name = storage_key(key)
        if name not in transaction.states:
            transaction.states[name] = await transaction.session.get(ConversationState, name)
        return transaction.states[name]

    async def _row_to_write(self, key: StorageKey) -> ConversationState:
        transaction = current_transaction()
        row = await self._row(key)
        if row is None:
            row = ConversationState(key=storage_key(key), data={}, updated_at=transaction.now)
            transaction.session.add(row)
            transaction.states[row.key] = row
        row.updated_at = transaction.now
        return row

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        """Write the state's name, or None."""
        name = state.state if isinstance(state, State) else state
        (await self._row_to_write(key)).state = name

    async def get_state(self, key: StorageKey) -> str | None:
        """Read the state's name, or None."""
        row = await self._row(key)
        return row.state if row else None

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        """Replace the data, which must be JSON."""
        (await self._row_to_write(key)).data = dict(data)

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        """Read a copy of the data."""
        row = await self._row(key)
        return dict(row.data) if row else {}

    async def close(self) -> None:
        """Own nothing, so close nothing."""
