"""Opinion groups beside the published groups of finished pol.is conversations, and their speed.

`python bench/groups.py FOLDER [--json]`: FOLDER holds `NAME.participants-votes.csv.gz` and
`NAME.comments.csv.gz` as pol.is exports them. For each: the adjusted Rand index over everyone in
a published group (who has too few votes for a group of ours goes by the nearest one), with the
number of groups we find ("found") and with the published one ("given"). The baseline beside it
is mean imputation, scikit-learn's PCA and KMeans, its number of groups by silhouette.

`python bench/groups.py --speed [--quick] [--json]`: seeded votes of 5,000 people on 500
opinions, 200,000 in all, through the child process.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gzip
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, silhouette_score

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import common
from opinions.computing import Votes, compute, place, project, tabulate
from opinions.process import PictureProcess

SUFFIX = ".participants-votes.csv.gz"
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A finished conversation: votes (NaN: none), what was moderated away, published groups."""

    name: str
    people: Ints
    opinions: list[int]
    votes: Floats
    hidden: list[int]
    groups: Floats

    @property
    def packed(self) -> Votes:
        rows, columns = np.where(~np.isnan(self.votes))
        return Votes(
            self.people[rows],
            np.array(self.opinions)[columns],
            self.votes[rows, columns].astype(np.int8),
        )


def read(path: Path) -> Conversation:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    name = path.name.removesuffix(SUFFIX)
    with gzip.open(path.with_name(f"{name}.comments.csv.gz"), "rt", encoding="utf-8") as file:
        hidden = [
            int(row["comment-id"]) for row in csv.DictReader(file) if row["moderated"] == "-1"
        ]
    columns = [column for column in rows[0] if column.isdigit()]

    def number(text: str) -> float:
        return float(text) if text else np.nan

    return Conversation(
        name,
        np.array([int(row["participant"]) for row in rows]),
        [int(column) for column in columns],
        np.array([[number(row[column]) for column in columns] for row in rows]),
        hidden,
        np.array([number(row["group-id"]) for row in rows]),
    )


def nearest(points: Floats, centers: Floats) -> Ints:
    distances = np.linalg.norm(points[:, None] - centers[None], axis=2)
    closest: Ints = distances.argmin(axis=1)
    return closest


def ours(one: Conversation, published: NDArray[np.bool_], count: int) -> tuple[float, float, int]:
    """Adjusted Rand index with our number of groups and with the published one; ours."""
    picture = compute(one.packed, one.opinions, hidden=one.hidden)
    at = {point.participant: (point.x, point.y) for point in picture.points}
    positions = np.array([at.get(int(person), (0.0, 0.0)) for person in one.people])
    centers = np.array([group.center for group in picture.groups] or [(0.0, 0.0)])
    letters = [group.label for group in picture.groups]
    labels = nearest(positions, centers)
    own = {point.participant: point.group for point in picture.points}
    for row, person in enumerate(one.people):
        if (letter := own.get(int(person))) is not None:
            labels[row] = letters.index(letter)
    found = adjusted_rand_score(one.groups[published], labels[published])

    table = tabulate(one.packed, one.opinions, one.hidden)
    placed = place(table, np.count_nonzero(~np.isnan(table.visible), axis=1), None)
    points, _ = project(table, None)
    model = KMeans(count, n_init=10, random_state=0).fit(points[placed])
    given = dict(zip(table.people.tolist(), model.predict(points), strict=True))
    chosen = [given.get(int(person), 0) for person in one.people[published]]
    return found, adjusted_rand_score(one.groups[published], chosen), len(picture.groups)


def baseline(one: Conversation, published: NDArray[np.bool_], count: int) -> tuple[float, float]:
    """The same two figures for plain PCA and k-means, silhouette for the number of groups."""
    filled = np.where(np.isnan(one.votes), np.nanmean(one.votes, axis=0), one.votes)
    points = PCA(2, svd_solver="covariance_eigh").fit_transform(filled)[published]
    labels = {k: KMeans(k, n_init=10, random_state=0).fit_predict(points) for k in range(2, 6)}
    best = max(labels, key=lambda k: silhouette_score(points, labels[k]))
    truth = one.groups[published]
    return adjusted_rand_score(truth, labels[best]), adjusted_rand_score(truth, labels[count])


