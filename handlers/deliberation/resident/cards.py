"""Neighbours' opinions, one card at a time; each answer puts the next card in its place."""

from __future__ import annotations

from aiogram import F
from aiogram.types import CallbackQuery

from handlers.deliberation.resident.summary import refresh_summary
from handlers.deliberation.views import screen
from handlers.keyboards import discuss as buttons
from handlers.keyboards.discuss import TOpinion
from handlers.turn import Turn, resident_router
from models.deliberation.core import Deliberation
from workflows.deliberation.access import load
from workflows.deliberation.progress import progress_of
from workflows.deliberation.voting import next_opinion, vote_opinion

router = resident_router(__name__)


REFRESH_EVERY = 5
"""The live summary follows each so many answers: chats take about one change a second, and the
next card must not wait behind it."""
_WORDS = {1: "agree", -1: "disagree", 0: "pass"}


@screen("cards")
async def cards(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The next opinion that this person did not answer yet."""
    await show_next(turn, deliberation)


async def show_next(turn: Turn, deliberation: Deliberation, said: str = "") -> None:
    """The next card, or thanks; `said` is the answer just given, in the words of its button."""
    opinion = await next_opinion(turn.work, turn.person, deliberation.key)
    progress = await progress_of(turn.work, turn.person, deliberation.key)
    if opinion is None:
        await turn.show(
            turn.t("discuss/cards_done", d=deliberation, said=said, voted=progress.voted),
            buttons.only_back(turn.t, deliberation.key, "opine", "picture"),
        )
        return
    await turn.show(
        turn.t("discuss/opinion", said=said, d=deliberation, opinion=opinion, left=progress.left),
        buttons.opinion_card(turn.t, deliberation.key, opinion.key),
    )


@router.callback_query(TOpinion.filter(F.op == "vote"))
async def vote(callback: CallbackQuery, callback_data: TOpinion, turn: Turn) -> None:
    """Agree, disagree or pass; the same message becomes the next card."""
    value = max(-1, min(1, callback_data.v))
    opinion = await vote_opinion(turn.work, turn.person, callback_data.id, value)
    deliberation = await load(turn.work, opinion.deliberation_id, lock=False)
    said = turn.t.label(f"discuss.{_WORDS[value]}")
    progress = await progress_of(turn.work, turn.person, deliberation.key)
    if not progress.summarised:
        await turn.unbutton()
        await refresh_summary(turn, deliberation)
        await show_next(turn, deliberation, said)  # below the summary, where the eye is
        return
    await show_next(turn, deliberation, said)
    if progress.left == 0 or progress.voted % REFRESH_EVERY == 0:
        await refresh_summary(turn, deliberation)
