"""Numbers and sums as people type them: "12", "十二", "3.5万", "1200元", "三千五百块"."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

_UNITS = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_DIGITS = re.compile(r"(\d+(?:\.\d{1,6})?)([百千万亿]?)")
_SPELT = re.compile(r"[零〇一二两三四五六七八九十百千万亿]{1,20}")
_YUAN = re.compile(r"(?:人民币|rmb|cny|[¥￥])|(?:元整|元|块钱|块|圆|yuan)$", re.IGNORECASE)
MOST = Decimal(10) ** 11
"""Nothing in a neighbourhood is larger."""


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).strip().strip("。.！!")
    return re.sub(r"[\s,，]", "", folded)


def _amount(text: str) -> Decimal | None:
    plain = _plain(text)
    if (match := _DIGITS.fullmatch(plain)) is not None:
        try:
            value = Decimal(match[1]) * _UNITS[match[2]]
        except InvalidOperation:  # pragma: no cover - the pattern allows digits only
            return None
        return value if value <= MOST else None
    if _SPELT.fullmatch(plain) is None:
        return None
    import cn2an  # noqa: PLC0415 - takes 0.1 s to import, and few numbers are spelt out

    try:
        value = Decimal(str(cn2an.cn2an(plain.replace("〇", "零"), "smart")))
    except ValueError:
        return None
    return value if value <= MOST else None


def parse_number(text: str) -> int | None:
    """A whole number, not negative; None for anything else."""
    value = _amount(re.sub(r"[个人户份张次名]$", "", _plain(text)))
    return int(value) if value is not None and value == value.to_integral_value() else None


def parse_money(text: str) -> int | None:
    """A sum of yuan, in fen (1/100 yuan); None for anything else, and for parts of a fen."""
    value = _amount(_YUAN.sub("", _plain(text)))
    if value is None or (fen := value * 100) != fen.to_integral_value():
        return None
    return int(fen)
