"""A WhatsApp export is known by its content, and nothing else is taken for one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from companion.sources.whatsapp import WhatsAppSource

WriteExport = Callable[..., Path]


@pytest.mark.parametrize(
    "text",
    [
        "13.06.18, 21:25 - Anna: hi\n",
        "\n13.06.18, 21:25 - Anna: hi\nmore\n",
        "[13.06.18, 21:25:15] Anna: hi\n",
        "\u200e[6/13/18, 9:25:15\u202fPM] Anna: \u200eimage omitted\n",
        "13/06/18, 21:25 - Messages are end-to-end encrypted. Not even WhatsApp can read them.\n",
        "2018. 6. 13. 오후 9:25 - 하늘: 안녕\n",
    ],
)
def test_exports_are_known_whatever_they_are_called(write_export: WriteExport, text: str) -> None:
    assert WhatsAppSource.probe(write_export(text, "notes.md"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "Dear diary,\n13.06.18, 21:25 - Anna: hi\n",
        "13.06.2018\nWe went to the sea: it was cold.\n",
        "13.06.18, 21:25 - we went to the sea\n",
        "하늘 님과 카카오톡 대화\n저장한 날짜 : 2021-03-26 01:27:36\n\n[하늘] [오후 4:03] 안녕\n",
        "2015년 7월 9일 오후 8:34\n2015년 7월 9일 오후 8:34, 하늘 : 안녕\n",
        "2015. 7. 9. 오후 8:34, 하늘 : 안녕\n2015. 7. 9. 오후 8:34: 하늘님이 나갔습니다.\n",
        'Date,User,Message\n2015-07-09 20:34:26,"하늘","안녕"\n',
        "[LINE] Chat history with Bob\nSaved on: 2018/03/25 19:57\n\n2018/03/25(Sun)\n16:23\tA\thi",
        "[2019-12-24, 12:23] Jane Doe: Hello John!\n[2020-01-17, 21:49] John Doe: Hello\n",
        '{"name": "x", "type": "personal_chat", "id": 1, "messages": []}',
        '[{"user": "U1", "ts": "1700000000.000100", "text": "hi"}]',
    ],
)
def test_files_of_others_are_not(write_export: WriteExport, text: str) -> None:
    assert not WhatsAppSource.probe(write_export(text, "WhatsApp Chat with Anna.txt"))


def test_neither_folders_databases_nor_missing_files_are(tmp_path: Path) -> None:
    database = tmp_path / "chat.db"
    database.write_bytes(b"SQLite format 3\0" + bytes(4096))
    assert not WhatsAppSource.probe(tmp_path)
    assert not WhatsAppSource.probe(database)
    assert not WhatsAppSource.probe(tmp_path / "nothing.txt")


def test_a_zip_of_another_messenger_is_not(tmp_path: Path) -> None:
    path = tmp_path / "slack.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("users.json", "[]")
        archive.writestr("general/2016-01-01.json", "[]")
    assert not WhatsAppSource.probe(path)
    path.write_bytes(path.read_bytes()[:60])  # cut off: only the first name is left
    assert not WhatsAppSource.probe(path)
