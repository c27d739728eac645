"""The simulated residents: names, doorways, and which of two camps they are in. Seeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bot.demo.story import Stories
from models.deliberation.electorate import concerned
from models.district import District
from models.place import Place

FIRST_ACCOUNT = 610_000_001
MAIN = "xg.01.02.01"
"""The courtyard of the deliberation that is played to its end."""
MAIN_PEOPLE = 60
OTHERS = ("xg.02.04.01", "xg.03.01.01", "xg.04.02.01", "xg.05.04.01")
OTHER_PEOPLE = 12
"""Residents of each other courtyard: enough for opinion groups, few enough to look through."""
_SECOND_PERSON = 0.12
"""Share of residents who live with somebody who takes part as well."""
_CONTRARY = 0.12
"""Share of residents who do not think as most of their floor."""


@dataclass(frozen=True, slots=True)
class Player:
    """A simulated resident."""

    account: int
    name: str
    place: Place
    camp: int
    """0: the upper floors, 1: the lower ones."""


@dataclass(frozen=True, slots=True)
class Door:
    """Somebody without a phone, met at their door."""

    place: Place
    name: str
    camp: int


def cast_players(district: District, stories: Stories, seed: int) -> list[Player]:
    """Everybody who plays, in the order of their accounts: the same for the same seed."""
    rng = Random(f"cast {seed}")  # noqa: S311 - a play, not a secret
    names = [surname + given for given in stories.given for surname in stories.surnames]
    rng.shuffle(names)
    players: list[Player] = []
    for grid, count in ((MAIN, MAIN_PEOPLE), *((grid, OTHER_PEOPLE) for grid in OTHERS)):
        doors = doors_of(district, grid)
        rng.shuffle(doors)
        lived_in: list[Place] = []
        for _ in range(count):
            shared = bool(lived_in) and rng.random() < _SECOND_PERSON
            place = rng.choice(lived_in) if shared else doors.pop()
            lived_in.append(place)
            account = FIRST_ACCOUNT + len(players)
            players.append(Player(account, names.pop(), place, _camp(place, rng)))
    return players


def cast_doors(
    district: District, stories: Stories, players: Sequence[Player], grid: str, rng: Random
) -> list[Door]:
    """Three people without a phone in a courtyard, each in a household of nobody who plays."""
    taken = {player.place for player in players}
    free = [place for place in doors_of(district, grid) if place not in taken]
    called = {player.name for player in players}
    names = [s + g for s in stories.surnames for g in stories.given if s + g not in called]
    return [
        Door(place, name, _camp(place, rng))
        for place, name in zip(rng.sample(free, 3), rng.sample(names, 3), strict=True)
    ]


def living_in(players: Sequence[Player], grids: Sequence[str]) -> list[Player]:
    """The players whom a deliberation of these grids concerns."""
    return [player for player in players if concerned(player.place.grid, grids)]


def doors_of(district: District, grid: str) -> list[Place]:
    """Every flat of a courtyard whose buildings the files list."""
    return [
        Place(
            grid=grid,
            lane=address.lane,
            number=address.number,
            building=building.name,
            unit=str(unit),
            room=f"{floor}{door:02}",
        )
        for address in district.node_by_code[grid].addresses
        for building in address.buildings
        for unit in range(1, building.units + 1)
        for floor in range(1, building.floors + 1)
        for door in range(1, building.doors_per_floor + 1)
    ]


def _camp(place: Place, rng: Random) -> int:
    lower = int((place.room or "1")[:-2]) <= 3
    return int(lower != (rng.random() < _CONTRARY))
