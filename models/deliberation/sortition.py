"""Drawing a group by lot, in strata, so that anybody can draw it again with SHA-256 alone. Pure.

The rule, for whoever checks it by hand:

1. Each stratum gets seats in proportion to its candidates: the whole part of size × candidates of
   the stratum ÷ all candidates; seats left over go to the largest remainders, of equal ones to the
   stratum that comes first by its name (largest remainder method, Hamilton 1792).
2. The lot of a candidate is SHA-256 of the UTF-8 text ``seed|pseudonym``, in hexadecimal.
3. In each stratum those with the lowest lots are drawn. Everybody else, by lot, is a substitute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

Candidate = tuple[str, str]
"""Pseudonym and stratum."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Pseudonyms in the order of their lots."""

    members: tuple[str, ...]
    substitutes: tuple[str, ...]


def lot(seed: str, pseudonym: str) -> str:
    """The lot of a candidate: 64 hexadecimal digits."""
    return sha256(f"{seed}|{pseudonym}".encode()).hexdigest()


def quotas(strata: Mapping[str, int], size: int) -> dict[str, int]:
    """Seats of each stratum (name → candidates) by largest remainder; they sum to `size`.

    Raises ValueError for fewer candidates than seats, or less than one seat.
    """
    total = sum(strata.values())
    if not 1 <= size <= total:
        raise ValueError(f"{size} of {total}")
    shares = {name: divmod(size * count, total) for name, count in strata.items()}
    seats = {name: whole for name, (whole, _) in shares.items()}
    largest = sorted(shares, key=lambda name: (-shares[name][1], name))
    for name in largest[: size - sum(seats.values())]:
        seats[name] += 1
    return seats


def draw(pool: Iterable[Candidate], seed: str, size: int, substitutes: int = 0) -> Draw:
    """Draw `size` people and up to `substitutes` more. The order of the pool does not matter.

    Raises ValueError for two candidates of one pseudonym, and as `quotas`.
    """
    candidates = sorted(pool, key=lambda one: lot(seed, one[0]))
    if len({pseudonym for pseudonym, _ in candidates}) < len(candidates):
        raise ValueError("a pseudonym is there twice")
    left = quotas(Counter(stratum for _, stratum in candidates), size)
    members, others = [], []
    for pseudonym, stratum in candidates:
        if left[stratum] > 0:
            left[stratum] -= 1
            members.append(pseudonym)
        else:
            others.append(pseudonym)
    return Draw(tuple(members), tuple(others[:substitutes]))


def next_substitute(waiting: Sequence[Candidate], stratum: str) -> Candidate | None:
    """Who steps in for somebody of `stratum`: the first of the same one, else the first of all."""
    same = (one for one in waiting if one[1] == stratum)
    return next(same, waiting[0] if waiting else None)
