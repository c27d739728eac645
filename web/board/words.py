"""The language of a reader, and the templates in it.

The pages of both languages have one and the same structure, so there is one template for each page
and, as for the buttons of the chat, a file of words per language: `<locale>/words.txt`, a block
for each sentence. A page cannot then say more in one language than in the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from models.worktime import BEIJING
from web.board.links import web_link

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "web" / "board"
LOCALES = ("zh-CN", "en")
"""The first is the one for readers who name no language: it is a Chinese neighbourhood's board."""


def pick_locale(chosen: str | None, accepted: str | None) -> str:
    """The language to answer in: the one chosen in the address, else the browser's.

    Any Chinese is zh-CN; a browser that wants neither language gets English, one that says
    nothing gets Chinese.
    """
    if chosen in LOCALES:
        return chosen
    if not accepted or not accepted.strip():
        return LOCALES[0]
    for language in _by_preference(accepted):
        if language == "*" or language.startswith("zh"):
            return LOCALES[0]
        if language.startswith("en"):
            return "en"
    return "en"


def _by_preference(accepted: str) -> list[str]:
    """The languages of an Accept-Language header, best first (RFC 9110, 12.5.4)."""
    wanted: list[tuple[float, int, str]] = []
    for place, item in enumerate(accepted.split(",")[:20]):
        language, _, weight = item.partition(";")
        try:
            quality = float(weight.partition("=")[2]) if weight else 1.0
        except ValueError:
            continue
        if quality > 0:
            wanted.append((-quality, place, language.strip().lower()))
    return [language for _, _, language in sorted(wanted)]


class Words:
    """The templates of one language."""

    def __init__(self, locale: str) -> None:
        self.locale = locale if locale in LOCALES else LOCALES[0]
        self._environment = _environment(self.locale)

    def page(self, name: str, /, **context: Any) -> str:
        """Render `<name>.html`. An unknown variable raises `jinja2.UndefinedError`."""
        return self._environment.get_template(f"{name}.html").render(context)

    def say(self, name: str, /, **context: Any) -> Markup:
        """Render a block of the words. Raises KeyError for an unknown one."""
        return _say(self._environment, self.locale, name, **context)


def _say(environment: Environment, locale: str, name: str, /, **context: Any) -> Markup:
    template = environment.get_template(f"{locale}/words.txt")
    text = "".join(template.blocks[name](template.new_context(context)))
    return Markup(text)  # noqa: S704 - rendered with autoescape


def _moment(environment: Environment, locale: str, pattern: str, at: datetime | date) -> Markup:
    """A moment in Beijing time, or a day, as people write it and as machines read it."""
    words = str(_say(environment, locale, pattern))
    language = locale.replace("-", "_")
    if isinstance(at, datetime):
        here = at.astimezone(BEIJING)
        text, stamp = format_datetime(here, words, locale=language), here.isoformat()
    else:
        text, stamp = format_date(at, words, locale=language), at.isoformat()
    return Markup('<time datetime="{}">{}</time>').format(stamp, text)


def _yuan(cents: int) -> str:
    """An amount of fen in yuan, without ".00"."""
    return f"{cents / 100:,.2f}".removesuffix(".00")


def _percent(part: float, whole: float) -> int:
    """A share in per cent, 0 of nothing."""
    return round(100 * part / whole) if whole else 0


def _named(locale: str, value: Any) -> Any:
    """A name in both languages (`Both`) in this one."""
    return value.of(locale)


def _linked(url: str) -> Markup:
    """An address as a link if it is one of the web; anything else stays text."""
    if not web_link(url):
        return escape(url)
    return Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(url, url)


@lru_cache(maxsize=len(LOCALES))
def _environment(locale: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    filters: Mapping[str, Any] = {
        "when": partial(_moment, environment, locale, "when_pattern"),
        "day": partial(_moment, environment, locale, "day_pattern"),
        "yuan": _yuan,
        "percent_of": _percent,
        "here": partial(_named, locale),
        "linked": _linked,
    }
    environment.filters.update(filters)
    environment.globals.update(
        {"locale": locale, "locales": LOCALES, "say": partial(_say, environment, locale)}
    )
    return environment
