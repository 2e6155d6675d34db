"""Titles, days and times of every language are read, and nothing else is taken for them."""

from __future__ import annotations

from datetime import date, time

import pytest

from companion.sources.line.grammar import (
    DayOrder,
    Stamped,
    Title,
    find_title,
    match_day,
    match_stamped,
)


@pytest.mark.parametrize(
    ("line", "title", "is_group"),
    [
        ("[LINE] Chat history with Bob Lee", "Bob Lee", False),
        ("[LINE] Chat history in Trip", "Trip", True),
        ("Chat history with Bob", "Bob", False),
        ("[LINE] 花子とのトーク履歴", "花子", False),
        ("[LINE] 旅行のトーク履歴", "旅行", True),
        ("[LINE] 민지님과의 대화", "민지", False),
        ("[LINE] 민지님과 대화", "민지", False),
        ("[LINE] 민지와의 대화 내용", "민지", False),
        ("[LINE] 与小明的聊天记录", "小明", False),
        ("[LINE] 與 小明 的聊天記錄", "小明", False),
        ("[LINE] 旅行的聊天記錄", "旅行", True),
        ("[LINE] ประวัติการสนทนากับ Bob", "Bob", False),
        ("[LINE] แชทกับ Bob", "Bob", False),
        ("[LINE] แชทใน Trip", "Trip", True),
        ("[LINE] Chat in Trip", "Trip", True),
        ("[LINE] 與小明的聊天", "小明", False),
        ("[LINE]Bob", "Bob", False),
        ("[LINE] Chat with Bob", "Bob", False),
        ("[LINE] Historial de Bob", "Historial de Bob", False),
    ],
)
def test_titles_of_every_language(line: str, title: str, is_group: bool) -> None:
    assert find_title(line) == Title(title, is_group)


@pytest.mark.parametrize("line", ["", "Bob", "Chat with Bob", "민지 님과 카카오톡 대화", "Line 1"])
def test_other_lines_are_no_titles(line: str) -> None:
    assert find_title(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "2024/01/15(Mon)",
        "2024/1/15(月)",
        "2024/01/15（一）",
        "2024/01/15 Mon",
        "2024/01/15(월)",
        "2024/1/15周一",
        "2024.01.15 Monday",
        "2024.01.15 月曜日",
        "2024.01.15 월요일",
        "2024. 1. 15. 월요일",
        "2024년 1월 15일 월요일",
        "2024.01.15 วันจันทร์",
        "2024/01/15(จ.)",
        "R6/01/15(月)",
        "2567/01/15(จ.)",
        "2024.01.15 Friday",  # a wrong weekday is still a day
        "Mon, 01/15/2024",
        "Mon, 15/01/2024",
        "Monday, 1/15/2024",
    ],
)
def test_days_of_every_language(line: str) -> None:
    day = match_day(line)
    assert day is not None
    order = DayOrder()
    order.observe(day)
    assert order.read_date(day) == date(2024, 1, 15)
    assert not order.is_assumed


@pytest.mark.parametrize(
    "line",
    [
        "2024/01/15",
        "2024/01/15 is a good day",
        "S6/01/15(月)",
        "R/01/15(月)",
        "see 2024/01/15(Mon)",
        "2024/01.15 Mon",
        "01/15/2024",
        "24/01/15(Mon)",
        "2024/01/15(Mon) 10:00",
        "--------------- 2024년 1월 15일 월요일 ---------------",
    ],
)
def test_other_lines_are_no_days(line: str) -> None:
    assert match_day(line) is None


@pytest.mark.parametrize(
    ("lines", "days", "is_assumed"),
    [
        (["Sat, 11/01/2025"], [date(2025, 11, 1)], True),
        (["Sat, 11/01/2025", "Sun, 11/02/2025"], [date(2025, 11, 1), date(2025, 11, 2)], False),
        (["Sat, 11/01/2025", "Sun, 12/01/2025"], [date(2025, 1, 11), date(2025, 1, 12)], False),
        (["lun, 11/01/2025", "mié, 15/01/2025"], [date(2025, 1, 11), date(2025, 1, 15)], False),
        (["Sat, 31/31/2025"], [None], False),
    ],
)
def test_all_days_of_a_file_tell_which_number_is_the_month(
    lines: list[str], days: list[date | None], is_assumed: bool
) -> None:
    found = [day for line in lines if (day := match_day(line))]
    order = DayOrder()
    for day in found:
        order.observe(day)
    assert [order.read_date(day) for day in found] == days
    assert order.is_assumed == is_assumed


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("09:30", time(9, 30)),
        ("9:30", time(9, 30)),
        ("0:05", time(0, 5)),
        ("23:59", time(23, 59)),
        ("9:30AM", time(9, 30)),
        ("9:30 PM", time(21, 30)),
        ("9:30\u202fp.m.", time(21, 30)),
        ("12:05AM", time(0, 5)),
        ("12:05PM", time(12, 5)),
        ("午前9:30", time(9, 30)),
        ("午後0:05", time(12, 5)),
        ("오전 12:05", time(0, 5)),
        ("오후 9:30", time(21, 30)),
        ("上午09:30", time(9, 30)),
        ("下午 7:04", time(19, 4)),
        ("24:00", None),
        ("9:60", None),
        ("13:00AM", None),
    ],
)
def test_clocks_of_every_language(written: str, at: time | None) -> None:
    assert match_stamped(f"{written}\tAnn\thi", "tabbed") == Stamped(at, "Ann\thi")
    assert match_stamped(f"{written} Ann hi", "spaced") == Stamped(at, "Ann hi")


@pytest.mark.parametrize(
    "line", ["", "hi", "9:30", "9:3\tAnn\thi", " 9:30\tAnn\thi", "1-9:30\tA\tb"]
)
def test_other_lines_have_no_stamp(line: str) -> None:
    assert match_stamped(line, "tabbed") is None
