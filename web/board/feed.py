"""The Atom feed: every step that began, newest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from feedgen.feed import FeedGenerator

from web.board.words import Words
from workflows.deliberation.board.both import Both
from workflows.deliberation.board.views import FeedEntry

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped (section 2.2)."""


def draw_feed(
    site: str, district: Both, entries: Sequence[FeedEntry], words: Words, now: datetime
) -> bytes:
    """The feed as Atom. `site` is where the board is, without a slash at the end."""
    feed = FeedGenerator()
    feed.id(f"{site}/board")
    feed.title(str(words.say("feed_title", district=district.of(words.locale))))
    feed.language(words.locale)
    feed.author(name=_xml(district.of(words.locale)))
    feed.link(href=f"{site}/board", rel="alternate")
    feed.link(href=f"{site}/board/feed.xml", rel="self")
    feed.updated(entries[0].at if entries else now)
    for entry in entries:
        page = f"{site}/board/d/{entry.number}"
        item = feed.add_entry(order="append")
        item.id(f"{page}#event-{entry.event_id}")
        item.title(_xml(f"{entry.title} · {words.say(f'step_{entry.step}')}"))
        item.link(href=page, rel="alternate")
        item.updated(entry.at)
        item.published(entry.at)
        places = ", ".join(place.of(words.locale) for place in entry.places)
        item.summary(_xml(" · ".join(filter(None, (places, entry.reason)))) or " ")
    drawn: bytes = feed.atom_str(pretty=True)
    return drawn


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text)
