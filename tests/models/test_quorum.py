"""When enough of a council take part."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.deliberation.quorum import quorum


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 100))
def test_a_quorum_is_more_than_the_share_and_can_be_reached(
    seats: int, present: int, percent: int
) -> None:
    present = min(present, seats)
    found = quorum(seats, present, percent)
    if seats == 0:
        assert not found.ok
        return
    assert quorum(seats, seats, percent).ok
    assert not quorum(seats, 0, percent).ok
    if percent < 100:
        assert found.ok == (present * 100 > seats * percent)
    else:
        assert found.ok == (present == seats)
    assert found.ok == (present >= found.needed)
