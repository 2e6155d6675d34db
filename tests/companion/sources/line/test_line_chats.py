"""One conversation in the shapes of all clients, and the conversation of a file."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.errors import NotAStore
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    Skipped,
    SourceSettings,
)
from companion.sources.line import LineSource

Write = Callable[..., Path]

IOS_EN = """\
[LINE] Chat history with 花子
Saved on: 2024/02/01 19:57

2024/01/15(Mon)
09:30\t花子\tGood morning
09:30\t花子\tGood morning
09:31\tAnn Lee\t"Lunch?

""Noon"" at the usual place"
09:32\t花子\t[Photo]
09:33\t花子\t☎ Call time 1:05

2024/01/16(Tue)
00:05\tAnn Lee\t"quoted" is mine
12:05\t花子\t[Sticker]
"""
IOS_JA = """\
[LINE] 花子とのトーク履歴
保存日時：2024/02/01 19:57

2024/1/15(月)
午前9:30\t花子\tGood morning
午前9:30\t花子\tGood morning
午前9:31\tAnn Lee\t"Lunch?

""Noon"" at the usual place"
午前9:32\t花子\t[写真]
午前9:33\t花子\t☎ Call time 1:05

2024/1/16(火)
午前0:05\tAnn Lee\t"quoted" is mine
午後0:05\t花子\t[スタンプ]
"""
ANDROID_KO = """\
[LINE] 花子님과의 대화
저장한 날짜 : 2024/02/01 19:57

2024.01.15 월요일
오전 9:30\t花子\tGood morning
오전 9:30\t花子\tGood morning
오전 9:31\tAnn Lee\t"Lunch?

""Noon"" at the usual place"
오전 9:32\t花子\t[사진]
오전 9:33\t花子\t☎ Call time 1:05

2024.01.16 화요일
오전 12:05\tAnn Lee\t"quoted" is mine
오후 12:05\t花子\t[스티커]
"""
ANDROID_EN = """\
[LINE] Chat history with 花子
Saved on: 02/01/2024, 19:57

Mon, 01/15/2024
9:30AM\t花子\tGood morning
9:30AM\t花子\tGood morning
9:31AM\tAnn Lee\t"Lunch?

""Noon"" at the usual place"
9:32AM\t花子\t[Photo]
9:33AM\t花子\t☎ Call time 1:05

Tue, 01/16/2024
12:05AM\tAnn Lee\t"quoted" is mine
12:05PM\t花子\t[Sticker]
"""
WINDOWS = """\
2024.01.15 Monday
09:30 花子 Good morning
09:30 花子 Good morning
09:31 Ann Lee Lunch?

