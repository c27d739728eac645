"""The unit of work as workflows see it: one transaction, one moment, and what they may use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.gazetteer import Gazetteer
from dispatch.queue import TicketQueue
from dispatch.triage import Triage
from models.district import District, Staff
from models.people import Resident, StaffAccount
from models.policy import Policy
from models.ticket import Ticket


class Notifier(Protocol):
    """Says something to a person; implemented over the outbox by `handlers.notices`."""

    async def resident(
        self, work: Work, resident_id: int, notice: str, **context: Any
    ) -> int | None:
        """Send the template `notices/<notice>` to a resident, in their language.

        Returns `OutboxCall.ref` of the message; None when there is nobody to send it to.
        """

    async def staff(self, work: Work, staff_code: str, notice: str, **context: Any) -> int | None:
        """Send the template `notices/<notice>` to the holder of a post; no account, no message."""


@dataclass(frozen=True, slots=True)
class Services:
    """What lives as long as the process and never changes while a transaction runs."""

    district: District
    policy: Policy
    gazetteer: Gazetteer
    triage: Triage
    queue: TicketQueue
    notifier: Notifier
    site: str = ""
    """Where people reach the board, without a slash at the end; empty until the server listens."""


@dataclass(slots=True)
class Work:
    """One transaction. Workflows write through `session` and never commit: the owner does.

    `now` is the moment of the whole transaction (UTC). `touched` collects tickets whose place in
    a queue may have changed, each with the posts that may have lost it; the owner projects them to
    Redis after the commit.
    """

    session: AsyncSession
    now: datetime
    services: Services
    touched: dict[int, set[str]] = field(default_factory=dict)
    posts: dict[int, StaffAccount | None] = field(default_factory=dict)
    """Active posts by account id as far as they were read beforehand, for many people at once."""
    broadcast: bool = False
    """Whether what is said now goes to many people, and so after everything else
    (`workflows.mailing`)."""

    secret: bool = False
    """Whether the update that is being handled holds a secret choice: then what came is emptied
    once it is done, and what is said once it is sent."""

    def touch(self, ticket_id: int, left: str | None = None) -> None:
        """Note that a ticket's place in the queues may have changed, and who may have lost it."""
        codes = self.touched.setdefault(ticket_id, set())
        if left is not None:
            codes.add(left)

    @property
    def district(self) -> District:
        """The sub-district."""
        return self.services.district

    @property
    def policy(self) -> Policy:
        """The configured times and limits."""
        return self.services.policy


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: their resident row, and the post they hold (None for residents)."""

    resident: Resident
    staff: Staff | None = None
    account: StaffAccount | None = None

    @property
    def id(self) -> int:
        """Account id in the chat app."""
        return self.resident.id

    @property
    def locale(self) -> str:
        """The person's language."""
        return self.resident.locale


TicketList = Sequence[Ticket]
