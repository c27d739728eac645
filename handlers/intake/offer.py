"""Offering a half-filled request again: after a command, another matter, or a restart."""

from __future__ import annotations

from handlers.doorway_steps import load_search
from handlers.intake.store import pending, save
from handlers.keyboards import resident as buttons
from handlers.places import PARTS
from handlers.states import Doorway
from handlers.turn import Turn


async def offer_pending(turn: Turn) -> bool:
    """Name the request that is not finished and offer to go on; False when there is none."""
    form = await pending(turn.state, turn.work.now, turn.work.policy.draft_offer_hours)
    if form is None:
        return False
    files = len(form.draft.files)
    await turn.say(
        turn.t("intake/pending", title=form.title, files=files),
        buttons.pending(turn.t, form.serial),
    )
    return True


async def restore(turn: Turn) -> None:
    """Wait again for what was waited for before something else came between."""
    search = await load_search(turn)
    if search is not None:
        await turn.state.set_state(Doorway.part if search.stage in PARTS else Doorway.address)
        return
    form = await pending(turn.state, turn.work.now, turn.work.policy.draft_offer_hours)
    if form is None:
        await turn.state.set_state(None)
    else:
        await save(turn.state, form)
