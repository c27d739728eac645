"""Several matters in one sentence: where it may be cut, and which cuts are worth making."""

import re
from collections.abc import Sequence

from dispatch.triage.rules import NONE

SURE = 0.55
"""A part with a lower probability than this does not stand alone."""

_MATTERS_AT_MOST = 5
_SHORTEST_PART = 3
# A full stop, or a word that opens another matter; a comma only before "is broken too".
_CUT = re.compile(
    r"(?<=[。；;！!？?\n])"
    r"|(?<=[a-z]\.)(?<!\bno\.)(?<!\bst\.)(?<!\brd\.)\s+"
    r"|[，,、\s]*(?=(?:另外|还有(?:就是)?|再就是|再者|此外|除此之外|顺便|同时|再一个|第[二三四]|[二三四]是))"
    r"|(?<=[，,])(?=[^，,。]{1,6}[也又](?:坏|停|堵|不亮|不热|漏|掉|脏|乱|吵|臭|断))"
    r"|[,\s]*(?=\b(?:also|besides|another thing|in addition|and the|and my|and our)\b)",
    re.IGNORECASE,
)


def pieces(text: str) -> list[str]:
    """The text cut wherever another matter could begin; no piece is too short to mean anything."""
    found: list[str] = []
    for raw in _CUT.split(text):
        piece = raw.strip(" ,，、")
        if not piece:
            continue
        if found and len(piece) < _SHORTEST_PART:
            found[-1] += piece
        else:
            found.append(piece)
    return found or [text]


def merged_parts(judged: Sequence[tuple[str, str, float]]) -> list[str]:
    """Join pieces (text, category, probability) that are not clearly matters of their own."""
    parts: list[str] = []
    current: str | None = None
    for text, code, p in judged:
        clear = p >= SURE and code != NONE
        if parts and not (clear and current is not None and code != current):
            joint = "" if parts[-1][-1] in "。；;！!？?" else "，"
            parts[-1] += (joint if not parts[-1].isascii() else " ") + text
        elif parts and len(parts) >= _MATTERS_AT_MOST:
            parts[-1] += text
        else:
            parts.append(text)
        if clear:
            current = code
    return parts
