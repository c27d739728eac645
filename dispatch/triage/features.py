"""From a sentence to what the model counts: words, character runs, keyword hits."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import rjieba

from dispatch.triage.normalise import neutral

BLOCKS = ("w", "c", "k")
"""Words and pairs of words; runs of characters; keywords of the catalogue. The first character
of each feature names its block, and each block is scaled on its own."""

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[\u4e00-\u9fff]+|[^\sa-z\u4e00-\u9fff]")
_SILENT = frozenset("，,。.、；;：:！!？?…~·-_()（）[]【】{}'\"“”‘’/\\|*+=<>《》")
_ENDINGS = ("ing", "ied", "ies", "ed", "es", "s", "ly", "er", "e")
_LONGEST_RUN = 3
_LONGEST_ENGLISH_RUN = 5
_LONGEST_KEYWORD = 8


def stem(word: str) -> str:
    """An English word without its commonest endings: leaking, leaks, leaked → leak."""
    word = word.split("'", maxsplit=1)[0]
    if len(word) <= 3:
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            base = word[: -len(ending)]
            return base + "y" if ending in {"ied", "ies"} else _single(base)
    return word


def _single(base: str) -> str:
    doubled = len(base) > 3 and base[-1] == base[-2] and base[-1] not in "ls"
    return base[:-1] if doubled else base


def words(text: str) -> list[str]:
    """The words of a normalised text: Chinese as jieba cuts them, English stemmed, no marks."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if token in _SILENT:
            continue
        if "a" <= token[0] <= "z":
            found.append(stem(token))
        elif len(token) > 1:
            found.extend(rjieba.cut(token))
        else:
            found.append(token)
    return found


def features(text: str, keywords: Mapping[str, Sequence[str]]) -> set[str]:
    """All features of a raw sentence; `keywords` is what `keyword_index` made."""
    text = neutral(text)
    terms = words(text)
    found = {f"w{term}" for term in terms}
    found.update(f"w{a} {b}" for a, b in pairwise(terms))
    found.update(_runs(text, terms))
    found.update(_hits(text, terms, keywords))
    found.add(_length(terms))
    return found


def keyword_index(keywords: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Keyword (normalised; English stemmed) → codes it speaks for. `keywords` goes by code."""
    index: dict[str, list[str]] = {}
    for code, entries in keywords.items():
        for entry in entries:
            plain = neutral(entry)
            key = " ".join(words(plain)) if plain.isascii() else plain
            codes = index.setdefault(key, [])
            if key and code not in codes:
                codes.append(code)
    return {key: tuple(codes) for key, codes in index.items() if codes}


def _runs(text: str, terms: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for segment in re.findall(r"[\u4e00-\u9fff\u25a1\u25c7]+", text):
        padded = f"^{segment}$"
        for size in range(1, _LONGEST_RUN + 1):
            found.update(f"c{padded[i : i + size]}" for i in range(len(padded) - size + 1))
    for term in terms:
        if "a" <= term[0] <= "z" and len(term) > 3:
            padded = f"^{term}$"
            for size in range(4, _LONGEST_ENGLISH_RUN + 1):
                found.update(f"c{padded[i : i + size]}" for i in range(len(padded) - size + 1))
    found -= {"c^", "c$"}
    return found


def _hits(text: str, terms: Sequence[str], keywords: Mapping[str, Sequence[str]]) -> set[str]:
    """One feature for each category hit, a second for two hits and more; longer keys only once."""
    hits: dict[str, int] = {}
    for key in _found_keywords(text, terms, keywords):
        for code in keywords[key]:
            hits[code] = hits.get(code, 0) + 1
    found = {f"k{code}" for code in hits}
    found.update(f"k{code}+" for code, count in hits.items() if count > 1)
    return found


def _found_keywords(
    text: str, terms: Sequence[str], keywords: Mapping[str, Sequence[str]]
) -> set[str]:
    found: set[str] = set()
    for segment in re.findall(r"[\u4e00-\u9fff]+", text):
        for start in range(len(segment)):
            for size in range(1, min(_LONGEST_KEYWORD, len(segment) - start) + 1):
                part = segment[start : start + size]
                if part in keywords:
                    found.add(part)
    for start in range(len(terms)):
        for size in range(1, 5):
            part = " ".join(terms[start : start + size])
            if part in keywords:
                found.add(part)
    return found


def _length(terms: Sequence[str]) -> str:
    """A sentence of two words is rarely a matter: let the model know how much was said."""
    for limit in (1, 2, 4, 8):
        if len(terms) <= limit:
            return f"k#{limit}"
    return "k#9"
