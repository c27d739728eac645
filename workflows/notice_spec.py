"""What the catalogue of notices says of one notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Keyboard = Literal[
    "none", "resident_card", "rate", "answer", "staff_card", "desk_card", "follow_card"
]
"""Which buttons go under a notice:

resident_card (open, add, urge), rate (stars, "not fixed"), answer (answer the question), staff_card
(open the card of a ticket in hand), desk_card (decide category or person), follow_card (open the
public card, stop following).
"""
Audience = Literal["reporter", "follower", "staff", "neighbour"]


@dataclass(frozen=True, slots=True)
class NoticeSpec:
    """One notice. `reporter` is the resident, or the worker who opened the ticket for someone."""

    keyboard: Keyboard
    audience: Audience
    extra: frozenset[str] = frozenset()
    urgent: bool = False
    """To be sent before everything else."""
    views: tuple[str, ...] = ()
    """Of a notice about a deliberation: the screens that its buttons open
    (`handlers.deliberation.views`), each with label `discuss.view_<name>`."""
