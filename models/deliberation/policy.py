"""Configured times and majorities of the seven steps: `[policy.deliberation]` of config.toml."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from models.deliberation.steps import Step

_DURATION = re.compile(r"(\d+)\s*(min|h|d)")
_UNITS = {"min": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> timedelta:
    """Read "3 d", "12 h" or "10 min"; days are calendar days."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(str(value).strip())
    if match is None:
        raise ValueError('must be a number with a unit, such as "7 d", "12 h" or "10 min"')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


Duration = Annotated[timedelta, BeforeValidator(_duration)]


def _days(count: int) -> timedelta:
    return timedelta(days=count)


class DeliberationPolicy(BaseModel):
    """What a sub-district may tune. Every field is documented in docs/operator.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    demo_times: bool | None = None
    """Minutes instead of days in the seven steps. Left out: in the sandbox yes, beside a real
    token no."""
    collect_least: Duration = _days(7)
    """The shortest and (below) the longest time of each step, clock time."""
    confirm_least: Duration = timedelta(0)
    draft_least: Duration = _days(3)
    announce_least: Duration = _days(5)
    """Days between the notice and the consultation at least."""
    consult_least: Duration = timedelta(0)
    apply_least: Duration = timedelta(0)
    report_least: Duration = _days(7)
    """The public period (公示期): objections are taken and answered."""

    proposed_most: Duration = _days(30)
    """A proposal that finds too few supporters in this time lapses."""
    collect_most: Duration = _days(30)
    confirm_most: Duration = _days(14)
    draft_most: Duration = _days(30)
    announce_most: Duration = _days(20)
    consult_most: Duration = _days(30)
    apply_most: Duration = _days(90)
    report_most: Duration = _days(30)

    supporters: int = Field(default=10, ge=1)
    """Supporters in the concerned grids that turn a proposal into a deliberation."""
    motion_time: Duration = _days(3)
    """How long council members may vote on a motion."""
    consensus_time: Duration = _days(2)
    """How long anyone may object before silence counts as consensus."""
    ballot_time: Duration = _days(3)
    """How long a ballot is open, unless said otherwise when it opens."""
    ballot_quorum_percent: int = Field(default=50, ge=0, le=100)
    """Share of the electorate (registered households, or residents) that must have voted."""
    ballot_majority_percent: int = Field(default=50, ge=0, le=100)
    """An approval or score ballot is won by more than this share of the votes cast."""
    head_every: Duration = timedelta(minutes=30)
    """How often the head of a running ballot box is announced, if it grew."""
    proxies_per_holder: int = Field(default=2, ge=0, le=10)
    """For how many others one person may vote."""
    speaking_seconds: int = Field(default=180, ge=30, le=1800)
    """Time of one speaker in a meeting."""
    similar_percent: int = Field(default=70, ge=40, le=100)
    """How alike two opinions must be for joining to be offered."""

    def least(self, step: Step) -> timedelta:
        """The shortest time a step may take; none for what is not one of the seven."""
        return getattr(self, f"{step.value}_least", timedelta(0))

    def most(self, step: Step) -> timedelta | None:
        """The time after which a step is late; None for an ended one."""
        return getattr(self, f"{step.value}_most", None)

    @model_validator(mode="after")
    def _least_before_most(self) -> Self:
        for step in Step:
            most = self.most(step)
            if most is not None and self.least(step) > most:
                raise ValueError(f"{step.value}_least is longer than {step.value}_most")
        return self

    def hurried(self) -> DeliberationPolicy:
        """The same with minutes instead of days, so that a demonstration fits into an hour."""
        return self.model_copy(
            update={
                "collect_least": timedelta(minutes=1),
                "confirm_least": timedelta(0),
                "draft_least": timedelta(0),
                "announce_least": timedelta(minutes=1),
                "report_least": timedelta(minutes=1),
                "supporters": 3,
                "motion_time": timedelta(minutes=10),
                "consensus_time": timedelta(minutes=1),
                "ballot_time": timedelta(minutes=10),
                "head_every": timedelta(minutes=1),
            }
        )
