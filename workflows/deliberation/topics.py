"""The topics of a deliberation, and which opinions each rests on."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.opinion import Opinion, Topic
from workflows.work import Work


async def topics_of(work: Work, d_id: int) -> list[Topic]:
    """The topics in their order."""
    found = await work.session.scalars(
        select(Topic).where(col(Topic.deliberation_id) == d_id).order_by(col(Topic.position))
    )
    return list(found)


async def opinions_of_topics(work: Work, *topics: Topic) -> list[Opinion]:
    """The opinions that were merged into these topics."""
    found = await work.session.scalars(
        select(Opinion)
        .where(col(Opinion.topic_id).in_([topic.id for topic in topics]))
        .order_by(col(Opinion.id))
    )
    return list(found)
