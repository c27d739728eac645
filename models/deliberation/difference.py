"""A readable difference between two texts. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_TOKEN = re.compile(r"[A-Za-z0-9.,]+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters that stayed, went or came."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs between two versions; `pieces` read from left to right.

    Money is in fen as a number, a date as ISO 8601; what was empty is an empty string.
    """

    field: str
    before: str
    after: str
    pieces: tuple[Piece, ...]


def difference(before: str, after: str) -> tuple[Piece, ...]:
    """What stayed, went and came, by characters in Chinese and by words and numbers in Latin.

    Leaving out what came gives `before`, leaving out what went gives `after`.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    pieces: list[Piece] = []
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            pieces.append(Piece("same", "".join(old[a:b])))
            continue
        if a < b:
            pieces.append(Piece("removed", "".join(old[a:b])))
        if c < d:
            pieces.append(Piece("added", "".join(new[c:d])))
    return tuple(pieces)
