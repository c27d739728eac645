"""One chat cannot make us do more than its share, and is told so once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from handlers.flood import WINDOW, FloodGuard, Pace

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@given(st.lists(st.tuples(st.integers(1, 2), st.floats(0, 40)), max_size=60))
def test_in_no_minute_more_than_the_limit_is_fine(steps: list[tuple[int, float]]) -> None:
    guard = FloodGuard(5)
    now = START
    fine: dict[int, list[datetime]] = {}
    for chat, pause in steps:
        now += timedelta(seconds=pause)
        if guard.note(chat, now) is Pace.FINE:
            fine.setdefault(chat, []).append(now)
    for times in fine.values():
        for first in times:
            assert sum(first <= at < first + WINDOW for at in times) <= 5


def test_a_chat_is_warned_once_a_minute_and_then_left_unread() -> None:
    guard = FloodGuard(2)
    paces = [guard.note(1, START) for _ in range(5)]
    assert paces == [Pace.FINE, Pace.FINE, Pace.WARN, Pace.IGNORE, Pace.IGNORE]
    assert guard.note(2, START) is Pace.FINE
    assert guard.note(1, START + WINDOW) is Pace.FINE
