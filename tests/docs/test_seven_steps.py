"""The drawing of the seven steps is that of the tables."""

from __future__ import annotations

import re

from bot.drawing import NAMES, draw_steps
from handlers.texts import Texts
from models.deliberation.steps import MOVES, SEVEN
from tests.docs.pages import read


def test_the_drawing_is_current() -> None:
    assert read("docs/seven-steps.md") == draw_steps() + "\n"


def test_every_move_is_in_the_diagram_from_each_of_its_steps() -> None:
    arrows = set(re.findall(r"(\w+) --> (\w+): (\w+)", read("docs/seven-steps.md")))

    for row in MOVES:
        for source in row.sources:
            assert (source, row.target, row.move) in arrows


def test_the_steps_are_called_as_in_the_chat() -> None:
    assert [NAMES[step] for step in SEVEN] == [
        Texts("zh-CN").label(f"discuss.step_{step}") for step in SEVEN
    ]
