"""The one live message of a person in step 1: brought up to date instead of sending new ones."""

from __future__ import annotations

from handlers.deliberation.resident.parts import short
from handlers.keyboards.deliberation import view_buttons
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.steps import Step
from workflows.deliberation.summary import remember_summary, summary_of

_SHOWN = 3
"""So many of one's own opinions stand in the message."""
_VIEWS = ("cards", "opine", "card")


async def refresh_summary(turn: Turn, deliberation: Deliberation) -> None:
    """Edit the live message as things stand; the first time it is sent."""
    if deliberation.step is not Step.COLLECT:
        return
    summary = await summary_of(turn.work, turn.person, deliberation)
    text = turn.t(
        "discuss/summary",
        d=deliberation,
        summary=summary,
        mine=[
            {"row": opinion, "text": short(opinion.text, 60)} for opinion in summary.mine[-_SHOWN:]
        ],
    )
    markup = view_buttons(turn.t, deliberation.key, _VIEWS)
    if summary.ref is None:
        message = await turn.bot.send_message(turn.person.id, text, reply_markup=markup)
        await remember_summary(turn.work, turn.person, deliberation, message.message_id)
        return
    await turn.bot.edit_message_text(
        text, chat_id=turn.person.id, message_id=summary.ref, reply_markup=markup
    )
