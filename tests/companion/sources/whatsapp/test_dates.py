"""Day and month are told apart by the dates of the whole file."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sources.whatsapp.dates import DateOrder, OrderEvidence, read_wall_time
from companion.sources.whatsapp.headers import Header, match_header

DAY_FIRST = DateOrder(is_day_first=True)
MONTH_FIRST = DateOrder(is_day_first=False)


def read_headers(*stamps: str) -> list[Header]:
    headers = [match_header(f"{stamp} - a: m") for stamp in stamps]
    return [header for header in headers if header is not None]


def decide(*stamps: str) -> DateOrder:
    headers = read_headers(*stamps)
    evidence = OrderEvidence(headers[0].shape)
    for header in headers:
        evidence.observe(header)
    return evidence.decide()


@pytest.mark.parametrize(
    ("claim", "stamps", "order"),
    [
        ("four digits first", ["2018/06/05, 21:25"], MONTH_FIRST),
        ("four digits first, never a month", ["2018/13/06, 21:25"], DAY_FIRST),
        ("a first above 12", ["05/06/18, 21:25", "13/06/18, 21:25"], DAY_FIRST),
        ("a second above 12", ["06/05/18, 21:25", "06/13/18, 21:25"], MONTH_FIRST),
        ("time runs forward", ["01/02/18, 21:25", "02/01/18, 21:25"], MONTH_FIRST),
        ("time runs forward", ["03/01/18, 21:25", "01/02/18, 21:25"], DAY_FIRST),
        ("both readings are equal", ["06/06/18, 21:25"], DAY_FIRST),
    ],
)
def test_the_dates_of_a_file_tell_their_order(
    claim: str, stamps: list[str], order: DateOrder
) -> None:
    assert decide(*stamps) == order


@pytest.mark.parametrize(
    ("claim", "stamps", "is_day_first"),
    [
        ("three days, not three months", ["3/6/18, 21:25", "4/6/18, 21:25", "5/6/18, 21:25"], True),
        ("three days, not three months", ["6/3/18, 21:25", "6/4/18, 21:25"], False),
        ("most of the world", ["3/6/18, 21:25"], True),
        ("America", ["3/6/18, 9:25 PM"], False),
        ("India", ["03/06/18, 9:25 pm"], True),
        ("padded", ["03/06/18, 9:25 PM"], True),
        ("dots", ["3.6.18, 9:25 PM"], True),
    ],
)
def test_where_nothing_tells_the_likelier_order_is_assumed(
    claim: str, stamps: list[str], is_day_first: bool
) -> None:
    assert decide(*stamps) == DateOrder(is_day_first, is_assumed=True)


def test_joined_exports_are_read_date_by_date() -> None:
    stamps = ["13/06/18, 21:25", "06/14/18, 21:25"]
    order = decide(*stamps)
    assert order.is_mixed
    days = [
        wall.date() for header in read_headers(*stamps) if (wall := read_wall_time(header, order))
    ]
    assert days == [date(2018, 6, 13), date(2018, 6, 14)]


def test_a_day_that_is_in_no_calendar_gives_no_time() -> None:
    (header,) = read_headers("31/02/18, 21:25")
    assert read_wall_time(header, DAY_FIRST) is None


FORMS = {"dmy": ("{0.day}/{0.month}/{0.year}", True), "mdy": ("{0.month}/{0.day}/{0.year}", False)}


@given(
    days=st.lists(st.dates(date(2010, 1, 1), date(2026, 12, 31)), min_size=1, max_size=60),
    form=st.sampled_from(sorted(FORMS)),
)
def test_a_chat_with_a_late_day_of_a_month_is_always_read_as_written(
    days: list[date], form: str
) -> None:
    days = sorted([*days, date(2019, 8, 31)])
    pattern, is_day_first = FORMS[form]
    order = decide(*(f"{pattern.format(day)}, 21:25" for day in days))
    assert order == DateOrder(is_day_first)
