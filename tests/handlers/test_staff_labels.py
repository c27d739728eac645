"""Labels of the staff side: complete in both languages, plain, and telling."""

from __future__ import annotations

import pytest

from handlers.keyboards.staff import MAIN_ACTIONS, MORE_ACTIONS
from handlers.staff.flow import OUTCOMES
from handlers.staff.show import TimeLeft
from handlers.texts import LOCALES, Texts
from tests.handlers.contexts.staff import HOSTILE, OFTEN, a_ticket


@pytest.mark.parametrize("locale", LOCALES)
def test_every_action_outcome_and_frequent_answer_has_a_label(locale: str) -> None:
    t = Texts(locale)
    for action in MAIN_ACTIONS + MORE_ACTIONS:
        assert t.label(f"staff.act_{action.value}")
    for outcome in OUTCOMES:
        assert t.label(f"staff.outcome_{outcome.value}")
    for name in OFTEN:
        assert t.label(name)


def test_labels_are_plain_text_and_hostile_values_stay_literal() -> None:
    label = Texts("zh-CN").label("staff.person", name=HOSTILE, title="")
    assert label == HOSTILE
    line = Texts("zh-CN").label(
        "staff.line",
        ticket=a_ticket(),
        label="路灯楼道灯",
        place="合水中路12号",
        paused=False,
        left=TimeLeft(True, 1, 2, 3),
        soon=False,
        waiting=False,
    )
    assert line == "🔴#1042 路灯楼道灯·合水中路12号·已超期 1天2小时"
