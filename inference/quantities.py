"""Owns what counts as the same number, time, day or link in two texts; it judges no summary.

A summary is read strictly, its source generously: 7시, 오후 7시, 19:00 and 7pm are one time,
"68k", "6만 8천" and "68,000" one number, and a number spelled in words backs its digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

_HALF_DAY_MIN = 12 * 60

_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'()]+"
    r"|\b(?:[\w-]{1,63}\.){1,8}(?:com|net|org|kr|io|me|co|ly|gl|gg|uk)\b(?:/[^\s<>\"'()]*)?",
    re.IGNORECASE | re.ASCII,
)
_CLOCK = re.compile(
    r"(?:(?P<half_ko>오전|오후|새벽|아침|저녁|밤)\s*)?"
    r"(?:(?<![\d.:,])(?P<h1>\d{1,2})\s*시(?!간)(?:\s*(?:(?P<m1>\d{1,2})\s*분|(?P<past>반)))?"
    r"|(?<![\d.:,])(?P<h2>\d{1,2}):(?P<m2>\d{2})(?!\d)"
    r"|(?<![\d.:,])(?P<h3>\d{1,2})(?:[.:]?(?P<m3>\d{2}))?(?=\s*[ap]\.?m\b))"
    r"(?:\s*(?P<half_en>[ap])\.?m\b)?",
    re.IGNORECASE,
)
_LOOSE_CLOCK = re.compile(r"(?<!\d)(?P<h>[01]?\d|2[0-4])[.h:]?(?P<m>[0-5]\d)(?!\d)", re.IGNORECASE)
_RELATIVE_CLOCK = re.compile(
    r"\b(?:(?P<past>half|quarter)(?: past)?|(?P<to>quarter to)) (?P<h>\d{1,2})\b", re.IGNORECASE
)
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_SCALED = re.compile(
    rf"(?P<number>{_NUMBER.pattern})\s?(?P<scale>천만|백만|억|만|천|백|k\b|m\b|thousand\b|million\b)?",
    re.IGNORECASE,
)
_SCALES = {
    "백": 100, "천": 1000, "만": 10_000, "백만": 1_000_000, "천만": 10_000_000, "억": 10**8,
    "k": 1000, "thousand": 1000, "m": 10**6, "million": 10**6,
}  # fmt: skip

_SPELLED = {
    "one": 1, "once": 1, "first": 1, "two": 2, "twice": 2, "second": 2, "both": 2, "couple": 2,
    "three": 3, "third": 3, "four": 4, "fourth": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "dozen": 12, "noon": 12, "midnight": 12,
    "fifteen": 15, "quarter": 15, "twenty": 20, "thirty": 30, "half": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "hundred": 100, "thousand": 1000, "grand": 1000,
}  # fmt: skip
_SPELLED_KO = {
    "하나": 1, "한": 1, "첫": 1, "하루": 1, "둘": 2, "두": 2, "이틀": 2,
    "셋": 3, "세": 3, "사흘": 3, "넷": 4, "네": 4, "다섯": 5, "여섯": 6,
    "일곱": 7, "여덟": 8, "아홉": 9, "열": 10, "열한": 11, "열두": 12,
    "정오": 12, "자정": 12, "스무": 20, "스물": 20, "반": 30, "백": 100,
    "천": 1000, "만": 10_000,
}  # fmt: skip
_COUNTED_KO = re.compile(
    rf"({'|'.join(sorted(_SPELLED_KO, key=len, reverse=True))})"
    r"(?=\s?(?:시|명|개|번|장|병|마리|분|대|살|달|주|곳|가지|판|잔|사람|군데|통|권|팀|줄|째|원|배"
    r"|박|끼|표|[^가-힣]|$))"
)

_DAYS = {
    "monday": ("monday", "mondays", "mon", "월요일", "월욜", "월"),
    "tuesday": ("tuesday", "tuesdays", "tues", "tue", "화요일", "화욜", "화"),
    "wednesday": ("wednesday", "wednesdays", "weds", "wed", "수요일", "수욜", "수"),
    "thursday": ("thursday", "thursdays", "thurs", "thur", "thu", "목요일", "목욜", "목"),
    "friday": ("friday", "fridays", "fri", "금요일", "금욜", "불금", "금"),
    "saturday": ("saturday", "saturdays", "sat", "토요일", "토욜", "토"),
    "sunday": ("sunday", "sundays", "sun", "일요일", "일욜", "일"),
}
_DAY_OF_WORD = {word: day for day, words in _DAYS.items() for word in words}
_STRICT_DAY = re.compile(r"\b(" + "|".join(_DAYS) + r")s?\b|([월화수목금토일])요일", re.IGNORECASE)
_LOOSE_DAY = re.compile(
    r"[a-z]+|[가-힣]요일|[가-힣]욜|불금|[월화수목금토일](?![가-힣])|(?<![가-힣])[월화수목금토일]{2,5}(?![가-힣])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day: minutes past twelve, and which half of the day where it was said."""

    minute: int
    """0 to 719."""

    half: str | None
    """"a" before noon, "p" after; None when unsaid."""

    def agrees_with(self, other: Clock) -> bool:
        """Whether both can be the same time."""
        same_half = self.half is None or other.half is None or self.half == other.half
        return self.minute == other.minute and same_half


