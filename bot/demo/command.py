"""The command: checks that the folder is free, plays, and brings the people into the sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlmodel import col

from bot.clock import Clock
from bot.database import Database
from bot.demo.cast import Player, cast_players
from bot.demo.play import Production, direct, settle_in
from bot.demo.stage import Quiet, Stage
from bot.demo.story import Stories, load_stories
from bot.district import load_district
from bot.embedded import exclusive
from bot.inspect import open_triage
from bot.migrate import migrate
from bot.sandbox import open_sandbox
from bot.settings import Settings
from dispatch.gazetteer import Gazetteer
from dispatch.queue import TicketQueue
from models.deliberation.core import Deliberation
from models.deliberation.policy import DeliberationPolicy
from models.district import District
from web.sandbox import Person, Sandbox
from web.sandbox.images import sample_photo
from web.sandbox.sending import store_photo
from workflows.posts import sync_staff
from workflows.tickets.files import DraftFile
from workflows.work import Services

BEFORE = timedelta(days=3)
"""How long before the first scene everybody had told the bot where they live."""


class DemoError(RuntimeError):
    """It cannot be played here; the message says why."""


@dataclass(frozen=True, slots=True)
class Played:
    """A deliberation as it stands after the play."""

    number: int
    step: str
    grids: Sequence[str]
    title: str


async def play_deliberations(settings: Settings, seed: int) -> list[Played]:
    """Play all scenes into the data folder; gives what there is now.

    The play keeps the default times of the seven steps, whatever is configured: afterwards the
    sandbox goes on with its own, so that waiting steps wait for days and new ones take minutes.

    Raises:
        DemoError: a real token is set, another Bot API server is, or there are deliberations.
        bot.embedded.DataFolderInUseError: a Linmen runs on the data folder.
        bot.district.DistrictError, OSError, ValueError: the district's or the demo's files.
    """
    if not settings.sandboxed or settings.bot_api_base:
        raise DemoError("the demo is for the sandbox: unset BOT_TOKEN and BOT_API_BASE")
    with exclusive(settings.linmen_data):
        district, stories = load_district(settings.district), load_stories()
        database = Database(settings.database)
        try:
            await migrate(database)
            await _check_unplayed(database)
            sandbox = await open_sandbox(settings, district)
            try:
                return await _play(settings, district, stories, database, sandbox, seed)
            finally:
                await sandbox.close()
        finally:
            await database.close()


async def _check_unplayed(database: Database) -> None:
    async with database.reading() as session:
        known = await session.scalar(select(func.count()).select_from(Deliberation))
    if known:
        raise DemoError(
            f"there are {known} deliberations already: "
            "set LINMEN_DATA to a new folder, or remove the data folder"
        )


async def _play(
    settings: Settings,
    district: District,
    stories: Stories,
    database: Database,
    sandbox: Sandbox,
    seed: int,
) -> list[Played]:
    players = cast_players(district, stories, seed)
    end = Clock(sandbox.clock.now).now()
    first = end - timedelta(days=max(scene.began for scene in stories.scene))
    stage = Stage(database, _services(settings, district), first - BEFORE)
    async with stage.work() as work:
        await sync_staff(work, preset=True)
    await settle_in(stage, players)
    await direct(stage, Production(stories, players, seed, await _photos(sandbox)), end)
    _register(sandbox, district, players)
    async with database.reading() as session:
        rows = await session.scalars(select(Deliberation).order_by(col(Deliberation.number)))
        return [Played(row.number, row.step.value, row.grids, row.title) for row in rows]


def _services(settings: Settings, district: District) -> Services:
    return Services(
        district=district,
        policy=settings.policy.model_copy(update={"deliberation": DeliberationPolicy()}),
        gazetteer=Gazetteer(district.grids),
        triage=open_triage(settings),
        queue=TicketQueue(None, district.root.code),
        notifier=Quiet(),
    )


async def _photos(sandbox: Sandbox) -> Mapping[str, Sequence[DraftFile]]:
    """A drawn photo from before and one from after, known to the sandbox."""
    found = {}
    for purpose, number in (("before", 2), ("after", 1)):
        *_, largest = await store_photo(sandbox, sample_photo(number))
        found[purpose] = [
            DraftFile(
                kind="photo",
                file_id=largest["file_id"],
                file_unique_id=largest["file_unique_id"],
            )
        ]
    return found


def _register(sandbox: Sandbox, district: District, players: Sequence[Player]) -> None:
    """Let the sandbox's page offer the players; they pressed /start long ago."""
    for player in players:
        place = player.place
        court = district.node_by_code[place.grid].name
        sandbox.add_person(
            Person(
                id=player.account,
                name=player.name,
                role="resident",
                note=f"{court}{place.building}号楼{place.unit}单元{place.room}",
            )
        )
        chat = sandbox.chat(player.account)
        chat.started = True
        sandbox.save_chat(chat)
