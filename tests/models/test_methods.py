"""Counting ballots: known elections, and what holds for every one."""

from __future__ import annotations

from itertools import pairwise as successive
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deliberation.methods import (
    METHODS,
    STATUS_QUO,
    Choice,
    Tally,
    check_choice,
    count,
    draw,
    pairwise,
    strongest_paths,
)
from models.errors import InvalidInput

KEYS = ["A", "B", "C", "D", STATUS_QUO]
SEED = "5eed"


def tally(method: str, choices: list[Choice], keys: list[str] = KEYS, percent: int = 50) -> Tally:
    checked = [check_choice(method, keys, choice) for choice in choices]
    return count(method, keys, checked, majority_percent=percent, seed=SEED)


def ranks(*given: tuple[int, str]) -> list[Choice]:
    return [{"rank": list(order)} for times, order in given for _ in range(times)]


rank_choice = st.lists(st.sampled_from(KEYS), min_size=1, unique=True).map(
    lambda order: {"rank": order}
)
approval_choice = st.one_of(
    st.just({"approve": [STATUS_QUO]}),
    st.lists(st.sampled_from(KEYS[:-1]), min_size=1, unique=True).map(
        lambda keys: {"approve": keys}
    ),
)
score_choice = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 5), min_size=1).map(
    lambda scores: {"scores": scores}
)
CHOICE = {
    "approval": approval_choice,
    "schulze": rank_choice,
    "runoff": rank_choice,
    "score": score_choice,
}


@st.composite
def elections(draw: Any) -> tuple[str, list[Choice]]:
    method = draw(st.sampled_from(METHODS))
    return method, draw(st.lists(CHOICE[method], max_size=25))


# --- known elections

_WIKIPEDIA = ranks(
    (5, "ACBED"),
    (5, "ADECB"),
    (8, "BEDAC"),
    (3, "CABED"),
    (7, "CAEBD"),
    (2, "CBADE"),
    (7, "DCEBA"),
    (8, "EBADC"),
)
"""The worked example of Schulze's paper and of the encyclopaedia: 45 ballots, E wins."""


def test_schulze_gives_the_published_paths_and_winner() -> None:
    keys = ["A", "B", "C", "D", "E"]
    above = pairwise(keys, [choice["rank"] for choice in _WIKIPEDIA])
    assert above["A"] == {"B": 20, "C": 26, "D": 30, "E": 22}
    path = strongest_paths(keys, above)
    assert path["A"] == {"B": 28, "C": 28, "D": 30, "E": 24}
    assert path["E"] == {"A": 25, "B": 28, "C": 28, "D": 31}
    found = tally("schulze", _WIKIPEDIA, [*keys, STATUS_QUO])
    assert found.winner == "E"
    assert found.totals == {"A": 4, "B": 2, "C": 3, "D": 1, "E": 5, STATUS_QUO: 0}


_TENNESSEE = ranks((42, "ABCD"), (26, "BCDA"), (15, "CDBA"), (17, "DCBA"))
"""Memphis, Nashville, Chattanooga, Knoxville: runoff elects Knoxville, Schulze Nashville."""


def test_runoff_and_schulze_differ_where_they_are_known_to() -> None:
    runoff = tally("runoff", _TENNESSEE)
    assert runoff.winner == "D"
    assert [step["out"] for step in runoff.detail["rounds"]] == [STATUS_QUO, "C", "B", None]
    assert runoff.detail["rounds"][-1]["counts"] == {"A": 42, "D": 58}
    assert tally("schulze", _TENNESSEE).winner == "B"


def test_approval_needs_more_than_the_share() -> None:
    half = [{"approve": ["A"]}] * 5 + [{"approve": ["B"]}] * 3 + [{"approve": [STATUS_QUO]}] * 2
    assert tally("approval", half).winner == STATUS_QUO
    assert tally("approval", [*half, {"approve": ["A", "B"]}]).winner == "A"
    assert tally("approval", half, percent=40).winner == "A"


def test_score_needs_more_than_the_share_of_the_points() -> None:
    middle = [{"scores": {"A": 5}}, {"scores": {"A": 0, "B": 2}}]
    assert tally("score", middle).winner == STATUS_QUO
    assert tally("score", [*middle, {"scores": {"A": 3}}]).winner == "A"


@pytest.mark.parametrize(
    ("method", "choices"),
    [
        ("approval", [{"approve": ["A"]}] * 2 + [{"approve": [STATUS_QUO]}] * 2),
        ("score", [{"scores": {"A": 5, STATUS_QUO: 5}}]),
        ("schulze", ranks((3, "A0"), (3, "0A"))),
        ("runoff", ranks((3, "A0"), (3, "0A"))),
    ],
)
def test_a_tie_with_the_status_quo_changes_nothing(method: str, choices: list[Choice]) -> None:
    found = tally(method, choices, ["A", STATUS_QUO], percent=10)
    assert found.winner == STATUS_QUO
    assert found.ties == []


@pytest.mark.parametrize(
    ("method", "choices"),
    [
        ("approval", [{"approve": ["A", "B"]}]),
        ("score", [{"scores": {"A": 4, "B": 4}}]),
        ("schulze", ranks((2, "AB"), (2, "BA"))),
        ("runoff", ranks((2, "AB"), (2, "BA"))),
    ],
)
def test_a_tie_is_drawn_by_a_lot_that_the_seed_decides(method: str, choices: list[Choice]) -> None:
    keys = ["A", "B", STATUS_QUO]
    winners = set()
    for seed in map(str, range(20)):
        checked = [check_choice(method, keys, choice) for choice in choices]
        found = count(method, keys, checked, majority_percent=50, seed=seed)
        assert found.winner == draw(["A", "B"], seed)[0]
        assert found.ties[-1]["between"] == ["A", "B"]
        winners.add(found.winner)
    assert winners == {"A", "B"}


