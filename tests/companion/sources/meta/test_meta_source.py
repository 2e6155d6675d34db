"""A whole download, from files to changes."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from companion.errors import StoreBroken
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    Skipped,
    SourceSettings,
)
from companion.sources.meta import FacebookSource, InstagramSource

Fields = dict[str, Any]
Write = Callable[..., Path]

START = datetime(2024, 1, 15, 10, 50, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)
INBOX = "your_facebook_activity/messages/inbox"


def make_message(minute: int, sender: str = "Ann", content: str = "hi", **more: object) -> Fields:
    stamp_ms = START_MS + minute * 60_000
    return {"sender_name": sender, "timestamp_ms": stamp_ms, "content": content, **more}


def make_thread(*messages: Any, people: tuple[str, ...] = ("Ben", "Ann"), **more: object) -> Fields:
    """Of two people, Ann the owner; its keys in Meta's order."""
    return {
        "participants": [{"name": name} for name in people],
        "messages": list(messages),
        "title": "Ben",
        "is_still_participant": True,
        "thread_path": "inbox/ben_1",
        "magic_words": [],
        **more,
    }


def make_encrypted(*messages: Fields) -> Fields:
    return {"participants": ["Ann", "Bén"], "threadName": "Bén_7", "messages": list(messages)}


def read(path: Path, settings: SourceSettings) -> list[Change]:
    changes = FacebookSource(path, settings).read()
    return [change for change in changes if not isinstance(change, CursorAdvanced)]


def read_messages(path: Path, settings: SourceSettings) -> list[MessageFound]:
    """In the order in which they are shown."""
    found = [change for change in read(path, settings) if isinstance(change, MessageFound)]
    return sorted(found, key=lambda message: (message.sent_at, message.position))


def list_texts(path: Path, settings: SourceSettings) -> list[str]:
    return [message.text for message in read_messages(path, settings)]


def test_a_thread_is_told_whole(write_folder: Write, settings: SourceSettings) -> None:
    thread = make_thread(
        make_message(0, "Jürgen", "안녕 😀"), people=("Jürgen", "Ann"), title="Jürgen"
    )
    path = write_folder({"message_1.json": thread})
    (found, message) = read(path, settings)
    assert found == ConversationFound("ben_1", "Jürgen", "direct", ("Jürgen", "Ann"))
    assert isinstance(message, MessageFound)
    assert message == MessageFound("ben_1", message.id, "Jürgen", False, START, "안녕 😀")


def test_messages_of_one_time_are_shown_as_they_were_sent(
    write_folder: Write, settings: SourceSettings
) -> None:
    newest_first = [make_message(2, content="5")]
    newest_first += [make_message(1, content=number) for number in "432"]
    newest_first += [make_message(0, content="1")]
    path = write_folder({"message_1.json": make_thread(*newest_first)})
    assert list_texts(path, settings) == list("12345")
    path = write_folder({"message_1.json": make_thread(*reversed(newest_first))}, "oldest_first")
    assert list_texts(path, settings) == list("12345")


def test_the_files_of_a_thread_are_one_conversation(
    write_folder: Write, settings: SourceSettings
) -> None:
    files = {
        f"message_{number}.json": make_thread(make_message(-number, content=str(number)))
        for number in (1, 2, 10)
    }
    path = write_folder(files)
    assert list_texts(path, settings) == ["10", "2", "1"]
    assert sum(isinstance(change, ConversationFound) for change in read(path, settings)) == 1


def test_a_zip_a_folder_a_box_and_a_thread_tell_the_same(
    write_folder: Write, write_zip: Write, settings: SourceSettings
) -> None:
    files = {
        f"{INBOX}/ben_1/message_1.json": make_thread(make_message(1)),
        f"{INBOX}/ben_1/message_2.json": make_thread(make_message(0)),
        f"{INBOX}/ben_1/photos/album.json": {"photos": []},
        "your_facebook_activity/posts/your_posts_1.json": [{"timestamp": 1}],
    }
    folder = write_folder(files)
    told = read(folder, settings)
    assert len(told) == 3
    assert read(write_zip(files), settings) == told
    assert read(folder / INBOX, settings) == told
    assert read(folder / INBOX / "ben_1", settings) == told
    assert read(write_folder({f"facebook-ann/{name}": files[name] for name in files}, "zipped")
                / "facebook-ann", settings) == told  # fmt: skip
    single = read(folder / INBOX / "ben_1" / "message_1.json", settings)
    assert [single[0], single[1]] == [told[0], told[1]]


