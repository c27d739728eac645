"""From a courtyard down to the door: what exists, what is missing, what an answer means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import shapely

from dispatch.gazetteer import Doorway, Gazetteer
from models.district import GridNode
from models.place import Place

ROOT = Path(__file__).parents[3]


def test_a_point_inside_an_outline_is_that_grid(
    gazetteer: Gazetteer, grids: list[GridNode]
) -> None:
    outlined = [node for node in grids if node.polygon]
    assert len(outlined) >= 90
    for node in outlined:
        point = shapely.Polygon(node.polygon).representative_point()
        match = gazetteer.at(point.x, point.y)
        assert match is not None
        assert (match.node.code, match.place.grid, match.exact) == (node.code, node.code, True)
        assert gazetteer.describe(match.place) == node.name


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [(0.0, 0.0), (36.0963, 103.6151), (float("nan"), 36.0), (float("inf"), 36.0), (1e308, -1e308)],
)
def test_a_point_outside_is_nowhere(
    gazetteer: Gazetteer, longitude: float, latitude: float
) -> None:
    assert gazetteer.at(longitude, latitude) is None


def test_shapely_is_not_loaded_before_the_first_pin() -> None:
    code = (
        "import sys, dispatch.gazetteer\n"
        "sys.exit(any(name in sys.modules for name in ('shapely', 'cn2an')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_children(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.children("xg")) == 9
    assert [node.code for node in gazetteer.children("xg.01.01")] == [
        "xg.01.01.01",
        "xg.01.01.02",
        "xg.01.01.03",
    ]
    assert gazetteer.children("xg.01.01.01") == gazetteer.children("nowhere") == []


def test_buildings_and_units(gazetteer: Gazetteer) -> None:
    assert gazetteer.buildings("xg.03.01.02") == [
        Doorway("玉门街", "66", "1"),
        Doorway("玉门街", "66", "2"),
        Doorway("玉门街", "68", None),
    ]
    assert gazetteer.buildings("xg.01") == gazetteer.buildings("nowhere") == []
    assert gazetteer.units("xg.03.01.02", "玉门街", "66", "2") == ["1", "2", "3"]
    assert gazetteer.units("xg.03.01.02", "玉门街", "68", None) == []
    assert gazetteer.units("xg.03.01.02", "玉门街", "66", None) == []
    assert gazetteer.units("xg.03.01.02", "玉门街", "66", "9") == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("合水中路16号", "building"),
        ("合水中路16号3号楼", "unit"),
        ("合水中路16号3号楼2单元", "room"),
        ("合水中路16号3号楼2单元401", None),
        ("合水中路12号", "unit"),
        ("河湾巷4号2号楼", "room"),
        ("西固中路109号", "room"),
        ("合水中路社区", None),
    ],
)
def test_missing(gazetteer: Gazetteer, text: str, missing: str | None) -> None:
    assert gazetteer.missing(gazetteer.locate(text)[0].place) == missing


def test_a_pin_is_asked_for_its_building(gazetteer: Gazetteer) -> None:
    assert gazetteer.missing(Place(grid="xg.01.01.02")) == "building"
    assert gazetteer.missing(Place(grid="xg.01.01.01")) == "unit"
    assert gazetteer.missing(Place(grid="nowhere")) is None


@pytest.mark.parametrize(
    ("place", "description"),
    [
        (Place(grid="xg.01.01.01", lane="合水中路", number="12", building="1"), "合水中路12号"),
        (Place(grid="xg.01.04.01", lane="合水中路", number="35", building="A"), "合水中路35号A座"),
        (Place(grid="xg.01.01.02", unit="2", room="401"), "合水中路16号院2单元401室"),
        (
            Place(grid="xg.01.01.01", lane="合水中路", number="12", unit="3", room="4楼东户"),
            "合水中路12号3单元4楼东户",
        ),
        (Place(grid="xg.01"), "合水中路社区"),
        (Place(grid="gone"), "gone"),
    ],
)
def test_describe(gazetteer: Gazetteer, place: Place, description: str) -> None:
    assert gazetteer.describe(place) == description


@pytest.mark.parametrize(
    ("grid", "text", "said"),
    [
        ("xg.01.01.02", "3", ("合水中路", "16", "3")),
        ("xg.01.01.02", "三号楼", ("合水中路", "16", "3")),
        ("xg.01.01.02", "３栋", ("合水中路", "16", "3")),
        ("xg.01.01.02", "3#楼", ("合水中路", "16", "3")),
        ("xg.01.04.01", "b", ("合水中路", "35", "B")),
        ("xg.01.04.01", "Ａ座", ("合水中路", "35", "A")),
        ("xg.01.01.03", "3号楼", ("合水中路", "22", "3")),
        ("xg.01.01.03", "22号", ("合水中路", "22", "3")),
        ("xg.01.01.03", "合水中路22号", ("合水中路", "22", "3")),
        ("xg.03.01.02", "68号", ("玉门街", "68", None)),
        ("xg.03.01.02", "68", ("玉门街", "68", None)),
        ("xg.04.04.02", "9号1号楼", ("山丹街", "9", "1")),
        ("xg.01.01.02", "9号楼", None),
        ("xg.04.04.02", "1号楼", None),
        ("xg.01.01.02", "不知道", None),
        ("xg.01.01.02", "", None),
        ("xg.01", "3号楼", None),
    ],
)
def test_an_answer_names_a_building(
    gazetteer: Gazetteer, grid: str, text: str, said: tuple[str, str, str | None] | None
) -> None:
    place = gazetteer.parse_answer(Place(grid=grid), "building", text)
    assert (place and (place.lane, place.number, place.building)) == said


@pytest.mark.parametrize(
    ("text", "unit", "room"),
    [
        ("三单元", "3", None),
        ("3", "3", None),
        ("第三单元", "3", None),
        ("3门", "3", None),
        ("unit 3", "3", None),
        ("3单元401", "3", "401"),
        ("9单元", None, None),
        ("0", None, None),
        ("不清楚", None, None),
    ],
)
def test_an_answer_names_a_unit(
    gazetteer: Gazetteer, text: str, unit: str | None, room: str | None
) -> None:
    place = gazetteer.parse_answer(gazetteer.locate("合水中路12号")[0].place, "unit", text)
    assert (place and (place.unit, place.room)) == ((unit, room) if unit else None)


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("401", "401"),
        ("401室", "401"),
        ("四零一", "401"),
        ("4楼401", "401"),
        ("四楼东户", "4楼东户"),
        ("Room 401", "401"),
        ("１１０２号", "1102"),
        ("2", "2"),
        ("不想说", None),
        ("", None),
    ],
)
def test_an_answer_names_a_room(gazetteer: Gazetteer, text: str, room: str | None) -> None:
    place = gazetteer.parse_answer(gazetteer.locate("合水中路12号3单元")[0].place, "room", text)
    assert (place and place.room) == room


def test_an_answer_to_one_question_may_answer_the_next(gazetteer: Gazetteer) -> None:
    start = gazetteer.locate("合水中路16号")[0].place
    place = gazetteer.parse_answer(start, "building", "3号楼2单元401")
    assert place is not None
    assert gazetteer.describe(place) == "合水中路16号3号楼2单元401室"
    assert gazetteer.missing(place) is None


def test_a_unit_the_building_lacks_is_asked_again(gazetteer: Gazetteer) -> None:
    start = gazetteer.locate("合水中路41号5单元")[0].place  # only building 3 has a fifth unit
    assert start.unit == "5"
    place = gazetteer.parse_answer(start, "building", "1")
    assert place is not None
    assert gazetteer.missing(place) == "unit"


def test_an_unknown_part_is_a_mistake_of_the_caller(gazetteer: Gazetteer) -> None:
    with pytest.raises(ValueError, match="floor"):
        gazetteer.parse_answer(Place(grid="xg.01.01.01"), "floor", "4")
