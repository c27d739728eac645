"""`Triage`: the door to everything this package knows about a sentence."""

from pathlib import Path
from typing import NamedTuple, Self

import rjieba

from dispatch.triage.emergency import EmergencyDetector
from dispatch.triage.features import features, keyword_index
from dispatch.triage.model import Model, ModelError, load_model
from dispatch.triage.normalise import neutral
from dispatch.triage.rules import NONE, TriageRules
from dispatch.triage.split import merged_parts, pieces


class Ranked(NamedTuple):
    """A category and how probable it is, calibrated: of all 0.8s, four in five are right."""

    code: str
    p: float


class Triage:
    """Ranks categories, spots emergencies and takes several matters apart. Safe to share."""

    def __init__(self, rules: TriageRules, model: Model) -> None:
        """Raises `ModelError` when the model was trained for other categories than the rules'."""
        expected = {*rules.codes, NONE}
        if set(model.codes) != expected:
            odd = ", ".join(sorted(expected.symmetric_difference(model.codes)))
            raise ModelError(f"model and catalogue differ in: {odd}; train the model again")
        self._model = model
        self._keywords = keyword_index(rules.keywords)
        self._emergencies = EmergencyDetector(rules)
        # The dictionary of the word cutter is read at its first use: pay for it at start-up.
        rjieba.cut("预热")

    @classmethod
    def load(cls, catalogue_rules: TriageRules, model_path: Path) -> Self:
        """Read the model; raises as `load_model` and the constructor do."""
        return cls(catalogue_rules, load_model(model_path))

    def rank(self, text: str) -> list[Ranked]:
        """All categories and "none", the most probable first; the probabilities sum to 1."""
        if not has_words(text):
            return self._certain_none()
        found = self._model.probabilities(features(text, self._keywords))
        order = found.argsort(kind="stable")[::-1]
        return [Ranked(self._model.codes[i], float(found[i])) for i in order]

    def emergency(self, text: str) -> str | None:
        """The kind of emergency the sentence reports, or None."""
        return self._emergencies.kind(text)

    def split_matters(self, text: str) -> list[str]:
        """The matters of a sentence, one text each; the sentence itself when there is but one.

        Cautious: a part stands alone only where it clearly belongs to another category than its
        neighbours. The parts joined hold all the words of the sentence.
        """
        parts = merged_parts([(piece, *self._judged(piece)) for piece in pieces(text)])
        return parts if len(parts) > 1 else [text]

    def _judged(self, piece: str) -> tuple[str, float]:
        best = self.rank(piece)[0]
        return best.code, best.p

    def _certain_none(self) -> list[Ranked]:
        rest = [Ranked(code, 0.0) for code in self._model.codes if code != NONE]
        return [Ranked(NONE, 1.0), *rest]


def has_words(text: str) -> bool:
    """Whether there is a letter or a Chinese character left once addresses are masked."""
    return any(char.isalpha() for char in neutral(text))