"Noon" at the usual place
09:32 花子 Photos
09:33 花子 ☎ Call time 1:05
2024.01.16 Tuesday
00:05 Ann Lee "quoted" is mine
12:05 花子 Stickers
"""
SHAPES = {
    "ios-en": IOS_EN,
    "ios-ja": IOS_JA,
    "android-ko": ANDROID_KO,
    "android-en": ANDROID_EN,
    "windows": WINDOWS,
}
MESSAGES = [
    ("花子", "2024-01-15 09:30", "Good morning", "text"),
    ("花子", "2024-01-15 09:30", "Good morning", "text"),
    ("Ann Lee", "2024-01-15 09:31", 'Lunch?\n\n"Noon" at the usual place', "text"),
    ("花子", "2024-01-15 09:32", "", "media"),
    ("花子", "2024-01-15 09:33", "", "media"),
    ("Ann Lee", "2024-01-16 00:05", '"quoted" is mine', "text"),
    ("花子", "2024-01-16 12:05", "", "media"),
]


@pytest.fixture
def settings(settings: SourceSettings) -> SourceSettings:
    """Of Ann, for Windows parts her name of two words from her text by it."""
    return replace(settings, me=("Ann Lee",))


def read(path: Path, settings: SourceSettings) -> list[Change]:
    changes = LineSource(path, settings).read()
    return [change for change in changes if not isinstance(change, CursorAdvanced)]


def read_messages(path: Path, settings: SourceSettings) -> list[MessageFound]:
    return [change for change in read(path, settings) if isinstance(change, MessageFound)]


def read_chat(path: Path, settings: SourceSettings) -> ConversationFound:
    """The last told of the one conversation."""
    found = [change for change in read(path, settings) if isinstance(change, ConversationFound)]
    return found[-1]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("variant", ["plain", "bom", "crlf", "bom-crlf", "utf-16"])
def test_every_client_gives_the_same_messages(
    shape: str, variant: str, write_export: Write, settings: SourceSettings
) -> None:
    text = SHAPES[shape].replace("\n", "\r\n") if "crlf" in variant else SHAPES[shape]
    encoding = {"utf-16": "utf-16", "plain": "utf-8", "crlf": "utf-8"}.get(variant, "utf-8-sig")
    path = write_export(text, "[LINE] 花子.txt", encoding)
    assert LineSource.probe(path)
    changes = read(path, settings)
    assert not [change for change in changes if isinstance(change, Skipped)]
    rows = []
    for message in read_messages(path, settings):
        local = message.sent_at.astimezone(ZoneInfo("Asia/Seoul"))
        words = "" if message.kind == "media" else message.text
        rows.append((message.sender, f"{local:%Y-%m-%d %H:%M}", words, message.kind))
    assert rows == MESSAGES
    chat = read_chat(path, settings)
    assert (chat.key, chat.title, chat.kind, chat.has_ids) == ("花子", "花子", "direct", False)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_client_gives_the_same_ids(
    shape: str, write_export: Write, settings: SourceSettings
) -> None:
    first = [m.id for m in read_messages(write_export(IOS_EN), settings)]
    assert [m.id for m in read_messages(write_export(SHAPES[shape]), settings)] == first
    assert len(set(first)) == len(first)


def test_order_is_kept_within_a_minute(write_export: Write, settings: SourceSettings) -> None:
    messages = read_messages(write_export(IOS_EN), settings)
    assert sorted(messages, key=lambda found: (found.sent_at, found.position)) == messages
    assert all(message.is_approximate for message in messages)


def test_a_line_without_a_sender_is_the_systems(
    write_export: Write, settings: SourceSettings
) -> None:
    text = "[LINE] 旅行のトーク履歴\n\n2024/1/15(月)\n9:30\t\t花子が退会しました。\n9:31\tJoined\n"
    messages = read_messages(write_export(text), settings)
    assert [(m.kind, m.sender, m.text) for m in messages] == [
        ("system", "", "花子が退会しました。"),
        ("system", "", "Joined"),
    ]


def test_windows_lines_of_the_system_have_no_sender(
    write_export: Write, settings: SourceSettings
) -> None:
    text = "2024.01.15 Monday\n09:30 Bob hi\n09:31 Bob left the group.\n09:32 花子が参加\n"
    messages = read_messages(write_export(text), settings)
    assert [(m.kind, m.sender) for m in messages][:2] == [("text", "Bob"), ("system", "")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (IOS_EN, "direct"),
        (IOS_EN.replace("history with", "history in"), "group"),
        (IOS_EN + "12:06\tBen\thi\n", "group"),
        (IOS_EN + "12:06\tBen joined the group.\n", "group"),
        (IOS_EN + "12:06\tBen changed the theme.\n", "direct"),
    ],
)
def test_group_or_direct(
    text: str, kind: str, write_export: Write, settings: SourceSettings
) -> None:
    assert read_chat(write_export(text), settings).kind == kind


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("[LINE] Chat with Bob.txt", "Bob"),
        ("[LINE]Bob.txt", "Bob"),
        (unicodedata.normalize("NFD", "[LINE] 민지님과의 대화.txt"), "민지"),
        ("saved.txt", "saved"),
    ],
)
def test_without_a_header_the_file_name_is_the_title(
    name: str, title: str, write_export: Write, settings: SourceSettings
) -> None:
    assert read_chat(write_export(WINDOWS, name), settings).title == title


def test_the_owner_of_a_chat_of_two_is_whom_it_is_not_named_after(
    write_export: Write, settings: SourceSettings
) -> None:
    unnamed = replace(settings, me=())
    told = {m.sender: m.is_me for m in read_messages(write_export(IOS_EN), unnamed)}
    assert told == {"花子": False, "Ann Lee": True}
    group = write_export(IOS_EN.replace("history with", "history in"))
    assert not any(message.is_me for message in read_messages(group, unnamed))


def test_a_pasted_chat_is_part_of_its_message(
    write_export: Write, settings: SourceSettings
) -> None:
    pasted = "see\n2024/1/14(日)\n9:30\tBen\thi"
    text = f'[LINE] Aのトーク履歴\n\n2024/1/15(月)\n9:30\t花子\t"{pasted}"\n9:31\t花子\tok\n'
    assert [m.text for m in read_messages(write_export(text), settings)] == [pasted, "ok"]


@pytest.mark.parametrize("quote", ['"', '"so', '"so" it is', '""', '"a" "b"'])
def test_a_quote_of_somebodys_own_ends_with_its_line(
    quote: str, write_export: Write, settings: SourceSettings
) -> None:
    text = f"[LINE] Aのトーク履歴\n\n2024/1/15(月)\n9:30\t花子\t{quote}\n9:31\t花子\tok then\n"
    assert [m.text for m in read_messages(write_export(text), settings)] == [quote, "ok then"]


def test_a_quote_that_never_ends_costs_nothing(
    write_export: Write, settings: SourceSettings
) -> None:
    lines = "".join(f"9:31\t花子\tmessage {number} of many\n" for number in range(3000))
    text = f'[LINE] Aのトーク履歴\n\n2024/1/15(月)\n9:30\t花子\t"open\n{lines}'
    assert len(read_messages(write_export(text), settings)) == 3001


def test_a_quoted_message_without_an_end_keeps_its_lines(
    write_export: Write, settings: SourceSettings
) -> None:
    text = '[LINE] Aのトーク履歴\n\n2024/1/15(月)\n9:30\t花子\t"cut\noff here'
    assert [m.text for m in read_messages(write_export(text), settings)] == ['"cut\noff here']


def test_what_cannot_be_placed_is_reported(write_export: Write, settings: SourceSettings) -> None:
    text = (
        "[LINE] Aのトーク履歴\nSaved on: 2024\n\n\nstray\n9:29\tAnn\tno day\n2024/1/15(月)\n"
        "9:30\tAnn\thi\n25:00\tAnn\tlate\n2024/2/31(土)\n9:31\tAnn\tnever\n"
        "0001/01/01(月)\n00:00\tAnn\tearly\n9999/12/31(金)\n23:59\tAnn\tlast\n"
    )
    changes = read(write_export(text), settings)
    skipped = [(change.line, change.reason) for change in changes if isinstance(change, Skipped)]
    assert skipped == [
        (5, "text above the first message"),
        (6, "a message without a day line above it"),
        (9, "a time that cannot be"),
        (11, "a message under a day that is in no calendar"),
        (13, "a message under a day that no clock can show"),
    ]
    texts = [change.text for change in changes if isinstance(change, MessageFound)]
    assert texts == ["hi\n25:00\tAnn\tlate", "last"]


def test_dates_that_fit_both_orders_are_reported(
    write_export: Write, settings: SourceSettings
) -> None:
    text = "[LINE] Chat history with Ann\n\nSat, 11/01/2025\n9:30\tAnn\thi\n"
    changes = read(write_export(text), settings)
    assert changes[0] == Skipped(
        "dates fit both orders, read as month before day: check one you remember"
    )


def test_a_grown_export_gives_its_old_part_the_old_ids(
    write_export: Write, settings: SourceSettings
) -> None:
    old = read_messages(write_export(IOS_EN), settings)
    new = read_messages(write_export(IOS_EN + "12:05\t花子\t[Sticker]\n"), settings)
    assert new[:-1] == old
    assert new[-1].id not in {message.id for message in old}


def test_another_zone_moves_messages_but_makes_no_new_ids(
    write_export: Write, settings: SourceSettings
) -> None:
    path = write_export(IOS_EN)
    there = replace(settings, zone=ZoneInfo("America/New_York"))
    here_found, there_found = read_messages(path, settings), read_messages(path, there)
    assert [m.id for m in here_found] == [m.id for m in there_found]
    assert here_found[0].sent_at != there_found[0].sent_at


@pytest.mark.parametrize("text", ["", "hello\n"])
def test_a_file_that_is_no_export_is_refused_with_a_next_step(
    text: str, write_export: Write, settings: SourceSettings
) -> None:
    with pytest.raises(NotAStore, match="is not a LINE export; export the chat again"):
        read(write_export(text), settings)


def test_the_sample_of_another_project(data_folder: Path, settings: SourceSettings) -> None:
    path = data_folder / "line/meyfa+line-chat-parser/windows_exe_en_from_readme.txt"
    found = read_messages(path, settings)
    assert [(message.sender, message.kind) for message in found] == [
        ("Bob", "text"),
        ("Alice", "text"),
        ("Bob", "text"),
        ("Bob", "text"),
        ("Bob", "media"),
        ("Alice", "text"),
    ]
    assert found[0].text.split("\n")[1].startswith("Apparently there is a Node package")
