"""The traps of the text exports, each by its own test."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from companion.sources.decoding import Line
from companion.sources.interface import Skipped
from companion.sources.kakaotalk.grammar import Shape
from companion.sources.kakaotalk.transcript import Entry, read_transcript

DAY = "--------------- 2021년 3월 25일 목요일 ---------------"
NEXT_DAY = "--------------- 2021년 3월 26일 금요일 ---------------"
MORNING = datetime.fromisoformat("2021-03-25 09:00")
MIDNIGHT = datetime.fromisoformat("2021-03-25 00:00")


def read(text: str, shape: Shape) -> list[Entry | Skipped]:
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), start=1)]
    return list(read_transcript(lines, shape))


def windows(*lines: str) -> list[Entry | Skipped]:
    return read("\n".join(lines), "bracketed")


def android(*lines: str) -> list[Entry | Skipped]:
    return read("\n".join(lines), "korean")


def bodies(entries: list[Entry | Skipped]) -> list[str]:
    assert not [entry for entry in entries if isinstance(entry, Skipped)]
    return [entry.text for entry in entries if isinstance(entry, Entry)]


# ------------------------------------------------------------ names and bodies


@pytest.mark.parametrize(
    "name", ["민지]", "[팀장] 민지", "김/이", "박, 최", "a:b", "오전 9:00", "", " 앞뒤 ", "🦁민지"]
)
def test_names_on_windows_end_where_the_time_begins(name: str) -> None:
    assert windows(DAY, f"[{name}] [오전 9:00] [메모] 오늘") == [
        Entry(MORNING, name, "[메모] 오늘", is_system=False)
    ]


@pytest.mark.parametrize(
    "name", ["박, 최", "a:b", "김/이", "민지]", "부서: 영업", "(알 수 없음)", ""]
)
def test_names_on_phones_end_at_the_first_spaced_colon(name: str) -> None:
    assert android(f"2021년 3월 25일 오전 9:00, {name} : 장소 : 강남") == [
        Entry(MORNING, name, "장소 : 강남", is_system=False)
    ]


@pytest.mark.parametrize(
    "body", ["", "  두 칸", "끝 ", "\t", "a\u2028b", "a\x0bb\x85c", ": ", " : "]
)
def test_bodies_are_kept_as_they_are(body: str) -> None:
    assert bodies(windows(DAY, f"[민지] [오전 9:00] {body}", "끝")) == [f"{body}\n끝"]
    assert bodies(android(f"2021년 3월 25일 오전 9:00, 민지 : {body}", "끝")) == [f"{body}\n끝"]


def test_an_empty_body_may_have_lost_its_last_space() -> None:
    assert windows(DAY, "[민지] [오전 9:00]") == [Entry(MORNING, "민지", "", is_system=False)]
    assert android("2021년 3월 25일 오전 9:00, 민지 :") == [
        Entry(MORNING, "민지", "", is_system=False)
    ]


def test_a_pasted_chat_of_another_client_is_text() -> None:
    pasted = "2015년 7월 9일 오후 8:34, Tom : 안녕"
    assert bodies(windows(DAY, "[민지] [오전 9:00] 봐", pasted)) == [f"봐\n{pasted}"]


def test_a_stamp_with_more_behind_it_is_text() -> None:
    body = ["공지", "2021년 3월 26일 오후 3:00에 만나요", "2021년 3월 26일 오후 3:00 - 강남"]
    assert bodies(android(f"2021년 3월 25일 오전 9:00, 민지 : {body[0]}", *body[1:])) == [
        "\n".join(body)
    ]


# ------------------------------------------------------------ blank lines and day lines


def test_blank_lines_inside_and_below_a_body_are_body() -> None:
    assert bodies(
        windows(DAY, "[민지] [오전 9:00] 하나", "", "", "둘", "", "[Tom] [오전 9:01] 셋")
    ) == ["하나\n\n\n둘\n", "셋"]


@pytest.mark.parametrize(
    "below",
    [["", DAY], ["", "", "Tom님이 나갔습니다."], ["", "", ""]],
    ids=["day", "system", "end"],
)
def test_blank_lines_above_what_is_no_message_are_separators(below: list[str]) -> None:
    assert bodies(windows(DAY, "[민지] [오전 9:00] 하나", *below))[0] == "하나"


@pytest.mark.parametrize(
    ("shape", "day", "message"),
    [
        ("korean", "2021년 3월 26일 오후 8:34", "2021년 3월 26일 오후 8:34, Tom : 둘"),
        ("korean", "2021년 3월 26일 14:05", "2021년 3월 26일 14:05, Tom : 둘"),
        ("dotted", "2021년 3월 26일 금요일", "2021. 3. 26. 오후 8:34, Tom : 둘"),
        ("dotted", "2021. 3. 26. 금요일", "2021. 3. 26. 20:34, Tom : 둘"),
        ("english", "March 26, 2021, 2:33 AM", "March 26, 2021, 2:33 AM, Tom : 둘"),
        ("english", "Wednesday, March 26, 2021", "Mar 26, 2021, 2:33 AM, Tom : 둘"),
        ("time first", "2:33am, March 26, 2021", "2:33am, March 26, 2021, Tom : 둘"),
    ],
)
@pytest.mark.parametrize("blank", [[""], ["", ""], []])
def test_a_day_line_is_not_glued_to_the_message_above(
    shape: Shape, day: str, message: str, blank: list[str]
) -> None:
    first = message.replace("26", "25").replace("둘", "하나")
    assert bodies(read("\n".join([first, *blank, day, message]), shape)) == ["하나", "둘"]


def test_a_date_in_a_body_is_no_day_line_unless_the_message_below_is_of_that_day() -> None:
    body = ["일정", "", "2021년 4월 1일 목요일", "장소: 강남", "2021년 4월 2일 금요일"]
    assert bodies(
        android(
            f"2021년 3월 25일 오전 9:00, 민지 : {body[0]}",
            *body[1:],
            "2021년 3월 25일 오전 9:01, Tom : 네",
        )
    ) == ["\n".join(body), "네"]


def test_days_without_messages_leave_nothing_behind() -> None:
    assert bodies(
        android(
            "2021년 3월 25일 오전 9:00, 민지 : 하나",
            "",
            "2021년 3월 26일 오전 9:00",
            "",
            "2021년 3월 27일 오전 9:00",
            "2021년 3월 27일 오전 9:00, 민지 : 둘",
            "",
            "2021년 3월 28일 오전 9:00",
        )
    ) == ["하나", "둘"]


# ------------------------------------------------------------ lines of the system


@pytest.mark.parametrize(
    "sentence",
    [
        "Tom님이 들어왔습니다.",
        "Tom님이 들어왔습니다.운영정책을 위반한 메시지로 신고 접수 시 이용이 제한됩니다.",
        "Tom님이 들어왔습니다. 타인, 기관 등의 사칭에 유의해 주세요. 신고해 주세요.",
        "Tom님이 나갔습니다.",
        "Tom님을 내보냈습니다.",
        "민지님이 Tom님을 초대했습니다.",
        "민지님이 Tom님과 박, 최님을 초대했습니다.",
        "Tom님을 초대하였습니다.",
        "채팅방 관리자가 메시지를 가렸습니다.",
        "민지 invited Tom.",
        "Tom left this chatroom.",
        "Tom joined this chatroom.",
    ],
)
def test_windows_lines_of_the_system_end_the_message_above(sentence: str) -> None:
    assert windows(DAY, "[민지] [오전 9:00] 하나", sentence, "[민지] [오전 9:00] 둘") == [
        Entry(MORNING, "민지", "하나", is_system=False),
        Entry(MORNING, "", sentence, is_system=True),
        Entry(MORNING, "민지", "둘", is_system=False),
    ]


@pytest.mark.parametrize(
    "line",
    ["Nobody left.", "My friend invited me.", "민지님 안녕하세요.", "나갔습니다.", "사진", "left."],
)
def test_any_other_bare_line_on_windows_belongs_to_the_message_above(line: str) -> None:
    assert bodies(windows(DAY, "[민지] [오전 9:00] 하나", line)) == [f"하나\n{line}"]


def test_an_invited_person_who_never_wrote_is_known_when_leaving() -> None:
    assert bodies(
        windows(DAY, "민지 invited Tom, 수아 and 박.", "[민지] [9:00 AM] 하나", "수아 left.")
    ) == ["민지 invited Tom, 수아 and 박.", "하나", "수아 left."]


def test_a_bare_line_below_a_day_line_is_of_the_system_at_the_top_of_its_day() -> None:
    assert windows(
        DAY, "[민지] [오전 9:00] 하나", NEXT_DAY, "채팅방 이름이 바뀌었습니다.", DAY, "x"
    ) == [
        Entry(MORNING, "민지", "하나", is_system=False),
        Entry(MIDNIGHT + timedelta(days=1), "", "채팅방 이름이 바뀌었습니다.", is_system=True),
        Entry(MIDNIGHT, "", "x", is_system=True),
    ]


def test_the_notice_of_an_open_chat_belongs_to_the_join_above() -> None:
    join = "Tom님이 들어왔습니다."
    notice = (
        "타인, 기관 등의 사칭에 유의해 주세요. 금전 또는 개인정보를 요구 받을 경우 신고해 주세요."
    )
    policy = "운영정책을 위반한 메시지로 신고 접수 시 카카오톡 이용에 제한이 있을 수 있습니다."
    assert bodies(windows(DAY, "[민지] [오전 9:00] 하나", join, notice, policy)) == [
        "하나",
        f"{join}\n{notice}\n{policy}",
    ]
    assert bodies(android(f"2021년 3월 25일 오전 9:00, {join}", policy)) == [f"{join}\n{policy}"]


@pytest.mark.parametrize(
    "line",
    ["삭제된 메시지입니다.", "The message has been deleted.", "This message has been deleted."],
)
def test_a_deleted_message_on_windows_may_be_a_bare_line(line: str) -> None:
    assert windows(DAY, "[민지] [오전 9:00] 하나", line)[1] == Entry(
        MORNING, "", line, is_system=False
    )


@pytest.mark.parametrize(
    ("shape", "line"),
    [
        ("korean", "2021년 3월 25일 오전 9:00, 민지님이 Tom님을 초대했습니다."),
        ("korean", "2021년 3월 25일 9:00, Tom님이 나갔습니다."),
        ("dotted", "2021. 3. 25. 오전 9:00: 민지님이 Tom님을 초대했습니다."),
        ("dotted", "2021. 3. 25. 오전 9:00: 제목 : 바뀜"),
        ("english", "Mar 25, 2021, 9:00 AM: 민지 invited Tom."),
        ("english", "March 25, 2021, 9:00 AM, 민지 invited Tom."),
        ("time first", "9:00am, March 25, 2021, 민지 invited Tom."),
    ],
)
def test_on_phones_a_colon_or_a_comma_without_a_name_begins_a_line_of_the_system(
    shape: Shape, line: str
) -> None:
    (entry,) = read(line, shape)
    assert isinstance(entry, Entry)
    assert (entry.at, entry.sender, entry.is_system) == (MORNING, "", True)
    assert line.endswith(entry.text)
    assert entry.text[:1] in "민T제"


# ------------------------------------------------------------ times


@pytest.mark.parametrize(
    ("written", "hour", "minute"),
    [
        ("오전 12:51", 0, 51),
        ("오후 12:05", 12, 5),
        ("오전 9:04", 9, 4),
        ("오후 11:59", 23, 59),
        ("AM 9:04", 9, 4),
        ("PM 12:16", 12, 16),
        ("9:04 AM", 9, 4),
        ("12:00 AM", 0, 0),
        ("12:00 PM", 12, 0),
        ("12:00 p.m.", 12, 0),
        ("0:00", 0, 0),
        ("14:05", 14, 5),
        ("23:59", 23, 59),
    ],
)
def test_times_of_twelve_and_twenty_four_hours(written: str, hour: int, minute: int) -> None:
    (entry,) = windows(DAY, f"[민지] [{written}] 하나")
    assert isinstance(entry, Entry)
    assert (entry.at.hour, entry.at.minute) == (hour, minute)


@pytest.mark.parametrize("time", ["오전 13:00", "25:00", "오후 9:61", "24:00"])
def test_an_impossible_time_is_told_and_its_line_kept_as_text(time: str) -> None:
    line = f"[Tom] [{time}] 둘"
    assert windows(DAY, "[민지] [오전 9:00] 하나", line) == [
        Skipped("a day or time that cannot be", 3),
        Entry(MORNING, "민지", f"하나\n{line}", is_system=False),
    ]


@pytest.mark.parametrize("stamp", ["2021년 2월 31일 오전 9:00", "2021년 3월 25일 25:00"])
def test_an_impossible_stamp_is_told_and_its_line_kept_as_text(stamp: str) -> None:
    line = f"{stamp}, Tom : 둘"
    assert android("2021년 3월 25일 오전 9:00, 민지 : 하나", line) == [
        Skipped("a day or time that cannot be", 2),
        Entry(MORNING, "민지", f"하나\n{line}", is_system=False),
    ]
    assert android(line) == [Skipped("a day or time that cannot be", 1)]


def test_messages_below_an_impossible_day_are_told_one_by_one() -> None:
    impossible = DAY.replace("3월 25일", "2월 31일")
    assert windows(impossible, "[민지] [오전 9:00] 하나", "둘", "[민지] [오전 9:01] 셋", DAY) == [
        Skipped("a day that cannot be", 1),
        Skipped("a message without a day line above it", 2),
        Skipped("a message without a day line above it", 4),
    ]


def test_messages_above_the_first_day_line_are_told() -> None:
    assert windows("[민지] [오전 9:00] 하나", "둘", "", DAY, "[민지] [오전 9:00] 셋") == [
        Skipped("a message without a day line above it", 1),
        Entry(MORNING, "민지", "셋", is_system=False),
    ]


def test_an_impossible_time_below_a_day_line_is_told() -> None:
    assert windows(DAY, "[민지] [오전 13:00] 하나") == [Skipped("a day or time that cannot be", 2)]


# ------------------------------------------------------------ above the first message


@pytest.mark.parametrize(
    "header",
    [
        ["방 님과 카카오톡 대화", "저장한 날짜 : 2021-03-26 01:27:36", ""],
        ["저장한 날짜 : 2021-03-26 01:27:36", "", "방 님과 카카오톡 대화"],
        ["방 with KakaoTalk Chats", "Date Saved : 2015-08-03 00:47:14", ""],
        ["KakaoTalk Chats with 방", "Date Saved : 1:01am, August 3, 2015", "", ""],
    ],
)
def test_headers_are_no_messages(header: list[str]) -> None:
    assert bodies(windows(*header, DAY, "[민지] [오전 9:00] 하나")) == ["하나"]
    assert bodies(android(*header, "2021년 3월 25일 오전 9:00, 민지 : 하나")) == ["하나"]


def test_the_rest_of_a_message_that_was_cut_off_is_told() -> None:
    reason = "text above the first message"
    assert windows("잘린 글", DAY) == [Skipped(reason, 1)]
    assert android("잘린 글", "", "2021년 3월 25일 오전 9:00") == [Skipped(reason, 1)]


def test_damage_found_while_decoding_is_passed_on_in_place() -> None:
    skipped = Skipped("NUL bytes, left out", 2)
    lines: list[Line | Skipped] = [
        Line(1, "2021년 3월 25일 오전 9:00, 민지 : 하나"),
        skipped,
        Line(2, "둘"),
    ]
    assert list(read_transcript(lines, "korean")) == [
        skipped,
        Entry(MORNING, "민지", "하나\n둘", is_system=False),
    ]
