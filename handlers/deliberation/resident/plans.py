"""Topics and plan options: to read and to compare."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.deliberation.resident.parts import board, short
from handlers.deliberation.views import screen
from handlers.keyboards import discuss as buttons
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.difference import Piece
from models.deliberation.plan import PlanOption
from models.deliberation.steps import Step
from models.errors import NotFound
from workflows.deliberation.board.opinions import read_opinions, read_topics
from workflows.deliberation.board.parts import OptionView, VersionView
from workflows.deliberation.board.plans import read_options
from workflows.deliberation.lists import card_of

SAID = 3
"""So many opinions are named behind a topic."""
IN_LIST = 160
IN_FULL = 500
ROOM = 2600
"""Characters of differences in one message; the board has them all."""
CHANGED, UNCHANGED = 120, 24
"""So much of a changed stretch is shown, and of one that only stands between two."""


@screen("topics")
async def topics(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What the council made of the opinions."""
    _view, shown = await read_opinions(turn.work, deliberation)
    _titles, found = await read_topics(turn.work, deliberation, shown)
    await turn.show(
        turn.t(
            "discuss/topics",
            d=deliberation,
            topics=[
                {
                    "title": topic.title,
                    "summary": short(topic.summary, IN_FULL),
                    "count": len(topic.opinions),
                    "opinions": [short(line.text, 80) for line in topic.opinions[:SAID]],
                }
                for topic in found
            ],
        ),
        buttons.only_back(turn.t, deliberation.key),
    )


async def _options(turn: Turn, deliberation: Deliberation) -> list[tuple[PlanOption, OptionView]]:
    """Options handed in, each with its versions and the lawyers' answers."""
    card = await card_of(turn.work, turn.person, deliberation)
    known = {option.letter: option for option in card.options}
    views = await read_options(turn.work, deliberation, {})
    return [(known[view.letter], view) for view in views if view.letter in known]


async def _option(
    turn: Turn, deliberation: Deliberation, option_id: int
) -> tuple[PlanOption, OptionView]:
    """One of them. Raises NotFound."""
    for option, view in await _options(turn, deliberation):
        if option.key == option_id:
            return option, view
    raise NotFound(f"option {option_id}")


@screen("options")
async def options(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """All options in short, each with a button to the whole of it."""
    found = await _options(turn, deliberation)
    await turn.show(
        turn.t(
            "discuss/options",
            d=deliberation,
            options=[{"option": view, "what": short(view.what, IN_LIST)} for _, view in found],
        ),
        buttons.options(
            turn.t, deliberation.key, [(row.key, row.letter, row.title) for row, _ in found]
        ),
    )


@screen("option")
async def one_option(turn: Turn, deliberation: Deliberation, i: int) -> None:
    """What, where, cost, who pays, who does it, by when, risks; and whether it is lawful."""
    row, view = await _option(turn, deliberation, i)
    await turn.show(
        turn.t(
            "discuss/option",
            d=deliberation,
            option=view,
            what=short(view.what),
            risks=short(view.risks, IN_FULL),
            legality=_newest_answer(view),
        ),
        buttons.option(
            turn.t,
            deliberation.key,
            row.key,
            versions=len(view.versions) > 1,
            amend=deliberation.step is Step.CONSULT,
        ),
    )


def _newest_answer(view: OptionView) -> dict[str, object] | None:
    """The lawyer's answer on the version as it stands, else on an older one; None without any."""
    for check in view.legality:
        if check.verdict is not None:
            return {
                "verdict": check.verdict,
                "text": short(check.text or "", IN_FULL),
                "current": check.version == view.version,
            }
    return None


@screen("versions")
async def versions(turn: Turn, deliberation: Deliberation, i: int) -> None:
    """What each version changed in the one before, newest first."""
    row, view = await _option(turn, deliberation, i)
    await turn.show(
        turn.t(
            "discuss/versions",
            option=view,
            versions=differences(view.versions),
            board=board(turn, deliberation),
        ),
        buttons.option(turn.t, deliberation.key, row.key, versions=False, amend=False),
    )


def differences(versions: Sequence[VersionView]) -> list[dict[str, object]]:
    """What each version changed, newest first, as far as it fits into one message."""
    room = ROOM
    found: list[dict[str, object]] = []
    for version in versions:
        changes: list[dict[str, object]] = []
        for change in version.changes:
            pieces = [Piece(piece.kind, _cut(piece)) for piece in change.pieces]
            room -= sum(len(piece.text) + 1 for piece in pieces)
            if room < 0:
                break
            changes.append({"field": change.field, "pieces": pieces})
        if changes:
            found.append(
                {
                    "version": version.version,
                    "at": version.at,
                    "note": short(version.note, CHANGED),
                    "changes": changes,
                }
            )
        if room < 0:
            break
    return found


def _cut(piece: Piece) -> str:
    """A stretch, with the middle of an unchanged one left out."""
    if piece.kind != "same":
        return short(piece.text, CHANGED)
    half = UNCHANGED // 2
    if len(piece.text) <= UNCHANGED:
        return piece.text
    return f"{piece.text[:half]}…{piece.text[-half:]}"
