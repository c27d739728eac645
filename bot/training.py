"""Training triage anew from the sentences that ship with it and the corrections people made."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from bot.inspect import opened
from bot.paths import ROOT
from bot.settings import Settings
from models.ticket import TriageCorrection

SENTENCES = ROOT / "data" / "triage" / "sentences.jsonl"


async def corrections_of(settings: Settings) -> list[tuple[str, str, str]]:
    """(text, proposed code, decided code) of every correction, oldest first."""
    async with opened(settings) as session:
        rows = await session.execute(select(TriageCorrection).order_by(col(TriageCorrection.id)))
        return [(row.text, row.proposed, row.decided) for row in rows.scalars()]
