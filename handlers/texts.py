"""Every word that a person reads: Jinja2 templates under `templates/chat/<locale>/`."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.worktime import BEIJING

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "chat"
LOCALES = ("zh-CN", "en")
DEFAULT_LOCALE = "en"


def locale_of(language_code: str | None) -> str:
    """The locale for a language code of the chat app: any Chinese is zh-CN, all else English."""
    return "zh-CN" if (language_code or "").lower().startswith("zh") else DEFAULT_LOCALE


def _when(locale: str, at: datetime) -> str:
    """A moment in Beijing time, as a person says it; the pattern is a label."""
    pattern = Texts(locale).label("common.when_pattern")
    language = locale.replace("-", "_")
    return format_datetime(at.astimezone(BEIJING), pattern, locale=language)


@lru_cache(maxsize=4)
def _environment(locale: str, *, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / locale),
        undefined=StrictUndefined,
        autoescape=html,  # noqa: S701 - button labels are plain text, messages are escaped
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters["when"] = partial(_when, locale)
    environment.globals["locale"] = locale
    return environment


class Texts:
    """The templates of one locale.

    Calling it renders a message (`t("start/welcome", name=…)` → `start/welcome.html`, escaped for
    Telegram's HTML); `label` renders a button's words, which Telegram shows as they are.
    """

    __slots__ = ("locale",)

    def __init__(self, locale: str) -> None:
        self.locale = locale if locale in LOCALES else DEFAULT_LOCALE

    def __call__(self, name: str, /, **context: Any) -> str:
        """Render `<name>.html`. An unknown variable raises `jinja2.UndefinedError`."""
        template = _environment(self.locale, html=True).get_template(f"{name}.html")
        return template.render(context).strip()

    def label(self, name: str, /, **context: Any) -> str:
        """Render `<area>.<label>`: block `<label>` of `labels_<area>.txt`.

        Raises KeyError for an unknown label.
        """
        area, _, block = name.partition(".")
        template = _environment(self.locale, html=False).get_template(f"labels_{area}.txt")
        return "".join(template.blocks[block](template.new_context(context))).strip()
