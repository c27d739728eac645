"""The card of a deliberation: where it stands, what happens now, and what one can do."""

from __future__ import annotations

from handlers.deliberation.resident.parts import areas, board, short, winner
from handlers.deliberation.views import screen
from handlers.keyboards import discuss as buttons
from handlers.turn import Turn
from models.deliberation.core import Deliberation
from models.deliberation.steps import Capacity
from workflows.deliberation.lists import CardView, card_of


@screen("card")
async def card(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """The seven steps as a path, what happens now, the figures, and the buttons."""
    await show_card(turn, deliberation)


@screen("more")
async def more(turn: Turn, deliberation: Deliberation, _: int) -> None:
    """What is not about the present step: earlier records, and what is rarely needed."""
    view = await card_of(turn.work, turn.person, deliberation)
    await turn.show(
        turn.t("discuss/more", d=deliberation),
        buttons.more(turn.t, deliberation.key, view.screens, deliberation.step),
    )


async def show_card(turn: Turn, deliberation: Deliberation, note: str = "") -> None:
    """The card; `note` is a finished sentence on what was just done, put above it."""
    view = await card_of(turn.work, turn.person, deliberation)
    resident = turn.person.resident
    homeless = resident.grid is None and view.doer.staff is None
    await turn.show(
        turn.t(
            "discuss/card",
            note=note,
            d=deliberation,
            view=view,
            description=short(deliberation.description),
            areas=areas(turn, deliberation.grids),
            board=board(turn, deliberation),
            neighbour=Capacity.RESIDENT in view.doer.capacities,
            decided=_decided(turn, view),
            homeless=homeless,
        ),
        buttons.card(turn.t, deliberation.key, view.screens, deliberation.step, doorway=homeless),
    )


def _decided(turn: Turn, view: CardView) -> str:
    """Which option was decided on, by consensus or by ballot; empty before that."""
    call = view.consensus
    if call is not None and call.state == "agreed":
        for option in view.options:
            if option.key == call.option_id:
                return turn.t.label("discuss.option", letter=option.letter, title=option.title)
    return winner(turn, view.ballot) if view.ballot is not None else ""
