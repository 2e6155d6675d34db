"""A whole workspace, from its files to changes."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from companion.errors import StoreBroken
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    Skipped,
    SourceSettings,
)
from companion.sources.slack import SlackSource

WriteZip = Callable[..., Path]
Message = dict[str, Any]

USERS = [
    {"id": "U1", "name": "ann", "real_name": "Ann Lee", "profile": {"display_name": "Ann"}},
    {"id": "U2", "name": "ben", "profile": {"display_name": "", "real_name": "Ben Kim"}},
    {"id": "U3", "name": "cho", "profile": {}},
]
LISTS: dict[str, object] = {
    "users.json": USERS,
    "channels.json": [
        {"id": "C1", "name": "general", "creator": "U1", "members": ["U1", "U2"]},
        {"id": "C2", "name": "silent", "creator": "U1", "members": []},
    ],
    "groups.json": [{"id": "G1", "name": "plans", "creator": "U1", "members": ["U1"]}],
    "mpims.json": [{"id": "G2", "name": "mpdm-ann--ben--cho-1", "members": ["U1", "U2", "U3"]}],
    "dms.json": [{"id": "D1", "members": ["U1", "U2"]}, {"id": "D2", "members": ["U1", "U1"]}],
}
HI = {"type": "message", "user": "U1", "text": "hi", "ts": "1700000000.000100"}


@pytest.fixture
def write_zip(tmp_path: Path) -> WriteZip:
    """Writes an export of the given days, "folder/day" by name."""

    def write(days: dict[str, list[Message]], root: str = "", **lists: object) -> Path:
        path = tmp_path / "export.zip"
        named = {f"{name}.json": content for name, content in lists.items()}
        files = LISTS | named | {f"{day}.json": content for day, content in days.items()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(root + name, json.dumps(content))
        return path

    return write


def read(path: Path, settings: SourceSettings) -> list[Change]:
    source = SlackSource(path, settings)
    return [change for change in source.read() if not isinstance(change, CursorAdvanced)]


def read_messages(path: Path, settings: SourceSettings) -> list[MessageFound]:
    return [change for change in read(path, settings) if isinstance(change, MessageFound)]


def read_one(write: WriteZip, settings: SourceSettings, **fields: object) -> MessageFound:
    path = write({"general/2023-11-14": [{**HI, **fields}]})
    (message,) = read_messages(path, settings)
    return message


def test_a_channel_is_told_whole(write_zip: WriteZip, settings: SourceSettings) -> None:
    assert read(write_zip({"general/2023-11-14": [HI]}), settings) == [
        ConversationFound("C1", "#general", "group", ("Ann", "Ben Kim")),
        MessageFound(
            conversation_key="C1",
            id="1700000000.000100",
            sender="Ann",
            is_me=False,
            sent_at=datetime(2023, 11, 14, 22, 13, 20, 100, tzinfo=UTC),
            text="hi",
        ),
    ]


def test_the_folder_unpacked_reads_like_the_zip(
    write_zip: WriteZip, settings: SourceSettings, tmp_path: Path
) -> None:
    path = write_zip({"general/2023-11-14": [HI], "D1/2023-11-15": [HI]}, root="My export/")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    assert SlackSource.probe(path)
    assert SlackSource.probe(tmp_path / "My export")
    assert not SlackSource.probe(tmp_path)
    assert read(tmp_path / "My export", settings) == read(path, settings)


@pytest.mark.parametrize(
    ("folder", "me", "key", "title", "kind"),
    [
        ("general", (), "C1", "#general", "group"),
        ("plans", (), "G1", "#plans", "group"),
        ("mpdm-ann--ben--cho-1", ("ann",), "G2", "Ben Kim, cho", "group"),
        ("D1", ("Ann Lee",), "D1", "Ben Kim", "direct"),
        ("D1", (), "D1", "Ann, Ben Kim", "direct"),
        ("D2", ("Ann",), "D2", "Ann", "direct"),
        ("unlisted", (), "name:unlisted", "unlisted", "group"),
    ],
)
def test_a_conversation_is_named_as_slack_names_it(
    write_zip: WriteZip,
    settings: SourceSettings,
    folder: str,
    me: tuple[str, ...],
    key: str,
    title: str,
    kind: str,
) -> None:
    found, _ = read(write_zip({f"{folder}/2023-11-14": [HI]}), replace(settings, me=me))
    assert isinstance(found, ConversationFound)
    assert (found.key, found.title, found.kind) == (key, title, kind)


def test_days_are_told_in_order_and_other_files_left_alone(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    days = {f"general/2023-11-{day}": [{**HI, "ts": f"{day}.000000"}] for day in (15, 14, 16)}
    path = write_zip(
        {**days, "general/canvas_in_the_conversation": [HI], "general/deep/2023-11-14": [HI]}
    )
    assert [m.id[:2] for m in read_messages(path, settings)] == ["14", "15", "16"]


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        ({"user": "U2"}, "Ben Kim"),
        ({"user": "U3"}, "cho"),
        ({"user": "U9"}, "U9"),
        ({"user": "USLACKBOT"}, "Slackbot"),
        ({"user": "U9", "user_profile": {"display_name": "", "real_name": "Guest"}}, "Guest"),
        ({"user": None, "subtype": "bot_message", "username": "CI", "bot_id": "B1"}, "CI"),
        ({"user": "U2", "subtype": "bot_message", "username": "CI", "bot_id": "B1"}, "CI"),
        ({"user": "U2", "username": "ben"}, "Ben Kim"),
        ({"user": None, "bot_id": "B1", "bot_profile": {"name": "Jira"}}, "Jira"),
        ({"user": None, "bot_id": "B1"}, "B1"),
        ({"user": None, "subtype": "file_comment", "comment": {"user": "U2"}}, "Ben Kim"),
        ({"user": None}, ""),
    ],
)
def test_senders_have_the_names_that_slack_shows(
    write_zip: WriteZip, settings: SourceSettings, fields: Message, sender: str
) -> None:
    assert read_one(write_zip, settings, **fields).sender == sender


def test_a_bot_keeps_the_name_it_was_added_with(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    added = {**HI, "subtype": "bot_add", "text": "added <https://x/services/B7|github>"}
    said = {"subtype": "bot_message", "bot_id": "B7", "text": "built", "ts": "1700000001.000000"}
    path = write_zip({"general/2023-11-14": [added, said]})
    assert [m.sender for m in read_messages(path, settings)] == ["Ann", "github"]


@pytest.mark.parametrize("name", ["Ann", "Ann Lee", "ann"])
def test_the_owner_is_known_by_any_of_their_names(
    write_zip: WriteZip, settings: SourceSettings, name: str
) -> None:
    assert read_one(write_zip, replace(settings, me=(name,))).is_me
    assert not read_one(write_zip, replace(settings, me=(name,)), user="U2").is_me


def test_a_reply_points_at_the_message_its_thread_hangs_on(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    root = read_one(write_zip, settings, thread_ts=HI["ts"])
    reply = read_one(write_zip, settings, thread_ts=HI["ts"], ts="1700000009.000000")
    assert (root.reply_to, reply.reply_to) == (None, HI["ts"])


def test_edits_and_deletions_are_told_of_the_message_they_change(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    second = {**HI, "ts": "1700000005.000000", "edited": {"user": "U1", "ts": "1700000006.000000"}}
    changed = {
        "subtype": "message_changed",
        "ts": "1700000007.000000",
        "message": {**HI, "text": "ho"},
    }
    deleted = {
        "subtype": "message_deleted",
        "ts": "1700000008.000000",
        "deleted_ts": second["ts"],
        "previous_message": second,
    }
    messages = read_messages(
        write_zip({"general/2023-11-14": [HI, second, changed, deleted]}), settings
    )
    assert [(m.id[:10], m.text, m.kind, m.edited) for m in messages] == [
        ("1700000000", "hi", "text", False),
        ("1700000005", "hi", "text", True),
        ("1700000000", "ho", "text", True),
        ("1700000005", "", "deleted", True),
    ]


def test_what_slack_shows_nowhere_is_not_told(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    replied = {"subtype": "message_replied", "ts": "1700000001.000000", "message": HI}
    path = write_zip({"general/2023-11-14": [HI, replied]})
    assert [m.id for m in read_messages(path, settings)] == [HI["ts"]]


@pytest.mark.parametrize("ts", [None, "", "soon", 1700000000, "1e9", "999999999999.000000", "-1.0"])
def test_a_message_without_a_time_is_skipped_and_the_rest_read(
    write_zip: WriteZip, settings: SourceSettings, ts: object
) -> None:
    secret = {**HI, "ts": ts, "text": "secret"}
    _, skipped, message = read(write_zip({"general/2023-11-14": [secret, HI]}), settings)
    assert skipped == Skipped("general/2023-11-14.json: a message without a time")
    assert isinstance(message, MessageFound)


def test_no_token_of_a_file_is_told(write_zip: WriteZip, settings: SourceSettings) -> None:
    file = {"name": "a.js", "url_private": "https://files.slack.com/a.js?t=xoxe-1"}
    message = read_one(
        write_zip, settings, text="<https://files.slack.com/a?t=xoxe-1>", files=[file]
    )
    assert "xoxe" not in repr(message)


def test_an_export_without_a_day_is_broken(write_zip: WriteZip, settings: SourceSettings) -> None:
    with pytest.raises(StoreBroken, match="no conversation of Slack; export the workspace"):
        read(write_zip({}), settings)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"users.json": [{"id": 1, "name": "x"}]},
        {"users.json": {"id": 1}},
        {"users.json": USERS},
        {"users.json": [{"id": 1}], "general/2023-11-14.json": [HI]},
        {"channels.json": []},
        {"general/2023-11-14.json": [HI]},
        {"Google Chat/Groups/DM a/messages.json": {"messages": []}},
    ],
)
def test_other_zips_are_not_slacks(files: dict[str, object], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("notes.txt", "hello")
        for name, content in files.items():
            archive.writestr(name, json.dumps(content))
    assert not SlackSource.probe(tmp_path / "x.zip")


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r<>&"), max_size=40)


@given(
    st.lists(
        st.tuples(st.integers(0, 2**32), st.integers(0, 999999), st.sampled_from(USERS), texts),
        max_size=8,
    )
)
@hypothesis_settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_what_slack_writes_is_read_back_to_the_letter(
    write_zip: WriteZip, settings: SourceSettings, written: list[tuple[int, int, Message, str]]
) -> None:
    messages = [
        {"type": "message", "user": user["id"], "text": text, "ts": f"{seconds}.{micros:06}"}
        for seconds, micros, user, text in written
    ]
    shown = {"U1": "Ann", "U2": "Ben Kim", "U3": "cho"}
    found = read_messages(write_zip({"general/2023-11-14": messages}), settings)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert [(m.sender, m.sent_at, m.text) for m in found] == [
        (
            shown[user["id"]],
            epoch + timedelta(seconds=seconds, microseconds=micros),
            text or "[message without text]",
        )
        for seconds, micros, user, text in written
    ]


def test_two_users_of_one_name_are_told_apart_where_both_are(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    namesake = {"id": "U4", "name": "ann.park", "profile": {"display_name": "Ann"}}
    days = {
        f"{folder}/2023-11-14": [
            HI | {"user": user, "ts": f"1700000000.00010{user[1:]}"} for user in users
        ]
        for folder, users in (("general", ["U4", "U1"]), ("D3", ["U4"]))
    }
    path = write_zip(
        days,
        users=[*USERS, namesake],
        channels=[{"id": "C1", "name": "general", "creator": "U1", "members": ["U1", "U4"]}],
        dms=[{"id": "D3", "members": ["U2", "U4"]}],
    )
    changes = read(path, settings)
    told = [(c.conversation_key, c.sender) for c in changes if isinstance(c, MessageFound)]
    assert told == [("C1", "Ann (ann.park)"), ("C1", "Ann"), ("D3", "Ann")]
    found = [c.participants for c in changes if isinstance(c, ConversationFound)]
    assert found == [("Ann", "Ann (ann.park)"), ("Ben Kim", "Ann")]


def test_a_channel_that_is_renamed_stays_the_same_conversation(
    write_zip: WriteZip, settings: SourceSettings
) -> None:
    keys = set()
    for name in ("general", "everybody"):
        channel: Message = {"id": "C1", "name": name, "creator": "U1", "members": []}
        found, message = read(write_zip({f"{name}/2023-11-14": [HI]}, channels=[channel]), settings)
        assert isinstance(found, ConversationFound)
        assert isinstance(message, MessageFound)
        keys |= {found.key, message.conversation_key}
    assert keys == {"C1"}