def compare(folder: Path) -> common.Figures:
    rows, figures = [], []
    names: dict[str, float] = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        one = read(path)
        published = ~np.isnan(one.groups)
        count = len(np.unique(one.groups[published]))
        found, given, groups = ours(one, published, count)
        plain, plain_given = baseline(one, published, count)
        figures.append((found, given, plain, plain_given, float(groups == count)))
        names[f"ari_{one.name}"] = found
        rows.append(
            [one.name, str(int(published.sum())), str(count), str(groups)]
            + [f"{value:.3f}" for value in (found, given, plain, plain_given)]
        )
    averages = np.mean(figures, axis=0)
    rows.append(["average", "", "", "", *[f"{value:.3f}" for value in averages[:4]]])
    heads = ["conversation", "people", "k", "found", "ARI", "given k", "plain", "plain, given k"]
    common.show("Adjusted Rand index against the published groups", heads, rows)
    keys = ["ari", "ari_given_k", "plain_ari", "plain_ari_given_k", "right_number"]
    return dict(zip(keys, averages.tolist(), strict=True)) | names


async def time_it(people: int, opinions: int, votes: int) -> common.Figures:
    """Seconds for a start, and for a computation in the warm child; its memory in MB."""
    rng = np.random.default_rng(7)
    camp = rng.integers(0, 3, people)
    leaning = rng.choice([0.15, 0.5, 0.85], (3, opinions))
    cells = rng.choice(people * opinions, votes, replace=False)
    who, what = cells // opinions, cells % opinions
    record = np.zeros(votes, dtype=[("p", "<i8"), ("o", "<i8"), ("v", "i1")])
    record["p"], record["o"] = who, what
    record["v"] = np.where(rng.random(votes) < leaning[camp[who], what], 1, -1)
    data = record.tobytes()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 170_000):
            yield data[start : start + 170_000]

    figures: common.Figures = {}
    async with PictureProcess() as process:
        previous: bytes | None = None
        for name in ("cold_seconds", "warm_seconds", "warm_drawn_seconds"):
            drawn = name == "warm_drawn_seconds"
            began = time.perf_counter()
            computed = await process.render(
                chunks(),
                range(opinions),
                previous=previous,
                png_size=(960, 720) if drawn else None,
                svg=drawn,
            )
            figures[name] = time.perf_counter() - began
            previous = computed.json
        figures["child_mb"] = common.memory(process.pid or 0)
        began = time.perf_counter()
        picture = computed.picture
        figures["parse_seconds"] = time.perf_counter() - began
    figures["groups"] = len(picture.groups)
    print(f"{people} people, {opinions} opinions, {votes} votes")
    for name, value in figures.items():
        print(f"{name:20} {value:.3f}")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="Opinion groups against published ones")
    parser.add_argument("folder", nargs="?", type=Path, help="exports of pol.is conversations")
    parser.add_argument("--speed", action="store_true", help="seeded votes through the child")
    parser.add_argument("--quick", action="store_true", help="a tenth of the votes for --speed")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object of figures")
    options = parser.parse_args()
    figures: common.Figures = {}
    if options.folder is not None:
        if not any(options.folder.glob(f"*{SUFFIX}")):
            sys.exit(f"no conversations (*{SUFFIX}) in {options.folder}: nothing compared")
        figures |= compare(options.folder)
    elif not options.speed:
        sys.exit("give the folder with the exported conversations, or --speed")
    if options.speed:
        part = 10 if options.quick else 1
        figures |= asyncio.run(time_it(5_000 // part, 500 // part, 200_000 // part // part))
    common.finish(figures, as_json=options.json)


if __name__ == "__main__":
    main()
