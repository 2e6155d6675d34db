"""A room as Element exports it, from file to changes."""

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
from companion.sources.element import ElementSource
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    Skipped,
    SourceSettings,
)

WriteJson = Callable[..., Path]
Event = dict[str, Any]

ANN, BEN, CHO = "@ann:x.org", "@ben:x.org", "@cho:x.org"
EVENT: Event = {
    "type": "m.room.message",
    "event_id": "$1",
    "room_id": "!r:x.org",
    "sender": ANN,
    "origin_server_ts": 1700000000123,
    "content": {"msgtype": "m.text", "body": "hi"},
    "unsigned": {"age": 1},
}


def make_event(event_id: str, body: str = "hi", **fields: Any) -> Event:
    content = {"msgtype": "m.text", "body": body, **fields.pop("content", {})}
    return {**EVENT, "event_id": event_id, "content": content, **fields}


def make_member(user: str, name: str, **content: Any) -> Event:
    return {
        **EVENT,
        "type": "m.room.member",
        "event_id": f"$join-{user}",
        "sender": user,
        "state_key": user,
        "content": {"membership": "join", "displayname": name, **content},
    }


def make_edit(target: str, body: str, at_ms: int, sender: str = ANN) -> Event:
    new = {"msgtype": "m.text", "body": body}
    relation = {"rel_type": "m.replace", "event_id": target}
    content = {"m.new_content": new, "m.relates_to": relation}
    return make_event(
        f"$edit-{at_ms}", f"* {body}", sender=sender, origin_server_ts=at_ms, content=content
    )


def make_room(*events: Event, **head: object) -> dict[str, Any]:
    return {
        "room_name": "Team",
        "room_creator": "Ann",
        "topic": "",
        "export_date": "Tue, Nov 24, 2026",
        "exported_by": "Ann",
        **head,
        "messages": list(events),
    }


@pytest.fixture
def write_json(tmp_path: Path) -> WriteJson:
    """Writes an export as Element lays it out."""

    def write(export: object, name: str = "matrix - Team - Chat Export.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(export, ensure_ascii=False, indent=2), encoding="utf-8")
        return path

    return write


def read(path: Path, settings: SourceSettings) -> list[Change]:
    source = ElementSource(path, settings)
    return [change for change in source.read() if not isinstance(change, CursorAdvanced)]


def read_messages(path: Path, settings: SourceSettings) -> list[MessageFound]:
    return [change for change in read(path, settings) if isinstance(change, MessageFound)]


def test_a_room_is_told_whole(write_json: WriteJson, settings: SourceSettings) -> None:
    assert read(write_json(make_room(EVENT)), settings) == [
        ConversationFound("!r:x.org", "Team", "direct"),
        MessageFound(
            conversation_key="!r:x.org",
            id="$1",
            sender=ANN,
            is_me=False,
            sent_at=datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC),
            text="hi",
        ),
    ]


def test_everyone_has_one_name_the_last_one(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    later = make_event("$2", sender=BEN)
    room = make_room(later, make_member(BEN, "Benny"), make_member(BEN, "Ben"), EVENT)
    assert [m.sender for m in read_messages(write_json(room), settings)] == ["Ben"] * 3 + [ANN]


@pytest.mark.parametrize(
    ("exported_by", "members", "me", "own"),
    [
        ("Ann", [make_member(ANN, "Ann"), make_member(BEN, "Ben")], (), {ANN}),
        (ANN, [make_member(BEN, "Ben")], (), {ANN}),
        ("Ann", [make_member(ANN, "Ann"), make_member(BEN, "Ann")], (), set()),
        ("Ann", [], (), set()),
        ("Ann", [], (ANN,), {ANN}),
        ("Ann", [make_member(BEN, "Ben")], ("Ben",), {BEN}),
    ],
)
def test_the_owner_is_who_exported_the_room_or_who_is_told(
    write_json: WriteJson,
    settings: SourceSettings,
    exported_by: str,
    members: list[Event],
    me: tuple[str, ...],
    own: set[str],
) -> None:
    room = make_room(*members, EVENT, make_event("$2", sender=BEN), exported_by=exported_by)
    found = read_messages(write_json(room), replace(settings, me=me))
    senders = {"$1": ANN, "$2": BEN}
    assert {senders[m.id] for m in found if m.is_me and m.id in senders} == own


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([EVENT, make_event("$2", sender=BEN)], "direct"),
        ([EVENT, make_event("$2", sender=BEN), make_event("$3", sender=CHO)], "group"),
        ([make_member(user, user[1:4]) for user in (ANN, BEN, CHO)], "group"),
        ([make_member(user, "", is_direct=True) for user in (ANN, BEN, CHO)], "direct"),
    ],
)
def test_a_room_of_two_or_said_to_be_direct_is_direct(
    write_json: WriteJson, settings: SourceSettings, events: list[Event], kind: str
) -> None:
    found = read(write_json(make_room(*events)), settings)[0]
    assert isinstance(found, ConversationFound)
    assert found.kind == kind


