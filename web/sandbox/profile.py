"""The Bot API methods about the bot itself, its commands, chats and files."""

from __future__ import annotations

import re
from typing import Any

import orjson

from web.sandbox.errors import ApiError, bad_request
from web.sandbox.files import MAX_DOWNLOAD
from web.sandbox.params import Params
from web.sandbox.sending import find_chat, writable_chat
from web.sandbox.state import Sandbox

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_TRUE = b"true"
_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


async def get_me(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out getMe."""
    return orjson.dumps(
        {
            **sandbox.bot,
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
    )


def _scope_key(params: Params) -> str:
    scope = params.json("scope", "bot command scope") or {"type": "default"}
    if not isinstance(scope, dict) or "type" not in scope:
        raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
    parts = [scope["type"], scope.get("chat_id", ""), scope.get("user_id", "")]
    return ":".join(map(str, parts)) + "|" + params.text("language_code")


async def set_my_commands(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out setMyCommands."""
    given = params.json("commands", "commands")
    if not isinstance(given, list):
        raise bad_request("expected an Array of BotCommand")
    if len(given) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    commands = []
    for item in given:
        name = str(item.get("command", "")).removeprefix("/")
        description = str(item.get("description", ""))
        if _COMMAND.fullmatch(name) is None:
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        commands.append({"command": name, "description": description})
    _save_commands(sandbox, _scope_key(params), commands)
    return _TRUE


async def delete_my_commands(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out deleteMyCommands."""
    _save_commands(sandbox, _scope_key(params), [])
    return _TRUE


def _save_commands(sandbox: Sandbox, key: str, commands: list[dict[str, str]]) -> None:
    table = {**sandbox.meta.get("commands", {}), key: commands}
    sandbox.set_meta("commands", {name: value for name, value in table.items() if value})
    sandbox.hub.publish(None, lambda: {"type": "commands"})


async def get_my_commands(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out getMyCommands."""
    return orjson.dumps(sandbox.meta.get("commands", {}).get(_scope_key(params), []))


def commands_for(sandbox: Sandbox, person: int) -> list[dict[str, str]]:
    """Return the commands in a person's menu: narrowest scope first, then by language."""
    table: dict[str, list[dict[str, str]]] = sandbox.meta.get("commands", {})
    language = sandbox.people[person].language_code[:2] if person in sandbox.people else ""
    for scope in (f"chat:{person}:", "all_private_chats::", "default::"):
        for code in (language, ""):
            if found := table.get(f"{scope}|{code}"):
                return found
    return []


def _setter(name: str) -> Any:
    async def method(sandbox: Sandbox, params: Params) -> bytes:
        profile = {**sandbox.meta.get("profile", {})}
        profile[f"{name}|{params.text('language_code')}"] = params.text(name)
        sandbox.set_meta("profile", profile)
        return _TRUE

    return method


def _getter(name: str) -> Any:
    async def method(sandbox: Sandbox, params: Params) -> bytes:
        profile = sandbox.meta.get("profile", {})
        default = sandbox.bot["first_name"] if name == "name" else ""
        value = profile.get(f"{name}|{params.text('language_code')}") or profile.get(f"{name}|")
        return orjson.dumps({name: value or default})

    return method


set_my_name, get_my_name = _setter("name"), _getter("name")
set_my_description, get_my_description = _setter("description"), _getter("description")
set_my_short_description = _setter("short_description")
get_my_short_description = _getter("short_description")


async def accepted(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out a nicety that changes nothing here, such as pinning or the menu button."""
    return _TRUE


async def send_chat_action(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out sendChatAction."""
    action = params.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = writable_chat(sandbox, params)
    sandbox.hub.publish(chat.id, lambda: {"type": "action", "chat": chat.id, "action": action})
    return _TRUE


async def get_chat(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out getChat."""
    gifts = [
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    ]
    return orjson.dumps(
        {
            **sandbox.chat_view(find_chat(sandbox, params)),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }
    )


async def get_chat_member(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out getChatMember."""
    chat = find_chat(sandbox, params)
    number = params.integer("user_id")
    if number == sandbox.bot["id"]:
        return orjson.dumps({"status": "left" if chat.blocked else "member", "user": sandbox.bot})
    person = sandbox.people.get(number)
    if person is None:
        raise bad_request("user not found")
    inside = number == chat.id or number in chat.members
    user = {"id": person.id, "is_bot": False, "first_name": person.name}
    return orjson.dumps({"status": "member" if inside else "left", "user": user})


async def get_chat_member_count(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out getChatMemberCount."""
    chat = find_chat(sandbox, params)
    return orjson.dumps(2 if chat.type == "private" else len(chat.members) + 1)


async def get_file(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out getFile."""
    file_id = params.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    try:
        file = sandbox.files.get(file_id)
    except ApiError:
        raise bad_request("wrong file_id or the file is temporarily unavailable") from None
    if file.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return orjson.dumps({**file.object(), "file_path": file.path})
