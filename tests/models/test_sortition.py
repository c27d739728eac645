"""Drawing by lot: seats by largest remainder, lots by SHA-256, nothing else."""

from __future__ import annotations

import random
from collections import Counter
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deliberation.sortition import draw, lot, next_substitute, quotas

strata = st.dictionaries(st.text(min_size=1, max_size=4), st.integers(1, 60), min_size=1)
pools = st.lists(
    st.tuples(st.text(min_size=1, max_size=6), st.sampled_from(["a", "b", "c"])),
    min_size=1,
    max_size=60,
    unique_by=lambda one: one[0],
)


@given(strata, st.data())
def test_seats_sum_to_the_size_and_are_the_share_rounded_up_or_down(
    counts: dict[str, int], data: st.DataObject
) -> None:
    total = sum(counts.values())
    size = data.draw(st.integers(1, total))

    seats = quotas(counts, size)

    assert sum(seats.values()) == size
    for name, count in counts.items():
        share = size * count / total
        assert int(share) <= seats[name] <= min(count, int(share) + 1)


@given(pools, st.text(max_size=10), st.data())
def test_the_draw_keeps_the_seats_and_not_the_order_of_the_pool(
    pool: list[tuple[str, str]], seed: str, data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, len(pool)))
    shuffled = list(pool)
    random.Random(data.draw(st.integers())).shuffle(shuffled)

    drawn = draw(pool, seed, size, 5)

    assert drawn == draw(shuffled, seed, size, 5)
    stratum_of = dict(pool)
    seats = quotas(Counter(stratum_of.values()), size)
    of_stratum = Counter(stratum_of[name] for name in drawn.members)
    assert {name: of_stratum[name] for name in seats} == seats
    assert len(drawn.substitutes) == min(5, len(pool) - size)
    assert not set(drawn.members) & set(drawn.substitutes)


def test_anybody_can_draw_it_again_by_hand() -> None:
    pool = [(f"p{n}", "north" if n % 3 else "south") for n in range(9)]

    drawn = draw(pool, "2026318", 3)

    by_hand = sorted(
        (name for name, stratum in pool if stratum == "south"),
        key=lambda name: sha256(f"2026318|{name}".encode()).hexdigest(),
    )
    assert [name for name in drawn.members if name in by_hand] == by_hand[:1]
    assert list(drawn.members) == sorted(drawn.members, key=lambda name: lot("2026318", name))


def test_another_seed_draws_others() -> None:
    pool = [(f"p{n}", "") for n in range(100)]
    assert draw(pool, "1", 10) != draw(pool, "2", 10)


@pytest.mark.parametrize("size", [0, 3])
def test_more_seats_than_people_or_none_at_all_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="of 2"):
        draw([("p", "a"), ("q", "a")], "s", size)


def test_a_pseudonym_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        draw([("p", "a"), ("p", "b")], "s", 1)


def test_a_substitute_comes_from_the_same_stratum_if_there_is_one() -> None:
    waiting = [("p", "a"), ("q", "b"), ("r", "b")]
    assert next_substitute(waiting, "b") == ("q", "b")
    assert next_substitute(waiting, "c") == ("p", "a")
    assert next_substitute([], "a") is None
