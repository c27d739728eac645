"""A ballot being filled in: what was chosen so far, and what the next tap makes of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

NONE_OF_THESE = "0"
"""Key of the status quo, which is on every ballot."""
APPROVAL, SCORE = "approval", "score"
"""Methods; any other one is filled in as a ranking."""


class Sheet(BaseModel):
    """One person's ballot before it is cast; kept in the conversation's data and nowhere else."""

    ballot: int
    d: int
    method: str
    options: dict[str, str]
    """Key to title, in the order of the header."""
    principal: int = 0
    """Account of who is voted for; 0 for oneself."""
    chosen: list[str] = Field(default_factory=list)
    """Ticked keys, or keys in the order of liking."""
    scores: dict[str, int] = Field(default_factory=dict)
    message: int | None = None
    """Reference of the message that shows it: the next one takes its place."""
    reviewing: bool = False
    """Whether the last question, "cast it?", is on show."""

    @property
    def asked(self) -> str | None:
        """The option that waits for points; None when all have some, or none are asked for."""
        if self.method != SCORE:
            return None
        return next((key for key in self.options if key not in self.scores), None)

    @property
    def complete(self) -> bool:
        """Whether there is something to cast."""
        return self.asked is None and bool(self.chosen or self.scores)

    def choice(self) -> dict[str, Any]:
        """What is cast, in the form of the method."""
        if self.method == APPROVAL:
            return {"approve": [key for key in self.options if key in self.chosen]}
        if self.method == SCORE:
            return {"scores": self.scores}
        return {"rank": self.chosen}

    def tapped(self, key: str) -> Sheet:
        """An option was tapped: ticked or not any more, or put in the next place.

        "None of these" stands alone on an approval ballot: approving of the status quo and of a
        change at once says nothing.
        """
        if key not in self.options:
            return self
        if self.method != APPROVAL:
            chosen = self.chosen if key in self.chosen else [*self.chosen, key]
            return self._with(chosen, done=len(chosen) == len(self.options))
        if key in self.chosen:
            return self._with([other for other in self.chosen if other != key])
        if key == NONE_OF_THESE:
            return self._with([key])
        return self._with([*(other for other in self.chosen if other != NONE_OF_THESE), key])

    def scored(self, key: str, points: int) -> Sheet:
        """Points for an option; the last one leads to the look over it."""
        if key not in self.options or not 0 <= points <= 5:
            return self
        scores = self.scores | {key: points}
        done = all(key in scores for key in self.options)
        return self.model_copy(update={"scores": scores, "reviewing": done})

    def undone(self) -> Sheet:
        """Without the last step."""
        if self.method == SCORE:
            scores = dict(list(self.scores.items())[:-1])
            return self.model_copy(update={"scores": scores, "reviewing": False})
        return self._with(self.chosen[:-1])

    def back(self) -> Sheet:
        """From the look over it to choosing; points are given anew."""
        return self.model_copy(update={"reviewing": False, "scores": {}})

    def _with(self, chosen: Sequence[str], *, done: bool = False) -> Sheet:
        return self.model_copy(update={"chosen": list(chosen), "reviewing": done})
