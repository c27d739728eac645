"""What residents see and do in the seven steps, one module for each conversation."""

from handlers.deliberation.resident import (
    after,
    announcing,
    asking,
    card,
    cards,
    consenting,
    filling,
    listing,
    meeting,
    mine,
    opining,
    picture,
    plans,
    proposing,
    proxy,
    vote,
)

_SCREENS_ALONE = (asking, card, cards, picture, plans, proposing, vote)
"""Modules that register screens and forms, and have no buttons of their own."""

CONVERSATIONS = (
    listing.ROUTES,
    opining.ROUTES,
    mine.ROUTES,
    announcing.ROUTES,
    meeting.ROUTES,
    consenting.ROUTES,
    filling.ROUTES,
    proxy.ROUTES,
    after.ROUTES,
)
"""Each claims its command, buttons and states."""

__all__ = ["CONVERSATIONS"]
