"""What people say, LINE's placeholders and its own lines are told apart."""

from __future__ import annotations

import pytest

from companion.sources.line.wording import (
    classify_message,
    is_membership_line,
    is_system_line,
    reduce_body,
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hi", "text"),
        ("", "text"),
        ("[Photo]", "media"),
        ("[写真]", "media"),
        ("[사진]", "media"),
        ("[音声]", "text"),
        ("[スタンプ]", "media"),
        ("[File] report.pdf", "media"),
        ("[照片]", "media"),
        ("[Photo]s of us", "text"),
        ("☎ 通話時間 0:12", "media"),
        ("☎ Missed call", "media"),
        ("Photos", "text"),
        ("メッセージの送信を取り消しました", "deleted"),
        ("Ann unsent a message.", "deleted"),
        ("메시지 전송을 취소했습니다.", "deleted"),
        ("已收回訊息", "deleted"),
    ],
)
def test_kinds_of_phones(text: str, kind: str) -> None:
    assert classify_message("Ann", text, is_windows=False) == kind
    assert classify_message("", text, is_windows=False) == "system"


def test_windows_leaves_the_brackets_out() -> None:
    assert classify_message("Ann", "Photos", is_windows=True) == "media"
    assert classify_message("Ann", "写真", is_windows=True) == "media"
    assert classify_message("Ann", "Photos of us", is_windows=True) == "text"


def test_one_photo_is_the_same_for_all_clients() -> None:
    reduced = {reduce_body(text, is_windows=False) for text in ("[Photo]", "[写真]", " [사진] ")}
    reduced.add(reduce_body("Photos", is_windows=True))
    assert len(reduced) == 1


@pytest.mark.parametrize(
    "line",
    [
        "Ann joined the group.",
        "Ann left the group",
        "Ann added Ben to the group.",
        "Ann invited Ben to the group.",
        "花子がグループに参加しました。",
        "花子が太郎をグループに追加しました。",
        "花子がグループを退会しました。",
        "민지님이 수아님을 초대했습니다.",
        "민지님이 그룹에서 나갔습니다.",
        "小明已加入群組",
        "小明已離開群組。",
    ],
)
def test_lines_that_tell_of_a_group(line: str) -> None:
    assert is_membership_line(line)
    assert is_system_line(line, line.partition(" ")[2])


@pytest.mark.parametrize(
    "line",
    [
        "Ann I left the group.",
        "Ann Ben joined the group?",
        "Ann invited",
        "Ann the group left",
        "花子 グループに参加する",
    ],
)
def test_what_people_say_is_no_line_of_the_system(line: str) -> None:
    assert not is_system_line(line, line.partition(" ")[2])
