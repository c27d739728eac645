"""Picking a doorway level by level."""

from __future__ import annotations

import pytest

from dispatch.gazetteer import Gazetteer
from handlers.places import (
    MOST_COURTYARDS,
    choices_below,
    community_of,
    is_enough,
    next_part,
    picked_from,
    without_last_part,
)
from models.district import District, Level
from models.place import Place


@pytest.fixture(scope="module")
def book(district: District) -> Gazetteer:
    return Gazetteer(district.grids)


def test_every_courtyard_can_be_picked_and_the_way_back_ends_at_the_top(
    district: District,
) -> None:
    reached: set[str] = set()
    waiting = [district.root.code]
    while waiting:
        for node in choices_below(district, waiting.pop()):
            above = picked_from(district, node.code)
            assert above is not None
            assert node in choices_below(district, above)
            if node.level == Level.COURTYARD:
                reached.add(node.code)
            else:
                waiting.append(node.code)
    assert reached == {node.code for node in district.grids if node.level == Level.COURTYARD}
    assert picked_from(district, district.root.code) is None


def test_few_courtyards_are_listed_at_once(district: District) -> None:
    for node in district.grids:
        choices = choices_below(district, node.code)
        courtyards = [choice for choice in choices if choice.level == Level.COURTYARD]
        assert courtyards in ([], list(choices))
        assert len(choices) <= MOST_COURTYARDS
    assert all(c.level == Level.COMMUNITY for c in choices_below(district, district.root.code))


def test_parts_are_asked_from_building_to_room(district: District, book: Gazetteer) -> None:
    place = Place(grid="xg.01.01.02")
    assert next_part(district, book, place, "courtyard") is None
    assert next_part(district, book, place, "doorway") == "building"
    place = place.model_copy(update={"lane": "合水中路", "number": "16", "building": "2"})
    assert next_part(district, book, place, "doorway") == "unit"
    place = place.model_copy(update={"unit": "3"})
    assert next_part(district, book, place, "doorway") == "room"
    assert not is_enough(district, book, place, "doorway")
    place = place.model_copy(update={"room": "401"})
    assert next_part(district, book, place, "doorway") is None
    assert is_enough(district, book, place, "doorway")
    assert without_last_part(place).room is None
    assert without_last_part(place.model_copy(update={"room": None})).unit is None


def test_above_the_courtyards_nothing_is_exact_enough(district: District, book: Gazetteer) -> None:
    assert next_part(district, book, Place(grid="xg.01"), "courtyard") == "grid"
    assert not is_enough(district, book, Place(grid="xg.01"), "courtyard")
    assert not is_enough(district, book, Place(grid="xg.99"), "courtyard")
    assert not is_enough(district, book, None, "courtyard")


def test_the_community_of_a_place(district: District) -> None:
    assert community_of(district, Place(grid="xg.03.02.01")) == "xg.03"
    assert community_of(district, Place(grid="xg")) is None
    assert community_of(district, Place(grid="gone.01")) is None
    assert community_of(district, None) is None
