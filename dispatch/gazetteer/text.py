"""Writing made uniform: width, case, spaces and numerals, with the way back to the original."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_DIGITS = dict(zip("零〇一二三四五六七八九幺两", "0012345678912", strict=True))
NUMERALS = frozenset(_DIGITS) | frozenset("十百廿卅")
"""Characters a Chinese number is written with."""

_VARIANTS = str.maketrans(
    {
        "號": "号",
        "樓": "楼",
        "單": "单",
        "棟": "栋",
        "門": "门",
        "區": "区",
        "—": "-",
        "–": "-",
        "―": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "~": "-",
    }
)
_CJK = re.compile(r"[㐀-鿿]")


class Clean(NamedTuple):
    """Uniform text; `origin[i]` is where its character i stood in what the person wrote."""

    chars: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original that became `chars[start:end]` (not empty)."""
        return self.origin[start], self.origin[end - 1] + 1


def clean(text: str) -> Clean:
    """Full-width to half-width, lower case, simplified 号楼单元, no control characters.

    Spaces between Chinese characters are dropped, except between two numerals, where a space is
    what keeps them apart.
    """
    chars: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        for plain in unicodedata.normalize("NFKC", character).casefold().translate(_VARIANTS):
            kept = " " if plain.isspace() else plain
            if kept != " " and unicodedata.category(kept) in ("Cc", "Cf", "Cs", "Mn"):
                continue
            if kept == " " and (not chars or chars[-1] == " "):
                continue
            if len(chars) > 1 and chars[-1] == " " and _joins(chars[-2], kept):
                chars[-1], origin[-1] = kept, index
                continue
            chars.append(kept)
            origin.append(index)
    return Clean("".join(chars), tuple(origin))


def _joins(left: str, right: str) -> bool:
    if left in NUMERALS and right in NUMERALS:
        return False
    return bool(_CJK.match(left) and _CJK.match(right))


@lru_cache(maxsize=4096)
def arabic(numeral: str) -> str | None:
    """ "二十一", "廿一", "21" and "021" → "21"; "四零一" → "401"; "a" → "a"; no number → None."""
    if not numeral:
        return None
    if numeral.isascii():
        return numeral.lstrip("0") or "0"
    if all(character in _DIGITS for character in numeral):
        return "".join(_DIGITS[character] for character in numeral)
    if not NUMERALS.issuperset(numeral):
        return numeral
    import cn2an  # noqa: PLC0415  # takes 0.1 s to import, and few addresses are written so

    spelt = numeral.replace("廿", "二十").replace("卅", "三十").replace("两", "二")
    try:
        return str(int(cn2an.cn2an(spelt.replace("幺", "一").replace("〇", "零"), "normal")))
    except (ValueError, LookupError):  # it looks ill-formed numbers up in its tables
        return None
