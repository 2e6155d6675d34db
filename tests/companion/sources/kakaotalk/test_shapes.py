"""One conversation in all eight shapes, and the variants of each client, read the same."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.sources.interface import MessageFound, Skipped, SourceSettings
from companion.sources.kakaotalk import KakaoTalkSource

WINDOWS_KO = """\
점심 모임 님과 카카오톡 대화
저장한 날짜 : 2015-08-03 00:47:14

--------------- 2015년 7월 9일 목요일 ---------------
민지님이 박 과장/영업님과 Tom [서울]님을 초대했습니다.
[민지] [오후 8:34] 안녕하세요 : 반가워요
[박 과장/영업] [오후 8:35] 내일 어때?

장소: 강남
[민지] [오후 8:35] ㅋㅋ
[민지] [오후 8:35] ㅋㅋ
[Tom [서울]] [오후 8:36] 사진
--------------- 2015년 7월 10일 금요일 ---------------
[Tom [서울]] [오전 12:51] 밤, 이야기
[민지] [오후 12:05] 점심!
"""
WINDOWS_EN = """\
점심 모임 with KakaoTalk Chats
Date Saved : 2015-08-03 00:47:14

--------------- Thursday, July 9, 2015 ---------------
민지 invited 박 과장/영업 and Tom [서울].
[민지] [8:34 PM] 안녕하세요 : 반가워요
[박 과장/영업] [8:35 PM] 내일 어때?

장소: 강남
[민지] [8:35 PM] ㅋㅋ
[민지] [8:35 PM] ㅋㅋ
[Tom [서울]] [8:36 PM] Photo
--------------- Friday, July 10, 2015 ---------------
[Tom [서울]] [12:51 AM] 밤, 이야기
[민지] [12:05 PM] 점심!
"""
ANDROID_KO = """\
점심 모임 님과 카카오톡 대화
저장한 날짜 : 2015년 8월 3일 오전 12:51


2015년 7월 9일 오후 8:34
2015년 7월 9일 오후 8:34, 민지님이 박 과장/영업님과 Tom [서울]님을 초대했습니다.
2015년 7월 9일 오후 8:34, 민지 : 안녕하세요 : 반가워요
2015년 7월 9일 오후 8:35, 박 과장/영업 : 내일 어때?

장소: 강남
2015년 7월 9일 오후 8:35, 민지 : ㅋㅋ
2015년 7월 9일 오후 8:35, 민지 : ㅋㅋ
2015년 7월 9일 오후 8:36, Tom [서울] : <사진>

2015년 7월 10일 오전 12:51
2015년 7월 10일 오전 12:51, Tom [서울] : 밤, 이야기
2015년 7월 10일 오후 12:05, 민지 : 점심!
"""
ANDROID_EN_2015 = """\
KakaoTalk Chats with 점심 모임
Date Saved : 1:01am, August 3, 2015


8:34pm, July 9, 2015
8:34pm, July 9, 2015, 민지 invited 박 과장/영업 and Tom [서울].
8:34pm, July 9, 2015, 민지 : 안녕하세요 : 반가워요
8:35pm, July 9, 2015, 박 과장/영업 : 내일 어때?

장소: 강남
8:35pm, July 9, 2015, 민지 : ㅋㅋ
8:35pm, July 9, 2015, 민지 : ㅋㅋ
8:36pm, July 9, 2015, Tom [서울] : <Photo>

12:51am, July 10, 2015
12:51am, July 10, 2015, Tom [서울] : 밤, 이야기
12:05pm, July 10, 2015, 민지 : 점심!
"""
ANDROID_EN_2020 = """\
KakaoTalk Chats with 점심 모임
Date Saved : November 3, 2020, 1:08 PM


July 9, 2015, 8:34 PM
July 9, 2015, 8:34 PM, 민지 invited 박 과장/영업 and Tom [서울].
July 9, 2015, 8:34 PM, 민지 : 안녕하세요 : 반가워요
July 9, 2015, 8:35 PM, 박 과장/영업 : 내일 어때?

장소: 강남
July 9, 2015, 8:35 PM, 민지 : ㅋㅋ
July 9, 2015, 8:35 PM, 민지 : ㅋㅋ
July 9, 2015, 8:36 PM, Tom [서울] : <Photo>

July 10, 2015, 12:51 AM
July 10, 2015, 12:51 AM, Tom [서울] : 밤, 이야기
July 10, 2015, 12:05 PM, 민지 : 점심!
"""
IOS_KO = """\
점심 모임 (4명)과 카카오톡 대화-1.txt
저장한 날짜 : 2015. 8. 3. 오전 12:15

2015년 7월 9일 목요일
2015. 7. 9. 오후 8:34: 민지님이 박 과장/영업님과 Tom [서울]님을 초대했습니다.
2015. 7. 9. 오후 8:34, 민지 : 안녕하세요 : 반가워요
2015. 7. 9. 오후 8:35, 박 과장/영업 : 내일 어때?

