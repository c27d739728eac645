"""Rules between the entries of the sub-district's files: each yields what breaks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from bot.district_files import (
    CouncilsFile,
    DepartmentsFile,
    DistrictFile,
    EmergenciesFile,
    GridsFile,
    Loaded,
    ServicesFile,
    StaffFile,
)
from bot.grid_checks import check_addresses, check_polygons, check_tree
from bot.toml_source import Model, Problem, TomlSource
from models.district import Category, Frozen, Level, Role, Staff, covers

KNOWN_NEEDS = frozenset({"place", "place_rough", "details", "photo"})
"""What the intake knows how to ask for; any other need is a question of the same category."""

ALL_CATEGORIES = "*"


def check_unique(
    file: Loaded[Model], table: str, rows: Sequence[Frozen], key: str
) -> Iterator[Problem]:
    """No two entries of `[[table]]` have the same `key`; None does not count."""
    seen: dict[Hashable, int] = {}
    for i, row in enumerate(rows):
        value = getattr(row, key)
        if value is None:
            continue
        first = seen.setdefault(value, i)
        if first != i:
            line = file.source.line_of((table, first, key))
            reason = f'"{value}" is already used' + (f" in line {line}" if line else "")
            yield file.source.problem((table, i, key), reason)


def check_grids(file: Loaded[GridsFile]) -> Iterator[Problem]:
    """Codes, tree, addresses and outlines of the grid."""
    nodes = file.value.grid
    yield from check_unique(file, "grid", nodes, "code")
    yield from check_tree(file.source, nodes)
    yield from check_addresses(file.source, nodes)
    yield from check_polygons(file.source, nodes)


def check_staff(
    file: Loaded[StaffFile],
    grids: GridsFile,
    departments: DepartmentsFile,
    services: ServicesFile,
) -> Iterator[Problem]:
    """Posts refer to grids, departments and categories that exist; codes, accounts are unique."""
    source, posts = file.source, file.value.staff
    yield from check_unique(file, "staff", posts, "code")
    yield from check_unique(file, "staff", posts, "telegram_id")
    codes = {node.code for node in grids.grid}
    bodies = {department.code for department in departments.department}
    known = {ALL_CATEGORIES}.union(*({c.code, c.group} for c in services.category))
    for i, post in enumerate(posts):
        if post.grid not in codes:
            yield source.problem(("staff", i, "grid"), f'no grid has the code "{post.grid}"')
        if post.department is not None and post.department not in bodies:
            reason = f'no department has the code "{post.department}"'
            yield source.problem(("staff", i, "department"), reason)
        if post.role == Role.DEPARTMENT and post.department is None:
            reason = "a post of a department must name it: department is missing"
            yield source.problem(("staff", i, "role"), reason)
        for name in post.categories:
            if name not in known:
                reason = f'"{name}" is neither a category nor a group of the catalogue'
                yield source.problem(("staff", i, "categories"), reason)


def check_services(
    file: Loaded[ServicesFile],
    district: DistrictFile,
    staff: StaffFile,
    departments: DepartmentsFile,
) -> Iterator[Problem]:
    """Every category has an owner, times that can be kept, and needs that can be asked for."""
    source, categories = file.source, file.value.category
    yield from check_unique(file, "category", categories, "code")
    bodies = {department.code for department in departments.department}
    for i, category in enumerate(categories):
        yield from _check_owner(source, i, category, staff.staff)
        yield from _check_questions(source, i, category)
        if category.group not in district.groups:
            reason = f'"{category.group}" is not one of the groups of district.toml'
            yield source.problem(("category", i, "group"), reason)
        if category.department is not None and category.department not in bodies:
            reason = f'no department has the code "{category.department}"'
            yield source.problem(("category", i, "department"), reason)
        if category.response_minutes > category.resolution_minutes:
            reason = (
                f"the response ({category.response_minutes} minutes) is due after the resolution "
                f"({category.resolution_minutes})"
            )
            yield source.problem(("category", i, "response_minutes"), reason)
        if category.duplicates_radius != "none" and category.duplicate_window_hours == 0:
            reason = "duplicates are looked for, but only within 0 hours"
            yield source.problem(("category", i, "duplicate_window_hours"), reason)


def _check_owner(
    source: TomlSource, i: int, category: Category, posts: Sequence[Staff]
) -> Iterator[Problem]:
    """An owner is a role or a department; each role must be held, and one holder take it."""
    if not category.owner and category.department is None:
        yield source.problem(("category", i), "no owner: name a role in owner, or a department")
    held = {post.role for post in posts}
    vacant = [role for role in category.owner if role not in held]
    for role in vacant:
        reason = f'no owner: nobody in staff holds the role "{role}"'
        yield source.problem(("category", i, "owner"), reason)
    takers = {ALL_CATEGORIES, category.code, category.group}
    holders = [post for post in posts if post.role in category.owner]
    if holders and not any(takers.intersection(post.categories) for post in holders):
        reason = "no owner: nobody who holds the role takes this category"
        yield source.problem(("category", i, "owner"), reason)


def _check_questions(source: TomlSource, i: int, category: Category) -> Iterator[Problem]:
    asked = Counter(question.code for question in category.question)
    for need in category.needs:
        if need not in KNOWN_NEEDS and need not in asked:
            known = ", ".join(sorted(KNOWN_NEEDS | asked.keys()))
            reason = f'"{need}" is neither a known need nor a question here (known: {known})'
            yield source.problem(("category", i, "needs"), reason)
    for j, question in enumerate(category.question):
        where = ("category", i, "question", j)
        if asked[question.code] > 1:
            yield source.problem((*where, "code"), f'"{question.code}" is asked twice')
        if question.kind == "choice" and not question.choices:
            yield source.problem(where, "a question of kind choice needs choices")
        if len({choice.code for choice in question.choices}) < len(question.choices):
            yield source.problem((*where, "choices"), "two choices have the same code")


def check_emergencies(file: Loaded[EmergenciesFile]) -> Iterator[Problem]:
    """Every emergency is listed once and gives a number to call."""
    yield from check_unique(file, "emergency", file.value.emergency, "kind")
    for i, emergency in enumerate(file.value.emergency):
        if not emergency.numbers:
            reason = "an emergency without numbers to call helps nobody"
            yield file.source.problem(("emergency", i, "numbers"), reason)


def check_councils(
    file: Loaded[CouncilsFile], grids: GridsFile, staff: StaffFile
) -> Iterator[Problem]:
    """A council belongs to a community; its seats and secretary are posts below that community."""
    source, councils = file.source, file.value.council
    yield from check_unique(file, "council", councils, "grid")
    level = {node.code: node.level for node in grids.grid}
    post_grid = {post.code: post.grid for post in staff.staff}
    for i, council in enumerate(councils):
        if level.get(council.grid) is not Level.COMMUNITY:
            reason = f'no community grid has the code "{council.grid}"'
            yield source.problem(("council", i, "grid"), reason)
        if council.secretary not in post_grid:
            reason = f'no post has the code "{council.secretary}"'
            yield source.problem(("council", i, "secretary"), reason)
        if len({seat.post for seat in council.seats}) < len(council.seats):
            yield source.problem(("council", i, "seats"), "a post has two seats")
        for j, seat in enumerate(council.seats):
            where = ("council", i, "seats", j, "post")
            if seat.post not in post_grid:
                yield source.problem(where, f'no post has the code "{seat.post}"')
            elif not covers(council.grid, post_grid[seat.post]):
                yield source.problem(where, f'"{seat.post}" is not a post of this community')
