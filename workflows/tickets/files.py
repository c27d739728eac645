"""Photos, voice notes and documents that come with words."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlmodel import col

from models.ticket import Attachment, Ticket
from workflows.work import Work


class DraftFile(BaseModel):
    """A file as the chat app names it; the bytes stay there."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """photo, voice, video or document."""
    file_id: str
    file_unique_id: str


async def attach_files(
    work: Work,
    ticket: Ticket,
    files: Sequence[DraftFile],
    purpose: str,
    *,
    by_staff: str | None = None,
) -> list[Attachment]:
    """Store the files of a saved ticket; one that the ticket already has is not stored again."""
    if not files:
        return []
    assert ticket.id is not None  # noqa: S101 - callers flush first
    known = set(
        await work.session.scalars(
            select(col(Attachment.file_unique_id)).where(
                col(Attachment.ticket_id) == ticket.id,
                col(Attachment.file_unique_id).in_([file.file_unique_id for file in files]),
            )
        )
    )
    stored = []
    for file in files:
        if file.file_unique_id in known:
            continue
        known.add(file.file_unique_id)
        stored.append(
            Attachment(
                ticket_id=ticket.id,
                kind=file.kind,
                file_id=file.file_id,
                file_unique_id=file.file_unique_id,
                purpose=purpose,
                by_staff=by_staff,
                created_at=work.now,
            )
        )
    work.session.add_all(stored)
    return stored
