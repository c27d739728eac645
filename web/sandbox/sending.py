"""The Bot API methods that put new messages into a chat."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import orjson

from web.sandbox.chats import Chat, Stored
from web.sandbox.errors import ApiError, bad_request, forbidden, too_many_requests
from web.sandbox.files import StoredFile
from web.sandbox.formatted import caption_text, message_text
from web.sandbox.images import photo_sizes
from web.sandbox.markup import Markup, read_markup
from web.sandbox.params import Params, Upload
from web.sandbox.state import Sandbox

_MAX_UPLOAD = 50 * 1024 * 1024  # bytes: Bot API, sending files
_MAX_PHOTO = 10 * 1024 * 1024
_MAX_ALBUM = 10


def find_chat(sandbox: Sandbox, params: Params) -> Chat:
    """Return the chat that `chat_id` names.

    Raises:
        ApiError: 400 when there is none, or when the group became a supergroup.
    """
    given = params.text("chat_id").strip()
    if not given:
        raise bad_request("chat_id is empty")
    number = params.integer("chat_id")
    chat = sandbox.chats.get(number)
    if chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        raise ApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            {"migrate_to_chat_id": chat.migrated_to},
        )
    return chat


def writable_chat(sandbox: Sandbox, params: Params) -> Chat:
    """Return the chat that `chat_id` names, if the bot may write there.

    Raises:
        ApiError: 403 when the person blocked the bot or never started it; 429 above the limits.
    """
    chat = find_chat(sandbox, params)
    if chat.blocked:
        raise forbidden(
            "bot was blocked by the user"
            if chat.type == "private"
            else f"bot was kicked from the {chat.type} chat"
        )
    if not chat.started:
        raise forbidden("bot can't initiate conversation with a user")
    if sandbox.faults and sandbox.faults.has_limits():
        wait = sandbox.limits.check(chat.id, sandbox.clock.now())
        if wait:
            raise too_many_requests(wait)
    return chat


def deliver(
    sandbox: Sandbox, chat: Chat, params: Params, content: dict[str, Any], markup: Markup | None
) -> Stored:
    """Put the bot's message into the chat, with its keyboard and what it replies to."""
    _add_reply(chat, params, content)
    if params.flag("protect_content"):
        content["has_protected_content"] = True
    locked = False
    if markup is not None:
        if markup.inline is not None:
            content["reply_markup"] = markup.inline
        elif markup.panel is not None or markup.remove:
            locked = True
            chat.panel = markup.panel
            sandbox.save_chat(chat)
    return sandbox.post(chat, content, locked=locked)


def _add_reply(chat: Chat, params: Params, content: dict[str, Any]) -> None:
    given = params.json("reply_parameters", "reply parameters") or {}
    number = given.get("message_id") or params.integer("reply_to_message_id")
    if not number:
        return
    lenient = given.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply")
    replied = chat.messages.get(int(number))
    if replied is not None:
        message = replied.message()
        message.pop("reply_to_message", None)
        content["reply_to_message"] = message
    elif not lenient:
        raise bad_request("message to be replied not found")


