"""What people type: cleaned, and understood where a button would have done."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.words import MAX_TEXT, choice_of, clean, means, number_of, says_nothing

OFFERED = ["路灯、楼道灯", "电梯故障", "下水道堵塞"]


@pytest.mark.parametrize(
    ("meaning", "text"),
    [
        ("yes", "好的！"),
        ("yes", " 是 "),
        ("yes", "ＯＫ"),
        ("yes", "确认。"),
        ("yes", "Yes"),
        ("no", "不同意"),
        ("no", "No."),
        ("cancel", "算了"),
        ("cancel", "取消"),
        ("back", "上一步"),
        ("skip", "没有照片"),
        ("home", "就是我家"),
        ("resume", "继续"),
    ],
)
def test_words_stand_for_buttons(meaning: str, text: str) -> None:
    assert means(meaning, text)


@pytest.mark.parametrize("text", ["好的灯坏了", "不是灯坏了是门坏了", "取消电梯年检了吗", ""])
def test_a_sentence_that_only_starts_so_is_not_a_button(text: str) -> None:
    assert not any(means(m, text) for m in ("yes", "no", "cancel", "back", "skip"))


def test_yes_and_no_share_no_word() -> None:
    for text in ("是", "好", "同意", "ok", "y", "不", "不同意", "no", "n"):
        assert means("yes", text) != means("no", text)


def test_an_unknown_meaning_is_an_error() -> None:
    with pytest.raises(KeyError):
        means("perhaps", "好")


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("1", 0),
        ("２", 1),
        ("第三个", 2),
        ("三", 2),
        ("电梯", 1),
        ("电梯故障", 1),
        ("下水道", 2),
        ("4", None),
        ("道", None),
        ("不知道", None),
        ("", None),
    ],
)
def test_a_choice_by_number_or_words(text: str, index: int | None) -> None:
    assert choice_of(text, OFFERED) == index


def test_words_that_fit_several_choices_pick_none() -> None:
    assert choice_of("停水", ["停水停电", "停水通知"]) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("2", 2), ("十", 10), ("第2号", 2), ("12", 12), ("123", None), ("二楼", None)],
)
def test_small_numbers(text: str, number: int | None) -> None:
    assert number_of(text) == number


def test_direction_overrides_and_control_characters_go() -> None:
    assert clean("a\u202eb\u200f\x00\x1bc\r\nd\te\ud800") == "abc\nd e"


def test_emoji_made_of_several_parts_stay_whole() -> None:
    family = "👨\u200d👩\u200d👧 ❤\ufe0f"
    assert clean(family) == family


def test_only_emoji_or_marks_says_nothing() -> None:
    assert says_nothing("😀😀 !!! ……")
    assert not says_nothing("😀 灯")
    assert not says_nothing("1")


@given(st.text())
def test_cleaned_text_can_be_stored_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= MAX_TEXT
    cleaned.encode()
    assert clean(cleaned) == cleaned
    assert not any("\u202a" <= char <= "\u202e" or char < "\n" for char in cleaned)
