"""What is claimed as a LINE export, by content alone, and what is not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from companion.sources.line import LineSource

Write = Callable[..., Path]

DAY = "2024.01.15 Monday\n"


@pytest.mark.parametrize(
    "text",
    [
        "[LINE] Chat history with Bob\nSaved on: 2018/03/25 19:57\n",
        "[LINE] Chat history with Bob\nSaved on: 2018/03/25 19:57\n\n2018/03/25(Sun)\n9:30\tA\tb\n",
        "[LINE] Aとのトーク履歴\n2024/1/15(月)\n9:30\tA\thi\n",
        "Chat history in Trip\n\nMon, 01/15/2024\n9:30AM\tA\thi\n",
        f"[LINE] Bob\n{DAY}09:30 Bob hi\n",
        f"{DAY}09:30\tA\thi\n",
        f"\n{DAY}09:30\tA\thi\n",
        f"{DAY}2024.01.16 Tuesday\n09:30\tA\thi\n",
        f"{DAY}09:30 Bob hi\n09:31 Ann hi\n09:32 Bob so\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_exports_are_claimed_whatever_their_name(
    text: str, encoding: str, write_export: Write
) -> None:
    assert LineSource.probe(write_export(text, "data.bin", encoding))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "[LINE] Bob\n",
        "[LINE] is down again\nnobody knows why\n" * 10,
        "Chat history with Bob\n\nWe met in spring.\n",
        DAY,
        f"{DAY}09:30 Woke up early\n10:00 Had breakfast\n",
        f"{DAY}09:30\tbreakfast\n",
        f"{DAY}We went to the sea.\n09:30\tA\thi\n",
        "Dear diary\n2024.01.15 Monday\n09:30\tA\thi\n",
        "09:30\tA\thi\n09:31\tB\tso\n",
        "하늘 님과 카카오톡 대화\n저장한 날짜 : 2021-03-26 01:27:36\n\n[하늘] [오후 4:03] 안녕\n",
        "2021년 3월 25일 목요일\n2021. 3. 25. 오전 9:00, 민지 : 안녕\n",
        "--------------- 2021년 3월 25일 목요일 ---------------\n[민지] [오전 9:00] 안녕\n",
        "[13.06.18, 21:25:15] Anna: hi\n",
        "3/25/21, 9:00 AM - Anna: hi\n",
        'Date,User,Message\n2015-07-09 20:34:26,"하늘","안녕"\n',
        '{"messages": [{"sender_name": "Ann", "timestamp_ms": 1, "content": "hi"}]}',
        "From ann@example.org Mon Jan 15 09:30:00 2024\nSubject: hi\n",
    ],
)
def test_other_text_is_not_claimed(text: str, write_export: Write) -> None:
    assert not LineSource.probe(write_export(text, "[LINE] Bob.txt"))


def test_databases_archives_folders_and_pipes_are_not_claimed(tmp_path: Path) -> None:
    (tmp_path / "chat.db").write_bytes(b"SQLite format 3\0" + bytes(100))
    (tmp_path / "chat.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    os.mkfifo(tmp_path / "[LINE] Bob.txt")
    for name in ("chat.db", "chat.zip", "[LINE] Bob.txt", "gone.txt", ""):
        assert not LineSource.probe(tmp_path / name)
