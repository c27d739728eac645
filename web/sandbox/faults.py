"""Faults that a test switches on over HTTP: slow, refusing, silent or absent servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["latency", "status", "outage", "drop_response", "hang", "migrate", "limits"]


class Fault(BaseModel):
    """One rule. The first rules that fit a call apply; `times` counts down with each use."""

    model_config = ConfigDict(extra="forbid")

    id: int = 0
    kind: Kind
    method: str = "*"  # a Bot API method in any case, "*" for all, "send*" for a prefix
    chat_id: int | None = None
    times: int | None = Field(default=None, ge=1)  # None: until deleted
    skip: int = Field(default=0, ge=0)  # let so many fitting calls pass first
    seconds: float = Field(default=0.0, ge=0, le=3600)  # latency
    status: int = Field(default=500, ge=400, le=599)  # kind status
    description: str | None = None  # kind status: instead of Telegram's usual words
    retry_after: int | None = Field(default=None, ge=0)  # kind status 429, seconds
    migrate_to_chat_id: int | None = None  # kind migrate: instead of really moving the group

    def fits(self, method: str, chat: int | None) -> bool:
        """Tell whether the rule is about this call."""
        wanted = self.method.lower()
        by_method = wanted in ("*", method) or (
            wanted.endswith("*") and method.startswith(wanted[:-1])
        )
        return by_method and self.chat_id in (None, chat)


USUAL = {
    400: "Bad Request: chat not found",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


class Faults:
    """The rules in force, in their order."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []
        self._last = 0

    def __bool__(self) -> bool:
        return bool(self.rules)

    def add(self, rule: Fault) -> Fault:
        """Put a rule in force and return it with its id."""
        self._last += 1
        self.rules.append(rule.model_copy(update={"id": self._last}))
        return self.rules[-1]

    def replace(self, rules: list[Fault]) -> None:
        """Put these rules in force instead of all others."""
        self.rules = []
        for rule in rules:
            self.add(rule)

    def remove(self, number: int) -> bool:
        """Lift one rule; False if there is none of this id."""
        before = len(self.rules)
        self.rules = [rule for rule in self.rules if rule.id != number]
        return len(self.rules) < before

    def has_limits(self) -> bool:
        """Tell whether Telegram's own limits are enforced."""
        return any(rule.kind == "limits" for rule in self.rules)

    def hit(self, method: str, chat: int | None, *kinds: Kind) -> Fault | None:
        """Return the first rule of these kinds that applies to a call, and count its use."""
        for rule in self.rules:
            if rule.kind in kinds and rule.fits(method, chat):
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                if rule.times is not None:
                    rule.times -= 1
                    if rule.times <= 0:
                        self.rules.remove(rule)
                return rule
        return None

    def view(self) -> Iterator[dict[str, Any]]:
        """Return the rules as JSON objects."""
        return (rule.model_dump() for rule in self.rules)
