"""Everything of the seven steps that runs by itself: importing this makes it known.

Due times register with `workflows.due`, beginnings of steps with `workflows.deliberation.moves`.
"""

from workflows.deliberation import (
    beginnings,
    box,
    calling,
    clockwork,
    consensus,
    endings,
    floor,
    outcomes,
    printouts,
    tasks,
)

__all__ = [
    "beginnings",
    "box",
    "calling",
    "clockwork",
    "consensus",
    "endings",
    "floor",
    "outcomes",
    "printouts",
    "tasks",
]
