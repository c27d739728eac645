"""What a button of the staff screens does, by its name: one handler runs them all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiogram.types import CallbackQuery

from handlers.keyboards.council import OAct
from handlers.staff.access import staff_router
from handlers.switchboard import Routes
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.errors import StaleButton
from workflows.deliberation.access import load

Act = Callable[[Turn, Deliberation, int, str], Awaitable[None]]
"""Does something in a deliberation: the id and the code of the button. The workflow checks who
may."""

ACTS: dict[str, Act] = {}

router = staff_router(__name__)


def act(name: str) -> Callable[[Act], Act]:
    """Register what a button does. Raises ValueError when the name is taken."""

    def register(function: Act) -> Act:
        if name in ACTS:
            raise ValueError(f"act {name} is there already")
        ACTS[name] = function
        return function

    return register


@router.callback_query(OAct.filter())
async def pressed(callback: CallbackQuery, callback_data: OAct, turn: Turn) -> None:
    """Any button of the staff screens. Raises StaleButton for one that an older version drew."""
    do = ACTS.get(callback_data.op)
    if do is None:
        raise StaleButton(callback_data.op)
    deliberation = await load(turn.work, callback_data.d, lock=False)
    await do(turn, deliberation, callback_data.i, callback_data.v)


ROUTES = Routes(router=router, callbacks=(OAct,))
