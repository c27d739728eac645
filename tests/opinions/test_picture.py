"""Groups, statements and honesty of the opinion picture."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opinions.picture import MIN_GROUPED, Picture, Vote, compute_picture

OPINIONS = range(12)


def camps(
    people: int = 40, seed: int = 1, flips: float = 0.05
) -> tuple[list[Vote], dict[int, int]]:
    """Two camps: opposed on opinions 0 to 5, both for 6 to 8, undecided on 9 to 11."""
    dice = random.Random(seed)
    votes, camp = [], {}
    for person in range(people):
        camp[person] = side = 1 if person % 5 < 3 else -1
        for opinion in OPINIONS:
            sure = side if opinion < 6 else 1
            value = dice.choice((1, -1)) if opinion > 8 else sure
            turned = opinion < 6 and dice.random() < flips
            votes.append(Vote(person, opinion, -value if turned else value))
    return votes, camp


def parts(picture: Picture) -> set[frozenset[int]]:
    return {
        frozenset(point.participant for point in picture.points if point.group == group.label)
        for group in picture.groups
    }


some_votes = st.dictionaries(
    st.tuples(st.integers(0, 14), st.integers(0, 9)), st.sampled_from((-1, 0, 1)), max_size=150
).map(lambda cells: [Vote(*cell, value) for cell, value in cells.items()])
quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def test_two_planted_camps_are_found_exactly_with_their_statements() -> None:
    votes, camp = camps()
    picture = compute_picture(votes, OPINIONS)
    assert picture.verdict == "groups"
    assert parts(picture) == {
        frozenset(person for person, side in camp.items() if side == wanted) for wanted in (1, -1)
    }
    assert [group.label for group in picture.groups] == ["A", "B"]
    for group, agrees in zip(picture.groups, (True, False), strict=True):
        assert group.representative
        assert {row.opinion for row in group.representative} <= set(range(6))
        assert {row.agrees for row in group.representative} == {agrees}
        assert all(row.share > 0.7 > 0.3 > row.others_share for row in group.representative)
    assert set(picture.divisive) <= set(range(6))
    assert len(picture.divisive) == 5
    assert {one.opinion for one in picture.consensus[:3]} == {6, 7, 8}
    assert all(one.agree and len(one.shares) == 2 for one in picture.consensus[:3])


@quick
@given(some_votes, st.randoms(use_true_random=False))
def test_the_order_of_votes_does_not_matter(votes: list[Vote], dice: random.Random) -> None:
    shuffled = dice.sample(votes, len(votes))
    assert compute_picture(votes, range(10)) == compute_picture(shuffled, range(10))


@quick
@given(some_votes, st.sets(st.integers(0, 9)), st.sampled_from((-1, 0, 1)))
def test_what_was_voted_on_hidden_opinions_has_no_influence(
    votes: list[Vote], hidden: set[int], value: int
) -> None:
    other = [vote._replace(value=value) if vote.opinion in hidden else vote for vote in votes]
    picture = compute_picture(votes, range(10), hidden=hidden)
    assert picture == compute_picture(other, range(10), hidden=hidden)
    told = {row.opinion for group in picture.groups for row in group.representative}
    told |= {one.opinion for one in picture.consensus} | {*picture.divisive, *picture.priorities}
    assert not told & hidden


@quick
@given(some_votes)
def test_the_counts_add_up_and_json_keeps_everything(votes: list[Vote]) -> None:
    picture = compute_picture(votes, range(10))
    placed = [point for point in picture.points if point.group is not None]
    assert picture.participants == len({vote.participant for vote in votes})
    assert picture.participants == len(picture.points) >= picture.grouped
    assert sum(group.size for group in picture.groups) == len(placed)
    assert len(placed) == (picture.grouped if picture.verdict == "groups" else 0)
    assert bool(picture.groups) == (picture.verdict == "groups")
    assert set(picture.priorities) == set(range(10))
    assert [*picture.priorities.values()] == sorted(picture.priorities.values(), reverse=True)
    assert Picture.from_json(picture.as_json()) == picture


@pytest.mark.parametrize("people", [0, 1, 2, 5, MIN_GROUPED - 1])
def test_few_people_are_too_few_but_their_agreement_is_told(people: int) -> None:
    votes, _ = camps(people)
    picture = compute_picture(votes, OPINIONS)
    assert picture.verdict == "too_few"
    assert (picture.participants, picture.groups) == (people, ())
    if people >= 5:
        assert {6, 7, 8} <= {one.opinion for one in picture.consensus}


def test_from_the_least_number_on_groups_are_found() -> None:
    votes = [
        Vote(person, opinion, 1 - 2 * (person % 2))
        for person in range(MIN_GROUPED)
        for opinion in OPINIONS
    ]
    picture = compute_picture(votes, OPINIONS)
    assert [group.size for group in picture.groups] == [MIN_GROUPED // 2] * 2


def test_two_people_who_differ_from_all_are_no_group() -> None:
    votes, camp = camps(8, flips=0)
    assert sorted(camp.values()).count(-1) == 2
    assert compute_picture(votes, OPINIONS).verdict == "one_group"


def test_two_opinions_are_too_few_for_a_picture() -> None:
    votes = [
        Vote(person, opinion, 1 - 2 * (person % 2)) for person in range(30) for opinion in (1, 2)
    ]
    assert compute_picture(votes, (1, 2)).verdict == "too_few"


def test_people_who_all_vote_alike_are_one_group() -> None:
    votes = [Vote(person, opinion, 1) for person in range(30) for opinion in OPINIONS]
    picture = compute_picture(votes, OPINIONS)
    assert (picture.verdict, picture.grouped, picture.groups) == ("one_group", 30, ())
    assert len(picture.consensus) == 10


def test_letters_stay_with_the_people_when_sizes_turn_around() -> None:
    votes, camp = camps(20)
    before = compute_picture(votes, OPINIONS)
    for person in range(100, 130):
        votes += [Vote(person, opinion, -1 if opinion < 6 else 1) for opinion in OPINIONS]
    after = compute_picture(votes, OPINIONS, previous=before)
    first = {point.participant: point.group for point in before.points}
    now = {point.participant: point.group for point in after.points}
    assert {person: now[person] for person in camp} == first
    sizes = {group.label: group.size for group in after.groups}
    assert sizes["B"] > sizes["A"]
    assert compute_picture(votes, OPINIONS).groups[0].size == sizes["B"]


def test_another_number_of_groups_is_shown_only_after_it_won_four_times() -> None:
    votes, _ = camps(30, flips=0)
    picture = compute_picture(votes, OPINIONS)
    assert len(picture.groups) == 2
    third = {opinion: (-1, 1, 0)[opinion % 3] * (1 if opinion % 2 else -1) for opinion in OPINIONS}
    for person in range(200, 230):
        votes += [Vote(person, opinion, value) for opinion, value in third.items()]
    assert len(compute_picture(votes, OPINIONS).groups) == 3
    shown = []
    for _ in range(4):
        picture = compute_picture(votes, OPINIONS, previous=picture)
        shown.append(len(picture.groups))
    assert shown == [2, 2, 2, 3]


def test_who_was_placed_stays_placed() -> None:
    votes, _ = camps(30)
    before = compute_picture(votes, OPINIONS)
    fewer = [vote for vote in votes if vote.participant or vote.opinion < 5]
    assert compute_picture(fewer, OPINIONS).points[0].group is None
    assert compute_picture(fewer, OPINIONS, previous=before).points[0].group == "A"


def test_an_opinion_without_votes_is_asked_before_one_everyone_passed() -> None:
    votes = [Vote(person, 1, 0) for person in range(40)]
    votes += [Vote(person, 2, 1) for person in range(40)]
    assert next(iter(compute_picture(votes, (1, 2, 3)).priorities)) == 3


def test_votes_on_other_opinions_are_left_out() -> None:
    votes, _ = camps()
    assert compute_picture([*votes, Vote(999, 777, 1)], OPINIONS) == compute_picture(
        votes, OPINIONS
    )
