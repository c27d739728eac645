"""Train the triage model from labelled sentences, the catalogue and people's corrections.

`python -m dispatch.triage.train --out data/triage/model.npz --seed 1`
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.triage.features import features, keyword_index
from dispatch.triage.fit import Example, fit
from dispatch.triage.model import Model, ModelError, load_model, save_model
from dispatch.triage.normalise import plain
from dispatch.triage.rules import NONE, TriageRules, load_rules

_CORRECTION_WEIGHT = 2.0
_KEYWORD_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Sentence:
    """A labelled sentence; `split` is "train" or "test" (held out)."""

    text: str
    code: str
    split: str
    tags: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


class Correction(NamedTuple):
    """Someone changed the category `wrong` that was proposed for `text` into `right`."""

    text: str
    wrong: str
    right: str


class Accuracy(NamedTuple):
    """Shares of sentences whose category came first, and among the first three."""

    first: float
    top3: float
    sentences: int


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model with how it did on sentences it has not seen."""

    model: Model
    heldout: Accuracy


class InstallReport(NamedTuple):
    """What became of a new model; `old` is None where there was none that could be compared."""

    installed: bool
    new: Accuracy
    old: Accuracy | None


def read_sentences(path: Path) -> list[Sentence]:
    """Labelled sentences from JSON lines; raises `ValueError` naming the line that is wrong."""
    sentences: list[Sentence] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            sentences.append(
                Sentence(
                    text=row["text"],
                    code=row["code"],
                    split=row["split"],
                    tags=tuple(row.get("tags", ())),
                    also=tuple(row.get("also", ())),
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path.name}, line {number}: {error!r}") from error
    return sentences


def train(
    sentences: Iterable[Sentence],
    corrections: Iterable[Correction | tuple[str, str, str]],
    rules: TriageRules,
    seed: int,
) -> TrainedModel:
    """Fit on the "train" part, the catalogue and the corrections; measure on the "test" part.

    The same input and seed give the same model. Sentences and corrections of categories that
    the catalogue no longer has are left out, and so are corrections of a held-out sentence.
    Raises `ValueError` when there is no sentence to train on or none to measure with.
    """
    known = {*rules.codes, NONE}
    usable = [sentence for sentence in sentences if sentence.code in known]
    heldout = [sentence for sentence in usable if sentence.split == "test"]
    learnt = [sentence for sentence in usable if sentence.split == "train"]
    if not learnt or not heldout:
        raise ValueError("training needs sentences of both splits, train and test")
    hidden = {plain(sentence.text) for sentence in heldout}
    examples = [Example(sentence.text, sentence.code, 1.0) for sentence in learnt]
    examples += [
        Example(item[0], item[2], _CORRECTION_WEIGHT)
        for item in corrections
        if item[2] in known and plain(item[0]) not in hidden
    ]
    examples += _from_catalogue(rules)
    model = fit(examples, rules, seed)
    return TrainedModel(model=model, heldout=measure(model, heldout, rules))


def measure(model: Model, sentences: Sequence[Sentence], rules: TriageRules) -> Accuracy:
    """How often the model names the category of `sentences`. Raises `ValueError` for none."""
    if not sentences:
        raise ValueError("nothing to measure with")
    index = keyword_index(rules.keywords)
    first = top3 = 0
    for sentence in sentences:
        order: NDArray[np.intp] = np.argsort(-model.logits(features(sentence.text, index)))
        best = [model.codes[i] for i in order[:3]]
        first += best[0] == sentence.code
        top3 += sentence.code in best
    return Accuracy(first / len(sentences), top3 / len(sentences), len(sentences))


def install_if_better(
    new: TrainedModel, current_path: Path, heldout: Sequence[Sentence], rules: TriageRules
) -> InstallReport:
    """Write `new` to `current_path` unless the model there does better on `heldout`.

    Equal models give way to the new one, which has seen more. A current file that is missing,
    unreadable or made for other categories is replaced.
    """
    theirs = measure(new.model, heldout, rules)
    ours: Accuracy | None = None
    try:
        current = load_model(current_path)
        if set(current.codes) == {*rules.codes, NONE}:
            ours = measure(current, heldout, rules)
    except (OSError, ModelError):
        ours = None
    installed = ours is None or theirs >= ours
    if installed:
        save_model(new.model, current_path)
    return InstallReport(installed=installed, new=theirs, old=ours)


def _from_catalogue(rules: TriageRules) -> list[Example]:
    examples = [
        Example(text, code, 1.0) for code, texts in rules.examples.items() for text in texts
    ]
    owners: dict[str, list[str]] = {}
    for code, texts in rules.keywords.items():
        for text in texts:
            owners.setdefault(text, []).append(code)
    examples += [
        Example(text, code, _KEYWORD_WEIGHT / len(codes), is_keyword=True)
        for text, codes in owners.items()
        for code in codes
    ]
    return examples


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, print the held-out accuracy, install the model unless it is worse."""
    parser = argparse.ArgumentParser(description="Train the triage model.")
    data = Path("data")
    parser.add_argument("--out", type=Path, default=data / "triage" / "model.npz")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sentences", type=Path, default=data / "triage" / "sentences.jsonl")
    parser.add_argument("--catalogue", type=Path, default=data / "xigucheng" / "services.toml")
    parser.add_argument("--emergencies", type=Path, default=data / "xigucheng" / "emergencies.toml")
    options = parser.parse_args(arguments)
    rules = load_rules(options.catalogue, options.emergencies)
    sentences = read_sentences(options.sentences)
    trained = train(sentences, (), rules, options.seed)
    heldout = [sentence for sentence in sentences if sentence.split == "test"]
    report = install_if_better(trained, options.out, heldout, rules)
    figures = {
        "installed": report.installed,
        "accuracy": round(report.new.first, 4),
        "top3_accuracy": round(report.new.top3, 4),
        "accuracy_before": None if report.old is None else round(report.old.first, 4),
        "heldout": report.new.sentences,
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if report.installed else 1


if __name__ == "__main__":
    raise SystemExit(main())
