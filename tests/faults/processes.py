"""Linmens in processes of their own, started and ended by tests."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

from bot.paths import ROOT
from tests.faults.failpoints import Failpoint

PATIENCE = 60.0
"""Seconds that a process may take to start or to end."""


@dataclass
class Process:
    """One Linmen; `log` is where it writes."""

    pid: int
    log: Path
    gone: Future[int]

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self.gone), PATIENCE)
        except TimeoutError:
            raise AssertionError(f"{self.pid} goes on:\n{self.log.read_text()[-3000:]}") from None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if not self.gone.done():
            os.kill(self.pid, number)

    async def kill(self) -> None:
        """SIGKILL, and wait."""
        self.send(signal.SIGKILL)
        await self.ended()


class ForkServer:
    """Talks to `tests.faults.forkserver`, which is imported once for all tests."""

    def __init__(self) -> None:
        unset = ("BOT_TOKEN", "BOT_API_BASE", "DATABASE_URL", "REDIS_URL", "LINMEN_DATA")
        environment = {k: v for k, v in os.environ.items() if k not in unset}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forkserver"],
            cwd=ROOT,
            env=environment | {"OPENBLAS_NUM_THREADS": "1", "DEMO_ACCOUNTS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._pids: Queue[int] = Queue()
        self._gone: dict[int, Future[int]] = {}
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._pids.get(timeout=PATIENCE * 2) == 0, "the fork server did not start"

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "gone" in said:
                self._end_of(said["gone"]).set_result(said["code"])
            else:
                self._pids.put(said["pid"])

    def _end_of(self, pid: int) -> Future[int]:
        with self._lock:
            return self._gone.setdefault(pid, Future())

    def start(self, settings: dict[str, Any], log: Path, *points: Failpoint) -> Process:
        """Start a Linmen with these settings."""
        order = {
            "settings": settings,
            "log": str(log),
            "failpoints": [point.order() for point in points],
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        pid = self._pids.get(timeout=PATIENCE)
        return Process(pid, log, self._end_of(pid))

    def close(self) -> None:
        """End it, and with it every child that is left."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        self._process.stdout.close()
