"""Training triage anew from the sentences that ship with it and the corrections people made."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import select
from sqlmodel import col

from bot.inspect import opened
from bot.paths import ROOT, TRIAGE_MODEL
from bot.settings import Settings
from dispatch.triage import load_rules
from dispatch.triage.rules import TriageRules
from dispatch.triage.train import (
    Accuracy,
    InstallReport,
    Sentence,
    TrainedModel,
    install_if_better,
    read_sentences,
    train,
)
from models.ticket import TriageCorrection

SENTENCES = ROOT / "data" / "triage" / "sentences.jsonl"


async def train_triage(settings: Settings, seed: int) -> str:
    """Train, compare with the model in use on the held-out sentences, install unless worse.

    Returns what a person should read. The new model lies in the data folder and is used from the
    next start on.
    """
    rules = load_rules(settings.district / "services.toml", settings.district / "emergencies.toml")
    sentences = read_sentences(SENTENCES)
    corrections = await corrections_of(settings)
    trained = train(sentences, corrections, rules, seed)
    heldout = [sentence for sentence in sentences if sentence.split == "test"]
    report = _install(trained, settings.linmen_data / TRIAGE_MODEL.name, heldout, rules)
    return _describe(report, len(corrections))


def _install(
    trained: TrainedModel, path: Path, heldout: list[Sentence], rules: TriageRules
) -> InstallReport:
    """Put the model in the data folder if it is no worse than the one in use."""
    borrowed = not path.exists()
    if borrowed:  # the one in use is the one that ships: compare with that
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TRIAGE_MODEL, path)
    report = install_if_better(trained, path, heldout, rules)
    if borrowed and not report.installed:
        path.unlink()
    return report


async def corrections_of(settings: Settings) -> list[tuple[str, str, str]]:
    """(text, proposed code, decided code) of every correction, oldest first."""
    async with opened(settings) as session:
        rows = await session.execute(select(TriageCorrection).order_by(col(TriageCorrection.id)))
        return [(row.text, row.proposed, row.decided) for row in rows.scalars()]


def _describe(report: InstallReport, corrections: int) -> str:
    lines = [f"corrections used: {corrections}", f"new model:        {_figures(report.new)}"]
    if report.old is not None:
        lines.append(f"model in use:     {_figures(report.old)}")
    lines.append(
        "installed; restart to use it"
        if report.installed
        else "not installed: it is worse than the model in use"
    )
    return "\n".join(lines)


def _figures(accuracy: Accuracy) -> str:
    return (
        f"first {accuracy.first:.1%}, among three {accuracy.top3:.1%} "
        f"of {accuracy.sentences} held-out sentences"
    )
