"""How alike opinions are: politeness and marks do not count, opposites are never alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deliberation.policy import DeliberationPolicy
from models.deliberation.steps import Capacity, Step
from workflows.deliberation.likeness import alike
from workflows.deliberation.screens import TABLE, Stage, screens_for

OFFERED = DeliberationPolicy().similar_percent
TEXTS = st.text(st.sampled_from("希望加装电梯方便老人上下楼不反对停车，。!a1 "), max_size=30)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("希望加装电梯，方便老人", "请加装电梯方便老人吧！"),
        ("加装电梯方便老人上下楼", "方便老人上下楼，加装电梯"),
        ("晚上停车位不够", "我觉得晚上停车位不够用"),
        ("楼道灯坏了没人修", "三单元楼道灯坏了没人修，太黑"),
    ],
)
def test_the_same_meaning_is_offered(one: str, other: str) -> None:
    assert alike(one, other) >= OFFERED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("同意加装电梯", "不同意加装电梯"),
        ("支持收停车费", "反对收停车费"),
        ("一楼采光会变差", "费用按楼层分摊才公平"),
        ("电梯", "电梯太吵影响一楼老人休息，先想办法"),
    ],
)
def test_another_meaning_is_not(one: str, other: str) -> None:
    assert alike(one, other) < OFFERED


@given(TEXTS, TEXTS)
def test_alike_is_symmetric_and_bounded(one: str, other: str) -> None:
    assert 0.0 <= alike(one, other) <= 100.0
    assert alike(one, other) == pytest.approx(alike(other, one))


# --- screens --------------------------------------------------------------------------------------


@given(st.sampled_from(list(Step)), st.frozensets(st.sampled_from(list(Capacity))))
def test_whoever_has_no_capacity_only_looks(step: Step, capacities: frozenset[Capacity]) -> None:
    everything = Stage(*(True for _ in Stage.__slots__))
    public = {row.screen for row in TABLE if not row.capacities}
    shown = screens_for(step, capacities, everything)

    assert len(shown) == len(set(shown))
    assert set(screens_for(step, frozenset(), everything)) <= public
    assert set(screens_for(step, frozenset(), everything)) <= set(shown)
