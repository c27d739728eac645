"""One deliberation under play: who is in it, what day it is, what was made so far."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlmodel import SQLModel, col

from bot.demo.cast import Door, Player
from bot.demo.stage import Act, Result, Stage
from bot.demo.story import OpinionLine, Scene, Story, Words
from models.deliberation.core import Deliberation
from models.deliberation.plan import PlanOption
from models.district import District, Level, Role
from models.worktime import BEIJING
from workflows.tickets.files import DraftFile

Script = AsyncIterator[datetime]
"""A play gives the moments at which it goes on; the director moves the clock there."""

_PASSES = 0.1


@dataclass
class Play:
    """A scene with its people and its calendar."""

    stage: Stage
    scene: Scene
    story: Story
    words: Words
    players: Sequence[Player]
    doors: Sequence[Door]
    today: datetime
    """Midnight (Beijing) of the day that the play ends on."""
    rng: Random
    d_id: int = 0
    meeting_id: int = 0
    options: list[PlanOption] = field(default_factory=list)
    proxies: dict[int, Player] = field(default_factory=dict)
    """Who votes for an account."""
    photos: Mapping[str, Sequence[DraftFile]] = field(default_factory=dict)
    """Photos from before and after, as the sandbox keeps them."""

    def at(self, day: int, hour: int, minute: int = 0) -> datetime:
        """Beijing time of a day of the scene, which begins with day 0; given in UTC."""
        date = self.today.date() - timedelta(days=self.scene.began - day)
        moment = datetime.combine(date, time(hour, minute), tzinfo=BEIJING)
        return moment.astimezone(self.stage.now.tzinfo)

    def moments(self, first: datetime, last: datetime, count: int) -> list[datetime]:
        """So many moments of waking hours between two, in order."""
        found: list[datetime] = []
        while len(found) < count:
            moment = first + (last - first) * self.rng.random()
            if 7 <= moment.astimezone(BEIJING).hour < 22:
                found.append(moment)
        return sorted(found)

    # --- people

    @property
    def district(self) -> District:
        """The sub-district."""
        return self.stage.services.district

    @property
    def community(self) -> str:
        """Grid code of the community, and of its council."""
        node = self.district.ancestor(self.scene.grids[0], Level.COMMUNITY)
        if node is None:
            raise LookupError(f"{self.scene.grids[0]} lies in no community")
        return node.code

    @property
    def seats(self) -> list[str]:
        """Staff codes of the council, the unit's member first."""
        return [seat.post for seat in self.district.council_by_grid[self.community].seats]

    @property
    def secretary(self) -> str:
        """Staff code of who keeps the roll and the minutes."""
        return self.district.council_by_grid[self.community].secretary

    @property
    def contractor(self) -> str:
        """Staff code of the council member of the property company."""
        seats = self.district.council_by_grid[self.community].seats
        return next(seat.post for seat in seats if seat.kind == "property")

    @property
    def organiser(self) -> str:
        """Staff code of the community's organiser."""
        return self._post(Role.ORGANISER, self.community)

    @property
    def building_lead(self) -> str:
        """Staff code of who goes to the doors of the courtyard."""
        return self._post(Role.BUILDING_LEAD, self.scene.grids[-1])

    @property
    def worker(self) -> str:
        """Staff code of a grid worker of the courtyard, or of the grid around it."""
        court = self.scene.grids[-1]
        return self._post(Role.GRID_WORKER, court, court.rpartition(".")[0])

    def _post(self, role: Role, *grids: str) -> str:
        for grid in grids:
            for staff in self.district.staff:
                if staff.role is role and staff.grid == grid and staff.telegram_id is not None:
                    return staff.code
        raise LookupError(f"no {role} of {grids}")

    # --- acting

    async def act(self, who: int | str, act: Act[Result], /, *args: Any, **named: Any) -> Result:
        """Have somebody do something, now."""
        return await self.stage.act(who, act, *args, **named)

    async def deliberation(self) -> Deliberation:
        """The row as it stands."""
        async with self.stage.work() as work:
            return await work.session.get_one(Deliberation, self.d_id)

    async def rows(self, table: type[SQLModel]) -> list[Any]:
        """The rows of a table that belong to this deliberation, oldest first."""
        columns: Any = table
        async with self.stage.work() as work:
            found = await work.session.scalars(
                select(table)
                .where(col(columns.deliberation_id) == self.d_id)
                .order_by(col(columns.id))
            )
            return list(found)

    # --- what people think

    def opinion_on(self, line: OpinionLine, camp: int) -> int:
        """What somebody of a camp says of an opinion: mostly as their camp leans."""
        if self.rng.random() < _PASSES:
            return 0
        return 1 if self.rng.random() < (1 + line.lean[camp]) / 2 else -1

    def choice(self, camp: int) -> dict[str, Any]:
        """The ballot of somebody of a camp: the first option suits one camp, the last the other."""
        last = max(1, len(self.options) - 1)
        liked = {
            option.letter: 1 - abs(index / last - camp) * 0.8 + self.rng.gauss(0, 0.3)
            for index, option in enumerate(self.options)
        }
        liked["0"] = 0.1 + self.rng.gauss(0, 0.2)
        order = sorted(liked, key=lambda key: -liked[key])
        match self.story.method:
            case "score":
                return {"scores": {k: max(0, min(5, round(5 * v))) for k, v in liked.items()}}
            case "approval":
                best = [key for key in order if liked[key] > 0.5 and key != "0"]
                return {"approve": best if best and order[0] != "0" else order[:1]}
            case _:
                return {"rank": order[: self.rng.randint(1, len(order))]}
