"""The child that computes: round trip, crash, nonsense, cancellation, idleness."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from opinions import wire
from opinions.picture import Vote, compute_picture
from opinions.process import PictureError, PictureProcess

OPINIONS = range(8)
VOTES = [
    Vote(person, opinion, (1 if person % 2 else -1) if opinion < 5 else 1)
    for person in range(20)
    for opinion in OPINIONS
]


async def chunks(votes: list[Vote] = VOTES) -> AsyncIterator[bytes]:
    for start in range(0, len(votes), 50):
        yield wire.pack_votes(votes[start : start + 50])


async def test_a_round_trip_gives_the_same_picture_and_its_images() -> None:
    async with PictureProcess() as process:
        first = await process.compute(chunks(), OPINIONS, hidden=[7])
        child = process.pid
        assert first == compute_picture(VOTES, OPINIONS, hidden=[7])
        drawn = await process.render(
            chunks(), OPINIONS, hidden=[7], previous=first, png_size=(320, 240), svg=True
        )
        assert process.pid == child
        assert drawn.picture == compute_picture(VOTES, OPINIONS, hidden=[7], previous=first)
        assert drawn.png is not None
        assert drawn.png.startswith(b"\x89PNG")
        assert drawn.svg is not None
        again = await process.render(chunks(), OPINIONS, previous=drawn.json)
        assert (again.png, again.svg) == (None, None)
    assert process.pid is None


async def test_a_killed_child_is_an_error_and_the_next_call_works() -> None:
    async with PictureProcess() as process:
        await process.compute(chunks(), OPINIONS)
        child = process.pid
        assert child is not None

        async def fatal() -> AsyncIterator[bytes]:
            yield wire.pack_votes(VOTES[:10])
            os.kill(child, signal.SIGKILL)
            yield wire.pack_votes(VOTES[10:])

        with pytest.raises(PictureError):
            await process.compute(fatal(), OPINIONS)
        assert (await process.compute(chunks(), OPINIONS)).verdict == "groups"
        assert process.pid != child


async def test_what_cannot_be_computed_is_an_error_and_the_child_lives() -> None:
    async def nonsense() -> AsyncIterator[bytes]:
        yield b"no whole record"

    async with PictureProcess() as process:
        with pytest.raises(PictureError, match="ValueError"):
            await process.compute(nonsense(), OPINIONS)
        child = process.pid
        assert child is not None
        assert (await process.compute(chunks(), OPINIONS)).verdict == "groups"
        assert process.pid == child


async def test_a_cancelled_call_leaves_nothing_behind() -> None:
    started = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield wire.pack_votes(VOTES)
        started.set()
        await asyncio.Event().wait()

    async with PictureProcess() as process:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(process.compute(endless(), OPINIONS))
            await started.wait()
            task.cancel()
        assert process.pid is None
        assert (await process.compute(chunks(), OPINIONS)).verdict == "groups"


async def test_an_idle_child_ends_and_a_new_one_answers() -> None:
    async with PictureProcess(idle_seconds=0) as process:
        await process.compute(chunks(), OPINIONS)
        child = process._child
        assert child is not None
        assert await child.wait() == 0
        assert process.pid is None
        assert (await process.compute(chunks(), OPINIONS)).verdict == "groups"


def test_the_process_that_answers_loads_no_numeric_library() -> None:
    code = (
        "import sys, json; import opinions.picture, opinions.process, opinions.drawing;"
        "print(json.dumps([n for n in sys.modules if n in "
        "('numpy','pandas','sklearn','reddwarf','scipy')]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(out.stdout) == []
