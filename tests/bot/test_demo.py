"""The demo: every state is there, every box verifies, every page answers, everybody was told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from typer.testing import CliRunner

from bot.__main__ import app
from bot.database import Database
from bot.demo.cast import FIRST_ACCOUNT, MAIN, MAIN_PEOPLE, cast_players
from bot.demo.stage import Quiet
from bot.demo.story import load_stories
from bot.embedded import exclusive
from bot.inspect import open_triage
from bot.paths import ROOT
from bot.sandbox import open_sandbox
from bot.settings import Settings, load_settings
from dispatch.gazetteer import Gazetteer
from dispatch.queue import TicketQueue
from models.deliberation.ballot import Ballot, BallotEntry, BallotRoll, BallotSlip
from models.deliberation.core import Contribution, Deliberation, DeliberationEvent, Mailing
from models.deliberation.electorate import household_of
from models.deliberation.meeting import Objection
from models.deliberation.opinion import Opinion, OpinionPicture, Voice
from models.deliberation.plan import LegalityCheck, PlanOption, Printout
from models.deliberation.steps import MOVES, Step
from models.deliberation.verify import verify_box
from models.district import District
from models.messaging import OutboxCall
from models.people import Resident
from models.ticket import DueTime
from web.board import create_board
from workflows.work import Services, Work

RUNNER = CliRunner()
EVERY_STATE = {
    Step.PROPOSED,
    Step.COLLECT,
    Step.CONFIRM,
    Step.DRAFT,
    Step.ANNOUNCE,
    Step.CONSULT,
    Step.APPLY,
    Step.REPORT,
    Step.CLOSED,
    Step.DIVERTED,
}


@pytest.fixture(scope="module")
def environment() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv("REDIS_URL", "none")
        patch.setenv("PORT", "0")
        for name in ("BOT_TOKEN", "BOT_API_BASE", "DATABASE_URL"):
            patch.delenv(name, raising=False)
        yield patch


@pytest.fixture(scope="module")
def played(environment: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a folder into which the demo was played."""
    folder = tmp_path_factory.mktemp("demo")
    environment.setenv("LINMEN_DATA", str(folder))
    result = RUNNER.invoke(app, ["demo", "deliberation", "--seed", "7"])
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == len(EVERY_STATE)
    return load_settings(ROOT / "config.toml")


@asynccontextmanager
async def looking(settings: Settings) -> AsyncIterator[AsyncSession]:
    database = Database(settings.database)
    try:
        async with database.reading() as session:
            yield session
    finally:
        await database.close()


async def in_step(session: AsyncSession, step: Step) -> Deliberation:
    found = await session.scalars(select(Deliberation).where(col(Deliberation.step) == step))
    return found.one()


async def rows(session: AsyncSession, table: Any, d: Deliberation) -> list[Any]:
    return list(await session.scalars(select(table).where(table.deliberation_id == d.id)))


async def test_every_state_is_there_and_came_about_by_moves(played: Settings) -> None:
    async with looking(played) as session:
        found = (await session.scalars(select(Deliberation))).all()
        assert {d.step for d in found} == EVERY_STATE
        assert "xg.01.01.01" in (await in_step(session, Step.COLLECT)).grids
        allowed = {(s.value, row.target.value) for row in MOVES for s in row.sources}
        for d in found:
            events = await rows(session, DeliberationEvent, d)
            walked = [(e.from_step, e.to_step) for e in events if e.from_step != e.to_step]
            assert set(walked) <= allowed
            assert [e.at for e in events] == sorted(e.at for e in events)


async def test_nothing_waits_to_be_sent_and_nothing_failed(played: Settings) -> None:
    async with looking(played) as session:
        assert await session.scalar(select(func.count()).select_from(OutboxCall)) == 0
        faults = select(DueTime).where(col(DueTime.error).is_not(None))
        assert (await session.scalars(faults)).all() == []
        late = await session.scalar(
            select(func.count()).select_from(Mailing).where(col(Mailing.done_at).is_(None))
        )
        assert late == 0


async def test_every_closed_box_verifies(played: Settings) -> None:
    async with looking(played) as session:
        boxes = (await session.scalars(select(Ballot))).all()
        closed = [ballot for ballot in boxes if ballot.state == "closed"]
        assert len(closed) == 3
        for ballot in closed:
            report = verify_box(ballot.published)
            assert report.ok, report.faults
            assert (ballot.result or {})["valid"], "a play without a decision"
            assert min((ballot.result or {})["turnout"].values()) > 0, "chat, proxy and door"
        (running,) = [ballot for ballot in boxes if ballot.state == "open"]
        cast = [
            await session.scalar(
                select(func.count()).select_from(table).where(table.ballot_id == running.id)  # type: ignore[attr-defined]
            )
            for table in (BallotEntry, BallotSlip, BallotRoll)
        ]
        assert cast[0] + cast[1] == cast[2] > 5


