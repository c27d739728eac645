"""Random people do random things through all seven steps: whatever they try, the rules hold.

`machine_world` has the people and the clock, `machine_deeds` and `machine_later` what is tried,
`machine_progress` the way to the end, `machine_checks` what must hold after every move.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.database import Database
from models.deliberation.ballot import Ballot
from models.deliberation.steps import FINAL, RUNNING, Capacity, Step
from tests.workflows.deliberation.machine_checks import check_world
from tests.workflows.deliberation.machine_deeds import DEEDS
from tests.workflows.deliberation.machine_later import NOWHERE
from tests.workflows.deliberation.machine_progress import (
    all_rows,
    deliberation,
    do,
    meet,
    progress,
)
from tests.workflows.deliberation.machine_world import (
    ACCOUNTS,
    HOUR,
    MOVER,
    NEIGHBOURS,
    ORGANISER,
    PEOPLE,
    POLICY,
    POSTS_OF,
    Deed,
    World,
)
from tests.workflows.town import COURT
from workflows.deliberation import proposals

Result = TypeVar("Result")
NAMES = sorted(DEEDS)


def names_in(step: Step) -> list[str]:
    """Deeds that can succeed in a step, as far as a deed says where it can."""
    return [name for name in NAMES if step in (DEEDS[name].steps or RUNNING)]


def those_who_may(name: str) -> list[int | str]:
    """People who may do it, if it is a matter of capacity; else residents and those who run it."""
    may = DEEDS[name].may
    found: list[int | str] = [code for code, has in POSTS_OF.items() if may and has & may]
    if may is None or Capacity.RESIDENT in may:
        found += NEIGHBOURS
    return found or [*NEIGHBOURS]


async def begin(world: World, *, proposed: bool, **how: Any) -> None:
    """A resident proposes it, or the organiser opens it."""

    async def act(w: World, work: Any, person: Any, _: int) -> None:
        if proposed:
            row = await proposals.propose(work, person, title="加装电梯", description="")
        else:
            until = w.now + 30 * HOUR
            row = await proposals.open_deliberation(
                work,
                person,
                title="加装电梯",
                description="",
                council="xg.01",
                grids=[COURT],
                collect_until=until,
                **how,
            )
        w.d_id = row.key

    assert await world.attempt(1 if proposed else ORGANISER, "begin", Deed(act), 0)


class Neighbourhood(RuleBasedStateMachine):
    """One deliberation and everybody around it."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = World(Database("sqlite://"))
        self.run(self.world.settle())

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(coroutine)

    def teardown(self) -> None:
        for line in self.world.log:
            note(line)
        self.run(self.world.database.close())
        self.runner.close()

    @property
    def step(self) -> Step:
        return self.run(deliberation(self.world)).step

    @initialize(
        proposed=st.booleans(),
        method=st.sampled_from(["approval", "schulze", "runoff", "score"]),
        unit=st.sampled_from(["household", "resident"]),
        secret=st.booleans(),
    )
    def begins(self, proposed: bool, method: str, unit: str, secret: bool) -> None:
        self.run(begin(self.world, proposed=proposed, method=method, unit=unit, secret=secret))

    @rule(seed=st.integers(0, 2**32), length=st.integers(1, 10))
    def people_do_things(self, seed: int, length: int) -> None:
        """Drawn evenly from a seed: choices made one by one hardly ever fit together."""
        draw = Random(f"{seed} {len(self.world.log)}")
        for _ in range(length):
            self.run(self._happen(draw))

    async def _happen(self, draw: Random) -> None:
        step = (await deliberation(self.world)).step
        names = names_in(step) if draw.random() < 0.8 and step not in FINAL else NAMES
        name = draw.choice(names)
        likely = draw.random() < 0.75
        who = draw.choice(those_who_may(name) if likely else PEOPLE)
        await do(self.world, who, name, draw.randrange(24))
        await check_world(self.world)

    @rule(name=st.sampled_from(NAMES), n=st.integers(0, 23))
    def everybody_tries_the_same(self, name: str, n: int) -> None:
        for who in (*NEIGHBOURS, *ACCOUNTS):
            self.run(do(self.world, who, name, n))

    @precondition(lambda self: self.step not in FINAL)
    @rule(n=st.integers(0, 23))
    def they_get_on(self, n: int) -> None:
        self.run(progress(self.world, n))

    @precondition(lambda self: self.step not in FINAL)
    @rule(seed=st.integers(0, 2**32), length=st.integers(5, 20))
    def people_do_things_and_get_on(self, seed: int, length: int) -> None:
        self.people_do_things(seed, length)
        self.they_get_on(seed % 24)

    @rule(minutes=st.integers(1, 8 * 60))
    def time_passes(self, minutes: int) -> None:
        self.run(self.world.pass_time(timedelta(minutes=minutes)))

    @rule(minutes=st.integers(1, 30))
    def the_clock_goes_back(self, minutes: int) -> None:
        self.run(self.world.pass_time(-timedelta(minutes=minutes)))

    @rule()
    def the_clock_does_what_is_due(self) -> None:
        self.run(self.world.run_due())

    @invariant()
    def the_rules_hold(self) -> None:
        if self.world.d_id:
            self.run(check_world(self.world))


Neighbourhood.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestNeighbourhood = Neighbourhood.TestCase


async def test_those_who_want_to_get_on_reach_the_end() -> None:
    for n, how in enumerate(
        (
            {"proposed": True},
            {"proposed": False, "method": "schulze", "unit": "household", "secret": True},
            {"proposed": False, "method": "score", "unit": "resident", "secret": False},
        )
    ):
        world = World(Database("sqlite://"))
        await world.settle()
        await begin(world, **how)  # type: ignore[arg-type]
        walked = []
        for _ in range(9):
            walked.append((await deliberation(world)).step)
            if walked[-1] in FINAL:
                break
            await progress(world, n)
            await check_world(world)
        await world.database.close()
        assert walked[-1] is Step.CLOSED, "\n".join(world.log)


async def test_a_principal_who_forgets_their_room_does_not_hold_up_the_box() -> None:
    world = World(Database("sqlite://"))
    await world.settle()
    await begin(world, proposed=False, method="approval", unit="household", secret=True)
    while (await deliberation(world)).step is not Step.CONSULT:
        await progress(world, 0)
    await meet(world)
    assert await do(world, MOVER, "offer_proxy")
    assert await do(world, 3, "accept_proxy")
    assert await do(world, ORGANISER, "open_ballot")
    for id_ in (1, 3, 4):
        assert await do(world, id_, "cast", id_)
    assert await do(world, 3, "cast_for")
    assert await do(world, MOVER, "move_house", NOWHERE)

    await world.pass_time(POLICY.ballot_time)

    (ballot,) = await all_rows(world, Ballot)
    assert ballot.state == "closed"
    assert ballot.result["turnout"] == {"chat": 3, "proxy": 1, "door": 0}
    await check_world(world)
    await world.database.close()
