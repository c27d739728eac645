import json
from pathlib import Path

import pytest

from dispatch.triage import Triage
from dispatch.triage.train import Sentence


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("闻到一股煤气味", "gas"),
        ("I smell gas in the kitchen", "gas"),
        ("电梯里有人困住了", "lift_trapped"),
        ("we are stuck in the elevator", "lift_trapped"),
        ("三楼着火了", "fire"),
        ("有人拿刀砍人", "violence"),
        ("我孩子不见了", "violence"),
        ("我不想活了", "suicide"),
        ("老人晕倒了叫不醒", "medical"),
        ("電梯困人", "lift_trapped"),
        ("昨天着火扑灭了，现在又着火了，快来人", "fire"),
    ],
)
def test_an_emergency_is_recognised(triage: Triage, text: str, kind: str) -> None:
    assert triage.emergency(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "灭火器过期了",
        "楼下火锅店油烟大",
        "煤气费怎么交",
        "吓死我了",
        "气死我了",
        "电梯坏了没困人",
        "昨天着火已经扑灭了，问赔偿",
        "楼道堆杂物，怕着火",
        "万一着火怎么办",
        "楼上吵得我不想活了",
        "狗丢了",
        "心脏病住院能报销多少",
        "The fire extinguisher is expired",
        "How do I pay the gas bill?",
        "The lift is broken but nobody is trapped",
        "",
    ],
)
def test_a_false_alarm_is_kept_out(triage: Triage, text: str) -> None:
    assert triage.emergency(text) is None


def test_recall_and_precision_on_the_labelled_sentences(triage: Triage, data: Path) -> None:
    rows = [
        json.loads(line)
        for line in (data / "triage/emergencies.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(rows) >= 80
    missed = [r for r in rows if r["kind"] and triage.emergency(r["text"]) != r["kind"]]
    false = [r for r in rows if not r["kind"] and triage.emergency(r["text"])]
    dangers = sum(row["kind"] is not None for row in rows)
    assert len(missed) <= 0.02 * dangers, missed
    assert len(false) <= 0.03 * (len(rows) - dangers), false


def test_ordinary_matters_hardly_ever_raise_the_alarm(
    triage: Triage, sentences: list[Sentence]
) -> None:
    alarms = [s.text for s in sentences if triage.emergency(s.text)]
    assert len(alarms) <= 0.003 * len(sentences), alarms
