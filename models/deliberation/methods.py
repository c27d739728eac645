"""How ballots are counted: approval, Schulze, instant runoff, score. Pure, standard library only.

Option "0" is the status quo ("none of these") and always on the ballot. Everywhere the same rule
holds for it: what ties with the status quo has not beaten it, and leaves things as they are.

Sources: Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent
single-winner election method", Social Choice and Welfare 36 (2011), with winning votes as the
strength of a link; instant runoff as in Robert's Rules of Order, preferential voting.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.errors import InvalidInput

STATUS_QUO = "0"
METHODS = ("approval", "schulze", "runoff", "score")
FIELD = {"approval": "approve", "schulze": "rank", "runoff": "rank", "score": "scores"}
"""The one key of a choice, by method."""
TOP_SCORE = 5
"""Scores go from 0 to this."""

Choice = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """What counting gave."""

    winner: str | None
    """Key of the option that won, "0" when things stay as they are, None for an empty box."""
    totals: dict[str, int]
    """By option. approval: ballots that approve; score: points; runoff: first choices; schulze:
    how many options it beats, directly or by a chain."""
    detail: dict[str, Any] = field(default_factory=dict)
    """schulze: `pairwise`, row over column; runoff: `rounds` with `counts`, `exhausted`, `out`."""
    ties: list[dict[str, Any]] = field(default_factory=list)
    """Every lot that was drawn: `for` (winner or elimination), `between`, `drawn`."""


def check_choice(method: str, options: Sequence[str], choice: object) -> Choice:
    """The choice in the one form in which it is stored and hashed.

    approval: at least one key; "0" goes alone. schulze and runoff: at least one key, best first,
    none twice; whoever is left out is ranked last. score: 0 to 5, an option left out gets 0.

    Raises InvalidInput: `ballot_choice`.
    """
    name = FIELD[method]
    given = choice.get(name) if isinstance(choice, dict) and set(choice) == {name} else None
    if method == "score":
        return {name: _scores(options, given)}
    if not isinstance(given, list) or not given or not all(key in options for key in given):
        raise _invalid(method)
    if len(set(given)) != len(given):
        raise _invalid(method)
    if method != "approval":
        return {name: list(given)}
    if STATUS_QUO in given and len(given) > 1:
        raise _invalid(method)
    return {name: sorted(given)}


def _scores(options: Sequence[str], given: object) -> dict[str, int]:
    if not isinstance(given, dict) or not given or not set(given) <= set(options):
        raise _invalid("score")
    for value in given.values():
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= TOP_SCORE:
            raise _invalid("score")
    return {key: given.get(key, 0) for key in sorted(options)}


def _invalid(method: str) -> InvalidInput:
    return InvalidInput(f"not a {method} choice", reason="ballot_choice", method=method)


def draw(keys: Iterable[str], seed: str) -> list[str]:
    """The keys in the order of a lot that anybody can draw again: by SHA-256 of seed and key."""
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed}\n{key}".encode()).hexdigest())


def count(
    method: str,
    options: Sequence[str],
    choices: Iterable[Choice],
    *,
    majority_percent: int,
    seed: str,
) -> Tally:
    """Count valid choices (`check_choice`). `seed` decides ties: the final head of the chain.

    An approval winner is approved by more than `majority_percent` of the ballots, a score winner
    gets more than that share of the points it could get; schulze and runoff need no such share.
    """
    name = FIELD[method]
    given = [choice[name] for choice in choices]
    if not given:
        return Tally(None, dict.fromkeys(sorted(options), 0))
    counter = _COUNTERS[method]
    return counter(sorted(options), given, majority_percent, seed)


# --- approval and score: the most, if it is enough


def _approval(keys: list[str], given: list[list[str]], percent: int, seed: str) -> Tally:
    found = Counter(key for approved in given for key in approved)
    totals = {key: found[key] for key in keys}
    return _most(totals, len(given), percent, seed)


def _score(keys: list[str], given: list[dict[str, int]], percent: int, seed: str) -> Tally:
    totals = {key: sum(scores[key] for scores in given) for key in keys}
    return _most(totals, len(given) * TOP_SCORE, percent, seed)


def _most(totals: dict[str, int], possible: int, percent: int, seed: str) -> Tally:
    """The largest total wins if it is more than the share of what was possible, and more than
    that of the status quo."""
    enough = {
        key: total
        for key, total in totals.items()
        if total * 100 > possible * percent and total > totals[STATUS_QUO]
    }
    if not enough:
        return Tally(STATUS_QUO, totals)
    best = max(enough.values())
    return _with_lot([key for key, total in enough.items() if total == best], totals, {}, seed)


def _with_lot(first: list[str], totals: dict[str, int], detail: dict[str, Any], seed: str) -> Tally:
    """One of `first` wins: the only one, else the one that the lot puts first."""
    if len(first) == 1:
        return Tally(first[0], totals, detail)
    drawn = draw(first, seed)[0]
    return Tally(
        drawn, totals, detail, [{"for": "winner", "between": sorted(first), "drawn": drawn}]
    )


# --- Schulze


def pairwise(keys: Sequence[str], ranks: Iterable[Sequence[str]]) -> dict[str, dict[str, int]]:
    """On how many ballots each option stands above each other one; unranked ones stand last."""
    above = {a: dict.fromkeys((b for b in keys if b != a), 0) for a in keys}
    for rank, times in Counter(tuple(rank) for rank in ranks).items():
        below = set(keys)
        for key in rank:
            below.discard(key)
            for other in below:
                above[key][other] += times
    return above


def strongest_paths(
    keys: Sequence[str], above: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, int]]:
    """How strong the strongest chain of wins from each option to each other one is."""
    path = {
        a: {b: above[a][b] if above[a][b] > above[b][a] else 0 for b in keys if b != a}
        for a in keys
    }
    for via in keys:
        for a in keys:
            for b in keys:
                if len({via, a, b}) == 3:
                    path[a][b] = max(path[a][b], min(path[a][via], path[via][b]))
    return path


def _schulze(keys: list[str], given: list[list[str]], _percent: int, seed: str) -> Tally:
    above = pairwise(keys, given)
    path = strongest_paths(keys, above)
    others = {a: [b for b in keys if b != a] for a in keys}
    totals = {a: sum(path[a][b] > path[b][a] for b in others[a]) for a in keys}
    first = [a for a in keys if all(path[a][b] >= path[b][a] for b in others[a])]
    detail = {"pairwise": above}
    if STATUS_QUO in first:
        return Tally(STATUS_QUO, totals, detail)
    # Somebody among the first beats "0", but one that only equals the others may not.
    change = [a for a in first if path[a][STATUS_QUO] > path[STATUS_QUO][a]]
    return _with_lot(change, totals, detail, seed)


# --- instant runoff


def _runoff(keys: list[str], given: list[list[str]], _percent: int, seed: str) -> Tally:
    """Whoever has more than half of the ballots that still name somebody wins; else the last one
    goes and its ballots move on."""
    rounds: list[dict[str, Any]] = []
    ties: list[dict[str, Any]] = []
    ballots = Counter(tuple(rank) for rank in given)
    left = list(keys)
    while True:
        counts = dict.fromkeys(left, 0)
        for rank, times in ballots.items():
            top = next((key for key in rank if key in counts), None)
            if top is not None:
                counts[top] += times
        going = sum(counts.values())
        step: dict[str, Any] = {"counts": counts, "exhausted": len(given) - going, "out": None}
        rounds.append(step)
        winner = next((key for key in left if counts[key] * 2 > going or len(left) == 1), None)
        if winner is not None:
            first = {key: rounds[0]["counts"][key] for key in keys}
            return Tally(winner, first, {"rounds": rounds}, ties)
        step["out"] = _last(counts, seed, ties)
        left.remove(step["out"])


def _last(counts: dict[str, int], seed: str, ties: list[dict[str, Any]]) -> str:
    """Who is eliminated: the fewest ballots, of several whom the lot puts last, never the status
    quo before another."""
    fewest = min(counts.values())
    tied = [key for key in counts if counts[key] == fewest]
    if len(tied) > 1 and STATUS_QUO in tied:
        tied.remove(STATUS_QUO)
    if len(tied) == 1:
        return tied[0]
    drawn = draw(tied, seed)[-1]
    ties.append({"for": "elimination", "between": sorted(tied), "drawn": drawn})
    return drawn


_COUNTERS: dict[str, Callable[[list[str], list[Any], int, str], Tally]] = {
    "approval": _approval,
    "score": _score,
    "schulze": _schulze,
    "runoff": _runoff,
}
