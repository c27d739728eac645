"""The sub-district as data: the grid tree, its staff, departments and service catalogue.

These are validated value objects, read once at the start (`bot.district`) and passed on; no table
holds them, so that the tree in the files and the tree in use can never differ. Tables refer to
nodes and staff by their codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.worktime import WorkCalendar

ClockKind = Literal["working", "clock"]
Need = str


class Frozen(BaseModel):
    """A value that never changes after validation; an unknown key is an error, not a typo lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class Level(IntEnum):
    """The four levels of the grid (FACTS: 四级网格)."""

    SUBDISTRICT = 1
    COMMUNITY = 2
    UNIT = 3
    COURTYARD = 4


class Role(StrEnum):
    """What a member of staff may be asked to do (DESIGN: the people)."""

    VOLUNTEER = "volunteer"
    BUILDING_LEAD = "building_lead"
    GRID_WORKER = "grid_worker"
    GRID_LEAD = "grid_lead"
    ORGANISER = "organiser"
    DEPARTMENT = "department"
    LAWYER = "lawyer"
    COUNCIL_MEMBER = "council_member"
    OFFICE = "office"


class Building(Frozen):
    """One building: `name` is its number or letter; `units` counts entrances, `floors` storeys."""

    name: str
    units: int = Field(default=1, ge=1, le=30)
    floors: int = Field(default=7, ge=1, le=60)
    doors_per_floor: int = Field(default=2, ge=1, le=40)


class Address(Frozen):
    """A street number and its buildings; no buildings means the number is one building."""

    lane: str = Field(min_length=1)
    number: str = Field(min_length=1)
    buildings: tuple[Building, ...] = ()


class GridNode(Frozen):
    """One grid of the tree. `polygon` is (longitude, latitude) in degrees, WGS 84."""

    code: str = Field(pattern=r"^[a-z]{2,8}(\.\d{2}){0,3}$")
    name: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    level: Level
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    polygon: tuple[tuple[float, float], ...] = ()
    property_phone: str | None = None
    example: bool = False


class Staff(Frozen):
    """A post in a grid and who holds it. `telegram_id` presets the account (demo only);

    a real person binds theirs with a single-use invitation. `categories` are category codes,
    groups (`hazard`), or `*` for all.
    """

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{1,31}$")
    name: str = Field(min_length=1)
    name_en: str = ""
    role: Role
    grid: str
    title: str = ""
    title_en: str = ""
    categories: tuple[str, ...] = ("*",)
    department: str | None = None
    phone: str | None = None
    telegram_id: int | None = None
    on_duty: bool = True
    example: bool = False


class Seat(Frozen):
    """One seat of a residents' council: the post that holds it, and for whom it speaks."""

    post: str
    """Code of a post in the staff file."""
    kind: Literal["member_unit", "property", "owners", "residents", "building_lead"]
    """Member unit, property company, owners' committee, residents' delegate, building lead
    (FACTS, 居民议事会)."""


class Council(Frozen):
    """The residents' council (居民议事会) of one community."""

    grid: str
    """Code of the community."""
    name_zh: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    secretary: str
    """Code of the post that keeps roll and minutes."""
    quorum_percent: int = Field(default=50, ge=1, le=100)
    """More than this share of the seats, those that stand aside left out, must take part."""
    majority_percent: int = Field(default=50, ge=1, le=99)
    """A motion passes with more than this share of yes among yes and no."""
    seats: tuple[Seat, ...] = Field(min_length=3)
    example: bool = False


class Department(Frozen):
    """A unit outside the grid to which a ticket can be forwarded (物业, 供水, …)."""

    code: str
    label_zh: str
    label_en: str
    phone: str | None = None


class Choice(Frozen):
    """One answer offered as a button."""

    code: str
    zh: str
    en: str


class Question(Frozen):
    """What a category must still know; asked one at a time."""

    code: str
    ask_zh: str
    ask_en: str
    kind: Literal["choice", "text", "time"] = "text"
    choices: tuple[Choice, ...] = ()
    optional: bool = False


