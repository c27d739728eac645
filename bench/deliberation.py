"""A call with 5,000 people, 500 opinions and 200,000 votes: does anybody's chat become slower?

Measures the time from a resident's message to the bot's answer, at rest and while the picture of
the opinion groups is computed over and over, in turns, in one running Linmen; and what casting one
vote costs with 10 votes and with 200,000 votes in the database. The computation itself is timed by
`bench/groups.py --speed`.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import common

PEOPLE, OPINIONS, VOTES = 5000, 500, 200_000
SPEAKERS = 6
"""Residents who write at the same time."""
PAUSE = 0.1
"""Seconds between an answer and the next message of the same resident."""
TARGET = 1.2
LAUNCH = 300_000
NOW = datetime.now(UTC).replace(tzinfo=None)


# --- a large call in the database


def fill(folder: Path, people: int, opinions: int, votes: int, number: int) -> None:
    """Write a call in step 1 with its opinions and votes straight into the tables."""
    chance = random.Random(number)
    base = number * 1_000_000
    at = (NOW - timedelta(hours=1)).isoformat(" ")
    soon = (NOW + timedelta(days=20)).isoformat(" ")
    with sqlite3.connect(folder / "linmen.sqlite3") as db:
        db.execute(
            "INSERT INTO deliberation (id, number, title, description, council, grids, step,"
            " step_since, step_due_at, method, unit, secret, created_at, updated_at, version)"
            " VALUES (?, ?, 'bench', '', 'xg.01', '[\"xg.01\"]', 'collect', ?, ?, 'approval',"
            " 'household', 1, ?, ?, 1)",
            (number, number, at, soon, at, at),
        )
        db.executemany(
            "INSERT INTO opinion (id, deliberation_id, text, origin, tickets, status, agrees,"
            " disagrees, passes, priority, created_at)"
            " VALUES (?, ?, ?, 'resident', 0, 'shown', 0, 0, 0, 1000, ?)",
            [(base + i, number, f"opinion {i}", at) for i in range(opinions)],
        )
        db.executemany(
            "INSERT INTO opinion_voice (id, deliberation_id, resident_id) VALUES (?, ?, ?)",
            [(base + i, number, LAUNCH + base + i) for i in range(people)],
        )
        db.executemany(
            "INSERT INTO opinion_vote (voice_id, opinion_id, deliberation_id, value, at)"
            " VALUES (?, ?, ?, ?, ?)",
            _votes(chance, base, people, opinions, votes, number, at),
        )


def _votes(
    chance: random.Random,
    base: int,
    people: int,
    opinions: int,
    votes: int,
    number: int,
    at: str,
) -> Iterable[tuple[int, int, int, int, str]]:
    """Two camps that disagree about every third opinion."""
    each = max(1, votes // people)
    for person in range(min(people, votes)):
        camp = person % 2
        for opinion in chance.sample(range(opinions), min(each, opinions)):
            lean = 0.8 if opinion % 3 or camp else 0.2
            value = 1 if chance.random() < lean else -1 if chance.random() < 0.7 else 0
            yield base + person, base + opinion, number, value, at


def one_more_vote(folder: Path) -> None:
    """Make the picture of the large call out of date."""
    at = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
    with sqlite3.connect(folder / "linmen.sqlite3", timeout=10) as db:
        db.execute(
            "UPDATE opinion_vote SET at = ? WHERE rowid ="
            " (SELECT rowid FROM opinion_vote WHERE deliberation_id = 1 LIMIT 1)",
            (at,),
        )


def computed_at(folder: Path) -> str:
    """When the large call's picture was computed last; empty before the first."""
    with sqlite3.connect(folder / "linmen.sqlite3", timeout=10) as db:
        row = db.execute("SELECT computed_at FROM opinion_picture WHERE deliberation_id = 1")
        return next((str(found[0]) for found in row), "")


# --- people who write


class Writer:
    """One person of the sandbox, who waits for each answer."""

    def __init__(self, client: httpx.AsyncClient, person: int) -> None:
        self._client = client
        self._path = f"/sandbox/people/{person}"
        self._person = person

    async def arrive(self) -> None:
        """Come to the sandbox and agree to nothing: /help answers everybody."""
        body = {"id": self._person, "name": "bench", "language_code": "zh-hans"}
        await self._client.post("/sandbox/people", json=body)
        await self.ask()

    async def ask(self) -> float:
        """Write /help; seconds until the bot's answer is in the chat."""
        chat = {"since": 0, "wait": 0, "from": "bot"}
        read = await self._client.get(f"{self._path}/chat", params=chat)
        cursor = read.json()["cursor"]
        began = time.perf_counter()
        await self._client.post(f"{self._path}/text", json={"text": "/help"})
        while True:
            news = await self._client.get(
                f"{self._path}/chat", params={"since": cursor, "wait": 10, "from": "bot"}
            )
            found = news.json()
            if found["messages"]:
                return time.perf_counter() - began
            cursor = found["cursor"]

    async def keep_asking(self, over: asyncio.Event, took: list[float]) -> None:
        """Ask again and again until it is over."""
        while not over.is_set():
            took.append(await self.ask())
            await asyncio.sleep(PAUSE)


