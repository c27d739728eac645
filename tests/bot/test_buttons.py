"""A press counts only for the person it was drawn for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.buttons import MAX_CALLBACK_BYTES, ButtonSigner

SIGNER = ButtonSigner(b"secret")
data = st.text("abcdefghij:0123456789", max_size=50)


@given(st.integers(1, 2**52), data)
def test_what_was_signed_opens_again(chat: int, text: str) -> None:
    assert SIGNER.open(chat, SIGNER.sign(chat, text)) == text


@given(st.integers(1, 2**52), st.integers(1, 2**52), data)
def test_a_press_by_somebody_else_does_not_open(chat: int, other: int, text: str) -> None:
    if chat != other:
        assert SIGNER.open(other, SIGNER.sign(chat, text)) is None


@given(st.integers(1, 2**52), st.text(max_size=64))
def test_forged_data_does_not_open(chat: int, forged: str) -> None:
    assert SIGNER.open(chat, forged) is None


def test_another_secret_does_not_open() -> None:
    assert ButtonSigner(b"other").open(1, SIGNER.sign(1, "t:1")) is None


def test_too_long_once_signed_is_refused_before_telegram_does() -> None:
    assert len(SIGNER.sign(1, "x" * 55).encode()) == MAX_CALLBACK_BYTES
    with pytest.raises(ValueError, match="too long"):
        SIGNER.sign(1, "x" * 56)


def test_every_button_of_a_keyboard_is_signed_and_links_are_left_alone() -> None:
    markup = {
        "inline_keyboard": [[{"text": "好", "callback_data": "a:1"}, {"text": "网", "url": "u"}]]
    }
    SIGNER.sign_markup(5, markup)
    row = markup["inline_keyboard"][0]
    assert SIGNER.open(5, row[0]["callback_data"]) == "a:1"
    assert row[1] == {"text": "网", "url": "u"}