class Category(Frozen):
    """One entry of the service catalogue. Minutes are working or clock minutes, as `clock` says."""

    code: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    group: str
    label_zh: str
    label_en: str
    hint_zh: str = ""
    hint_en: str = ""
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ("place", "details")
    question: tuple[Question, ...] = ()
    owner: tuple[Role, ...] = ()
    department: str | None = None
    urgency: Literal["urgent", "normal", "consult"] = "normal"
    clock: ClockKind = "working"
    response_minutes: int = Field(gt=0)
    resolution_minutes: int = Field(gt=0)
    expect_photo_proof: bool = False
    duplicates_radius: Literal["building", "courtyard", "none"] = "none"
    duplicate_window_hours: int = Field(default=72, ge=0)
    private: bool = False
    about_staff: bool = False

    def label(self, locale: str) -> str:
        """The category's name in the person's language."""
        return self.label_zh if locale.startswith("zh") else self.label_en


class Emergency(Frozen):
    """A danger that is answered at once with a number to call; nothing is asked first."""

    kind: str
    label_zh: str
    label_en: str
    numbers: tuple[str, ...]
    advice_zh: tuple[str, ...] = ()
    advice_en: tuple[str, ...] = ()
    property_phone: bool = False


class District(Frozen):
    """Everything that differs from one sub-district to the next, validated as a whole."""

    name_zh: str
    name_en: str
    grids: tuple[GridNode, ...]
    staff: tuple[Staff, ...]
    departments: tuple[Department, ...]
    categories: tuple[Category, ...]
    groups: dict[str, tuple[str, str]]
    """Group code → (Chinese, English) label."""
    emergencies: tuple[Emergency, ...]
    calendar: WorkCalendar
    councils: tuple[Council, ...] = ()

    @cached_property
    def node_by_code(self) -> dict[str, GridNode]:
        """Every grid by its dotted code."""
        return {node.code: node for node in self.grids}

    @cached_property
    def children_by_code(self) -> dict[str, tuple[GridNode, ...]]:
        """Direct children of every grid, in file order."""
        children: dict[str, list[GridNode]] = {node.code: [] for node in self.grids}
        for node in self.grids:
            if node.parent is not None:
                children[node.parent].append(node)
        return {code: tuple(nodes) for code, nodes in children.items()}

    @cached_property
    def category_by_code(self) -> dict[str, Category]:
        """Every category by its code."""
        return {category.code: category for category in self.categories}

    @cached_property
    def staff_by_code(self) -> dict[str, Staff]:
        """Every post by its code."""
        return {member.code: member for member in self.staff}

    @cached_property
    def department_by_code(self) -> dict[str, Department]:
        """Every outside department by its code."""
        return {department.code: department for department in self.departments}

    @cached_property
    def emergency_by_kind(self) -> dict[str, Emergency]:
        """Every emergency by its kind."""
        return {emergency.kind: emergency for emergency in self.emergencies}

    @cached_property
    def council_by_grid(self) -> dict[str, Council]:
        """Every residents' council by the code of its community."""
        return {council.grid: council for council in self.councils}

    @property
    def root(self) -> GridNode:
        """The sub-district grid."""
        return next(node for node in self.grids if node.parent is None)

    def path(self, code: str) -> tuple[GridNode, ...]:
        """The grid and its ancestors, lowest first, ending at the sub-district."""
        return tuple(self._climb(code))

    def ancestor(self, code: str, level: Level) -> GridNode | None:
        """The grid of that level on the way up from `code`, or None when `code` is above it."""
        return next((node for node in self._climb(code) if node.level == level), None)

    def _climb(self, code: str | None) -> Iterator[GridNode]:
        while code is not None:
            node = self.node_by_code[code]
            yield node
            code = node.parent


def covers(grid: str, other: str) -> bool:
    """Whether grid code `grid` is `other` or one of its ancestors."""
    return other == grid or other.startswith(grid + ".")
