"""Checks that many acts of a deliberation begin with."""

from __future__ import annotations

from models.deliberation.core import Deliberation
from models.deliberation.steps import Step
from models.errors import InvalidInput, NotReady

MAX_WORDS = 2000


def expect_step(deliberation: Deliberation, *steps: Step) -> None:
    """The deliberation stands in one of `steps`. Raises NotReady (`step`) when it does not."""
    if deliberation.step not in steps:
        raise NotReady(
            f"in {deliberation.step}",
            reason="step",
            step=deliberation.step.value,
            number=deliberation.number,
        )


def words(text: str, most: int = MAX_WORDS) -> str:
    """What was said, trimmed. Raises InvalidInput: `no_words`, or `too_long` (`most`)."""
    said = text.strip()
    if not said:
        raise InvalidInput("nothing said", reason="no_words")
    if len(said) > most:
        raise InvalidInput(f"{len(said)} characters", reason="too_long", most=most)
    return said
