"""Pictures are computed in a process of their own, one at a time.

The numeric libraries take seconds to import and some 200 MB; the process that answers people
must never load them. The child starts when it is needed, runs with low priority and one thread,
stays warm for a while and ends, giving its memory back. It also draws, so that the event loop
is never held by an image. What the loop does itself: pack the votes (the caller, in chunks),
and read the picture's JSON (under 10 ms with 5,000 points; `Computed.json` can be stored as is).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from opinions import wire
from opinions.picture import Picture

IDLE_SECONDS = 120.0
COMPUTE_SECONDS = 120.0
"""A computation, starting the child included, may take that long; then it counts as failed."""
END_SECONDS = 5.0
ROOT = Path(__file__).resolve().parent.parent


class PictureError(Exception):
    """A picture could not be computed; trying again later is fine."""


@dataclass(frozen=True, slots=True)
class Computed:
    """A picture as JSON bytes (for storage and as `previous`), and what was drawn of it."""

    json: bytes
    png: bytes | None = None
    svg: str | None = None

    @property
    def picture(self) -> Picture:
        """The picture, parsed anew each time."""
        return Picture.from_json(json.loads(self.json))


class PictureProcess:
    """The child process, and the queue before it."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._lock = asyncio.Lock()
        self._child: Process | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> PictureProcess:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        running = self._child is not None and self._child.returncode is None
        return self._child.pid if self._child is not None and running else None

    async def compute(
        self,
        votes: AsyncIterator[bytes],
        opinions: Sequence[int],
        *,
        hidden: Collection[int] = (),
        previous: Picture | bytes | None = None,
    ) -> Picture:
        """`opinions.picture.compute_picture` in the child; see `render`."""
        return (await self.render(votes, opinions, hidden=hidden, previous=previous)).picture

    async def render(
        self,
        votes: AsyncIterator[bytes],
        opinions: Sequence[int],
        *,
        hidden: Collection[int] = (),
        previous: Picture | bytes | None = None,
        png_size: tuple[int, int] | None = None,
        svg: bool = False,
        labels: Mapping[str, str] | None = None,
    ) -> Computed:
        """Compute a picture and draw it.

        `votes`: chunks of `wire.pack_votes`. `previous`: the last picture, or its stored JSON.
        `png_size` in pixels; `labels` as `opinions.drawing` takes them. Waits while another
        computation runs. Raises PictureError when the child fails, dies or takes too long; the
        next call starts a new one. Cancelling ends the child.
        """
        async with self._lock:
            self._stop_timer()
            try:
                async with asyncio.timeout(COMPUTE_SECONDS):
                    child = await self._start()
                    order = {
                        "opinions": [*opinions],
                        "hidden": [*hidden],
                        "png": png_size,
                        "svg": svg,
                        "labels": dict(labels or {}),
                    }
                    before = previous if isinstance(previous, bytes) else _encode(previous)
                    return await _exchange(child, _compact(order), before, votes)
            except PictureError:
                raise
            except (OSError, EOFError, TimeoutError, ValueError) as error:
                await self._end(force=True)
                raise PictureError(f"the picture process failed: {error!r}") from error
            except BaseException:
                # half a request is in the pipe: this child cannot be asked again
                await self._end(force=True)
                raise
            finally:
                if self._child is not None:
                    loop = asyncio.get_running_loop()
                    self._timer = loop.call_later(self._idle_seconds, self._let_go)

    async def close(self) -> None:
        """End the child, after the computation that runs."""
        async with self._lock:
            self._stop_timer()
            await self._end()

    async def _start(self) -> Process:
        if self._child is not None and (
            self._child.returncode is not None
            or self._child.stdin is None
            or self._child.stdin.is_closing()
        ):
            await self._end()
        if self._child is None:
            one_thread = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1")
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "opinions",
                cwd=ROOT,
                env=os.environ | one_thread,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        return self._child

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _let_go(self) -> None:
        """Idle for long enough: the end of its input ends the child."""
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()

    async def _end(self, *, force: bool = False) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        if force:
            _kill(child)
        try:
            async with asyncio.timeout(END_SECONDS):
                await child.wait()
        except TimeoutError:
            _kill(child)
            await child.wait()


def _kill(child: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.kill()


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _encode(previous: Picture | None) -> bytes:
    return b"" if previous is None else _compact(previous.as_json())


async def _exchange(
    child: Process, order: bytes, previous: bytes, votes: AsyncIterator[bytes]
) -> Computed:
    if child.stdin is None or child.stdout is None:
        raise EOFError
    child.stdin.write(wire.frame(order) + wire.frame(previous))
    async for chunk in votes:
        if chunk:
            child.stdin.write(wire.frame(chunk))
            await child.stdin.drain()
    child.stdin.write(wire.frame(b""))
    await child.stdin.drain()
    state = json.loads(await _read(child.stdout))
    found, png, svg = [await _read(child.stdout) for _ in range(3)]
    if state["error"]:
        raise PictureError(state["error"])
    return Computed(found, png or None, svg.decode() if svg else None)


async def _read(stream: asyncio.StreamReader) -> bytes:
    (length,) = wire.LENGTH.unpack(await stream.readexactly(wire.LENGTH.size))
    return await stream.readexactly(length)