def test_the_newest_edit_of_the_author_counts_wherever_it_stands(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    room = make_room(
        make_edit("$1", "second", 3),
        EVENT,
        make_edit("$1", "first", 2),
        make_edit("$1", "forged", 9, sender=BEN),
        make_event("$2"),
    )
    found = read_messages(write_json(room), settings)
    assert [(m.id, m.text, m.edited) for m in found] == [
        ("$1", "second", True),
        ("$2", "hi", False),
    ]


def test_an_edit_that_element_put_in_place_is_told_as_edited(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    placed = {"m.relations": {"m.replace": {"event_id": "$e", "origin_server_ts": 5}}}
    new = {"content": {"m.new_content": {"msgtype": "m.text", "body": "new"}}}
    bundled = {"m.relations": {"m.replace": new}}
    room = make_room(make_event("$1", unsigned=placed), make_event("$2", unsigned=bundled))
    found = read_messages(write_json(room), settings)
    assert [(m.text, m.edited) for m in found] == [("hi", True), ("new", True)]


@pytest.mark.parametrize(
    "events",
    [
        [{**EVENT, "content": {}, "unsigned": {"redacted_because": {"type": "m.room.redaction"}}}],
        [EVENT, {**EVENT, "type": "m.room.redaction", "event_id": "$9", "redacts": "$1"}],
        [
            {**EVENT, "type": "m.room.redaction", "event_id": "$9", "content": {"redacts": "$1"}},
            EVENT,
        ],
    ],
)
def test_what_was_removed_is_told_without_its_text(
    write_json: WriteJson, settings: SourceSettings, events: list[Event]
) -> None:
    (message,) = read_messages(write_json(make_room(*events)), settings)
    assert (message.id, message.kind, message.text) == ("$1", "deleted", "")


@pytest.mark.parametrize(
    ("relation", "reply_to"),
    [
        ({"m.in_reply_to": {"event_id": "$0"}}, "$0"),
        ({"rel_type": "m.thread", "event_id": "$t"}, "$t"),
        ({"rel_type": "m.thread", "event_id": "$t", "is_falling_back": True,
          "m.in_reply_to": {"event_id": "$0"}}, "$t"),
        ({"rel_type": "m.thread", "event_id": "$t", "m.in_reply_to": {"event_id": "$0"}}, "$0"),
        ({}, None),
        ({"m.in_reply_to": "x"}, None),
    ],
)  # fmt: skip
def test_a_reply_points_at_what_it_answers_or_at_its_thread(
    write_json: WriteJson, settings: SourceSettings, relation: Event, reply_to: str | None
) -> None:
    event = make_event("$1", content={"m.relates_to": relation})
    (message,) = read_messages(write_json(make_room(event)), settings)
    assert message.reply_to == reply_to


def test_what_could_not_be_decrypted_is_told_and_counted(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    sealed = {**EVENT, "type": "m.room.encrypted", "content": {"ciphertext": "abc"}}
    bad = make_event("$2", content={"msgtype": "m.bad.encrypted", "body": "** Unable: key **"})
    *found, skipped = read(write_json(make_room(sealed, bad)), settings)
    texts = [m.text for m in found if isinstance(m, MessageFound)]
    assert texts == ["[message that could not be decrypted]"] * 2
    assert isinstance(skipped, Skipped)
    assert skipped.reason.endswith(": 2 messages Element could not decrypt")


def test_reactions_and_the_noise_of_calls_are_not_told(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    noise = [{**EVENT, "type": t, "event_id": t} for t in ("m.reaction", "m.call.candidates")]
    assert [m.id for m in read_messages(write_json(make_room(*noise, EVENT)), settings)] == ["$1"]


@pytest.mark.parametrize(
    "fields",
    [{"event_id": None}, *({"origin_server_ts": at} for at in (None, "1", -1, 1.5, True, 10**18))],
)
def test_an_event_without_a_time_is_skipped_and_the_rest_read(
    write_json: WriteJson, settings: SourceSettings, fields: Event
) -> None:
    _, skipped, message = read(
        write_json(make_room({**EVENT, **fields}, EVENT), "a.json"), settings
    )
    assert skipped == Skipped("a.json: an event without an id or a time")
    assert isinstance(message, MessageFound)


def test_events_of_one_millisecond_keep_their_order(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    room = make_room(*(make_event(f"${n}") for n in range(3)), make_event("$4", origin_server_ts=5))
    assert [m.position for m in read_messages(write_json(room), settings)] == [0, 1, 2, 0]


def test_an_export_with_attachments_is_read_in_its_zip(
    write_json: WriteJson, settings: SourceSettings, tmp_path: Path
) -> None:
    path = write_json(make_room(EVENT), "export.json")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(path, "matrix - Team/export.json")
        archive.writestr("matrix - Team/files/data.json", "[1, 2]")
    assert ElementSource.probe(tmp_path / "x.zip")
    assert read(tmp_path / "x.zip", settings) == read(path, settings)


def test_a_folder_of_rooms_is_elements_and_one_of_all_sorts_is_not(
    write_json: WriteJson, settings: SourceSettings, tmp_path: Path
) -> None:
    write_json(make_room(EVENT), "a.json")
    write_json(make_room(EVENT, room_name="Other"), "b.json")
    assert ElementSource.probe(tmp_path)
    assert len(read_messages(tmp_path, settings)) == 2
    write_json({"name": "package"}, "c.json")
    assert not ElementSource.probe(tmp_path)
    assert not ElementSource.probe(tmp_path.parent)


def test_a_file_cut_off_tells_all_that_is_whole_and_then_the_cut(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    path = write_json(make_room(EVENT, make_event("$2")), "a.json")
    path.write_bytes(path.read_bytes()[:-100])
    _, message, cut = read(path, settings)
    assert isinstance(message, MessageFound)
    assert cut == Skipped("a.json is cut off or damaged after 1 entries")


def test_a_file_cut_off_before_its_messages_is_broken(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    path = write_json(make_room(EVENT))
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(StoreBroken, match="no conversation of Element; export the room"):
        read(path, settings)


def test_a_room_is_known_by_its_content(write_json: WriteJson) -> None:
    assert ElementSource.probe(write_json(make_room(EVENT), "renamed"))
    assert ElementSource.probe(write_json(make_room(), "renamed"))
    assert not ElementSource.probe(write_json({"room_name": "R", "messages": [EVENT]}, "no"))
    assert not ElementSource.probe(write_json([EVENT], "no"))


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=60)


@given(
    st.lists(
        st.tuples(st.integers(0, 2**42), st.sampled_from([ANN, BEN]), texts, texts), max_size=8
    )
)
@hypothesis_settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_what_element_writes_is_read_back_to_the_letter(
    write_json: WriteJson, settings: SourceSettings, written: list[tuple[int, str, str, str]]
) -> None:
    """Also what clients that quote write above an answer is taken off again, and no more."""
    events = [
        make_event(
            f"${number}",
            f"> <{sender}> {quoted}".replace("\n", "\n> ") + f"\n\n{text}",
            sender=sender,
            origin_server_ts=at_ms,
            content={"m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}},
        )
        for number, (at_ms, sender, quoted, text) in enumerate(written)
    ]
    found = read_messages(write_json(make_room(*events)), settings)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert [(m.sender, m.sent_at, m.text) for m in found] == [
        (sender, epoch + timedelta(milliseconds=at_ms), text or "[message without text]")
        for at_ms, sender, _, text in written
    ]
