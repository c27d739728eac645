from pathlib import Path

import pytest

from dispatch.triage import Triage, TriageRules, load_rules
from dispatch.triage.train import Sentence, read_sentences

DATA = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    return DATA


@pytest.fixture(scope="session")
def rules() -> TriageRules:
    return load_rules(DATA / "xigucheng/services.toml", DATA / "xigucheng/emergencies.toml")


@pytest.fixture(scope="session")
def triage(rules: TriageRules) -> Triage:
    return Triage.load(rules, DATA / "triage/model.npz")


@pytest.fixture(scope="session")
def sentences() -> list[Sentence]:
    return read_sentences(DATA / "triage/sentences.jsonl")
