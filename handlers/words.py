"""What people type: made safe to keep, and understood where a button would have done.

The words that are understood live in `templates/chat/<locale>/labels_answers.txt`; both languages
are understood whatever the person's locale, since people mix them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from handlers.texts import LOCALES, Texts

MAX_TEXT = 4000
"""Characters of one message that are kept; Telegram itself stops at 4,096."""

_DROPPED_CATEGORIES = frozenset({"Cc", "Cs", "Co"})
_DROPPED_MARKS = frozenset(
    chr(code)
    for code in (
        *(0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
)
_EDGES = re.compile(r"^[\s\W_]+|[\s\W_]+$")
_NUMBER = re.compile(r"第?([1-9]\d?|[一二三四五六七八九十])[个项条号]?")
_CHINESE_DIGITS = {digit: number for number, digit in enumerate("一二三四五六七八九十", start=1)}


def clean(text: str | None) -> str:
    """The text without what could mislead a reader or a terminal.

    Control characters, lone surrogates, zero-width marks and direction overrides go (a
    right-to-left override makes a text read as another one); line ends become `\\n`, at most two
    in a row; the result has at most `MAX_TEXT` characters.
    """
    if not text:
        return ""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(
        char
        for char in text
        if char == "\n"
        or (char not in _DROPPED_MARKS and unicodedata.category(char) not in _DROPPED_CATEGORIES)
    )
    return re.sub(r"\n{3,}", "\n\n", kept).strip()[:MAX_TEXT]


def says_nothing(text: str) -> bool:
    """Whether there is no letter, digit or Chinese character at all: only emoji or marks."""
    return not any(char.isalnum() for char in text)


def _plain(text: str) -> str:
    """Lower case, half width, without marks at the edges: "好的！" reads as "好的"."""
    return _EDGES.sub("", unicodedata.normalize("NFKC", text)).casefold()


@lru_cache(maxsize=16)
def _vocabulary(meaning: str) -> frozenset[str]:
    return frozenset(
        _plain(word)
        for locale in LOCALES
        for word in Texts(locale).label(f"answers.{meaning}").splitlines()
        if word.strip()
    )


def means(meaning: str, text: str) -> bool:
    """Whether the whole text says `meaning`: yes, no, cancel, back, skip, other, resume, home.

    Raises KeyError for a meaning that `labels_answers.txt` does not know.
    """
    return _plain(text) in _vocabulary(meaning)


def choice_of(text: str, labels: Sequence[str]) -> int | None:
    """Which of the offered labels a typed answer picks: by its number, or by its words.

    Words count when they equal a label, or are at least two characters that only one label
    contains. None when it picks nothing, or could mean several.
    """
    plain = _plain(text)
    if not plain:
        return None
    names = [_plain(label) for label in labels]
    if plain in names:
        return names.index(plain)
    if (number := number_of(text)) is not None and number <= len(labels):
        return number - 1
    holding = [index for index, name in enumerate(names) if len(plain) > 1 and plain in name]
    return holding[0] if len(holding) == 1 else None


def number_of(text: str) -> int | None:
    """A bare small number: "2", "２", "二", "第二个"; None for anything else."""
    match = _NUMBER.fullmatch(_plain(text))
    if match is None:
        return None
    digits = match.group(1)
    return _CHINESE_DIGITS.get(digits) or int(digits)
