"""TOML files that can say where they are wrong: file, line, key and a plain reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Loc = Sequence[str | int]
"""The way to a value: `("grid", 3, "parent")` is the parent of the fourth `[[grid]]`."""

Model = TypeVar("Model", bound=BaseModel)

_HEADER = re.compile(r"\s*\[(?P<array>\[)?\s*(?P<path>[\w.\-]+)\s*\]")
_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)")
_NAMING_KEYS = ("code", "kind")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a file. `line` counts from 1 and is None where it cannot be known."""

    file: str
    line: int | None
    key: str
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.key, self.reason) if part)


class TomlFault(Exception):
    """A file that cannot be used at all, or values in it of the wrong shape."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class TomlSource:
    """A TOML file as read: its name, its text and its data."""

    name: str
    text: str
    data: dict[str, Any]

    def problem(self, loc: Loc, reason: str) -> Problem:
        """A fault at `loc`, with the line found in the text."""
        return Problem(self.name, self.line_of(loc), self._key(loc), reason)

    def line_of(self, loc: Loc) -> int | None:
        """The line (from 1) of the value at `loc`, or of the nearest key or table around it.

        A search of the text, since the parser keeps no positions: a value inside an inline table
        or array is given the line of its key.
        """
        lines = self.text.splitlines()
        begin, end, path, found = 0, len(lines), "", None
        rest = list(loc)
        while rest:
            key = str(rest.pop(0))
            path = f"{path}.{key}" if path else key
            nth = rest[0] if rest and isinstance(rest[0], int) else None
            table = _table(lines, (begin, end), path, nth)
            if table is None:
                return _key_line(lines, (begin, end), key) or found
            begin, end = table
            found = begin
            rest = rest[nth is not None :]
        return found

    def _key(self, loc: Loc) -> str:
        """`grid[xg.01].parent`: an entry is called by its code or, without one, `#2`."""
        value: Any = self.data
        text = ""
        for part in loc:
            value = _step(value, part)
            if isinstance(part, int):
                text += f"[{_name(value) or f'#{part + 1}'}]"
            else:
                text += f".{part}" if text else part
        return text


def read_toml(path: Path) -> TomlSource:
    """The parsed file. Raises TomlFault, with line and column where the parser knows them."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TomlFault([Problem(path.name, None, "", f"no such file in {path.parent}")]) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = f"cannot be read as UTF-8 text: {error}"
        raise TomlFault([Problem(path.name, None, "", reason)]) from error
    try:
        return TomlSource(path.name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TomlFault([_syntax_problem(path.name, text, str(error))]) from error


def validate(source: TomlSource, model: type[Model]) -> Model:
    """The file's data as `model`. Raises TomlFault with every value of the wrong shape."""
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise TomlFault([source.problem(f["loc"], _reason(f)) for f in faults]) from error


def _syntax_problem(name: str, text: str, message: str) -> Problem:
    where = _POSITION.search(message)
    reason = "not valid TOML: " + _POSITION.sub("", message)
    if where is None:
        return Problem(name, None, "", reason)
    if where[1] is None:
        return Problem(name, len(text.splitlines()), "", f"{reason} at the end of the file")
    return Problem(name, int(where[1]), "", f"{reason} (column {where[2]})")


def _reason(fault: ErrorDetails) -> str:
    """pydantic's finding in the words of somebody who edits the file."""
    given = fault["input"]
    match fault["type"]:
        case "extra_forbidden":
            return "unknown key"
        case "missing":
            return "is missing"
        case "value_error":
            return str(fault["ctx"]["error"])
        case _ if isinstance(given, dict | list | tuple | set | frozenset):
            return fault["msg"]
        case _:
            return f"{fault['msg']}, not {given!r}"


def _table(
    lines: list[str], span: tuple[int, int], path: str, nth: int | None
) -> tuple[int, int] | None:
    """Rows of the table `[path]`, or of the `nth` (from 0) `[[path]]`, from below its header on.

    Tables below it (`[[path.child]]`) belong to it.
    """
    headers = [
        (row, match["path"])
        for row in range(*span)
        if (match := _HEADER.match(lines[row])) and (match["path"] + ".").startswith(path + ".")
    ]
    starts = [row for row, name in headers if name == path]
    if len(starts) <= (nth or 0):
        return None
    start = starts[nth or 0]
    below = range(start + 1, span[1])
    end = next((row for row in below if _ends(lines[row], path)), span[1])
    return start + 1, end


def _ends(line: str, path: str) -> bool:
    header = _HEADER.match(line)
    return header is not None and not header["path"].startswith(path + ".")


def _key_line(lines: list[str], span: tuple[int, int], key: str) -> int | None:
    """The line (from 1) where `key = …` stands before the next table begins."""
    assignment = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]")
    for row in range(*span):
        if assignment.match(lines[row]):
            return row + 1
        if _HEADER.match(lines[row]):
            return None
    return None


def _step(value: Any, part: str | int) -> Any:
    """The next value on the way, or None where the way ends (a missing key)."""
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _name(entry: Any) -> str | None:
    """What an entry calls itself, if it does."""
    if not isinstance(entry, dict):
        return None
    names = (entry.get(key) for key in _NAMING_KEYS)
    return next((name for name in names if isinstance(name, str)), None)
