"""No chat gets more than its burst and one message a second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.pacing import ChatPacer
from bot.settings import CourierSettings

SETTINGS = CourierSettings(chat_messages_per_second=1, chat_burst=3)


@given(st.lists(st.tuples(st.integers(1, 3), st.floats(0, 5)), max_size=80))
def test_in_no_stretch_of_time_more_than_burst_and_rate(steps: list[tuple[int, float]]) -> None:
    pacer = ChatPacer(SETTINGS)
    now = 0.0
    sent: dict[int, list[float]] = {}
    for chat, pause in steps:
        now += pause
        if pacer.wait(chat, now) == 0:
            pacer.spend(chat, now)
            sent.setdefault(chat, []).append(now)
    for times in sent.values():
        for first in range(len(times)):
            for last in range(first, len(times)):
                assert last - first + 1 <= 3 + (times[last] - times[first]) + 1e-6


@given(st.floats(0, 100), st.integers(1, 6))
def test_waiting_as_long_as_told_is_enough(now: float, count: int) -> None:
    pacer = ChatPacer(SETTINGS)
    for _ in range(count):
        now += pacer.wait(1, now) + 1e-9
        assert pacer.wait(1, now) < 1e-6
        pacer.spend(1, now)


def test_no_limit_means_none() -> None:
    pacer = ChatPacer(CourierSettings(chat_messages_per_second=0))
    for _ in range(100):
        assert pacer.wait(1, 0.0) == 0
        pacer.spend(1, 0.0)
