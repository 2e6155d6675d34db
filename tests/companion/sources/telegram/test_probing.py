"""A Telegram export is known by its content, and no other JSON is taken for one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from companion.sources.telegram import TelegramSource

WriteExport = Callable[..., Path]

CHAT = {"name": "Ann", "type": "personal_chat", "id": 1, "messages": []}
CONTACTS = {"about": "", "list": [{"user_id": 1, "first_name": "Ann"}] * 5000}


@pytest.mark.parametrize(
    "export",
    [
        CHAT,
        {"about": "", "personal_information": {"user_id": 1}},
        {"about": "", "contacts": CONTACTS, "chats": {"about": "", "list": [CHAT]}},
        {"chats": {"list": [{"name": "Ann", "messages": []}]}},
        {"left_chats": {"list": [{"name": "Ann", "messages": []}]}},
        {"messages": [{"type": "message", "date_unixtime": "1", "from": "Ann", "text": "hi"}]},
    ],
)
def test_exports_are_known_whatever_they_are_called(
    write_export: WriteExport, export: object
) -> None:
    assert TelegramSource.probe(write_export(json.dumps(export), "saved.dat"))
    assert TelegramSource.probe(write_export("\ufeff" + json.dumps(export, indent=1)))


def test_an_export_cut_off_after_its_head_is_known(write_export: WriteExport) -> None:
    assert TelegramSource.probe(write_export(json.dumps(CHAT)[:-5]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "not json",
        "13.06.18, 21:25 - Anna: hi\n",
        "하늘 님과 카카오톡 대화\n저장한 날짜 : 2021-03-26 01:27:36\n",
        "[]",
        '[{"user": "U1", "ts": "1700000000.000100", "text": "hi"}]',
        '{"type": "message", "text": "hi"}',
        # Instagram, Discord, Element, Messenger
        '{"participants": [{"name": "A"}], "messages": [{"sender_name": "A", "content": "hi"}]}',
        '{"guild": {}, "channel": {"type": "DirectTextChat"}, "messages": [{"content": "hi"}]}',
        '{"room_name": "R", "messages": [{"type": "m.room.message", "sender": "@a:b"}]}',
        '{"threadName": "A_1", "messages": [{"senderName": "A", "text": "hi", "type": "text"}]}',
    ],
)
def test_files_of_others_are_not(write_export: WriteExport, text: str) -> None:
    assert not TelegramSource.probe(write_export(text, "result.json"))


def test_neither_empty_folders_databases_nor_missing_files_are(tmp_path: Path) -> None:
    database = tmp_path / "chat.db"
    database.write_bytes(b"SQLite format 3\0" + bytes(4096))
    assert not TelegramSource.probe(tmp_path)
    assert not TelegramSource.probe(database)
    assert not TelegramSource.probe(tmp_path / "result.json")