async def test_the_closed_one_is_complete_and_everybody_was_told(played: Settings) -> None:
    async with looking(played) as session:
        d = await in_step(session, Step.CLOSED)
        given = await rows(session, Contribution, d)
        assert {row.kind for row in given} >= {
            "opinion",
            "question",
            "amendment",
            "objection",
            "speech",
            "ballot",
        }
        assert [row for row in given if row.outcome is None] == []
        assert [row for row in given if row.author_id and row.told_at is None] == []
        picture = await session.get_one(OpinionPicture, d.id)
        assert picture.data["verdict"] == "groups"
        assert picture.png
        voices = await rows(session, Voice, d)
        assert sum(voice.resident_id is not None for voice in voices) == MAIN_PEOPLE
        assert sum(voice.door_key is not None for voice in voices) == 3
        assert {row.status for row in await rows(session, Opinion, d)} == {"shown", "hidden"}


async def test_waiting_steps_have_something_to_do(played: Settings) -> None:
    async with looking(played) as session:
        draft = await in_step(session, Step.DRAFT)
        ids = [option.id for option in await rows(session, PlanOption, draft)]
        checks = await session.scalars(
            select(LegalityCheck).where(col(LegalityCheck.option_id).in_(ids))
        )
        assert {check.answered_at is None for check in checks} == {True, False}
        announced = await in_step(session, Step.ANNOUNCE)
        given = {p.staff is None for p in await rows(session, Printout, announced)}
        assert given == {True, False}
        public = await in_step(session, Step.REPORT)
        assert [o.answered_at for o in await rows(session, Objection, public)] == [None]


async def test_every_page_of_the_board_answers(played: Settings, district: District) -> None:
    database = Database(played.database)
    services = Services(
        district=district,
        policy=played.policy_in_use,
        gazetteer=Gazetteer(district.grids),
        triage=open_triage(played),
        queue=TicketQueue(None, district.root.code),
        notifier=Quiet(),
    )

    @asynccontextmanager
    async def begin() -> AsyncIterator[Work]:
        async with database.reading() as session:
            yield Work(session, datetime.now(UTC), services)

    site = FastAPI()
    site.include_router(create_board(begin, lambda: "LinmenBot"))
    transport = httpx.ASGITransport(app=site)
    async with httpx.AsyncClient(transport=transport, base_url="http://board") as client:
        numbers = range(1, len(EVERY_STATE) + 1)
        for page in ("/board", "/board/feed.xml", *(f"/board/d/{n}" for n in numbers)):
            answer = await client.get(page)
            assert answer.status_code == 200, page
        box = await client.get("/board/d/1/ballot-box.json")
        assert verify_box(box.json()).ok
    await database.close()


async def test_the_simulated_people_can_be_played(played: Settings, district: District) -> None:
    sandbox = await open_sandbox(played, district)
    players = cast_players(district, load_stories(), seed=7)
    try:
        for player in players:
            assert sandbox.person(player.account).name == player.name
            assert sandbox.chat(player.account).started
    finally:
        await sandbox.close()
    async with looking(played) as session:
        people = {r.id: r for r in await session.scalars(select(Resident))}
        for player in players:
            assert people[player.account].consented_at is not None
            assert people[player.account].place == player.place
    assert sum(player.place.grid == MAIN for player in players) == MAIN_PEOPLE
    assert players[0].account == FIRST_ACCOUNT


def test_the_same_seed_casts_the_same_people_in_real_doorways(district: District) -> None:
    stories = load_stories()
    players = cast_players(district, stories, seed=3)
    assert players == cast_players(district, stories, seed=3)
    assert players != cast_players(district, stories, seed=4)
    assert all(household_of(player.place, district) for player in players)
    assert len({player.name for player in players}) == len(players)


def test_it_is_played_once(played: Settings) -> None:
    result = RUNNER.invoke(app, ["demo", "deliberation"])
    assert result.exit_code == 1
    assert "deliberations already" in result.output


def test_it_is_refused_beside_a_real_token(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOT_TOKEN", "1:real")
        patch.setenv("LINMEN_DATA", str(tmp_path))
        result = RUNNER.invoke(app, ["demo", "deliberation"])
    assert result.exit_code == 1
    assert "BOT_TOKEN" in result.output
    assert not list(tmp_path.iterdir())


def test_it_is_refused_while_linmen_runs(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, exclusive(tmp_path):
        patch.setenv("LINMEN_DATA", str(tmp_path))
        result = RUNNER.invoke(app, ["demo", "deliberation"])
    assert result.exit_code == 1
    assert "another Linmen is running" in result.output