장소: 강남
2015. 7. 9. 오후 8:35, 민지 : ㅋㅋ
2015. 7. 9. 오후 8:35, 민지 : ㅋㅋ
2015. 7. 9. 오후 8:36, Tom [서울] : 사진

2015년 7월 10일 금요일
2015. 7. 10. 오전 12:51, Tom [서울] : 밤, 이야기
2015. 7. 10. 오후 12:05, 민지 : 점심!
"""
IOS_EN = """\
KakaoTalk Chats with 점심 모임 (4 people)-1.txt
Date Saved : Aug 3, 2015, 12:20 AM

Thursday, July 9, 2015
Jul 9, 2015, 8:34 PM: 민지 invited 박 과장/영업 and Tom [서울].
Jul 9, 2015, 8:34 PM, 민지 : 안녕하세요 : 반가워요
Jul 9, 2015, 8:35 PM, 박 과장/영업 : 내일 어때?

장소: 강남
Jul 9, 2015, 8:35 PM, 민지 : ㅋㅋ
Jul 9, 2015, 8:35 PM, 민지 : ㅋㅋ
Jul 9, 2015, 8:36 PM, Tom [서울] : photo

Friday, July 10, 2015
Jul 10, 2015, 12:51 AM, Tom [서울] : 밤, 이야기
Jul 10, 2015, 12:05 PM, 민지 : 점심!
"""
TABLE = """\
Date,User,Message
2015-07-09 20:34:01,"민지","민지 invited 박 과장/영업 and Tom [서울]."
2015-07-09 20:34:26,"민지","안녕하세요 : 반가워요"
2015-07-09 20:35:00,"박 과장/영업","내일 어때?

