"""Bringing the database to the tables that this version needs, with Alembic."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.database import Database
from bot.paths import ROOT

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = ROOT / "migrations"


def newest_revision() -> str:
    """The last revision in `migrations/versions`, read off the file names (`0001_first.py`).

    Alembic itself takes a third of a second to import; a start that has nothing to migrate, as
    nearly every start has, need not wait for it.
    """
    names = sorted(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
    match = re.match(r"(\d+)_", names[-1])
    assert match is not None  # noqa: S101 - the glob above asks for it
    return match[1]


async def migrate(database: Database) -> bool:
    """Upgrade to the newest revision; returns whether there was anything to do."""
    async with database.engine.connect() as connection:
        if await connection.run_sync(_revision) == newest_revision():
            return False
    async with database.engine.begin() as connection:
        await connection.run_sync(_upgrade)
    return True


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see newest_revision

    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for a connection of ours."""
    from alembic.config import Config  # noqa: PLC0415 - see newest_revision

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
