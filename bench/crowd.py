"""Many residents at a sandbox at once, driven by one cheap process over HTTP.

They act through the sandbox's documented routes (docs/sandbox.md) and learn what reached the
server from its log, so that reading costs one request for many replies.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench import common
from bench.wire import Wire, as_json
from bot.district import load_district
from dispatch.assignment import covering
from handlers.texts import Texts
from models.district import District, GridNode, Level, Role, Staff

SENTENCE = "我和对门邻居因为楼道堆东西吵起来了，想请人来调解"
CATEGORY = "dispute.neighbour"
"""Its catalogue entry asks for a place and nothing else, and looks for no duplicates."""
FIRST_ID = 910_000_001
PATIENCE = 60.0
COURTYARDS = 12
SETTLED = 0.3
"""Seconds of silence after which the bot has said all it has to say."""

Call = dict[str, Any]


@dataclass(slots=True)
class Resident:
    """One person, their address, and what reached their chat."""

    id: int
    address: str
    acted: list[float] = field(default_factory=list)
    """When each of their acts began (`time.time()`)."""
    replies: list[float] = field(default_factory=list)
    """When each message of the bot, new or edited, was at the server."""
    enough: tuple[int, asyncio.Future[None]] | None = None
    """So many replies are waited for."""

    def note(self, at: float) -> None:
        """Count one reply, and wake who waits for it."""
        self.replies.append(at)
        if self.enough is not None and len(self.replies) >= self.enough[0]:
            _, waiter = self.enough
            self.enough = None
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, count: int) -> None:
        """Wait until so many replies have come in all."""
        if len(self.replies) < count:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.enough = (count, waiter)
            await asyncio.wait_for(waiter, PATIENCE)


@dataclass(frozen=True, slots=True)
class Step:
    """One act of the journey: a text, or a tap on a button."""

    name: str
    text: str = ""
    label: str = ""

    def request(self, person: Resident) -> tuple[str, bytes]:
        """The route and the body."""
        if self.label:
            return f"/sandbox/people/{person.id}/tap", as_json({"label": self.label})
        text = self.text.format(address=person.address)
        return f"/sandbox/people/{person.id}/text", as_json({"text": text})


@dataclass(frozen=True, slots=True)
class Told:
    """What the bot says to one step."""

    messages: int
    """New or edited, in the person's chat."""
    calls: int
    """All calls, with what shows in no chat."""


def journey(district: District) -> tuple[Step, ...]:
    """What a resident does from the first message to the ticket number."""
    label = Texts("zh-CN").label
    category = district.category_by_code[CATEGORY].label("zh-CN")
    return (
        Step("/start", text="/start"),
        Step("consent", label=label("resident.agree")),
        Step("sentence", text=SENTENCE),
        Step("category", label=label("resident.best", label=category)),
        Step("address", text="{address}"),
        Step("confirm", label=label("resident.step_confirm")),
    )


