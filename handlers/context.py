"""What a message is about, said once by the handler and recorded with every message it sends.

A reply to a message must land on its own ticket, also when one chat has five open. The courier
records which ticket a sent message was about; this is how it learns it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ticket_in_focus: ContextVar[int | None] = ContextVar("ticket_in_focus", default=None)
"""Id of the ticket that messages sent now are about, or None."""

priority_of_send: ContextVar[int] = ContextVar("priority_of_send", default=1)
"""Priority of what is sent now: 0 emergency, 1 interactive, 2 notice, 3 broadcast."""


@contextmanager
def about(ticket_id: int | None) -> Iterator[None]:
    """Mark every message sent inside the block as being about this ticket."""
    token = ticket_in_focus.set(ticket_id)
    try:
        yield
    finally:
        ticket_in_focus.reset(token)


@contextmanager
def priority(level: int) -> Iterator[None]:
    """Give every message sent inside the block this priority."""
    token = priority_of_send.set(level)
    try:
        yield
    finally:
        priority_of_send.reset(token)
