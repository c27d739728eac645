"""The shape of each file in the sub-district's folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Generic

from pydantic import AfterValidator

from bot.toml_source import Model, TomlSource
from models.district import Category, Council, Department, Emergency, Frozen, GridNode, Staff


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f'"{pattern}" is not a regular expression: {error}') from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class Files(Frozen):
    """Names of the other files, relative to the folder."""

    grids: str = "grids.toml"
    staff: str = "staff.toml"
    departments: str = "departments.toml"
    services: str = "services.toml"
    emergencies: str = "emergencies.toml"
    calendar: str = "calendar.toml"
    councils: str | None = None
    """Left out: no residents' councils, so no deliberations."""


class DistrictFile(Frozen):
    """district.toml: the sub-district's name, its other files, the groups of its catalogue."""

    name_zh: str
    name_en: str
    files: Files = Files()
    groups: dict[str, tuple[str, str]]


class GridsFile(Frozen):
    """grids.toml: the tree, one `[[grid]]` for each node."""

    grid: tuple[GridNode, ...]


class StaffFile(Frozen):
    """staff.toml: one `[[staff]]` for each post."""

    staff: tuple[Staff, ...]


class CouncilsFile(Frozen):
    """councils.toml: one `[[council]]` for each community that has one."""

    council: tuple[Council, ...] = ()


class DepartmentsFile(Frozen):
    """departments.toml: one `[[department]]` for each outside body."""

    department: tuple[Department, ...] = ()


class ServicesFile(Frozen):
    """services.toml: one `[[category]]` for each service."""

    category: tuple[Category, ...]


class EmergencyEntry(Emergency):
    """An emergency with the words by which triage knows it; the district keeps the rest."""

    phrases: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    negations: tuple[Pattern, ...] = ()

    def emergency(self) -> Emergency:
        """The entry without the words of triage."""
        kept = Emergency.model_fields.keys()
        return Emergency.model_construct(**{name: getattr(self, name) for name in kept})


class EmergenciesFile(Frozen):
    """emergencies.toml: one `[[emergency]]` for each danger answered at once.

    `negations` and `cancel` hold for every kind; only triage uses them.
    """

    emergency: tuple[EmergencyEntry, ...]
    negations: tuple[Pattern, ...] = ()
    cancel: tuple[Pattern, ...] = ()


@dataclass(frozen=True)
class Loaded(Generic[Model]):
    """A file's contents together with its text, for telling lines."""

    source: TomlSource
    value: Model
