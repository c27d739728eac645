"""An update that holds a secret choice leaves nothing behind: not what came, not what was said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiogram.types import Update
from sqlalchemy import select
from sqlmodel import col

from bot.outcome import Outcome, Verdict
from bot.record import record
from bot.runtime import Runtime
from bot.worker import Worker
from models.district import District
from models.errors import NotEligible
from models.messaging import InboxUpdate, OutboxCall
from tests.faults.engine import deliver, engines
from tests.faults.updates import message
from workflows.work import Work

SECRET, PLAIN = "我选方案甲", "/help"
ONE, OTHER = 501, 502

Handler = Callable[[Update, dict[str, Any]], Awaitable[Any]]


def vote_on(runtime: Runtime, *, fail: Exception | None = None) -> None:
    """A conversation in which one sentence is a vote: as the screens of a ballot do it."""

    async def voting(handler: Handler, event: Update, data: dict[str, Any]) -> Any:
        if event.message is None or event.message.text != SECRET:
            return await handler(event, data)
        work: Work = data["work"]
        await event.message.answer("先说一句")
        work.secret = True
        await event.message.answer(f"收到了：{SECRET}")
        if fail is not None:
            raise fail
        return None

    runtime.dispatcher.update.outer_middleware(voting)  # type: ignore[arg-type]


async def rows(runtime: Runtime) -> tuple[list[InboxUpdate], list[OutboxCall]]:
    async with runtime.database.transaction() as session:
        inbox = await session.scalars(select(InboxUpdate).order_by(col(InboxUpdate.id)))
        said = select(OutboxCall).where(col(OutboxCall.chat_id).in_((ONE, OTHER)))
        outbox = await session.scalars(said.order_by(col(OutboxCall.id)))
        return list(inbox), list(outbox)


async def test_of_two_updates_in_one_transaction_only_the_secret_one_is_emptied(
    tmp_path: Path, district: District
) -> None:
    async with engines("", tmp_path, district) as (runtime,):
        vote_on(runtime)
        await deliver(runtime, message(1, ONE, 1, SECRET), message(2, OTHER, 1, PLAIN))
        assert await Worker(runtime).step() == 2
        (secret, plain), calls = await rows(runtime)
    assert (secret.status, secret.raw, secret.digest) == ("done", b"", "")
    assert plain.status == "done"
    assert plain.raw and plain.digest
    assert {call.secret for call in calls if call.chat_id == ONE} == {True}
    assert {call.secret for call in calls if call.chat_id == OTHER} == {False}


@pytest.mark.parametrize("error", [NotEligible("no", reason="voted"), RuntimeError(SECRET)])
async def test_a_vote_that_is_refused_or_fails_is_emptied_too(
    tmp_path: Path, district: District, error: Exception
) -> None:
    async with engines("", tmp_path, district) as (runtime,):
        vote_on(runtime, fail=error)
        await deliver(runtime, message(1, ONE, 1, SECRET))
        worker = Worker(runtime)
        for _ in range(4):
            await worker.step()
            runtime.clock.advance(3)
        (row,), calls = await rows(runtime)
    assert row.raw == b""
    assert row.digest == ""
    assert row.status == ("done" if isinstance(error, NotEligible) else "failed")
    assert SECRET not in str(row.error)
    assert all(SECRET not in str(call.payload) for call in calls)


@pytest.mark.parametrize(
    ("verdict", "kept"),
    [
        (Verdict.SENT, False),
        (Verdict.FAILED, False),
        (Verdict.UNREACHABLE, False),
        (Verdict.RETRY, True),
        (Verdict.IN_DOUBT, True),
    ],
)
async def test_what_was_said_is_emptied_once_it_is_sent_or_given_up(
    tmp_path: Path, district: District, verdict: Verdict, kept: bool
) -> None:
    async with engines("", tmp_path, district) as (runtime,):
        vote_on(runtime)
        await deliver(runtime, message(1, ONE, 1, SECRET))
        await Worker(runtime).step()
        _, calls = await rows(runtime)
        assert SECRET in str(calls[1].payload)
        async with runtime.database.transaction() as session:
            outcomes = [(call, Outcome(verdict, message_id=9)) for call in calls]
            await record(session, outcomes, runtime.clock.now())
        _, calls = await rows(runtime)
    assert all(bool(call.payload) == kept for call in calls)
