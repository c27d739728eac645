"""The migrations lead to exactly the tables that the models describe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.database import Database
from bot.migrate import MIGRATIONS, migrate, newest_revision
from models.base import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres_url")
    database = Database(url)
    if database.dialect == "postgresql":
        async with database.engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    yield database
    await database.close()


async def test_a_new_database_gets_all_tables_and_a_current_one_is_left_alone(
    empty: Database,
) -> None:
    assert await migrate(empty)
    assert not await migrate(empty)


async def test_models_and_migrations_agree(empty: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    await migrate(empty)
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def test_the_newest_revision_is_the_last_file() -> None:
    names = sorted(path.name for path in (MIGRATIONS / "versions").glob("0*_*.py"))
    assert names[-1].startswith(newest_revision())
