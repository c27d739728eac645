"""Files that people send: what is kept of them, and what is too large to be kept."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.types import Message

from handlers.words import clean
from workflows.tickets.submit import DraftFile

MAX_BYTES = 20 * 1024 * 1024
"""Files beyond this cannot be fetched by a bot (Bot API, getFile)."""


def file_of(message: Message) -> tuple[DraftFile, int] | None:
    """The file of a message with its size in bytes (0 when unknown), or None without one."""
    if message.photo:
        photo = message.photo[-1]
        return _file("photo", photo.file_id, photo.file_unique_id), photo.file_size or 0
    for kind, media in (
        ("voice", message.voice or message.audio),
        ("video", message.video or message.video_note or message.animation),
        ("document", message.document),
    ):
        if media is not None:
            return _file(kind, media.file_id, media.file_unique_id), media.file_size or 0
    return None


def _file(kind: str, file_id: str, unique_id: str) -> DraftFile:
    return DraftFile(kind=kind, file_id=file_id, file_unique_id=unique_id)


def gather(message: Message, album: Sequence[Message]) -> tuple[str, list[DraftFile], bool]:
    """Words and files of a message or of a whole album, and whether a file was too large."""
    words: list[str] = []
    files: list[DraftFile] = []
    too_large = False
    for part in album or (message,):
        if text := clean(part.text or part.caption):
            words.append(text)
        if (found := file_of(part)) is None:
            continue
        file, size = found
        if size > MAX_BYTES:
            too_large = True
        else:
            files.append(file)
    return "\n".join(words), files, too_large
