"""Days and moments as people type them: "明天下午三点", "12月1日 19:30", "下周六上午9点".

Everything is Beijing time. A day of the week, of the month or of the year without a year is the
next one there is. Words that are not understood make the whole text not understood: a guess would
call people to a meeting on the wrong day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from models.worktime import BEIJING

_NUMERALS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "两": 2,
}
_SPELT = re.compile(r"[零〇一二两三四五六七八九十]+")
_FILLER = re.compile(r"[\s,，。、;；!！的在到前吧了(（)）]|之前|以前|\b(?:at|on|by|the)\b")
_ENGLISH_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ENGLISH_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_FAR = timedelta(days=3 * 366)
"""Nothing is planned further ahead; also keeps silly figures away from the calendar's end."""


def _number(spelt: str) -> str:
    """ "二十一" and "二一" as "21", "二〇二六" as "2026"."""
    if "十" not in spelt:
        return "".join(str(_NUMERALS[digit]) for digit in spelt)
    tens, _, ones = spelt.partition("十")
    head = int("".join(str(_NUMERALS.get(d, 1)) for d in tens)) if tens else 1
    tail = int("".join(str(_NUMERALS.get(d, 0)) for d in ones)) if ones else 0
    return str(head * 10 + tail)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    return _SPELT.sub(lambda match: _number(match[0]), folded)


# --- days --------------------------------------------------------------------------------------

_Day = Callable[["re.Match[str]", date], date]


def _relative(match: re.Match[str], today: date) -> date:
    ahead = {"今": 0, "明": 1, "后": 2, "大后": 3, "today": 0, "tonight": 0, "tomorrow": 1}
    return today + timedelta(days=ahead[match[1]])


def _weekday(match: re.Match[str], today: date) -> date:
    day = 6 if match[2] in "日天7" else int(match[2]) - 1
    monday = today - timedelta(days=today.weekday())
    which = match[1].replace("个", "")
    if which in ("这", "本"):
        return monday + timedelta(days=day)
    if which:
        return monday + timedelta(days=day, weeks=len(which))
    return today + timedelta(days=(day - today.weekday()) % 7)


def _english_weekday(match: re.Match[str], today: date) -> date:
    day = _ENGLISH_DAYS.index(match[2][:3])
    if match[1]:
        return today - timedelta(days=today.weekday()) + timedelta(days=day, weeks=1)
    return today + timedelta(days=(day - today.weekday()) % 7)


def _full(match: re.Match[str], today: date) -> date:
    return date(int(match[1]), int(match[2]), int(match[3]))


def _in_year(month: int, day: int, today: date) -> date:
    """The next such day, today included; 29 February is looked for in the years to come."""
    for year in range(today.year, today.year + 9):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise ValueError("no such day")


def _month_day(match: re.Match[str], today: date) -> date:
    return _in_year(int(match[1]), int(match[2]), today)


def _english_month(match: re.Match[str], today: date) -> date:
    return _in_year(_ENGLISH_MONTHS.index(match[1][:3]) + 1, int(match[2]), today)


def _day_of_month(match: re.Match[str], today: date) -> date:
    first = today.replace(day=1)
    for _ in range(12):
        try:
            found = first.replace(day=int(match[1]))
        except ValueError:
            found = None
        if found is not None and found >= today:
            return found
        first = (first + timedelta(days=32)).replace(day=1)
    raise ValueError("no such day")


def _days_ahead(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=int(match[1]) * (7 if match[2] in _WEEKS else 1))


_WEEKS = frozenset({"周", "星期", "礼拜", "week", "weeks"})
_DAYS: tuple[tuple[re.Pattern[str], _Day], ...] = (
    (re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?"), _full),
    (re.compile(r"(\d{1,2})月(\d{1,2})[日号]?"), _month_day),
    (re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})(?!\d)"), _month_day),
    (re.compile(rf"({'|'.join(_ENGLISH_MONTHS)})[a-z]*\.? ?(\d{{1,2}})(?!\d|:)"), _english_month),
    (re.compile(r"(\d{1,3})个?(天|日|周|星期|礼拜)(?:以后|之后|后)"), _days_ahead),
    (re.compile(r"in (\d{1,3}) (day|days|week|weeks)"), _days_ahead),
    (re.compile(r"(大后|后|明|今)(?:天|日|儿|(?=[早晚]))"), _relative),
    (re.compile(r"(today|tonight|tomorrow)"), _relative),
    (re.compile(r"(这|本|下下个|下下|下个|下|)(?:周|星期|礼拜)([1-7日天])"), _weekday),
    (re.compile(rf"(next )?({'|'.join(_ENGLISH_DAYS)})[a-z]*"), _english_weekday),
    (re.compile(r"(?<!\d)(\d{1,2})[日号]"), _day_of_month),
)


