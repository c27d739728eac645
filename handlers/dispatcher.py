"""All conversations, put together: the one place where their order is written out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Dispatcher, Router
from aiogram.fsm.storage.base import BaseStorage
from aiogram.fsm.storage.memory import DisabledEventIsolation

from handlers import catch_all, doorway, forms, help, intake, language, my, start  # noqa: A004 - /help
from handlers.deliberation import views
from handlers.deliberation.resident import CONVERSATIONS as DISCUSS_CONVERSATIONS
from handlers.deliberation.staff import CONVERSATIONS as COUNCIL_CONVERSATIONS
from handlers.flood import SlowDown
from handlers.staff import CONVERSATIONS as STAFF_CONVERSATIONS
from handlers.switchboard import Switchboard

CONVERSATIONS = (
    start.ROUTES,
    intake.ROUTES,
    my.ROUTES,
    doorway.ROUTES,
    language.ROUTES,
    help.ROUTES,
    *forms.CONVERSATIONS,
    views.ROUTES,
    *DISCUSS_CONVERSATIONS,
    *COUNCIL_CONVERSATIONS,
    *STAFF_CONVERSATIONS,
)
"""Each claims its commands, buttons and states; a claim made twice stops the start."""


def build_dispatcher(storage: BaseStorage, *, messages_per_minute: int) -> Dispatcher:
    """The dispatcher of the bot; one chat may send `messages_per_minute`.

    No isolation of events: the inbox hands over the updates of one chat in order, one at a time.
    Routers belong to one dispatcher, so a second one is made of the same routers set free.
    """
    dispatcher = Dispatcher(storage=storage, events_isolation=DisabledEventIsolation())
    dispatcher.message.outer_middleware(SlowDown(messages_per_minute))
    for router in (*(routes.router for routes in CONVERSATIONS), catch_all.router):
        router._parent_router = None
    switchboard = Switchboard(CONVERSATIONS, catch_all.router)
    _filter_in_place(switchboard)
    dispatcher.include_router(switchboard)
    return dispatcher


def _filter_in_place(router: Router) -> None:
    """Run plain filters (`F.text`, a function) where they are.

    aiogram hands each to a thread, as it might block. Ours look at one attribute: the way to the
    thread and back costs twenty times as much, for every filter of every update.
    """
    for observer in router.observers.values():
        for handler in (observer._handler, *observer.handlers):
            for plain in handler.filters or ():
                if not plain.awaitable:
                    plain.callback, plain.awaitable = _as_coroutine(plain.callback), True
    for below in router.sub_routers:
        _filter_in_place(below)


def _as_coroutine(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return call
