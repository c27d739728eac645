"""A name in both languages."""

from __future__ import annotations

from typing import NamedTuple


class Both(NamedTuple):
    """A name in both languages."""

    zh: str
    en: str

    def of(self, locale: str) -> str:
        """The name in a language; the Chinese one where there is no other."""
        return self.zh if locale.startswith("zh") else self.en or self.zh
