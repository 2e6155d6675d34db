"""A whole export, from file to changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
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
from companion.sources.telegram import TelegramSource

WriteJson = Callable[..., Path]

MESSAGE = {
    "id": 7,
    "type": "message",
    "date": "2024-01-15T19:50:00",
    "date_unixtime": "1705315800",
    "from": "Ann",
    "from_id": "user100",
    "text": "hi",
}


def make_chat(*messages: dict[str, Any], **head: object) -> dict[str, Any]:
    return {"name": "Team", "type": "private_group", "id": 5, **head, "messages": list(messages)}


def make_account(
    *chats: dict[str, Any], left: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return {
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 100, "first_name": "Ann"},
        "contacts": {"about": "", "list": [{"user_id": 0, "first_name": "X", "name": "X"}]},
        "chats": {"about": "", "list": list(chats)},
        "left_chats": {"about": "", "list": left or []},
    }


@pytest.fixture
def write_json(tmp_path: Path) -> WriteJson:
    """Writes an export as Telegram lays it out."""

    def write(export: object, name: str = "result.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(export, ensure_ascii=False, indent=1), encoding="utf-8")
        return path

    return write


def read(path: Path, settings: SourceSettings) -> list[Change]:
    source = TelegramSource(path, settings)
    return [change for change in source.read() if not isinstance(change, CursorAdvanced)]


def read_messages(path: Path, settings: SourceSettings) -> list[MessageFound]:
    return [change for change in read(path, settings) if isinstance(change, MessageFound)]


def read_one(write: WriteJson, settings: SourceSettings, **fields: object) -> MessageFound:
    (message,) = read_messages(write(make_chat({**MESSAGE, **fields})), settings)
    return message


def test_a_single_chat_is_told_whole(write_json: WriteJson, settings: SourceSettings) -> None:
    assert read(write_json(make_chat(MESSAGE)), settings) == [
        ConversationFound("5", "Team", "group"),
        MessageFound(
            conversation_key="5",
            id="7",
            sender="Ann",
            is_me=False,
            sent_at=datetime(2024, 1, 15, 10, 50, tzinfo=UTC),
            text="hi",
            position=7,
        ),
    ]


def test_a_whole_account_tells_all_its_chats_and_whose_it_is(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    by_ben = {**MESSAGE, "from": "Ben", "from_id": "user200"}
    by_channel = {**MESSAGE, "from": "Ann", "from_id": "channel100"}
    old_id = {**MESSAGE, "from_id": 100}
    account = make_account(
        make_chat(MESSAGE, by_ben, by_channel, id=5),
        make_chat(old_id, id=6, type="personal_chat", name="Ben"),
        left=[make_chat(by_ben, id=7, type="public_channel")],
    )
    changes = read(write_json(account), settings)
    found = [c for c in changes if isinstance(c, ConversationFound)]
    assert [(c.key, c.kind) for c in found] == [("5", "group"), ("6", "direct"), ("7", "group")]
    messages = [c for c in changes if isinstance(c, MessageFound)]
    assert [(m.conversation_key, m.is_me) for m in messages] == [
        ("5", True),
        ("5", False),
        ("5", False),
        ("6", True),
        ("7", False),
    ]


def test_a_chat_without_a_name_does_not_take_the_name_before(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    saved = {"type": "saved_messages", "id": 9, "messages": []}
    *_, found = read(write_json(make_account(make_chat(MESSAGE), saved)), settings)
    assert found == ConversationFound("9", "Saved Messages", "direct")


def test_in_a_single_chat_the_owner_is_known_by_name(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    (message,) = read_messages(write_json(make_chat(MESSAGE)), replace(settings, me=("Ann",)))
    assert message.is_me


@pytest.mark.parametrize(
    ("head", "title", "kind"),
    [
        ({"type": "saved_messages", "name": None}, "Saved Messages", "direct"),
        ({"type": "replies", "name": None}, "Replies", "direct"),
        ({"type": "personal_chat", "name": None}, "Deleted Account", "direct"),
        ({"type": "personal_chat", "name": "Ben"}, "Ben", "direct"),
        ({"type": "bot_chat", "name": "Bot"}, "Bot", "direct"),
        ({"type": "public_supergroup"}, "Team", "group"),
        ({"type": "private_channel"}, "Team", "group"),
        ({"type": "private_group", "name": None}, "", "group"),
    ],
)
def test_title_and_kind_follow_the_type_of_chat(
    write_json: WriteJson, settings: SourceSettings, head: dict[str, object], title: str, kind: str
) -> None:
    (found,) = read(write_json(make_chat(**head)), settings)
    assert isinstance(found, ConversationFound)
    assert (found.title, found.kind) == (title, kind)


def test_a_caption_is_what_was_said_and_a_bare_photo_is_media(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    captioned = read_one(write_json, settings, photo="p.jpg", text="our dog")
    bare = read_one(write_json, settings, photo="p.jpg", text="")
    buttons = read_one(write_json, settings, inline_bot_buttons=[[{}]], text="")
    assert (captioned.kind, captioned.text) == ("text", "our dog")
    assert (bare.kind, bare.text) == ("media", "[photo]")
    assert (buttons.kind, buttons.text) == ("media", "[message without text]")


def test_text_entities_stand_in_for_a_missing_text(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    message = read_one(write_json, settings, text=None, text_entities=[{"text": "hi"}])
    assert message.text == "hi"


def test_service_messages_are_system_lines_of_their_actor(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    fields = {"type": "service", "actor": "Ann", "actor_id": "user100", "action": "pin_message"}
    pinned = {k: v for k, v in {**MESSAGE, **fields}.items() if not k.startswith("from")}
    paid = {k: v for k, v in pinned.items() if not k.startswith("actor")}
    paid["action"] = "send_payment"
    messages = read_messages(write_json(make_account(make_chat(pinned, paid))), settings)
    assert [(m.kind, m.sender, m.is_me, m.text) for m in messages] == [
        ("system", "Ann", True, "Ann pinned a message"),
        ("system", "", False, "A payment was made"),
    ]


def test_a_deleted_account_has_a_name(write_json: WriteJson, settings: SourceSettings) -> None:
    assert read_one(write_json, settings, **{"from": None}).sender == "Deleted Account"


@pytest.mark.parametrize(
    ("fields", "reply_to"),
    [
        ({}, None),
        ({"reply_to_message_id": 3}, "3"),
        ({"reply_to_message_id": 3, "reply_to_peer_id": "channel9"}, None),
    ],
)
def test_a_reply_points_at_a_message_of_its_own_chat(
    write_json: WriteJson, settings: SourceSettings, fields: dict[str, object], reply_to: str | None
) -> None:
    assert read_one(write_json, settings, **fields).reply_to == reply_to


def test_messages_of_one_second_keep_their_order_before_and_after_a_migration(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    written = [{**MESSAGE, "id": number} for number in (-999999999, -999999998, 1, 2)]
    messages = read_messages(write_json(make_chat(*written)), settings)
    assert [m.id for m in sorted(messages, key=lambda m: (m.sent_at, m.position))] == [
        "-999999999",
        "-999999998",
        "1",
        "2",
    ]


def test_old_exports_betray_their_offset(write_json: WriteJson, settings: SourceSettings) -> None:
    old = {k: v for k, v in MESSAGE.items() if k != "date_unixtime"}
    edited = {**old, "edited": "2024-01-15T20:00:00"}
    unedited = {**old, "id": 8, "edited": "1970-01-01T05:00:00"}
    messages = read_messages(write_json(make_chat(edited, unedited)), settings)
    assert [(m.sent_at, m.is_approximate, m.edited) for m in messages] == [
        (datetime(2024, 1, 15, 14, 50, tzinfo=UTC), True, True),
        (datetime(2024, 1, 15, 14, 50, tzinfo=UTC), True, False),
    ]


def test_control_characters_do_not_break_the_file(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    path = write_json(make_chat({**MESSAGE, "text": "a@b"}, {**MESSAGE, "id": 8}))
    path.write_bytes(path.read_bytes().replace(b"a@b", rb"a\x0Bb \\x41"))
    assert [m.text for m in read_messages(path, settings)] == ["a\x0bb \\x41", "hi"]


def test_a_folder_with_the_result_is_the_export(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    path = write_json(make_chat(MESSAGE))
    assert TelegramSource.probe(path.parent)
    assert len(read_messages(path.parent, settings)) == 1


def test_a_message_without_a_time_is_skipped_and_the_rest_read(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    broken = {"id": 6, "type": "message", "from": "Ann", "text": "secret"}
    _, warning, message = read(write_json(make_chat(broken, MESSAGE)), settings)
    assert warning == Skipped("message 6 has no time that can be read")
    assert isinstance(message, MessageFound)


def test_messages_telegram_cannot_export_are_counted_once_a_chat(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    unsupported = {"id": 6, "type": "unsupported"}
    chats = (make_chat(unsupported, unsupported), make_chat(MESSAGE, id=6))
    changes = read(write_json(make_account(*chats)), settings)
    warnings = [c for c in changes if isinstance(c, Skipped)]
    assert warnings == [Skipped("2 messages Telegram Desktop itself cannot export")]


def test_a_file_of_another_tool_without_ids_gives_stable_ones(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    bare = {k: v for k, v in MESSAGE.items() if k != "id"}
    export = {"messages": [bare, bare]}
    first, second = read_messages(write_json(export), settings)
    assert first.id != second.id
    assert (first.position, second.position) == (0, 1)
    assert [m.id for m in read_messages(write_json(export), settings)] == [first.id, second.id]


@pytest.mark.parametrize("ending", ["", ', {"id": 9, "te', "x", ", {]}"])
def test_a_file_cut_off_tells_all_that_is_whole_and_then_the_cut(
    write_json: WriteJson, settings: SourceSettings, ending: str
) -> None:
    path = write_json(make_chat(MESSAGE, {**MESSAGE, "id": 8}))
    whole = path.read_text(encoding="utf-8").rstrip().removesuffix("}").rstrip().removesuffix("]")
    path.write_text(whole.rstrip() + ending, encoding="utf-8")
    *told, cut = read(path, settings)
    assert [m.id for m in told if isinstance(m, MessageFound)] == ["7", "8"]
    assert isinstance(cut, Skipped)
    assert "after 2 messages" in cut.reason
    assert "hi" not in cut.reason.split()


@pytest.mark.parametrize("raw", ["", "{", '{"name": "Team", "type": "private_gr', "not json"])
def test_a_file_cut_off_before_any_chat_is_broken(
    tmp_path: Path, settings: SourceSettings, raw: str
) -> None:
    path = tmp_path / "result.json"
    path.write_text(raw, encoding="utf-8")
    with pytest.raises(StoreBroken, match=r"before its first chat; export the chat"):
        read(path, settings)


def test_an_unchanged_export_tells_nothing_again(
    write_json: WriteJson, settings: SourceSettings
) -> None:
    path = write_json(make_chat(MESSAGE))
    last = list(TelegramSource(path, settings).read())[-1]
    assert isinstance(last, CursorAdvanced)
    assert list(TelegramSource(path, settings).read(last.cursor)) == [last]


names = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=12)
texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=80)


@given(
    written=st.lists(
        st.tuples(st.integers(0, 2**31), names, texts.filter(bool), st.integers(0, 3)), max_size=8
    )
)
@hypothesis_settings(
    max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_what_telegram_writes_is_read_back_to_the_letter(
    write_json: WriteJson, settings: SourceSettings, written: list[tuple[int, str, str, int]]
) -> None:
    messages = [
        {
            **MESSAGE,
            "id": number,
            "date_unixtime": str(seconds),
            "from": name,
            # Telegram splits a text where a link or a bold word begins
            "text": [text[:cut], {"type": "bold", "text": text[cut:]}] if cut else text,
        }
        for number, (seconds, name, text, cut) in enumerate(written)
    ]
    found = read_messages(write_json(make_chat(*messages)), settings)
    assert [(m.id, int(m.sent_at.timestamp()), m.sender, m.text) for m in found] == [
        (str(number), seconds, name, text)
        for number, (seconds, name, text, _) in enumerate(written)
    ]


FIELDS = (
    "id", "type", "date", "date_unixtime", "edited", "from", "from_id", "actor", "text", "action",
    "members", "title", "photo", "file", "media_type", "poll", "contact_information",
    "location_information", "invoice_information", "todo_list", "place_name", "reply_to_message_id",
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.text("a0", max_size=3)
values = st.recursive(
    scalars | st.sampled_from(("service", "message", "phone_call", "audio_file", "1705315800")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("text", "title", "question", "answers")), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), values), max_size=4))
@hypothesis_settings(
    max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_no_malformed_message_stops_the_reading(
    write_json: WriteJson, settings: SourceSettings, messages: list[dict[str, Any]]
) -> None:
    last = {**MESSAGE, "id": 99}
    found = read_messages(write_json(make_chat(*messages, last)), settings)
    assert found[-1].id == "99"
