"""Full request journeys through the sandbox over HTTP, by many residents at once.

Each resident waits for the bot's answer before the next step, as people do: start, consent, one
sentence, the category confirmed, the address, the summary confirmed, and so a ticket number.
Measured twice: all in one process, as `make run` starts it, and with the server apart, as on
Telegram. Prints updates and tickets a second, the time from update to first reply, and memory.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import common
from bench.crowd import Crowd, People, first_replies, journey, open_district
from models.district import District

MEMORY_LIMIT = 350.0
"""MB that the whole process may take with everything loaded."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one arrangement reached."""

    seconds: float
    journeys: int
    updates: int
    latencies: list[float]
    memory: float


async def drive(
    server: str, district: District, people: People, journeys: int, at_once: int
) -> tuple[float, list[float]]:
    """Walk so many journeys, so many of them at once; seconds taken, seconds to first replies."""
    steps = journey(district)
    async with Crowd(server) as crowd:
        await crowd.answered(await crowd.staff(district))
        told = await crowd.rehearse(steps, people.make(1)[0])
        residents = people.make(journeys)
        await crowd.welcome(residents)
        places = asyncio.Semaphore(at_once)

        async def one(index: int) -> None:
            async with places:
                await crowd.walk(residents[index], steps, told)

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for index in range(journeys):
                group.create_task(one(index))
        took = time.perf_counter() - began
        if crowd.refused:
            raise RuntimeError(f"calls refused: {crowd.refused[:3]}")
        return took, [seconds for _, seconds in first_replies(residents, told)]


def tickets_in(folder: Path) -> int:
    """How many tickets the database holds."""
    with sqlite3.connect(f"file:{folder / 'linmen.sqlite3'}?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM ticket").fetchone()[0])


def measure(*, apart: bool, journeys: int, at_once: int) -> Result:
    """Start one arrangement, walk the journeys, count the tickets."""
    district = open_district()
    people = People(district)
    with common.Processes() as processes:
        server = processes.sandbox() if apart else ""
        if server:
            common.wait_until_up(f"{server}/sandbox/people")
        process, address, folder = processes.linmen(server)
        common.wait_until_up(f"{address}/healthz", process)
        took, latencies = asyncio.run(drive(server or address, district, people, journeys, at_once))
        memory = common.memory(process.pid)
        if (tickets := tickets_in(folder)) != journeys + 1:
            raise RuntimeError(f"{journeys + 1} journeys made {tickets} tickets")
    return Result(took, journeys, journeys * len(journey(district)), latencies, memory)


def main() -> None:
    """Run both arrangements and print them side by side."""
    arguments = common.parse(__doc__, journeys=300, at_once=40)
    journeys = 60 if arguments.quick else arguments.journeys
    at_once = min(arguments.at_once, journeys)
    figures: common.Figures = {}
    rows: list[list[str]] = []
    for name, apart in (("one process", False), ("server apart", True)):
        result = measure(apart=apart, journeys=journeys, at_once=at_once)
        values = {
            "updates_per_second": result.updates / result.seconds,
            "tickets_per_second": result.journeys / result.seconds,
            "p50_ms": common.percentile(result.latencies, 0.50) * 1000,
            "p99_ms": common.percentile(result.latencies, 0.99) * 1000,
            "memory_mb": result.memory,
        }
        figures |= values if not apart else {f"apart_{key}": one for key, one in values.items()}
        rows.append([name, *(f"{value:,.1f}" for value in values.values())])
    common.show(
        f"{journeys} journeys to a ticket, {at_once} residents at once",
        ["", "updates/s", "tickets/s", "p50 ms", "p99 ms", "memory MB"],
        rows,
    )
    print("ms: from a resident's act to the first message it brought, by the server's clock.")
    print(f"Memory: the whole process tree; the limit for one process is {MEMORY_LIMIT:.0f} MB.")
    common.finish(figures, as_json=arguments.json)


if __name__ == "__main__":
    main()
