"""What pages say about the program is what the program does."""

from __future__ import annotations

import re

import pytest
import typer
from typer.testing import CliRunner

from bench.triage import measure
from bot.__main__ import app
from bot.drawing import draw_lifecycle
from handlers.dispatcher import CONVERSATIONS
from tests.docs.pages import READMES, names, read, rows, section

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
CLOSE = 0.005
"""How far a figure may be off: one or two of the held-out sentences."""


def test_the_lifecycle_is_drawn_from_the_table() -> None:
    assert read("docs/lifecycle.md") == draw_lifecycle() + "\n"


@pytest.mark.parametrize(
    ("page", "heading"), [("README.md", "The command line"), ("README.zh-CN.md", "命令行")]
)
def test_readmes_tell_of_every_command_and_its_options(page: str, heading: str) -> None:
    table = {
        names(row[0])[0].split()[0]: row[0] for row in rows(section(read(page), heading)) if row[0]
    }
    assert set(table) == set(COMMANDS)
    for name, cell in table.items():
        command = COMMANDS[name]
        inner = getattr(command, "commands", {}).values()
        options = {opt for one in (command, *inner) for param in one.params for opt in param.opts}
        assert set(re.findall(r"--[\w-]+", cell)) <= options, name


@pytest.mark.parametrize("page", READMES)
def test_readmes_tell_of_every_chat_command(page: str) -> None:
    claimed = {command for routes in CONVERSATIONS for command in routes.commands}
    for command in claimed:
        assert f"`/{command}`" in read(page)


def test_every_command_explains_itself() -> None:
    for name in COMMANDS:
        shown = CliRunner().invoke(app, [name, "--help"])
        assert shown.exit_code == 0, shown.output


def test_figures_of_triage_are_those_of_the_benchmark() -> None:
    figures = measure(True)
    told = {names(row[0])[0]: float(row[1]) for row in rows(section(read("docs/triage.md"), "Fig"))}
    assert told
    for name, value in told.items():
        assert figures[name] == pytest.approx(value, abs=CLOSE), name
