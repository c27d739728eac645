"""What the staff screens share: confirmations, ways back, lists of posts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from handlers.deliberation.views import open_screen
from handlers.forms import Option, Values
from handlers.forms.model import Options
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.steps import Capacity
from models.district import Staff
from models.errors import NotFound
from workflows.deliberation.access import load, require

T = TypeVar("T")

TEXT = 300
"""Characters of one entry of a list."""
LISTED = 8
"""Entries of a list in one message."""
RUNNING_IT = (Capacity.ORGANISER, Capacity.SECRETARY, Capacity.COUNCIL, Capacity.OFFICE)


def short(text: str, length: int = TEXT) -> str:
    """The text on at most `length` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


async def said_done(turn: Turn, what: str, deliberation: Deliberation, text: str = "") -> None:
    """A short confirmation in place of the screen; what comes next is a message of its own."""
    await turn.show(turn.t("council/done", what=what, d=deliberation, text=text))


async def deliberation_of(turn: Turn, values: Values) -> Deliberation:
    """The deliberation that a form is about. Raises NotFound."""
    return await load(turn.work, values["d"], lock=False)


async def check_runs(turn: Turn, deliberation: Deliberation, *capacities: Capacity) -> None:
    """Raises ActionNotAllowed for whom the screen is not meant."""
    await require(turn.work, turn.person, deliberation, *(capacities or RUNNING_IT))


def back_to(screen: str, key: str = "") -> Callable[[Turn, Values], Awaitable[None]]:
    """What happens when a form is cancelled: its screen again, with the id that `key` holds."""

    async def go(turn: Turn, values: Values) -> None:
        await open_screen(turn, screen, values["d"], int(values.get(key) or 0))

    return go


def post_name(turn: Turn, code: str | None) -> str:
    """Name and title of a post in the reader's language; empty for none."""
    staff = turn.work.district.staff_by_code.get(code or "")
    return "" if staff is None else person_name(turn, staff)


def person_name(turn: Turn, staff: Staff) -> str:
    """Name and title of who holds a post, in the reader's language."""
    chinese = turn.t.locale.startswith("zh")
    name = staff.name if chinese or not staff.name_en else staff.name_en
    title = staff.title if chinese or not staff.title_en else staff.title_en
    return turn.t.label("council.person", name=name, title=title)


def posts(turn: Turn, codes: Iterable[str]) -> list[Option]:
    """Posts as answers, by name; those that the files lost are left out."""
    known = turn.work.district.staff_by_code
    return [Option(code, person_name(turn, known[code])) for code in codes if code in known]


def suggestions(*labels: str) -> Options:
    """Sentences that are often wanted, as buttons beside the free words."""

    async def options(turn: Turn, values: Values) -> Sequence[Option]:
        words = [turn.t.label(f"council.{label}") for label in labels]
        return [Option(word, word) for word in words]

    return options


def choices(prefix: str, *values: str) -> Options:
    """Fixed answers; their words are labels `council.<prefix>_<value>`."""

    async def options(turn: Turn, answers: Values) -> Sequence[Option]:
        return [Option(v, turn.t.label(f"council.{prefix}_{v}")) for v in values]

    return options


def found(row: T | None, what: str) -> T:
    """The row. Raises NotFound."""
    if row is None:
        raise NotFound(what)
    return row
