"""What is written in a shape is read back equal: names, bodies, minutes, order."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sources.decoding import Line, decode_lines
from companion.sources.kakaotalk.grammar import detect_shape
from companion.sources.kakaotalk.table import read_table
from companion.sources.kakaotalk.transcript import Entry, read_transcript

WEEKDAYS = "월화수목금토일"

# No digits: a body line that looks like a stamp cannot be told from one.
LETTERS = "가힣ㅋaZ님 \t[](){}<>:,./-_\"'~?🦁\u2028\x85\x0b\x0c\u200b\u00a0"
names = st.text(LETTERS, max_size=8).filter(lambda name: " :" not in f"{name} ")
body_lines = st.text(LETTERS, max_size=12)
bodies = st.tuples(
    st.lists(body_lines, max_size=4), st.text(LETTERS, max_size=8).map(lambda end: f"{end}끝")
).map(lambda parts: "\n".join([*parts[0], parts[1]]))
minutes = st.integers(min_value=0, max_value=3 * 24 * 60)


@st.composite
def conversations(draw: st.DrawFn) -> list[Entry]:
    """Messages in order of time over some days."""
    start = datetime.fromisoformat("2021-12-30 00:00")
    offsets = sorted(draw(st.lists(minutes, min_size=1, max_size=8)))
    return [
        Entry(start + timedelta(minutes=offset), draw(names), draw(bodies), is_system=False)
        for offset in offsets
    ]


def half(at: datetime, before: str, after: str) -> str:
    return before if at.hour < 12 else after


def hour(at: datetime) -> int:
    return at.hour % 12 or 12


def windows(at: datetime) -> str:
    return f"{half(at, '오전', '오후')} {hour(at)}:{at:%M}"


def android_ko(at: datetime) -> str:
    return f"{at.year}년 {at.month}월 {at.day}일 {windows(at)}"


def ios_ko(at: datetime) -> str:
    return f"{at.year}. {at.month}. {at.day}. {windows(at)}"


def android_2015(at: datetime) -> str:
    return f"{hour(at)}:{at:%M}{half(at, 'am', 'pm')}, {at:%B} {at.day}, {at.year}"


def android_2020(at: datetime) -> str:
    return f"{at:%B} {at.day}, {at.year}, {hour(at)}:{at:%M} {half(at, 'AM', 'PM')}"


def ios_en(at: datetime) -> str:
    return f"{at:%b} {at.day}, {at.year}, {hour(at)}:{at:%M} {half(at, 'AM', 'PM')}"


def korean_day(at: datetime) -> str:
    return f"{at.year}년 {at.month}월 {at.day}일 {WEEKDAYS[at.weekday()]}요일"


def english_day(at: datetime) -> str:
    return f"{at:%A}, {at:%B} {at.day}, {at.year}"


Format = Callable[[datetime], str]


def write_stamped(entries: Iterable[Entry], stamp: Format, day: Format) -> str:
    lines, last = list[str](), date.min
    for entry in entries:
        if entry.at.date() != last:
            lines += ["", day(entry.at)]
        last = entry.at.date()
        lines.append(f"{stamp(entry.at)}, {entry.sender} : {entry.text}")
    return "\n".join(lines)


def write_windows(entries: Iterable[Entry], day: Format) -> str:
    lines, last = list[str](), date.min
    for entry in entries:
        if entry.at.date() != last:
            lines.append(f"--------------- {day(entry.at)} ---------------")
        last = entry.at.date()
        lines.append(f"[{entry.sender}] [{windows(entry.at)}] {entry.text}")
    return "\n".join(lines)


SHAPES: dict[str, Callable[[Iterable[Entry]], str]] = {
    "windows-ko": lambda entries: write_windows(entries, korean_day),
    "windows-en": lambda entries: write_windows(entries, english_day),
    "android-ko": lambda entries: write_stamped(entries, android_ko, android_ko),
    "android-en-2015": lambda entries: write_stamped(entries, android_2015, android_2015),
    "android-en-2020": lambda entries: write_stamped(entries, android_2020, android_2020),
    "ios-ko": lambda entries: write_stamped(entries, ios_ko, korean_day),
    "ios-en": lambda entries: write_stamped(entries, ios_en, english_day),
}


@pytest.mark.parametrize("shape", SHAPES)
@given(entries=conversations(), line_break=st.sampled_from(["\n", "\r\n"]))
def test_text_exports_come_back(shape: str, entries: list[Entry], line_break: str) -> None:
    raw = SHAPES[shape](entries).replace("\n", line_break).encode("utf-8-sig")
    lines = list(decode_lines(io.BytesIO(raw)))
    detected = detect_shape([line.text for line in lines if isinstance(line, Line)])
    assert detected is not None
    assert list(read_transcript(lines, detected)) == entries


@given(entries=conversations(), seconds=st.integers(min_value=0, max_value=59))
def test_tables_come_back(entries: list[Entry], seconds: int) -> None:
    entries = [
        Entry(entry.at.replace(second=seconds), f"이름{entry.sender}", entry.text, is_system=False)
        for entry in entries
    ]
    text = io.StringIO()
    text.write("Date,User,Message\n")
    for entry in entries:
        text.write(f"{entry.at:%Y-%m-%d %H:%M:%S},")
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
            [entry.sender, entry.text]
        )
    raw = text.getvalue().encode()
    assert list(read_table(decode_lines(io.BytesIO(raw)))) == entries
