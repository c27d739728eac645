"""All state groups in one place.

The stored value is `Group:state`: renaming one breaks living chats, so it needs a migration of
`conversation_state.state`.
"""

from __future__ import annotations

from aiogram.fsm.state import State, StatesGroup


class Arrival(StatesGroup):
    """First contact: the question for consent."""

    consent = State()


class Doorway(StatesGroup):
    """Where somebody lives, or where a matter is."""

    address = State()
    """Waiting for a typed address, a pin, or a pick."""
    part = State()
    """Waiting for a missing part: building, unit or room."""


class Intake(StatesGroup):
    """One sentence on its way to becoming a ticket."""

    text = State()
    """A photo or voice note came without words: waiting for them."""
    category = State()
    place = State()
    place_part = State()
    question = State()
    summary = State()
    correct_text = State()


class MyTicket(StatesGroup):
    """A resident says something about one of their tickets."""

    add = State()
    comment = State()
    """Comment beside a rating."""
    reopen = State()
    answer = State()
    """Answer to the worker's question."""


class Desk(StatesGroup):
    """Staff type the words that an action needs; the ticket and action are in the data."""

    reason = State()
    proof = State()
    """Note and photo of a resolution."""
    question = State()
    pick = State()


class BehalfOf(StatesGroup):
    """A worker opens a ticket for someone without a phone."""

    who = State()
    text = State()
    category = State()
    place = State()
    confirm = State()


class Filling(StatesGroup):
    """One question of a form after the other; the form and its values are in the data."""

    form = State()


class Hall(StatesGroup):
    """Somebody is in a meeting that is held in the chat: what they say is said there."""

    inside = State()


class Choosing(StatesGroup):
    """A ballot is being filled in; the choice so far is in the data."""

    ballot = State()
