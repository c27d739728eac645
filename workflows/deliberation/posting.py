"""What an opinion must look like, and the row that holds it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from models.deliberation.core import Deliberation, DeliberationFile
from models.deliberation.opinion import Opinion
from models.errors import InvalidInput
from workflows.deliberation.likeness import alike, plain
from workflows.tickets.files import DraftFile
from workflows.work import Work

MAX_OPINION = 280
OFFERED = 3
"""How many similar opinions are offered for joining at most."""
_BLANKS = re.compile(r"\s+")
_LETTER = re.compile(r"[^\W_]")


def clean_opinion(text: str) -> str:
    """The words on one line. Raises InvalidInput without letters, or above 280 characters."""
    words = _BLANKS.sub(" ", text).strip()
    if len(_LETTER.findall(words)) < 2 or len(words) > MAX_OPINION:
        raise InvalidInput("opinion", reason="opinion_text", most=MAX_OPINION)
    return words


async def shown_opinions(work: Work, d_id: int) -> Sequence[Opinion]:
    """Every opinion that is shown, oldest first."""
    found = await work.session.scalars(
        select(Opinion)
        .where(col(Opinion.deliberation_id) == d_id, col(Opinion.status) == "shown")
        .order_by(col(Opinion.id))
    )
    return found.all()


def most_similar(work: Work, text: str, opinions: Iterable[Opinion]) -> list[Opinion]:
    """Those that say much the same, the most alike first."""
    least = work.policy.deliberation.similar_percent
    scored = [(alike(text, opinion.text), opinion) for opinion in opinions]
    scored.sort(key=lambda pair: -pair[0])
    return [opinion for score, opinion in scored[:OFFERED] if score >= least]


def same_words(text: str, opinions: Iterable[Opinion]) -> Opinion | None:
    """One that differs in marks and politeness only."""
    return next((other for other in opinions if plain(other.text) == plain(text)), None)


async def store_opinion(
    work: Work,
    deliberation: Deliberation,
    text: str,
    files: Sequence[DraftFile],
    *,
    purpose: str = "opinion",
    **columns: Any,
) -> Opinion:
    """Save an opinion with what came along."""
    opinion = Opinion(deliberation_id=deliberation.key, text=text, created_at=work.now, **columns)
    work.session.add(opinion)
    await work.session.flush()
    unique = {file.file_unique_id: file for file in files}
    work.session.add_all(
        DeliberationFile(
            deliberation_id=deliberation.key,
            purpose=purpose,
            subject_id=opinion.key,
            kind=file.kind,
            file_id=file.file_id,
            file_unique_id=file.file_unique_id,
            created_at=work.now,
        )
        for file in unique.values()
    )
    return opinion
