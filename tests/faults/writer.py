"""A process that stores updates and says which are committed, until it is killed.

`python -m tests.faults.writer DATABASE FIRST` stores updates FIRST, FIRST + 1, … in transactions of
one to three, and writes the number of the last one to standard output after each commit. Any error
ends it with its name, so that a test sees what was lost to a busy database.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.database import Database
from bot.inbox import store_updates
from tests.faults.updates import message

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


async def write(path: Path, number: int) -> None:
    """Store without end; checkpoint often, so that kills fall into checkpoints too."""
    database = Database(f"sqlite:///{path}")
    while True:
        many = number % 3 + 1
        raws = [
            message(n, person=n % 7 + 1, number=n, words="灯") for n in range(number, number + many)
        ]
        async with database.transaction() as session:
            await store_updates(session, raws, NOW, timedelta())
        number += many
        os.write(1, f"{number - 1}\n".encode())
        if number % 5 == 0:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


if __name__ == "__main__":
    try:
        asyncio.run(write(Path(sys.argv[1]), int(sys.argv[2])))
    except Exception as error:  # noqa: BLE001 - the test reads what went wrong
        os.write(1, f"{type(error).__name__}: {error}\n".encode())
        sys.exit(1)
