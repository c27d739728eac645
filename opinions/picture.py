"""The opinion picture: who stands where, in which group, what unites and what divides.

The data classes need no numeric library, so any process can hold a picture; only
`compute_picture` loads one (five seconds, much memory): call it through `opinions.process`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Verdict = Literal["too_few", "one_group", "groups"]

MIN_GROUPED = 8
"""People who must be placed before groups are named: below, two groups would be three or four
people each, whom neighbours could name, and one more voter could turn the picture around."""
MIN_OPINIONS = 3
"""Visible opinions with votes that a picture needs: two axes from fewer show the votes again."""


class Vote(NamedTuple):
    """One person's latest vote on one opinion: 1 agree, -1 disagree, 0 pass."""

    participant: int
    opinion: int
    value: int


class Point(NamedTuple):
    """Where a person stands; `group` is None for those who cannot be placed yet."""

    participant: int
    x: float
    y: float
    group: str | None


class Representative(NamedTuple):
    """An opinion on which a group differs from all others.

    `agrees`: the group is for it (else against it). `share` and `others_share` (0 to 1): of those
    who voted on it in the group, or outside, how many vote that way. `repness`: how many times
    likelier in the group. `votes`: cast in the group.
    """

    opinion: int
    agrees: bool
    share: float
    others_share: float
    repness: float
    votes: int


class Consensus(NamedTuple):
    """An opinion on which more than half of every group is on the same side.

    `value` (0 to 1) is pol.is's group-informed consensus: the product over the groups of the
    smoothed probability of that side. `shares`: label and that smoothed probability; without
    groups one entry with the label "".
    """

    opinion: int
    agree: bool
    value: float
    shares: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One opinion group: "A", "B", …, its people counted, its middle, what is typical of it."""

    label: str
    size: int
    center: tuple[float, float]
    representative: tuple[Representative, ...]


@dataclass(frozen=True, slots=True)
class Smoother:
    """pol.is's memory for the number of groups: the number shown, the last best, how often."""

    shown: int = 0
    last: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """What is found out about one call; `priorities`: higher asks first."""

    participants: int
    grouped: int
    verdict: Verdict
    groups: tuple[Group, ...] = ()
    points: tuple[Point, ...] = ()
    consensus: tuple[Consensus, ...] = ()
    divisive: tuple[int, ...] = ()
    priorities: Mapping[int, float] = field(default_factory=dict)
    smoother: Smoother = Smoother()

    def as_json(self) -> dict[str, Any]:
        """What `json.dumps` (or orjson) takes and `from_json` reads."""
        return {
            "participants": self.participants,
            "grouped": self.grouped,
            "verdict": self.verdict,
            "groups": [
                [one.label, one.size, list(one.center), [list(row) for row in one.representative]]
                for one in self.groups
            ],
            "points": [list(point) for point in self.points],
            "consensus": [
                [one.opinion, one.agree, one.value, [list(share) for share in one.shares]]
                for one in self.consensus
            ],
            "divisive": list(self.divisive),
            "priorities": [[opinion, value] for opinion, value in self.priorities.items()],
            "smoother": [self.smoother.shown, self.smoother.last, self.smoother.times],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Picture:
        """Read what `as_json` gave; raises KeyError, TypeError or ValueError on anything else."""
        return cls(
            participants=int(data["participants"]),
            grouped=int(data["grouped"]),
            verdict=data["verdict"],
            groups=tuple(
                Group(label, size, (x, y), tuple(Representative(*row) for row in rows))
                for label, size, (x, y), rows in data["groups"]
            ),
            points=tuple(Point(*row) for row in data["points"]),
            consensus=tuple(
                Consensus(opinion, agree, value, tuple((label, share) for label, share in shares))
                for opinion, agree, value, shares in data["consensus"]
            ),
            divisive=tuple(data["divisive"]),
            priorities={int(opinion): value for opinion, value in data["priorities"]},
            smoother=Smoother(*data["smoother"]),
        )


def compute_picture(
    votes: Iterable[Vote],
    opinions: Sequence[int],
    *,
    hidden: Collection[int] = (),
    previous: Picture | None = None,
) -> Picture:
    """Compute the picture of a call; deterministic, whatever the order of the votes.

    `opinions`: all of the call; votes on others are left out. `hidden`: those moderated away.
    `previous`: the last picture of the same call: its letters, its people and its number of
    groups are kept as far as the votes allow. One vote for each person and opinion; of several
    the last counts. Loads the numeric libraries: not in a process that answers people.
    """
    import numpy as np  # noqa: PLC0415 - the data classes above must stay cheap to import

    from opinions.computing import Votes, compute  # noqa: PLC0415 - likewise

    rows = np.array([tuple(vote) for vote in votes], dtype=np.int64).reshape(-1, 3)
    return compute(
        Votes(rows[:, 0], rows[:, 1], rows[:, 2].astype(np.int8)),
        opinions,
        hidden=hidden,
        previous=previous,
    )
