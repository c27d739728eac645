"""Telegram's HTML parse mode: text in, plain text and entities out, with its own errors.

A port of `parse_html` in tdlib/td (td/telegram/MessageEntity.cpp). Offsets and lengths of entities
count UTF-16 code units; the offsets in error texts count UTF-8 bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from web.sandbox.errors import ApiError, bad_request

_SPECIAL = re.compile("[<&]")
_TAGS = frozenset(
    [
        "a",
        "b",
        "strong",
        "i",
        "em",
        "s",
        "strike",
        "del",
        "u",
        "ins",
        "tg-spoiler",
        "tg-emoji",
        "span",
        "pre",
        "code",
        "blockquote",
    ]
)
_SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "u": "underline",
    "ins": "underline",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]*)|#([0-9]*)|([A-Za-z]*))")
_SPACES = " \t\r\n\0\v"
_NAME_END = frozenset(_SPACES + "=>/\"'")


def utf16_length(text: str) -> int:
    """Return the length of the text in UTF-16 code units, as Telegram counts."""
    if text.isascii():
        return len(text)
    return len(text) + sum(char > "\uffff" for char in text)


def decode_reference(text: str, position: int) -> tuple[str, int]:
    """Decode the character reference at `position`; ('', position) if it is not one."""
    match = _REFERENCE.match(text, position)
    if match is None:
        return "", position
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        char = _NAMED.get(name, "")
    else:
        digits, base = (hexadecimal, 16) if hexadecimal is not None else (decimal, 10)
        code = int(digits, base) if digits else 0
        char = "" if code in (0,) or code >= 0x10FFFF or len(match.group()) >= 10 else chr(code)
    if not char:
        return "", position
    end = match.end()
    return char, end + 1 if text[end : end + 1] == ";" else end


# td/telegram/MessageEntity.cpp, get_type_priority: who encloses whom of equal place and length
_PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}


def sort_entities(entities: list[dict[str, Any]]) -> None:
    """Put entities in Telegram's order: by place, the enclosing ones first."""
    entities.sort(
        key=lambda item: (item["offset"], -item["length"], _PRIORITY.get(item["type"], 50))
    )


@dataclass(slots=True)
class _Open:
    """A start tag whose end tag has not been seen."""

    tag: str
    argument: str
    offset: int
    chunk: int


