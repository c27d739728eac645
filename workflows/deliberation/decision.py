"""The end of step 5: what was agreed, or won the vote, is the decision."""

from __future__ import annotations

from models.deliberation.core import Deliberation
from models.deliberation.steps import Capacity, Move
from workflows.deliberation.access import load, require
from workflows.deliberation.moves import apply_move
from workflows.work import Person, Work


async def decide(work: Work, person: Person, d_id: int) -> Deliberation:
    """The organiser takes the decision over into step 6.

    Raises ActionNotAllowed; NotReady: `step`, `too_early`, `minutes`, `objections` or `decision`.
    """
    deliberation = await load(work, d_id)
    doer = await require(work, person, deliberation, Capacity.ORGANISER)
    await apply_move(work, deliberation, Move.DECIDE, doer)
    return deliberation
