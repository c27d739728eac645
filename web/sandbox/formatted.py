"""From what a client sends (text, parse mode, entities) to what a message holds."""

from __future__ import annotations

import re
from typing import Any

from web.sandbox.errors import bad_request
from web.sandbox.htmltext import parse_html, sort_entities, utf16_length

MAX_TEXT = 4096  # UTF-16 code units after entity parsing: Bot API, sendMessage
MAX_CAPTION = 1024  # Bot API, sendPhoto
_MAX_BYTES = 1 << 15  # telegram-bot-api: get_formatted_text

# td/telegram/misc.cpp, clean_input_string: control characters become spaces, a carriage return,
# bidirectional overrides and vertical lines vanish.
_CONTROL = {code: " " for code in range(33) if code not in (10, 13)}
_CLEAN: dict[int, str | None] = {
    **_CONTROL,
    13: None,
    **dict.fromkeys(range(0x2028, 0x202F), None),
    0x333: None,
    0x33F: None,
    0x30A: None,
}
_ODD = re.compile(r"[\x00-\x09\x0b-\x1f\u2028-\u202e\u0333\u033f\u030a]")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060-\u206f\ufeff\u00ad\u2800\u3164]*")
_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<url>https?://[^\s<>\"'（），。；！？、】」]+)"
    r"|(?P<email>[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
    r"|(?P<mention>(?<!\w)@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w))"
    r"|(?P<hashtag>(?<![\w#])#(?=\w*[^\W\d_])\w{1,256})"
)
_HINT = re.compile("[/@#]")
_NO_SEARCH_INSIDE = {"code", "pre", "text_link", "text_mention", "custom_emoji"}


def find_entities(text: str) -> list[dict[str, Any]]:
    """Return the commands, addresses, mentions and hashtags that Telegram finds in plain text."""
    if _HINT.search(text) is None:
        return []
    return [
        {
            "type": str(match.lastgroup),
            "offset": utf16_length(text[: match.start()]),
            "length": utf16_length(match.group()),
        }
        for match in _FOUND.finditer(text)
    ]


def _merge(entities: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    blocked = [
        (item["offset"], item["offset"] + item["length"])
        for item in entities
        if item["type"] in _NO_SEARCH_INSIDE
    ]
    merged = entities + [
        item
        for item in found
        if not any(
            item["offset"] < end and start < item["offset"] + item["length"]
            for start, end in blocked
        )
    ]
    sort_entities(merged)
    return merged


def _clean(text: str, entities: list[dict[str, Any]]) -> str:
    """Clean and trim as Telegram does, moving the entities along."""
    if _ODD.search(text) is not None:
        if entities and any(_CLEAN.get(ord(char), "") is None for char in text):
            for entity in entities:
                before = _units(text, 0, entity["offset"]).translate(_CLEAN)
                inside = _units(text, entity["offset"], entity["length"]).translate(_CLEAN)
                entity["offset"], entity["length"] = utf16_length(before), utf16_length(inside)
        text = text.translate(_CLEAN)
    text = text.rstrip()
    lead = len(text) - len(text.lstrip(" \n"))
    if entities:
        lead = min(lead, entities[0]["offset"])
        total = utf16_length(text)
        for entity in entities:
            entity["length"] = min(entity["length"], total - entity["offset"])
        entities[:] = [item for item in entities if item["length"] > 0]
        for entity in entities:
            entity["offset"] -= lead
    return text[lead:]


def _units(text: str, offset: int, length: int) -> str:
    data = text.encode("utf-16-le", "surrogatepass")
    return data[offset * 2 : (offset + length) * 2].decode("utf-16-le", "ignore")


def formatted(
    text: str, parse_mode: str | None, given: list[dict[str, Any]] | None
) -> tuple[str, list[dict[str, Any]]]:
    """Return text and entities as the message will hold them; the text may come out empty.

    Raises:
        ApiError: 400 with Telegram's words for bad entities or an unknown parse mode.
    """
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise bad_request("strings must be encoded in UTF-8")
    if len(text) * 4 > _MAX_BYTES and len(text.encode()) > _MAX_BYTES:
        raise bad_request("text is too long")
    mode = (parse_mode or "").lower()
    entities: list[dict[str, Any]] = []
    if text and mode and mode != "none":
        if mode != "html":
            reason = (
                "the sandbox parses HTML only" if mode.startswith("markdown") else "unsupported"
            )
            raise bad_request(
                "unsupported parse_mode" if reason == "unsupported" else f"{mode}: {reason}"
            )
        text, entities = parse_html(text)
    elif given:
        size = utf16_length(text)
        entities = [
            dict(item)
            for item in sorted(given, key=lambda item: int(item.get("offset", 0)))
            if 0 <= int(item.get("offset", 0)) < size and int(item.get("length", 0)) > 0
        ]
    text = _clean(text, entities)
    return text, _merge(entities, find_entities(text))


def message_text(
    text: str, parse_mode: str | None, given: list[dict[str, Any]] | None, *, editing: bool = False
) -> tuple[str, list[dict[str, Any]]]:
    """Return the text of a text message, checked against Telegram's limits."""
    if not text:
        raise bad_request("message text is empty")
    plain, entities = formatted(text, parse_mode, given)
    if is_blank(plain):
        raise bad_request("text must be non-empty")
    if utf16_length(plain) > MAX_TEXT:
        # td rewords MESSAGE_TOO_LONG for new messages only (process_send_message_fail_error)
        raise bad_request("MESSAGE_TOO_LONG" if editing else "message is too long")
    return plain, entities


def caption_text(
    text: str, parse_mode: str | None, given: list[dict[str, Any]] | None, *, editing: bool = False
) -> tuple[str, list[dict[str, Any]]]:
    """Return a caption, which may be empty, checked against Telegram's limit."""
    plain, entities = formatted(text, parse_mode, given)
    if utf16_length(plain) > MAX_CAPTION:
        raise bad_request("MEDIA_CAPTION_TOO_LONG" if editing else "message caption is too long")
    return plain, entities


def is_blank(text: str) -> bool:
    """Tell whether nothing of the text can be seen."""
    return _INVISIBLE.fullmatch(text) is not None


def split_text(text: str, limit: int = MAX_TEXT) -> list[str]:
    """Split a long text as Telegram's apps do: several messages of at most `limit` units."""
    pieces: list[str] = []
    piece: list[str] = []
    size = 0
    for char in text:
        width = 2 if char > "\uffff" else 1
        if size + width > limit:
            pieces.append("".join(piece))
            piece, size = [], 0
        piece.append(char)
        size += width
    return [*pieces, "".join(piece)]
