"""Say an opinion in one sentence; one that others already said is offered for joining first."""

from __future__ import annotations

from typing import Any

from aiogram import F
from aiogram.types import CallbackQuery

from handlers.deliberation.resident.cards import show_next
from handlers.deliberation.resident.parts import ON_BUTTON, short
from handlers.deliberation.resident.summary import refresh_summary
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards import discuss as buttons
from handlers.keyboards.discuss import TPost
from handlers.switchboard import Routes
from handlers.turn import Turn, resident_router
from models.deliberation.core import Deliberation
from workflows.deliberation.access import load
from workflows.deliberation.collect import add_opinion, join_opinion, similar_opinions
from workflows.tickets.files import DraftFile

router = resident_router(__name__)

_WAITING = "opinion"
"""Key of the conversation's data: an opinion that waits for "join" or "post"."""
OFFERED = 3
"""How many alike opinions are offered."""


@screen("opine")
async def opine(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Ask for one sentence."""
    await begin(turn, "opine", d=deliberation.key, title=deliberation.title)


async def _done(turn: Turn, values: Values) -> None:
    """Post it, or offer those alike."""
    d, text, files = values["d"], values["text"], values["files"] or []
    alike = (await similar_opinions(turn.work, d, text))[:OFFERED]
    if not alike:
        await _post(turn, d, text, files)
        return
    await turn.state.update_data({_WAITING: {"d": d, "text": text, "files": files}})
    await turn.show(
        turn.t("discuss/similar", text=text, alike=[opinion.text for opinion in alike]),
        buttons.similar(turn.t, d, [(o.key, short(o.text, ON_BUTTON)) for o in alike]),
    )


form(
    Form(
        name="opine",
        fields=(
            Field("text", "discuss/ask_opinion", "text", max_length=280),
            Field("files", "discuss/ask_opinion_files", "files", required=False),
        ),
        done=_done,
    )
)


async def _post(turn: Turn, d: int, text: str, files: list[dict[str, Any]]) -> None:
    kept = [DraftFile.model_validate(file) for file in files]
    await add_opinion(turn.work, turn.person, d, text, kept, joined_ok=True)
    deliberation = await load(turn.work, d, lock=False)
    await turn.show(turn.t("discuss/posted", text=text))
    await refresh_summary(turn, deliberation)
    await show_next(turn, deliberation)


@router.callback_query(TPost.filter(F.op == "join"))
async def join(callback: CallbackQuery, callback_data: TPost, turn: Turn) -> None:
    """ "That is what I mean": it counts as agreeing with that opinion."""
    opinion = await join_opinion(turn.work, turn.person, callback_data.d, callback_data.id)
    await _take(turn, callback_data.d)
    deliberation = await load(turn.work, callback_data.d, lock=False)
    await turn.show(turn.t("discuss/joined", text=opinion.text))
    await refresh_summary(turn, deliberation)
    await show_next(turn, deliberation)


@router.callback_query(TPost.filter(F.op == "post"))
async def post(callback: CallbackQuery, callback_data: TPost, turn: Turn) -> None:
    """Mine is different: post it as it stands."""
    waiting = await _take(turn, callback_data.d)
    if waiting is None:
        await turn.unbutton()
        await turn.say(turn.t("errors/stale_button"))
        return
    await _post(turn, waiting["d"], waiting["text"], waiting["files"])


@router.callback_query(TPost.filter())
async def drop(callback: CallbackQuery, callback_data: TPost, turn: Turn) -> None:
    """Neither: back to the card."""
    await _take(turn, callback_data.d)
    await open_screen(turn, "card", callback_data.d)


async def _take(turn: Turn, d: int) -> dict[str, Any] | None:
    """The opinion that waits for this deliberation, taken out of the conversation."""
    data = await turn.state.get_data()
    waiting: dict[str, Any] | None = data.get(_WAITING)
    if waiting is None or waiting["d"] != d:
        return None
    del data[_WAITING]
    await turn.state.set_data(data)
    return waiting


ROUTES = Routes(router=router, callbacks=(TPost,))
