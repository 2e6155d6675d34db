"""The stream as it grows: edits, deletions, readings, timers, and where a reading goes on."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.clock import read_now
from companion.sources.interface import (
    Change,
    ConversationFound,
    MessageFound,
    MessageRemoved,
    Skipped,
    SourceSettings,
)
from companion.sources.signal_cli import SignalCliSource

if TYPE_CHECKING:
    from pathlib import Path

    from tests.companion.sources.signal_cli.conftest import Stream

AT = 1_790_000_000_000
ANA = "00000000-0000-4000-8000-000000000002"
ACCOUNT = "+15550000001"


def facts(changes: list[Change]) -> list[tuple[str, str, bool | None]]:
    """(Id, text, whether read) of each message."""
    return [
        (found.id.removeprefix(f"{ANA}-"), found.text, found.is_read)
        for found in changes
        if isinstance(found, MessageFound)
    ]


def test_messages_and_their_conversation_are_told(stream: Stream) -> None:
    stream.receive("hi", AT)
    stream.send("yes", AT + 1, quote={"id": AT, "authorUuid": ANA})
    found, first, second = stream.look(me=("Kim",))
    assert found == ConversationFound(ANA, "Ana", "direct")
    assert isinstance(first, MessageFound)
    assert isinstance(second, MessageFound)
    assert (first.sender, first.is_me, first.text) == ("Ana", False, "hi")
    assert first.sent_at.isoformat() == "2026-09-21T14:13:20+00:00"
    assert (second.sender, second.is_me, second.reply_to) == ("Kim", True, first.id)
    assert second.conversation_key == first.conversation_key


def test_an_unchanged_stream_yields_its_cursor_alone(stream: Stream) -> None:
    stream.receive("hi", AT)
    stream.look()
    before = stream.cursor
    assert stream.look() == []
    assert stream.cursor == before


def test_only_new_lines_are_told(stream: Stream) -> None:
    stream.receive("one", AT)
    stream.look()
    stream.receive("two", AT + 1)
    found, message = stream.look()
    assert found == ConversationFound(ANA, "Ana", "direct")
    assert isinstance(message, MessageFound)
    assert message.text == "two"


def test_a_group_is_told_by_its_name_and_again_when_renamed(stream: Stream) -> None:
    stream.receive("one", AT, groupInfo={"groupId": "g", "groupName": "Old"})
    stream.receive("two", AT + 1, groupInfo={"groupId": "g"})
    stream.receive("three", AT + 2, groupInfo={"groupId": "g", "groupName": "New"})
    told = [change for change in stream.look() if isinstance(change, ConversationFound)]
    assert told == [
        ConversationFound("group:g", "Old", "group"),
        ConversationFound("group:g", "New", "group"),
    ]


def test_a_group_is_renamed_also_by_a_line_without_a_message(stream: Stream) -> None:
    named = {"groupId": "g", "groupName": "Old", "type": "UPDATE"}
    stream.receive(None, AT, groupInfo=named)
    assert stream.look() == []
    stream.receive("one", AT + 1, groupInfo={"groupId": "g"})
    assert stream.look()[0] == ConversationFound("group:g", "Old", "group")
    stream.receive(None, AT + 2, groupInfo=named)
    assert stream.look() == []
    stream.receive(None, AT + 3, groupInfo=named | {"groupName": "New"})
    assert stream.look() == [ConversationFound("group:g", "New", "group")]


def test_somebody_seen_by_number_first_stays_one_person(stream: Stream) -> None:
    number = {"source": "+15550000002", "timestamp": AT}
    old = {"envelope": number | {"dataMessage": {"timestamp": AT, "message": "old version"}}}
    stream.append(json.dumps(old) + "\n")
    stream.receive("new version", AT + 1)
    assert {found.conversation_key for found in stream.look_at_messages()} == {"+15550000002"}


def test_an_edit_replaces_the_text_at_its_place(stream: Stream) -> None:
    stream.receive("first", AT)
    stream.look()
    from_conftest = {"timestamp": AT + 50, "message": "second", "expiresInSeconds": 0}
    stream.append(edit_line(AT, from_conftest))
    stream.append(edit_line(AT + 50, from_conftest | {"timestamp": AT + 90, "message": "third"}))
    second, third = stream.look_at_messages()
    assert (second.id, second.text, second.edited) == (f"{ANA}-{AT}", "second", True)
    assert (third.id, third.text, third.sent_at) == (second.id, "third", second.sent_at)


def edit_line(target_ms: int, content: dict[str, object]) -> str:
    fields = {
        "sourceUuid": ANA,
        "timestamp": content["timestamp"],
        "editMessage": {"targetSentTimestamp": target_ms, "dataMessage": content},
    }
    return json.dumps({"envelope": fields, "account": ACCOUNT}) + "\n"


def test_a_message_taken_back_loses_its_text(stream: Stream) -> None:
    stream.receive("oops", AT)
    stream.receive(None, AT + 5, remoteDelete={"timestamp": AT})
    told, deleted = stream.look_at_messages()
    assert (deleted.id, deleted.kind, deleted.text) == (told.id, "deleted", "")
    assert (deleted.sender, deleted.sent_at) == (told.sender, told.sent_at)


# ------------------------------------------------------------ read state


def test_without_a_phone_nothing_is_known_of_reading(stream: Stream) -> None:
    stream.receive("hi", AT)
    assert facts(stream.look()) == [(str(AT), "hi", None)]


def test_what_is_read_on_the_phone_is_told_again_as_read(stream: Stream) -> None:
    stream.receive("one", AT)
    stream.receive("two", AT + 1)
    stream.look()
    stream.read_on_phone(AT + 10, AT)
    assert facts(stream.look()) == [(str(AT), "one", True)]
    stream.read_on_phone(AT + 11, AT, AT + 7)
    assert facts(stream.look()) == []


def test_once_the_phone_tells_what_comes_later_is_unread_until_read(stream: Stream) -> None:
    stream.receive("before", AT)
    stream.read_on_phone(AT + 10, AT - 99)
    stream.receive("after", AT + 20)
    assert facts(stream.look()) == [(str(AT), "before", None), (str(AT + 20), "after", False)]
    stream.read_on_phone(AT + 30, AT + 20)
    assert facts(stream.look()) == [(str(AT + 20), "after", True)]


@pytest.mark.parametrize("is_read", [True, False])
def test_a_new_version_is_as_read_as_the_one_before(stream: Stream, is_read: bool) -> None:
    stream.read_on_phone(AT - 10, AT - 99)
    stream.receive("first", AT)
    if is_read:
        stream.read_on_phone(AT + 1, AT)
    stream.look()
    stream.append(edit_line(AT, {"timestamp": AT + 5, "message": "second"}))
    assert facts(stream.look()) == [(str(AT), "second", is_read)]
    stream.read_on_phone(AT + 9, AT + 5)
    assert facts(stream.look()) == ([] if is_read else [(str(AT), "second", True)])


# ------------------------------------------------------------ disappearing messages


def test_a_message_is_removed_when_its_time_has_run_out(stream: Stream) -> None:
    now = read_now()
    sent_ms = int(now.timestamp() * 1000)
    stream.receive("gone soon", sent_ms, expiresInSeconds=3600)
    source = SignalCliSource(stream.path, SourceSettings(ZoneInfo("UTC")))
    *_, message, last = source.read()
    assert isinstance(message, MessageFound)
    assert message.is_disappearing
    assert message.expires_at == message.sent_at + timedelta(hours=1)
    cursor = last.cursor  # type: ignore[union-attr]
    assert len(list(source.read(cursor))) == 1
    later = now.replace(year=now.year + 1)
    removed, _ = source._read(cursor, later)
    assert removed == MessageRemoved(ANA, f"{ANA}-{sent_ms}")


def test_a_message_whose_time_has_run_out_is_never_told(stream: Stream) -> None:
    stream.receive("gone", AT - 10**9, expiresInSeconds=60)
    assert stream.look() == []


# ------------------------------------------------------------ the file


def test_malformed_lines_are_told_and_the_rest_is_read(stream: Stream) -> None:
    stream.append("INFO  AccountHelper - secret\n")
    stream.receive("hi", AT)
    skipped, _, message = stream.look()
    assert skipped == Skipped("signal.jsonl: not JSON", 1)
    assert isinstance(message, MessageFound)


def test_a_rotated_file_is_read_from_its_beginning(stream: Stream) -> None:
    stream.receive("old " * 100, AT)
    stream.look()
    stream.path.unlink()
    stream.path.touch()
    stream.receive("new", AT + 5)
    stream.read_on_phone(AT + 10, AT)
    assert facts(stream.look()) == [(str(AT + 5), "new", None)]


def test_a_folder_of_streams_is_read_in_the_order_of_names(stream: Stream) -> None:
    stream.receive("one", AT)
    (stream.path.parent / "a.txt").write_text("notes")
    file, stream.path = stream.path, stream.path.parent
    assert facts(stream.look()) == [(str(AT), "one", None)]
    stream.path = file.with_name("tomorrow.jsonl")
    stream.read_on_phone(AT + 10, AT)
    stream.path = file.parent
    assert facts(stream.look()) == [(str(AT), "one", True)]


@pytest.mark.parametrize("cursor", ["", "x", "{}", "[]", '{"version": 1}', '{"version": 0}'])
def test_a_cursor_of_another_version_means_reading_all(stream: Stream, cursor: str) -> None:
    stream.receive("hi", AT)
    stream.cursor = cursor
    assert len(stream.look_at_messages()) == 1


TEXTS = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1)


@given(
    texts=st.lists(TEXTS, max_size=6),
    cuts=st.lists(st.integers(0, 2000), max_size=4),
    in_group=st.booleans(),
)
@settings(deadline=None, max_examples=40)
def test_what_is_written_comes_back_however_the_file_grows(
    texts: list[str], cuts: list[int], in_group: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("stream") / "a.jsonl"
    source = SignalCliSource(file, SourceSettings(ZoneInfo("UTC")))
    group = {"groupInfo": {"groupId": "g"}} if in_group else {}
    lines = [
        json.dumps(
            {
                "envelope": {
                    "sourceUuid": ANA,
                    "sourceName": "Ana",
                    "timestamp": AT + at,
                    "dataMessage": {"timestamp": AT + at, "message": text} | group,
                }
            }
        )
        for at, text in enumerate(texts)
    ]
    raw = "".join(f"{line}\n" for line in lines).encode()
    cursor, told = None, list[tuple[str, str, str]]()
    for cut in [*sorted(cuts), len(raw)]:
        with file.open("ab") as stream:
            stream.write(raw[stream.tell() : cut])
        *changes, last = source.read(cursor)
        cursor = last.cursor  # type: ignore[union-attr]
        told += [
            (found.sender, found.sent_at.isoformat(timespec="milliseconds"), found.text)
            for found in changes
            if isinstance(found, MessageFound)
        ]
    assert told == [
        ("Ana", f"2026-09-21T14:13:20.{at:03}+00:00", text) for at, text in enumerate(texts)
    ]


@given(place=st.integers(0, 2000), byte=st.integers(0, 255))
@settings(deadline=None, max_examples=40)
def test_a_flipped_byte_invents_no_message(
    place: int, byte: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("stream") / "a.jsonl"
    lines = [
        edit_line(AT, {"timestamp": AT + at, "message": "hello", "expiresInSeconds": 0})
        for at in range(3)
    ]
    raw = bytearray("".join(lines).encode())
    raw[place % len(raw)] = byte
    file.write_bytes(raw)
    found = list(SignalCliSource(file, SourceSettings(ZoneInfo("UTC"))).read())
    assert sum(isinstance(change, MessageFound) for change in found) <= 3


# ------------------------------------------------------------ probing


def test_streams_are_recognised_and_others_are_not(stream: Stream, data_folder: Path) -> None:
    assert not SignalCliSource.probe(stream.path)
    stream.append("INFO  something\n")
    stream.receive("hi", AT)
    assert SignalCliSource.probe(stream.path)
    assert SignalCliSource.probe(stream.path.parent)
    others = [path for path in data_folder.rglob("*") if SignalCliSource.probe(path)]
    assert others == []


GROUP = {"groupId": "Z3JvdXA=", "groupName": "Lunch", "type": "DELIVER"}


def write_as(stream: Stream, number: str, at: int, **content: object) -> None:
    """A message of somebody called Ana."""
    data = {"timestamp": at, "message": "hi", "expiresInSeconds": 0, **content}
    person = {"source": number, "sourceNumber": number, "sourceUuid": "", "sourceName": "Ana"}
    envelope = {**person, "timestamp": at, "dataMessage": data}
    stream.append(json.dumps({"envelope": envelope, "account": ACCOUNT}) + "\n")


def test_two_people_of_one_name_are_told_apart_in_a_group_alone(stream: Stream) -> None:
    stream.receive("hi", AT, groupInfo=GROUP)
    write_as(stream, "+15550000007", AT + 1, groupInfo=GROUP)
    write_as(stream, "+15550000007", AT + 2)
    assert [m.sender for m in stream.look_at_messages()] == ["Ana", "Ana (+15550000007)", "Ana"]
    write_as(stream, "+15550000007", AT + 3, groupInfo=GROUP)
    stream.receive("hi", AT + 4, groupInfo=GROUP)
    assert [m.sender for m in stream.look_at_messages()] == ["Ana (+15550000007)", "Ana"]


def test_a_group_that_is_renamed_stays_the_same_conversation(stream: Stream) -> None:
    stream.receive("hi", AT, groupInfo=GROUP)
    stream.look()
    stream.receive("new name", AT + 1, groupInfo=GROUP | {"groupName": "Dinner"})
    found, message = stream.look()
    assert found == ConversationFound("group:Z3JvdXA=", "Dinner", "group")
    assert getattr(message, "conversation_key", None) == "group:Z3JvdXA="
