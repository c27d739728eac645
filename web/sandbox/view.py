"""A message as the chat page and scripts read it: text, HTML, buttons, links to files."""

from __future__ import annotations

from html import escape
from typing import Any

from web.sandbox.chats import Chat, Stored

_TAGS = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "spoiler": ("<tg-spoiler>", "</tg-spoiler>"),
    "code": ("<code>", "</code>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ("<blockquote expandable>", "</blockquote>"),
}
_MEDIA = ("photo", "voice", "document", "video", "sticker", "audio")


def to_html(text: str, entities: list[dict[str, Any]]) -> str:
    """Return the text as Telegram's HTML, safe to parse; entities found by Telegram stay text."""
    units = text.encode("utf-16-le", "surrogatepass")
    marks: list[tuple[int, int, int, str]] = []
    for order, entity in enumerate(entities):
        tags = _tags(entity)
        if tags is None:
            continue
        start, length = int(entity["offset"]), int(entity["length"])
        marks.append((start, 1, order, tags[0]))
        marks.append((start + length, 0, -order, tags[1]))
    out, position = [], 0
    for offset, _, _, tag in sorted(marks):
        piece = units[position * 2 : offset * 2].decode("utf-16-le", "replace")
        out += [escape(piece, quote=False), tag]
        position = offset
    out.append(escape(units[position * 2 :].decode("utf-16-le", "replace"), quote=False))
    return "".join(out)


def _tags(entity: dict[str, Any]) -> tuple[str, str] | None:
    kind = entity["type"]
    if kind in _TAGS:
        return _TAGS[kind]
    if kind == "text_link":
        return f'<a href="{escape(entity["url"])}">', "</a>"
    if kind == "pre":
        language = entity.get("language")
        if language:
            return f'<pre><code class="language-{escape(language)}">', "</code></pre>"
        return "<pre>", "</pre>"
    return None


def file_url(file_id: str) -> str:
    """Return where the page finds a file."""
    return f"/sandbox/files/{file_id}"


def _media(message: dict[str, Any]) -> dict[str, Any] | None:
    for kind in _MEDIA:
        found = message.get(kind)
        if not found:
            continue
        best = found[-1] if kind == "photo" else found
        view = {
            "kind": kind,
            "file_id": best["file_id"],
            "url": file_url(best["file_id"]),
            "size": best.get("file_size"),
            "name": best.get("file_name"),
            "mime": best.get("mime_type"),
            "width": best.get("width"),
            "height": best.get("height"),
            "duration": best.get("duration"),
            "emoji": best.get("emoji"),
        }
        return {key: value for key, value in view.items() if value is not None}
    return None


def _button(button: dict[str, Any]) -> dict[str, Any]:
    view = {"text": button["text"]}
    if "callback_data" in button:
        view["data"] = button["callback_data"]
    elif "url" in button:
        view["url"] = button["url"]
    elif "copy_text" in button:
        view["copy"] = button["copy_text"].get("text", "")
    return view


def message_view(stored: Stored) -> dict[str, Any]:
    """Return one message for the page and for scripts."""
    message = stored.message()
    text = message.get("text", message.get("caption", ""))
    entities = message.get("entities", message.get("caption_entities", []))
    sender = message.get("from", {})
    view: dict[str, Any] = {
        "id": stored.id,
        "seq": stored.seq,
        "from": "bot" if stored.by_bot else "person",
        "sender": {"id": sender.get("id"), "name": sender.get("first_name", "")},
        "date": message["date"],
        "edited": "edit_date" in message,
        "text": text,
        "html": to_html(text, entities),
        "entities": entities,
        "buttons": [
            [_button(button) for button in row]
            for row in message.get("reply_markup", {}).get("inline_keyboard", [])
        ],
    }
    if media := _media(message):
        view["media"] = media
    if reply := message.get("reply_to_message"):
        view["reply_to"] = {
            "id": reply["message_id"],
            "text": reply.get("text", reply.get("caption", "")),
            "name": reply.get("from", {}).get("first_name", ""),
            "kind": next((kind for kind in _MEDIA if kind in reply), ""),
        }
    for name in ("media_group_id", "location", "contact", "poll", "migrate_to_chat_id"):
        if name in message:
            view[name] = message[name]
    for name in ("has_protected_content", "new_chat_title", "forward_origin"):
        if name in message:
            view[name] = True
    if stored.reactions:
        view["reactions"] = stored.reactions
    return view


def chat_news(chat: Chat, after: int, since: int, by: str) -> dict[str, Any]:
    """Return what changed in a chat: messages with a higher id, and changes with a higher seq.

    `by` is "bot", "person" or "" for both.
    """
    chosen = [
        stored
        for stored in chat.messages.values()
        if stored.id > after and stored.seq > since and by in ("", _side(stored))
    ]
    notes = [note for note in chat.notes if note.seq > since]
    return {
        "messages": [message_view(stored) for stored in chosen],
        "answers": [{"seq": n.seq, **n.body} for n in notes if n.kind == "answer"],
        "deleted": [
            number for n in notes if n.kind == "deleted" for number in n.body["message_ids"]
        ],
    }


def _side(stored: Stored) -> str:
    return "bot" if stored.by_bot else "person"
