"""Every way a phone writes the stamp of an entry."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sources.whatsapp.dates import DateOrder, read_wall_time
from companion.sources.whatsapp.headers import match_header

EVENING = (2018, 6, 13, 21, 25)

STAMPS = [
    # locale or origin, stamp, whether the day comes first, seconds
    ("de android", "13.06.18, 21:25 - ", True, 0),
    ("de ios", "[13.06.18, 21:25:15] ", True, 15),
    ("de old ios", "13.06.18 um 21:25:15: ", True, 15),
    ("it android", "13/06/18, 21:25 - ", True, 0),
    ("fr android", "13/06/2018 à 21:25 - ", True, 0),
    ("pt ios", "[13/06/2018 21:25:15] ", True, 15),
    ("nl android", "13-06-18 21:25 - ", True, 0),
    ("fi android", "13.6.2018 klo 21.25 - ", True, 0),
    ("fi ios", "[13.6.2018 klo 21.25.15] ", True, 15),
    ("nb android", "13.06.2018 kl. 21:25 - ", True, 0),
    ("hr old", "13. 6. 2018. 21:25:15 ", True, 15),
    ("cs android", "13. 6. 2018 21:25 - ", True, 0),
    ("bg android", "13.06.18 г., 21:25 ч. - ", True, 0),
    ("id android", "13/06/18 21.25 - ", True, 0),
    ("ms android", "13/06/2018, 9:25 PTG - ", True, 0),
    ("en-US android", "6/13/18, 9:25 PM - ", False, 0),
    ("en-US ios 17", "[6/13/18, 9:25:15\u202fPM] ", False, 15),
    ("en-IN android", "13/06/18, 9:25 pm - ", True, 0),
    ("en-CA android", "2018-06-13, 9:25 p.m. - ", False, 0),
    ("es-MX android", "13/6/2018, 9:25 p.\u00a0m. - ", True, 0),
    ("es-MX ios", "[13/6/18 9:25:15 p. m.] ", True, 15),
    ("old android", "13-06-2018, 09.25 PM - ", True, 0),
    ("el android", "13/6/18, 9:25 μ.μ. - ", True, 0),
    ("tr 12h", "13.06.2018 ÖS 9:25 - ", True, 0),
    ("ar android", "\u200f١٣\u200f/٦\u200f/٢٠١٨، ٩:٢٥ م - ", True, 0),
    ("he ios", "\u200f[13.6.2018, 21:25:15] ", True, 15),
    ("ko ios", "[2018. 6. 13. 오후 9:25:15] ", False, 15),
    ("ko android", "2018. 6. 13. 오후 9:25 - ", False, 0),
    ("ko short year", "18. 6. 13. 오후 9:25 - ", False, 0),
    ("ko long date", "2018년 6월 13일 오후 9:25 - ", False, 0),
    ("ja android", "2018/06/13 21:25 - ", False, 0),
    ("ja 12h", "2018/06/13 午後9:25 - ", False, 0),
    ("zh-CN ios", "[2018/6/13 下午9:25:15] ", False, 15),
    ("zh-TW android", "2018/6/13 晚上9:25 - ", False, 0),
    ("sv ios", "[2018-06-13 21:25:15] ", False, 15),
    ("hu android", "2018. 06. 13. 21:25 - ", False, 0),
    ("whatsapp-chat-parser", "[06/2018/13, 21:25:15] ", False, 15),
    ("whatsapp-chat-parser", "[06.13.18 21:25:15] ", False, 15),
    ("whatsapp-chat-parser", "13.06.18 21.25.15: ", True, 15),
    ("vi android", "21:25, 13/06/2018 - ", True, 0),
    ("th android", "13/6/2561 21:25 - ", True, 0),
    ("th short year", "13/6/61 21:25 - ", True, 0),
    ("th ios", "[13/6/2561 21:25:15] ", True, 15),
    ("fr-CA android", "2018-06-13 21 h 25 - ", False, 0),
    ("af android", "2018/06/13 9:25 nm. - ", False, 0),
    ("mark before bracket", "\u200e[13/06/18, 21:25:15] ", True, 15),
    ("byte order mark", "\ufeff13/06/18, 21:25 - ", True, 0),
    ("en dash", "13/06/18, 21:25 – ", True, 0),
]


@pytest.mark.parametrize(("origin", "stamp", "is_day_first", "seconds"), STAMPS)
def test_every_known_stamp_gives_its_time_and_the_raw_rest(
    origin: str, stamp: str, is_day_first: bool, seconds: int
) -> None:
    header = match_header(f"{stamp}\u202a+49 170\u202c: m\u200e")
    assert header is not None
    assert header.rest == "\u202a+49 170\u202c: m\u200e"
    wall = read_wall_time(header, DateOrder(is_day_first))
    assert wall == datetime(*EVENING, seconds)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("12:05 AM", 0),
        ("12:05 PM", 12),
        ("1:05 a. m.", 1),
        ("00:05 a. m.", 0),
        ("11:05 p.m.", 23),
        ("15:05 PM", 15),
        ("오전 12:05", 0),
        ("오후 12:05", 12),
        ("上午1:05", 1),
        ("凌晨 12:05", 0),
        ("中午 12:05", 12),
        ("23:05", 23),
    ],
)
def test_noon_and_midnight_are_told_apart_in_every_spelling(written: str, hour: int) -> None:
    header = match_header(f"[2018/6/13, {written}] a: m")
    assert header is not None
    assert header.hour == hour


@pytest.mark.parametrize(
    "line",
    [
        "",
        "come stai?",
        "13.06.2018",
        "13.06.18 21:25",
        "13.06.18 21:25 dinner: pizza",  # prose: no seconds, no dash
        "13.06.18 21:25: dinner at eight",
        "25:61, 13/06/18 - a: m",
        "13/06/18, 24:05 - a: m",
        "13/06/18, 21:65 - a: m",
        "1/2/3, 21:25 - a: m",
        "123/06/18, 21:25 - a: m",
        "1402/10/23, 21:25 - a: m",  # the Persian calendar, not read
        "[13:25] a: m",
        "[오후 4:03] 이름: m",
        "2015년 7월 9일 오후 8:34, 이름 : m",  # KakaoTalk, Android
        "2015. 7. 9. 오후 8:34, 이름 : m",  # KakaoTalk, iOS
        "2015. 7. 9. 오후 8:34: A님이 나갔습니다.",
        "Jul 9, 2015, 8:34 PM, name : text",
        '2015-07-09 20:34:26,"name","text"',
        "16:23\tBob\tToday",  # LINE
        "2018-06-13 21:25:15,123 - root - INFO: started",  # a log
    ],
)
def test_no_other_line_is_a_header(line: str) -> None:
    assert match_header(line) is None


@given(st.text(alphabet=st.characters(blacklist_characters="\r\n"), max_size=200))
def test_no_line_of_any_text_breaks_the_grammar(line: str) -> None:
    header = match_header(line)
    assert header is None or line.endswith(header.rest)
