"""Offering a half-filled request again: after a command, another matter, or a restart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiogram.fsm.state import State

from handlers.doorway_steps import load_search
from handlers.intake.store import load, pending, save
from handlers.keyboards import resident as buttons
from handlers.places import PARTS
from handlers.states import Doorway, Intake
from handlers.turn import Turn

Reminder = Callable[[Turn], Awaitable[bool]]
"""Repeats the question of another conversation that is open; False when none is."""
Waiting = Callable[[Turn], Awaitable[State | None]]
"""The state of that conversation, if it is open."""
_OTHERS: list[tuple[Reminder, Waiting]] = []


def offer_first(remind: Reminder, waiting: Waiting) -> None:
    """Have another kind of conversation offered again before a half-filled request is."""
    _OTHERS.append((remind, waiting))


async def _offer_others(turn: Turn) -> bool:
    for remind, _ in _OTHERS:
        if await remind(turn):
            return True
    return False


async def offer_pending(turn: Turn) -> bool:
    """Name the request that is not finished and offer to go on; False when there is none.

    Something else that is open comes first, unless the request is what was being talked about.
    """
    if not await _talks_about_request(turn) and await _offer_others(turn):
        return True
    form = await pending(turn.state, turn.work.now, turn.work.policy.draft_offer_hours)
    if form is None:
        return await _offer_others(turn)
    files = len(form.draft.files)
    await turn.say(
        turn.t("intake/pending", title=form.title, files=files),
        buttons.pending(turn.t, form.serial),
    )
    return True


async def _talks_about_request(turn: Turn) -> bool:
    """Whether the chat waits for an answer about a request."""
    state = await turn.state.get_state() or ""
    asked = state.startswith(f"{Intake.__full_group_name__}:")
    return asked and await load(turn.state) is not None


async def restore(turn: Turn) -> None:
    """Wait again for what was waited for before something else came between."""
    search = await load_search(turn)
    if search is not None:
        await turn.state.set_state(Doorway.part if search.stage in PARTS else Doorway.address)
        return
    for _, waiting in _OTHERS:
        if (state := await waiting(turn)) is not None:
            await turn.state.set_state(state)
            return
    form = await pending(turn.state, turn.work.now, turn.work.policy.draft_offer_hours)
    if form is None:
        await turn.state.set_state(None)
    else:
        await save(turn.state, form)
