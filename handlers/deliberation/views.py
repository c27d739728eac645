"""The screens of a deliberation by name, so that any button and any notice can open any of them.

Conversations register what they show; one handler opens it. A screen checks for itself who may see
it (its workflow raises).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiogram.types import CallbackQuery

from handlers.keyboards.deliberation import DView
from handlers.switchboard import Routes
from handlers.turn import Turn, resident_router
from models.deliberation.core import Deliberation
from models.errors import NotFound
from workflows.deliberation.access import load

Screen = Callable[[Turn, Deliberation, int], Awaitable[None]]
"""Shows a deliberation in some way; the number is the id of a part of it, or a page."""

SCREENS: dict[str, Screen] = {}

router = resident_router(__name__)


def screen(name: str) -> Callable[[Screen], Screen]:
    """Register a screen. Raises ValueError when the name is taken."""

    def register(function: Screen) -> Screen:
        if name in SCREENS:
            raise ValueError(f"screen {name} is there already")
        SCREENS[name] = function
        return function

    return register


async def open_screen(turn: Turn, name: str, deliberation_id: int, i: int = 0) -> None:
    """Show a screen by its name. Raises NotFound for an unknown screen or deliberation."""
    show = SCREENS.get(name)
    if show is None:
        raise NotFound(f"screen {name}")
    await show(turn, await load(turn.work, deliberation_id, lock=False), i)


@router.callback_query(DView.filter())
async def view(callback: CallbackQuery, callback_data: DView, turn: Turn) -> None:
    """A button that opens a screen, in place of the tapped message or below it."""
    if callback_data.n:
        turn.tapped = None
    await open_screen(turn, callback_data.view, callback_data.d, callback_data.i)


ROUTES = Routes(router=router, callbacks=(DView,))
