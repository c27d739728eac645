"""What it costs to dispatch one update with all conversations loaded, against one bare handler.

Both sides get the same updates, the same injected objects, state in memory and handlers that do
nothing, so what is left is parsing, middlewares, filters and the way to the handler. A press is
answered on both sides, as every bot must. Prints the cost of each kind of update from its JSON on,
as an update comes in, and of the way to the handler alone, once it is parsed.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.base import BaseSession
from aiogram.fsm.state import State
from aiogram.fsm.storage.base import StorageKey
from aiogram.fsm.storage.memory import DisabledEventIsolation, MemoryStorage
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message, Update

from bench import common
from handlers.dispatcher import build_dispatcher
from handlers.keyboards.resident import RHelp
from handlers.states import Intake
from handlers.texts import Texts

TARGET = 1.5
PERSON, BOT_ID = 1001, 1
UNLIMITED = 10**9


class SilentSession(BaseSession):
    """Says yes to every call and sends none."""

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109
    ) -> Any:
        return True

    async def stream_content(self, *args: Any, **kwargs: Any) -> AsyncGenerator[bytes, None]:
        yield b""

    async def close(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of update, and the state that the person is in."""

    name: str
    update: dict[str, Any]
    state: State | None = None


def kinds() -> list[Kind]:
    """Updates that end in the first conversation, the last, and the catch-all."""
    person = {"id": PERSON, "is_bot": False, "first_name": "王秀兰", "language_code": "zh-hans"}
    chat = {"id": PERSON, "type": "private", "first_name": "王秀兰"}
    base = {"message_id": 7, "from": person, "chat": chat, "date": 1_760_000_000}

    def said(text: str) -> dict[str, Any]:
        entities = {"entities": [{"type": "bot_command", "offset": 0, "length": len(text)}]}
        message = base | {"text": text} | (entities if text.startswith("/") else {})
        return {"update_id": 1, "message": message}

    def pressed(data: str) -> dict[str, Any]:
        shown = base | {"from": {"id": BOT_ID, "is_bot": True, "first_name": "Linmen"}}
        query = {"id": "9", "from": person, "message": shown | {"text": "…"}, "data": data}
        return {"update_id": 1, "callback_query": query | {"chat_instance": "1"}}

    pinned = {"update_id": 1, "message": base | {"pinned_message": base | {"text": "…"}}}
    return [
        Kind("text, no state", said("楼道灯坏了三天了")),
        Kind("text, in a form", said("合水中路12号3单元401"), Intake.question),
        Kind("command /start", said("/start")),
        Kind("command /help", said("/help")),
        Kind("unknown command", said("/nothing")),
        Kind("button", pressed(RHelp(op="close").pack())),
        Kind("button nobody knows", pressed("zz:1")),
        Kind("service message", pinned),
    ]


async def idle(*_: object) -> None:
    """The handler of both sides."""


async def answer(callback: CallbackQuery) -> None:
    """A press must be answered, or its button keeps spinning."""
    await callback.answer()


def bare() -> Dispatcher:
    """One handler for messages, one for presses, nothing else."""
    dispatcher = Dispatcher(storage=MemoryStorage(), events_isolation=DisabledEventIsolation())
    dispatcher.message.register(_taking_message)
    dispatcher.callback_query.register(answer)
    return dispatcher


async def _taking_message(message: Message) -> None:
    """Take a message, as the simplest bot does."""


def loaded() -> Dispatcher:
    """Linmen's dispatcher, its handlers emptied; filters and middlewares stay."""
    dispatcher = build_dispatcher(MemoryStorage(), messages_per_minute=UNLIMITED)
    for router in dispatcher.sub_routers:
        _empty(router)
    return dispatcher


def _empty(router: Router) -> None:
    for observer in router.observers.values():
        for handler in observer.handlers:
            handler.callback, handler.awaitable = idle, True
            handler.params, handler.varkw = set(), False
    for below in router.sub_routers:
        _empty(below)


class Passing:
    """Stands for the unit of work: time passes, a second for each look; no words are alarming."""

    services = SimpleNamespace(triage=SimpleNamespace(emergency=lambda words: None))

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    @property
    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


class Side:
    """A dispatcher with what is injected into it."""

    def __init__(self, dispatcher: Dispatcher, bot: Bot) -> None:
        self._dispatcher, self._bot = dispatcher, bot
        self._injected = {
            "work": Passing(),
            "person": SimpleNamespace(id=PERSON, staff=None),
            "t": Texts("zh-CN"),
            "album": [],
        }

    async def enter(self, state: State | None) -> None:
        """Put the person into the state."""
        key = StorageKey(bot_id=self._bot.id, chat_id=PERSON, user_id=PERSON)
        await self._dispatcher.storage.set_state(key, state)

    async def seconds(self, update: dict[str, Any], count: int, *, parse: bool) -> float:
        """Seconds for one update, over `count` of them."""
        bot, dispatcher = self._bot, self._dispatcher
        parsed = Update.model_validate(update, context={"bot": bot})
        began = time.perf_counter()
        for _ in range(count):
            if parse:
                parsed = Update.model_validate(update, context={"bot": bot})
            await dispatcher.feed_update(bot, parsed, **self._injected)
        return (time.perf_counter() - began) / count


async def measure(rounds: int, count: int) -> dict[str, tuple[float, float, float, float]]:
    """Seconds for each kind: loaded and bare from JSON on, loaded and bare once parsed."""
    bot = Bot("1:bench", session=SilentSession())
    sides = (Side(loaded(), bot), Side(bare(), bot))
    found = {}
    for kind in kinds():
        times: list[list[float]] = [[], [], [], []]
        for side in sides:
            await side.enter(kind.state)
            await side.seconds(kind.update, count // 4 + 1, parse=True)
        for _ in range(rounds):
            for column, (side, parse) in enumerate(
                (side, parse) for parse in (True, False) for side in sides
            ):
                times[column].append(await side.seconds(kind.update, count, parse=parse))
        found[kind.name] = tuple(common.middle(column) for column in times)
    return found  # type: ignore[return-value]


def main() -> None:
    """Measure every kind and print the ratios."""
    arguments = common.parse(__doc__, rounds=15, count=400)
    rounds, count = (7, 150) if arguments.quick else (arguments.rounds, arguments.count)
    gc.freeze()
    found = asyncio.run(measure(rounds, count))
    rows = []
    whole, routing = {}, {}
    for name, (all_loaded, all_bare, way_loaded, way_bare) in found.items():
        whole[name], routing[name] = all_loaded / all_bare, way_loaded / way_bare
        values = (all_loaded * 1e6, all_bare * 1e6, whole[name])
        rows.append(
            [
                name,
                *(f"{value:,.1f}" for value in values[:2]),
                f"{values[2]:.2f}",
                f"{way_loaded * 1e6:,.1f}",
                f"{way_bare * 1e6:,.1f}",
                f"{routing[name]:.2f}",
            ]
        )
    common.show(
        "Dispatching one update, microseconds (median)",
        ["", "Linmen", "bare", "ratio", "way only", "bare", "ratio"],
        rows,
    )
    worst = max(whole, key=lambda name: whole[name])
    print(f"worst: {whole[worst]:.2f}, {worst} (target: at most {TARGET})")
    figures = {f"ratio_{_key(name)}": ratio for name, ratio in whole.items()}
    figures |= {f"way_ratio_{_key(name)}": ratio for name, ratio in routing.items()}
    figures |= {"dispatch_ratio": whole[worst], "way_ratio": max(routing.values())}
    common.finish(figures, as_json=arguments.json)


def _key(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name).replace("__", "_")


if __name__ == "__main__":
    main()
