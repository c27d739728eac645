"""Reads the sub-district's folder of TOML files into one validated `District`.

Every fault is reported with its file, line or key, and reason, as many at a time as can be told
apart: an operator mends a folder in few rounds. Nothing here is kept between calls, so that a
running program can load the folder again and put the new tree in place of the old.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.district_checks import (
    check_councils,
    check_emergencies,
    check_grids,
    check_services,
    check_staff,
    check_unique,
)
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
from bot.toml_source import Model, Problem, TomlFault, read_toml, validate
from models.district import District
from models.worktime import WorkCalendar

ENTRY_FILE = "district.toml"
"""The file of the folder that names the others."""


class DistrictError(Exception):
    """The folder cannot be used; `problems` says why, one line each in the message."""

    def __init__(self, folder: Path, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        listed = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"{folder}: {count}\n{listed}")


def load_district(folder: Path) -> District:
    """The sub-district described in `folder` (its `district.toml` names the other files).

    Raises DistrictError with everything that is wrong.
    """
    problems: list[Problem] = []
    main = _load(folder / ENTRY_FILE, DistrictFile, problems)
    if main is None:
        raise DistrictError(folder, problems)
    files = main.value.files
    grids = _load(folder / files.grids, GridsFile, problems)
    staff = _load(folder / files.staff, StaffFile, problems)
    departments = _load(folder / files.departments, DepartmentsFile, problems)
    services = _load(folder / files.services, ServicesFile, problems)
    emergencies = _load(folder / files.emergencies, EmergenciesFile, problems)
    calendar = _load(folder / files.calendar, WorkCalendar, problems)
    councils = _load(folder / files.councils, CouncilsFile, problems) if files.councils else None

    if grids:
        problems += check_grids(grids)
    if departments:
        problems += check_unique(departments, "department", departments.value.department, "code")
    if emergencies:
        problems += check_emergencies(emergencies)
    if grids and staff and departments and services:
        problems += check_staff(staff, grids.value, departments.value, services.value)
        if councils:
            problems += check_councils(councils, grids.value, staff.value)
        problems += check_services(services, main.value, staff.value, departments.value)
    if problems or not (grids and staff and departments and services and emergencies and calendar):
        raise DistrictError(folder, problems)
    return District(
        name_zh=main.value.name_zh,
        name_en=main.value.name_en,
        grids=grids.value.grid,
        staff=staff.value.staff,
        departments=departments.value.department,
        categories=services.value.category,
        groups=main.value.groups,
        emergencies=tuple(entry.emergency() for entry in emergencies.value.emergency),
        calendar=calendar.value,
        councils=councils.value.council if councils else (),
    )


def _load(path: Path, model: type[Model], problems: list[Problem]) -> Loaded[Model] | None:
    """The file as `model`, or None after adding what is wrong with it to `problems`."""
    try:
        source = read_toml(path)
        return Loaded(source, validate(source, model))
    except TomlFault as fault:
        problems.extend(fault.problems)
        return None
