"""Channels as DiscordChatExporter saves them, from file to changes."""

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
from companion.sources.discord import DiscordSource
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    Skipped,
    SourceSettings,
)

WriteJson = Callable[..., Path]
Fields = dict[str, Any]

ANN = {"id": "7", "name": "ann", "discriminator": "0001", "nickname": "Ann", "isBot": False}
MESSAGE: Fields = {
    "id": "175928847299117063",
    "type": "Default",
    "timestamp": "2016-04-30T20:18:25.796+09:00",
    "timestampEdited": None,
    "isPinned": False,
    "content": "hi",
    "author": ANN,
    "attachments": [],
    "embeds": [],
    "stickers": [],
    "reactions": [{"emoji": {"name": "x"}, "count": 2}],
    "mentions": [],
}


def make_channel(*messages: Fields, **channel: object) -> Fields:
    return {
        "guild": {"id": "5", "name": "Club", "iconUrl": ""},
        "channel": {
            "id": "9",
            "type": "GuildTextChat",
            "name": "general",
            "topic": None,
            **channel,
        },
        "dateRange": {"after": None, "before": None},
        "exportedAt": "2026-11-24T00:00:00+00:00",
        "messages": list(messages),
        "messageCount": len(messages),
    }


@pytest.fixture
def write_json(tmp_path: Path) -> WriteJson:
    """Writes an export as the exporter lays it out."""

    def write(export: object, name: str = "Club - general [9].json") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(export, ensure_ascii=False, indent=2), encoding="utf-8")
        return path

    return write


def read(path: Path, settings: SourceSettings) -> list[Change]:
    source = DiscordSource(path, settings)
    return [change for change in source.read() if not isinstance(change, CursorAdvanced)]


def read_messages(path: Path, settings: SourceSettings) -> list[MessageFound]:
    return [change for change in read(path, settings) if isinstance(change, MessageFound)]


def read_one(write: WriteJson, settings: SourceSettings, **fields: object) -> MessageFound:
    (message,) = read_messages(write(make_channel({**MESSAGE, **fields})), settings)
    return message


def test_a_channel_is_told_whole(write_json: WriteJson, settings: SourceSettings) -> None:
    assert read(write_json(make_channel(MESSAGE)), settings) == [
        ConversationFound("9", "#general | Club", "group"),
        MessageFound(
            conversation_key="9",
            id="175928847299117063",
            sender="Ann",
            is_me=False,
            sent_at=datetime(2016, 4, 30, 11, 18, 25, 796000, tzinfo=UTC),
            text="hi",
        ),
    ]


@pytest.mark.parametrize(
    ("channel", "title", "kind"),
    [
        ({"type": "DirectTextChat", "name": "Ben"}, "Ben", "direct"),
        ({"type": "DirectGroupTextChat", "name": "Ben, Cho"}, "Ben, Cho", "group"),
        ({"type": "GuildPublicThread", "category": "general", "name": "t"}, "#t | Club", "group"),
        ({"type": "DirectTextChat", "name": None}, "", "direct"),
    ],
)
def test_title_and_kind_follow_the_type_of_channel(
    write_json: WriteJson, settings: SourceSettings, channel: Fields, title: str, kind: str
) -> None:
    (found,) = read(write_json(make_channel(**channel)), settings)
    assert isinstance(found, ConversationFound)
    assert (found.title, found.kind) == (title, kind)


