"""Who is in the middle of a conversation, and what must not stay there."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Text, cast, or_, select
from sqlmodel import col

from models.messaging import ConversationState
from workflows.people import find_person
from workflows.work import Person, Work

BALLOT = "ballot"
"""Key of a conversation's data that holds a ballot which is being filled in."""
FILLING = "filling"
"""Key of a conversation's data that holds an open form."""
DOOR_BALLOT = "d_door_ballot"
"""Name of the form in which a volunteer fills in a ballot at the door."""


async def forget_ballots(work: Work) -> None:
    """Take half-filled ballots out of every conversation: what somebody was about to choose is
    nobody's business once the box is closed."""
    words = cast(col(ConversationState.data), Text)
    rows = await work.session.scalars(
        select(ConversationState).where(
            or_(words.contains(f'"{BALLOT}"'), words.contains(f'"{DOOR_BALLOT}"'))
        )
    )
    for row in rows:
        kept = dict(row.data)
        kept.pop(BALLOT, None)
        if kept.get(FILLING, {}).get("form") == DOOR_BALLOT:
            del kept[FILLING]
        if kept != row.data:
            row.data, row.state, row.updated_at = kept, None, work.now


async def list_in_conversation(work: Work) -> list[Person]:
    """Everybody in whose private chat a step waits for an answer and is not out of date."""
    since = work.now - timedelta(hours=work.policy.draft_offer_hours)
    rows = await work.session.execute(
        select(col(ConversationState.key))
        .where(
            col(ConversationState.state).is_not(None), col(ConversationState.updated_at) >= since
        )
        .order_by(col(ConversationState.key))
    )
    people = []
    for key in rows.scalars():
        _, chat, user, *_rest = key.split(":")
        if chat == user and (person := await find_person(work, int(user))) is not None:
            people.append(person)
    return people
