"""What can be said about the groups: typical opinions, consensus, what divides, what to ask next.

All figures are red-dwarf's, which match pol.is (`repness.clj`, `conversation.clj`). Three things
differ. pol.is puts an opinion in front that the group agrees with, even where everyone else does
too, and may then call it typical of the group to be against it: we keep only what passes both of
its tests, so that a sentence such as "group A is against it" is always true. Consensus is ranked
by pol.is's group-informed value but only kept where more than half of every group is on that
side: a product alone can be high with one group against it. Priorities count the votes of
everyone, not only of the placed, so that a new opinion is not shown again and again while
newcomers answer it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opinions.library import stats
from opinions.picture import Consensus, Representative

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AGREE, DISAGREE = 0, 1
MOST_REPRESENTATIVE = 5
MOST_CONSENSUS = 10
MOST_DIVISIVE = 5
SIGNIFICANT = 1.2816
"""One-sided 90 %, as in pol.is."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is said about groups; `representative` in the order of the groups' numbers."""

    representative: tuple[tuple[Representative, ...], ...]
    consensus: tuple[Consensus, ...]
    divisive: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Counts:
    """Per side, group and opinion: votes, smoothed probability, and both z-tests."""

    votes: Ints
    sides: Ints
    probability: Floats
    repness: Floats
    probability_test: Floats
    repness_test: Floats
    consensus: Floats


def _count(votes: Floats, labels: Ints) -> _Counts:
    frame = pd.DataFrame(votes)
    return _Counts(*stats.calculate_comment_statistics(frame, labels))


def differ(votes: Floats, labels: Ints) -> bool:
    """Whether any opinion is typical of a group, by pol.is's two tests at 90 %."""
    counts = _count(votes, labels)
    return bool(
        np.any((counts.probability_test > SIGNIFICANT) & (counts.repness_test > SIGNIFICANT))
    )


def summarise(votes: Floats, labels: Ints, opinions: Ints, letters: Sequence[str]) -> Summary:
    """All that is said; `votes` of visible opinions, `labels` a group number for each row."""
    if not votes.size:
        return Summary(((),) * len(letters), (), ())
    counts = _count(votes, labels)
    alone = len(letters) == 1
    return Summary(
        ((),) if alone else _representative(votes, labels, opinions, counts),
        _consensus(counts, opinions, letters),
        () if alone else _divisive(counts, opinions),
    )


def _representative(
    votes: Floats, labels: Ints, opinions: Ints, counts: _Counts
) -> tuple[tuple[Representative, ...], ...]:
    frame, _ = stats.calculate_comment_statistics_dataframes(
        pd.DataFrame(votes, columns=pd.Index(opinions, name="statement_id")), labels
    )
    selected = stats.select_representative_statements(frame, pick_max=MOST_REPRESENTATIVE + 1)
    column = {int(opinion): index for index, opinion in enumerate(opinions)}
    chosen: list[tuple[Representative, ...]] = []
    for group in range(len(counts.votes)):
        rows = []
        for row in selected[group]:
            if min(row["p-test"], row["repness-test"]) <= SIGNIFICANT:
                continue
            at, agrees = column[row["tid"]], row["repful-for"] == "agree"
            side = AGREE if agrees else DISAGREE
            there = counts.sides[side, :, at].sum() - counts.sides[side, group, at]
            asked = counts.votes[:, at].sum() - counts.votes[group, at]
            rows.append(
                Representative(
                    opinion=row["tid"],
                    agrees=agrees,
                    share=round(row["n-success"] / max(row["n-trials"], 1), 4),
                    others_share=round(float(there) / max(int(asked), 1), 4),
                    repness=round(row["repness"], 4),
                    votes=row["n-trials"],
                )
            )
        chosen.append(tuple(rows[:MOST_REPRESENTATIVE]))
    return tuple(chosen)


def _consensus(counts: _Counts, opinions: Ints, letters: Sequence[str]) -> tuple[Consensus, ...]:
    order = sorted(range(len(letters)), key=lambda index: letters[index])
    found = [
        Consensus(
            int(opinion),
            side == AGREE,
            round(float(counts.consensus[side, at]), 4),
            tuple((letters[g], round(float(counts.probability[side, g, at]), 4)) for g in order),
        )
        for side in (AGREE, DISAGREE)
        for at, opinion in enumerate(opinions)
        if (counts.probability[side, :, at] > 0.5).all()
    ]
    found.sort(key=lambda one: (-one.value, one.opinion))
    return tuple(found[:MOST_CONSENSUS])


def _divisive(counts: _Counts, opinions: Ints) -> tuple[int, ...]:
    """By the distance between the group most and the one least for it; only telling ones."""
    spread = np.ptp(counts.probability[AGREE] - counts.probability[DISAGREE], axis=0)
    telling = counts.repness_test.max(axis=(0, 1)) > SIGNIFICANT
    ranked = [int(opinions[at]) for at in np.argsort(-spread, kind="stable") if telling[at]]
    return tuple(ranked[:MOST_DIVISIVE])


def priorities(
    votes: Floats,
    columns: Ints,
    extremity: Floats,
    opinions: Sequence[int],
    hidden: Collection[int],
) -> dict[int, float]:
    """How informative a vote on each visible opinion would be, highest first (pol.is routing)."""
    away = set(hidden)
    agrees = dict(zip(columns.tolist(), (votes == 1).sum(axis=0), strict=True))
    against = dict(zip(columns.tolist(), (votes == -1).sum(axis=0), strict=True))
    total = dict(zip(columns.tolist(), (~np.isnan(votes)).sum(axis=0), strict=True))
    pull = dict(zip(columns.tolist(), extremity, strict=True))
    asked = sorted({int(opinion) for opinion in opinions} - away)
    values = stats.priority_metric(
        False,
        np.array([agrees.get(one, 0) for one in asked], dtype=float),
        np.array([against.get(one, 0) for one in asked], dtype=float),
        np.array([total.get(one, 0) for one in asked], dtype=float),
        np.array([pull.get(one, 0.0) for one in asked], dtype=float),
    )
    ranked = sorted(zip(asked, values, strict=True), key=lambda pair: (-pair[1], pair[0]))
    return {opinion: round(float(value), 4) for opinion, value in ranked}