class SourceQuantities:
    """All that the texts of one chat can be read as."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._links: set[str] = set()
        self._clocks: set[Clock] = set()
        self._numbers: set[Fraction] = {Fraction(1)}
        # One is grammar more often than a count ("1인", "one of them"), and backs itself.
        self._days: set[str] = set()
        for text in texts:
            self._links.update(_find_links(text))
            self._clocks.update(_find_clocks(text))
            self._clocks.update(_guess_clocks(text))
            self._numbers.update(_guess_numbers(text))
            self._days.update(_guess_days(text))

    def find_missing(self, text: str) -> tuple[str, ...]:
        """What of `text` no reading of the source holds: links, weekdays, times, numbers.

        As written, except that weekdays have their English names; () when everything is there.
        """
        missing = [link for link in _find_links(text) if not self._has_link(link)]
        text = _LINK.sub(" ", text)
        missing += [day for day in _find_days(text) if day not in self._days]
        numbers_text = text
        for match in _CLOCK.finditer(text):
            if not self._has_clock(_read_clock(match)):
                missing.append(match.group())
            numbers_text = numbers_text.replace(match.group(), " ", 1)
        missing += [
            written for written, values in _find_numbers(numbers_text) if not self._has_any(values)
        ]
        return tuple(missing)

    def _has_link(self, link: str) -> bool:
        return any(link in known or known in link for known in self._links)

    def _has_clock(self, clock: Clock) -> bool:
        if any(clock.agrees_with(known) for known in self._clocks):
            return True
        told_otherwise = any(clock.minute == known.minute for known in self._clocks)
        hour, past = divmod(clock.minute, 60)
        hours = {Fraction(hour), Fraction(hour + 12), Fraction(hour or 12)}
        return past == 0 and not told_otherwise and bool(hours & self._numbers)

    def _has_any(self, values: frozenset[Fraction]) -> bool:
        if values & self._numbers:
            return True
        return any(
            clock.agrees_with(known)
            for value in values
            for clock in _guess_clocks(f"{float(value):.2f}")
            for known in self._clocks
        )


def find_clocks(text: str, *, loosely: bool = False) -> frozenset[object]:
    """The times of day in `text`, as minutes past twelve; loosely, also "7.30" and "half 7"."""
    clocks = [*_find_clocks(text), *(_guess_clocks(text) if loosely else ())]
    return frozenset(clock.minute for clock in clocks)


def find_weekdays(text: str, *, loosely: bool = False) -> frozenset[object]:
    """The weekdays in `text`, by their English names; loosely, also "weds", 수욜 and (수)."""
    return frozenset(_guess_days(text) if loosely else _find_days(text))


def has_link(text: str) -> bool:
    """Whether `text` holds a link."""
    return _LINK.search(text) is not None


def _find_links(text: str) -> list[str]:
    found = (match.group().lower().rstrip(".,!?)") for match in _LINK.finditer(text))
    return [re.sub(r"^https?://|^www\.", "", link) for link in found]


def _find_days(text: str) -> list[str]:
    words = (match.group(1) or match.group() for match in _STRICT_DAY.finditer(text))
    return [_DAY_OF_WORD[word.lower()] for word in words]


def _guess_days(text: str) -> Iterator[str]:
    for match in _LOOSE_DAY.finditer(text.lower()):
        word = match.group()
        for part in (word, *word):
            if part in _DAY_OF_WORD:
                yield _DAY_OF_WORD[part]


def _find_clocks(text: str) -> list[Clock]:
    return [_read_clock(match) for match in _CLOCK.finditer(text)]


def _read_clock(match: re.Match[str]) -> Clock:
    hour = int(match["h1"] or match["h2"] or match["h3"])
    minute = 30 if match["past"] else int(match["m1"] or match["m2"] or match["m3"] or 0)
    half = None
    if match["half_en"]:
        half = match["half_en"].lower()
    elif match["half_ko"]:
        half = "p" if match["half_ko"] in {"오후", "저녁"} else None
        half = "a" if match["half_ko"] in {"오전", "새벽", "아침"} else half
    elif hour > 12:
        half = "p"
    return Clock((hour * 60 + minute) % _HALF_DAY_MIN, half)


def _guess_clocks(text: str) -> Iterator[Clock]:
    """Times said without a mark of time: "7.30", "1930", "half 7", "quarter to 8"."""
    for match in _LOOSE_CLOCK.finditer(text):
        yield Clock((int(match["h"]) * 60 + int(match["m"])) % _HALF_DAY_MIN, None)
    for match in _RELATIVE_CLOCK.finditer(text):
        offset = -15
        if match["past"]:
            offset = 30 if match["past"].lower() == "half" else 15
        yield Clock((int(match["h"]) * 60 + offset) % _HALF_DAY_MIN, None)


def _find_numbers(text: str) -> list[tuple[str, frozenset[Fraction]]]:
    """Every number as written, with the values it may have: whole and without its scale.

    Korean amounts that follow one another in falling scales are one: "3만 5천" is 35,000.
    """
    found: list[tuple[str, frozenset[Fraction]]] = []
    last_end, last_scale, total = -2, 0, Fraction(0)
    for match in _SCALED.finditer(text):
        value = Fraction(match["number"].replace(",", ""))
        scale = _SCALES.get((match["scale"] or "").lower(), 1)
        values = {value, value * scale}
        joins = text[last_end : match.start()].strip() == "" and match.start() - last_end <= 1
        total = total + value * scale if joins and scale < last_scale else value * scale
        if joins and scale < last_scale:
            written, before = found.pop()
            found.append((written + match.group(), before | {total}))
        else:
            found.append((match.group().strip(), frozenset(values)))
        last_end, last_scale = match.end(), scale
    return found


def _guess_numbers(text: str) -> Iterator[Fraction]:
    for _, values in _find_numbers(text):
        yield from values
    for match in _SCALED.finditer(text):
        value = Fraction(match["number"].replace(",", ""))
        yield value * _SCALES.get((match["scale"] or "").lower(), 1)
    for digits in _DIGITS.findall(text):
        yield Fraction(int(digits))
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _SPELLED:
            yield Fraction(_SPELLED[word])
    for word in _COUNTED_KO.findall(text):
        yield Fraction(_SPELLED_KO[word])
