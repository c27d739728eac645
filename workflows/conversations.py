"""Who is in the middle of a conversation."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from models.messaging import ConversationState
from workflows.people import find_person
from workflows.work import Person, Work


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