def test_encrypted_chats_are_read_as_they_stand(
    write_folder: Write, tmp_path: Path, settings: SourceSettings
) -> None:
    thread = make_encrypted(
        {"senderName": "Bén", "text": "caf\u00c3\u00a9", "timestamp": START_MS, "type": "text"},
        {"senderName": "Ann", "text": "", "timestamp": START_MS, "isUnsent": True},
    )
    path = tmp_path / "Bén_7.json"
    path.write_text(json.dumps(thread, ensure_ascii=False), encoding="utf-8")
    found, *messages = read(path, settings)
    assert found == ConversationFound("Bén_7", "Bén", "direct", ("Ann", "Bén"))
    told = [(m.sender, m.text, m.kind, m.is_me) for m in messages if isinstance(m, MessageFound)]
    assert told == [
        ("Bén", "caf\u00c3\u00a9", "text", False),
        ("Ann", "", "deleted", True),
    ]


def test_a_folder_of_encrypted_chats_leaves_other_files_alone(
    write_folder: Write, settings: SourceSettings
) -> None:
    entry = {"senderName": "Ann", "text": "hi", "timestamp": START_MS}
    files = {"messages/Ben_7.json": make_encrypted(entry), "messages/settings.json": {"media": []}}
    path = write_folder(files)
    assert FacebookSource.probe(path)
    assert [type(change) for change in read(path, settings)] == [ConversationFound, MessageFound]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_bom_changes_nothing(tmp_path: Path, settings: SourceSettings, encoding: str) -> None:
    path = tmp_path / "message_1.json"
    path.write_text(json.dumps(make_thread(make_message(0))), encoding=encoding)
    assert path.read_bytes().startswith(codecs.BOM_UTF8) == (encoding == "utf-8-sig")
    assert FacebookSource.probe(path)
    assert list_texts(path, settings) == ["hi"]


@pytest.mark.parametrize(
    ("people", "more", "kind"),
    [
        (("Ben", "Ann"), {}, "direct"),
        (("Ann",), {}, "direct"),
        (("Ben", "Ann", "Cem"), {}, "group"),
        (("Ben", "Ann"), {"thread_type": "RegularGroup"}, "group"),
        (("Ben", "Ann"), {"thread_type": "Regular"}, "direct"),
        (("Ben", "Ann"), {"joinable_mode": {"mode": 1, "link": ""}}, "group"),
    ],
)
def test_group_or_direct(
    write_folder: Write, settings: SourceSettings, people: Any, more: Fields, kind: str
) -> None:
    thread = make_thread(make_message(0), people=people, **more)
    (found, _) = read(write_folder({"message_1.json": thread}), settings)
    assert isinstance(found, ConversationFound)
    assert found.kind == kind


def test_a_thread_that_lists_nobody_is_a_group_once_three_write(
    write_folder: Write, settings: SourceSettings
) -> None:
    messages = [make_message(number, name) for number, name in enumerate(("Ann", "Ben", "Cem"))]
    changes = read(write_folder({"trip.json": {"messages": messages}}), settings)
    kinds = [change.kind for change in changes if isinstance(change, ConversationFound)]
    assert kinds == ["direct", "group"]
    assert {c.key for c in changes if isinstance(c, ConversationFound)} == {"trip"}


def test_the_owner_of_one_thread_is_whom_it_is_not_named_after(
    write_folder: Write, settings: SourceSettings
) -> None:
    thread = make_thread(make_message(0, "Ann"), make_message(0, "Ben"))
    path = write_folder({"message_1.json": thread})
    told = {message.sender: message.is_me for message in read_messages(path, settings)}
    assert told == {"Ann": True, "Ben": False}
    settings = replace(settings, me=("Ben",))
    told = {message.sender: message.is_me for message in read_messages(path, settings)}
    assert told == {"Ann": False, "Ben": True}


def test_the_owner_of_many_threads_takes_part_in_all(
    write_folder: Write, settings: SourceSettings
) -> None:
    group = make_thread(
        make_message(0, "Ann"), make_message(0, "Cem"), people=("Cem", "Dee", "Ann"),
        title="Trip", thread_path="inbox/trip_2",
    )  # fmt: skip
    files = {
        f"{INBOX}/ben_1/message_1.json": make_thread(),
        f"{INBOX}/trip_2/message_1.json": group,
    }
    told = {m.sender: m.is_me for m in read_messages(write_folder(files), settings)}
    assert told == {"Ann": True, "Cem": False}


def test_nobody_is_taken_for_the_owner_of_a_lone_group(
    write_folder: Write, settings: SourceSettings
) -> None:
    thread = make_thread(make_message(0), people=("Ann", "Ben", "Cem"), title="Trip")
    (message,) = read_messages(write_folder({"message_1.json": thread}), settings)
    assert not message.is_me


def test_a_message_taken_back_loses_its_text_in_the_next_download(
    write_folder: Write, settings: SourceSettings
) -> None:
    before = write_folder({"message_1.json": make_thread(make_message(0, content="oh no"))}, "a")
    gone = make_message(0, content="", is_unsent=True)
    after = write_folder({"message_1.json": make_thread(make_message(1), gone)}, "b")
    (old,), (new, _) = read_messages(before, settings), read_messages(after, settings)
    assert old.id == new.id
    assert (new.kind, new.text) == ("deleted", "")