async def send_message(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out sendMessage."""
    text, entities = message_text(
        params.text("text"), params.text("parse_mode"), params.entities("entities")
    )
    markup = read_markup(params)
    chat = writable_chat(sandbox, params)
    content: dict[str, Any] = {"text": text}
    if entities:
        content["entities"] = entities
    return deliver(sandbox, chat, params, content, markup).raw


def add_caption(
    content: dict[str, Any],
    text: str,
    parse_mode: str,
    given: list[dict[str, Any]] | None,
    *,
    editing: bool = False,
) -> None:
    """Put a caption with its entities into a message."""
    caption, entities = caption_text(text, parse_mode, given, editing=editing)
    content.pop("caption", None)
    content.pop("caption_entities", None)
    if caption:
        content["caption"] = caption
        if entities:
            content["caption_entities"] = entities


async def store_photo(sandbox: Sandbox, data: bytes) -> list[dict[str, Any]]:
    """Keep a photo and return its PhotoSize list."""
    if not data:
        raise bad_request("file must be non-empty")
    if len(data) > _MAX_PHOTO:
        raise bad_request(f"file is too big for a photo; the maximum size is {_MAX_PHOTO} bytes")
    sizes = await asyncio.to_thread(photo_sizes, data)
    key = secrets.token_urlsafe(9)
    stored = [
        sandbox.files.add(
            "photo", item.data, "photo.jpg", "image/jpeg",
            width=item.width, height=item.height, photo=key,
        )
        for item in sizes
    ]  # fmt: skip
    return [_photo_size(file) for file in stored]


def _photo_size(file: StoredFile) -> dict[str, Any]:
    return {**file.object(), "width": file.facts["width"], "height": file.facts["height"]}


def media_object(file: StoredFile) -> dict[str, Any]:
    """Return the Bot API object of a file that is no photo."""
    result = {**file.object(), "mime_type": file.mime}
    if file.kind in {"document", "video", "audio"}:
        result["file_name"] = file.name
    for name in ("duration", "width", "height"):
        if name in file.facts:
            result[name] = file.facts[name]
    return result


async def read_media(
    sandbox: Sandbox, kind: str, given: str | Upload, facts: dict[str, Any]
) -> Any:
    """Return the object of an upload or of a file_id, ready to stand under `kind`."""
    if isinstance(given, Upload):
        if len(given.data) > _MAX_UPLOAD:
            raise ApiError(413, "Request Entity Too Large")
        if kind == "photo":
            return await store_photo(sandbox, given.data)
        if not given.data:
            raise bad_request("file must be non-empty")
        mime = "audio/ogg" if kind == "voice" and "audio" not in given.mime else given.mime
        return media_object(sandbox.files.add(kind, given.data, given.name, mime, **facts))
    file = sandbox.files.get(given)
    if file.kind != kind:
        raise bad_request(f"can't use file of type {file.kind.title()} as {kind.title()}")
    if kind == "photo":
        return [_photo_size(size) for size in sandbox.files.photo(file)]
    return media_object(file)


def upload_or_id(params: Params, field: str, value: str | None = None) -> str | Upload:
    """Return what a field holds: an uploaded file, one that is attached by name, or a file_id."""
    if value is None:
        if field in params.files:
            return params.files[field]
        value = params.text(field)
    if not value:
        raise bad_request(f"there is no {field} in the request")
    if value.startswith("attach://"):
        name = value.removeprefix("attach://")
        if name not in params.files:
            raise bad_request(f"there is no {field} in the request")
        return params.files[name]
    return value


def _facts(kind: str, params: dict[str, Any]) -> dict[str, Any]:
    names = {"voice": ("duration",), "video": ("duration", "width", "height")}.get(kind, ())
    facts = {}
    for name in names:
        value = str(params.get(name, 0))
        facts[name] = int(value) if value.isdigit() else 0
    return facts


async def _send_media(sandbox: Sandbox, params: Params, kind: str) -> bytes:
    content: dict[str, Any] = {}
    given = upload_or_id(params, kind)
    markup = read_markup(params)
    chat = writable_chat(sandbox, params)
    add_caption(
        content,
        params.text("caption"),
        params.text("parse_mode"),
        params.entities("caption_entities"),
    )
    media = await read_media(sandbox, kind, given, _facts(kind, params.values))
    return deliver(sandbox, chat, params, {kind: media, **content}, markup).raw


async def send_photo(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out sendPhoto."""
    return await _send_media(sandbox, params, "photo")


async def send_voice(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out sendVoice."""
    return await _send_media(sandbox, params, "voice")


async def send_document(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out sendDocument."""
    return await _send_media(sandbox, params, "document")


async def send_video(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out sendVideo."""
    return await _send_media(sandbox, params, "video")


async def send_media_group(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out sendMediaGroup: all messages of the album, or none."""
    items = params.json("media", "media")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_request("expected an Array of InputMedia")
    if not items:
        raise bad_request("there are no messages to send")
    if len(items) > _MAX_ALBUM:
        raise bad_request("too many messages to send as an album")
    chat = writable_chat(sandbox, params)
    album = str(secrets.randbits(53))
    contents = []
    for item in items:
        kind = str(item.get("type"))
        if kind not in {"photo", "video", "document", "audio"}:
            raise bad_request(
                f"can't parse InputMedia: type \"{kind}\" can't be used in sendMediaGroup"
            )
        given = upload_or_id(params, "media", str(item.get("media", "")))
        content: dict[str, Any] = {"media_group_id": album}
        content[kind] = await read_media(sandbox, kind, given, _facts(kind, item))
        add_caption(
            content,
            str(item.get("caption") or ""),
            str(item.get("parse_mode") or ""),
            item.get("caption_entities"),
        )
        contents.append(content)
    sent = [deliver(sandbox, chat, params, content, None).raw for content in contents]
    return b"[" + b",".join(sent) + b"]"


async def send_location(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out sendLocation."""
    place = {"latitude": params.number("latitude"), "longitude": params.number("longitude")}
    markup = read_markup(params)
    chat = writable_chat(sandbox, params)
    return deliver(sandbox, chat, params, {"location": place}, markup).raw


async def send_contact(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out sendContact."""
    contact = {"phone_number": params.text("phone_number"), "first_name": params.text("first_name")}
    if not all(contact.values()):
        raise bad_request("phone number and first name must be non-empty")
    markup = read_markup(params)
    chat = writable_chat(sandbox, params)
    return deliver(sandbox, chat, params, {"contact": contact}, markup).raw


def _source(sandbox: Sandbox, params: Params, what: str) -> Stored:
    chat = sandbox.chats.get(params.integer("from_chat_id"))
    if chat is None:
        raise bad_request("chat not found")
    stored = chat.messages.get(params.integer("message_id"))
    if stored is None:
        raise bad_request(f"message to {what} not found")
    return stored


def _content_of(message: dict[str, Any]) -> dict[str, Any]:
    skip = {
        "message_id", "from", "chat", "date", "edit_date", "reply_to_message", "reply_markup",
        "media_group_id", "forward_origin", "has_protected_content",
    }  # fmt: skip
    return {key: value for key, value in message.items() if key not in skip}


async def forward_message(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out forwardMessage."""
    chat = writable_chat(sandbox, params)
    message = _source(sandbox, params, "forward").message()
    if message.get("has_protected_content"):
        raise bad_request("message has protected content and can't be forwarded")
    origin = message.get("forward_origin") or {
        "type": "user",
        "sender_user": message["from"],
        "date": message["date"],
    }
    content = {**_content_of(message), "forward_origin": origin}
    return deliver(sandbox, chat, params, content, None).raw


async def copy_message(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out copyMessage."""
    chat = writable_chat(sandbox, params)
    message = _source(sandbox, params, "copy").message()
    if message.get("has_protected_content"):
        raise bad_request("message has protected content and can't be copied")
    content = _content_of(message)
    if "caption" in params.values:
        add_caption(
            content,
            params.text("caption"),
            params.text("parse_mode"),
            params.entities("caption_entities"),
        )
    stored = deliver(sandbox, chat, params, content, read_markup(params))
    return orjson.dumps({"message_id": stored.id})
