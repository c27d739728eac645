"""What every benchmark shares: arguments, figures, processes to measure, and their memory.

Each benchmark runs as `python bench/NAME.py` from anywhere; `--quick` keeps it under half a
minute, `--json` makes the last line one JSON object of named figures.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from types import TracebackType

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "1:sandbox"
START_SECONDS = 120.0
UNLIMITED = """\
[courier]
messages_per_second = 0
chat_messages_per_second = 0
group_messages_per_minute = 0
[policy]
messages_per_minute = 1000000
"""
"""A configuration without Telegram's limits and our own: nobody here is a person in a hurry."""
_SETTINGS = [
    "BOT_TOKEN",
    "BOT_API_BASE",
    "DATABASE_URL",
    "REDIS_URL",
    "LINMEN_DATA",
    "LINMEN_CONFIG",
    "HOST",
    "PORT",
    "PUBLIC_URL",
    "WEBHOOK_SECRET",
    "DISTRICT",
    "POLICY",
    "COURIER",
]

Figures = dict[str, float]


# --- arguments and results


def parse(description: str | None, **more: int) -> argparse.Namespace:
    """Read the command line; `more` are whole numbers that can be set, with their defaults."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less of everything: under 30 seconds")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object of figures")
    for name, default in more.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default: {default}")
    return parser.parse_args()


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed; 0.0 of no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def middle(values: Sequence[float]) -> float:
    """The median; 0.0 of no values."""
    return median(values) if values else 0.0


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; every column but the first is right-aligned."""
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", no_wrap=index > 0)
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 110).print(table)


def finish(figures: Mapping[str, float], *, as_json: bool) -> None:
    """End a benchmark: the JSON object, if it was asked for, is the last line."""
    if as_json:
        print(json.dumps({name: round(value, 4) for name, value in figures.items()}))


# --- processes


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment with none of Linmen's settings but these."""
    kept = {name: value for name, value in os.environ.items() if name.upper() not in _SETTINGS}
    return kept | settings


class Processes:
    """Processes to measure, in a temporary folder; all are ended with the block."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lm-"))
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self._running):
            self.stop(process)
        if error is not None:
            for path in sorted(self.folder.glob("*.log")):
                sys.stderr.write(f"--- {path.name}\n{path.read_text()[-2000:]}\n")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, name: str, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start `python arguments…` in the project's folder; what it prints goes to a log."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=clean_environment(**settings),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._running.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """End one process; by force when it does not listen."""
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self._running:
            self._running.remove(process)

    def sandbox(self, name: str = "sandbox") -> str:
        """Start a sandbox that keeps everything in memory; returns its address at once."""
        port = free_port()
        self.start(name, "-m", "web.sandbox", "--port", str(port), "--token", TOKEN)
        return f"http://127.0.0.1:{port}"

    def linmen(
        self, server: str = "", name: str = "linmen"
    ) -> tuple[subprocess.Popen[bytes], str, Path]:
        """Start Linmen on a server, or with its own sandbox; its process, address and folder."""
        data, config, port = self.folder / name, self.folder / f"{name}.toml", free_port()
        config.write_text(UNLIMITED)
        settings = {"LINMEN_DATA": str(data), "PORT": str(port)}
        if server:
            settings |= {"BOT_TOKEN": TOKEN, "BOT_API_BASE": server, "DEMO_ACCOUNTS": "1"}
        process = self.start(name, "-m", "bot", "run", "--config", str(config), **settings)
        return process, f"http://127.0.0.1:{port}", data


def wait_until_up(
    address: str, process: subprocess.Popen[bytes] | None = None, pause: float = 0.05
) -> float:
    """Wait until GET `address` answers 200; returns when that was (`time.time()`)."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(address, timeout=5) as answer,
        ):
            if answer.status == 200:
                return time.time()
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the process behind {address} ended with {process.returncode}")
        time.sleep(pause)
    raise RuntimeError(f"{address} did not answer within {START_SECONDS:.0f} s")


# --- memory and processor


def _descendants(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _descendants(int(child))


def _resident(pid: int, field: str) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) / 1024
    return 0.0


def cpu_seconds(pid: int) -> float:
    """Processor time that a process and all its children have taken so far; Linux only."""
    ticks = 0
    for one in _descendants(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pid: int, *, peak: bool = False) -> float:
    """Resident memory of a process and all its children, in MB (2²⁰ bytes); Linux only."""
    return sum(_resident(one, "VmHWM" if peak else "VmRSS") for one in _descendants(pid))
