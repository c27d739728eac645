"""From votes to a picture, as pol.is does it (`math/src/polismath/math/*.clj`).

red-dwarf (the library of the pol.is community) does what it does right: column means for missing
votes, two principal components, projection scaled by how much a person voted (`run_reducer`),
all statistics on statements. Where we depart from it or from pol.is, and why:

* Who is placed: pol.is takes people with 7 votes (or all, of fewer opinions), keeps whom it
  had, and fills up to 15 with those who voted most; red-dwarf knows only the 7. We do as
  pol.is, counting votes on visible opinions: seven votes on hidden ones say nothing.
* Clustering: pol.is improves its last clusters (of 100 "base clusters" in between), so that
  its result depends on the history; red-dwarf starts from the first sorted points, which often
  ends in a poor local optimum. We take the best of ten seeded k-means starts over the people
  themselves: repeatable, and independent of the order of votes.
* Number of groups: the best silhouette, as in both. A larger number must beat the smaller by
  `CLEARLY`: pol.is starts every call with two groups and changes only when a number wins four
  times running, which a computation without a history cannot do. With a previous picture that
  smoothing runs as in pol.is; red-dwarf has none.
* pol.is always finds groups. We say "one group" where the silhouette shows no structure or
  nothing that can be said about the groups differs, and "too few" below `MIN_GROUPED`.

Hidden opinions are zeroed as pol.is does it: what was voted on them has no influence; that they
exist makes people with few votes stand nearer to the middle.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from opinions import statements
from opinions.library import run_reducer
from opinions.picture import (
    MIN_GROUPED,
    MIN_OPINIONS,
    Group,
    Picture,
    Point,
    Smoother,
    Verdict,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENOUGH_VOTES = 7
FILL_UP_TO = 15
MAX_GROUPS = 5
PEOPLE_PER_GROUP = 12
"""pol.is tries one more group for every twelve people, up to `MAX_GROUPS`."""
PATIENCE = 4
"""How often running another number of groups must win before it is shown (`group-k-buffer`)."""
CLEARLY = 0.05
"""Silhouette by which a larger number of groups must be better than a smaller one."""
NO_STRUCTURE = 0.25
"""Silhouettes up to this mean no substantial structure (Kaufman and Rousseeuw 1990, table 4)."""
SMALLEST_GROUP = 3
"""Fewer people are outliers rather than a group, and could be named by their neighbours."""
SILHOUETTE_SAMPLE = 1_500
STARTS = 10
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Votes:
    """Votes as three arrays of the same length."""

    participants: Ints
    opinions: Ints
    values: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Table:
    """Votes as a matrix: people down, opinions with a vote across, both by number; NaN: none."""

    people: Ints
    opinions: Ints
    votes: Floats
    hidden: NDArray[np.bool_]

    @property
    def visible(self) -> Floats:
        """The votes on opinions that are not hidden."""
        return self.votes[:, ~self.hidden]


def compute(
    votes: Votes,
    opinions: Sequence[int],
    *,
    hidden: Collection[int] = (),
    previous: Picture | None = None,
) -> Picture:
    """See `opinions.picture.compute_picture`."""
    table = tabulate(votes, opinions, hidden)
    counts = np.count_nonzero(~np.isnan(table.visible), axis=1)
    placed = place(table, counts, previous)
    positions, extremity = project(table, previous)
    shown = np.flatnonzero(placed)
    verdict: Verdict = "too_few"
    labels = np.zeros(len(shown), dtype=np.int64)
    smoother = Smoother()
    if len(shown) >= MIN_GROUPED and table.visible.shape[1] >= MIN_OPINIONS:
        verdict = "one_group"
        found, smoother = find_groups(positions[shown], previous.smoother if previous else smoother)
        if found is not None and statements.differ(table.visible[shown], found):
            verdict, labels = "groups", found
    letters = name_groups(table.people[shown], labels, previous) if verdict == "groups" else [""]
    summary = statements.summarise(
        table.visible if verdict == "too_few" else table.visible[shown],
        labels if verdict != "too_few" else np.zeros(len(table.people), dtype=np.int64),
        table.opinions[~table.hidden],
        letters,
    )
    groups = [
        Group(
            letter,
            int(np.count_nonzero(labels == index)),
            _pair(positions[shown][labels == index].mean(axis=0)),
            summary.representative[index],
        )
        for index, letter in enumerate(letters)
        if verdict == "groups"
    ]
    of_person: dict[int, str] = {}
    if verdict == "groups":
        of_person = {
            int(person): letters[label]
            for person, label in zip(table.people[shown], labels, strict=True)
        }
    return Picture(
        participants=len(table.people),
        grouped=len(shown),
        verdict=verdict,
        groups=tuple(sorted(groups, key=lambda group: group.label)),
        points=tuple(
            Point(int(person), *_pair(at), of_person.get(int(person)))
            for person, at in zip(table.people, positions, strict=True)
        ),
        consensus=summary.consensus,
        divisive=summary.divisive if verdict == "groups" else (),
        priorities=statements.priorities(table.votes, table.opinions, extremity, opinions, hidden),
        smoother=smoother,
    )


def tabulate(votes: Votes, opinions: Sequence[int], hidden: Collection[int]) -> Table:
    """The matrix of the votes on these opinions."""
    known = np.isin(votes.opinions, np.asarray(opinions, dtype=np.int64))
    people, rows = np.unique(votes.participants[known], return_inverse=True)
    columns, across = np.unique(votes.opinions[known], return_inverse=True)
    matrix = np.full((len(people), len(columns)), np.nan)
    matrix[rows, across] = votes.values[known]
    return Table(people, columns, matrix, np.isin(columns, np.asarray([*hidden], dtype=np.int64)))


def place(table: Table, counts: Ints, previous: Picture | None) -> NDArray[np.bool_]:
    """Who has voted enough to stand in a group (`in-conv` of pol.is)."""
    enough = min(ENOUGH_VOTES, table.visible.shape[1])
    placed: NDArray[np.bool_] = counts >= max(enough, 1)
    if previous is not None:
        before = [point.participant for point in previous.points if point.group is not None]
        placed |= np.isin(table.people, np.asarray(before, dtype=np.int64)) & (counts > 0)
    missing = FILL_UP_TO - int(np.count_nonzero(placed))
    if missing > 0:
        eager = [row for row in np.argsort(-counts, kind="stable") if not placed[row]]
        placed[[row for row in eager[:missing] if counts[row]]] = True
    return placed


def project(table: Table, previous: Picture | None) -> tuple[Floats, Floats]:
    """Where everyone stands, and how far each opinion with votes pulls from the middle."""
    people, width = table.votes.shape
    zeroed = np.where(table.hidden, 0.0, table.votes)
    flat = np.zeros((people, 2)), np.zeros(width)
    if min(people, width) < 2:
        return flat
    middle = np.nanmean(zeroed, axis=0)
    if np.allclose(np.where(np.isnan(zeroed), middle, zeroed), middle):
        return flat
    positions, pulls, _ = run_reducer(zeroed, svd_solver="covariance_eigh", random_state=0)
    if previous is not None:
        positions = positions * _orientation(table.people, positions, previous)
    return positions, np.linalg.norm(pulls, axis=1)


def _orientation(people: Ints, positions: Floats, previous: Picture) -> Floats:
    """+1 or -1 for each axis, so that the picture is not mirrored against the last one."""
    before = {point.participant: (point.x, point.y) for point in previous.points}
    old = np.array([before.get(int(person), (0.0, 0.0)) for person in people])
    signs: Floats = np.where((old * positions).sum(axis=0) < 0, -1.0, 1.0)
    return signs


def find_groups(points: Floats, before: Smoother) -> tuple[Ints | None, Smoother]:
    """The group of each point, None when they are one; and the memory for the next time."""
    distinct = len(np.unique(points, axis=0))
    most = min(MAX_GROUPS, 2 + min(len(points), 100) // PEOPLE_PER_GROUP, distinct - 1)
    found: dict[int, Ints] = {}
    quality: dict[int, float] = {}
    for count in range(2, most + 1):
        labels = KMeans(count, n_init=STARTS, random_state=0).fit(points).labels_.astype(np.int64)
        if np.bincount(labels).min() >= SMALLEST_GROUP:
            found[count] = labels
            quality[count] = silhouette(points, labels)
    if distinct == 2 and not found:
        # two exact camps: a silhouette of 1 that needs no search
        labels = np.unique(points, axis=0, return_inverse=True)[1].ravel().astype(np.int64)
        if np.bincount(labels).min() >= SMALLEST_GROUP:
            found[2], quality[2] = labels, 1.0
    best = 0
    for count in found:
        if quality[count] > max(NO_STRUCTURE, quality.get(best, 0.0) + CLEARLY * bool(best)):
            best = count
    if not best:
        return None, Smoother()
    times = before.times + 1 if best == before.last else 1
    shown = best if times >= PATIENCE or before.shown not in found else before.shown
    return found[shown], Smoother(shown, best, times)


def silhouette(points: Floats, labels: Ints) -> float:
    """How well the groups stand apart, -1 to 1; of a seeded sample when there are many people."""
    sample = SILHOUETTE_SAMPLE if len(points) > SILHOUETTE_SAMPLE else None
    return float(silhouette_score(points, labels, sample_size=sample, random_state=0))


def name_groups(people: Ints, labels: Ints, previous: Picture | None) -> list[str]:
    """A letter for each group: the one most of its people had, else by size, "A" the largest."""
    count = int(labels.max()) + 1
    names: list[str] = [""] * count
    if previous is not None and previous.groups:
        old = [group.label for group in previous.groups]
        before = {point.participant: point.group for point in previous.points}
        had = [before.get(int(person)) for person in people]
        overlap = np.array(
            [
                [sum(had[i] == name for i in np.flatnonzero(labels == index)) for name in old]
                for index in range(count)
            ]
        )
        for index, which in zip(*linear_sum_assignment(-overlap), strict=True):
            if overlap[index, which]:
                names[index] = old[which]
    free = iter(letter for letter in LETTERS if letter not in names)
    first = {index: int(people[labels == index].min()) for index in range(count)}
    sizes = np.bincount(labels, minlength=count)
    for index in sorted(range(count), key=lambda one: (-sizes[one], first[one])):
        names[index] = names[index] or next(free)
    return names


def _pair(at: Floats) -> tuple[float, float]:
    """Four decimals: finer than any picture, and half the length when stored."""
    return round(float(at[0]), 4), round(float(at[1]), 4)
