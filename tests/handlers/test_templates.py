"""Every template of the chat, in each language, with everyday and with hostile values.

Sample values are `CONTEXTS` of the modules in `tests/handlers/contexts/`.
"""

from __future__ import annotations

import importlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from handlers.texts import LOCALES, TEMPLATES, Texts
from tests.handlers.contexts.resident import HOSTILE

ALLOWED = {"b", "i", "u", "s", "a", "code", "pre", "blockquote"}
LIMIT = 4096
"""Characters of a message after its tags are read, in UTF-16 units (Bot API)."""
CAPTION_LIMIT = 1024
CAPTIONS = {"help/export", "staff/photo_caption"}
LABEL_FILES = sorted(path.name for path in (TEMPLATES / "zh-CN").glob("labels_*.txt"))


def _contexts() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((Path(__file__).parent / "contexts").glob("*.py")):
        module = importlib.import_module(f"tests.handlers.contexts.{path.stem}")
        for name, contexts in module.CONTEXTS.items():
            found.setdefault(name, []).extend(contexts)
    return found


CONTEXTS = _contexts()


class _Checker(HTMLParser):
    """Reads a message as Telegram does: known tags only, closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag in ALLOWED, tag
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _names(locale: str, pattern: str) -> set[str]:
    root = TEMPLATES / locale
    return {path.relative_to(root).as_posix() for path in root.rglob(pattern)}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", sorted(CONTEXTS))
def test_template_renders_within_telegrams_limits(name: str, locale: str) -> None:
    assert CONTEXTS[name]
    for context in CONTEXTS[name]:
        rendered = Texts(locale)(name, **context)
        checker = _Checker()
        checker.feed(rendered)
        checker.close()
        assert not checker.open
        limit = CAPTION_LIMIT if name in CAPTIONS else LIMIT
        assert 0 < len(checker.text.encode("utf-16-le")) // 2 <= limit
        assert not re.search(r"\n{3,}", rendered), rendered


def test_both_languages_have_the_same_templates() -> None:
    first, second = (_names(locale, "*") for locale in LOCALES)
    assert first == second


def test_every_template_has_sample_values() -> None:
    templates = {name.removesuffix(".html") for name in _names("zh-CN", "*.html")}
    assert templates == set(CONTEXTS)


def test_an_unknown_variable_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        Texts("zh-CN")("start/poster")


def test_hostile_values_stay_literal() -> None:
    rendered = Texts("zh-CN")("doorway/saved", address=HOSTILE)
    assert "&lt;b&gt;x&lt;/i&gt; &amp; " in rendered
    assert "{{ 7*7 }}" in rendered and "49" not in rendered


@pytest.mark.parametrize("file", LABEL_FILES)
def test_both_languages_have_the_same_labels(file: str) -> None:
    found = [
        re.findall(r"{%-? block (\w+) -?%}", (TEMPLATES / locale / file).read_text())
        for locale in LOCALES
    ]
    assert sorted(found[0]) == sorted(found[1])
    assert len(found[0]) == len(set(found[0]))


_NAMED_BUTTON = {
    "zh-CN": re.compile("点(?:下面的大按钮)?“([^”{]+)”"),
    "en": re.compile("(?:tap|press) “([^”{]+)”", re.IGNORECASE),
}
_OF_THE_APP = {"发消息"}
"""Buttons that the chat app itself shows."""


@pytest.mark.parametrize("locale", LOCALES)
def test_a_button_named_in_a_message_exists(locale: str) -> None:
    folder = TEMPLATES / locale
    labels = "".join(path.read_text() for path in folder.glob("labels_*.txt"))
    for path in sorted(folder.rglob("*.html")):
        for name in _NAMED_BUTTON[locale].findall(path.read_text()):
            assert name in labels or name in _OF_THE_APP, (
                f"{path.name} names a button “{name}” that is nowhere"
            )
