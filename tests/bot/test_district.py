"""The sub-district's folder: the demo is whole, and each fault is named by file, line and key."""

import shutil
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.district import DistrictError, load_district
from bot.toml_source import TomlSource
from models.district import Level, Role

DEMO = Path(__file__).parents[2] / "data" / "xigucheng"

FILES = {
    "district.toml": """
name_zh = "示例街道"
name_en = "Example"

[files]
grids = "grids.toml"

[groups]
facility = ["公共设施", "Public facilities"]
""",
    "grids.toml": """
[[grid]]
code = "xg"
name = "示例街道"
name_en = "Example"
level = 1

[[grid]]
code = "xg.01"
name = "一社区"
name_en = "Community One"
level = 2
parent = "xg"

[[grid]]
code = "xg.01.01"
name = "一网格"
name_en = "Grid One"
level = 3
parent = "xg.01"

[[grid]]
code = "xg.01.01.01"
name = "12号院"
name_en = "No. 12"
level = 4
parent = "xg.01.01"
addresses = [
  { lane = "合水中路", number = "12", buildings = [{ name = "1", units = 4 }] },
]
polygon = [[103.610, 36.090], [103.612, 36.090], [103.612, 36.092], [103.610, 36.092]]

[[grid]]
code = "xg.01.01.02"
name = "14号院"
name_en = "No. 14"
level = 4
parent = "xg.01.01"
addresses = [{ lane = "合水中路", number = "14" }]
polygon = [[103.612, 36.090], [103.614, 36.090], [103.614, 36.092], [103.612, 36.092]]
""",
    "staff.toml": """
[[staff]]
code = "worker-1"
name = "芦燕"
role = "grid_worker"
grid = "xg.01.01"
categories = ["facility"]
telegram_id = 1

[[staff]]
code = "desk-power"
name = "陈静"
role = "department"
grid = "xg"
department = "power"
telegram_id = 2
""",
    "departments.toml": """
[[department]]
code = "power"
label_zh = "供电公司"
label_en = "Power company"
""",
    "services.toml": """
[[category]]
code = "facility.lighting"
group = "facility"
label_zh = "路灯楼道灯"
label_en = "Lights"
needs = ["place_rough", "photo", "since"]
owner = ["grid_worker"]
department = "power"
response_minutes = 60
resolution_minutes = 480

[[category.question]]
code = "since"
ask_zh = "坏了多久？"
ask_en = "Since when?"
kind = "choice"
choices = [{ code = "today", zh = "今天", en = "Today" }]

[[category]]
code = "facility.lift"
group = "facility"
label_zh = "电梯故障"
label_en = "Lift"
needs = ["place"]
department = "power"
response_minutes = 30
resolution_minutes = 600
duplicates_radius = "building"
duplicate_window_hours = 24
""",
    "emergencies.toml": """
cancel = ["演习"]

[[emergency]]
kind = "fire"
label_zh = "火灾"
label_en = "Fire"
numbers = ["119"]
phrases = ["着火了"]
patterns = ["(楼|院).{0,4}着火"]
negations = ["灭火器"]
""",
    "calendar.toml": """
holidays = [2026-01-01]

[week]
monday = ["08:30-12:00", "14:30-18:00"]
""",
}


