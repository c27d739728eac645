"""Waiting that ends early: for news, or because the process is to stop.

Loops are not cancelled in the middle of a transaction; they are told to stop and end between two.
"""

from __future__ import annotations

import asyncio
import contextlib


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Wait until the event is set, `seconds` at most; whether it is."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
