"""A fork server for all tests of this folder, and a world for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from models.district import District
from tests.faults.processes import ForkServer
from tests.faults.world import World, world


@pytest.fixture(scope="session")
def forks() -> Iterator[ForkServer]:
    server = ForkServer()
    yield server
    server.close()


@pytest.fixture
async def town(tmp_path: Path, forks: ForkServer, district: District) -> AsyncIterator[World]:
    """A sandbox without a bot yet; queues are read from the database."""
    async with world(tmp_path / "var", forks, district) as opened:
        yield opened
