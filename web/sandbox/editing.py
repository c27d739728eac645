"""The Bot API methods that change or remove messages, and answer taps."""

from __future__ import annotations

from typing import Any

from web.sandbox.chats import Chat, Stored
from web.sandbox.errors import bad_request
from web.sandbox.formatted import message_text
from web.sandbox.markup import read_inline_markup
from web.sandbox.params import Params
from web.sandbox.sending import (
    add_caption,
    find_chat,
    read_media,
    upload_or_id,
    writable_chat,
)
from web.sandbox.state import Sandbox
from web.sandbox.updates import CALLBACK_TTL

_MEDIA = ("photo", "voice", "document", "video", "audio")
_DELETE_WITHIN = 48 * 3600  # seconds: Bot API, deleteMessage
_TRUE = b"true"


def _editable(sandbox: Sandbox, params: Params) -> tuple[Chat, Stored, dict[str, Any]]:
    if params.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    if not params.text("message_id").strip():
        raise bad_request("message identifier is not specified")
    chat = writable_chat(sandbox, params)
    stored = chat.messages.get(params.integer("message_id"))
    if stored is None:
        raise bad_request("message to edit not found")
    if not stored.by_bot or stored.locked:
        raise bad_request("message can't be edited")
    return chat, stored, stored.message()


def _finish(
    sandbox: Sandbox,
    chat: Chat,
    stored: Stored,
    before: dict[str, Any],
    after: dict[str, Any],
    markup: dict[str, Any] | None,
) -> bytes:
    after.pop("reply_markup", None)
    if markup is not None:
        after["reply_markup"] = markup
    if after == before:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    after["edit_date"] = int(sandbox.clock.now())
    sandbox.change(chat, stored, after)
    return stored.raw


async def edit_message_text(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out editMessageText."""
    text, entities = message_text(
        params.text("text"), params.text("parse_mode"), params.entities("entities"), editing=True
    )
    markup = read_inline_markup(params)
    chat, stored, before = _editable(sandbox, params)
    if "text" not in before:
        raise bad_request("there is no text in the message to edit")
    after = {**before, "text": text}
    after.pop("entities", None)
    if entities:
        after["entities"] = entities
    return _finish(sandbox, chat, stored, before, after, markup)


async def edit_message_caption(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out editMessageCaption."""
    markup = read_inline_markup(params)
    chat, stored, before = _editable(sandbox, params)
    if not any(kind in before for kind in _MEDIA):
        raise bad_request("there is no caption in the message to edit")
    after = dict(before)
    add_caption(
        after,
        params.text("caption"),
        params.text("parse_mode"),
        params.entities("caption_entities"),
        editing=True,
    )
    return _finish(sandbox, chat, stored, before, after, markup)


async def edit_message_reply_markup(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out editMessageReplyMarkup."""
    markup = read_inline_markup(params)
    chat, stored, before = _editable(sandbox, params)
    return _finish(sandbox, chat, stored, before, dict(before), markup)


async def edit_message_media(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out editMessageMedia."""
    item = params.json("media", "input media")
    if not isinstance(item, dict) or item.get("type") not in _MEDIA:
        raise bad_request("can't parse InputMedia: media not found")
    markup = read_inline_markup(params)
    chat, stored, before = _editable(sandbox, params)
    kind = str(item["type"])
    given = upload_or_id(params, "media", str(item.get("media", "")))
    after = {key: value for key, value in before.items() if key not in {*_MEDIA, "text"}}
    after.pop("entities", None)
    after[kind] = await read_media(sandbox, kind, given, {})
    add_caption(
        after,
        str(item.get("caption") or ""),
        str(item.get("parse_mode") or ""),
        item.get("caption_entities"),
        editing=True,
    )
    return _finish(sandbox, chat, stored, before, after, markup)


async def delete_message(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out deleteMessage."""
    chat = find_chat(sandbox, params)
    if not params.text("message_id").strip():
        raise bad_request("message identifier is not specified")
    stored = chat.messages.get(params.integer("message_id"))
    if stored is None:
        raise bad_request("message to delete not found")
    if stored.message()["date"] < sandbox.clock.now() - _DELETE_WITHIN:
        raise bad_request("message can't be deleted for everyone")
    sandbox.remove(chat, [stored.id])
    return _TRUE


async def delete_messages(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out deleteMessages: unknown messages are passed over."""
    chat = find_chat(sandbox, params)
    numbers = params.json("message_ids", "message_ids")
    if not isinstance(numbers, list) or not all(isinstance(item, int) for item in numbers):
        raise bad_request("expected an Array of message identifiers")
    if len(numbers) > 100:
        raise bad_request("too many message identifiers specified")
    sandbox.remove(chat, numbers)
    return _TRUE


async def set_message_reaction(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out setMessageReaction for plain emoji."""
    chat = writable_chat(sandbox, params)
    stored = chat.messages.get(params.integer("message_id"))
    if stored is None:
        raise bad_request("message to react not found")
    given = params.json("reaction", "reaction types") or []
    stored.reactions = [
        str(item["emoji"]) for item in given if isinstance(item, dict) and item.get("emoji")
    ][:1]
    stored.seq = sandbox.hub.next_seq()
    sandbox.keep(chat, stored)
    return _TRUE


async def answer_callback_query(sandbox: Sandbox, params: Params) -> bytes:
    """Carry out answerCallbackQuery: once for each tap, within 150 seconds."""
    key = params.text("callback_query_id")
    callback = sandbox.callbacks.get(key)
    if callback is None or sandbox.clock.now() - callback.asked_at > CALLBACK_TTL:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = params.text("text")
    if len(text) > 200:  # Bot API, answerCallbackQuery
        raise bad_request("MESSAGE_TOO_LONG")
    sandbox.drop_callback(key)
    answer: dict[str, Any] = {
        "callback_query_id": key,
        "person": callback.person,
        "message_id": callback.message,
        "text": text,
        "show_alert": params.flag("show_alert"),
    }
    if url := params.text("url"):
        answer["url"] = url
    sandbox.note(sandbox.chats[callback.chat], "answer", answer)
    return _TRUE
