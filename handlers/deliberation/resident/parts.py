"""What many screens of the seven steps share: names, places, cut texts, and the words of a name."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.deliberation.resident.choosing import NONE_OF_THESE
from handlers.places import name_of
from handlers.turn import Turn
from models.deliberation.ballot import Ballot
from models.deliberation.core import Deliberation
from models.district import Staff

TEXT = 600
"""Characters of a text in a list; a message must stay under 4,096."""
ON_BUTTON = 24


def short(text: str, length: int = TEXT) -> str:
    """The text on at most `length` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


def areas(turn: Turn, grids: Iterable[str]) -> list[str]:
    """The names of grids, in the reader's language; codes that the files lost are left out."""
    known = turn.work.district.node_by_code
    return [name_of(known[code], turn.t.locale) for code in grids if code in known]


def board(turn: Turn, deliberation: Deliberation) -> str:
    """The address of its public page; empty while no board is served."""
    site = turn.work.services.site
    return f"{site}/board/d/{deliberation.number}" if site else ""


def staff_name(turn: Turn, code: str | None) -> str:
    """Name and title of a post in the reader's language; empty for none."""
    staff: Staff | None = turn.work.district.staff_by_code.get(code or "")
    if staff is None:
        return ""
    if turn.t.locale.startswith("zh"):
        return f"{staff.name}（{staff.title}）" if staff.title else staff.name
    name, title = staff.name_en or staff.name, staff.title_en or staff.title
    return f"{name} ({title})" if title else name


def titles(turn: Turn, ballot: Ballot) -> dict[str, str]:
    """The options of a ballot, key to title; the status quo in the reader's language."""
    found = {str(one["key"]): str(one["title"]) for one in ballot.header["options"]}
    if NONE_OF_THESE in found:
        found[NONE_OF_THESE] = turn.t.label("discuss.status_quo")
    return found


def winner(turn: Turn, ballot: Ballot) -> str:
    """What a closed ballot with its quorum decided, with its letter; empty when it did not."""
    result = ballot.result or {}
    key = str(result.get("winner"))
    found = titles(turn, ballot)
    if not result.get("valid") or key not in found:
        return ""
    if key == NONE_OF_THESE:
        return found[key]
    return turn.t.label("discuss.option", letter=key, title=found[key])
