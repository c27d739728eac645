"""Which conversation an update belongs to, found by a look-up instead of a scan.

aiogram asks router after router whether it wants an update, so its cost grows with every
conversation. The first thing that tells conversations apart is cheap to see, though: the command,
the prefix of a button's data, or the state group. `Switchboard` goes straight to the router that
registered it and falls back to the catch-all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiogram import Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.state import StatesGroup
from aiogram.types import CallbackQuery, Message, TelegramObject


@dataclass(frozen=True)
class Routes:
    """What belongs to one conversation: its router and everything that leads to it."""

    router: Router
    commands: frozenset[str] = frozenset()
    callbacks: tuple[type[CallbackData], ...] = ()
    states: tuple[type[StatesGroup], ...] = ()


@dataclass
class _Table:
    commands: dict[str, Router] = field(default_factory=dict)
    callbacks: dict[str, Router] = field(default_factory=dict)
    states: dict[str, Router] = field(default_factory=dict)


def _claim(table: dict[str, Router], key: str, router: Router) -> None:
    if key in table:
        raise ValueError(f"{key!r} is claimed by {table[key].name} and by {router.name}")
    table[key] = router


class Fork(Router):
    """Asks only the routers that `choose` names for an event, one after the other."""

    def __init__(
        self, name: str, choose: Callable[[TelegramObject, dict[str, Any]], Sequence[Router]]
    ) -> None:
        super().__init__(name=name)
        self._choose = choose

    async def propagate_event(self, update_type: str, event: TelegramObject, **kwargs: Any) -> Any:
        """Hand the event to the first of the chosen routers that takes it."""
        for router in self._choose(event, kwargs):
            response = await router.propagate_event(update_type, event, **kwargs)
            if response is not UNHANDLED:
                return response
        return UNHANDLED


class Switchboard(Router):
    """The root of all conversations: one look-up, then the catch-all."""

    def __init__(self, conversations: Sequence[Routes], catch_all: Router) -> None:
        super().__init__(name=__name__)
        self._table = _Table()
        for routes in conversations:
            for command in routes.commands:
                _claim(self._table.commands, command, routes.router)
            for data in routes.callbacks:
                _claim(self._table.callbacks, data.__prefix__, routes.router)
            for group in routes.states:
                _claim(self._table.states, group.__full_group_name__, routes.router)
            self.include_router(routes.router)
        self._catch_all = catch_all
        self.include_router(catch_all)

    async def propagate_event(self, update_type: str, event: TelegramObject, **kwargs: Any) -> Any:
        """Hand the event to the conversation it belongs to; unhandled, to the catch-all."""
        router = self._find(event, kwargs.get("raw_state"))
        if router is not None:
            response = await router.propagate_event(update_type, event, **kwargs)
            if response is not UNHANDLED:
                return response
        return await self._catch_all.propagate_event(update_type, event, **kwargs)

    def _find(self, event: TelegramObject, state: str | None) -> Router | None:
        if isinstance(event, CallbackQuery):
            prefix = (event.data or "").partition(":")[0]
            return self._table.callbacks.get(prefix)
        if isinstance(event, Message) and event.text and event.text.startswith("/"):
            command = event.text[1:].split(maxsplit=1)[0].partition("@")[0].lower()
            if (router := self._table.commands.get(command)) is not None:
                return router
        if state is not None:
            return self._table.states.get(state.partition(":")[0])
        return None
