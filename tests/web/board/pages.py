"""What every page of the board must be: well-formed, and without anything of its own to fetch."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = frozenset({"meta", "link", "img", "br", "hr", "input", "col", "wbr"})
NOT_IN_P = frozenset(
    {"p", "ul", "ol", "dl", "div", "section", "article", "table", "h1", "h2", "h3", "h4"}
    | {"details", "blockquote", "figure", "header", "footer", "main", "nav"}
)
CHILDREN = {"ul": {"li"}, "ol": {"li"}, "dl": {"div", "dt", "dd"}, "tr": {"td", "th"}}
KNOWN = (
    NOT_IN_P
    | VOID
    | {"html", "head", "title", "body", "a", "span", "strong", "time", "li", "dt", "dd", "ins"}
    | {"del", "figcaption", "summary", "caption", "thead", "tbody", "tr", "td", "th"}
    | {"svg", "path", "rect"}
)
"""Elements that the templates use: any other one came from somebody's words."""


@dataclass
class Page:
    """A parsed page."""

    text: str
    faults: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    labelled_by: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


class _Checker(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        self._attributes(tag, given, attrs)
        parent = self.open[-1] if self.open else ""
        if tag not in KNOWN:
            self.page.faults.append(f"<{tag}> is not ours")
        if tag in NOT_IN_P and "p" in self.open:
            self.page.faults.append(f"<{tag}> in <p>")
        if parent in CHILDREN and tag not in CHILDREN[parent]:
            self.page.faults.append(f"<{tag}> in <{parent}>")
        if tag in {"h1", "h2", "h3", "h4"}:
            self.page.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def _attributes(
        self, tag: str, given: dict[str, Any], attrs: list[tuple[str, str | None]]
    ) -> None:
        if len(given) != len(attrs):
            self.page.faults.append(f"<{tag}> has an attribute twice")
        if any(name.startswith("on") or name == "style" for name in given):
            self.page.faults.append(f"<{tag}> has a script or style of its own")
        if "id" in given:
            self.page.ids.append(given["id"])
        if "aria-labelledby" in given:
            self.page.labelled_by.append(given["aria-labelledby"])
        if "href" in given:
            (self.page.fetched if tag == "link" else self.page.links).append(given["href"])
        if "src" in given:
            self.page.fetched.append(given["src"])
        if tag == "img" and not given.get("alt"):
            self.page.faults.append("<img> without words")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.page.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.page.words.append(data)


def parse(text: str) -> Page:
    """Read a page and note everything that is wrong with it."""
    page = Page(text)
    checker = _Checker(page)
    checker.feed(text)
    checker.close()
    if checker.open:
        page.faults.append(f"left open: {checker.open}")
    if not text.startswith("<!doctype html>"):
        page.faults.append("no doctype")
    if len(set(page.ids)) < len(page.ids):
        page.faults.append(f"an id twice: {sorted(page.ids)}")
    if missing := set(page.labelled_by) - set(page.ids):
        page.faults.append(f"labelled by nothing: {missing}")
    if page.headings.count(1) != 1:
        page.faults.append("not one <h1>")
    for before, after in zip(page.headings, page.headings[1:], strict=False):
        if after > before + 1:
            page.faults.append(f"<h{after}> after <h{before}>")
    page.faults += [f"fetches {one}" for one in page.fetched if not one.startswith("/board/")]
    return page
