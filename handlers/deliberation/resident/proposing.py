"""A resident proposes a deliberation, neighbours support it."""

from __future__ import annotations

from handlers.deliberation.resident.card import show_card
from handlers.deliberation.resident.parts import areas
from handlers.deliberation.views import screen
from handlers.forms import Field, Form, Values, begin, form
from handlers.keyboards import discuss as buttons
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from workflows.deliberation.lists import card_of
from workflows.deliberation.proposals import propose, support


async def _place(turn: Turn, values: Values) -> dict[str, object]:
    """Whom the proposal concerns: the proposer's own courtyard."""
    grid = turn.person.resident.grid
    return {
        "areas": areas(turn, [grid] if grid else []),
        "needed": turn.work.policy.deliberation.supporters,
    }


async def _done(turn: Turn, values: Values) -> None:
    deliberation = await propose(
        turn.work,
        turn.person,
        title=values["title"],
        description=values["description"] or "",
    )
    await turn.work.session.flush()
    view = await card_of(turn.work, turn.person, deliberation)
    await turn.show(
        turn.t("discuss/proposed", d=deliberation, counts=view.counts),
        buttons.only_back(turn.t, deliberation.key),
    )


form(
    Form(
        name="propose",
        fields=(
            Field("title", "discuss/ask_title", "text", max_length=30),
            Field("description", "discuss/ask_description", "text", max_length=500, required=False),
        ),
        done=_done,
        preview="discuss/proposal",
        context=_place,
    )
)


async def ask_proposal(turn: Turn) -> None:
    """Ask for title and reason of a new proposal."""
    await begin(turn, "propose")


@screen("support")
async def support_it(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """Support the proposal; pressing again changes nothing."""
    deliberation, started = await support(turn.work, turn.person, deliberation.key)
    view = await card_of(turn.work, turn.person, deliberation)
    note = turn.t("discuss/supported", started=started, counts=view.counts)
    await show_card(turn, deliberation, note)
