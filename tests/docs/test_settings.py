"""A setting without documentation fails; a documented default is the real one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.district_files import DistrictFile, EmergencyEntry, Files
from bot.paths import ROOT
from bot.settings import _FLAT, CourierSettings, Settings, load_settings
from models.deliberation.policy import DeliberationPolicy
from models.district import Category, Choice, Council, Department, GridNode, Question, Seat, Staff
from models.policy import Policy
from models.worktime import WorkCalendar
from tests.docs.pages import READMES, names, read, rows, section

NESTED = (DeliberationPolicy,)
"""Tables inside a table: each has a heading of its own."""
OPERATOR = "docs/operator.md"
PROMISED = (
    "BOT_TOKEN",
    "BOT_API_BASE",
    "DATABASE_URL",
    "REDIS_URL",
    "LINMEN_DATA",
    "HOST",
    "PORT",
)


def default(model: type[BaseModel], field: str) -> Any:
    value = model.model_fields[field].get_default()
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


def written(cell: str) -> Any:
    """A default as it is written in the table, which is TOML."""
    return tomllib.loads(f"x = {names(cell)[0]}")["x"]


def test_every_setting_stands_in_the_guide_with_variable_and_default() -> None:
    table = {names(row[0])[0]: row for row in rows(section(read(OPERATOR), "[telegram]"))}
    expected = {f"[{name}] {key}": field for (name, key), field in _FLAT.items()}
    assert set(table) == set(expected)
    assert {*expected.values(), "policy", "courier"} == set(Settings.model_fields)
    for key, field in expected.items():
        assert names(table[key][1]) == [field.upper()]
        assert written(table[key][2]) == default(Settings, field), key


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("[courier]", CourierSettings),
        ("[policy]", Policy),
        ("[policy.deliberation]", DeliberationPolicy),
    ],
)
def test_every_limit_stands_in_the_guide_with_its_default(
    heading: str, model: type[BaseModel]
) -> None:
    table = {names(row[0])[0]: row for row in rows(section(read(OPERATOR), heading))}
    assert set(table) == {
        name for name, field in model.model_fields.items() if field.annotation not in NESTED
    }
    for field, row in table.items():
        told = written(row[1]) if names(row[1]) else None
        assert getattr(model(**({} if told is None else {field: told})), field) == getattr(
            model(), field
        ), field
        assert row[2]


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("district.toml", DistrictFile),
        ("grids.toml", GridNode),
        ("staff.toml", Staff),
        ("departments.toml", Department),
        ("services.toml", Category),
        ("emergencies.toml", EmergencyEntry),
        ("calendar.toml", WorkCalendar),
        ("councils.toml", Council),
    ],
)
def test_every_key_of_the_district_stands_in_the_guide(
    heading: str, model: type[BaseModel]
) -> None:
    table = [name for row in rows(section(read(OPERATOR), heading)) for name in names(row[0])]
    assert sorted(table) == sorted(model.model_fields)


@pytest.mark.parametrize(
    ("heading", "key", "models"),
    [
        ("district.toml", "files", (Files,)),
        ("services.toml", "question", (Question, Choice)),
        ("councils.toml", "seats", (Seat,)),
    ],
)
def test_keys_of_inner_tables_stand_in_the_guide(
    heading: str, key: str, models: tuple[type[BaseModel], ...]
) -> None:
    found = [row for row in rows(section(read(OPERATOR), heading)) if names(row[0]) == [key]]
    told = set(names(found[0][1]))
    for model in models:
        assert set(model.model_fields) <= told


def test_config_toml_shows_the_defaults() -> None:
    shown = load_settings(ROOT / "config.toml").model_dump(include={"policy", "courier"})
    assert shown["policy"] == Policy().model_dump()
    assert shown["courier"] == CourierSettings().model_dump()


@pytest.mark.parametrize("page", READMES)
def test_readmes_name_the_promised_variables(page: str) -> None:
    text = read(page)
    for variable in PROMISED:
        assert f"`{variable}`" in text
        assert variable.lower() in Settings.model_fields


def test_the_production_example_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in read("deploy/linmen.env.example").splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            assert name.lower() in Settings.model_fields
            monkeypatch.setenv(name, value or "4242-made-up")
    settings = load_settings(ROOT / "deploy" / "config.toml")
    assert settings.public_url
    assert settings.database.startswith("postgresql://")
    assert not settings.sandboxed