def test_equal_messages_of_one_time_stay_as_many_as_they_are(
    write_folder: Write, settings: SourceSettings
) -> None:
    path = write_folder({"message_1.json": make_thread(*[make_message(0)] * 3)})
    assert len({message.id for message in read_messages(path, settings)}) == 3


@pytest.mark.parametrize(
    "entry",
    [
        None,
        7,
        "hi",
        {"sender_name": "Ann", "content": "no time"},
        {"sender_name": "Ann", "timestamp_ms": True},
        {"sender_name": "Ann", "timestamp_ms": "1705315800000"},
        {"sender_name": "Ann", "timestamp_ms": 10**15},
        {"sender_name": "Ann", "timestamp_ms": -(10**15)},
    ],
)
def test_what_is_no_message_is_reported_and_the_rest_read(
    write_folder: Write, settings: SourceSettings, entry: Any
) -> None:
    thread = make_thread(make_message(1), entry, make_message(0))
    changes = read(write_folder({"message_1.json": thread}), settings)
    assert [type(change) for change in changes] == [
        ConversationFound,
        MessageFound,
        Skipped,
        MessageFound,
    ]


@pytest.mark.parametrize("year", [1, 9999])
def test_times_of_every_year_of_the_calendar_are_read(
    write_folder: Write, settings: SourceSettings, year: int
) -> None:
    at = datetime(year, 6, 1, tzinfo=UTC)
    stamp_ms = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    thread = make_thread({"sender_name": "Ann", "timestamp_ms": stamp_ms, "content": "hi"})
    (message,) = read_messages(write_folder({"message_1.json": thread}), settings)
    assert message.sent_at == at


def test_a_file_that_is_cut_off_gives_what_is_whole(
    write_folder: Write, settings: SourceSettings
) -> None:
    path = write_folder({"message_1.json": make_thread(make_message(1), make_message(0))})
    file = path / "message_1.json"
    whole = file.read_bytes()
    file.write_bytes(whole[: whole.rindex(b'"timestamp_ms"')])
    changes = read(path, settings)
    assert [type(change) for change in changes] == [ConversationFound, MessageFound, Skipped]
    assert isinstance(changes[0], ConversationFound)
    assert changes[0].key == "unpacked"  # its path is gone with its end: its folder is called so


def test_a_thread_that_is_damaged_leaves_the_others_alone(
    write_zip: Write, settings: SourceSettings
) -> None:
    other = make_thread(make_message(0), thread_path="inbox/cem_2")
    path = write_zip({f"{INBOX}/ben_1/message_1.json": "{", f"{INBOX}/cem_2/message_1.json": other})
    changes = read(path, settings)
    assert [type(change) for change in changes] == [Skipped, ConversationFound, MessageFound]
    assert str(changes[0]).count("ben_1") == 1


def test_a_store_without_a_thread_is_refused(write_folder: Write, settings: SourceSettings) -> None:
    path = write_folder({"message_1.json": {"nothing": "here"}})
    with pytest.raises(StoreBroken, match="holds no conversation of Messenger; download the mess"):
        read(path, settings)


def test_an_unchanged_download_tells_nothing_new(
    write_folder: Write, settings: SourceSettings
) -> None:
    path = write_folder({"message_1.json": make_thread(make_message(0))})
    *_, last = FacebookSource(path, settings).read()
    assert isinstance(last, CursorAdvanced)
    assert list(FacebookSource(path, settings).read(last.cursor)) == [last]


def test_a_new_file_in_the_folder_is_noticed(write_folder: Write, settings: SourceSettings) -> None:
    path = write_folder({"message_1.json": make_thread(make_message(0))})
    *_, last = FacebookSource(path, settings).read()
    assert isinstance(last, CursorAdvanced)
    write_folder({"message_2.json": make_thread(make_message(-1))})
    changes = list(FacebookSource(path, settings).read(last.cursor))
    assert sum(isinstance(change, MessageFound) for change in changes) == 2


def test_the_sample_of_another_project_is_read_as_its_author_expects(
    data_folder: Path, settings: SourceSettings
) -> None:
    folder = data_folder / "instagram" / "joweich+chat-miner"
    target = json.loads((folder / "target.json").read_text(encoding="utf-8"))
    source = InstagramSource(folder / "test_export.json", settings)
    found = [
        {
            "timestamp": change.sent_at.strftime("%Y-%m-%dT%H:%M:%S"),
            "author": change.sender,
            "message": change.text,
        }
        for change in source.read()
        if isinstance(change, MessageFound)
    ]
    assert found == target
