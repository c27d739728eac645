"""Everything that one running process holds, put together once."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import telegram
from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.enums import ParseMode
from aiogram.types import User
from redis.asyncio import Redis
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import receiver
from bot.buttons import ButtonSigner
from bot.capture import OutboxSession
from bot.clock import Clock
from bot.database import Database
from bot.leases import release_all
from bot.paths import TRIAGE_MODEL
from bot.projection import Projection
from bot.settings import Settings
from bot.storage import TransactionStorage
from bot.transaction import Transaction, enter
from dispatch.gazetteer import Gazetteer
from dispatch.queue import TicketQueue
from dispatch.triage import Triage, load_rules
from handlers.commands import set_menu
from handlers.dispatcher import build_dispatcher
from handlers.notices import OutboxNotifier
from handlers.resume import offer_again
from models.district import District
from models.messaging import Lease
from workflows.deadlines import schedule_digests
from workflows.staffing import sync_staff
from workflows.work import Services, Work

DEMO_LOCALE = "zh-CN"
"""Language of preset accounts until their holder writes."""


class Runtime:
    """The long-lived parts of a process: database, bot, dispatcher, services, wake-ups."""

    def __init__(
        self,
        settings: Settings,
        district: District,
        *,
        database: Database,
        redis: Redis | None,
        clock: Clock | None = None,
        stopping: asyncio.Event | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.database = database
        self.owner = secrets.token_hex(8)
        """Who this process is to leases: new at every start."""
        self.signer = ButtonSigner(_button_secret(settings))
        self.bot = Bot(
            settings.token,
            session=OutboxSession(self.signer),
            default=DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview_is_disabled=True),
        )
        self.services = Services(
            district=district,
            policy=settings.policy_in_use,
            gazetteer=Gazetteer(district.grids),
            triage=_load_triage(settings),
            queue=TicketQueue(redis, district.root.code),
            notifier=OutboxNotifier(self.bot),
        )
        self.storage = TransactionStorage()
        self.dispatcher: Dispatcher = build_dispatcher(
            self.storage, messages_per_minute=settings.policy.messages_per_minute
        )
        self.album_wait = timedelta(milliseconds=settings.policy.album_wait_ms)
        self.stopping = stopping or asyncio.Event()
        """Set when the process is to end: loops then stop between two transactions."""
        self.inbox_ready = asyncio.Event()
        self.outbox_ready = asyncio.Event()
        self.projection = Projection(self)
        self.last_polled: datetime | None = None
        """When a process before this one was last seen to poll; None for the first ever."""

    def introduce(self, me: telegram.User) -> None:
        """Tell the handlers' bot who it is: it cannot ask, since nothing it says is answered."""
        self.bot._me = User.model_validate(me.to_dict())

    @property
    def username(self) -> str:
        """The bot's name in the chat app; empty until it was introduced."""
        return (self.bot._me.username or "") if self.bot._me is not None else ""

    def open_site(self, address: str) -> None:
        """Tell the workflows where people reach the pages, once that is known."""
        self.services = replace(self.services, site=address.rstrip("/"))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Work]:
        """A transaction for pages: it only reads, waits for no writer and stops none."""
        async with self.database.reading() as session:
            yield Work(session, self.clock.now(), self.services)

    def begin(self, session: AsyncSession, now: datetime | None = None) -> Transaction:
        """Make a transaction of the session the one under way; `now` is its moment."""
        now = now or self.clock.now()
        transaction = Transaction(session, now, Work(session, now, self.services))
        enter(transaction)
        return transaction

    async def prepare(self, *, alone: bool) -> None:
        """Bring posts and leases in order before work begins.

        `alone` says that no other process can be at work on this database (the data folder is
        locked): what a killed process had leased is free at once. Otherwise another replica may
        be preparing the same rows: whoever comes second finds them there.
        """
        try:
            await self._prepare(alone=alone)
        except IntegrityError:
            await self._prepare(alone=alone)

    async def _prepare(self, *, alone: bool) -> None:
        async with self.database.transaction() as session:
            poller = await session.get(Lease, receiver.LEASE)
            if poller is not None:
                self.last_polled = poller.until - receiver.LEASE_TTL
            if alone:
                past = self.clock.now() - timedelta(days=1)
                await session.execute(update(Lease).values(owner="", until=past))
            transaction = self.begin(session)
            for account, post in await sync_staff(
                transaction.work, preset=self.settings.presets_accounts
            ):
                await set_menu(self.bot, account, DEMO_LOCALE, post.role)
            await schedule_digests(transaction.work)
            await session.flush()
            await transaction.write_outbox()

    def stop(self) -> None:
        """Tell every loop to end, and wake those that wait."""
        self.stopping.set()
        self.inbox_ready.set()
        self.outbox_ready.set()
        self.projection.wake()

    async def give_back(self) -> None:
        """Give back all leases, so that another process, or the next start, need not wait."""
        async with self.database.transaction() as session:
            await release_all(session, self.owner, self.clock.now())

    async def offer_again(self) -> None:
        """Tell everybody in the middle of a conversation that a press may have been lost."""
        async with self.database.transaction() as session:
            transaction = self.begin(session)
            await offer_again(transaction.work, self.bot, self.storage)
            await session.flush()
            await transaction.write_outbox()
        self.outbox_ready.set()


def _load_triage(settings: Settings) -> Triage:
    """The rules of the district with the newest model: a trained one in the data folder wins."""
    folder = settings.district
    rules = load_rules(folder / "services.toml", folder / "emergencies.toml")
    trained = settings.linmen_data / TRIAGE_MODEL.name
    return Triage.load(rules, trained if trained.exists() else TRIAGE_MODEL)


def _button_secret(settings: Settings) -> bytes:
    """A secret that survives restarts and is shared by replicas: derived from the bot's token."""
    return settings.token.encode()
