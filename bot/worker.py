"""The worker: takes updates from the inbox in the order of each chat and has them handled.

A batch of updates is one transaction: one commit for many updates costs a tenth of one commit
each. When anything in a batch fails, nothing of it was done, and its updates are taken one by one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from aiogram.types import Message, Update
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import col

from bot import leases
from bot.database import is_outage
from bot.inbox import JsonObject, chat_of, kind_of, parse_update
from bot.items import Item, album_of, name_of, note, sender_of, trace_of
from bot.prefetch import prefetch
from bot.transaction import Transaction
from bot.waiting import wait_for
from handlers.errors import explain
from handlers.texts import Texts
from models.errors import DomainError, StaleWrite
from models.messaging import LANES, InboxUpdate
from workflows.people import greet
from workflows.work import Person

if TYPE_CHECKING:
    from bot.runtime import Runtime

log = structlog.get_logger(__name__)

BATCH = 40
"""Updates in one transaction at most: more would keep the first of them waiting."""
MAX_ATTEMPTS = 3
"""After so many failures an update is set aside, and the chat goes on."""
RETRY_AFTER = (timedelta(seconds=0.3), timedelta(seconds=2))
IDLE = 0.5
"""Seconds between looks when nothing wakes the worker (another replica may have stored some)."""
LANE_NAMES = tuple(f"inbox:{lane}" for lane in range(LANES))


class Worker:
    """One worker of one process; several share the lanes of the inbox."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._held: dict[str, leases.Held] = {}
        self._renew_at: datetime | None = None

    async def run(self) -> None:
        """Work until told to stop."""
        runtime = self._runtime
        while not runtime.stopping.is_set():
            try:
                handled = await self.step()
            except DBAPIError as error:
                log.warning("database_unavailable", error=type(error.orig or error).__name__)
                await wait_for(runtime.stopping, 1)
                continue
            except StaleWrite:
                log.warning("lease_lost", owner=runtime.owner)
                self._held = {}
                self._renew_at = None
                continue
            if not handled:
                await wait_for(runtime.inbox_ready, IDLE)
                runtime.inbox_ready.clear()

    async def step(self) -> int:
        """Handle one batch; returns how many updates it dealt with.

        Raises:
            StaleWrite: the lanes went to another worker; nothing of the batch was done.
            DBAPIError: the database is not there; nothing of the batch was done.
        """
        runtime = self._runtime
        now = runtime.clock.now()
        await self._keep_lanes(now)
        items: list[Item] = []
        try:
            async with runtime.database.transaction() as session:
                items = await self._pending(session, now)
                if not items:
                    return 0
                transaction = self._begin(session, now)
                parts = [part for item in items for part in item.parts]
                await prefetch(transaction, runtime.bot.id, parts)
                for item in items:
                    await self._handle(transaction, item)
                await self._finish(transaction, items)
        except StaleWrite:
            raise
        except Exception as error:
            if items and not is_outage(error):
                await self._handle_each(items)
                return len(items)
            raise
        self._after_commit(transaction)
        return len(items)

    # --- lanes

    async def _keep_lanes(self, now: datetime) -> None:
        """Hold a fair share of the lanes, renewing well before they run out."""
        if self._renew_at is not None and now < self._renew_at:
            return
        owner = self._runtime.owner
        async with self._runtime.database.transaction() as session:
            self._held = {
                held.name: held
                for held in await leases.take_share(session, "inbox:", LANE_NAMES, owner, now)
            }
        self._renew_at = now + leases.TTL / 3

    # --- picking

    async def _pending(self, session: AsyncSession, now: datetime) -> list[Item]:
        """The oldest updates of the lanes held, leaving out chats whose next must wait."""
        lanes = [int(name.partition(":")[2]) for name in self._held]
        statement = (
            select(InboxUpdate)
            .where(col(InboxUpdate.status) == "new", col(InboxUpdate.lane).in_(lanes))
            .order_by(col(InboxUpdate.id))
            .limit(BATCH * 4)
        )
        rows = (await session.execute(statement)).scalars().all()
        items: list[Item] = []
        waiting: set[int] = set()
        albums: dict[tuple[int, str], Item] = {}
        for row in rows:
            if len(items) == BATCH:
                break
            part = parse_update(row.raw)
            group = album_of(part)
            if group and (album := albums.get((row.chat_id, group))) is not None:
                album.row_ids.append(row.id or 0)
                album.parts.append(part)
                continue
            if row.chat_id in waiting:
                continue
            if row.not_before is not None and row.not_before > now:
                waiting.add(row.chat_id)
                continue
            item = Item([row.id or 0], [part], row.chat_id)
            items.append(item)
            if group:
                albums[row.chat_id, group] = item
        return items

    # --- handling

    def _begin(self, session: AsyncSession, now: datetime) -> Transaction:
        return self._runtime.begin(session, now)

    async def _handle(self, transaction: Transaction, item: Item) -> None:
        """Handle one of several updates of a transaction, and note whether it is secret."""
        first = len(transaction.calls)
        transaction.work.secret = False
        try:
            await self._feed(transaction, item)
        finally:
            if transaction.work.secret:
                item.secret = True
                transaction.hide_calls(first)

    async def _feed(self, transaction: Transaction, item: Item) -> None:
        runtime = self._runtime
        transaction.chat_id = item.chat_id
        part = item.parts[0]
        sender = sender_of(part)
        kind = kind_of(part)
        if kind not in Update.model_fields or not isinstance(part[kind], dict):
            raise ValueError(f"unknown kind of update: {kind[:40]}")
        if sender is None:
            log.info("update_without_sender", kind=kind_of(part))
            return
        parts = [self._with_open_button(p) for p in item.parts]
        parsed = [Update.model_validate(p, context={"bot": runtime.bot}) for p in parts]
        person = await greet(
            transaction.work,
            account_id=sender["id"],
            name=name_of(sender),
            language_code=sender.get("language_code"),
        )
        album: list[Message] = sorted(
            (u.message for u in parsed if u.message and u.message.media_group_id),
            key=lambda message: message.message_id,
        )
        await runtime.dispatcher.feed_update(
            runtime.bot,
            parsed[0] if not album else parsed[0].model_copy(update={"message": album[0]}),
            work=transaction.work,
            person=person,
            t=Texts(person.locale),
            album=album if len(album) > 1 else [],
        )

    def _with_open_button(self, part: JsonObject) -> JsonObject:
        """A press with its signature checked and stripped; a forged one reaches nobody's handler.

        The part itself stays as it came: when its batch fails it is handled once more.
        """
        query = part.get("callback_query")
        if not isinstance(query, dict) or not isinstance(query.get("data"), str):
            return part
        data = self._runtime.signer.open(chat_of(part), query["data"]) or "forged"
        return part | {"callback_query": query | {"data": data}}

    async def _finish(
        self,
        transaction: Transaction,
        items: list[Item],
        *,
        status: str = "done",
        trace: str | None = None,
    ) -> None:
        session, now = transaction.session, transaction.now
        await session.flush()
        await transaction.write_outbox()
        await note(session, items, status=status, done_at=now, trace=trace)
        await leases.renew(session, self._held.values(), self._runtime.owner, now)

    def _after_commit(self, transaction: Transaction) -> None:
        if transaction.calls:
            self._runtime.outbox_ready.set()
        self._runtime.projection.changed(transaction.work.touched)

    # --- one by one, when something failed

    async def _handle_each(self, items: list[Item]) -> None:
        """Handle updates one by one; what comes behind one that must wait keeps its order."""
        waiting: set[int] = set()
        for item in items:
            if item.chat_id not in waiting and not await self._handle_alone(item):
                waiting.add(item.chat_id)

    async def _handle_alone(self, item: Item) -> bool:
        """Handle one update in its own transaction and say clearly what went wrong, if it does.

        Returns False when it stays in the inbox, to be handled again.
        """
        now = self._runtime.clock.now()
        try:
            async with self._runtime.database.transaction() as session:
                transaction = self._begin(session, now)
                await self._handle(transaction, item)
                await self._finish(transaction, [item])
        except StaleWrite:
            raise
        except DomainError as error:
            log.info("refused", error=type(error).__name__, detail=str(error))
            transaction = await self._explain(item, error, status="done")
        except StaleDataError:
            return False  # somebody else was faster: the row is still new and is handled again
        except Exception as error:
            if is_outage(error):
                raise
            return await self._note_failure(item, error)
        self._after_commit(transaction)
        return True

    async def _note_failure(self, item: Item, error: Exception) -> bool:
        """Count a failure; after the last one set the update aside and tell the person.

        Returns whether it was set aside.
        """
        now = self._runtime.clock.now()
        trace = trace_of(item, error)
        async with self._runtime.database.transaction() as session:
            row = await session.get(InboxUpdate, item.row_ids[0])
            if row is None:
                return True
            row.attempts += 1
            row.error = trace
            if row.attempts < MAX_ATTEMPTS:
                row.not_before = now + RETRY_AFTER[row.attempts - 1]
                return False
        log.error("update_set_aside", inbox_id=item.row_ids[0], error=type(error).__name__)
        try:
            transaction = await self._explain(item, error, status="failed", trace=trace)
        except StaleWrite:
            raise
        except Exception as another:
            if is_outage(another):
                raise
            # What broke the handler breaks the sentence about it as well: set it aside unsaid.
            log.warning("not_explained", inbox_id=item.row_ids[0], error=type(another).__name__)
            await self._set_aside(item, trace)
        else:
            self._after_commit(transaction)
        return True

    async def _set_aside(self, item: Item, trace: str) -> None:
        async with self._runtime.database.transaction() as session:
            await note(session, [item], status="failed", done_at=None, trace=trace)

    async def _explain(
        self, item: Item, error: Exception, *, status: str, trace: str | None = None
    ) -> Transaction:
        """Say one sentence about what went wrong, in a transaction of its own."""
        now = self._runtime.clock.now()
        async with self._runtime.database.transaction() as session:
            transaction = self._begin(session, now)
            transaction.chat_id = item.chat_id
            sender = sender_of(item.parts[0])
            if sender is not None and item.chat_id > 0:
                person: Person = await greet(
                    transaction.work,
                    account_id=sender["id"],
                    name=name_of(sender),
                    language_code=sender.get("language_code"),
                )
                await explain(
                    self._runtime.bot,
                    chat_id=item.chat_id,
                    callback_id=(item.parts[0].get("callback_query") or {}).get("id"),
                    t=Texts(person.locale),
                    error=error,
                )
            await self._finish(transaction, [item], status=status, trace=trace)
        return transaction