def test_a_folder_tells_every_channel_in_it_and_names_what_is_none(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    write_json(make_channel(MESSAGE), "f/a [part 1].json")
    write_json(make_channel({**MESSAGE, "id": "175928847299117064"}), "f/a [part 2].json")
    write_json(make_channel(MESSAGE, id="10"), "f/b.json")
    assert DiscordSource.probe(write_json(make_channel(MESSAGE, id="10"), "f/b.json").parent)
    folder = write_json({"settings": 1}, "f/c.json").parent
    assert not DiscordSource.probe(folder)
    changes = read(folder, settings)
    assert [c.key for c in changes if isinstance(c, ConversationFound)] == ["9", "9", "10"]
    assert len([c for c in changes if isinstance(c, MessageFound)]) == 3
    assert changes[-1] == Skipped("c.json is not a channel of Discord")


def test_threads_in_a_folder_of_their_own_are_read_and_what_was_sent_is_not(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    folder = write_json(make_channel(MESSAGE), "f/a.json").parent
    write_json(make_channel(MESSAGE, id="10", type="GuildPublicThread"), "f/_threads/b.json")
    write_json(make_channel(MESSAGE, id="11"), "f/a.json_Files/sent.json")
    write_json({"settings": 1}, "f/a.json_Files/notes.json")
    assert DiscordSource.probe(folder)
    assert [m.conversation_key for m in read_messages(folder, settings)] == ["10", "9"]


@pytest.mark.parametrize(
    ("fields", "kind", "text"),
    [
        ({"type": "Reply", "content": "yes"}, "text", "yes"),
        ({"type": "GuildMemberJoin", "content": "Joined the server."}, "system",
         "Joined the server."),
        ({"type": "8", "content": ""}, "system", "8"),
        ({"type": "20", "content": "/roll"}, "text", "/roll"),
        ({"content": "look", "attachments": [{"fileName": "a.png"}]}, "text", "look"),
        ({"content": "", "attachments": [{"fileName": "a.png"}, {"fileName": "b.txt"}]}, "media",
         "[file a.png] [file b.txt]"),
        ({"content": "", "stickers": [{"name": "Wave"}]}, "media", "[sticker Wave]"),
        ({"content": "", "embeds": [{"title": "Build", "description": "passed",
                                     "fields": [{"name": "took", "value": "3 s"}]}]},
         "text", "Build\npassed\ntook: 3 s"),
        ({"content": "", "forwardedMessage": {"content": "fwd"}}, "text", "fwd"),
        ({"content": "", "forwardedMessage": {"attachments": [{"fileName": "c"}]}}, "media",
         "[file c]"),
        ({"content": ""}, "media", "[message without text]"),
        ({"content": 3, "embeds": "x", "attachments": {}}, "media", "[message without text]"),
        ({"content": "<@7> <@!8> <a:dance:123> 1 < 2", "mentions": [ANN]}, "text",
         "@Ann @8 :dance: 1 < 2"),
    ],
)  # fmt: skip
def test_every_kind_of_content_has_its_words(
    write_json: WriteJson, settings: SourceSettings, fields: Fields, kind: str, text: str
) -> None:
    message = read_one(write_json, settings, **fields)
    assert (message.kind, message.text) == (kind, text)


@pytest.mark.parametrize(
    ("author", "sender"),
    [
        (ANN, "Ann"),
        ({"id": "7", "name": "ann", "discriminator": "0000"}, "ann"),
        ({"id": "7", "name": "ann", "nickname": None}, "ann"),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_nickname_goes_before_the_name(
    write_json: WriteJson, settings: SourceSettings, author: object, sender: str
) -> None:
    assert read_one(write_json, settings, author=author).sender == sender


@pytest.mark.parametrize("name", ["Ann", "ann", "ann#0001", "7"])
def test_the_owner_is_known_by_any_of_their_names(
    write_json: WriteJson, settings: SourceSettings, name: str
) -> None:
    assert read_one(write_json, replace(settings, me=(name,))).is_me
    other = {**ANN, "id": "8", "name": "ben", "nickname": "Ben", "discriminator": "0002"}
    assert not read_one(write_json, replace(settings, me=(name,)), author=other).is_me


@pytest.mark.parametrize(
    ("fields", "reply_to"),
    [
        ({"type": "Reply", "reference": {"messageId": "1", "channelId": "9"}}, "1"),
        ({"type": "Reply", "reference": {"messageId": "1", "channelId": None}}, "1"),
        ({"type": "Reply", "reference": {"messageId": "1", "channelId": "8"}}, None),
        ({"type": "Reply", "reference": {"messageId": None}}, None),
        ({"type": "Default", "reference": {"messageId": "1", "channelId": "9"}}, None),
        ({"type": "Reply"}, None),
    ],
)
def test_a_reply_points_at_a_message_of_its_own_channel(
    write_json: WriteJson, settings: SourceSettings, fields: Fields, reply_to: str | None
) -> None:
    assert read_one(write_json, settings, **fields).reply_to == reply_to


def test_edits_are_told(write_json: WriteJson, settings: SourceSettings) -> None:
    assert read_one(write_json, settings, timestampEdited="2016-05-01T00:00:00+00:00").edited
    assert not read_one(write_json, settings).edited


@pytest.mark.parametrize(
    ("timestamp", "sent_at"),
    [
        ("2016-04-30T11:18:25.7961234+00:00", "2016-04-30T11:18:25.796123+00:00"),
        ("2016-04-30T11:18:25+00:00", "2016-04-30T11:18:25+00:00"),
        ("2016-04-30T11:18:25Z", "2016-04-30T11:18:25+00:00"),
        ("2016-04-30T11:18:25", "2016-04-30T11:18:25.796000+00:00"),
        ("30-Apr-16 11:18 AM", "2016-04-30T11:18:25.796000+00:00"),
        ("0001-01-01T00:00:00+14:00", "2016-04-30T11:18:25.796000+00:00"),
        (None, "2016-04-30T11:18:25.796000+00:00"),
    ],
)
def test_without_a_time_with_its_offset_the_id_tells_it(
    write_json: WriteJson, settings: SourceSettings, timestamp: object, sent_at: str
) -> None:
    assert read_one(write_json, settings, timestamp=timestamp).sent_at.isoformat() == sent_at


@pytest.mark.parametrize("number", [None, "", "12", "x" * 18, "9" * 40, 175928847299117063])
def test_a_message_without_a_time_is_skipped_and_the_rest_read(
    write_json: WriteJson, settings: SourceSettings, number: object
) -> None:
    secret = {**MESSAGE, "id": number, "timestamp": None, "content": "secret"}
    _, skipped, message = read(write_json(make_channel(secret, MESSAGE)), settings)
    reason = "Club - general [9].json: a message without an id or a time"
    assert skipped == Skipped(reason)
    assert isinstance(message, MessageFound)


def test_a_file_cut_off_tells_all_that_is_whole_and_then_the_cut(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    path = write_json(make_channel(MESSAGE, {**MESSAGE, "id": "175928847299117064"}))
    path.write_bytes(path.read_bytes()[:-200])
    _, message, cut = read(path, settings)
    assert isinstance(message, MessageFound)
    assert cut == Skipped(f"{path.name} is cut off or damaged after 1 entries")


def test_a_file_cut_off_before_its_messages_is_broken(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    path = write_json(make_channel(MESSAGE))
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(StoreBroken, match="no conversation of Discord; export the channel again"):
        read(path, settings)


def test_an_unchanged_export_tells_nothing_again(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    path = write_json(make_channel(MESSAGE))
    last = list(DiscordSource(path, settings).read())[-1]
    assert isinstance(last, CursorAdvanced)
    assert list(DiscordSource(path, settings).read(last.cursor)) == [last]


def test_a_channel_is_known_by_its_content_plain_or_zipped(
    write_json: WriteJson, tmp_path: Path
) -> None:
    path = write_json(make_channel(MESSAGE), "renamed")
    assert DiscordSource.probe(path)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(path, "general.json")
    assert DiscordSource.probe(tmp_path / "x.zip")
    assert not DiscordSource.probe(write_json({"guild": {"id": "1"}, "messages": [MESSAGE]}, "no"))
    assert not DiscordSource.probe(write_json([MESSAGE], "no"))


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=60)
instants = st.datetimes(datetime(2015, 1, 2), datetime(2150, 1, 1))  # noqa: DTZ001


@given(st.lists(st.tuples(instants, st.integers(-12, 14), names, texts), max_size=8))
@hypothesis_settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_what_the_exporter_writes_is_read_back_to_the_letter(
    write_json: WriteJson,
    settings: SourceSettings,
    written: list[tuple[datetime, int, str, str]],
) -> None:
    messages = [
        {
            **MESSAGE,
            "id": str(number),
            "timestamp": f"{(at + timedelta(hours=hours)).isoformat()}{hours:+03}:00",
            "author": {**ANN, "nickname": name},
            "content": text,
        }
        for number, (at, hours, name, text) in enumerate(written)
    ]
    found = read_messages(write_json(make_channel(*messages)), settings)
    assert [(m.sent_at, m.sender, m.text) for m in found] == [
        (at.replace(tzinfo=UTC), name, text or "[message without text]")
        for at, _, name, text in written
    ]


def test_two_people_of_one_name_are_told_apart_within_a_channel(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    namesake = ANN | {"id": "8", "name": "ann_2"}
    first, second = MESSAGE, MESSAGE | {"id": "175928847299117064", "author": namesake}
    write_json(make_channel(first, second), "a.json")
    write_json(make_channel(second, id="10", name="other"), "b.json")
    folder = write_json(make_channel(first | {"id": "175928847299117065"}), "c.json").parent
    told = [(m.conversation_key, m.sender) for m in read_messages(folder, settings)]
    assert told == [("9", "Ann"), ("9", "Ann (ann_2)"), ("10", "Ann"), ("9", "Ann")]


def test_a_channel_that_is_renamed_stays_the_same_conversation(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    for name in ("general", "everybody"):
        (message,) = read_messages(write_json(make_channel(MESSAGE, name=name)), settings)
        assert message.conversation_key == "9"