@pytest.fixture
def folder(tmp_path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def edit(folder: Path, file: str, old: str, new: str) -> list[str]:
    """Replaces text that must be there, once; the file's lines afterwards."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is not there exactly once"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path.read_text(encoding="utf-8").splitlines()


class Fault(NamedTuple):
    """An edit, and where and how it must be reported: `line` is text of the line itself."""

    file: str
    old: str
    new: str
    line: str
    key: str
    reason: str


def spoken(fault: Fault) -> str:
    return f"{fault.key or fault.file}: {fault.reason}"


TREE = [
    Fault("grids.toml", 'parent = "xg"', "", 'code = "xg.01"', "grid[xg.01].code", "no parent"),
    Fault(
        "grids.toml",
        'parent = "xg.01"\n',
        'parent = "xg.77"\n',
        '"xg.77"',
        "grid[xg.01.01].parent",
        'no grid has the code "xg.77"',
    ),
    Fault(
        "grids.toml",
        'level = 2\nparent = "xg"',
        'level = 3\nparent = "xg"',
        'parent = "xg"',
        "grid[xg.01].parent",
        'level 3 cannot be below "xg"',
    ),
    Fault(
        "grids.toml",
        '"xg.01.01.02"',
        '"xg.02.01.02"',
        'parent = "xg.01.01"',
        "grid[xg.02.01.02].parent",
        'must be "xg.01.01."',
    ),
    Fault(
        "grids.toml",
        '"xg.01.01.02"',
        '"xg.01.01.01"',
        'code = "xg.01.01.01"',
        "grid[xg.01.01.01].code",
        '"xg.01.01.01" is already used in line 23',
    ),
    Fault(
        "grids.toml",
        '[[grid]]\ncode = "xg"',
        '[[grid]]\ncode = "bb"\nname = "b"\nname_en = "b"\nlevel = 1\n\n[[grid]]\ncode = "xg"',
        "level = 1",
        "grid[xg].level",
        'a second level 1 grid beside "bb"',
    ),
    Fault(
        "grids.toml",
        "level = 1",
        'level = 1\nparent = "xg.01"',
        'parent = "xg.01"',
        "grid[xg].parent",
        "a level 1 grid has no parent",
    ),
    Fault(
        "grids.toml",
        'addresses = [{ lane = "合水中路", number = "14" }]\n',
        "",
        "[[grid]]",
        "grid[xg.01.01.02]",
        "needs addresses",
    ),
    Fault(
        "grids.toml",
        'number = "14" }]',
        'number = "12", buildings = [{ name = "1" }] }]',
        "addresses",
        "grid[xg.01.01.02].addresses[#1]",
        '合水中路12号1号楼 is claimed twice: here and by "xg.01.01.01"',
    ),
    Fault(
        "grids.toml",
        'number = "14" }]',
        'number = "１２号", buildings = [{ name = "1号楼" }] }]',
        "addresses",
        "grid[xg.01.01.02].addresses[#1]",
        'claimed twice: here and by "xg.01.01.01"',
    ),
    Fault(
        "grids.toml",
        'number = "14" }]',
        'number = "12" }]',
        "addresses",
        "grid[xg.01.01.02].addresses[#1]",
        '合水中路12号 is claimed twice: here and by "xg.01.01.01"',
    ),
]

OUTLINES = [
    Fault(
        "grids.toml",
        "[103.612, 36.090], [103.614, 36.090]",
        "[103.611, 36.090], [103.614, 36.090]",
        "polygon",
        "grid[xg.01.01.02].polygon",
        'overlaps "xg.01.01.01"',
    ),
    Fault(
        "grids.toml",
        "[103.612, 36.090], [103.614, 36.090]",
        "[103.614, 36.090], [103.612, 36.090]",
        "polygon",
        "grid[xg.01.01.02].polygon",
        "crosses itself",
    ),
    Fault(
        "grids.toml",
        "[103.612, 36.090], [103.614, 36.090], [103.614, 36.092], [103.612, 36.092]",
        "[103.612, 36.090], [103.614, 36.090]",
        "polygon",
        "grid[xg.01.01.02].polygon",
        "at least 3 corners",
    ),
    Fault(
        "grids.toml",
        "[103.612, 36.090], [103.614, 36.090], [103.614, 36.092], [103.612, 36.092]",
        "[36.090, 103.612], [36.090, 103.614], [36.092, 103.614]",
        "polygon",
        "grid[xg.01.01.02].polygon",
        "longitude comes first",
    ),
]

STAFF = [
    Fault(
        "staff.toml",
        '"desk-power"',
        '"worker-1"',
        "worker-1",
        "staff[worker-1].code",
        "already used in line 3",
    ),
    Fault(
        "staff.toml",
        "telegram_id = 2",
        "telegram_id = 1",
        "telegram_id = 1",
        "staff[desk-power].telegram_id",
        '"1" is already used in line 8',
    ),
    Fault(
        "staff.toml",
        '"xg.01.01"',
        '"xg.09"',
        "xg.09",
        "staff[worker-1].grid",
        'no grid has the code "xg.09"',
    ),
    Fault(
        "staff.toml",
        '"power"',
        '"powr"',
        "powr",
        "staff[desk-power].department",
        'no department has the code "powr"',
    ),
    Fault(
        "staff.toml",
        'department = "power"\n',
        "",
        "role",
        "staff[desk-power].role",
        "department is missing",
    ),
    Fault(
        "staff.toml",
        'role = "department"',
        'role = "boss"',
        "boss",
        "staff[desk-power].role",
        "not 'boss'",
    ),
    Fault(
        "staff.toml",
        'categories = ["facility"]',
        'categories = ["*", "facilty"]',
        "facilty",
        "staff[worker-1].categories",
        "neither a category nor a group",
    ),
    Fault(
        "departments.toml",
        "[[department]]",
        '[[department]]\ncode = "power"\nlabel_zh = "b"\nlabel_en = "b"\n\n[[department]]',
        "power",
        "department[power].code",
        "already used in line 3",
    ),
]

SERVICES = [
    Fault(
        "services.toml",
        'owner = ["grid_worker"]\ndepartment = "power"\n',
        "",
        "[[category]]",
        "category[facility.lighting]",
        "no owner: name a role",
    ),
    Fault(
        "services.toml",
        '["grid_worker"]',
        '["grid_worker", "organiser"]',
        "organiser",
        "category[facility.lighting].owner",
        'nobody in staff holds the role "organiser"',
    ),
    Fault(
        "staff.toml",
        '["facility"]',
        '["facility.lift"]',
        "",
        "category[facility.lighting].owner",
        "nobody who holds the role takes this category",
    ),
    Fault(
        "services.toml",
        'needs = ["place"]\ndepartment = "power"',
        'needs = ["place"]\ndepartment = "lifts"',
        "lifts",
        "category[facility.lift].department",
        'no department has the code "lifts"',
    ),
    Fault(
        "services.toml",
        '["place"]',
        '["place", "colour"]',
        "colour",
        "category[facility.lift].needs",
        '"colour" is neither a known need nor a question',
    ),
    Fault(
        "services.toml",
        'choices = [{ code = "today", zh = "今天", en = "Today" }]',
        "",
        "[[category.question]]",
        "category[facility.lighting].question[since]",
        "needs choices",
    ),
    Fault(
        "services.toml",
        'en = "Today" }]',
        'en = "Today" }, { code = "today", zh = "昨天", en = "Yesterday" }]',
        "choices",
        "category[facility.lighting].question[since].choices",
        "same code",
    ),
    Fault(
        "services.toml",
        "response_minutes = 30",
        "response_minutes = -30",
        "-30",
        "category[facility.lift].response_minutes",
        "greater than 0, not -30",
    ),
    Fault(
        "services.toml",
        "resolution_minutes = 480",
        "resolution_minutes = 0",
        "resolution_minutes = 0",
        "category[facility.lighting].resolution_minutes",
        "greater than 0, not 0",
    ),
    Fault(
        "services.toml",
        "response_minutes = 30",
        "response_minutes = 601",
        "601",
        "category[facility.lift].response_minutes",
        "due after the resolution (600)",
    ),
    Fault(
        "services.toml",
        '"facility.lift"',
        '"facility.lighting"',
        "facility.lighting",
        "category[facility.lighting].code",
        "already used in line 3",
    ),
    Fault(
        "services.toml",
        "duplicate_window_hours = 24",
        "duplicate_window_hours = 0",
        "hours = 0",
        "category[facility.lift].duplicate_window_hours",
        "only within 0 hours",
    ),
]

OTHERS = [
    Fault("emergencies.toml", '["119"]', "[]", "[]", "emergency[fire].numbers", "without numbers"),
    Fault(
        "emergencies.toml",
        '"(楼|院).{0,4}着火"',
        '"(楼|院.{0,4}着火"',
        "patterns",
        "emergency[fire].patterns[#1]",
        "not a regular expression",
    ),
    Fault(
        "emergencies.toml",
        "[[emergency]]",
        '[[emergency]]\nkind = "fire"\nlabel_zh = "b"\nlabel_en = "b"\nnumbers = ["119"]\n'
        "\n[[emergency]]",
        "fire",
        "emergency[fire].kind",
        "already used in line 5",
    ),
    Fault(
        "calendar.toml",
        '"14:30-18:00"',
        '"11:30-18:00"',
        "",
        "",
        "shifts 08:30-12:00 and 11:30-18:00 overlap",
    ),
    Fault("calendar.toml", '"14:30-18:00"', '"14:30"', "monday", "week.monday[#2]", "is written"),
    Fault("calendar.toml", "[2026-01-01]", '["soon"]', "holidays", "holidays[#1]", "not 'soon'"),
]

COUNCILS = [
    Fault(
        "councils.toml",
        'grid = "xg.01"',
        'grid = "xg.01.01"',
        "xg.01.01",
        "council[#1].grid",
        'no community grid has the code "xg.01.01"',
    ),
    Fault(
        "councils.toml",
        'secretary = "lead-01"',
        'secretary = "nobody"',
        "nobody",
        "council[#1].secretary",
        'no post has the code "nobody"',
    ),
    Fault(
        "councils.toml",
        '"council-01-owners"',
        '"council-01-unit"',
        "seats",
        "council[#1].seats",
        "a post has two seats",
    ),
    Fault(
        "councils.toml",
        '"building-010102"',
        '"building-020101"',
        "seats",
        "council[#1].seats[building_lead].post",
        "is not a post of this community",
    ),
    Fault(
        "councils.toml",
        "quorum_percent = 50",
        "quorum_percent = 0",
        "quorum_percent",
        "council[#1].quorum_percent",
        "greater than or equal to 1",
    ),
]


@pytest.mark.parametrize("fault", COUNCILS, ids=spoken)
def test_a_fault_of_the_councils_is_named(tmp_path, fault):
    copy = shutil.copytree(DEMO, tmp_path / "demo")
    text = (copy / fault.file).read_text(encoding="utf-8").replace(fault.old, fault.new, 1)
    (copy / fault.file).write_text(text, encoding="utf-8")
    with pytest.raises(DistrictError) as caught:
        load_district(copy)
    found = [p for p in caught.value.problems if fault.key == p.key and fault.reason in p.reason]
    assert found, str(caught.value)
    assert found[0].line is not None


SHAPES = [
    Fault(
        "grids.toml", 'parent = "xg"', 'parnt = "xg"', "parnt", "grid[xg.01].parnt", "unknown key"
    ),
    Fault("grids.toml", 'name = "一网格"\n', "", "[[grid]]", "grid[xg.01.01].name", "is missing"),
    Fault("staff.toml", 'code = "desk-power"\n', "", "[[staff]]", "staff[#2].code", "is missing"),
    Fault(
        "grids.toml",
        'number = "14"',
        "number = 14",
        "addresses",
        "grid[xg.01.01.02].addresses[#1].number",
        "valid string, not 14",
    ),
    Fault(
        "grids.toml",
        "units = 4",
        'units = "four"',
        "addresses",
        "grid[xg.01.01.01].addresses[#1].buildings[#1].units",
        "valid integer",
    ),
    Fault(
        "services.toml",
        'ask_en = "Since when?"',
        "ask_en = 5",
        "ask_en",
        "category[facility.lighting].question[since].ask_en",
        "valid string, not 5",
    ),
    Fault(
        "district.toml",
        'grids = "grids.toml"',
        'grid = "grids.toml"',
        "grid =",
        "files.grid",
        "unknown key",
    ),
    Fault("departments.toml", "[[department]]", "[[dept]]", "[[dept]]", "dept", "unknown key"),
]


@pytest.mark.parametrize(
    "fault", [*TREE, *OUTLINES, *STAFF, *SERVICES, *OTHERS, *SHAPES], ids=spoken
)
def test_a_fault_is_named_by_file_line_key_and_reason(folder, fault):
    edit(folder, fault.file, fault.old, fault.new)
    with pytest.raises(DistrictError) as caught:
        load_district(folder)
    message = str(caught.value)
    found = [p for p in caught.value.problems if fault.key == p.key and fault.reason in p.reason]
    assert found, message
    problem = found[0]
    lines = (folder / problem.file).read_text(encoding="utf-8").splitlines()
    if fault.line:
        assert problem.line is not None, message
        assert fault.line in lines[problem.line - 1]
        assert problem.file == fault.file
        assert f"{fault.file}:{problem.line}: {fault.key}: " in message
    assert fault.reason in message


@pytest.mark.parametrize("fault", [*OUTLINES, *STAFF[1:], *OTHERS[:2], *SHAPES[:3]], ids=spoken)
def test_a_fault_causes_no_others(folder, fault):
    edit(folder, fault.file, fault.old, fault.new)
    with pytest.raises(DistrictError) as caught:
        load_district(folder)
    assert len(caught.value.problems) == 1, str(caught.value)


def test_a_group_that_district_toml_does_not_name(folder):
    edit(folder, "district.toml", "facility =", "repairs =")
    with pytest.raises(DistrictError, match=r"services\.toml:4: .*group: .facility. is not one"):
        load_district(folder)


def test_no_grid_of_level_1(folder):
    edit(folder, "grids.toml", "level = 1", "level = 2")
    with pytest.raises(DistrictError, match=r"grids\.toml:2: grid: no sub-district"):
        load_district(folder)


def test_two_questions_with_one_code(folder):
    second = '[[category.question]]\ncode = "since"\nask_zh = "a"\nask_en = "a"\n\n'
    edit(folder, "services.toml", '[[category]]\ncode = "facility.lift"', second + "[[category]]")
    with pytest.raises(DistrictError, match="is missing"):
        load_district(folder)
    edit(folder, "services.toml", second + "[[category]]", second + '[[category]]\ncode = "a.b"')
    with pytest.raises(DistrictError, match=r"services\.toml:21: .*asked twice"):
        load_district(folder)


def test_unreadable_toml_has_line_and_column(folder):
    edit(folder, "staff.toml", 'role = "grid_worker"', 'role = "grid_worker')
    with pytest.raises(DistrictError, match=r"staff\.toml:5: not valid TOML: .* \(column \d+\)"):
        load_district(folder)


def test_toml_that_ends_too_early_has_its_last_line(folder):
    edit(folder, "calendar.toml", '"14:30-18:00"]\n', '"14:30-18:00"')
    with pytest.raises(
        DistrictError, match=r"calendar\.toml:5: not valid TOML: .* end of the file"
    ):
        load_district(folder)


def test_a_missing_file_is_named(folder):
    (folder / "staff.toml").unlink()
    with pytest.raises(DistrictError, match=r"staff\.toml: no such file"):
        load_district(folder)


def test_a_folder_without_district_toml(tmp_path):
    with pytest.raises(DistrictError, match=r"district\.toml: no such file"):
        load_district(tmp_path)


def test_a_file_that_is_not_utf_8(folder):
    (folder / "departments.toml").write_bytes('label_zh = "供电"'.encode("gb18030"))
    with pytest.raises(DistrictError, match=r"departments\.toml: cannot be read as UTF-8"):
        load_district(folder)


def test_the_faults_of_all_files_are_told_at_once(folder):
    edit(folder, "grids.toml", 'parent = "xg.01"\n', 'parent = "xg.77"\n')
    edit(folder, "services.toml", "response_minutes = 30", "response_minutes = -30")
    edit(folder, "calendar.toml", '"14:30-18:00"', '"18:00-14:30"')
    with pytest.raises(DistrictError) as caught:
        load_district(folder)
    files = {problem.file for problem in caught.value.problems}
    assert files == {"grids.toml", "services.toml", "calendar.toml"}
    assert "3 problems" in str(caught.value)


def test_a_sound_folder_loads_twice_alike(folder):
    assert load_district(folder) == load_district(folder)


def test_an_edit_is_seen_by_the_next_load(folder):
    before = load_district(folder)
    edit(folder, "district.toml", "示例街道", "别的街道")
    assert before.name_zh == "示例街道"
    assert load_district(folder).name_zh == "别的街道"


def test_one_number_may_be_shared_by_two_courtyards(folder):
    shared = 'number = "12", buildings = [{ name = "2" }] }]'
    edit(folder, "grids.toml", 'number = "14" }]', shared)
    assert len(load_district(folder).grids) == 5


def test_the_words_of_triage_stay_out_of_the_district(folder):
    (emergency,) = load_district(folder).emergencies
    assert emergency.model_dump().keys() == type(emergency).model_fields.keys()
    assert not hasattr(emergency, "phrases")


@pytest.mark.parametrize("nth", range(5))
@pytest.mark.parametrize("key", ["code", "name", "name_en", "level"])
def test_every_key_of_every_entry_is_found_in_its_own_line(nth, key):
    source = TomlSource("grids.toml", FILES["grids.toml"], {})
    line = source.line_of(("grid", nth, key))
    text = FILES["grids.toml"].splitlines()
    assert text[line - 1].startswith(f"{key} =")
    assert text[:line].count("[[grid]]") == nth + 1


@pytest.fixture(scope="module")
def demo():
    return load_district(DEMO)


class TestDemo:
    """The folder that comes with the program."""

    def test_it_has_134_grids(self, demo):
        levels = [grid.level for grid in demo.grids]
        assert [levels.count(level) for level in Level] == [1, 9, 34, 90]

    def test_every_courtyard_is_reached_from_the_root(self, demo):
        reached, todo = set(), [demo.root]
        while todo:
            grid = todo.pop()
            reached.add(grid.code)
            todo += demo.children_by_code[grid.code]
        assert reached == demo.node_by_code.keys()
        for grid in demo.grids:
            assert [up.level for up in demo.path(grid.code)] == list(range(grid.level, 0, -1))

    def test_the_real_communities_are_there_and_the_rest_is_marked_as_example(self, demo):
        real = {grid.name for grid in demo.grids if not grid.example}
        named = {"合水中路社区", "清水桥社区", "玉门街南社区", "中路北社区"}
        assert real == named | {"西固城街道"}
        assert all(member.example for member in demo.staff)

    def test_every_courtyard_has_addresses_and_an_outline_in_xigu(self, demo):
        for grid in demo.grids:
            if grid.level == Level.COURTYARD:
                assert grid.addresses
                assert len(grid.polygon) >= 3
                for lon, lat in grid.polygon:
                    assert 103.60 <= lon <= 103.64
                    assert 36.085 <= lat <= 36.105

    def test_the_addresses_of_the_guide_exist(self, demo):
        claims = [
            (grid, address)
            for grid in demo.grids
            for address in grid.addresses
            if (address.lane, address.number) == ("合水中路", "12")
        ]
        ((grid, address),) = claims
        assert grid.parent.startswith("xg.01.")
        (building,) = address.buildings
        assert building.units >= 3
        assert building.floors >= 4

    def test_building_5_of_yumen_street_south_is_one_building(self, demo):
        (community,) = [grid for grid in demo.grids if grid.name == "玉门街南社区"]
        fives = [
            building
            for grid in demo.grids
            if grid.code.startswith(community.code + ".")
            for address in grid.addresses
            for building in address.buildings
            if building.name == "5"
        ]
        assert [building.units >= 2 for building in fives] == [True]

    def test_every_grid_has_the_staff_it_needs(self, demo):
        posts = {(member.grid, member.role) for member in demo.staff}
        for grid in demo.grids:
            match grid.level:
                case Level.SUBDISTRICT:
                    needed = {Role.OFFICE, Role.DEPARTMENT, Role.LAWYER}
                case Level.COMMUNITY:
                    needed = {Role.GRID_LEAD, Role.ORGANISER}
                case Level.UNIT:
                    needed = {Role.GRID_LEAD, Role.GRID_WORKER}
                case _:
                    needed = {Role.BUILDING_LEAD}
            assert {(grid.code, role) for role in needed} <= posts

    def test_every_member_of_staff_can_be_told_apart(self, demo):
        assert len({member.name for member in demo.staff}) == len(demo.staff)
        assert len({member.telegram_id for member in demo.staff}) == len(demo.staff)
        assert all(member.phone.startswith("0931-000-") for member in demo.staff)

    def test_it_loads_quickly(self):
        began = time.process_time()
        load_district(DEMO)
        assert time.process_time() - began < 0.4
