"""Every notice in every language, with the values of a good day and of a bad one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from handlers.texts import LOCALES, TEMPLATES, Texts
from models.lifecycle import Outcome, State
from models.ticket import Attachment, Ticket
from tests.workflows.town import COURT, MONDAY, STAFF, make_district
from workflows.notices import NOTICES

DISTRICT = make_district()
HOSTILE = '<b>{{ 7*7 }}</b>&amp;"\u202e' + "长" * 4000
NAMES = sorted(name for name in set(NOTICES) - {"digest"} if not name.startswith("d_"))
"""Notices about tickets; those of deliberations have their own sample values."""


def ticket(text: str, **more: Any) -> Ticket:
    return Ticket(
        id=1,
        number=1042,
        category="facility.lighting",
        text=text,
        grid=COURT,
        building="1",
        place_text=text[:200],
        created_at=MONDAY,
        updated_at=MONDAY,
        promised_at=MONDAY,
        response_due_at=MONDAY,
        resolution_due_at=MONDAY,
        **more,
    )


def context(notice: str, text: str, *, bare: bool) -> dict[str, Any]:
    """Everything filled with `text`; `bare` leaves out what may be missing."""
    about = ticket(text, **({} if bare else FULL))
    known: dict[str, Any] = {
        "ticket": about,
        "category": DISTRICT.categories[0],
        "node": DISTRICT.node_by_code[COURT],
        "address": text[:100],
        "assignee": None if bare else STAFF[0],
        "by": None if bare else STAFF[1],
        "text": None if bare else text,
        "files": () if bare else (Attachment(ticket_id=1, kind="photo"),),
        "closes_at": MONDAY,
        "due_at": MONDAY,
        "helper": None if bare else STAFF[2],
        "previous": None if bare else STAFF[2],
        "department": None if bare else DISTRICT.departments[0],
        "emergency": None if bare else DISTRICT.emergencies[0],
        "responsible": "" if bare else text,
        "settled": not bare,
        "which": "response" if bare else "resolution",
        "parts": [ticket(text), ticket(text)],
        "into": 1043,
        "change": "overdue" if bare else "resolved",
        "before": text,
    }
    base = {"ticket", "category", "node", "address", "assignee", "by", "text", "files"}
    return {name: known[name] for name in base | NOTICES[notice].extra}


FULL = {
    "outcome": Outcome.DONE,
    "state": State.ASSIGNED,
    "level_due_at": MONDAY,
    "outside_due_at": MONDAY,
    "responded_at": MONDAY,
    "overdue": True,
    "rating": 4,
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("bare", [True, False])
@pytest.mark.parametrize("notice", NAMES)
def test_every_notice_bears_its_number_and_fits(notice: str, bare: bool, locale: str) -> None:
    for text in ("楼道灯坏了", HOSTILE):
        words = Texts(locale)(f"notices/{notice}", **context(notice, text, bare=bare))
        assert "#1042" in words
        visible = re.sub(r"<[^>]+>", "", words).replace("&lt;", "<").replace("&#34;", '"')
        assert 0 < len(visible) <= 4096
        assert "<b>{{" not in words
        assert "None" not in words
        assert not re.search(r"\n{3,}", words)


@pytest.mark.parametrize("locale", LOCALES)
def test_templates_and_catalogue_name_the_same_notices(locale: str) -> None:
    files = {path.stem for path in Path(TEMPLATES / locale / "notices").glob("*.html")}

    assert files == set(NOTICES)


@pytest.mark.parametrize("change", ["accepted", "forwarded", "resolved", "closed", "reopened"])
def test_followers_read_no_words_of_the_reporter(change: str) -> None:
    given = context("follow_update", "王小明的话", bare=False) | {"change": change}
    given["ticket"].unit, given["ticket"].room = "3", "401"
    for locale in LOCALES:
        words = Texts(locale)("notices/follow_update", **given)
        assert "王小明" not in words
        assert "401" not in words
