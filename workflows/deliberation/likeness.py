"""How alike two short opinions are: characters and words, blind to politeness. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import rjieba
from rapidfuzz import fuzz

_NOT_LETTERS = re.compile(r"[\W_]+")
_POLITE = re.compile(
    "希望|建议|我觉得|我认为|我想|大家|咱们|我们|能不能|可不可以|应该|可以|最好|尽快|请|麻烦|一下|"
    "[了吧啊呢嘛呀的]"
)
"""Words that make an opinion polite, not another opinion."""
_AGAINST = re.compile("反对|不要|不能|不想|不同意|不支持|不该|不应|没必要|别")
"""Two opinions of which just one has such a word mean the opposite, however alike they read."""
_SHORTEST = 6
"""Below so many letters, being a part of the other says little."""
_PART = 0.9
"""An opinion that is a part of the other counts a little less than one that equals it."""


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The letters that carry the meaning: no width, case, marks or politeness."""
    letters = _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text)).lower()
    return _POLITE.sub("", letters) or letters


@lru_cache(maxsize=4096)
def _words(letters: str) -> str:
    return " ".join(rjieba.cut(letters))


def alike(one: str, other: str) -> float:
    """0 to 100. Symmetric; 100 for texts that differ in marks and politeness only."""
    first, second = plain(one), plain(other)
    if bool(_AGAINST.search(one)) != bool(_AGAINST.search(other)):
        return 0.0
    words = _words(first), _words(second)
    scores = [fuzz.ratio(first, second), fuzz.token_sort_ratio(*words)]
    if min(len(first), len(second)) >= _SHORTEST:
        scores.append(_PART * fuzz.partial_ratio(*sorted((first, second), key=len)))
        scores.append(_PART * fuzz.token_set_ratio(*words))
    return max(scores)
