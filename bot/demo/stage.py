"""The stage: a database, a clock that is moved by hand, and one transaction for each act.

Before the clock moves on, everything that falls due until then is done, each at its own time, as
`bot.due` does it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select
from sqlmodel import col

from bot.database import Database
from models.people import Resident, StaffAccount
from models.ticket import DueTime
from workflows.deadlines import run_due
from workflows.people import find_person
from workflows.work import Person, Services, Work

Result = TypeVar("Result")
Act = Callable[..., Awaitable[Result]]


class Quiet:
    """A notifier that says nothing: a hundred people's messages of forty days would flood the
    sandbox's chats.

    A mailing still has its recipients. A recipient whose message is not in the outbox counts as
    reached (`workflows.mailing.delivered`: sent, and forgotten since), so no row is written there.
    """

    def __init__(self) -> None:
        # Below every ref that a transaction draws (`Transaction.enqueue`).
        self._refs = count(-(2**52) - 1, -1)

    async def resident(
        self, work: Work, resident_id: int, notice: str, **context: Any
    ) -> int | None:
        """Say nothing; the ref of the message that would have been sent."""
        known = await work.session.get(Resident, resident_id)
        return next(self._refs) if known is not None else None

    async def staff(self, work: Work, staff_code: str, notice: str, **context: Any) -> int | None:
        """Say nothing."""
        return None


class Stage:
    """Where the play happens."""

    def __init__(self, database: Database, services: Services, now: datetime) -> None:
        self._database = database
        self.services = services
        self.now = now
        """The simulated time (UTC)."""

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """One transaction of the present moment."""
        async with self._database.transaction() as session:
            yield Work(session, self.now, self.services)

    async def act(self, who: int | str, act: Act[Result], /, *args: Any, **named: Any) -> Result:
        """Have a resident (by account) or the holder of a post (by code) do something.

        Raises what the workflow raises: the play is written so that it raises nothing.
        """
        async with self.work() as work:
            return await act(work, await person(work, who), *args, **named)

    async def move_to(self, at: datetime) -> None:
        """Let the time pass, doing what falls due; a moment that has passed is now."""
        while True:
            async with self.work() as work:
                due = await work.session.scalar(
                    select(DueTime)
                    .where(col(DueTime.done_at).is_(None), col(DueTime.due_at) <= at)
                    .order_by(col(DueTime.due_at), col(DueTime.id))
                    .limit(1)
                )
                if due is None:
                    break
                work.now = self.now = max(self.now, due.due_at)
                await run_due(work, due)
        self.now = max(self.now, at)


async def person(work: Work, who: int | str) -> Person:
    """The person behind an account or a post. Raises LookupError when there is none."""
    account = who
    if isinstance(who, str):
        row = await work.session.get(StaffAccount, who)
        account = (row.resident_id if row is not None else None) or 0
    found = await find_person(work, int(account))
    if found is None:
        raise LookupError(f"nobody is {who}")
    return found
