"""Days, moments and sums as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.forms.amounts import parse_money, parse_number
from handlers.forms.moments import parse_date, parse_moment
from models.worktime import BEIJING

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""A Monday, 09:00 in Beijing."""


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("明天下午三点", "2026-11-24 15:00"),
        ("明天下午3点半", "2026-11-24 15:30"),
        ("12月1日 19:30", "2026-12-01 19:30"),
        ("12月1日19：30", "2026-12-01 19:30"),
        ("十二月一日晚上7点", "2026-12-01 19:00"),
        ("下周六上午9点", "2026-12-05 09:00"),
        ("下下周一早上8点", "2026-12-07 08:00"),
        ("周日上午10点一刻", "2026-11-29 10:15"),
        ("这周五下午两点", "2026-11-27 14:00"),
        ("明晚七点半", "2026-11-24 19:30"),
        ("今晚8点", "2026-11-23 20:00"),
        ("后天中午12点", "2026-11-25 12:00"),
        ("后天中午一点", "2026-11-25 13:00"),
        ("15号下午2点", "2026-12-15 14:00"),
        ("25号 9点20", "2026-11-25 09:20"),
        ("1月5日上午9点", "2027-01-05 09:00"),
        ("2026年12月1日9点", "2026-12-01 09:00"),
        ("二〇二六年十二月一日19:30", "2026-12-01 19:30"),
        ("2026-12-01 19:30", "2026-12-01 19:30"),
        ("12/5 14:00", "2026-12-05 14:00"),
        ("两周后的下午三点", "2026-12-07 15:00"),
        ("三天后下午3点", "2026-11-26 15:00"),
        ("半小时后", "2026-11-23 09:30"),
        ("十分钟后", "2026-11-23 09:10"),
        ("2小时以后", "2026-11-23 11:00"),
        ("三点", "2026-11-23 15:00"),
        ("8点", "2026-11-24 08:00"),
        ("tomorrow 3pm", "2026-11-24 15:00"),
        ("tonight 8pm", "2026-11-23 20:00"),
        ("tonight 8:30", "2026-11-23 20:30"),
        ("next Saturday at 9:30", "2026-12-05 09:30"),
        ("Dec 5, 7pm", "2026-12-05 19:00"),
        ("in 10 minutes", "2026-11-23 09:10"),
        ("12:00am tomorrow", "2026-11-24 00:00"),
    ],
)
def test_a_moment_is_read(typed: str, expected: str) -> None:
    found = parse_moment(typed, NOW)
    assert found is not None
    assert found.tzinfo is UTC
    assert f"{found.astimezone(BEIJING):%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "明天",
            "随便",
            "12月1日",
            "2月30日 9点",
            "明天25:00",
            "明天 9:75",
            "12月1日（周一）9点",
        ),
        *(
            "明天下午三点在居委会二楼",
            "不要明天9点",
            "9999-12-31 23:59",
            "三千周后 9点",
            "13月1日 9点",
        ),
    ],
)
def test_what_is_no_moment_is_not_guessed(typed: str) -> None:
    assert parse_moment(typed, NOW) is None


_MINUTES = st.datetimes(
    min_value=datetime(2026, 11, 24),  # noqa: DTZ001 - the strategy wants them without a zone
    max_value=datetime(2027, 11, 20),  # noqa: DTZ001
).map(lambda at: at.replace(second=0, microsecond=0, tzinfo=BEIJING))
_CHINESE = "零一二三四五六七八九十"


def _spelt(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _CHINESE[ones]
    return (_CHINESE[tens] if tens > 1 else "") + "十" + (_CHINESE[ones] if ones else "")


@given(_MINUTES)
def test_every_way_of_writing_gives_the_moment_back(at: datetime) -> None:
    part, hour = ("上午", at.hour) if at.hour < 12 else ("下午", at.hour - 12 or 12)
    part = "中午" if at.hour == 12 else "凌晨" if at.hour < 6 else part
    styles = [
        f"{at:%Y-%m-%d %H:%M}",
        f"{at.year}年{at.month}月{at.day}日{at:%H:%M}",
        f"{at.month}月{at.day}号 {at:%H:%M}",
        f"{at.year}/{at.month}/{at.day} {at:%H:%M}",
        f"{at.month}月{at.day}日{part}{hour}点{at.minute}分",
        f"{at.year}年{_spelt(at.month)}月{_spelt(at.day)}日{part}{_spelt(hour)}点{_spelt(at.minute)}分",
    ]
    for style in styles:
        assert parse_moment(style, NOW) == at, style


@given(_MINUTES)
def test_what_the_bot_writes_can_be_typed_back(at: datetime) -> None:
    written = f"{at.month}月{at.day}日（周{'一二三四五六日'[at.weekday()]}）{at:%H:%M}"
    assert parse_moment(written, NOW) == at


@given(st.integers(0, 13), st.times())
def test_a_weekday_is_within_its_week(ahead: int, clock: time) -> None:
    day = date(2026, 11, 23) + timedelta(days=ahead)
    prefix = "下" if ahead >= 7 else "这"
    name = "一二三四五六日"[day.weekday()]
    assert parse_date(f"{prefix}周{name}", NOW) == day
    expected = datetime.combine(day, clock.replace(second=0, microsecond=0), tzinfo=BEIJING)
    typed = (
        f"{prefix}个星期{name} {clock:%H:%M}" if ahead >= 7 else f"{prefix}周{name} {clock:%H:%M}"
    )
    assert parse_moment(typed, NOW) == expected


@given(st.text(max_size=40))
def test_nothing_typed_ever_breaks_the_readers(text: str) -> None:
    found = parse_moment(text, NOW)
    assert found is None or found.tzinfo is UTC
    day = parse_date(text, NOW)
    assert day is None or abs(day - date(2026, 11, 23)) <= timedelta(days=3 * 366)
    assert (parse_number(text) or 0) >= 0
    assert (parse_money(text) or 0) >= 0


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("明天", date(2026, 11, 24)),
        ("12月1日", date(2026, 12, 1)),
        ("1号", date(2026, 12, 1)),
        ("2月29日", date(2028, 2, 29)),
        ("下周六", date(2026, 12, 5)),
        ("周一", date(2026, 11, 23)),
        ("两周后", date(2026, 12, 7)),
        ("Dec 1", date(2026, 12, 1)),
    ],
)
def test_a_day_is_read(typed: str, expected: date) -> None:
    assert parse_date(typed, NOW) == expected


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1200", 120_000),
        ("1,200元", 120_000),
        ("¥99.5", 9_950),
        ("3.5万", 3_500_000),
        ("三千五", 350_000),
        ("两万元", 2_000_000),
        ("三千五百块钱", 350_000),
        ("0", 0),
        ("１２元", 1_200),
    ],
)
def test_a_sum_is_read(typed: str, fen: int) -> None:
    assert parse_money(typed) == fen


@pytest.mark.parametrize("typed", ["", "-3", "1.005", "很多", "九九九九九九亿亿", "1e9", "inf"])
def test_what_is_no_sum_is_refused(typed: str) -> None:
    assert parse_money(typed) is None


@given(st.integers(0, 10**12))
def test_every_sum_survives_being_written(fen: int) -> None:
    assert parse_money(f"{fen // 100}.{fen % 100:02d}元") == fen


@pytest.mark.parametrize(
    ("typed", "number"), [("12", 12), ("12户", 12), ("十二", 12), ("1.5", None)]
)
def test_a_number_is_read(typed: str, number: int | None) -> None:
    assert parse_number(typed) == number
