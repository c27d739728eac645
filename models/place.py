"""A place: the doorway that a resident lives at or a ticket is about."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Place(BaseModel):
    """A grid and as much of a doorway as is known, from the lane down to the room.

    `grid` is always known (level 4 where possible); every other part may be missing. `text` keeps
    what the person typed or how the place was given ("location pin").
    """

    model_config = ConfigDict(frozen=True)

    grid: str
    lane: str | None = None
    number: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    text: str = ""
