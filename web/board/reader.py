"""Who reads: their language, and how links on their page keep it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from fastapi import Request

from web.board.links import board_link
from web.board.words import LOCALES, Words, pick_locale


@dataclass(frozen=True, slots=True)
class Reader:
    """One request's language."""

    words: Words
    chosen: str | None
    """The language in the address, if it is one of ours; links then keep it."""
    path: str
    query: dict[str, str]

    @classmethod
    def of(cls, request: Request) -> Self:
        """The reader behind a request."""
        query = dict(request.query_params)
        chosen = query.pop("lang", None)
        chosen = chosen if chosen in LOCALES else None
        locale = pick_locale(chosen, request.headers.get("accept-language"))
        return cls(Words(locale), chosen, request.url.path, query)

    def link(self, path: str, **query: object) -> str:
        """The address of a page of the board."""
        return board_link(path, self.chosen, **query)

    def same_page(self, locale: str) -> str:
        """The address of this page in another language."""
        return board_link(self.path, locale, **self.query)

    def render(self, name: str, /, **context: Any) -> str:
        """A template with everything that every page needs."""
        return self.words.page(name, link=self.link, same_page=self.same_page, **context)
