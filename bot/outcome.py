"""What became of a call: one table from the Bot API's errors to what the courier does next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)

from bot.http import NotSentError
from models.messaging import OutboxCall

MAX_DOUBTS = 5
"""A call in doubt is repeated so often at most; then it is set aside for the office to see."""
_LONGEST_WAIT = timedelta(minutes=5)
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")
_HARMLESS = ("message is not modified",)


class Verdict(StrEnum):
    """What happens to the row."""

    SENT = "sent"
    RETRY = "retry"
    """Surely without effect: again, as often as it takes."""
    IN_DOUBT = "in_doubt"
    """May have had its effect: again, with the same #number in it."""
    PAUSE = "pause"
    """429: nobody sends before the deadline."""
    UNREACHABLE = "unreachable"
    MIGRATED = "migrated"
    RESEND = "resend"
    """The message to edit is gone: say it in a new one."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with what belongs to it."""

    verdict: Verdict
    message_id: int | None = None
    delay: timedelta = timedelta()
    error: str | None = None
    new_chat_id: int | None = None
    payload: dict[str, Any] = field(default_factory=dict)


def judge(row: OutboxCall, error: Exception) -> Outcome:  # noqa: PLR0911 - one branch an error
    """What an error means for the row. `BadRequest` is a `NetworkError`: the order matters."""
    text = f"{type(error).__name__}: {error}"[:500]
    match error:
        case RetryAfter():
            seconds = error._retry_after
            return Outcome(Verdict.PAUSE, delay=seconds, error=text)
        case Forbidden():
            return Outcome(Verdict.UNREACHABLE, error=text)
        case ChatMigrated():
            return Outcome(Verdict.MIGRATED, new_chat_id=error.new_chat_id, error=text)
        case BadRequest():
            return _bad_request(row, str(error).lower(), text)
        case InvalidToken() | EndPointNotFound():
            return Outcome(Verdict.FAILED, error=text)
        case NotSentError():
            return Outcome(Verdict.RETRY, delay=_backoff(row.attempts), error=text)
        case NetworkError() if row.doubts >= MAX_DOUBTS:
            return Outcome(Verdict.FAILED, error=f"in doubt {MAX_DOUBTS} times; {text}")
        case NetworkError():
            return Outcome(Verdict.IN_DOUBT, delay=_backoff(row.doubts), error=text)
        case _:
            return Outcome(Verdict.FAILED, error=text)


def _bad_request(row: OutboxCall, said: str, text: str) -> Outcome:
    if any(phrase in said for phrase in _HARMLESS):
        return Outcome(Verdict.SENT, error=text)
    if row.method == "editMessageText" and any(phrase in said for phrase in _GONE):
        return Outcome(Verdict.RESEND, error=text)
    return Outcome(Verdict.FAILED, error=text)


def retry_wait(error: RetryAfter) -> timedelta:
    """How long the server asks to wait; `bot.telegram` opts in to a timedelta."""
    wait = error.retry_after
    return wait if isinstance(wait, timedelta) else timedelta(seconds=wait)


def _backoff(attempts: int) -> timedelta:
    return min(_LONGEST_WAIT, timedelta(seconds=0.5 * 2 ** min(attempts, 12)))
