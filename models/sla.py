"""The promises of a ticket: when they fall due, how a pause moves them, which timers it needs.

Pure: tickets go in, times come out. All times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from models.district import Category, ClockKind, Level
from models.lifecycle import State
from models.policy import Policy
from models.ticket import Ticket
from models.worktime import WorkCalendar

QUESTION_REMINDER_SHARE = 0.6
"""Share of `policy.no_answer_days` after which the resident is reminded of an open question."""


class Due(StrEnum):
    """What can fall due on a ticket: kinds of `DueTime`."""

    RESPONSE_REMINDER = "response_reminder"
    RESPONSE_OVERDUE = "response_overdue"
    RESOLUTION_REMINDER = "resolution_reminder"
    RESOLUTION_OVERDUE = "resolution_overdue"
    LEVEL_OVERDUE = "level_overdue"
    QUESTION_REMINDER = "question_reminder"
    QUESTION_UNANSWERED = "question_unanswered"
    OUTSIDE_REMINDER = "outside_reminder"
    CLOSE_RESOLVED = "close_resolved"


REMINDERS = frozenset({Due.RESPONSE_REMINDER, Due.RESOLUTION_REMINDER, Due.QUESTION_REMINDER})
"""Kinds that are pointless once their time has passed."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What deadlines are counted by: the category's figures, the policy, and the calendar."""

    category: Category
    policy: Policy
    calendar: WorkCalendar
    emergency: bool = False

    @property
    def clock(self) -> ClockKind:
        """Emergencies never wait for the office to open."""
        return "clock" if self.emergency else self.category.clock

    @property
    def response_minutes(self) -> int:
        """Minutes until somebody must have taken it on."""
        if self.emergency:
            return self.policy.emergency_response_minutes
        return self.category.response_minutes

    @property
    def resolution_minutes(self) -> int:
        """Minutes until it must be settled."""
        if self.emergency:
            return self.policy.emergency_resolution_minutes
        return self.category.resolution_minutes

    def after(self, start: datetime, minutes: float) -> datetime:
        """`minutes` after `start` by this clock; part of a minute counts as a whole one."""
        return self.calendar.deadline(start, max(0, ceil(minutes)), self.clock)

    def before(self, start: datetime, due: datetime) -> datetime:
        """When to remind of a promise given at `start` (Policy.remind_before_percent)."""
        total = max(0.0, self.calendar.remaining(start, due, self.clock))
        return self.after(start, total * (100 - self.policy.remind_before_percent) / 100)


def promise(ticket: Ticket, start: datetime, rules: Rules) -> None:
    """Set the response and resolution times as promised at `start`; nothing is overdue then."""
    ticket.promised_at = start
    ticket.response_due_at = rules.after(start, rules.response_minutes)
    ticket.resolution_due_at = max(
        ticket.response_due_at, rules.after(start, rules.resolution_minutes)
    )
    ticket.level_due_at = None
    ticket.overdue = False


def pause(ticket: Ticket, now: datetime) -> None:
    """Stop the resolution clock: the resident has been asked."""
    ticket.paused_at = now


def resume(ticket: Ticket, now: datetime, rules: Rules) -> None:
    """Let the resolution clock run on with the minutes that were left when it stopped.

    What was overdue before the question stays as it was.
    """
    if ticket.paused_at is None:
        return
    ticket.resolution_due_at = _moved(ticket.resolution_due_at, ticket.paused_at, now, rules)
    if ticket.level_due_at is not None:
        ticket.level_due_at = _moved(ticket.level_due_at, ticket.paused_at, now, rules)
    ticket.paused_at = None


def _moved(due: datetime, paused_at: datetime, now: datetime, rules: Rules) -> datetime:
    if due <= paused_at:
        return due
    return rules.after(now, rules.calendar.remaining(paused_at, due, rules.clock))


def level_deadline(level: Level, now: datetime, rules: Rules) -> datetime | None:
    """When a ticket that `level` got at `now` climbs on; None for the sub-district, the last."""
    if level is Level.SUBDISTRICT:
        return None
    return rules.after(now, rules.policy.level_minutes[Level.COURTYARD - level])


def next_due(ticket: Ticket) -> datetime:
    """The deadline that counts next: the response until somebody responded, then the end."""
    if ticket.responded_at is None:
        return min(ticket.response_due_at, ticket.resolution_due_at)
    return ticket.resolution_due_at


def wanted_times(ticket: Ticket, rules: Rules) -> dict[Due, datetime]:
    """The timers that a ticket needs as it stands. A paused clock has none for the resolution."""
    if ticket.state is State.RESOLVED and ticket.resolved_at is not None:
        window = timedelta(days=rules.policy.reopen_days)
        return {Due.CLOSE_RESOLVED: ticket.resolved_at + window}
    if not ticket.is_open:
        return {}
    times: dict[Due, datetime] = {}
    if ticket.responded_at is None:
        times[Due.RESPONSE_REMINDER] = rules.before(ticket.promised_at, ticket.response_due_at)
        times[Due.RESPONSE_OVERDUE] = ticket.response_due_at
    if ticket.state is State.WAITING_RESIDENT and ticket.paused_at is not None:
        wait = timedelta(days=rules.policy.no_answer_days)
        times[Due.QUESTION_REMINDER] = ticket.paused_at + wait * QUESTION_REMINDER_SHARE
        times[Due.QUESTION_UNANSWERED] = ticket.paused_at + wait
        return times
    if not ticket.overdue:
        times[Due.RESOLUTION_REMINDER] = rules.before(ticket.promised_at, ticket.resolution_due_at)
        times[Due.RESOLUTION_OVERDUE] = ticket.resolution_due_at
    if ticket.level_due_at is not None:
        # Whoever took it on in time has at least as long as the resident was promised.
        in_time = ticket.responded_at is not None and not ticket.overdue
        promised = ticket.resolution_due_at if in_time else ticket.level_due_at
        times[Due.LEVEL_OVERDUE] = max(ticket.level_due_at, promised)
    if ticket.outside_due_at is not None:
        times[Due.OUTSIDE_REMINDER] = ticket.outside_due_at
    return times
