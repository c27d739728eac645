"""What one vote on an opinion costs in a database: used by `bench/deliberation.py`.

Prints the median milliseconds of one transaction with one vote, of the newest 200 voices.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import select
from sqlmodel import col

from bench import common
from bot.database import Database
from models.deliberation.opinion import Opinion, Voice
from workflows.deliberation.voices import put_vote
from workflows.work import Work

ROUNDS = 200


async def cost(folder: Path) -> float:
    """Milliseconds of one vote."""
    database = Database(f"sqlite:///{folder / 'linmen.sqlite3'}")
    took = []
    async with database.reading() as session:
        voices = list(await session.scalars(select(col(Voice.id)).limit(ROUNDS)))
        opinions = list(await session.scalars(select(col(Opinion.id)).limit(ROUNDS)))
    for index in range(ROUNDS):
        began = time.perf_counter()
        async with database.transaction() as session:
            work = Work(session, datetime.now(UTC), None)  # type: ignore[arg-type] - not asked
            opinion = await session.get(Opinion, opinions[index % len(opinions)])
            if opinion is None:
                raise RuntimeError("an opinion is gone")
            await put_vote(work, voices[index % len(voices)] or 0, opinion, index % 3 - 1)
        took.append((time.perf_counter() - began) * 1000)
    await database.close()
    return common.middle(took)


if __name__ == "__main__":
    print(asyncio.run(cost(Path(sys.argv[1]))))
