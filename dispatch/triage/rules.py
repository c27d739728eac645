"""What triage must know of the service catalogue, without depending on its loader."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NONE = "none"
"""The code of a sentence that is no matter at all: greeting, thanks, chat, gibberish."""


class RulesError(ValueError):
    """The catalogue or the emergency file cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class EmergencyRule:
    """One kind of emergency.

    `phrases` and `patterns` (regular expressions) recognise it in text as `normalise.plain`
    gives it; what `negations` match is blotted out before.
    """

    kind: str
    phrases: tuple[str, ...]
    patterns: tuple[str, ...]
    negations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TriageRules:
    """Categories with their words, and the emergencies.

    `codes` leaves out "none". `negations` are blotted out for every kind of emergency; `cancel`
    marks a danger that is over or only imagined.
    """

    codes: tuple[str, ...]
    keywords: dict[str, tuple[str, ...]]
    examples: dict[str, tuple[str, ...]]
    emergencies: tuple[EmergencyRule, ...] = ()
    negations: tuple[str, ...] = ()
    cancel: tuple[str, ...] = field(default=())


def load_rules(services_toml: Path, emergencies_toml: Path) -> TriageRules:
    """Read both files.

    Raises `RulesError` for a missing key, a category given twice or a broken regular expression,
    `OSError` for a missing file and `tomllib.TOMLDecodeError` for broken TOML.
    """
    services = tomllib.loads(services_toml.read_text(encoding="utf-8"))
    dangers = tomllib.loads(emergencies_toml.read_text(encoding="utf-8"))
    codes: list[str] = []
    keywords: dict[str, tuple[str, ...]] = {}
    examples: dict[str, tuple[str, ...]] = {}
    for number, entry in enumerate(services.get("category", ()), start=1):
        where = f"{services_toml.name}: category {number}"
        code = str(_required(entry, "code", where))
        if code in keywords or code == NONE:
            raise RulesError(f"{where}: code {code!r} is taken")
        codes.append(code)
        keywords[code] = _texts(entry, "keywords", where)
        examples[code] = _texts(entry, "examples", where)
    if not codes:
        raise RulesError(f"{services_toml.name}: no category")
    return TriageRules(
        codes=tuple(codes),
        keywords=keywords,
        examples=examples,
        emergencies=tuple(
            _emergency(entry, f"{emergencies_toml.name}: emergency {number}")
            for number, entry in enumerate(dangers.get("emergency", ()), start=1)
        ),
        negations=_patterns(dangers, "negations", emergencies_toml.name),
        cancel=_patterns(dangers, "cancel", emergencies_toml.name),
    )


def _emergency(entry: dict[str, Any], where: str) -> EmergencyRule:
    return EmergencyRule(
        kind=str(_required(entry, "kind", where)),
        phrases=_texts(entry, "phrases", where),
        patterns=_patterns(entry, "patterns", where),
        negations=_patterns(entry, "negations", where),
    )


def _required(entry: dict[str, Any], key: str, where: str) -> object:
    if key not in entry:
        raise RulesError(f"{where}: {key} is missing")
    value: object = entry[key]
    return value


def _texts(entry: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RulesError(f"{where}: {key} must be a list of texts")
    return tuple(value)


def _patterns(entry: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    patterns = _texts(entry, key, where)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise RulesError(f"{where}: {key}: {pattern!r}: {error}") from error
    return patterns
