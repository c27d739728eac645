"""The demo sub-district's own tree, and the gazetteer over it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dispatch.gazetteer import Gazetteer
from models.district import GridNode

GRIDS = Path(__file__).parents[3] / "data" / "xigucheng" / "grids.toml"


def load_grids() -> list[GridNode]:
    with GRIDS.open("rb") as file:
        return [GridNode(**grid) for grid in tomllib.load(file)["grid"]]


@pytest.fixture(scope="session")
def grids() -> list[GridNode]:
    return load_grids()


@pytest.fixture(scope="session")
def gazetteer(grids: list[GridNode]) -> Gazetteer:
    return Gazetteer(grids)
