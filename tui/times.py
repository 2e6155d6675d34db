"""Instants as words: ages, times of day and days, in the reader's zone and language."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from tui.words import Words

_MINUTE_S = 60
_HOUR_S = 60 * _MINUTE_S
_DAY_S = 24 * _HOUR_S
_WEEK_S = 7 * _DAY_S
_YEAR_S = 365 * _DAY_S


def name_age(at: datetime, now: datetime, words: Words) -> str:
    """How long ago, in at most six cells; years ago the year itself ("2024")."""
    seconds = max(0.0, (now - at).total_seconds())
    for limit_s, unit_s, template in (
        (_HOUR_S, _MINUTE_S, words.minutes),
        (_DAY_S, _HOUR_S, words.hours),
        (2 * _WEEK_S, _DAY_S, words.days),
        (_YEAR_S, _WEEK_S, words.weeks),
    ):
        if seconds < _MINUTE_S:
            return words.now
        if seconds < limit_s:
            return template.format(n=int(seconds // unit_s))
    return f"{at.astimezone(UTC).year}"


def name_time(at: datetime, zone: tzinfo) -> str:
    """The local time of day: "09:05"."""
    return f"{at.astimezone(zone):%H:%M}"


def name_day(day: date, today: date, words: Words) -> str:
    """A local date with its weekday; the year only where it is another one."""
    template = words.day if day.year == today.year else words.day_of_other_year
    return template.format(
        weekday=words.weekdays[day.weekday()],
        day=day.day,
        month=words.months[day.month - 1],
        year=day.year,
    )


def name_near_day(day: date, today: date, words: Words) -> str:
    """As `name_day`, but today and yesterday by these words."""
    if day == today:
        return words.today
    if (today - day).days == 1:
        return words.yesterday
    return name_day(day, today, words)
