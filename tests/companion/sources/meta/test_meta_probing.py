"""A thread is known by its content, and so is its messenger."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from companion.sources.meta import FacebookSource, InstagramSource

Write = Callable[..., Path]

MESSAGE = {"sender_name": "Ann", "timestamp_ms": 1705315800000, "content": "hi"}
THREAD: dict[str, Any] = {
    "participants": [{"name": "Ben"}, {"name": "Ann"}],
    "messages": [MESSAGE],
    "title": "Ben",
    "thread_path": "inbox/ben_itiifdbrjg",
}
LINK = {**MESSAGE, "share": {"link": "https://www.instagram.com/reel/1"}}
PHOTO = {**MESSAGE, "photos": [{"uri": "your_instagram_activity/messages/inbox/b/1.jpg"}]}


def list_claims(path: Path) -> list[str]:
    return [source.kind for source in (FacebookSource, InstagramSource) if source.probe(path)]


@pytest.mark.parametrize(
    ("thread", "kind"),
    [
        (THREAD, "facebook"),
        ({**THREAD, "thread_path": "inbox/ben_10158812345678901"}, "facebook"),
        ({**THREAD, "thread_path": "inbox/ben_17848610517479048"}, "instagram"),
        ({**THREAD, "messages": [{**MESSAGE, "content": "Liked a message"}]}, "instagram"),
        ({**THREAD, "messages": [LINK]}, "instagram"),
        ({**THREAD, "messages": [PHOTO]}, "instagram"),
        ({**THREAD, "participants": [{"name": "Instagram User"}]}, "instagram"),
        ({**THREAD, "messages": []}, "facebook"),
        ({"messages": [MESSAGE]}, "instagram"),
        ({"participants": ["Ann"], "threadName": "Ben_7", "messages": []}, "facebook"),
        ({"messages": [{"senderName": "A", "text": "hi", "timestamp": 1}]}, "facebook"),
    ],
)
def test_files_are_told_apart_by_what_is_in_them(
    write_folder: Write, thread: dict[str, Any], kind: str
) -> None:
    path = write_folder({"saved.dat": thread}) / "saved.dat"
    assert list_claims(path) == [kind]


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("your_instagram_activity/messages/inbox/ben_1", "instagram"),
        ("your_facebook_activity/messages/inbox/ben_1", "facebook"),
        ("messages/inbox/ben_1", "facebook"),
    ],
)
def test_downloads_are_told_apart_by_their_folders(
    write_folder: Write, write_zip: Write, folder: str, kind: str
) -> None:
    files = {f"{folder}/message_1.json": THREAD}
    path = write_folder(files)
    assert list_claims(path) == [kind]
    assert list_claims(path / folder) == [kind]
    assert list_claims(path / folder / "message_1.json") == [kind]
    assert list_claims(write_zip(files)) == [kind]


def test_the_name_of_a_download_tells_where_nothing_in_it_does(write_zip: Write) -> None:
    files = {"messages/inbox/ben_1/message_1.json": THREAD}
    assert list_claims(write_zip(files, "instagram-ann-2024-01-15-x.zip")) == ["instagram"]
    assert list_claims(write_zip({"a.json": {}}, "instagram-ann-2024-01-15-y.zip")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "not json",
        "[LINE] Chat history with Bob\nSaved on: 2018/03/25 19:57\n",
        '{"messages": []}',
        '{"messages": [{"sender": "@a:b", "type": "m.room.message", "content": {}}]}',
        '{"name": "Ann", "type": "personal_chat", "id": 1, "messages": [{"id": 1, "text": "hi"}]}',
        '{"guild": {}, "channel": {}, "messages": [{"id": "1", "content": "hi"}]}',
        '{"messages": [{"creator": {"name": "A"}, "created_date": "x", "text": "hi"}]}',
        '[{"user": "U1", "ts": "1700000000.000100", "text": "hi"}]',
        '{"conversation": "a", "id": 1, "text": "hi"}',
        '{"participants": [{"name": "Ann"}], "title": "a meeting"}',
    ],
)
def test_files_of_others_are_not_claimed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "message_1.json"
    path.write_text(text)
    assert list_claims(path) == []
    assert list_claims(tmp_path) == []


def test_neither_databases_pipes_links_nor_missing_files_are(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "thread.txt").write_text(json.dumps(THREAD))
    store = tmp_path / "store"
    store.mkdir()
    (store / "message_1.json").symlink_to(outside / "thread.txt")
    (store / "ben_1").symlink_to(outside)
    database = tmp_path / "chat.db"
    database.write_bytes(b"SQLite format 3\0" + bytes(4096))
    os.mkfifo(tmp_path / "message_1.json")
    for path in (store, database, tmp_path / "message_1.json", tmp_path / "gone", tmp_path):
        assert list_claims(path) == []
