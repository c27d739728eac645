"""The director: plays all scenes in the order of time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from heapq import heapify, heappop, heapreplace
from random import Random

from bot.demo import collecting, consulting, finishing, planning
from bot.demo.cast import Player, cast_doors, living_in
from bot.demo.scene import Play, Script
from bot.demo.stage import Stage
from bot.demo.story import Scene, Stories
from models.deliberation.steps import Step
from models.worktime import BEIJING
from workflows.deliberation import clock as _clock  # noqa: F401 - registers what runs by itself
from workflows.people import greet, record_consent, set_doorway
from workflows.tickets.files import DraftFile

Act = Callable[..., Script]

ACTS: tuple[tuple[Step, Act], ...] = (
    (Step.PROPOSED, collecting.begin),
    (Step.COLLECT, collecting.opinions),
    (Step.CONFIRM, collecting.topics),
    (Step.DRAFT, planning.drafting),
    (Step.ANNOUNCE, planning.announcing),
    (Step.CONSULT, consulting.consulting),
    (Step.APPLY, finishing.applying),
    (Step.REPORT, finishing.reporting_back),
)
"""What is played while a deliberation stands in a step, to its end."""
_AFTER = {Step.DIVERTED: Step.CONFIRM, Step.CLOSED: Step.REPORT}
"""An end, and the last step that is played for it."""


@dataclass(frozen=True, slots=True)
class Production:
    """What is played: the stories, by whom, and by which seed the rest is drawn."""

    stories: Stories
    players: Sequence[Player]
    seed: int
    photos: Mapping[str, Sequence[DraftFile]]


async def settle_in(stage: Stage, players: Sequence[Player]) -> None:
    """Everybody writes to the bot, agrees to the use of their data and says where they live."""
    async with stage.work() as work:
        for player in players:
            found = await greet(
                work, account_id=player.account, name=player.name, language_code="zh-hans"
            )
            await record_consent(work, found)
            await set_doorway(work, found, player.place)


async def direct(stage: Stage, production: Production, end: datetime) -> None:
    """Play everything; then let the clock run to `end` (UTC)."""
    today = datetime.combine(end.astimezone(BEIJING).date(), time(), tzinfo=BEIJING)
    scripts: list[tuple[datetime, int, Script]] = []
    for number, scene in enumerate(production.stories.scene):
        script = _script(_prepare(stage, production, scene, number, today))
        scripts.append((await anext(script), number, script))
    heapify(scripts)
    while scripts:
        at, number, script = scripts[0]
        if at >= today:
            raise ValueError(f"scene {number + 1} of the stories goes on after yesterday")
        await stage.move_to(at)
        following = await anext(script, None)
        if following is None:
            heappop(scripts)
        else:
            heapreplace(scripts, (following, number, script))
    await stage.move_to(end)


def _prepare(
    stage: Stage, production: Production, scene: Scene, number: int, today: datetime
) -> Play:
    rng = Random(f"scene {production.seed} {number}")  # noqa: S311 - a play, not a secret
    stories, players = production.stories, production.players
    return Play(
        stage=stage,
        scene=scene,
        story=stories.of(scene),
        words=stories.words,
        players=living_in(players, scene.grids),
        doors=cast_doors(stage.services.district, stories, players, scene.grids[-1], rng),
        today=today,
        rng=rng,
        photos=production.photos,
    )


async def _script(play: Play) -> AsyncIterator[datetime]:
    """The acts of a scene one after the other; the last one is left unfinished."""
    until = play.scene.until
    last = _AFTER.get(until, until)
    for step, act in ACTS:
        async for at in act(play, ending=step is until):
            yield at
        if step is last:
            return
