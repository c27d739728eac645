"""The database: SQLite on a laptop, PostgreSQL in production, one way to open a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

import orjson
import sqlalchemy
from sqlalchemy import Connection, CursorResult, Result, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from models.base import Table

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
_SQLITE_AWAY = (
    "unable to open database file",
    "database is locked",
    "database or disk is full",
    "disk I/O error",
)
"""What sqlite3 says when the file cannot be read or written just now (sqlite.org/rescode.html)."""
BUSY_TIMEOUT_MS = 30_000
"""How long a SQLite writer waits for another process (milliseconds)."""


def async_url(url: str) -> str:
    """The URL with the asynchronous driver named. Raises ValueError for another database."""
    scheme, separator, rest = url.partition("://")
    base = scheme.partition("+")[0]
    if not separator or base not in _DRIVERS:
        raise ValueError(f"not a SQLite or PostgreSQL URL: {scheme!r}")
    return f"{_DRIVERS[base]}://{rest}"


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


class Database:
    """An engine and its transactions.

    SQLite has one writer: within the process an asyncio lock queues them, so that nobody waits in
    a thread; across processes `BEGIN IMMEDIATE` and the busy timeout do. `synchronous=FULL`, since
    NORMAL can lose the last commits on power loss (RELIABILITY, facts).
    """

    def __init__(self, url: str) -> None:
        url = async_url(url)
        self.dialect = make_url(url).get_backend_name()
        options: dict[str, Any] = {"json_serializer": _dumps, "json_deserializer": orjson.loads}
        # What a statement was given (a name, a choice) is in no traceback and so in no log.
        options["hide_parameters"] = True
        if self.dialect == "sqlite":
            options["connect_args"] = {"timeout": BUSY_TIMEOUT_MS / 1000}
        else:
            options["pool_pre_ping"] = True
        self.engine: AsyncEngine = create_async_engine(url, **options)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._read_engine = _make_read_engine(self.engine, url, options)
        self._readers = async_sessionmaker(self._read_engine, expire_on_commit=False)
        self._gate: asyncio.Lock | None = None
        if self.dialect == "sqlite":
            self._gate = asyncio.Lock()
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_immediate)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits at the end of the block and rolls back on any exception.

        Raises:
            sqlalchemy.exc.DBAPIError: the database is not there, whatever its driver calls that.
        """
        gate: AbstractAsyncContextManager[Any] = self._gate or nullcontext()
        async with gate, self._sessions() as session, session.begin():
            await _connected(session)
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one moment and cannot write; it waits for no writer and stops none.

        Raises:
            sqlalchemy.exc.DBAPIError: the database is not there, or the block tried to write.
        """
        async with self._readers() as session:
            await _connected(session)
            yield session

    async def close(self) -> None:
        """Give the connections back."""
        await self._read_engine.dispose()
        await self.engine.dispose()


def _make_read_engine(writing: AsyncEngine, url: str, options: dict[str, Any]) -> AsyncEngine:
    """Connections for `Database.reading`.

    SQLite gets some of its own, since "query only" holds for a whole connection; PostgreSQL takes
    those of the writers, and says it of the transaction.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return writing.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    engine = create_async_engine(url, **options)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "connect", _query_only)
    event.listen(engine.sync_engine, "begin", _begin_deferred)
    return engine


async def _connected(session: AsyncSession) -> None:
    """Connect now. SQLAlchemy passes on what asyncpg and the system say when nobody listens."""
    try:
        await session.connection()
    except SQLAlchemyError:
        raise
    except Exception as error:
        raise OperationalError(None, None, error, connection_invalidated=True) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "cache_size=-6000",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _query_only(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _begin_deferred(connection: Connection) -> None:
    """In WAL mode such a transaction reads the moment of its first statement, and locks nothing."""
    connection.exec_driver_sql("BEGIN")


def insert_for(session: AsyncSession, table: type[Table]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the session."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table_of(table))
    return sqlite.insert(table_of(table))


def table_of(table: type[Table]) -> sqlalchemy.Table:
    """The Core table behind a model: for statements that need nothing of the ORM."""
    core = table.__table__  # type: ignore[attr-defined]
    assert isinstance(core, sqlalchemy.Table)  # noqa: S101 - what SQLModel makes of it
    return core


def is_outage(error: BaseException) -> bool:
    """Whether the database itself is away or blocked: nobody's fault, and no attempt counts."""
    if not isinstance(error, DBAPIError):
        return False
    said = str(error.orig)
    return error.connection_invalidated or any(words in said for words in _SQLITE_AWAY)


def affected(result: Result[Any]) -> int:
    """How many rows an UPDATE, INSERT or DELETE changed."""
    assert isinstance(result, CursorResult)  # noqa: S101 - what DML always returns
    return max(result.rowcount, 0)
