"""Linmen beside the same conversation written as a usual aiogram bot would be (peer_bot.py).

Both run at once, each with a server process of its own of the same kind, and are measured in
turns. A round is one group of new residents who go through the journey together: at each step the
server holds the bot's next getUpdates back until all have acted, so that the driver costs nothing
while the bot works it off.

- effects: updates whose effect is committed, a second, as another process sees the database;
- replies: calls that reached the server, a second;
- p99: from update to first reply, under a steady stream at half of the peak.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import common
from bench.crowd import (
    Crowd,
    People,
    Resident,
    Step,
    Told,
    first_replies,
    journey,
    open_district,
)
from models.district import District

EFFECTS_TARGET, REPLIES_TARGET, P99_TARGET_MS = 3.0, 2.0, 100.0
LOOK = 0.005
"""Seconds between looks into the database."""
PATIENCE = 120.0
WARM_UP = 15
"""Residents of the round that is not counted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    residents: int
    rounds: int
    seconds: float
    """Length of the steady stream that counts."""
    gap: float
    """Seconds between the steps of one resident in the steady stream."""
    peer_stream: bool
    """Whether the usual bot gets a steady stream too, at half of its own peak."""


@dataclass(frozen=True, slots=True)
class Round:
    """One group through all steps; the seconds count from each release of the held updates."""

    updates: int
    effect_seconds: float
    replies: int
    reply_seconds: float
    cpu_seconds: float
    """What the bot's processes took of a processor, from before the first release to the end."""


@dataclass
class Side:
    """One bot with its server."""

    name: str
    process: subprocess.Popen[bytes]
    database: Path
    effects_sql: str
    """Counts the updates whose effect is committed."""
    tickets_sql: str
    crowd: Crowd
    told: list[Told] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)

    def count(self, sql: str) -> int:
        """Ask the bot's database, from outside."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return int(connection.execute(sql).fetchone()[0])

    async def until_committed(self, effects: int) -> float:
        """Wait for so many effects; returns when they were there."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=30)) as connection:
            end = time.time() + PATIENCE
            while connection.execute(self.effects_sql).fetchone()[0] < effects:
                if time.time() > end:
                    raise RuntimeError(f"{self.name}: effects are missing")
                await asyncio.sleep(LOOK)
            return time.time()

    def middle(self, figure: str) -> float:
        """The median of `effects`, `replies` or `peak` a second, or of `cpu_ms` an update."""
        values = {
            "effects": [one.updates / one.effect_seconds for one in self.rounds],
            "replies": [one.replies / one.reply_seconds for one in self.rounds],
            "cpu_ms": [one.cpu_seconds / one.updates * 1000 for one in self.rounds],
            "peak": [one.updates / one.reply_seconds for one in self.rounds],
        }
        return common.middle(values[figure])


async def burst(side: Side, step: Step, told: Told, people: Sequence[Resident]) -> Round:
    """All do one step at the same time."""
    crowd = side.crowd
    await crowd.quiet()
    cpu = common.cpu_seconds(side.process.pid)
    fetched, effects, calls = len(crowd.fetched), side.count(side.effects_sql), crowd.calls
    await crowd.hold(0.2 + len(people) / 300)
    await crowd.act(step, people)
    acted = time.time()
    await crowd.until(lambda: len(crowd.fetched) >= fetched + 2, "the hold")
    released = crowd.fetched[fetched + 1][0]
    if released < acted:
        raise RuntimeError(f"{side.name}: the driver was {acted - released:.2f} s late")
    committed = await side.until_committed(effects + len(people))
    replies = told.calls * len(people)
    await crowd.until(lambda: crowd.calls >= calls + replies, f"replies to {step.name}")
    return Round(
        updates=len(people),
        effect_seconds=committed - released,
        replies=replies,
        reply_seconds=crowd.last_call - released,
        cpu_seconds=common.cpu_seconds(side.process.pid) - cpu,
    )


async def one_round(side: Side, steps: Sequence[Step], people: Sequence[Resident]) -> Round:
    """A group of new residents through the whole journey."""
    await side.crowd.welcome(people)
    tickets = side.count(side.tickets_sql)
    parts = [
        await burst(side, step, told, people) for step, told in zip(steps, side.told, strict=True)
    ]
    if (made := side.count(side.tickets_sql) - tickets) != len(people) or side.crowd.refused:
        raise RuntimeError(f"{side.name}: {made} tickets; refused: {side.crowd.refused[:3]}")
    return Round(
        sum(part.updates for part in parts),
        sum(part.effect_seconds for part in parts),
        sum(part.replies for part in parts),
        sum(part.reply_seconds for part in parts),
        sum(part.cpu_seconds for part in parts),
    )


async def steady(
    side: Side, steps: Sequence[Step], people: People, rate: float, plan: Plan
) -> list[float]:
    """A stream of `rate` updates a second; seconds from each update to its first reply.

    Only the stretch counts in which every step is under way, `plan.seconds` long.
    """
    await side.crowd.settled()
    ramp = plan.gap * (len(steps) - 1)
    residents = people.make(int(rate * (plan.seconds + ramp) / len(steps)))
    await side.crowd.welcome(residents)
    await side.crowd.stream(steps, residents, rate, plan.gap)
    expected = sum(step.messages for step in side.told)
    for person in residents:
        await person.until(expected)
    first, last = residents[0].acted[0] + ramp, residents[-1].acted[0]
    waits = first_replies(residents, side.told)
    return [waited for acted, waited in waits if first <= acted <= last]


