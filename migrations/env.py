"""Alembic's environment: runs on the connection that `bot.migrate` hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context
from sqlalchemy import JSON
from sqlmodel.sql.sqltypes import AutoString

import models.deliberation.ballot
import models.deliberation.core
import models.deliberation.followup
import models.deliberation.meeting
import models.deliberation.opinion
import models.deliberation.plan
import models.messaging
import models.people
import models.ticket
from models.base import Utc, metadata

__all__ = ["models"]


def render_item(kind: str, item: object, _autogen: object) -> str | Literal[False]:
    """Write our own column types by their names, and everything else as Alembic does."""
    if kind == "type":
        if isinstance(item, AutoString):
            return f"sa.String({item.length})"
        if isinstance(item, Utc):
            return "models.base.Utc()"
        if isinstance(item, JSON):
            return "models.base.Json"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
