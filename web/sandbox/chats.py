"""People, chats and messages: the sandbox's nouns, and how each looks in the Bot API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import BaseModel, Field


class Person(BaseModel):
    """Somebody who can chat with the bot. `role` and `note` are only for the page's list."""

    id: int = Field(gt=0, lt=2**52)
    name: str = Field(min_length=1, max_length=128)
    username: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9_]{2,31}$")
    language_code: str = Field(default="zh-hans", max_length=35)
    role: str = Field(default="resident", max_length=40)
    note: str = Field(default="", max_length=200)


@dataclass(slots=True)
class Stored:
    """One message: the Bot API's JSON of it, and what that JSON does not say."""

    id: int
    seq: int  # the sandbox's running number of its last change
    raw: bytes
    by_bot: bool = False
    locked: bool = False  # came with a reply keyboard, which forbids editing it
    reactions: list[str] = field(default_factory=list)

    def message(self) -> dict[str, Any]:
        """Return the Message object."""
        decoded: dict[str, Any] = orjson.loads(self.raw)
        return decoded


@dataclass(slots=True)
class Note:
    """Something that happened in a chat and is no message: a deletion, an answered tap."""

    seq: int
    kind: str
    body: dict[str, Any]


@dataclass(slots=True)
class Chat:
    """A private chat (its id is the person's) or a group (a negative id)."""

    id: int
    type: str = "private"
    title: str = ""
    members: list[int] = field(default_factory=list)
    started: bool = False
    blocked: bool = False
    last_id: int = 0
    panel: dict[str, Any] | None = None
    migrated_to: int | None = None
    messages: dict[int, Stored] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def saved(self) -> bytes:
        """Return the row of this chat: everything but its messages and notes."""
        skip = {"messages", "notes"}
        return orjson.dumps(
            {name: getattr(self, name) for name in self.__slots__ if name not in skip}
        )


def user_object(person: Person) -> dict[str, Any]:
    """Return the Bot API's User of a person."""
    user: dict[str, Any] = {"id": person.id, "is_bot": False, "first_name": person.name}
    if person.username:
        user["username"] = person.username
    if person.language_code:
        user["language_code"] = person.language_code
    return user


def chat_object(chat: Chat, person: Person | None) -> dict[str, Any]:
    """Return the Bot API's Chat; `person` is the other side of a private chat."""
    if chat.type != "private":
        return {"id": chat.id, "type": chat.type, "title": chat.title}
    result: dict[str, Any] = {"id": chat.id, "type": "private"}
    if person is not None:
        result["first_name"] = person.name
        if person.username:
            result["username"] = person.username
    return result


def bot_object(token: str, username: str) -> dict[str, Any]:
    """Return the Bot API's User of the bot; its id is the first part of its token."""
    number = token.partition(":")[0]
    return {
        "id": int(number) if number.isdigit() else 1,
        "is_bot": True,
        "first_name": username.removesuffix("Bot") or username,
        "username": username,
    }
