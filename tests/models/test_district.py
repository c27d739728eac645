"""The tree of grids as a value: ways up, ways down, look-ups."""

import pytest
from pydantic import ValidationError

from models.district import (
    Address,
    Category,
    Department,
    District,
    Emergency,
    GridNode,
    Level,
    Role,
    Staff,
    covers,
)
from models.worktime import WorkCalendar


def node(code: str, **fields) -> GridNode:
    parent = code.rpartition(".")[0] or None
    level = code.count(".") + 1
    return GridNode(code=code, name=code, name_en=code, level=level, parent=parent, **fields)


@pytest.fixture
def district() -> District:
    yard = Address(lane="合水中路", number="12")
    category = Category(
        code="facility.lighting",
        group="facility",
        label_zh="路灯楼道灯",
        label_en="Lights",
        owner=(Role.GRID_WORKER,),
        response_minutes=60,
        resolution_minutes=480,
    )
    return District(
        name_zh="西固城街道",
        name_en="Xigucheng",
        grids=(
            node("xg"),
            node("xg.01"),
            node("xg.01.01"),
            node("xg.01.01.01", addresses=(yard,)),
            node("xg.02"),
        ),
        staff=(Staff(code="worker-1", name="芦燕", role=Role.GRID_WORKER, grid="xg.01.01"),),
        departments=(Department(code="power", label_zh="供电公司", label_en="Power company"),),
        categories=(category,),
        groups={"facility": ("公共设施", "Public facilities")},
        emergencies=(Emergency(kind="fire", label_zh="火灾", label_en="Fire", numbers=("119",)),),
        calendar=WorkCalendar(week={"monday": ["08:30-12:00"]}),
    )


def test_the_way_up_ends_at_the_sub_district(district):
    codes = [grid.code for grid in district.path("xg.01.01.01")]
    assert codes == ["xg.01.01.01", "xg.01.01", "xg.01", "xg"]
    assert district.root.code == "xg"


def test_an_ancestor_is_found_by_its_level(district):
    assert district.ancestor("xg.01.01.01", Level.COMMUNITY) == district.node_by_code["xg.01"]
    assert district.ancestor("xg.01", Level.COMMUNITY) == district.node_by_code["xg.01"]
    assert district.ancestor("xg.01", Level.COURTYARD) is None


def test_children_are_direct_and_in_order(district):
    children = district.children_by_code
    assert [grid.code for grid in children["xg"]] == ["xg.01", "xg.02"]
    assert children["xg.02"] == ()


def test_everything_is_found_by_its_code(district):
    assert district.staff_by_code["worker-1"].name == "芦燕"
    assert district.department_by_code["power"].label_en == "Power company"
    assert district.emergency_by_kind["fire"].numbers == ("119",)
    category = district.category_by_code["facility.lighting"]
    assert (category.label("zh-CN"), category.label("en")) == ("路灯楼道灯", "Lights")


@pytest.mark.parametrize(
    ("grid", "other", "expected"),
    [
        ("xg.01", "xg.01", True),
        ("xg.01", "xg.01.02.03", True),
        ("xg.01.02", "xg.01", False),
        ("xg.0", "xg.01", False),
    ],
)
def test_a_grid_covers_itself_and_what_is_below(grid, other, expected):
    assert covers(grid, other) is expected


def test_a_district_never_changes(district):
    with pytest.raises(ValidationError, match="frozen"):
        district.name_zh = "别处"


@pytest.mark.parametrize("code", ["", "XG", "xg.1", "xg.01.01.01.01", "xg-01"])
def test_a_code_has_two_digits_for_each_level(code):
    with pytest.raises(ValidationError, match="code"):
        GridNode(code=code, name="x", name_en="x", level=1)
