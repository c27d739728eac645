from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dispatch.triage import Triage, TriageRules
from dispatch.triage.model import ModelError, load_model, save_model
from dispatch.triage.train import (
    Correction,
    Sentence,
    TrainedModel,
    install_if_better,
    measure,
    read_sentences,
    train,
)

RULES = TriageRules(
    codes=("light", "water"),
    keywords={"light": ("路灯", "灯泡", "lamp"), "water": ("停水", "水管", "water")},
    examples={"light": ("楼道灯坏了", "The lamp is out"), "water": ("家里停水了", "No water")},
)
SENTENCES = [
    Sentence("路灯不亮", "light", "train"),
    Sentence("灯泡坏了换一个", "light", "train"),
    Sentence("院子没有灯", "light", "train"),
    Sentence("水管漏了", "water", "train"),
    Sentence("今天停水了吗", "water", "train"),
    Sentence("没有水用", "water", "train"),
    Sentence("你好", "none", "train"),
    Sentence("谢谢您", "none", "train"),
    Sentence("再见", "none", "train"),
    Sentence("门口路灯坏了", "light", "test"),
    Sentence("又停水了", "water", "test"),
    Sentence("你好啊", "none", "test"),
]
HELDOUT = [sentence for sentence in SENTENCES if sentence.split == "test"]


@pytest.fixture(scope="module")
def small() -> TrainedModel:
    return train(SENTENCES, (), RULES, seed=1)


def spoilt(trained: TrainedModel) -> TrainedModel:
    model = replace(trained.model, weights=-trained.model.weights, _index={})
    return TrainedModel(model=model, heldout=measure(model, HELDOUT, RULES))


def test_training_learns_and_is_the_same_every_time(small: TrainedModel) -> None:
    again = train(SENTENCES, (), RULES, seed=1)
    assert small.heldout.first == 1
    assert np.array_equal(small.model.weights, again.model.weights)
    assert small.model.temperature == again.model.temperature


def test_a_correction_is_learnt(small: TrainedModel) -> None:
    text = "水晶吊灯灭了"
    corrected = train(SENTENCES, [Correction(text, "light", "water")] * 3, RULES, seed=1)
    triage, taught = Triage(RULES, small.model), Triage(RULES, corrected.model)
    before = {item.code: item.p for item in triage.rank(text)}
    after = {item.code: item.p for item in taught.rank(text)}
    assert after["water"] > before["water"]


def test_corrections_of_held_out_or_unknown_matters_are_left_out(small: TrainedModel) -> None:
    odd = [("门口路灯坏了", "light", "water"), ("树倒了", "light", "no.such")]
    assert np.array_equal(train(SENTENCES, odd, RULES, 1).model.weights, small.model.weights)


def test_training_without_a_held_out_part_is_refused() -> None:
    with pytest.raises(ValueError, match="both splits"):
        train([s for s in SENTENCES if s.split == "train"], (), RULES, seed=1)


def test_a_worse_model_is_not_installed(tmp_path: Path, small: TrainedModel) -> None:
    path = tmp_path / "model.npz"
    assert install_if_better(small, path, HELDOUT, RULES).installed
    kept = path.read_bytes()
    worse = spoilt(small)
    report = install_if_better(worse, path, HELDOUT, RULES)
    assert not report.installed
    assert report.old is not None
    assert report.new.first < report.old.first
    assert path.read_bytes() == kept


def test_a_better_model_replaces_a_worse_and_a_broken_one(
    tmp_path: Path, small: TrainedModel
) -> None:
    path = tmp_path / "model.npz"
    save_model(spoilt(small).model, path)
    assert install_if_better(small, path, HELDOUT, RULES).installed
    path.write_bytes(b"not a model")
    report = install_if_better(small, path, HELDOUT, RULES)
    assert report.installed
    assert report.old is None


def test_what_is_saved_is_what_is_read(tmp_path: Path, small: TrainedModel) -> None:
    path = tmp_path / "deep" / "model.npz"
    save_model(small.model, path)
    read = load_model(path)
    assert read.codes == small.model.codes
    found = {"w路灯", "c路灯", "klight"}
    assert np.allclose(read.probabilities(found), small.model.probabilities(found))


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ModelError):
        load_model(path)


def test_a_model_for_other_categories_is_refused(small: TrainedModel) -> None:
    rules = replace(RULES, codes=("light", "tree"))
    with pytest.raises(ModelError, match="tree, water"):
        Triage(rules, small.model)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sentences.jsonl"
    path.write_text('{"text": "a", "code": "b", "split": "test"}\n{"text": 1}\n')
    with pytest.raises(ValueError, match=r"sentences\.jsonl, line 2"):
        read_sentences(path)