class _Parser:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.text = text + "\0"
        self.end = len(text)
        self.out: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[dict[str, Any]] = []

    def fail(self, message: str, position: int | None = None) -> ApiError:
        where = ""
        if position is not None:
            where = f" at byte offset {len(self.source[:position].encode('utf-8', 'replace'))}"
        return bad_request(f"can't parse entities: {message}{where}")

    def emit(self, piece: str) -> None:
        self.out.append(piece)
        self.offset += utf16_length(piece)

    def run(self) -> tuple[str, list[dict[str, Any]]]:
        position = 0
        while position < self.end:
            match = _SPECIAL.search(self.source, position)
            if match is None:
                self.emit(self.source[position:])
                break
            found = match.start()
            if found > position:
                self.emit(self.source[position:found])
            if self.source[found] == "&":
                char, position = decode_reference(self.source, found)
                self.emit(char or "&")
                position = position if char else found + 1
            elif self.text[found + 1] == "/":
                position = self.end_tag(found)
            else:
                position = self.start_tag(found)
        if self.open:
            raise self.fail(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        text = "".join(self.out)
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise bad_request(
                "can't parse entities: Text contains invalid Unicode characters after decoding "
                "HTML entities, check for unmatched surrogate code units"
            )
        sort_entities(self.entities)
        return text, self.entities

    def skip_spaces(self, position: int) -> int:
        while position < self.end and self.text[position] in _SPACES:
            position += 1
        return position

    def start_tag(self, begin: int) -> int:
        position = begin + 1
        while self.text[position] not in _SPACES and self.text[position] != ">":
            position += 1
        if position >= self.end:
            raise self.fail("Unclosed start tag", begin)
        tag = self.source[begin + 1 : position].lower()
        if tag not in _TAGS:
            raise self.fail(f'Unsupported start tag "{tag}"', begin)
        argument = ""
        while self.text[position] != ">":
            position = self.skip_spaces(position)
            if self.text[position] == ">":
                break
            position, argument = self.attribute(begin, position, tag, argument)
        if tag == "span" and argument != "spoiler":
            raise self.fail('Tag "span" must have class "tg-spoiler"', begin)
        self.open.append(_Open(tag, argument, self.offset, len(self.out)))
        return position + 1

    def attribute(self, begin: int, position: int, tag: str, argument: str) -> tuple[int, str]:
        start = position
        while self.text[position] not in _NAME_END:
            position += 1
        name = self.source[start:position]
        if not name:
            raise self.fail(f'Empty attribute name in the tag "{tag}"', begin)
        position = self.skip_spaces(position)
        if self.text[position] != "=":
            if position >= self.end:
                raise self.fail(f'Unclosed start tag "{tag}"', begin)
            return position, "1" if (tag, name) == ("blockquote", "expandable") else argument
        position = self.skip_spaces(position + 1)
        if position >= self.end:
            raise self.fail(f'Unclosed start tag "{tag}"', begin)
        position, value = self.attribute_value(position)
        if position >= self.end:
            raise self.fail("Unclosed start tag", begin)
        return position, _argument(tag, name, value, argument)

    def attribute_value(self, position: int) -> tuple[int, str]:
        quote = self.text[position]
        if quote not in "'\"":
            start = position
            while self.text[position].isascii() and (
                self.text[position].isalnum() or self.text[position] in ".-"
            ):
                position += 1
            if self.text[position] not in _SPACES and self.text[position] != ">":
                raise self.fail("Unexpected end of name token", start)
            return position, self.source[start:position].lower()
        position += 1
        value: list[str] = []
        while position < self.end and self.text[position] != quote:
            char, after = "", position
            if self.text[position] == "&":
                char, after = decode_reference(self.source, position)
            value.append(char or self.text[position])
            position = after if char else position + 1
        return (position + 1 if position < self.end else position), "".join(value)

    def end_tag(self, begin: int) -> int:
        if not self.open:
            raise self.fail("Unexpected end tag", begin)
        position = begin + 2
        while self.text[position] not in _SPACES and self.text[position] != ">":
            position += 1
        name = self.source[begin + 2 : position].lower()
        position = self.skip_spaces(position)
        if self.text[position] != ">":
            raise self.fail("Unclosed end tag", begin)
        last = self.open.pop()
        if name and name != last.tag:
            at = len(self.source[:begin].encode("utf-8", "replace"))
            raise self.fail(
                f"Unmatched end tag at byte offset {at}, "
                f'expected "</{last.tag}>", found "</{name}>"'
            )
        if self.offset > last.offset:
            self.close(last)
        return position + 1

    def close(self, last: _Open) -> None:
        entity: dict[str, Any] = {
            "type": _SIMPLE.get(last.tag, last.tag),
            "offset": last.offset,
            "length": self.offset - last.offset,
        }
        previous = self.entities[-1] if self.entities else None
        same = (
            previous is not None
            and previous["offset"] == entity["offset"]
            and previous["length"] == entity["length"]
        )
        if last.tag == "tg-emoji":
            if not last.argument.isdigit() or int(last.argument) == 0:
                raise bad_request("can't parse entities: Invalid custom emoji identifier specified")
            entity |= {"type": "custom_emoji", "custom_emoji_id": last.argument}
        elif last.tag == "a":
            link = _link(last.argument or "".join(self.out[last.chunk :]))
            if not link:
                return
            entity |= link
        elif last.tag == "code" and same and previous and previous["type"] == "pre":
            if last.argument:
                previous["language"] = last.argument
            return
        elif last.tag == "pre" and same and previous and previous["type"] == "code":
            language = previous.pop("_language", "")
            previous["type"] = "pre"
            if language:
                previous["language"] = language
            return
        elif last.tag == "code" and last.argument:
            entity["_language"] = last.argument
        elif last.tag == "blockquote" and last.argument:
            entity["type"] = "expandable_blockquote"
        self.entities.append(entity)


def _argument(tag: str, name: str, value: str, before: str) -> str:
    """Return what the attribute means for its tag, or what was known before."""
    key = (tag, name)
    if key in {("a", "href"), ("tg-emoji", "emoji-id")}:
        return value
    if key == ("code", "class") and value.startswith("language-"):
        return value[len("language-") :]
    if key == ("span", "class") and value.startswith("tg-"):
        return value[len("tg-") :]
    return "1" if key == ("blockquote", "expandable") else before


def _link(url: str) -> dict[str, Any]:
    """Return the part of an entity that an address makes; empty if it is no address."""
    mention = re.fullmatch(r"tg://user\?id=(\d{1,15})", url)
    if mention:
        number = int(mention.group(1))
        return {
            "type": "text_mention",
            "user": {"id": number, "is_bot": False, "first_name": str(number)},
        }
    if re.match(r"(?i)(https?|tg|ton|tonsite)://[^\s]+", url):
        return {"type": "text_link", "url": url}
    if re.match(r"(?i)(mailto|tel):[^\s]+", url):
        return {"type": "text_link", "url": url}
    if re.match(r"(?i)[\w-]+(\.[\w-]+)+(:\d+)?(/\S*)?$", url):
        return {"type": "text_link", "url": f"http://{url}/" if "/" not in url else f"http://{url}"}
    return {}


def parse_html(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Return plain text and entities of an HTML text.

    Raises:
        ApiError: 400 `can't parse entities: …`, as Telegram words it.
    """
    if "<" not in text and "&" not in text:
        return text, []
    plain, entities = _Parser(text).run()
    for entity in entities:
        entity.pop("_language", None)
    return plain, entities
