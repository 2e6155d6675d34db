"""The conversation of a file: title, key, group or direct, the owner, growth."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.errors import NotAStore
from companion.sources.interface import (
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    SourceSettings,
)
from companion.sources.kakaotalk import KakaoTalkSource

Write = Callable[..., Path]

LINE = "2015년 7월 9일 오후 8:34, {} : 안녕\n"
TABLE = 'Date,User,Message\n2015-07-09 20:34:26,"민지","안녕"\n'


def read_room(path: Path, settings: SourceSettings) -> ConversationFound:
    """The last told of the one conversation."""
    changes = KakaoTalkSource(path, settings).read()
    return [change for change in changes if isinstance(change, ConversationFound)][-1]


def read_messages(path: Path, settings: SourceSettings) -> list[MessageFound]:
    changes = KakaoTalkSource(path, settings).read()
    return [change for change in changes if isinstance(change, MessageFound)]


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("점심 모임 님과 카카오톡 대화", "점심 모임"),
        ("점심 모임님과 카카오톡 대화", "점심 모임"),
        ("점심 모임 카카오톡 대화", "점심 모임"),
        ("수학과 카카오톡 대화", "수학과"),
        ("점심 모임 (4명)과 카카오톡 대화-1.txt", "점심 모임"),
        ("점심 모임(12명)과 카카오톡 대화-12.txt", "점심 모임"),
        ("민지 님과 카카오톡 대화-1.txt", "민지"),
        ("A (B) (3명)과 카카오톡 대화-1.txt", "A (B)"),
        ("점심 모임 with KakaoTalk Chats", "점심 모임"),
        ("KakaoTalk Chats with 점심 모임", "점심 모임"),
        ("KakaoTalk Chats with 점심 모임 (4 people)-1.txt", "점심 모임"),
        ("KakaoTalk Chats with 민지-1.txt", "민지"),
        ("KakaoTalk Chats with Tom with KakaoTalk Chats", "KakaoTalk Chats with Tom"),
        ("🦁 a/b: 방-2 님과 카카오톡 대화", "🦁 a/b: 방-2"),
    ],
)
def test_titles_are_cleaned_of_counts_and_file_names(
    header: str, title: str, write_export: Write, settings: SourceSettings
) -> None:
    path = write_export(f"{header}\n저장한 날짜 : 2015-08-03 00:47:14\n\n" + LINE.format("민지"))
    assert read_room(path, settings).title == title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("KakaoTalk_Chat_점심 모임_2021-03-26-01-27-36.csv", "점심 모임"),
        ("KakaoTalk_Chat_a_b_20210326_012736.csv", "a_b"),
        ("KakaoTalk_Chat_점심.csv", "점심"),
        (unicodedata.normalize("NFD", "KakaoTalk_Chat_점심_2021-03-26.csv"), "점심"),
        ("talk.csv", "talk"),
    ],
)
def test_a_table_is_titled_by_its_file_name(
    name: str, title: str, write_export: Write, settings: SourceSettings
) -> None:
    assert read_room(write_export(TABLE, name), settings).title == title


def test_without_a_header_the_file_name_is_the_title(
    write_export: Write, settings: SourceSettings
) -> None:
    path = write_export(LINE.format("민지"), "KakaoTalkChats.txt")
    assert read_room(path, settings).title == "KakaoTalkChats"


def test_a_message_that_reads_like_a_header_is_none(
    write_export: Write, settings: SourceSettings
) -> None:
    line = LINE.format("민지").replace("안녕", "우리 카카오톡 대화")
    assert read_room(write_export(line, "talk.txt"), settings).title == "talk"


def test_the_same_room_under_another_file_name_is_the_same_conversation(
    write_export: Write, settings: SourceSettings
) -> None:
    text = "점심  모임 님과 카카오톡 대화\n\n" + LINE.format("민지")
    other = "점심 모임 (4명)과 카카오톡 대화-1.txt\n\n" + LINE.format("민지")
    rooms = [
        read_room(write_export(text, "a.txt"), settings),
        read_room(write_export(other, "b.txt"), settings),
        read_room(write_export(TABLE, "KakaoTalk_Chat_점심 모임_2021-03-26.csv"), settings),
    ]
    assert {room.key for room in rooms} == {"점심 모임"}


HEADER = "점심 모임 님과 카카오톡 대화\n\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (HEADER.strip() + "\n저장한 날짜 : 2015-08-03 00:47:14\n", "direct"),
        (HEADER + LINE.format("민지"), "direct"),
        (HEADER + LINE.format("민지") + LINE.format("나"), "direct"),
        (HEADER + LINE.format("민지") + LINE.format("나") + LINE.format("Tom"), "group"),
        (
            HEADER + "2015년 7월 9일 오후 8:34, Tom님을 초대하였습니다.\n" + LINE.format("나"),
            "group",
        ),
        (HEADER + "2015년 7월 9일 오후 8:34, Tom님이 나갔습니다.\n", "group"),
        (HEADER + "2015년 7월 9일 오후 8:34, 메시지 알림이 꺼졌습니다.\n", "direct"),
        ("방 (4명)과 카카오톡 대화-1.txt\n\n" + LINE.format("민지"), "group"),
        ("민지 (2명)과 카카오톡 대화-1.txt\n\n" + LINE.format("민지"), "direct"),
        ("KakaoTalk Chats with 방 (3 people)-1.txt\nDate Saved : Aug 3, 2015, 12:20 AM\n", "group"),
        ("민지, Tom, 수아 님과 카카오톡 대화\n\n" + LINE.format("민지"), "group"),
        ("민지, 영업 님과 카카오톡 대화\n\n" + LINE.format("민지, 영업"), "direct"),
    ],
)
def test_group_or_direct(
    text: str, kind: str, write_export: Write, settings: SourceSettings
) -> None:
    assert read_room(write_export(text), settings).kind == kind


def test_the_conversation_comes_before_its_messages(
    write_export: Write, settings: SourceSettings
) -> None:
    path = write_export(HEADER + "".join(LINE.format(name) for name in "abc"))
    kinds = [type(change) for change in KakaoTalkSource(path, settings).read()]
    assert kinds[0] is ConversationFound
    assert kinds[-2:] == [ConversationFound, CursorAdvanced]


@pytest.mark.parametrize("alias", ["회원님", "you", "You"])
def test_phones_call_the_owner_by_an_alias(
    alias: str, write_export: Write, settings: SourceSettings
) -> None:
    path = write_export(LINE.format(alias) + LINE.format("민지"))
    assert [message.is_me for message in read_messages(path, settings)] == [True, False]


def test_on_windows_you_is_a_name_as_any_other(
    write_export: Write, settings: SourceSettings
) -> None:
    path = write_export(
        "--------------- 2015년 7월 9일 목요일 ---------------\n[You] [8:34 PM] 안녕\n"
    )
    assert [message.is_me for message in read_messages(path, settings)] == [False]


@pytest.mark.parametrize("told", ["민지", " 민지 ", unicodedata.normalize("NFD", "민지")])
def test_the_owner_is_known_by_the_names_told(
    told: str, write_export: Write, settings: SourceSettings
) -> None:
    path = write_export(LINE.format("민지") + LINE.format("Tom"))
    settings = replace(settings, me=("Minji", told))
    assert [message.is_me for message in read_messages(path, settings)] == [True, False]


def test_a_line_of_the_system_is_never_the_owners(
    write_export: Write, settings: SourceSettings
) -> None:
    path = write_export(TABLE + '2015-07-09 20:35:26,"민지","민지 left this chatroom."\n')
    settings = replace(settings, me=("민지",))
    assert [message.is_me for message in read_messages(path, settings)] == [True, False]


def test_a_grown_export_gives_its_old_part_the_old_ids(
    write_export: Write, settings: SourceSettings
) -> None:
    short = HEADER + LINE.format("민지") * 2
    old = read_messages(write_export(short), settings)
    new = read_messages(write_export(short + LINE.format("민지")), settings)
    assert new[:2] == old
    assert len({message.id for message in new}) == 3


def test_another_zone_moves_messages_but_makes_no_new_ids(
    write_export: Write, settings: SourceSettings
) -> None:
    path = write_export(HEADER + LINE.format("민지"))
    there = replace(settings, zone=ZoneInfo("America/New_York"))
    (here_found,), (there_found,) = read_messages(path, settings), read_messages(path, there)
    assert here_found.id == there_found.id
    assert here_found.sent_at != there_found.sent_at


@pytest.mark.parametrize("text", ["", "안녕하세요\n"])
def test_a_file_that_is_no_export_is_refused_with_a_next_step(
    text: str, write_export: Write, settings: SourceSettings
) -> None:
    with pytest.raises(NotAStore, match="is not a KakaoTalk export; export the conversation"):
        list(KakaoTalkSource(write_export(text), settings).read())