def courtyards(district: District) -> list[GridNode]:
    """Courtyards all over the sub-district, few enough that their staff are few."""
    found = [node for node in district.grids if node.level is Level.COURTYARD and node.addresses]
    return found[:: max(1, len(found) // COURTYARDS)][:COURTYARDS]


def addresses(district: District) -> list[str]:
    """Doorways of these courtyards, each written as people write it."""
    return [
        f"{address.lane}{address.number}号院{building.name}号楼{unit}单元301"
        for node in courtyards(district)
        for address in node.addresses
        for building in address.buildings
        for unit in range(1, building.units + 1)
    ]


def posts(district: District) -> list[Staff]:
    """Everybody who may be given one of these matters, or told of one."""
    owners = {*district.category_by_code[CATEGORY].owner, Role.OFFICE}
    found = {
        post.code: post
        for node in courtyards(district)
        for post in covering(district, node.code)
        if post.role in owners and post.telegram_id is not None
    }
    return list(found.values())


class People:
    """Makes residents, each with an id of their own and an address of the district."""

    def __init__(self, district: District) -> None:
        self._ids = itertools.count(FIRST_ID)
        self._addresses = itertools.cycle(addresses(district))

    def make(self, count: int) -> list[Resident]:
        """So many new residents."""
        return [Resident(next(self._ids), next(self._addresses)) for _ in range(count)]


class Crowd:
    """Residents at one sandbox. Follow its log inside `async with`."""

    def __init__(self, address: str) -> None:
        self._wire = Wire(address)
        self._reader = Wire(address, connections=1)
        self._known: dict[int, Resident] = {}
        self._news = asyncio.Event()
        self._cursor = 0
        self._following: asyncio.Task[None] | None = None
        self.calls = 0
        """Calls of the bot that reached the server and were done, getUpdates apart."""
        self.last_call = 0.0
        """When the last of them was done."""
        self.refused: list[Call] = []
        """Calls that the server answered with an error."""
        self.fetched: list[tuple[float, int]] = []
        """getUpdates: when it was answered, and with how many updates."""

    async def __aenter__(self) -> Crowd:
        await self._wire.open()
        await self._reader.open()
        self._cursor = (await self._reader.ask("GET", "/sandbox/log?limit=1"))["cursor"]
        self._following = asyncio.get_running_loop().create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._wire.close()

    async def _follow(self) -> None:
        while True:
            path = f"/sandbox/log?after={self._cursor}&limit=10000&wait=5"
            answer = await self._reader.ask("GET", path)
            self._cursor = answer["cursor"]
            for call in answer["calls"]:
                self._note(call)
            self._news.set()
            await asyncio.sleep(0.005)

    def _note(self, call: Call) -> None:
        done = call["time"] + call["took"]
        if call["method"] == "getUpdates":
            self.fetched.append((done, call.get("updates", 0)))
        elif call["status"] != 200:
            self.refused.append(call)
        else:
            self.calls += 1
            self.last_call = done
            person = self._known.get(call["chat_id"] or 0)
            if person is not None:
                person.note(done)

    async def until(self, done: Callable[[], bool], what: str) -> None:
        """Wait until `done()` after news from the log."""
        end = time.monotonic() + PATIENCE
        while not done():
            if self._following is not None and self._following.done():
                self._following.result()
            left = end - time.monotonic()
            if left <= 0:
                raise RuntimeError(f"no end of {what}; refused: {self.refused[:3]}")
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)

    async def welcome(self, people: Sequence[Resident]) -> None:
        """Add people to the sandbox."""
        self._known |= {person.id: person for person in people}
        await self._wire.post_all(
            [
                (
                    "/sandbox/people",
                    as_json({"id": p.id, "name": f"居民{p.id % 10000}", "language_code": "zh"}),
                )
                for p in people
            ]
        )

    async def staff(self, district: District) -> list[Resident]:
        """Add the staff concerned and let them open the bot: it may write to them then."""
        staff = [Resident(post.telegram_id or 0, "") for post in posts(district)]
        await self.welcome(staff)
        await self.act(Step("/start", text="/start"), staff)
        return staff

    async def answered(self, people: Sequence[Resident]) -> None:
        """Wait until each of these has heard from the bot, and it has said all it has to say."""
        for person in people:
            await person.until(1)
        await self.settled()

    async def act(self, step: Step, people: Sequence[Resident]) -> None:
        """All these people do this step now."""
        now = time.time()
        for person in people:
            person.acted.append(now)
        await self._wire.post_all([step.request(person) for person in people])

    async def walk(self, person: Resident, steps: Sequence[Step], told: Sequence[Told]) -> None:
        """One person goes all the way, each step when the bot has answered the one before."""
        expected = 0
        for step, brings in zip(steps, told, strict=True):
            path, body = step.request(person)
            person.acted.append(time.time())
            await self._wire.ask("POST", path, body)
            expected += brings.messages
            await person.until(expected)

    async def quiet(self) -> None:
        """Wait until the bot has taken every update and waits for more."""
        answer = await self._wire.ask("GET", f"/sandbox/updates?wait={PATIENCE:.0f}")
        if not answer["idle"]:
            raise RuntimeError(f"the bot does not take its updates: {len(answer['waiting'])} wait")

    async def settled(self) -> None:
        """Wait until the bot has taken every update and said all it has to say."""
        await self.quiet()
        seen = -1
        while seen != self.calls:
            seen = self.calls
            await asyncio.sleep(SETTLED)

    async def hold(self, seconds: float) -> None:
        """Let the bot's next getUpdates come back only after so many seconds."""
        rule = {"kind": "latency", "method": "getUpdates", "seconds": seconds, "times": 1}
        await self._wire.ask("PUT", "/sandbox/faults", as_json({"faults": [rule]}))

    async def rehearse(self, steps: Sequence[Step], person: Resident) -> list[Told]:
        """One person goes all the way alone; returns what each step brings."""
        await self.welcome([person])
        told = []
        for step in steps:
            messages, calls = len(person.replies), self.calls
            await self.act(step, [person])
            await person.until(messages + 1)
            await self.settled()
            told.append(Told(len(person.replies) - messages, self.calls - calls))
        return told

    async def stream(
        self, steps: Sequence[Step], people: Sequence[Resident], rate: float, gap: float
    ) -> None:
        """A steady stream of acts, `rate` a second whether the bot keeps up or not.

        People set out one after the other and take a step about every `gap` seconds, so that at
        any time every kind of step is under way and acts are evenly spaced. Acts count from when
        they were due: a slow server is not flattered by acting later. Fails when a bot has not
        drawn the button of the next step after a whole `gap`.
        """
        count = len(steps)
        stride = count * round(gap * rate / count) + 1
        acts = sorted(
            ((index * count + position * stride) / rate, index, position)
            for index in range(len(people))
            for position in range(count)
        )
        began, at = time.time(), 0
        while at < len(acts):
            await asyncio.sleep(max(0.0, began + acts[at][0] - time.time()))
            requests = []
            while at < len(acts) and began + acts[at][0] <= time.time():
                due, index, position = acts[at]
                people[index].acted.append(began + due)
                requests.append(steps[position].request(people[index]))
                at += 1
            await self._wire.post_all(requests)


def first_replies(people: Sequence[Resident], told: Sequence[Told]) -> list[tuple[float, float]]:
    """Each act (`time.time()`) with the seconds to the first message it brought."""
    starts = list(itertools.accumulate((step.messages for step in told), initial=0))[:-1]
    return [
        (acted, person.replies[start] - acted)
        for person in people
        for acted, start in zip(person.acted, starts, strict=True)
        if start < len(person.replies)
    ]


def open_district() -> District:
    """The demo sub-district."""
    return load_district(common.ROOT / "data" / "xigucheng")
