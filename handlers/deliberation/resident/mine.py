"""One's own opinions: to change before anybody voted, to take back, to appeal when hidden."""

from __future__ import annotations

from aiogram import F
from aiogram.types import CallbackQuery

from handlers.deliberation.resident.cards import router
from handlers.deliberation.resident.parts import short
from handlers.deliberation.resident.summary import refresh_summary
from handlers.deliberation.views import open_screen, screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards import discuss as buttons
from handlers.keyboards.discuss import TOpinion
from handlers.switchboard import Routes
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.opinion import Opinion
from models.deliberation.steps import Step
from models.errors import NotFound
from workflows.deliberation.access import load
from workflows.deliberation.collect import edit_opinion, opinions_of, withdraw_opinion
from workflows.deliberation.moderation import appeal

SHOWN = 10
"""The newest so many of one's opinions are listed."""
OWN_VOTE = 1
"""Whoever says something agrees with it: only votes beyond that are others'."""


@screen("my_opinions")
async def my_opinions(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Each with how neighbours see it and what can still be done to it."""
    mine = (await opinions_of(turn.work, turn.person, deliberation.key))[:SHOWN]
    collecting = deliberation.step is Step.COLLECT
    acts = [
        (op, opinion.key, n)
        for n, opinion in enumerate(mine, start=1)
        for op in _acts(opinion, collecting=collecting)
    ]
    await turn.show(
        turn.t(
            "discuss/my_opinions",
            d=deliberation,
            opinions=[{"row": opinion, "text": short(opinion.text, 160)} for opinion in mine],
        ),
        buttons.my_opinions(turn.t, deliberation.key, acts, may_add=collecting),
    )


def _acts(opinion: Opinion, *, collecting: bool) -> list[str]:
    """What its author may do to it as it stands."""
    if opinion.status == "hidden":
        return ["appeal"] if opinion.appeal is None else []
    if opinion.status != "shown" or not collecting:
        return []
    return ["withdraw"] if opinion.votes > OWN_VOTE else ["edit", "withdraw"]


async def _own(turn: Turn, tapped: TOpinion) -> Opinion:
    """One's own opinion that was tapped. Raises NotFound for anybody else's."""
    for opinion in await opinions_of(turn.work, turn.person, tapped.d):
        if opinion.key == tapped.id:
            return opinion
    raise NotFound(f"opinion {tapped.id}")


# --- changing and appealing --------------------------------------------------------------------


async def _edited(turn: Turn, values: Values) -> None:
    opinion = await edit_opinion(turn.work, turn.person, values["id"], values["text"])
    await turn.show(turn.t("discuss/opinion_edited", text=opinion.text))
    await open_screen(turn, "my_opinions", opinion.deliberation_id)


async def _appealed(turn: Turn, values: Values) -> None:
    opinion = await appeal(turn.work, turn.person, values["id"], values["words"])
    await turn.show(
        turn.t("discuss/appealed", text=opinion.text),
        buttons.only_back(turn.t, opinion.deliberation_id, "my_opinions"),
    )


form(
    Form(
        name="opinion_edit",
        fields=(Field("text", "discuss/ask_opinion_edit", "text", max_length=280),),
        done=_edited,
    )
)
form(
    Form(
        name="opinion_appeal",
        fields=(Field("words", "discuss/ask_appeal", "text", max_length=300),),
        done=_appealed,
    )
)


@router.callback_query(TOpinion.filter(F.op == "edit"))
async def edit(callback: CallbackQuery, callback_data: TOpinion, turn: Turn) -> None:
    """Ask for the new words."""
    opinion = await _own(turn, callback_data)
    await begin(turn, "opinion_edit", id=opinion.key, before=opinion.text)


@router.callback_query(TOpinion.filter(F.op == "appeal"))
async def ask_appeal(callback: CallbackQuery, callback_data: TOpinion, turn: Turn) -> None:
    """Ask what the office should consider."""
    opinion = await _own(turn, callback_data)
    await begin(
        turn, "opinion_appeal", id=opinion.key, before=opinion.text, reason=opinion.hidden_reason
    )


# --- taking back -------------------------------------------------------------------------------


@router.callback_query(TOpinion.filter(F.op == "withdraw"))
async def ask_withdraw(callback: CallbackQuery, callback_data: TOpinion, turn: Turn) -> None:
    """Asked once more: what is taken back does not return."""
    opinion = await _own(turn, callback_data)
    await turn.show(
        turn.t(
            "discuss/withdraw_opinion", text=opinion.text, votes=max(0, opinion.votes - OWN_VOTE)
        ),
        buttons.confirm_withdraw(turn.t, opinion.deliberation_id, opinion.key),
    )


@router.callback_query(TOpinion.filter(F.op == "withdraw_yes"))
async def withdraw(callback: CallbackQuery, callback_data: TOpinion, turn: Turn) -> None:
    """Take the opinion back."""
    opinion = await withdraw_opinion(turn.work, turn.person, callback_data.id)
    deliberation = await load(turn.work, opinion.deliberation_id, lock=False)
    await open_screen(turn, "my_opinions", deliberation.key)
    await refresh_summary(turn, deliberation)


ROUTES = Routes(router=router, callbacks=(TOpinion,))