_WEEKDAY_BESIDE = re.compile(r"\((?:周|星期)([1-7日天])\)")


def _without_weekday(text: str, day: date) -> str:
    """The text without "（周二）" beside a Tuesday, as the bot itself writes it."""
    match = _WEEKDAY_BESIDE.search(text)
    named = None if match is None else 6 if match[1] in "日天7" else int(match[1]) - 1
    return _WEEKDAY_BESIDE.sub("", text, count=1) if named == day.weekday() else text


def _take_day(text: str, today: date) -> tuple[date | None, str]:
    """The first day that is named, and the text without it."""
    for pattern, read in _DAYS:
        if (match := pattern.search(text)) is None:
            continue
        try:
            found = read(match, today)
        except (ValueError, OverflowError):
            return None, text
        # A part of the day right behind it stays: "明晚" is the evening of tomorrow.
        night = " 晚" if match[0] == "tonight" and "pm" not in text else " "
        rest = text[: match.start()] + night + text[match.end() :]
        return found, _without_weekday(rest, found)
    return None, text


# --- times of the day --------------------------------------------------------------------------

_PARTS = "凌晨|清晨|早上|早晨|早|上午|中午|下午|傍晚|晚上|夜里|晚|夜"
_CLOCK = re.compile(rf"({_PARTS}|)\s*(\d{{1,2}}):(\d{{2}})\s*(am|pm|)")
_SPOKEN = re.compile(
    rf"({_PARTS}|)\s*(\d{{1,2}})\s*[点时](?:钟|整)?\s*(?:(半)|(\d)刻|(\d{{1,2}})分?)?"
)
_ENGLISH = re.compile(r"(?<!\d)(\d{1,2}) ?(am|pm)\b")
_LATE = frozenset({"下午", "傍晚", "晚上", "夜里", "晚", "夜", "pm"})


def _hour(part: str, hour: int) -> int:
    """The hour of 24. Without a part of the day, one to six o'clock are in the afternoon."""
    if part == "中午" and hour in (1, 2):
        return hour + 12
    if part in _LATE and hour < 12:
        return hour + 12
    if part == "am" and hour == 12:
        return 0
    return hour + 12 if not part and 1 <= hour <= 6 else hour


def _take_time(text: str) -> tuple[time | None, str]:
    """The time of the day that is named, and the text without it."""
    if (match := _CLOCK.search(text)) is not None:
        part = match[1] or match[4] or "24"
        hour, minute = _hour(part, int(match[2])), int(match[3])
    elif (match := _SPOKEN.search(text)) is not None:
        hour = _hour(match[1], int(match[2]))
        minute = 30 if match[3] else int(match[4]) * 15 if match[4] else int(match[5] or 0)
    elif (match := _ENGLISH.search(text)) is not None:
        hour, minute = _hour(match[2], int(match[1])), 0
    else:
        return None, text
    rest = text[: match.start()] + " " + text[match.end() :]
    return (time(hour, minute), rest) if hour < 24 and minute < 60 else (None, text)


_SOON = re.compile(
    r"(半|\d{1,4})个?(小时|钟头|分钟|分)(?:以后|之后|后)|in (\d{1,4}) (hours?|minutes?)"
)
_HOURS = frozenset({"小时", "钟头", "hour", "hours"})


def _soon(text: str, now: datetime) -> datetime | None:
    """ "半小时后", "十分钟后"."""
    match = _SOON.fullmatch(_FILLER.sub("", text) if "in " not in text else text)
    if match is None:
        return None
    amount, unit = match[1] or match[3], match[2] or match[4]
    minutes = 30 if amount == "半" else int(amount) * (60 if unit in _HOURS else 1)
    return (now + timedelta(minutes=minutes)).replace(second=0, microsecond=0)


def parse_date(text: str, now: datetime) -> date | None:
    """The day that the text names, in Beijing; None when it names none, or says more than that."""
    today = now.astimezone(BEIJING).date()
    found, rest = _take_day(_plain(text), today)
    if found is None or _FILLER.sub("", rest) or abs(found - today) > _FAR:
        return None
    return found


def parse_moment(text: str, now: datetime) -> datetime | None:
    """The moment (UTC) that the text names; None when it names none, or says more than that.

    A time without a day is the next one on the clock.
    """
    plain = _plain(text)
    if (soon := _soon(plain, now)) is not None:
        return soon.astimezone(UTC)
    here = now.astimezone(BEIJING)
    day, rest = _take_day(plain, here.date())
    clock, rest = _take_time(rest)
    if clock is None or _FILLER.sub("", rest):
        return None
    if day is not None and abs(day - here.date()) > _FAR:
        return None
    found = datetime.combine(day or here.date(), clock, tzinfo=BEIJING)
    if day is None and found <= here:
        found += timedelta(days=1)
    return found.astimezone(UTC)
