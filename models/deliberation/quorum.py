"""When enough of a residents' council take part. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many council members are there, and how many must be."""

    seats: int
    """Seats without those whose holders stand aside."""
    needed: int
    present: int

    @property
    def ok(self) -> bool:
        """Whether enough take part. A council without seats never has a quorum."""
        return self.seats > 0 and self.present >= self.needed


def quorum(seats: int, present: int, percent: int) -> Quorum:
    """More than `percent` of the seats must take part (`models.district.Council`).

    "More than 100 percent" means all of them; one member is always needed.
    """
    return Quorum(seats, max(1, min(seats, seats * percent // 100 + 1)), present)
