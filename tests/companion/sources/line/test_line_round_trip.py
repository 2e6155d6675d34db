"""What is written as LINE writes it is read back equal, and damage raises nothing unexpected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from companion.errors import SourceError
from companion.sources.interface import MessageFound, SourceSettings
from companion.sources.line import LineSource

Row = tuple[datetime, str, str]
"""Wall-clock minute, sender, text."""

KOREAN, JAPANESE = "월화수목금토일", "月火水木金土日"

# No digits: a line of a text that looks like a stamp or a day cannot be told from one.
LETTERS = "가ㅋaZ花 ()[]<>:,./-_'~?🦁\u2028\x85\x0b\x0c\u200b\u00a0"
names = st.text(LETTERS, min_size=1, max_size=8).filter(str.strip)
single_lines = st.text(LETTERS, max_size=12).map(lambda text: f"x{text}")
QUOTED = LETTERS + '"'
several_lines = st.lists(st.text(QUOTED, max_size=8), min_size=2, max_size=4).map("\n".join)
minutes = st.integers(0, 3 * 24 * 60)
in_one_folder = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def draw_rows(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Row]]:
    start = datetime.fromisoformat("2023-12-30 00:00")
    return st.lists(st.tuples(minutes, names, texts), min_size=1, max_size=8).map(
        lambda drawn: [
            (start + timedelta(minutes=minute), sender, text)
            for minute, sender, text in sorted(drawn, key=lambda row: row[0])
        ]
    )


def half(at: datetime, before: str, after: str) -> str:
    return before if at.hour < 12 else after


def hour(at: datetime) -> int:
    return at.hour % 12 or 12


Format = Callable[[datetime], str]
CLIENTS: dict[str, tuple[str, Format, Format]] = {
    "ios-en": (
        "[LINE] Chat history in Trip\nSaved on: 2024/02/01 19:57\n",
        lambda at: f"{at:%Y/%m/%d}({at:%a})",
        lambda at: f"{at:%H:%M}",
    ),
    "ios-ja": (
        "[LINE] 旅行のトーク履歴\n保存日時：2024/02/01 19:57\n",
        lambda at: f"{at.year}/{at.month}/{at.day}({JAPANESE[at.weekday()]})",
        lambda at: f"{half(at, '午前', '午後')}{at.hour % 12}:{at:%M}",
    ),
    "ios-ko": (
        "[LINE] 여행님과의 대화\n저장한 날짜 : 2024/02/01 19:57\n",
        lambda at: f"{at:%Y.%m.%d} {KOREAN[at.weekday()]}요일",
        lambda at: f"{half(at, '오전', '오후')} {hour(at)}:{at:%M}",
    ),
    "android-en": (
        "[LINE] Chat history with Trip\nSaved on: 02/01/2024, 19:57\n",
        lambda at: f"{at:%a, %m/%d/%Y}",
        lambda at: f"{hour(at)}:{at:%M}{half(at, 'AM', 'PM')}",
    ),
    "android-gb": (
        "[LINE] Chat history with Trip\nSaved on: 01/02/2024, 19:57\n",
        lambda at: f"{at:%a, %d/%m/%Y}",
        lambda at: f"{at:%H:%M}",
    ),
}


def write(rows: Iterable[Row], client: str) -> str:
    header, write_day, write_time = CLIENTS[client]
    lines, last = [header], date.min
    for at, sender, text in rows:
        if at.date() != last:
            lines += ["", write_day(at)]
        last = at.date()
        body = '"{}"'.format(text.replace('"', '""')) if "\n" in text else text
        lines.append(f"{write_time(at)}\t{sender}\t{body}")
    return "\n".join(lines) + "\n"


def write_windows(rows: Iterable[Row]) -> str:
    lines, last = list[str](), date.min
    for at, sender, text in rows:
        if at.date() != last:
            lines.append(f"{at:%Y.%m.%d %A}")
        last = at.date()
        lines.append(f"{at:%H:%M} {sender} {text}")
    return "\n".join(lines) + "\n"


def read(path: Path, settings: SourceSettings) -> list[Row]:
    found = [c for c in LineSource(path, settings).read() if isinstance(c, MessageFound)]
    assert len({message.id for message in found}) == len(found)
    return [
        (m.sent_at.astimezone(settings.zone).replace(tzinfo=None), m.sender, m.text) for m in found
    ]


@pytest.mark.parametrize("client", CLIENTS)
@in_one_folder
@given(rows=draw_rows(single_lines | several_lines), line_break=st.sampled_from(["\n", "\r\n"]))
def test_exports_of_phones_come_back(
    tmp_path: Path, settings: SourceSettings, client: str, rows: list[Row], line_break: str
) -> None:
    path = tmp_path / "export.txt"
    path.write_bytes(write(rows, client).replace("\n", line_break).encode("utf-8-sig"))
    assert LineSource.probe(path)
    assert read(path, settings) == rows


@in_one_folder
@given(rows=draw_rows(single_lines | several_lines.map(lambda text: f"x{text}x")))
def test_exports_of_windows_come_back(
    tmp_path: Path, settings: SourceSettings, rows: list[Row]
) -> None:
    path = tmp_path / "[LINE] Trip.txt"
    path.write_bytes(f"[LINE] Trip\n{write_windows(rows)}".encode())
    told = replace(settings, me=tuple({sender for _, sender, _ in rows}))
    assert read(path, told) == rows


MORNING = datetime.fromisoformat("2024-01-15 09:00")
SAMPLE = write([(MORNING, f"A{number % 2}", "안녕\nhi") for number in range(6)], "ios-ja").encode()


@hypothesis_settings(in_one_folder, max_examples=200)
@given(at=st.integers(0, len(SAMPLE) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_damage_invents_no_message_and_raises_nothing_unexpected(
    tmp_path: Path, settings: SourceSettings, at: int, byte: int, cut: bool
) -> None:
    path = tmp_path / "export.txt"
    path.write_bytes(SAMPLE[:at] + bytes([byte]) + (b"" if cut else SAMPLE[at + 1 :]))
    LineSource.probe(path)
    try:
        found = read(path, settings)
    except SourceError:
        return
    assert len(found) <= 6