async def open_sides(
    processes: common.Processes, stack: AsyncExitStack, district: District
) -> list[Side]:
    """Start both bots, each with a server of its own, and wait until both answer."""
    servers = [processes.sandbox("server-linmen"), processes.sandbox("server-peer")]
    linmen, address, folder = processes.linmen(servers[0])
    peer_folder = processes.folder / "peer"
    script = str(Path(__file__).with_name("peer_bot.py"))
    peer = processes.start("peer", script, "--server", servers[1], "--folder", str(peer_folder))
    crowds, staff = [], []
    for server in servers:
        common.wait_until_up(f"{server}/sandbox/people")
        crowds.append(await stack.enter_async_context(Crowd(server)))
        staff.append(await crowds[-1].staff(district))
    common.wait_until_up(f"{address}/healthz", linmen)
    for crowd, posts in zip(crowds, staff, strict=True):
        await crowd.answered(posts)
    return [
        Side(
            "Linmen",
            linmen,
            folder / "linmen.sqlite3",
            "SELECT count(*) FROM inbox WHERE status = 'done'",
            "SELECT count(*) FROM ticket",
            crowds[0],
        ),
        Side(
            "usual bot",
            peer,
            peer_folder / "peer.sqlite3",
            "SELECT count(*) FROM history",
            "SELECT count(*) FROM request",
            crowds[1],
        ),
    ]


async def measure(plan: Plan) -> common.Figures:
    """Everything, in turns; returns the figures."""
    district = open_district()
    steps, people = journey(district), People(district)
    with common.Processes() as processes:
        async with AsyncExitStack() as stack:
            sides = await open_sides(processes, stack, district)
            linmen, peer = sides
            linmen.told, peer.told = await asyncio.gather(
                *(side.crowd.rehearse(steps, people.make(1)[0]) for side in sides)
            )
            if linmen.told != peer.told:
                raise RuntimeError(f"not the same answers: {linmen.told} and {peer.told}")
            await asyncio.gather(*(one_round(side, steps, people.make(WARM_UP)) for side in sides))
            for _ in range(plan.rounds):
                for side in sides:
                    side.rounds.append(await one_round(side, steps, people.make(plan.residents)))
            figures: common.Figures = {}
            for side, key in ((linmen, "linmen"), (peer, "peer")):
                figures |= {
                    f"{key}_effects_per_second": side.middle("effects"),
                    f"{key}_replies_per_second": side.middle("replies"),
                    f"{key}_peak_updates_per_second": side.middle("peak"),
                    f"{key}_cpu_ms_per_update": side.middle("cpu_ms"),
                }
                if side is linmen or plan.peer_stream:
                    waits = await steady(side, steps, people, side.middle("peak") / 2, plan)
                    figures |= {
                        f"{key}_p50_ms": common.percentile(waits, 0.50) * 1000,
                        f"{key}_p99_ms": common.percentile(waits, 0.99) * 1000,
                    }
                figures[f"{key}_memory_mb"] = common.memory(side.process.pid)
    return figures | {
        "effects_ratio": linmen.middle("effects") / peer.middle("effects"),
        "replies_ratio": linmen.middle("replies") / peer.middle("replies"),
        "p99_ms": figures["linmen_p99_ms"],
    }


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}"


def main() -> None:
    """Measure and print both side by side."""
    arguments = common.parse(__doc__, residents=150, rounds=3, seconds=12)
    plan = Plan(arguments.residents, arguments.rounds, arguments.seconds, 2.0, peer_stream=True)
    if arguments.quick:
        plan = Plan(residents=40, rounds=1, seconds=3, gap=0.8, peer_stream=False)
    figures = asyncio.run(measure(plan))
    names = {
        "effects_per_second": "effects committed/s",
        "replies_per_second": "replies at the server/s",
        "peak_updates_per_second": "peak: updates/s with all their replies",
        "cpu_ms_per_update": "processor ms for one update",
        "p50_ms": "p50 ms to first reply, at half of its peak",
        "p99_ms": "p99 ms to first reply, at half of its peak",
        "memory_mb": "memory MB",
    }
    common.show(
        f"{plan.residents} residents in step, median of {plan.rounds} rounds each",
        ["", "Linmen", "usual bot"],
        [
            [label, *(_shown(figures.get(f"{side}_{name}")) for side in ("linmen", "peer"))]
            for name, label in names.items()
        ],
    )
    print(f"effects_ratio {figures['effects_ratio']:.2f} (target: at least {EFFECTS_TARGET:.0f})")
    print(f"replies_ratio {figures['replies_ratio']:.2f} (target: at least {REPLIES_TARGET:.0f})")
    print(f"p99 {figures['p99_ms']:.0f} ms at half of the peak (target: under {P99_TARGET_MS:.0f})")
    common.finish(figures, as_json=arguments.json)


if __name__ == "__main__":
    main()
