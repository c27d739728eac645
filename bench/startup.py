"""From `python -m bot run` to the first answer, next to `import aiogram` alone.

The first start makes the data folder and its tables; a later one finds them. The answer is the
greeting that a resident of the sandbox gets for pressing Start as soon as the bot takes messages.
Memory is that of the whole process tree afterwards, everything loaded, the sandbox included.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import common

PERSON = 920_000_001
MEMORY_LIMIT = 350.0
"""MB that the whole process may take."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds to a 200 of /healthz and to the greeting, MB afterwards."""

    healthy: float
    answered: float
    memory: float
    peak: float


def import_seconds(module: str) -> float:
    """Seconds that a new interpreter takes to import a module and to end."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        check=True,
        cwd=common.ROOT,
        env=common.clean_environment(),
    )
    return time.perf_counter() - began


def start(processes: common.Processes, person: int) -> Start:
    """Start Linmen in its folder and have a resident press Start."""
    began = time.time()
    process, address, _ = processes.linmen()
    healthy = common.wait_until_up(f"{address}/healthz", process, pause=0.01) - began
    _post(f"{address}/sandbox/people", {"id": person, "name": "王秀兰", "language_code": "zh-hans"})
    _post(f"{address}/sandbox/people/{person}/start", {})
    with urllib.request.urlopen(
        f"{address}/sandbox/people/{person}/chat?from=bot&wait=30", timeout=60
    ) as answer:
        if not json.load(answer)["messages"]:
            raise RuntimeError("no answer to /start")
    answered = time.time() - began
    memory, peak = common.memory(process.pid), common.memory(process.pid, peak=True)
    processes.stop(process)
    return Start(healthy, answered, memory, peak)


def _post(url: str, body: dict[str, object]) -> None:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30):
        pass


def main() -> None:
    """Import and start in turns; print medians."""
    arguments = common.parse(__doc__, rounds=5)
    rounds = 1 if arguments.quick else arguments.rounds
    imports, later = [], []
    import_seconds("aiogram")  # so that both find the files in the disk cache
    with common.Processes() as processes:
        first = start(processes, PERSON)
        for number in range(1, rounds + 1):
            imports.append(import_seconds("aiogram"))
            later.append(start(processes, PERSON + number))
    alone = common.middle(imports)
    healthy = common.middle([one.healthy for one in later])
    answered = common.middle([one.answered for one in later])
    memory = max(one.memory for one in later)
    common.show(
        f"Start, seconds (median of {rounds})",
        ["", "seconds", "times import aiogram"],
        [
            ["import aiogram alone", f"{alone:.2f}", "1.00"],
            ["bot run → /healthz 200", f"{healthy:.2f}", f"{healthy / alone:.2f}"],
            ["bot run → answer to /start", f"{answered:.2f}", f"{answered / alone:.2f}"],
            ["first start ever → answer", f"{first.answered:.2f}", f"{first.answered / alone:.2f}"],
        ],
    )
    print(f"Memory of the whole process tree: {memory:.0f} MB (limit: {MEMORY_LIMIT:.0f} MB)")
    figures = {
        "import_aiogram_seconds": alone,
        "healthz_seconds": healthy,
        "first_answer_seconds": answered,
        "first_ever_answer_seconds": first.answered,
        "first_answer_ratio": answered / alone,
        "memory_mb": memory,
        "memory_peak_mb": max(one.peak for one in later),
    }
    common.finish(figures, as_json=arguments.json)


if __name__ == "__main__":
    main()