async def phase(
    writers: list[Writer], seconds: float, folder: Path | None
) -> tuple[list[float], int]:
    """Answers' times of one phase, and how many pictures were computed in it.

    With a folder, votes keep coming and it goes on until two pictures were computed.
    """
    took: list[float] = []
    over = asyncio.Event()
    pictures, known = 0, computed_at(folder) if folder is not None else ""
    end = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(writer.keep_asking(over, took))
        while time.monotonic() < end or (folder is not None and pictures < 2):
            await asyncio.sleep(1)
            if folder is not None:
                await asyncio.to_thread(one_more_vote, folder)
                now = await asyncio.to_thread(computed_at, folder)
                pictures, known = pictures + (now != known), now
            if time.monotonic() > end + 120:
                raise RuntimeError("no picture was computed for two minutes")
        over.set()
    return took, pictures


async def measure_replies(
    address: str, folder: Path, seconds: float, turns: int
) -> tuple[list[float], list[float], int]:
    """Times at rest, times while pictures are computed, and how many pictures that were."""
    rest: list[float] = []
    busy: list[float] = []
    pictures = 0
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        writers = [Writer(client, 650_000_001 + index) for index in range(SPEAKERS)]
        for writer in writers:
            await writer.arrive()
        await phase(writers, 3, folder)
        for _ in range(turns):
            await _settled(folder)
            rest += (await phase(writers, seconds, None))[0]
            took, count = await phase(writers, seconds, folder)
            busy += took
            pictures += count
    return rest, busy, pictures


async def _settled(folder: Path) -> None:
    """Wait until no picture is being computed any more."""
    known = ""
    for _ in range(60):
        await asyncio.sleep(3)
        if (now := computed_at(folder)) == known and now:
            return
        known = now
    raise RuntimeError("no picture was ever computed")


# --- the cost of one vote


def cost_of_a_vote(folder: Path, votes: int) -> float:
    """Milliseconds that one vote in the chat's workflow takes, the median of many."""
    code = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("deliberation_vote.py")), str(folder)],
        cwd=common.ROOT,
        env=common.clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if code.returncode:
        raise RuntimeError(f"with {votes} votes: {code.stderr[-2000:]}")
    return float(code.stdout)


def prepared(folder: Path, people: int, opinions: int, votes: int) -> Path:
    """A data folder whose database holds one call of that size."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "bot", "migrate"],
        cwd=common.ROOT,
        env=common.clean_environment(LINMEN_DATA=str(folder)),
        check=True,
        capture_output=True,
    )
    fill(folder, people, opinions, votes, 1)
    return folder


def main() -> None:
    """Print the ratios."""
    arguments = common.parse(__doc__, seconds=20, turns=4)
    seconds, turns = (15.0, 1) if arguments.quick else (arguments.seconds, arguments.turns)
    with common.Processes() as processes:
        small = prepared(processes.folder / "small", 5, OPINIONS, 10)
        large = prepared(processes.folder / "linmen", PEOPLE, OPINIONS, VOTES)
        few, many = cost_of_a_vote(small, 10), cost_of_a_vote(large, VOTES)
        process, address, folder = processes.linmen()
        common.wait_until_up(f"{address}/healthz", process)
        rest, busy, pictures = asyncio.run(measure_replies(address, folder, seconds, turns))
        memory = common.memory(process.pid)
    calm, loaded = (common.percentile(times, 0.99) * 1000 for times in (rest, busy))
    common.show(
        f"{PEOPLE:,} people, {OPINIONS} opinions, {VOTES:,} votes",
        ["", "at rest / 10 votes", "computing / 200,000 votes", "ratio"],
        [
            ["answers", f"{len(rest)}", f"{len(busy)}", ""],
            ["pictures", "0", f"{pictures}", ""],
            ["p99 ms of an answer", f"{calm:.1f}", f"{loaded:.1f}", f"{loaded / calm:.2f}"],
            ["casting a vote, ms", f"{few:.2f}", f"{many:.2f}", f"{many / few:.2f}"],
        ],
    )
    print(
        f"Target: p99 at most {TARGET} times the one at rest."
        f" Memory, with the child: {memory:.0f} MB."
    )
    common.finish(
        {
            "p99_ratio": loaded / calm,
            "p99_rest_ms": calm,
            "p99_computing_ms": loaded,
            "vote_ratio": many / few,
            "memory_mb": memory,
        },
        as_json=arguments.json,
    )


if __name__ == "__main__":
    main()
