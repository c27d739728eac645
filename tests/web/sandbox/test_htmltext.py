"""The HTML parse mode: what becomes of good texts, and Telegram's words for bad ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.sandbox.errors import ApiError
from web.sandbox.formatted import formatted, message_text, split_text
from web.sandbox.htmltext import parse_html, utf16_length
from web.sandbox.view import to_html


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<x>a</x>", 'Unsupported start tag "x" at byte offset 0'),
        ("你好<br>", 'Unsupported start tag "br" at byte offset 6'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        (
            "你<b>a</i>",
            'Unmatched end tag at byte offset 7, expected "</b>", found "</i>"',
        ),
        ("a <", "Unclosed start tag at byte offset 2"),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a =x>y</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_bad_html_fails_with_telegrams_words(text: str, error: str) -> None:
    with pytest.raises(ApiError) as raised:
        parse_html(text)
    assert raised.value.code == 400
    assert raised.value.description == f"Bad Request: can't parse entities: {error}"


@pytest.mark.parametrize(
    ("text", "plain", "entities"),
    [
        ("<b>a</b>", "a", [("bold", 0, 1)]),
        ("😀<b>你好</b>", "😀你好", [("bold", 2, 2)]),
        ("<strong><em>a</em></strong>", "a", [("bold", 0, 1), ("italic", 0, 1)]),
        ("1 &lt; 2 &amp;&#33; &nbsp;", "1 < 2 &! &nbsp;", []),
        ("<b></b>x", "x", []),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ("<tg-spoiler>s</tg-spoiler>", "s", [("spoiler", 0, 1)]),
        ('<a href="https://e.org/?a=1&amp;b=2">e</a>', "e", [("text_link", 0, 1)]),
    ],
)
def test_good_html(text: str, plain: str, entities: list[tuple[str, int, int]]) -> None:
    found, marks = parse_html(text)
    assert found == plain
    assert [(m["type"], m["offset"], m["length"]) for m in marks] == entities


def test_pre_with_language_is_one_entity() -> None:
    _, marks = parse_html('<pre><code class="language-python">x</code></pre>')
    assert marks == [{"type": "pre", "offset": 0, "length": 1, "language": "python"}]


@given(st.text(alphabet='ab <>&你😀"/=#;', max_size=40))
def test_any_text_is_parsed_or_refused_with_telegrams_words(text: str) -> None:
    try:
        plain, marks = parse_html(text)
    except ApiError as error:
        assert error.description.startswith("Bad Request: can't parse entities: ")
        return
    size = utf16_length(plain)
    assert all(m["offset"] >= 0 and m["offset"] + m["length"] <= size for m in marks)


@given(st.text(max_size=60))
def test_escaped_text_comes_out_as_it_was(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(escaped) == (text, [])


def test_html_of_a_message_parses_back_to_itself() -> None:
    source = "<b>工单 <i>#12</i></b> 😀 &lt;b&gt; <code>x</code>"
    plain, marks = parse_html(source)
    assert parse_html(to_html(plain, marks)) == (plain, marks)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "message text is empty"),
        ("  \n", "text must be non-empty"),
        ("😀" * 2049, "message is too long"),
    ],
)
def test_message_limits(text: str, error: str) -> None:
    with pytest.raises(ApiError, match=error):
        message_text(text, None, None)


def test_the_limit_counts_text_after_parsing() -> None:
    text, _ = message_text("<b>" + "字" * 4096 + "</b>", "HTML", None)
    assert len(text) == 4096


def test_editing_beyond_the_limit_has_its_own_words() -> None:
    with pytest.raises(ApiError, match="MESSAGE_TOO_LONG"):
        message_text("a" * 4097, None, None, editing=True)


def test_spaces_are_trimmed_and_entities_follow() -> None:
    text, marks = formatted("  <b>a</b>\x07b \n", "HTML", None)
    assert (text, marks) == ("a b", [{"type": "bold", "offset": 0, "length": 1}])


def test_commands_and_addresses_are_found_outside_code() -> None:
    _, marks = formatted("/my <code>/no</code> https://e.org/a", "HTML", None)
    assert [m["type"] for m in marks] == ["bot_command", "code", "url"]


def test_long_texts_split_without_tearing_a_character() -> None:
    pieces = split_text("a" + "😀" * 4, limit=4)
    assert pieces == ["a😀", "😀😀", "😀"]