# --- what holds for every election


@pytest.mark.parametrize("seed", [str(number) for number in range(8)])
def test_an_option_that_does_not_beat_the_status_quo_is_in_no_lot(seed: str) -> None:
    choices = [{"rank": ["A", "B", "0"]}] * 5 + [{"rank": ["B", "0"]}] * 5
    tally = count("schulze", ["0", "A", "B"], choices, majority_percent=50, seed=seed)
    assert (tally.winner, tally.ties) == ("B", [])


@given(st.lists(rank_choice, min_size=1, max_size=25))
def test_a_condorcet_winner_wins_under_schulze(choices: list[Choice]) -> None:
    above = pairwise(KEYS, [choice["rank"] for choice in choices])
    beats_all = [a for a in KEYS if all(above[a][b] > above[b][a] for b in KEYS if b != a)]
    if beats_all:
        assert [tally("schulze", choices).winner] == beats_all


def _widest(above: dict[str, dict[str, int]], a: str, b: str) -> int:
    """The strongest chain, by trying every one."""
    best = 0
    between = [key for key in KEYS if key not in (a, b)]
    for length in range(len(between) + 1):
        for chain in permutations(between, length):
            steps = list(zip((a, *chain), (*chain, b), strict=True))
            if all(above[x][y] > above[y][x] for x, y in steps):
                best = max(best, min(above[x][y] for x, y in steps))
    return best


@given(st.lists(rank_choice, min_size=1, max_size=12))
def test_the_strongest_paths_are_those_found_by_trying_all(choices: list[Choice]) -> None:
    above = pairwise(KEYS, [choice["rank"] for choice in choices])
    path = strongest_paths(KEYS, above)
    for a, b in permutations(KEYS, 2):
        assert path[a][b] == _widest(above, a, b)


@given(elections(), st.randoms(use_true_random=False))
def test_the_order_of_ballots_and_options_changes_nothing(
    election: tuple[str, list[Choice]], random: Any
) -> None:
    method, choices = election
    before = tally(method, choices)
    shuffled, keys = list(choices), list(KEYS)
    random.shuffle(shuffled)
    random.shuffle(keys)
    assert tally(method, shuffled, keys) == before


@given(st.lists(rank_choice, min_size=1, max_size=25))
def test_runoff_eliminates_the_last_and_loses_no_ballot(choices: list[Choice]) -> None:
    found = tally("runoff", choices)
    rounds = found.detail["rounds"]
    for step, following in successive(rounds):
        assert step["counts"][step["out"]] == min(step["counts"].values())
        assert set(following["counts"]) == set(step["counts"]) - {step["out"]}
        assert following["exhausted"] >= step["exhausted"]
    for step in rounds:
        assert sum(step["counts"].values()) + step["exhausted"] == len(choices)
    last = rounds[-1]["counts"]
    assert last[found.winner] * 2 > sum(last.values()) or len(last) == 1


@given(st.lists(rank_choice, min_size=1, max_size=25))
def test_an_absolute_majority_of_first_choices_wins(choices: list[Choice]) -> None:
    firsts = [choice["rank"][0] for choice in choices]
    for key in KEYS:
        if firsts.count(key) * 2 > len(firsts):
            assert tally("runoff", choices).winner == key
            assert tally("schulze", choices).winner == key


@given(elections())
def test_totals_add_up(election: tuple[str, list[Choice]]) -> None:
    method, choices = election
    found = tally(method, choices)
    assert set(found.totals) == set(KEYS)
    assert found.winner in ((None,) if not choices else KEYS)
    match method:
        case "approval":
            assert sum(found.totals.values()) == sum(len(c["approve"]) for c in choices)
        case "score":
            assert sum(found.totals.values()) == sum(sum(c["scores"].values()) for c in choices)
        case "runoff":
            assert sum(found.totals.values()) == len(choices)
        case "schulze" if choices:
            above = found.detail["pairwise"]
            assert all(above[a][b] + above[b][a] <= len(choices) for a, b in permutations(KEYS, 2))


@given(elections())
def test_a_checked_choice_is_its_own_canonical_form(election: tuple[str, list[Choice]]) -> None:
    method, choices = election
    for choice in choices:
        checked = check_choice(method, KEYS, choice)
        assert check_choice(method, KEYS, checked) == checked


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "choice",
    [
        None,
        [],
        "A",
        {},
        {"approve": []},
        {"approve": "A"},
        {"approve": ["A", "A"]},
        {"approve": ["A", STATUS_QUO]},
        {"approve": ["Z"]},
        {"approve": ["A"], "rank": ["A"]},
        {"approve": [["A"]]},
        {"rank": []},
        {"rank": ["A", "B", "A"]},
        {"rank": ["A", None]},
        {"scores": {}},
        {"scores": {"A": 6}},
        {"scores": {"A": -1}},
        {"scores": {"A": True}},
        {"scores": {"A": 2.5}},
        {"scores": {"Z": 1}},
        {"scores": ["A"]},
    ],
)
def test_what_is_no_choice_is_refused(method: str, choice: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_choice(method, KEYS, choice)
    assert refused.value.context["reason"] == "ballot_choice"
