"""How well and how fast triage works, beside a plain count of keywords.

`python bench/triage.py [--quick] [--json]`: accuracy on the held-out sentences, recall and
precision on the emergency sentences, speed, time to load. `--quick` times fewer rounds.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from dispatch.triage import Triage, TriageRules, load_rules
from dispatch.triage.normalise import plain

DATA = ROOT / "data"


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def keyword_count(rules: TriageRules, text: str) -> str:
    """The category with the most keywords in the text; "none" without any."""
    text = plain(text)
    hits = {code: sum(plain(key) in text for key in rules.keywords[code]) for code in rules.codes}
    best = max(rules.codes, key=lambda code: hits[code])
    return best if hits[best] else "none"


def share(flags: Sequence[bool]) -> float:
    return round(sum(flags) / len(flags), 4) if flags else 0.0


def measure(quick: bool) -> dict[str, float]:
    rules = load_rules(DATA / "xigucheng/services.toml", DATA / "xigucheng/emergencies.toml")
    started = time.perf_counter()
    triage = Triage.load(rules, DATA / "triage/model.npz")
    load_seconds = time.perf_counter() - started

    test = [row for row in rows(DATA / "triage/sentences.jsonl") if row["split"] == "test"]
    texts = [str(row["text"]) for row in test]
    codes = [str(row["code"]) for row in test]
    rankings = [triage.rank(text) for text in texts]
    right = [ranking[0].code == code for ranking, code in zip(rankings, codes, strict=True)]
    among = [
        code in {item.code for item in ranking[:3]}
        for ranking, code in zip(rankings, codes, strict=True)
    ]
    english = [ok for ok, row in zip(right, test, strict=True) if "english" in str(row["tags"])]
    sampled = [ok for ok, row in zip(right, test, strict=True) if "sampled" in str(row["tags"])]
    sure = [ok for ok, ranking in zip(right, rankings, strict=True) if ranking[0].p >= 0.4]
    base = [keyword_count(rules, text) == code for text, code in zip(texts, codes, strict=True)]

    dangers = rows(DATA / "triage/emergencies.jsonl")
    kinds = [(row["kind"], triage.emergency(str(row["text"]))) for row in dangers]
    found = [found == kind for kind, found in kinds if kind is not None]
    alarms = [found == kind for kind, found in kinds if found is not None]

    rounds = 1 if quick else 10
    started = time.perf_counter()
    for _ in range(rounds):
        for text in texts:
            triage.rank(text)
    seconds = time.perf_counter() - started
    return {
        "accuracy": share(right),
        "top3_accuracy": share(among),
        "accuracy_en": share(english),
        "accuracy_sampled": share(sampled),
        "accuracy_when_sure": share(sure),
        "share_sure": round(len(sure) / len(right), 4),
        "emergency_recall": share(found),
        "emergency_precision": share(alarms),
        "sentences_per_second": round(rounds * len(texts) / seconds, 1),
        "load_seconds": round(load_seconds, 4),
        "baseline_accuracy": share(base),
        "sentences": len(texts),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one timed round instead of ten")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    options = parser.parse_args()
    figures = measure(options.quick)
    for name, value in figures.items():
        print(f"{name:24} {value}")
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
