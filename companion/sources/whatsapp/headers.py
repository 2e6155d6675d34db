"""The stamp that begins every entry of a WhatsApp export; neither dates nor bodies are judged.

Phones write it by their own locale: `[13.06.18, 21:25:15] `, `6/13/18, 9:25 PM - `,
`2018. 6. 13. 오후 9:25 - `, and more (formats.md 1.4; fixtures of whatsapp-chat-parser).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from companion.sources.whatsapp.marks import clean_marks, drop_cleaned

_HALVES: dict[str, int] = {
    # half of the day -> hours added to a 12-hour clock; keys without dots and spaces, casefolded
    **dict.fromkeys(
        ("am", "오전", "上午", "午前", "πμ", "ص", "sa", "öö", "fm", "ap", "de", "pg", "vm"), 0
    ),
    **dict.fromkeys(
        ("pm", "오후", "下午", "午後", "μμ", "م", "ch", "ös", "em", "ip", "du", "ptg", "nm"), 12
    ),
    **dict.fromkeys(("凌晨", "清晨", "早上", "قظ"), 0),
    **dict.fromkeys(("中午", "晚上", "بظ"), 12),
}

_EAST_ASIAN_HALVES = frozenset(
    ("오전", "오후", "上午", "下午", "午前", "午後", "凌晨", "清晨", "早上", "中午", "晚上")
)
_HALF = (
    r"[AaPp]\. ?[Mm]\.?|[AaPp][Mm]\.?|오전|오후|上午|下午|午前|午後|凌晨|清晨|早上|中午|晚上"
    r"|[πμΠΜ]\. ?[μΜ]\.|ص|م|[قب]\.ظ\.?|SA|CH|PT?G|Ö[ÖS]|[fe]m|[vn]m\.|[ai]p\.|d[eu]\."
)
_DATE = (
    r"(?P<a>\d{1,4})(?P<sep>[./-]|\. |[년年] ?)"
    r"(?P<b>\d{1,4})(?:(?P=sep)|[월月] ?)(?P<c>\d{1,4})(?:\.|[일日]| г\.)?"
)
_TIME = (
    rf"(?:(?P<before>{_HALF}) ?)?(?P<hour>\d{{1,2}})(?:[:.]| h )(?P<minute>\d{{2}})"
    rf"(?:[:.](?P<second>\d{{2}}))?(?: ?(?P<after>{_HALF}))?(?: Uhr| ч\.?)?"
)
_BETWEEN = r"[,،]? ?(?:(?:klo|um|kl\.?|à|às|at|ob|u) )?"

_CACHED = 4096
"""Days, and minutes of a day, whose reading is kept: they come again and again."""

_BUDDHIST_YEARS = 543
"""Thai phones count the years from the Buddha's death: 2567 is 2024."""

_FIRST_BUDDHIST = 2552
"""The year WhatsApp began, 2009: no chat is older, and none is yet of the common year 2052."""

_PERSIAN_YEARS = range(1388, 1500)
"""Of a calendar whose months are not ours: better no stamp than one of the Middle Ages."""

_LONGEST = 80
"""No stamp is longer, marks included; bodies may be, and cleaning them all costs time."""

_DATE_FIRST = re.compile(
    rf"(?P<open>\[)?{_DATE}{_BETWEEN}{_TIME}"
    r"(?P<end>(?(open)\](?: -|:)?(?: |$)|(?: [-–](?: |$)|: | )))"
)
_TIME_FIRST = re.compile(
    rf"(?P<open>\[)?{_TIME}{_BETWEEN}{_DATE}"
    r"(?P<end>(?(open)\](?: -|:)?(?: |$)|(?: [-–](?: |$))))"
)
_GROUPS = ("a", "sep", "b", "c", "before", "hour", "minute", "second", "after", "open", "end")


class Shape(NamedTuple):
    """How one phone writes its stamps: equal for every entry of one export."""

    frame: str
    """"[" around the stamp, "-" or ":" after it, or "" for a stamp with neither."""

    separator: str
    """Between the numbers of the date."""

    year_place: int
    """0 to 2: which number of the date is the year."""

    year_digits: int
    has_seconds: bool
    is_time_first: bool

    @property
    def is_ios(self) -> bool:
        """Android puts a dash behind every stamp, iOS never."""
        return self.frame != "-"


