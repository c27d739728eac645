"""Emergencies by rule: an answer must not wait for a model, nor for a question."""

import re
from collections.abc import Sequence

from dispatch.triage.normalise import plain
from dispatch.triage.rules import TriageRules

# These are answered even where the sentence also says "what if" or "no one is hurt".
_NEVER_CANCELLED = frozenset({"suicide"})
_HAPPENING_NOW = re.compile(
    r"正在|还在|又着|又起|现在又|救命|快来人|快点来人|快救"
    r"|\bright now\b|\bhelp!|\bstill (?:burning|inside|stuck)"
)
_BLOT = "\u00a6"


class EmergencyDetector:
    """Compiled rules; recall comes first, the listed false alarms are kept out."""

    def __init__(self, rules: TriageRules) -> None:
        self._cancel = _union(rules.cancel)
        self._kinds = [
            (
                rule.kind,
                _union((*map(_phrase, rule.phrases), *rule.patterns)),
                _union((*rules.negations, *rule.negations)),
            )
            for rule in rules.emergencies
        ]

    def kind(self, text: str) -> str | None:
        """The first kind, in the order of the rules, that the sentence is about; else None."""
        text = plain(text)
        over = self._cancel.search(text) is not None and not _HAPPENING_NOW.search(text)
        for kind, danger, harmless in self._kinds:
            if over and kind not in _NEVER_CANCELLED:
                continue
            if danger.search(text) and danger.search(harmless.sub(_BLOT, text)):
                return kind
        return None


def _phrase(phrase: str) -> str:
    """A phrase as a pattern; an English one must begin and end at the edge of a word."""
    escaped = re.escape(plain(phrase))
    return rf"\b{escaped}\b" if phrase.isascii() else escaped


def _union(patterns: Sequence[str]) -> re.Pattern[str]:
    """One pattern for all; with no pattern, one that never matches."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")
