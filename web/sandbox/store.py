"""The sandbox's own SQLite file, written in groups: one commit for each turn of the event loop."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol

_LOG = logging.getLogger(__name__)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people (id INTEGER PRIMARY KEY, body BLOB);
CREATE TABLE IF NOT EXISTS chats (id INTEGER PRIMARY KEY, body BLOB);
CREATE TABLE IF NOT EXISTS messages
    (chat INTEGER, id INTEGER, seq INTEGER, flags INTEGER, raw BLOB, extra BLOB,
     PRIMARY KEY (chat, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events
    (seq INTEGER PRIMARY KEY, chat INTEGER, kind TEXT, body BLOB);
CREATE TABLE IF NOT EXISTS updates
    (position INTEGER PRIMARY KEY, id INTEGER, lane INTEGER, expires REAL, forced INTEGER,
     delivered INTEGER, raw BLOB);
CREATE TABLE IF NOT EXISTS callbacks (id TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS calls
    (id INTEGER PRIMARY KEY, time REAL, took REAL, method TEXT, chat INTEGER, status INTEGER,
     detail BLOB);
"""
TABLES = (
    "meta people chats messages events updates callbacks files calls".split()  # noqa: SIM905
)


class Store(Protocol):
    """Where the state outlives the process."""

    def write(self, sql: str, row: tuple[Any, ...]) -> None:
        """Queue one statement for the next commit."""

    async def committed(self) -> None:
        """Return when everything queued so far is committed."""

    def read(self, sql: str) -> Iterable[tuple[Any, ...]]:
        """Return the rows of a query; only at start-up, before anything is queued."""

    def close(self) -> None:
        """Commit what is queued and let the file go."""


class MemoryStore:
    """A store that keeps nothing: the sandbox lives as long as its process."""

    def write(self, sql: str, row: tuple[Any, ...]) -> None:
        """Do nothing."""

    async def committed(self) -> None:
        """Return at once."""

    def read(self, sql: str) -> Iterable[tuple[Any, ...]]:
        """Return no rows."""
        return ()

    def close(self) -> None:
        """Do nothing."""


class SqliteStore:
    """A store in an SQLite file.

    WAL with `synchronous=NORMAL`: a killed process loses no commit, a power cut may lose the last
    ones, which a test server can bear. Statements queued within one turn of the event loop share
    one commit, so a hundred calls answered together cost one.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(
            path, isolation_level=None, timeout=5, check_same_thread=False
        )
        self._connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            f"PRAGMA wal_autocheckpoint=4000; {_SCHEMA}"
        )
        self._queue: list[tuple[str, tuple[Any, ...]]] = []
        self._waiter: asyncio.Future[None] | None = None

    def write(self, sql: str, row: tuple[Any, ...]) -> None:
        """Queue one statement for the commit at the end of this turn of the event loop."""
        self._queue.append((sql, row))
        if self._waiter is None:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            loop.call_soon(self._flush)

    async def committed(self) -> None:
        """Return when everything queued so far is committed.

        Raises:
            sqlite3.Error: when the file cannot be written; then nothing of the group is there, and
                the next commit tries it again.
        """
        if self._waiter is not None:
            await asyncio.shield(self._waiter)

    def _flush(self) -> None:
        waiter, self._waiter = self._waiter, None
        try:
            self._commit()
        except sqlite3.Error as error:
            _LOG.error("the sandbox's database cannot be written: %s", error)
            if waiter is not None and not waiter.done():
                waiter.set_exception(error)
                waiter.exception()
            return
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _commit(self) -> None:
        queue, self._queue = self._queue, []
        if not queue:
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for sql, group in groupby(queue, key=itemgetter(0)):
                self._connection.executemany(sql, [row for _, row in group])
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            self._connection.execute("ROLLBACK")
            self._queue = queue + self._queue
            raise

    def read(self, sql: str) -> Iterable[tuple[Any, ...]]:
        """Return the rows of a query; only at start-up, before anything is queued."""
        return self._connection.execute(sql)

    def close(self) -> None:
        """Commit what is queued and let the file go."""
        self._commit()
        self._connection.close()


def open_store(path: Path | None) -> Store:
    """Return the store of this file, or one that keeps nothing."""
    return MemoryStore() if path is None else SqliteStore(path)
