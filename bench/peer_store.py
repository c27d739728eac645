"""The tables of the peer (peer_bot.py), and how such a bot writes them: one commit for each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiogram.types import User
from sqlalchemy import JSON, BigInteger, String, event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from handlers.texts import locale_of

# --- tables


class Base(DeclarativeBase):
    """The peer's own metadata."""


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(8))
    consented_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime]


class Request(Base):
    __tablename__ = "request"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, index=True)
    text: Mapped[str]
    category: Mapped[str] = mapped_column(String(40))
    place: Mapped[dict[str, Any]] = mapped_column(JSON)
    place_text: Mapped[str]
    assignee: Mapped[str | None] = mapped_column(String(32), index=True)
    responded_at: Mapped[datetime | None]
    response_due_at: Mapped[datetime]
    resolution_due_at: Mapped[datetime]

    @property
    def key(self) -> int:
        return self.id

    @property
    def number(self) -> int:
        return 1000 + self.id


class History(Base):
    __tablename__ = "history"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, index=True)
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class Timer(Base):
    __tablename__ = "timer"
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(30))
    due_at: Mapped[datetime]


# --- how such a bot writes: one commit for each


class Repository:
    """Helpers that commit, as the usual tutorials have them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def upsert_account(self, user: User) -> Account:
        account = await self._session.get(Account, user.id)
        if account is None:
            account = Account(id=user.id, locale=locale_of(user.language_code))
            self._session.add(account)
        account.name = user.full_name
        account.last_seen_at = datetime.now(UTC)
        await self._session.commit()
        return account

    async def save(self, *rows: Base) -> None:
        self._session.add_all(rows)
        await self._session.commit()

    async def log(self, account: Account, what: str, **data: Any) -> None:
        await self.save(History(account_id=account.id, at=datetime.now(UTC), what=what, data=data))

    async def loads(self, codes: list[str]) -> dict[str, int]:
        rows = await self._session.execute(
            select(Request.assignee, func.count())
            .where(Request.assignee.in_(codes))
            .group_by(Request.assignee)
        )
        return {str(code): int(count) for code, count in rows}


# --- start


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


async def open_engine(folder: Path, connections: int) -> AsyncEngine:
    """The database, as durable as Linmen's, with its tables."""
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{folder / 'peer.sqlite3'}",
        connect_args={"timeout": 60},
        pool_size=connections,
        max_overflow=0,
        pool_timeout=120,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    return engine
