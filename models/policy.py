"""Configured times and limits: the `[policy]` table of config.toml."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from models.deliberation.policy import DeliberationPolicy


class Policy(BaseModel):
    """What a sub-district may tune. Every field is documented in docs/operator.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low_confidence: float = Field(default=0.40, ge=0, le=1)
    """Below this probability a person at the community decides the category."""
    urge_interval_hours: int = Field(default=24, gt=0)
    """A resident may urge a ticket at most once in this many clock hours."""
    reopen_days: int = Field(default=7, gt=0)
    """Days after resolution in which the resident may say "not fixed" and reopen."""
    rating_days: int = Field(default=15, gt=0)
    """Days after resolution in which the resident may rate."""
    no_answer_days: int = Field(default=5, gt=0)
    """Days after which a question to the resident without an answer closes the ticket."""
    remind_before_percent: int = Field(default=25, ge=1, le=90)
    """A reminder goes to the worker when this share of the time is left."""
    level_minutes: tuple[int, int, int] = (480, 480, 960)
    """Minutes, by the category's clock, that levels 4, 3 and 2 have to settle a ticket that was
    escalated to them (or came back to them overdue) before it climbs on."""
    emergency_response_minutes: int = Field(default=10, gt=0)
    """Clock minutes in which somebody must have taken on an emergency."""
    emergency_resolution_minutes: int = Field(default=240, gt=0)
    """Clock minutes in which an emergency must be settled."""
    outside_minutes: int = Field(default=1440, gt=0)
    """Working minutes after which an outside body is reminded to answer."""
    digest_time: str = Field(default="08:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """Beijing time of the daily digest to staff on duty."""
    queue_page: int = Field(default=5, ge=3, le=10)
    """Tickets on one page of /queue."""
    album_wait_ms: int = Field(default=700, ge=0, le=5000)
    """How long parts of one album are waited for before the draft is shown (milliseconds)."""
    draft_offer_hours: int = Field(default=72, gt=0)
    """How long a half-filled request is kept and offered again."""
    emergency_number: str = "12345"
    """The public service hotline named when nothing more fitting is known."""
    messages_per_minute: int = Field(default=40, gt=0)
    """More messages than this from one chat in a minute are answered once with "slow down"."""
    deliberation: DeliberationPolicy = DeliberationPolicy()
    """Times and majorities of the seven steps: `[policy.deliberation]`."""