장소: 강남"
2015-07-09 20:35:10,"민지","ㅋㅋ"
2015-07-09 20:35:11,"민지","ㅋㅋ"
2015-07-09 20:36:59,"Tom [서울]","(Photo)"
2015-07-10 00:51:00,"Tom [서울]","밤, 이야기"
2015-07-10 12:05:30,"민지","점심!"
"""

SHAPES = {
    "windows-ko": WINDOWS_KO,
    "windows-en": WINDOWS_EN,
    "android-ko": ANDROID_KO,
    "android-en-2015": ANDROID_EN_2015,
    "android-en-2020": ANDROID_EN_2020,
    "ios-ko": IOS_KO,
    "ios-en": IOS_EN,
    "table": TABLE,
}
MESSAGES = [
    ("민지", "2015-07-09 20:34", "안녕하세요 : 반가워요", "text"),
    ("박 과장/영업", "2015-07-09 20:35", "내일 어때?\n\n장소: 강남", "text"),
    ("민지", "2015-07-09 20:35", "ㅋㅋ", "text"),
    ("민지", "2015-07-09 20:35", "ㅋㅋ", "text"),
    ("Tom [서울]", "2015-07-09 20:36", "PHOTO", "media"),
    ("Tom [서울]", "2015-07-10 00:51", "밤, 이야기", "text"),
    ("민지", "2015-07-10 12:05", "점심!", "text"),
]

Read = Callable[..., list[MessageFound]]


@pytest.fixture
def read(write_export: Callable[..., Path], settings: SourceSettings) -> Read:
    """Writes an export and gives its messages; nothing of it may be skipped."""

    def read(text: str, encoding: str = "utf-8") -> list[MessageFound]:
        path = write_export(text, encoding=encoding)
        assert KakaoTalkSource.probe(path)
        changes = list(KakaoTalkSource(path, settings).read())
        assert not [change for change in changes if isinstance(change, Skipped)]
        return [change for change in changes if isinstance(change, MessageFound)]

    return read


def simplify(messages: list[MessageFound]) -> list[tuple[str, str, str, str]]:
    """(Sender, local minute, text with placeholders made equal, kind), without system lines."""
    rows: list[tuple[str, str, str, str]] = []
    for message in messages:
        local = message.sent_at.astimezone(ZoneInfo("Asia/Seoul"))
        text = "PHOTO" if message.kind == "media" else message.text
        if message.kind != "system":
            rows.append((message.sender, f"{local:%Y-%m-%d %H:%M}", text, message.kind))
    return rows


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_messages(shape: str, read: Read) -> None:
    assert simplify(read(SHAPES[shape])) == MESSAGES


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_invitation_as_a_system_line(shape: str, read: Read) -> None:
    first, *others = read(SHAPES[shape])
    assert first.kind == "system"
    assert first.text in {
        "민지님이 박 과장/영업님과 Tom [서울]님을 초대했습니다.",
        "민지 invited 박 과장/영업 and Tom [서울].",
    }
    assert first.sender == ("민지" if shape == "table" else "")
    assert all(message.kind != "system" for message in others)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_ids(shape: str, read: Read) -> None:
    """A person who changes the client does not get the whole room a second time."""
    ids = [message.id for message in read(SHAPES[shape])[1:]]
    assert ids == [message.id for message in read(ANDROID_KO)[1:]]
    assert len(set(ids)) == len(MESSAGES)


@pytest.mark.parametrize("shape", SHAPES)
def test_file_order_is_kept_within_a_minute(shape: str, read: Read) -> None:
    messages = read(SHAPES[shape])
    assert sorted(messages, key=lambda found: (found.sent_at, found.position)) == messages


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("variant", ["bom", "crlf", "bom-crlf", "mixed", "cp949", "utf-16"])
def test_encodings_and_line_breaks_change_nothing(shape: str, variant: str, read: Read) -> None:
    plain = SHAPES[shape]
    head, _, body = plain.partition("\n\n")
    text, encoding = {
        "bom": (plain, "utf-8-sig"),
        "crlf": (plain.replace("\n", "\r\n"), "utf-8"),
        "bom-crlf": (plain.replace("\n", "\r\n"), "utf-8-sig"),
        "mixed": (head.replace("\n", "\r\n") + "\r\n\r\n" + body, "utf-8-sig"),
        "cp949": (plain.replace("\n", "\r\n"), "cp949"),
        "utf-16": (plain, "utf-16"),
    }[variant]
    assert read(text, encoding) == read(plain)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "table"])
def test_a_missing_header_changes_no_message(shape: str, read: Read) -> None:
    _, _, body = SHAPES[shape].partition("\n\n")
    assert simplify(read(body)) == MESSAGES


@pytest.mark.parametrize(
    ("shape", "spelling"),
    [
        ("windows-ko", {"[오후 8:": "[20:", "[오전 12:": "[0:", "[오후 12:": "[12:"}),
        ("windows-ko", {"[오후 8:": "[PM 8:", "[오전 12:": "[AM 12:", "[오후 12:": "[PM 12:"}),
        ("windows-ko", {"님과 카카오톡 대화": "with KakaoTalk Chats", "저장한 날짜": "Date Saved"}),
        ("windows-en", {" PM]": " pm]", " AM]": " am]"}),
        ("android-ko", {" 오후 8:": " 20:", " 오전 12:51": " 0:51", " 오후 12:": " 12:"}),
        ("android-ko", {" 님과 카카오톡": " 카카오톡"}),
        ("android-en-2015", {"8:34pm": "20:34", "8:35pm": "20:35", "8:36pm": "20:36"}),
        ("android-en-2020", {" PM": "", "8:3": "20:3", "12:51 AM": "00:51"}),
        ("ios-ko", {" 오후 8:": " 20:", " 오전 12:51": " 00:51", " 오후 12:": " 12:"}),
        ("ios-ko", {"2015년 7월 10일 금요일": "2015. 7. 10. 금요일"}),
        ("ios-en", {" PM": "\u202fPM", " AM": "\u202fAM"}),
        ("ios-en", {"2015, ": "2015 at "}),
    ],
)
def test_other_spellings_of_times_and_headers(
    shape: str, spelling: dict[str, str], read: Read
) -> None:
    text = SHAPES[shape]
    for old, new in spelling.items():
        assert old in text
        text = text.replace(old, new)
    assert simplify(read(text)) == MESSAGES


def test_times_are_of_the_zone_in_the_settings(read: Read) -> None:
    message = read(ANDROID_KO)[1]
    assert message.sent_at == datetime.fromisoformat("2015-07-09T20:34:00+09:00")
    assert message.is_approximate


def test_a_table_keeps_its_seconds(read: Read) -> None:
    assert [message.sent_at.second for message in read(TABLE)][:3] == [1, 26, 0]


def test_the_sample_of_another_project(data_folder: Path, settings: SourceSettings) -> None:
    path = data_folder / "kakaotalk" / "zeikar+kakaotalk-viewer" / "demo-chat-android.txt"
    changes = list(KakaoTalkSource(path, settings).read())
    found = [change for change in changes if isinstance(change, MessageFound)]
    assert [(message.sender, message.kind) for message in found] == [
        ("지민", "text"),
        ("나", "text"),
        ("지민", "text"),
        ("", "system"),
        ("수아", "text"),
        ("나", "text"),
        ("지민", "text"),
        ("수아", "text"),
        ("나", "text"),
    ]
    assert found[7].text.split("\n")[1] == "README 스크린샷이랑 OG 이미지에 쓰기 딱 좋게."


def test_a_bom_is_no_part_of_the_title(write_export: Callable[..., Path]) -> None:
    path = write_export(codecs.BOM_UTF8.decode() + TABLE)
    assert KakaoTalkSource.probe(path)
