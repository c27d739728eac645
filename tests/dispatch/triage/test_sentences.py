from collections import Counter

import numpy as np
from rapidfuzz import fuzz, process

from dispatch.triage import TriageRules
from dispatch.triage.train import Sentence

NEAR = 80


def test_there_are_enough_sentences_for_each_category(
    sentences: list[Sentence], rules: TriageRules
) -> None:
    learnt = Counter(s.code for s in sentences if s.split == "train")
    heldout = Counter(s.code for s in sentences if s.split == "test")
    assert set(learnt) == set(heldout) == {*rules.codes, "none"}
    assert sum(learnt.values()) >= 1200
    assert sum(heldout.values()) >= 300
    assert min(learnt.values()) >= 25
    assert min(heldout.values()) >= 5


def test_labels_of_further_matters_exist(sentences: list[Sentence], rules: TriageRules) -> None:
    for sentence in sentences:
        assert set(sentence.also) <= set(rules.codes) - {sentence.code}, sentence.text


def test_no_sentence_is_there_twice(sentences: list[Sentence]) -> None:
    twice = [text for text, n in Counter(s.text for s in sentences).items() if n > 1]
    assert not twice


def test_held_out_sentences_are_not_near_copies_of_learnt_ones(sentences: list[Sentence]) -> None:
    learnt = [s.text for s in sentences if s.split == "train"]
    heldout = [s.text for s in sentences if s.split == "test"]
    alike = process.cdist(heldout, learnt, scorer=fuzz.ratio, score_cutoff=NEAR, dtype=np.uint8)
    pairs = [(heldout[i], learnt[j]) for i, j in np.argwhere(alike >= NEAR)]
    assert not pairs
