"""The table export: quotes, line breaks in cells, rows of the system, damage."""

from __future__ import annotations

from datetime import datetime

import pytest

from companion.sources.decoding import Line
from companion.sources.interface import Skipped
from companion.sources.kakaotalk.table import read_table
from companion.sources.kakaotalk.transcript import Entry

START = "2021-03-25 09:00:01"
AT = datetime.fromisoformat(START)


def read(*rows: str) -> list[Entry | Skipped]:
    text = "\n".join(["Date,User,Message", *rows])
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), start=1)]
    return list(read_table(lines))


def message(text: str, user: str = "민지") -> Entry:
    return Entry(AT, user, text, is_system=False)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('"안녕"', "안녕"),
        ('""', ""),
        ('"하나\n\n둘"', "하나\n\n둘"),
        ('"하나\n"', "하나\n"),
        ('"""인용"", 쉼표"', '"인용", 쉼표'),
        ('""""', '"'),
        (f'"{START},""Tom"",""안녕"""', f'{START},"Tom","안녕"'),
        (f'"봐\n{START},""Tom"",""안녕"""', f'봐\n{START},"Tom","안녕"'),
        (f'"로그\n{START},123 INFO started"', f"로그\n{START},123 INFO started"),
        ("따옴표 없이", "따옴표 없이"),
        ('"a\u2028b\x0bc\x85"', "a\u2028b\x0bc\x85"),
        ('" 앞뒤 "', " 앞뒤 "),
    ],
)
def test_cells(cell: str, text: str) -> None:
    assert read(f'{START},"민지",{cell}', f'{START},"Tom","끝"') == [
        message(text),
        message("끝", "Tom"),
    ]


@pytest.mark.parametrize("user", ["박, 최", 'a"b', "줄\n바꿈", "김/이"])
def test_users(user: str) -> None:
    cell = user.replace('"', '""')
    assert read(f'{START},"{cell}","안녕"') == [message("안녕", user)]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('"5" 화면"', '5" 화면'),
        ('"그는 "응" 했다"', '그는 "응" 했다'),
        ('"닫히지 않은', "닫히지 않은"),
    ],
)
def test_quotes_that_were_not_doubled_cost_no_other_row(cell: str, text: str) -> None:
    assert read(f'{START},"민지",{cell}', f'{START},"Tom","끝"') == [
        message(text),
        message("끝", "Tom"),
    ]


@pytest.mark.parametrize(
    ("user", "text"),
    [
        ("민지", "민지 invited Tom and 수아."),
        ("Tom", "Tom left this chatroom."),
        ("Tom", "Tom left the chatroom."),
        ("Tom", "Tom joined this chatroom."),
        ("Tom", "Tom has been removed from this chatroom."),
        ("민지", "Tom has been removed from this chatroom."),
        ("Tom", "Tom님이 나갔습니다."),
        ("Tom", "Tom left."),
        ("", "알림"),
        ("민지", "채팅방 관리자가 메시지를 가렸습니다."),
    ],
)
def test_rows_of_the_system_keep_their_actor(user: str, text: str) -> None:
    assert read(f'{START},"{user}","{text}"') == [Entry(AT, user, text, is_system=True)]


@pytest.mark.parametrize(
    ("user", "text"),
    [
        ("민지", "Tom invited me."),
        ("민지", "He left."),
        ("민지", "선생님이 나갔습니다."),
        ("민지", "민지 하고 왔어요."),
        ("Tom", "Tom left\nhis bag."),
    ],
)
def test_what_a_person_tells_of_others_is_text(user: str, text: str) -> None:
    assert read(f'{START},"{user}","{text}"') == [message(text, user)]


def test_malformed_rows_are_told_with_their_line() -> None:
    assert read(
        "nothing",
        f'{START},"민지"',
        '2021-02-31 09:00:01,"민지","안녕"',
        '2021-03-25 25:00:01,"민지","안녕"',
        f'{START},"민지","끝"',
    ) == [
        Skipped("a row without a time", 2),
        Skipped("a row that is not time, user and message", 3),
        Skipped("a row with a time that cannot be", 4),
        Skipped("a row with a time that cannot be", 5),
        message("끝"),
    ]


def test_a_table_saved_by_a_spreadsheet_may_have_shorter_times() -> None:
    (entry,) = read("2021-03-25 9:00,민지,안녕")
    assert entry == Entry(AT.replace(second=0), "민지", "안녕", is_system=False)


def test_blank_lines_between_rows_are_nothing() -> None:
    assert read("", f'{START},"민지","하나"', "", f'{START},"민지","둘"', "") == [
        message("하나"),
        message("둘"),
    ]
