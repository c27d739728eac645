"""Where a process can be struck: a wrapper around one function of ours, put on after a fork.

A failpoint is dormant until its `armed` file exists, so that a test chooses the moment.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Failpoint:
    """Strike `before` or `after` the function `at` (`module:Class.function`).

    `do` is `kill` (SIGKILL), `stop` (SIGSTOP), `raise`, or `flush` (FLUSHALL of `redis`).
    `match` narrows it to calls that have the word as an argument or as an argument's `method` or
    `text`; `truthy` to calls that return something; `nth` counts those that are left.
    """

    at: str
    when: str = "before"
    do: str = "kill"
    match: str = ""
    truthy: bool = False
    nth: int = 1
    armed: str = ""
    redis: str = ""

    def order(self) -> dict[str, Any]:
        return asdict(self)


class StruckError(RuntimeError):
    """What a `raise` failpoint raises."""


def install(point: Failpoint) -> None:
    """Put the wrapper on."""
    module, _, path = point.at.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    original = getattr(owner, name)
    strike = _striker(point)

    @functools.wraps(original)
    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        if point.when == "before":
            strike(args)
        result = await original(*args, **kwargs)
        if point.when == "after" and (result or not point.truthy):
            strike(args)
        return result

    @functools.wraps(original)
    def synchronous(*args: Any, **kwargs: Any) -> Any:
        if point.when == "before":
            strike(args)
        result = original(*args, **kwargs)
        if point.when == "after" and (result or not point.truthy):
            strike(args)
        return result

    setattr(owner, name, asynchronous if inspect.iscoroutinefunction(original) else synchronous)


def _striker(point: Failpoint) -> Callable[[tuple[Any, ...]], None]:
    hits = 0

    def strike(args: tuple[Any, ...]) -> None:
        nonlocal hits
        if point.armed and not Path(point.armed).exists():
            return
        if point.match and not any(_is_about(argument, point.match) for argument in args):
            return
        hits += 1
        if point.do in ("kill", "stop") and hits != point.nth:
            return
        match point.do:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "raise":
                raise StruckError(point.at)
            case "flush":
                from redis import Redis

                with Redis.from_url(point.redis) as client:
                    client.flushall()

    return strike


def _is_about(argument: Any, word: str) -> bool:
    if isinstance(argument, str):
        return argument == word
    return word in (getattr(argument, "method", None), getattr(argument, "text", None))
