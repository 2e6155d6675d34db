"""A Takeout with Google Chat in it, from its files to changes."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from companion.errors import StoreBroken
from companion.sources.googlechat import GoogleChatSource
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    MessageRemoved,
    Skipped,
    SourceSettings,
)

WriteZip = Callable[..., Path]
Fields = dict[str, Any]

ANN = {"name": "Ann Lee", "email": "ann@x.org", "user_type": "Human"}
BEN = {"name": "Ben Kim", "email": "ben@x.org", "user_type": "Human"}
CHO = {"name": "Cho", "email": "cho@x.org", "user_type": "Human"}
MESSAGE: Fields = {
    "creator": ANN,
    "created_date": "Tuesday, March 5, 2024 at 3:04:05\u202fPM UTC",
    "text": "hi",
    "topic_id": "t1",
    "message_id": "d1/t1/t1",
}
OWNER = {"Users/User 1/user_info.json": {"user": ANN, "membership_info": []}}
DIRECT = "Groups/DM d1"
SENT_AT = datetime(2024, 3, 5, 15, 4, 5, tzinfo=UTC)


def make_group(*messages: Fields, folder: str = DIRECT, **info: object) -> dict[str, object]:
    return {
        f"{folder}/group_info.json": {"members": [ANN, BEN], **info},
        f"{folder}/messages.json": {"messages": list(messages)},
    }


@pytest.fixture
def write_zip(tmp_path: Path) -> WriteZip:
    """Writes a Takeout of these files below its folder of Google Chat."""

    def write(files: Mapping[str, object], root: str = "Takeout/Google Chat/") -> Path:
        path = tmp_path / "takeout-001.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(root + name, json.dumps(content, ensure_ascii=False))
        return path

    return write


def read(path: Path, settings: SourceSettings) -> list[Change]:
    source = GoogleChatSource(path, settings)
    return [change for change in source.read() if not isinstance(change, CursorAdvanced)]


def read_messages(path: Path, settings: SourceSettings) -> list[MessageFound]:
    return [change for change in read(path, settings) if isinstance(change, MessageFound)]


def read_one(write: WriteZip, settings: SourceSettings, **fields: object) -> MessageFound:
    (message,) = read_messages(write(make_group({**MESSAGE, **fields})), settings)
    return message


def test_a_takeout_is_told_whole(write_zip: WriteZip, settings: SourceSettings) -> None:
    by_ben = {**MESSAGE, "creator": BEN, "message_id": "d1/t2/t2"}
    assert read(write_zip(make_group(MESSAGE, by_ben) | OWNER), settings) == [
        ConversationFound("DM d1", "Ben Kim", "direct", ("Ann Lee", "Ben Kim")),
        MessageFound("DM d1", "d1/t1/t1", "Ann Lee", True, SENT_AT, "hi"),
        MessageFound("DM d1", "d1/t2/t2", "Ben Kim", False, SENT_AT, "hi", position=1),
    ]


@pytest.mark.parametrize("inside", ["Takeout", "Takeout/Google Chat", "Takeout/Google Chat/Groups"])
def test_the_folder_unpacked_reads_like_the_zip_wherever_one_points(
    write_zip: WriteZip, settings: SourceSettings, tmp_path: Path, inside: str
) -> None:
    path = write_zip(make_group(MESSAGE))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "out")
    folder = tmp_path / "out" / inside
    assert GoogleChatSource.probe(path)
    assert GoogleChatSource.probe(folder)
    assert not GoogleChatSource.probe(tmp_path / "out")
    assert read(folder, settings) == read(path, settings)


def test_one_group_is_read_alone_too(
    write_zip: WriteZip, settings: SourceSettings, tmp_path: Path
) -> None:
    path = write_zip(make_group(MESSAGE))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "out")
    folder = tmp_path / "out" / "Takeout" / "Google Chat" / DIRECT
    assert read(folder, settings) == read(path, settings)


@pytest.mark.parametrize(
    ("folder", "info", "title", "kind"),
    [
        ("Groups/Space s1", {"name": "Crew"}, "Crew", "group"),
        ("Groups/DM d2", {"members": [ANN, BEN, CHO]}, "Ben Kim, Cho", "group"),
        ("Groups/Space s1", {"members": []}, "", "group"),
        ("Groups/DM d1", {"members": [ANN, {"user_type": "Human"}]}, "", "direct"),
        ("Groups/DM d1", {"members": "x", "name": 3}, "", "direct"),
    ],
)
def test_a_group_is_named_as_google_chat_names_it(
    write_zip: WriteZip,
    settings: SourceSettings,
    folder: str,
    info: Fields,
    title: str,
    kind: str,
) -> None:
    files = make_group(MESSAGE, folder=folder, **info) | OWNER
    found = read(write_zip(files), settings)[0]
    assert isinstance(found, ConversationFound)
    assert (found.key, found.title, found.kind) == (folder.removeprefix("Groups/"), title, kind)


@pytest.mark.parametrize(
    ("users", "me", "own"),
    [
        ([ANN], (), ["Ann Lee"]),
        ([ANN, BEN], (), []),
        ([], (), []),
        ([], ("Ben Kim",), ["Ben Kim"]),
        ([], ("ben@x.org",), ["Ben Kim"]),
        ([{"name": "Ann Lee"}], (), []),
    ],
)
def test_the_owner_is_whose_account_it_is_or_who_is_told(
    write_zip: WriteZip,
    settings: SourceSettings,
    users: list[Fields],
    me: tuple[str, ...],
    own: list[str],
) -> None:
    files = make_group(MESSAGE, {**MESSAGE, "creator": BEN, "message_id": "d1/t2/t2"})
    infos = {f"Users/User {n}/user_info.json": {"user": user} for n, user in enumerate(users)}
    found = read_messages(write_zip(files | infos), replace(settings, me=me))
    assert [m.sender for m in found if m.is_me] == own


@pytest.mark.parametrize(
    ("fields", "kind", "text"),
    [
        ({"attached_files": [{"original_name": "a.png"}]}, "text", "hi"),
        ({"text": None, "attached_files": [{"original_name": "a.png"}, {"original_name": "b"}]},
         "media", "[file a.png] [file b]"),
        ({"text": "", "annotations": [{"video_call_metadata": {}}]}, "media", "[video call]"),
        ({"text": "", "annotations": [{"drive_metadata": {"title": "Plan"}}]}, "media",
         "[file Plan]"),
        ({"text": ""}, "media", "[message without text]"),
        ({"text": 3, "attached_files": {}, "annotations": ["x"]}, "media",
         "[message without text]"),
    ],
)  # fmt: skip
def test_every_kind_of_content_has_its_words(
    write_zip: WriteZip, settings: SourceSettings, fields: Fields, kind: str, text: str
) -> None:
    message = read_one(write_zip, settings, **fields)
    assert (message.kind, message.text) == (kind, text)


@pytest.mark.parametrize(
    ("creator", "sender"),
    [(ANN, "Ann Lee"), ({"email": "x@y"}, "x@y"), ({"user_type": "Human"}, ""), (None, "")],
)
def test_without_a_name_the_address_stands(
    write_zip: WriteZip, settings: SourceSettings, creator: object, sender: str
) -> None:
    assert read_one(write_zip, settings, creator=creator).sender == sender


@pytest.mark.parametrize(
    ("fields", "reply_to"),
    [
        ({}, None),
        ({"message_id": "s1/t1/m2"}, "s1/t1/t1"),
        ({"quoted_message_metadata": {"message_id": "d1/t0/t0"}}, "d1/t0/t0"),
        ({"quoted_message_metadata": {"text": "x"}}, None),
        ({"message_id": "odd"}, None),
    ],
)
def test_a_reply_points_at_what_it_quotes_or_at_its_thread(
    write_zip: WriteZip, settings: SourceSettings, fields: Fields, reply_to: str | None
) -> None:
    assert read_one(write_zip, settings, **fields).reply_to == reply_to


def test_edits_are_told(write_zip: WriteZip, settings: SourceSettings) -> None:
    assert read_one(write_zip, settings, updated_date=MESSAGE["created_date"]).edited
    assert not read_one(write_zip, settings).edited


def test_dates_in_another_language_are_counted_and_not_guessed(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    foreign = {**MESSAGE, "created_date": "2015. február 15., vasárnap 21:54:36 UTC"}
    _, message, skipped = read(write_zip(make_group(foreign, MESSAGE, foreign)), settings)
    assert isinstance(message, MessageFound)
    assert isinstance(skipped, Skipped)
    assert ": 2 messages whose date is in no language known here: set the" in skipped.reason


def test_a_deleted_message_without_a_time_takes_back_what_was_told(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    gone = {"message_state": "DELETED", "deleted_date": MESSAGE["created_date"]}
    timed = {**MESSAGE, "message_state": "DELETED", "message_id": "d1/t2/t2", "text": "old"}
    files = make_group({**gone, "message_id": "d1/t1/t1"}, timed, gone)
    _, removed, deleted, skipped = read(write_zip(files), settings)
    assert removed == MessageRemoved("DM d1", "d1/t1/t1")
    assert isinstance(deleted, MessageFound)
    assert (deleted.kind, deleted.text) == ("deleted", "")
    assert isinstance(skipped, Skipped)
    assert ": 2 deleted messages" in skipped.reason


def test_messages_without_ids_get_stable_ones(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    bare = {key: value for key, value in MESSAGE.items() if not key.endswith("_id")}
    first, second = read_messages(write_zip(make_group(bare, bare)), settings)
    assert first.id != second.id
    assert read_messages(write_zip(make_group(bare)), settings) == [first]


def test_a_damaged_group_leaves_the_others_whole(
    write_zip: WriteZip, settings: SourceSettings, tmp_path: Path
) -> None:
    path = write_zip(make_group(MESSAGE) | make_group(MESSAGE, folder="Groups/DM d2"))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "out")
    file = tmp_path / "out" / "Takeout" / "Google Chat" / DIRECT / "messages.json"
    file.write_bytes(file.read_bytes()[:-60])
    changes = read(tmp_path / "out" / "Takeout", settings)
    keys = [change.conversation_key for change in changes if isinstance(change, MessageFound)]
    assert keys == ["DM d2"]
    assert [str(change.reason)[-33:] for change in changes if isinstance(change, Skipped)] == [
        " cut off or damaged after 0 entries"[-33:]
    ]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"Groups/DM d1/messages.json": {"messages": []}},
        {"inbox/a/messages.json": {"messages": [{"sender_name": "A", "content": "hi"}]}},
        {"x.json": {"members": [ANN]}},
    ],
)
def test_a_takeout_without_google_chat_is_not_its(
    write_zip: WriteZip, settings: SourceSettings, files: Fields
) -> None:
    path = write_zip(files | {"Mail/settings.json": {}})
    assert not GoogleChatSource.probe(path)
    with pytest.raises(StoreBroken, match="no conversation of Google Chat; export Google Chat"):
        read(path, settings)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=60)


@given(
    st.lists(st.tuples(st.integers(0, 2**31), st.sampled_from([ANN, BEN, CHO]), texts), max_size=8)
)
@hypothesis_settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_what_takeout_writes_is_read_back_to_the_letter(
    write_zip: WriteZip, settings: SourceSettings, written: list[tuple[int, Fields, str]]
) -> None:
    instants = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=s) for s, _, _ in written]
    messages = [
        {
            "creator": creator,
            "created_date": f"{at:%A, %B} {at.day}, {at.year} at {at.hour % 12 or 12}:{at:%M:%S}"
            f"\u202f{'AM' if at.hour < 12 else 'PM'} UTC",
            "text": text,
            "topic_id": f"t{number}",
            "message_id": f"d1/t{number}/t{number}",
        }
        for number, (at, (_, creator, text)) in enumerate(zip(instants, written, strict=True))
    ]
    found = read_messages(write_zip(make_group(*messages)), settings)
    assert [(m.sender, m.sent_at, m.text) for m in found] == [
        (creator["name"], at, text or "[message without text]")
        for at, (_, creator, text) in zip(instants, written, strict=True)
    ]


def test_two_people_of_one_name_are_told_apart_by_address(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    other = ANN | {"email": "ann@y.org"}
    messages = [{**MESSAGE, "creator": c, "message_id": c["email"]} for c in (other, ANN)]
    path = write_zip(make_group(*messages, folder="Groups/Space s1", members=[ANN, BEN, other]))
    found, first, second = read(path, settings)
    assert isinstance(found, ConversationFound)
    assert isinstance(first, MessageFound)
    assert isinstance(second, MessageFound)
    assert found.participants == ("Ann Lee", "Ben Kim", "Ann Lee (ann@y.org)")
    assert (first.sender, second.sender) == ("Ann Lee (ann@y.org)", "Ann Lee")


def test_an_address_alone_is_the_member_of_that_address(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    message = read_one(write_zip, settings, creator={"email": "ben@x.org", "user_type": "Human"})
    assert message.sender == "Ben Kim"


def test_a_space_that_is_renamed_stays_the_same_conversation(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    keys = set()
    for name in ("Plans", "Plans 2027"):
        path = write_zip(make_group(MESSAGE, folder="Groups/Space s1", name=name))
        found, message = read(path, settings)
        assert isinstance(found, ConversationFound)
        assert isinstance(message, MessageFound)
        keys |= {found.key, message.conversation_key}
    assert keys == {"Space s1"}
