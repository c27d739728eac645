"""The whole state of the sandbox: people, chats, messages, updates, files, faults."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from web.sandbox.calls import CallLog
from web.sandbox.chats import (
    Chat,
    Note,
    Person,
    Stored,
    bot_object,
    chat_object,
    user_object,
)
from web.sandbox.clock import SandboxClock
from web.sandbox.errors import ControlError
from web.sandbox.faults import Fault, Faults
from web.sandbox.files import FileStore
from web.sandbox.hub import Hub
from web.sandbox.limits import Limits
from web.sandbox.store import TABLES, open_store
from web.sandbox.updates import UpdateQueue
from web.sandbox.view import message_view
from web.sandbox.webhook import Webhook

_CALLBACK_LANE = 3 << 52  # taps are delivered apart from messages (telegram-bot-api, Client.cpp)
_BY_BOT, _LOCKED = 1, 2


@dataclass(slots=True)
class Callback:
    """A tapped button that waits for its answer."""

    person: int
    chat: int
    message: int
    asked_at: float


class Sandbox:
    """All state of the sandbox server; persistent when it has a database.

    `database` is an SQLite file (files lie in a folder beside it), or None for memory only.
    `token` is the bot's, of the form `number:letters`. `clock` gives seconds since the epoch.
    `locations` are places that the page offers to send: (label, latitude, longitude).
    """

    def __init__(
        self,
        database: Path | None,
        *,
        token: str,
        bot_username: str = "LinmenBot",
        people: Sequence[Person] = (),
        clock: Callable[[], float] = time.time,
        locations: Sequence[tuple[str, float, float]] = (),
    ) -> None:
        self.token = token
        self.bot = bot_object(token, bot_username)
        self.locations = tuple(locations)
        self.clock = SandboxClock(clock)
        self.hub = Hub()
        self.faults = Faults()
        self.limits = Limits()
        self.store = open_store(database)
        folder = None if database is None else database.parent / f"{database.stem}-files"
        self.files = FileStore(self.store, folder)
        self.calls = CallLog(self.store)
        self.updates = UpdateQueue(self.store, self.clock)
        self.webhook = Webhook(self.updates, self.clock)
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.callbacks: dict[str, Callback] = {}
        self.meta: dict[str, Any] = {}
        self._initial = tuple(people)

    # --- life

    async def start(self) -> None:
        """Read what the database holds and go on with a webhook that was set."""
        for key, value in self.store.read("SELECT key, value FROM meta"):
            self.meta[key] = value if isinstance(value, int | float) else orjson.loads(value)
        self.clock.offset = float(self.meta.get("clock_offset", 0.0))
        self.files.load()
        self.calls.load()
        self.updates.load(self.meta.get("next_update_id"), self.meta.get("allowed_updates"))
        self._load_chats()
        self.faults.replace([Fault(**rule) for rule in self.meta.get("faults", [])])
        for person in self._initial:
            self.add_person(person)
        await self.store.committed()
        if settings := self.meta.get("webhook"):
            self.webhook.start(settings)

    def _load_chats(self) -> None:
        for (body,) in self.store.read("SELECT body FROM people ORDER BY id"):
            person = Person(**orjson.loads(body))
            self.people[person.id] = person
        for (body,) in self.store.read("SELECT body FROM chats"):
            chat = Chat(**orjson.loads(body))
            self.chats[chat.id] = chat
        rows = self.store.read(
            "SELECT chat, id, seq, flags, raw, extra FROM messages ORDER BY chat, id"
        )
        for chat_id, number, seq, flags, raw, extra in rows:
            chat = self.chats[chat_id]
            reactions = orjson.loads(extra) if extra else []
            chat.messages[number] = Stored(
                number, seq, raw, bool(flags & _BY_BOT), bool(flags & _LOCKED), reactions
            )
            chat.last_id = max(chat.last_id, number)
            self.hub.seq = max(self.hub.seq, seq)
        for seq, chat_id, kind, body in self.store.read("SELECT * FROM events ORDER BY seq"):
            self.chats[chat_id].notes.append(Note(seq, kind, orjson.loads(body)))
            self.hub.seq = max(self.hub.seq, seq)
        for key, body in self.store.read("SELECT id, body FROM callbacks"):
            self.callbacks[key] = Callback(**orjson.loads(body))

    def hang_up(self) -> None:
        """End live pages and long polls, so that an HTTP server can stop at once."""
        self.hub.close()
        self.updates.wake()

    async def close(self) -> None:
        """End everything that waits, commit, and let the database go."""
        self.hang_up()
        await self.webhook.stop()
        await self.store.committed()
        self.store.close()

    async def reset(self) -> None:
        """Forget everything but the people given at the start."""
        await self.webhook.stop()
        self.updates.clear()
        self.files.clear()
        self.calls.clear()
        self.limits.clear()
        self.faults.replace([])
        for table in TABLES:
            if table != "meta":
                self.store.write(f"DELETE FROM {table}", ())  # noqa: S608
        self.people.clear()
        self.chats.clear()
        self.callbacks.clear()
        for key in ("webhook", "faults", "commands", "allowed_updates", "profile"):
            self.set_meta(key, None)
        self.updates.allowed = None
        for person in self._initial:
            self.add_person(person)
        self.hub.publish(None, lambda: {"type": "reload"})
        await self.store.committed()

    def set_meta(self, key: str, value: Any) -> None:
        """Keep a setting; None forgets it."""
        if value is None:
            self.meta.pop(key, None)
            self.store.write("DELETE FROM meta WHERE key = ?", (key,))
            return
        self.meta[key] = value
        self.store.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, orjson.dumps(value)))

    # --- people and chats

    def add_person(self, person: Person) -> None:
        """Add a person, or change one of the same id."""
        self.people[person.id] = person
        self.store.write(
            "INSERT OR REPLACE INTO people VALUES (?, ?)",
            (person.id, person.model_dump_json().encode()),
        )
        if person.id not in self.chats:
            self.chats[person.id] = Chat(person.id)
            self.save_chat(self.chats[person.id])
        self.hub.publish(None, lambda: {"type": "people"})

    def person(self, number: int) -> Person:
        """Return a person.

        Raises:
            ControlError: 404 if there is none of this id.
        """
        try:
            return self.people[number]
        except KeyError:
            raise ControlError(404, f"there is no person {number}") from None

    def chat(self, number: int) -> Chat:
        """Return a chat.

        Raises:
            ControlError: 404 if there is none of this id.
        """
        try:
            return self.chats[number]
        except KeyError:
            raise ControlError(404, f"there is no chat {number}") from None

    def chat_view(self, chat: Chat) -> dict[str, Any]:
        """Return the Bot API's Chat of a chat."""
        return chat_object(chat, self.people.get(chat.id))

    def save_chat(self, chat: Chat) -> None:
        """Keep everything of a chat but its messages."""
        self.store.write("INSERT OR REPLACE INTO chats VALUES (?, ?)", (chat.id, chat.saved()))

    def chats_of(self, person: int) -> set[int]:
        """Return the ids of the chats that a person sees."""
        return {person} | {chat.id for chat in self.chats.values() if person in chat.members}

    # --- messages

    def post(
        self,
        chat: Chat,
        content: dict[str, Any],
        *,
        sender: Person | None = None,
        locked: bool = False,
    ) -> Stored:
        """Put a message into a chat; a sender of None is the bot."""
        chat.last_id += 1
        message = {
            "message_id": chat.last_id,
            "from": self.bot if sender is None else user_object(sender),
            "chat": self.chat_view(chat),
            "date": int(self.clock.now()),
            **content,
        }
        stored = Stored(
            chat.last_id, self.hub.next_seq(), orjson.dumps(message), sender is None, locked
        )
        chat.messages[stored.id] = stored
        self.keep(chat, stored)
        return stored

    def keep(self, chat: Chat, stored: Stored) -> None:
        """Write a new or changed message and show it to those who watch the chat."""
        flags = (_BY_BOT if stored.by_bot else 0) | (_LOCKED if stored.locked else 0)
        extra = orjson.dumps(stored.reactions) if stored.reactions else None
        self.store.write(
            "INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?)",
            (chat.id, stored.id, stored.seq, flags, stored.raw, extra),
        )
        self.hub.publish(
            chat.id,
            lambda: {
                "type": "message",
                "chat": chat.id,
                "keyboard": chat.panel,
                "message": message_view(stored),
            },
        )

    def change(self, chat: Chat, stored: Stored, message: dict[str, Any]) -> None:
        """Replace what a message says."""
        stored.raw = orjson.dumps(message)
        stored.seq = self.hub.next_seq()
        self.keep(chat, stored)

    def remove(self, chat: Chat, numbers: Iterable[int]) -> None:
        """Delete messages of a chat; unknown ids are passed over."""
        gone = [number for number in numbers if chat.messages.pop(number, None) is not None]
        for number in gone:
            self.store.write("DELETE FROM messages WHERE chat = ? AND id = ?", (chat.id, number))
        if gone:
            self.save_chat(chat)
            self.note(chat, "deleted", {"message_ids": gone})

    def note(self, chat: Chat, kind: str, body: dict[str, Any]) -> Note:
        """Record something that is no message, and show it to those who watch the chat."""
        note = Note(self.hub.next_seq(), kind, body)
        chat.notes.append(note)
        self.store.write(
            "INSERT INTO events VALUES (?, ?, ?, ?)",
            (note.seq, chat.id, kind, orjson.dumps(body)),
        )
        self.hub.publish(chat.id, lambda: {"type": kind, "chat": chat.id, **body})
        return note

    # --- updates

    def tell_bot(self, kind: str, chat: Chat, payload: bytes, *, tapper: int = 0) -> int | None:
        """Queue an update; taps go in a lane of their person, the rest in their chat's."""
        lane = tapper + _CALLBACK_LANE if tapper else chat.id
        return self.updates.push(kind, payload, lane)

    def save_callback(self, key: str, callback: Callback) -> None:
        """Keep a tap, so that it can be answered after a restart."""
        self.callbacks[key] = callback
        self.store.write(
            "INSERT OR REPLACE INTO callbacks VALUES (?, ?)", (key, orjson.dumps(callback))
        )

    def drop_callback(self, key: str) -> None:
        """Forget a tap: it was answered, and can be answered only once."""
        self.callbacks.pop(key, None)
        self.store.write("DELETE FROM callbacks WHERE id = ?", (key,))

    def migrate(self, chat: Chat) -> int:
        """Make a supergroup of a group, as Telegram does; return its new id."""
        new = Chat(
            id=-1_000_000_000_000 + chat.id,
            type="supergroup",
            title=chat.title,
            members=list(chat.members),
            started=True,
        )
        self.chats[new.id] = new
        for old, content in (
            (chat, {"migrate_to_chat_id": new.id}),
            (new, {"migrate_from_chat_id": chat.id}),
        ):
            sender = self.people.get(chat.members[0]) if chat.members else None
            stored = self.post(old, content, sender=sender)
            self.tell_bot("message", old, stored.raw)
        chat.migrated_to = new.id
        self.save_chat(chat)
        self.save_chat(new)
        self.hub.publish(None, lambda: {"type": "people"})
        return new.id
