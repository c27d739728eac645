"""The same word for the same thing in code, templates and the glossary."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest
from jinja2 import Environment, FileSystemLoader

from handlers.texts import TEMPLATES
from models.deliberation.steps import Capacity, Step
from models.district import Role
from models.lifecycle import Action, Actor, Outcome, State
from tests.docs.pages import names, read, rows, section

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def table(heading: str) -> dict[str, list[str]]:
    return {names(row[0])[0]: row for row in rows(section(read("docs/glossary.md"), heading))}


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("States", State),
        ("Outcomes", Outcome),
        ("Actions", Action),
        ("In what capacity", Actor),
        ("Steps", Step),
        ("Capacities", Capacity),
    ],
)
def test_every_member_has_an_english_and_a_chinese_word(heading: str, kind: type[StrEnum]) -> None:
    found = table(heading)
    assert list(found) == [member.value for member in kind]
    for row in found.values():
        assert row[1]
        assert CHINESE.search(row[2])


def test_every_role_has_a_chinese_word() -> None:
    found = table("People")
    for role in Role:
        assert CHINESE.search(found[role.value][2])


@pytest.mark.parametrize(
    ("heading", "kind", "macro"),
    [
        ("States", State, "state_word"),
        ("Outcomes", Outcome, "outcome_word"),
        ("Actions", Action, "action_word"),
    ],
)
def test_staff_read_the_words_of_the_glossary(
    heading: str, kind: type[StrEnum], macro: str
) -> None:
    environment = Environment(loader=FileSystemLoader(TEMPLATES / "zh-CN"), autoescape=True)
    environment.filters["when"] = str
    say = getattr(environment.get_template("staff/words.txt").module, macro)
    for member in kind:
        assert table(heading)[member.value][2] == str(say(member.value)).strip()
