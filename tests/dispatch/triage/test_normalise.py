import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.triage.features import stem, words
from dispatch.triage.normalise import neutral, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("樓道燈壞了", "楼道灯坏了"),
        ("ＬＥＤ　灯", "led 灯"),
        ("灯\u200b坏了\x00", "灯坏了"),
        ("  a \n b ", "a b"),
    ],
)
def test_plain_text_has_one_spelling(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    "address",
    [
        "合水中路12号3单元401",
        "合水中路十二号",
        "玉门街南社区 5#楼2单元",
        "１２号楼３单元",
        "Building 5 unit 2",
    ],
)
def test_an_address_is_masked(address: str) -> None:
    assert neutral(address) == "\u25c7"


def test_hotlines_and_ordinary_roads_stay() -> None:
    assert neutral("打了12345也没用") == "打了12345也没用"
    assert neutral("马路上有个坑") == "马路上有个坑"


@given(st.text(max_size=3000))
def test_normalising_never_fails_and_is_bounded(text: str) -> None:
    assert len(plain(text)) <= 1000
    assert plain(plain(text)) == plain(text)
    neutral(text)


def test_english_endings_fall_together() -> None:
    assert {stem("leak"), stem("leaks"), stem("leaking"), stem("leaked")} == {"leak"}
    assert words("路灯 lamps, broken!") == ["路灯", "lamp", "broken"]
