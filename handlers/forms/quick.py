"""Days and moments that are offered as buttons, so that most people need not type any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from handlers.forms.model import Option, Options, Values
from handlers.turn import Turn
from models.worktime import BEIJING


def moment_option(turn: Turn, at: datetime) -> Option:
    """A moment as an answer."""
    return Option(at.astimezone(UTC).isoformat(), turn.t.label("forms.moment", at=at))


def date_option(turn: Turn, day: date) -> Option:
    """A day as an answer."""
    noon = datetime.combine(day, time(12), tzinfo=BEIJING)
    return Option(day.isoformat(), turn.t.label("forms.date", at=noon))


def dates_ahead(*days: int) -> Options:
    """Today plus so many days each."""

    async def options(turn: Turn, values: Values) -> Sequence[Option]:
        today = turn.work.now.astimezone(BEIJING).date()
        return [date_option(turn, today + timedelta(days=ahead)) for ahead in days]

    return options


def moments_ahead(*moments: tuple[int, str]) -> Options:
    """So many days ahead at a time of day in Beijing, such as (7, "19:30"); past ones left out."""

    async def options(turn: Turn, values: Values) -> Sequence[Option]:
        today = turn.work.now.astimezone(BEIJING).date()
        at = [
            datetime.combine(today + timedelta(days=ahead), time.fromisoformat(hour), BEIJING)
            for ahead, hour in moments
        ]
        return [moment_option(turn, moment) for moment in at if moment > turn.work.now]

    return options


usual_moments = moments_ahead((0, "19:30"), (1, "15:00"), (3, "15:00"), (7, "15:00"))
"""What is offered for a moment when the field offers nothing of its own."""
usual_dates = dates_ahead(7, 14, 30)
