"""Screens of those who run a deliberation: organiser, council, secretary, lawyer, volunteer.

Importing it registers the screens and forms. `begin_call` opens a new call, for those whom
`councils_of` gives a council.
"""

from handlers.deliberation.staff import (
    acts,
    announcing,
    answering,
    applying,
    collecting,
    confirming,
    deciding,
    door,
    drafting,
    jury,
    legality,
    meeting,
    opening,
    reporting,
)
from handlers.deliberation.staff.opening import begin_call, councils_of

CONVERSATIONS = (acts.ROUTES, opening.ROUTES)

__all__ = [
    "CONVERSATIONS",
    "announcing",
    "answering",
    "applying",
    "begin_call",
    "collecting",
    "confirming",
    "councils_of",
    "deciding",
    "door",
    "drafting",
    "jury",
    "legality",
    "meeting",
    "opening",
    "reporting",
]
