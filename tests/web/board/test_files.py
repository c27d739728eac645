"""Downloads, the feed, and how the board answers: languages, headers, what browsers keep."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import icalendar
import pytest
from lxml import etree
from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError

from models.deliberation.chain import commit, link
from models.deliberation.opinion import OpinionVote, Voice
from models.deliberation.steps import Step
from tests.web.board.conftest import SITE, Board
from tests.web.board.ground import HOSTILE, Words, day
from web.board.verifier import verifier_page
from web.board.words import pick_locale

ATOM = "{http://www.w3.org/2005/Atom}"


async def test_the_ballot_box_is_the_published_one(board: Board) -> None:
    number = await board.street(Step.APPLY)
    answer = await board.client.get(f"/board/d/{number}/ballot-box.json")
    assert (
        answer.headers["content-disposition"] == f'attachment; filename="ballot-box-{number}.json"'
    )
    box = answer.json()
    found = Counter(commit(*ballot) for ballot in box["ballots"])
    assert found == Counter(commitment for _, commitment, _ in box["entries"])
    assert link(box["entries"][-2][2], len(box["entries"]), box["entries"][-1][1]) == box["head"]


async def test_votes_are_published_once_nobody_can_vote(board: Board) -> None:
    number = await board.street(Step.COLLECT)
    page = await board.page(f"/board/d/{number}/opinions.json", status=404)
    assert "还在征集意见" in page.words


async def test_published_votes_are_whole_and_without_names(board: Board) -> None:
    number = await board.street(Step.CONFIRM)
    found = (await board.client.get(f"/board/d/{number}/opinions.json")).json()
    assert found["participants"] == 11
    assert [one["opinion"] for one in found["opinions"]] == [1, 2, 3, 4]
    for opinion in found["opinions"]:
        values = Counter(row["votes"][str(opinion["opinion"])] for row in found["votes"])
        assert values == +Counter(
            {1: opinion["agrees"], -1: opinion["disagrees"], 0: opinion["passes"]}
        )
    assert [row["participant"] for row in found["votes"]] == list(range(1, 12))
    assert {"participant", "group", "votes"} == set(found["votes"][0])
    again = (await board.client.get(f"/board/d/{number}/opinions.json")).json()
    assert again == found


async def test_numbers_of_people_do_not_follow_their_accounts(board: Board) -> None:
    """Whoever joined first is not number one because of it: the same votes by other voices."""
    number = await board.street(Step.CONFIRM)
    before = (await board.client.get(f"/board/d/{number}/opinions.json")).json()["votes"]
    async with board.database.transaction() as session:
        await session.execute(text("PRAGMA defer_foreign_keys=ON"))
        await session.execute(text("UPDATE opinion_voice SET id = 1000 - id"))
        await session.execute(text("UPDATE opinion_vote SET voice_id = 1000 - voice_id"))
    after = (await board.client.get(f"/board/d/{number}/opinions.json")).json()["votes"]
    assert after == before


async def test_votes_of_very_few_are_only_counted(board: Board) -> None:
    number = await board.street(Step.CONFIRM)
    async with board.database.transaction() as session:
        await session.execute(delete(OpinionVote).where(OpinionVote.voice_id > 4))  # type: ignore[arg-type]
        await session.execute(delete(Voice).where(Voice.id > 4))  # type: ignore[arg-type, operator]
    found = (await board.client.get(f"/board/d/{number}/opinions.json")).json()
    assert found["participants"] == 4
    assert found["votes"] is None
    assert len(found["opinions"]) == 4


async def test_the_meeting_goes_into_a_calendar(board: Board) -> None:
    number = await board.street(Step.ANNOUNCE)
    answer = await board.client.get(f"/board/d/{number}/meeting.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    [event] = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert event.decoded("DTSTART").astimezone(UTC) == day(40.42)
    await board.street(Step.DRAFT, number=4)
    assert (await board.client.get("/board/d/4/meeting.ics")).status_code == 404


async def test_photos_of_a_report_are_served(board: Board) -> None:
    number = await board.street(Step.REPORT)
    page = await board.page(f"/board/d/{number}")
    assert f"/board/d/{number}/photo/1" in page.fetched
    answer = await board.client.get(f"/board/d/{number}/photo/1")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")
    for index in (0, 2, 3):
        gone = await board.client.get(f"/board/d/{number}/photo/{index}")
        assert gone.status_code == 404, "the chat app gives the first one only"


async def test_the_feed_tells_every_step(board: Board) -> None:
    await board.street(Step.DRAFT, number=5)
    hostile = Words(title="<b>&\x00\x0b", text="\ufffe")
    await board.street(Step.WITHDRAWN, number=6, words=hostile)
    answer = await board.client.get("/board/feed.xml?lang=en")
    feed = etree.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    titles = [entry.findtext(f"{ATOM}title") for entry in entries]
    assert titles[0] == "<b>& · Stopped by the office"
    assert "给3号楼加装电梯 · Draft plans" in titles
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in entries]
    assert len(set(ids)) == len(ids) == 5
    assert all(one.startswith(f"{SITE}/board/d/") for one in ids)
    for entry in entries:
        moment = datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "")
        assert moment.tzinfo is not None


async def test_the_feed_of_an_empty_board_is_a_feed(board: Board) -> None:
    answer = await board.client.get("/board/feed.xml")
    assert etree.fromstring(answer.content).findall(f"{ATOM}entry") == []


async def test_the_verifier_is_the_file_and_runs_only_its_own_script(board: Board) -> None:
    answer = await board.client.get("/board/verify")
    text_, policy = verifier_page()
    assert answer.text == text_
    assert answer.headers["content-security-policy"] == policy
    assert len(re.findall("'sha256-[^']+'", policy)) == len(re.findall("<script", text_)) > 0
    assert "connect-src" not in policy


async def test_browsers_keep_what_has_not_changed(board: Board) -> None:
    number = await board.street(Step.COLLECT)
    first = await board.client.get(f"/board/d/{number}")
    tag = first.headers["etag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}'):
        again = await board.client.get(f"/board/d/{number}", headers={"If-None-Match": given})
        assert again.status_code == 304
        assert again.content == b""
    other = await board.client.get(f"/board/d/{number}?lang=en", headers={"If-None-Match": tag})
    assert other.status_code == 200
    async with board.database.transaction() as session:
        await session.execute(text("UPDATE opinion SET agrees = agrees + 1"))
    changed = await board.client.get(f"/board/d/{number}", headers={"If-None-Match": tag})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    "path", ["/board", "/board/d/3", "/board/d/3/poster", "/board/d/99", "/board/style.css"]
)
async def test_no_page_lets_scripts_in(board: Board, path: str) -> None:
    await board.street(Step.COLLECT)
    answer = await board.client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    head = await board.client.head(path)
    assert head.status_code == answer.status_code


async def test_the_slash_leads_to_the_board(board: Board) -> None:
    answer = await board.client.get("/board/?lang=en")
    assert answer.status_code == 308
    assert answer.headers["location"] == "/board?lang=en"


@pytest.mark.parametrize(
    ("chosen", "accepted", "locale"),
    [
        (None, None, "zh-CN"),
        (None, "", "zh-CN"),
        (None, "en", "en"),
        (None, "zh-TW", "zh-CN"),
        (None, "fr,de", "en"),
        (None, "fr,zh;q=0.3,en;q=0.5", "en"),
        (None, "en;q=0.1,zh;q=0.9", "zh-CN"),
        (None, "en;q=0,zh", "zh-CN"),
        (None, "*", "zh-CN"),
        (None, "en;q=x,,;;,", "en"),
        ("en", "zh", "en"),
        ("zh-CN", "en", "zh-CN"),
        ("xx", "en", "en"),
    ],
)
def test_the_language_follows_the_reader(
    chosen: str | None, accepted: str | None, locale: str
) -> None:
    assert pick_locale(chosen, accepted) == locale


async def test_the_language_of_the_browser_is_answered(board: Board) -> None:
    page = await board.page("/board", **{"Accept-Language": "en-GB"})
    assert "Under way" in page.words
    assert "/board?lang=zh-CN" in page.links


@pytest.mark.parametrize("board", ["sqlite", "postgresql"], indirect=True)
async def test_reading_writes_nothing_and_waits_for_no_writer(board: Board) -> None:
    number = await board.street(Step.COLLECT, words=HOSTILE)
    async with board.database.transaction() as session:
        await session.execute(text("UPDATE deliberation SET title = 'not yet'"))
        page = await board.page(f"/board/d/{number}")
        assert "not yet" not in page.words
    assert "not yet" in (await board.page(f"/board/d/{number}")).words
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        async with board.database.reading() as session:
            await session.execute(text("UPDATE deliberation SET title = 'never'"))


async def test_a_database_that_is_away_is_said_kindly(board: Board) -> None:
    async with board.database.engine.begin() as connection:
        await connection.execute(text("DROP TABLE opinion_voice"))
    page = await board.page("/board", status=503)
    assert "请过一会儿再来" in page.words
