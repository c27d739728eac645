import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.triage import Triage, TriageRules
from dispatch.triage.train import Sentence, measure

ANY_TEXT = st.text(max_size=300) | st.text(
    alphabet="楼道灯坏了着火煤气电梯困人3号单元，。 abgsl'!\u200b\ud800\x00１２", max_size=80
)


@settings(max_examples=150, deadline=None)
@given(text=ANY_TEXT)
def test_any_text_is_ranked_over_all_categories(
    triage: Triage, rules: TriageRules, text: str
) -> None:
    ranking = triage.rank(text)
    assert {item.code for item in ranking} == {*rules.codes, "none"}
    assert sum(item.p for item in ranking) == pytest.approx(1)
    assert [item.p for item in ranking] == sorted((i.p for i in ranking), reverse=True)


@settings(max_examples=150, deadline=None)
@given(text=ANY_TEXT)
def test_any_text_is_split_and_checked_for_danger(triage: Triage, text: str) -> None:
    triage.emergency(text)
    parts = triage.split_matters(text)
    assert parts
    letters = [char for char in text if char.isalnum()]
    assert [char for part in parts for char in part if char.isalnum()] == letters


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("楼道灯坏了三天了", "facility.lighting"),
        ("樓道燈壞了", "facility.lighting"),
        ("电梯又坏了", "facility.lift"),
        ("楼上漏水把我家泡了，他不管", "dispute.leak"),
        ("低保咋申请", "policy.welfare"),
        ("有人在楼道给电动车充电", "hazard.fire"),
        ("The streetlight is broken", "facility.lighting"),
        ("My radiators are cold", "facility.heating"),
        ("你好", "none"),
        ("谢谢", "none"),
        ("Hello!", "none"),
    ],
)
def test_plain_matters_are_recognised(triage: Triage, text: str, code: str) -> None:
    assert triage.rank(text)[0].code == code


@pytest.mark.parametrize("text", ["", "   ", "。。。", "😀😀", "12345678", "合水中路12号3单元401"])
def test_what_holds_no_words_or_only_an_address_is_no_matter(triage: Triage, text: str) -> None:
    assert triage.rank(text)[0].code == "none"


@pytest.mark.parametrize("text", ["灯坏了", "停水了", "暖气不热", "垃圾没人拉", "狗叫得睡不着"])
@pytest.mark.parametrize(
    "address", ["合水中路12号3单元401", "玉门街南 5#楼2单元，", "合水中路十二号，", "３号楼２单元 "]
)
def test_an_address_does_not_decide(triage: Triage, text: str, address: str) -> None:
    assert triage.rank(address + text)[0].code == triage.rank(text)[0].code


def test_the_shipped_model_reaches_its_aim_on_sentences_it_has_not_seen(
    triage: Triage, rules: TriageRules, sentences: list[Sentence]
) -> None:
    heldout = [sentence for sentence in sentences if sentence.split == "test"]
    accuracy = measure(triage._model, heldout, rules)
    assert accuracy.first >= 0.90
    assert accuracy.top3 >= 0.97


def test_probabilities_are_honest(triage: Triage, sentences: list[Sentence]) -> None:
    heldout = [sentence for sentence in sentences if sentence.split == "test"]
    best = [(triage.rank(sentence.text)[0], sentence.code) for sentence in heldout]
    right = sum(item.code == code for item, code in best) / len(best)
    claimed = sum(item.p for item, _ in best) / len(best)
    assert claimed == pytest.approx(right, abs=0.06)


def test_several_matters_come_apart(triage: Triage) -> None:
    parts = triage.split_matters("楼道灯坏了三天没人修。另外想问一下低保怎么申请？")
    assert [triage.rank(part)[0].code for part in parts] == ["facility.lighting", "policy.welfare"]
    parts = triage.split_matters("The stairwell light is broken. Also how do I get a senior card?")
    assert len(parts) == 2


@pytest.mark.parametrize(
    "text",
    [
        "楼道灯坏了三天了，晚上什么也看不见，老人上楼害怕，麻烦修一修。",
        "楼上漏水，找他也不管",
        "暖气不热，家里冷得很，孩子都感冒了！还有老人。",
        "你好。谢谢。",
        "",
    ],
)
def test_one_matter_stays_whole(triage: Triage, text: str) -> None:
    assert triage.split_matters(text) == [text]


def test_answering_needs_no_training_library(data: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from dispatch.triage import Triage, load_rules\n"
        "d = Path(sys.argv[1])\n"
        "rules = load_rules(d/'xigucheng/services.toml', d/'xigucheng/emergencies.toml')\n"
        "Triage.load(rules, d/'triage/model.npz').rank('楼道灯坏了')\n"
        "print(sorted({'sklearn', 'scipy', 'joblib', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(data)],
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_loading_is_quick(data: Path, rules: TriageRules) -> None:
    best = 10.0
    for _ in range(3):
        started = time.perf_counter()
        Triage.load(rules, data / "triage/model.npz")
        best = min(best, time.perf_counter() - started)
    assert best < 0.3
    assert (data / "triage/model.npz").stat().st_size < 3_000_000
