"""What is claimed as a KakaoTalk export, by content alone, and what is not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from companion.sources.kakaotalk import KakaoTalkSource

Write = Callable[..., Path]

DAY = "--------------- 2021년 3월 25일 목요일 ---------------\n"
PASTED = "2021년 3월 25일 오전 9:00, 민지 : 안녕\n"


@pytest.mark.parametrize(
    "text",
    [
        "방 님과 카카오톡 대화\n저장한 날짜 : 2021-03-26 01:27:36\n",
        "KakaoTalk Chats with 방\nDate Saved : 1:01am, August 3, 2015\n",
        "KakaoTalk Chats with 방\n[민지] [오전 9:00] 안녕\n",
        f"{DAY}[민지] [오전 9:00] 안녕\n",
        f"잘린 글\n{DAY}[민지] [오전 9:00] 안녕\n",
        PASTED,
        "\n" + PASTED,
        "저장한 날짜 : 2015년 8월 3일 오전 12:51\n\n" + PASTED,
        "잘린 글\n" + PASTED * 3,
        "2021. 3. 25. 오전 9:00, 민지 : 안녕\n",
        "2021년 3월 25일 목요일\n2021. 3. 25. 오전 9:00, 민지 : 안녕\n",
        "Mar 25, 2021, 9:00 AM, 민지 : 안녕\n",
        "9:00am, March 25, 2021, 민지 : 안녕\n",
        "Date,User,Message\n",
        'Date,User,Message\n2021-03-25 09:00:01,"민지","안녕"\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_exports_are_claimed_whatever_their_name(
    text: str, encoding: str, write_export: Write
) -> None:
    assert KakaoTalkSource.probe(write_export(text, "data.bin", encoding))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "안녕하세요\n오늘은 날씨가 좋다.\n",
        "민지와의 카카오톡 대화\n\n어제 나눈 이야기를 옮긴다.\n",
        "회의록\n\n" + PASTED + "위와 같이 정했다.\n",
        "[민지] [오전 9:00] 안녕\n",
        "[INFO] [12:30] started\n[INFO] [12:31] stopped\n",
        "2021-03-25 09:00:01,123 INFO : started\n",
        "3/25/21, 9:00 AM - 민지: 안녕\n",
        "2021. 3. 25. 오전 9:00 - 민지: 안녕\n",
        "[2021. 3. 25. 오전 9:00:01] 민지: 안녕\n",
        "[25.03.21, 09:00:01] 민지: 안녕\n",
        "2021년 3월 25일 오전 9:00 - 민지: 안녕\n",
        "[LINE] Chat history with T\nSaved on: 2021/03/25 19:57\n\n2021/03/25(Thu)\n09:00\tT\thi\n",
        "2021.03.25 목요일\n09:00 민지 안녕\n",
        "date,user,message\n",
        "Date,User,Message,Room\n",
        "id,Date,User,Message\n1,2,3,4\n",
        "Date;User;Message\n",
        '{"name": "방", "messages": []}\n',
        '{"conversation": "a", "id": 1}\n',
        "March 25, 2021, 9:00 AM\nDear diary\n",
        "Mar 25, 2021, 9:00 AM: Dear diary\n",
    ],
)
def test_other_text_is_not_claimed(text: str, write_export: Write) -> None:
    assert not KakaoTalkSource.probe(write_export(text, "KakaoTalkChats.txt"))


def test_databases_archives_folders_and_pipes_are_not_claimed(tmp_path: Path) -> None:
    (tmp_path / "chat.db").write_bytes(b"SQLite format 3\0" + bytes(100))
    (tmp_path / "chat.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    os.mkfifo(tmp_path / "KakaoTalk.txt")
    for name in ("chat.db", "chat.zip", "KakaoTalk.txt", "gone.txt", ""):
        assert not KakaoTalkSource.probe(tmp_path / name)
