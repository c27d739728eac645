"""Starts Linmens quickly: imports everything once and forks a child for each start.

`python -m tests.faults.forkserver` reads one order a line from standard input and answers with
lines of JSON: `{"pid": …}` for each child, `{"gone": pid, "code": …}` when it has ended (a negative
code is the signal that ended it). It has one thread, as a process that forks should.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
import traceback
from typing import Any, NoReturn

from bot.app import serve
from bot.logs import configure_logs
from bot.settings import Settings
from tests.faults.failpoints import Failpoint, install

_PR_SET_PDEATHSIG = 1


def _say(line: dict[str, Any]) -> None:
    os.write(1, json.dumps(line).encode() + b"\n")


def _reap(*_: object) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say({"gone": pid, "code": os.waitstatus_to_exitcode(status)})


def _child(order: dict[str, Any]) -> NoReturn:
    """Be a Linmen with its failpoints; end with the fork server at the latest."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 0
    try:
        configure_logs()
        for point in order["failpoints"]:
            install(Failpoint(**point))
        asyncio.run(serve(Settings(**order["settings"])))
    except BaseException:  # noqa: BLE001 - written down; the child must never go on
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Fork for each order until there are no more."""
    signal.signal(signal.SIGCHLD, _reap)
    _say({"pid": 0})
    for line in iter(sys.stdin.readline, ""):
        pid = os.fork()
        if pid == 0:
            _child(json.loads(line))
        _say({"pid": pid})


if __name__ == "__main__":
    main()
