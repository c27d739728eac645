"""Every page over HTTP: sound HTML, the right words, and nothing that is not for everybody."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from models.deliberation.ballot import Ballot
from models.deliberation.core import Deliberation
from models.deliberation.opinion import OpinionPicture
from models.deliberation.steps import SEVEN, Step
from models.district import District
from opinions.picture import Picture
from tests.web.board.conftest import BOT, SITE, Board
from tests.web.board.ground import ACCOUNT, DOOR_KEY, HOSTILE, PEOPLE
from web.board.words import TEMPLATES

LANGUAGES = ("zh-CN", "en")
EARLY_ENDS = (Step.LAPSED, Step.DIVERTED, Step.REFERRED, Step.WITHDRAWN)


def said(page_words: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(page_words))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", list(Step))
async def test_there_is_a_page_for_every_step(board: Board, step: Step, lang: str) -> None:
    number = await board.street(step)
    page = await board.page(f"/board/d/{number}?lang={lang}")
    assert "给3号楼加装电梯" in said(page.words)
    now = {"zh-CN": "现在到哪一步", "en": "What happens now"}[lang]
    assert now in page.words
    assert page.text.count('aria-current="step"') == (step in SEVEN)
    await board.page(f"/board/d/{number}/poster?lang={lang}")
    await board.page(f"/board?lang={lang}")


@pytest.mark.parametrize("method", ["approval", "score", "runoff", "schulze"])
async def test_hostile_words_stay_words(board: Board, method: str) -> None:
    number = await board.street(Step.REPORT, words=HOSTILE, method=method)
    for path in (f"/board/d/{number}", f"/board/d/{number}/poster", "/board"):
        page = await board.page(path)
        assert HOSTILE.title[:60] in said(page.words)
        assert "{{7*7}}" in page.text
    rules = await board.page("/board/rules/xg.01.01.01")
    assert HOSTILE.title[:60] in said(rules.words)
    page = await board.page(f"/board/d/{number}")
    assert not [link for link in page.links if link.startswith("javascript:")]


@pytest.mark.parametrize("step", EARLY_ENDS)
async def test_an_early_end_is_explained(board: Board, step: Step) -> None:
    number = await board.street(step, words=HOSTILE, passed=Step.CONFIRM)
    page = await board.page(f"/board/d/{number}")
    assert "理由" in said(page.words)
    assert page.text.count('class="skipped"') == 5


@pytest.mark.parametrize("board", ["sqlite", "postgresql"], indirect=True)
async def test_nothing_private_is_on_any_page(board: Board, district: District) -> None:
    number = await board.street(Step.CLOSED)
    await board.street(Step.CONSULT, number=4, ballot="open")
    names = [post.name for post in district.staff]
    for path in (
        f"/board/d/{number}",
        "/board/d/4",
        f"/board/d/{number}/opinions.json",
        f"/board/d/{number}/ballot-box.json",
        f"/board/d/{number}/poster",
        "/board/rules/xg.01.01.01",
        "/board",
        "/board/feed.xml",
    ):
        text = (await board.client.get(path)).text
        for place in range(PEOPLE):
            assert str(ACCOUNT + place) not in text
        assert DOOR_KEY not in text
        assert "301" not in re.sub(r"[0-9a-f ]{19,}", "", text)
        assert not [name for name in names if name in text]


async def test_the_opinion_picture_speaks_in_sentences(board: Board) -> None:
    number = await board.street(Step.COLLECT)
    page = await board.page(f"/board/d/{number}")
    words = said(page.words)
    assert "各群都同意：“一楼也要听听意见 1”（每群至少约 81%）" in words
    assert "A群里 90% 同意“一楼也要听听意见 0”，其他人里是 20%。" in words
    assert "一楼也要听听意见 4" not in words, "a hidden opinion"
    assert f"/board/d/{number}/picture.svg" in page.fetched
    drawing = await board.client.get(f"/board/d/{number}/picture.svg")
    assert drawing.headers["content-type"] == "image/svg+xml"
    assert drawing.text.startswith("<svg")


async def test_too_few_to_tell_is_said(board: Board) -> None:
    number = await board.street(Step.COLLECT)
    async with board.database.transaction() as session:
        stored = await session.get(OpinionPicture, 1)
        assert stored is not None
        stored.data = Picture(3, 0, "too_few").as_json()
    page = await board.page(f"/board/d/{number}?lang=en")
    assert "Too few have voted" in said(page.words)
    assert page.fetched.count(f"/board/d/{number}/picture.svg") == 0
    assert (await board.client.get(f"/board/d/{number}/picture.svg")).status_code == 404
    async with board.database.transaction() as session:
        stored = await session.get(OpinionPicture, 1)
        assert stored is not None
        stored.data = {"written": "by another version"}
    page = await board.page(f"/board/d/{number}?lang=en")
    assert "Too few have voted" in said(page.words)


async def test_versions_show_what_was_changed(board: Board) -> None:
    number = await board.street(Step.DRAFT)
    page = await board.page(f"/board/d/{number}")
    assert "<del>" in page.text
    assert "<ins>" in page.text
    assert "第 2 稿" in said(page.words)
    assert "有条件地合法" in said(page.words)


async def test_a_running_ballot_shows_heads_and_a_count_only(board: Board) -> None:
    number = await board.street(Step.CONSULT, ballot="open")
    page = await board.page(f"/board/d/{number}?lang=en")
    words = said(page.words)
    assert "10 of 12 registered" in words
    assert "Heads of the ballot box" in words
    assert "approve" not in words.replace("approve as many as you like", "").replace(
        "most approved", ""
    )
    assert (await board.client.get(f"/board/d/{number}/ballot-box.json")).status_code == 404


@pytest.mark.parametrize("method", ["approval", "score", "runoff", "schulze"])
async def test_a_closed_ballot_shows_everything(board: Board, method: str) -> None:
    number = await board.street(Step.APPLY, method=method)
    page = await board.page(f"/board/d/{number}?lang=en")
    words = said(page.words)
    assert "7 in the chat, 2 by proxy, 1 at the door" in words
    assert "7 votes needed, 10 cast (of 13): reached" in words
    assert page.text.count('<td class="hash">') == 10
    assert "What was decided" in words


async def test_a_ballot_without_quorum_decides_nothing(board: Board) -> None:
    number = await board.street(Step.CONSULT)
    async with board.database.transaction() as session:
        ballot = await session.get(Ballot, 1)
        assert ballot is not None
        assert ballot.result is not None
        ballot.result = {**ballot.result, "valid": False, "winner": None, "quorum": 11}
    words = said((await board.page(f"/board/d/{number}?lang=en")).words)
    assert "Too few voted: 11 votes were needed, 10 were cast." in words


async def test_the_front_page_lists_running_ones_first_and_filters(board: Board) -> None:
    await board.street(Step.CLOSED, number=1)
    await board.street(Step.COLLECT, number=2)
    page = await board.page("/board?lang=en")
    links = [link for link in page.links if "/board/d/" in link]
    assert links == ["/board/d/2?lang=en", "/board/d/1?lang=en"]
    assert "No. 2" in page.words
    assert "4 opinions · 12 taking part" in said(page.words)
    other = await board.page("/board?community=xg.02")
    assert not [link for link in other.links if "/board/d/" in link]
    assert "清水桥社区居民议事会" in other.words
    assert "合水中路社区居民议事会" not in other.words


async def test_ended_ones_come_page_by_page(board: Board) -> None:
    for number in range(1, 53):
        await board.street(Step.PROPOSED, number=number)
    async with board.database.transaction() as session:
        await session.execute(update(Deliberation).values(step=Step.LAPSED))
    first, second = await board.page("/board"), await board.page("/board?p=2")
    assert len([link for link in first.links if "/board/d/" in link]) == 50
    assert "/board?p=2&community=" in first.links
    assert len([link for link in second.links if "/board/d/" in link]) == 2


async def test_rules_in_force_stand_with_their_history(board: Board) -> None:
    await board.street(Step.APPLY)
    for grid in ("xg.01.01.01", "xg.01", "xg"):
        words = said((await board.page(f"/board/rules/{grid}?lang=en")).words)
        assert "Version 2, in force since" in words
        assert "Version 1" in words
    assert "No rules have been agreed" in said(
        (await board.page("/board/rules/xg.02?lang=en")).words
    )


@pytest.mark.parametrize(
    "path",
    [
        "/board/d/99",
        "/board/d/0",
        "/board/d/-1",
        "/board/d/99999999999999999999",
        "/board/d/abc",
        "/board/d/99/poster",
        "/board/d/99/opinions.json",
        "/board/d/99/ballot-box.json",
        "/board/d/99/meeting.ics",
        "/board/d/99/photo/1",
        "/board/d/99/picture.svg",
        "/board/rules/xg.77",
        "/board/rules/..%2f..%2fetc",
        "/board?p=0",
        "/board?p=x",
        "/board?community=xg.77",
        "/board/nothing/here",
    ],
)
async def test_what_is_not_there_is_said_kindly(board: Board, path: str) -> None:
    page = await board.page(path, status=404)
    assert "没有找到这一页" in page.words
    assert "/board" in page.links


async def test_the_poster_says_where_and_how(board: Board) -> None:
    number = await board.street(Step.ANNOUNCE)
    page = await board.page(f"/board/d/{number}/poster")
    words = said(page.words)
    assert f"{SITE}/board/d/{number}" in words
    assert "2026年12月12日（周六）19:04" in words
    assert 'class="qr"' in page.text
    assert "没有手机也一样算数" in words
    whole = await board.page(f"/board/d/{number}")
    assert f"https://t.me/{BOT}?start=d_{number}" in whole.links


@pytest.mark.parametrize("locale", LANGUAGES)
def test_both_languages_have_the_same_sentences(locale: str) -> None:
    pattern = re.compile(r"{% block (\w+) %}(.*?){% endblock %}")
    own, other = (
        dict(pattern.findall((TEMPLATES / one / "words.txt").read_text(encoding="utf-8")))
        for one in (locale, LANGUAGES[1 - LANGUAGES.index(locale)])
    )
    assert own.keys() == other.keys()
    for name, words in own.items():
        assert words, name
        named = re.findall(r"{{\s*(\w+(?:\.\w+)*)", words)
        assert set(named) <= set(re.findall(r"\w+(?:\.\w+)*", other[name])), name