class Header(NamedTuple):
    """A stamp, its numbers as written, and what follows it on the line."""

    shape: Shape
    year: int
    """Of the common calendar: 18 is told as 2018, and 2561 of a Thai phone, too."""

    first: int
    """The first number of the date that is not the year: day or month."""

    second: int
    hour: int
    """0 to 23."""

    minute: int
    seconds: int
    is_padded: bool
    """A leading zero stood before a day or month."""

    half: str
    """Half of the day as written ("PM"), "" on a 24-hour clock."""

    rest: str
    """Raw: with its marks."""

    @property
    def written(self) -> str:
        """The numbers of the stamp, whatever they mean: what two exports have in common."""
        return f"{self.year} {self.first} {self.second} {self.hour} {self.minute} {self.seconds}"


def match_header(line: str) -> Header | None:
    """The header a raw line begins with; None for a line that continues a message."""
    cleaned = clean_marks(line[:_LONGEST])
    lead = len(cleaned) - len(cleaned.lstrip(" "))
    for pattern in (_DATE_FIRST, _TIME_FIRST):
        match = pattern.match(cleaned, lead)
        if match is not None:
            return _read_match(match, drop_cleaned(line, match.end()), pattern is _TIME_FIRST)
    return None


def _read_match(match: re.Match[str], rest: str, is_time_first: bool) -> Header | None:
    a, sep, b, c, before, hour, minute, second, after, opening, end = match.group(*_GROUPS)
    half = before or after or ""
    day = _read_day(a, sep, b, c, half, opening or end, bool(second), is_time_first)
    clock = _read_clock(hour, minute, second or "0", half)
    if day is None or clock is None:
        return None
    shape, year, first, other, is_padded = day
    hour_of_day, minutes, seconds = clock
    return Header(shape, year, first, other, hour_of_day, minutes, seconds, is_padded, half, rest)


@lru_cache(maxsize=_CACHED)
def _read_day(
    a: str, sep: str, b: str, c: str, half: str, around: str, has_seconds: bool, is_time_first: bool
) -> tuple[Shape, int, int, int, bool] | None:
    """Shape, year, and the other numbers of a date, and whether one is padded.

    `around`: what stands before the stamp, else behind it. None for no date, and for prose.
    """
    numbers = [a, b, c]
    year_place = _find_year(numbers, half)
    frame = around.strip().replace("–", "-")
    if year_place is None or not _is_frame_sure(frame, sep, has_seconds):
        return None
    year = numbers.pop(year_place)
    if int(year) in _PERSIAN_YEARS:
        return None
    return (
        Shape(frame, sep, year_place, len(year), has_seconds, is_time_first),
        _count_year(year),
        int(numbers[0]),
        int(numbers[1]),
        any(number.startswith("0") for number in numbers),
    )


@lru_cache(maxsize=_CACHED)
def _read_clock(hour: str, minute: str, second: str, half: str) -> tuple[int, int, int] | None:
    """None for a time that cannot be."""
    clock = (_read_hour(int(hour), half), int(minute), int(second))
    return clock if clock[0] <= 23 and clock[1] <= 59 and clock[2] <= 59 else None


def _find_year(numbers: list[str], half: str) -> int | None:
    """Place of the year: the number of four digits, else the last of three short ones.

    East Asia writes a short year first ("18. 6. 13. 오후 9:25"; CLDR, ko). None where that is
    no date: three digits, two years, a year of one digit.
    """
    lengths = [len(number) for number in numbers]
    if lengths.count(4) == 1 and 3 not in lengths:
        return lengths.index(4)
    place = 0 if half in _EAST_ASIAN_HALVES or int(numbers[0]) > 31 else 2
    return place if max(lengths) <= 2 and lengths[place] == 2 else None


def _count_year(written: str) -> int:
    """The year of the common calendar: of 18, of 2018, and of a Thai phone's 61 and 2561."""
    year = int(written)
    if len(written) == 2:
        year += 2000 if year < _FIRST_BUDDHIST % 100 else 2500
    return year - _BUDDHIST_YEARS if _FIRST_BUDDHIST <= year < 3000 else year


def _is_frame_sure(frame: str, separator: str, has_seconds: bool) -> bool:
    """Prose begins with a date and a time, too: a stamp without dash or bracket has seconds.

    The one known export without any frame (`13. 6. 2018. 21:25:15 `) ends its year in a dot.
    """
    if frame in ("[", "-"):
        return True
    return has_seconds and (frame == ":" or separator == ". ")


def _read_hour(hour: int, half: str) -> int:
    """Hour of 24; a 13 beside "p.m." (some phones do so) is taken as it stands."""
    if not half or hour > 12:
        return hour
    added = _HALVES[half.replace(".", "").replace(" ", "").casefold()]
    return hour % 12 + added
