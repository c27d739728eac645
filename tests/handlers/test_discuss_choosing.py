"""Filling in a ballot: whatever is tapped, only a fitting choice can be cast."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.deliberation.resident.choosing import NONE_OF_THESE, Sheet

OPTIONS = {"A": "外挂电梯", "B": "座椅电梯", "C": "改楼梯", "0": "都不选"}
METHODS = ("approval", "schulze", "runoff", "score")

keys = st.sampled_from([*OPTIONS, "Z"])
taps = st.lists(
    st.one_of(
        st.tuples(st.just("tap"), keys),
        st.tuples(st.just("score"), keys, st.integers(-1, 6)),
        st.tuples(st.sampled_from(["undo", "back"])),
    ),
    max_size=12,
)


def _sheet(method: str) -> Sheet:
    return Sheet(ballot=1, d=2, method=method, options=OPTIONS)


def _after(sheet: Sheet, moves: list[tuple[Any, ...]]) -> Sheet:
    for name, *values in moves:
        match name:
            case "tap":
                sheet = sheet.tapped(*values) if sheet.method != "score" else sheet
            case "score":
                sheet = sheet.scored(*values) if sheet.method == "score" else sheet
            case "undo":
                sheet = sheet.undone()
            case _:
                sheet = sheet.back()
    return sheet


@pytest.mark.parametrize("method", METHODS)
@given(moves=taps)
def test_whatever_is_tapped_the_choice_names_known_options_once(
    method: str, moves: list[tuple[Any, ...]]
) -> None:
    sheet = _after(_sheet(method), moves)
    if not sheet.complete:
        return
    choice = sheet.choice()
    (named,) = choice.values()
    assert set(named) <= set(OPTIONS)
    assert len(named) == len(set(named)) > 0
    if method == "approval":
        assert NONE_OF_THESE not in named or len(named) == 1
    if method == "score":
        assert set(named) == set(OPTIONS)
        assert all(0 <= points <= 5 for points in named.values())


@given(moves=taps, key=keys)
def test_tapping_a_ticked_option_takes_it_off(moves: list[tuple[Any, ...]], key: str) -> None:
    sheet = _after(_sheet("approval"), moves).tapped(key)
    if key in sheet.chosen:
        assert sheet.tapped(key).chosen == [other for other in sheet.chosen if other != key]


def test_none_of_these_stands_alone() -> None:
    assert _sheet("approval").tapped("A").tapped("B").tapped("0").chosen == ["0"]
    assert _sheet("approval").tapped("0").tapped("A").chosen == ["A"]


def test_a_ranking_keeps_the_order_of_tapping_and_ends_with_the_last() -> None:
    sheet = _sheet("schulze").tapped("B").tapped("A").tapped("A")
    assert sheet.choice() == {"rank": ["B", "A"]}
    assert not sheet.reviewing
    assert sheet.undone().chosen == ["B"]
    assert sheet.tapped("0").tapped("C").reviewing


def test_scores_are_asked_one_option_after_the_other() -> None:
    sheet = _sheet("score")
    for points, key in enumerate(OPTIONS):
        assert sheet.asked == key
        assert not sheet.complete
        sheet = sheet.scored(key, points)
    assert sheet.asked is None
    assert sheet.reviewing
    assert sheet.choice() == {"scores": {"A": 0, "B": 1, "C": 2, "0": 3}}
    assert sheet.undone().asked == "0"
    assert sheet.back().asked == "A"
