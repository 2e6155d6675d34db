"""The spool: its format, what of it is read again, and what is skipped."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import NotAStore
from companion.sources.interface import (
    Change,
    ConversationFound,
    CursorAdvanced,
    MessageFound,
    Skipped,
    SourceSettings,
)
from companion.sources.spool import SpoolSource

BASE = {"conversation": "c", "id": "1", "sent_at": "2026-11-24T09:30:00+09:00", "text": "안녕"}
FOUND = MessageFound(
    conversation_key="c",
    id="1",
    sender="",
    is_me=False,
    sent_at=datetime.fromisoformat("2026-11-24T00:30:00+00:00"),
    text="안녕",
    position=1,
)


def line(**changes: object) -> str:
    return json.dumps(BASE | changes, ensure_ascii=False) + "\n"


def read(
    path: Path, settings: SourceSettings, cursor: str | None = None
) -> tuple[list[Change], str]:
    """(Changes, new cursor)."""
    *changes, last = SpoolSource(path, settings).read(cursor)
    assert isinstance(last, CursorAdvanced)
    return changes, last.cursor


def messages(changes: list[Change]) -> list[MessageFound]:
    return [change for change in changes if isinstance(change, MessageFound)]


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


# ------------------------------------------------------------ the format


def test_the_least_a_line_can_say(spool: Path, settings: SourceSettings) -> None:
    (spool / "a.jsonl").write_text(line())
    assert read(spool, settings)[0] == [ConversationFound("c", "c", "direct"), FOUND]


def test_all_a_line_can_say(spool: Path, settings: SourceSettings) -> None:
    (spool / "a.jsonl").write_text(
        line(
            conversation=7,
            id=12345678901234567890,
            title="점심",
            kind="group",
            sender="Ana",
            is_me=True,
            edited=True,
            reply_to=1,
            is_read=False,
            color="unknown keys are ignored",
        )
    )
    assert read(spool, settings)[0] == [
        ConversationFound("7", "점심", "group"),
        FOUND._replace(
            conversation_key="7",
            id="12345678901234567890",
            sender="Ana",
            is_me=True,
            edited=True,
            reply_to="1",
            is_read=False,
        ),
    ]


def test_null_counts_as_left_out(spool: Path, settings: SourceSettings) -> None:
    keys = ("title", "kind", "sender", "is_me", "edited", "deleted", "reply_to", "is_read")
    (spool / "a.jsonl").write_text(line(**dict.fromkeys(keys)))
    assert read(spool, settings)[0] == [ConversationFound("c", "c", "direct"), FOUND]


def test_a_deleted_message_has_no_text(spool: Path, settings: SourceSettings) -> None:
    (spool / "a.jsonl").write_text(line(deleted=True) + line(id="2", deleted=True, text=None))
    found = messages(read(spool, settings)[0])
    assert [(message.kind, message.text) for message in found] == [("deleted", "")] * 2


def test_the_owner_is_known_by_the_names_told(spool: Path, settings: SourceSettings) -> None:
    (spool / "a.jsonl").write_text(line(sender="Me") + line(sender="Me", is_me=False))
    found = messages(read(spool, replace(settings, me=("Me",)))[0])
    assert [message.is_me for message in found] == [True, False]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\r\nb\rc", "a\nb\nc"), ("a\0b", "ab"), ("\ud83e", "\ufffd"), ("\ud83e\udd81", "🦁")],
    ids=["breaks", "nul", "half a pair", "pair"],
)
def test_text_no_database_would_take_is_cleaned(
    text: str, shown: str, spool: Path, settings: SourceSettings
) -> None:
    (spool / "a.jsonl").write_text(json.dumps(BASE | {"text": text}) + "\n")
    assert messages(read(spool, settings)[0])[0].text == shown


def test_what_is_known_of_a_conversation_changes_when_a_line_says_so(
    spool: Path, settings: SourceSettings
) -> None:
    (spool / "a.jsonl").write_text(
        line(title="One") + line(id=2) + line(id=3, kind="group") + line(id=4, title="Two")
    )
    told = [change for change in read(spool, settings)[0] if isinstance(change, ConversationFound)]
    assert told == [
        ConversationFound("c", "One", "direct"),
        ConversationFound("c", "One", "group"),
        ConversationFound("c", "Two", "group"),
    ]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"id": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[1]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (line(conversation="").encode(), "conversation is missing or not a string"),
        (line(conversation=None).encode(), "conversation is missing or not a string"),
        (line(id=True).encode(), "id is missing or not a string"),
        (line(id=1.5).encode(), "id is missing or not a string"),
        (line(text=None).encode(), "text is missing"),
        (line(text=["secret"]).encode(), "text is not a string"),
        (line(sender=5).encode(), "sender is not a string"),
        (line(is_me="yes").encode(), "is_me is neither true nor false"),
        (line(is_read=0).encode(), "is_read is neither true nor false"),
        (line(kind="channel").encode(), 'kind is neither "group" nor "direct"'),
        (line(sent_at=None).encode(), "sent_at is missing or not a string"),
        (line(sent_at=1700000000).encode(), "sent_at is missing or not a string"),
        (line(sent_at="yesterday").encode(), "sent_at is not an ISO 8601 time"),
        (line(sent_at="2026-11-24T09:30:00").encode(), "sent_at has no offset from UTC"),
        (line(sent_at="0001-01-01T00:00:00+14:00").encode(), "sent_at is not an ISO 8601 time"),
    ],
)
def test_a_malformed_line_is_told_with_its_file_and_line_and_the_rest_is_read(
    raw: bytes, reason: str, spool: Path, settings: SourceSettings
) -> None:
    good = line().encode()
    (spool / "a.jsonl").write_bytes(good + b"\n" + raw.rstrip(b"\n") + b"\n" + good)
    changes, _ = read(spool, settings)
    assert [change for change in changes if isinstance(change, Skipped)] == [
        Skipped(f"a.jsonl: {reason}", 3)
    ]
    assert messages(changes) == [FOUND, FOUND._replace(position=4)]


# ------------------------------------------------------------ reading on


def test_an_unchanged_spool_yields_its_cursor_alone(spool: Path, settings: SourceSettings) -> None:
    (spool / "a.jsonl").write_text(line())
    _, cursor = read(spool, settings)
    assert read(spool, settings, cursor) == ([], cursor)


def test_only_new_lines_are_told_with_what_is_known_of_their_conversation(
    spool: Path, settings: SourceSettings
) -> None:
    file = spool / "a.jsonl"
    file.write_text(line(title="점심", kind="group") + "{\n")
    _, cursor = read(spool, settings)
    with file.open("a") as stream:
        stream.write(line(id="2") + "[]\n")
    assert read(spool, settings, cursor)[0] == [
        ConversationFound("c", "점심", "group"),
        FOUND._replace(id="2", position=3),
        Skipped("a.jsonl: not a JSON object", 4),
    ]


def test_a_half_written_line_is_left_for_the_next_reading(
    spool: Path, settings: SourceSettings
) -> None:
    file = spool / "a.jsonl"
    whole = line(id="2")
    file.write_text(line() + whole[:20])
    changes, cursor = read(spool, settings)
    assert messages(changes) == [FOUND]
    assert read(spool, settings, cursor) == ([], cursor)
    file.write_text(line() + whole)
    assert messages(read(spool, settings, cursor)[0]) == [FOUND._replace(id="2", position=2)]


def test_a_file_cut_short_is_read_again(spool: Path, settings: SourceSettings) -> None:
    file = spool / "a.jsonl"
    file.write_text(line() + line(id="2"))
    _, cursor = read(spool, settings)
    file.write_text(line(id="3"))
    assert messages(read(spool, settings, cursor)[0]) == [FOUND._replace(id="3")]


def test_a_file_rewritten_in_place_is_read_again(spool: Path, settings: SourceSettings) -> None:
    file = spool / "a.jsonl"
    file.write_text(line())
    inode = file.stat().st_ino
    _, cursor = read(spool, settings)
    file.write_text(line(id="8") + line(id="9"))
    assert file.stat().st_ino == inode
    assert [message.id for message in messages(read(spool, settings, cursor)[0])] == ["8", "9"]


def test_a_file_put_in_the_place_of_another_is_read_again(
    spool: Path, settings: SourceSettings
) -> None:
    (spool / "a.jsonl").write_text(line(id="1", text="x" * 500) + line(id="2", text="y" * 500))
    _, cursor = read(spool, settings)
    (spool / "new").write_text(line(id="7", text="x" * 500) + line(id="2", text="y" * 500))
    (spool / "new").replace(spool / "a.jsonl")
    assert [message.id for message in messages(read(spool, settings, cursor)[0])] == ["7", "2"]


def test_files_are_read_in_the_order_of_their_names(spool: Path, settings: SourceSettings) -> None:
    for name in ("b", "c", "a"):
        (spool / f"{name}.jsonl").write_text(line(id=name))
    (spool / "notes.txt").write_text(line(id="no"))
    (spool / "folder.jsonl").mkdir()
    assert [message.id for message in messages(read(spool, settings)[0])] == ["a", "b", "c"]


def test_a_new_file_is_read_beside_the_old_ones(spool: Path, settings: SourceSettings) -> None:
    (spool / "b.jsonl").write_text(line(id="b"))
    _, cursor = read(spool, settings)
    (spool / "a.jsonl").write_text(line(id="a"))
    changes, cursor = read(spool, settings, cursor)
    assert [message.id for message in messages(changes)] == ["a"]
    (spool / "b.jsonl").unlink()
    assert read(spool, settings, cursor)[0] == []


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read(
    spool: Path, settings: SourceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (spool / "a.jsonl").write_text(line(id="a"))
    (spool / "b.jsonl").write_text(line(id="b"))
    opening = Path.open

    def refuse(path: Path, *args: object, **options: object) -> object:
        if path.name == "a.jsonl":
            raise PermissionError(13, "Permission denied")
        return opening(path, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    changes, cursor = read(spool, settings)
    assert [type(change) for change in changes] == [Skipped, ConversationFound, MessageFound]
    monkeypatch.undo()
    assert [message.id for message in messages(read(spool, settings, cursor)[0])] == ["a"]


def test_a_single_file_is_a_spool_too(tmp_path: Path, settings: SourceSettings) -> None:
    file = tmp_path / "bridge.jsonl"
    file.write_text(line())
    changes, cursor = read(file, settings)
    assert messages(changes) == [FOUND]
    assert read(file, settings, cursor)[0] == []


def test_a_missing_spool_is_an_error_with_a_next_step(
    tmp_path: Path, settings: SourceSettings
) -> None:
    with pytest.raises(NotAStore, match="does not exist; check the path"):
        read(tmp_path / "gone", settings)


@pytest.mark.parametrize("cursor", ["", "not json", "{}", "[]", '{"files": {"a": 1}}'])
def test_a_cursor_of_another_version_means_reading_all(
    cursor: str, spool: Path, settings: SourceSettings
) -> None:
    (spool / "a.jsonl").write_text(line())
    assert messages(read(spool, settings, cursor)[0]) == [FOUND]


@given(cuts=st.lists(st.integers(min_value=0, max_value=1000), max_size=6))
def test_however_a_file_grows_each_line_is_told_once(
    cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = SourceSettings(zone=UTC)
    file = tmp_path_factory.mktemp("spool") / "a.jsonl"
    raw = "".join(line(id=number) for number in range(9)).encode()
    cursor, told = None, list[str]()
    for cut in [*sorted(cuts), len(raw)]:
        with file.open("ab") as stream:
            stream.write(raw[stream.tell() : cut])
        changes, cursor = read(file, settings, cursor)
        told += [message.id for message in messages(changes)]
    assert told == [str(number) for number in range(9)]


# ------------------------------------------------------------ probing


@pytest.mark.parametrize("text", [line(), "broken\n" + line(), "\n" + line()])
def test_files_and_folders_of_messages_are_claimed(spool: Path, text: str) -> None:
    (spool / "a.jsonl").write_text(text)
    assert SpoolSource.probe(spool)
    assert SpoolSource.probe(spool / "a.jsonl")


@pytest.mark.parametrize(
    "text",
    ["", "안녕\n", "{}\n", '{"a": 1}\n', line()[:-1], json.dumps({"messages": [BASE]}, indent=1)],
    ids=["empty", "prose", "no keys", "other keys", "half a line", "json"],
)
def test_other_files_are_not_claimed(spool: Path, text: str) -> None:
    (spool / "a.jsonl").write_text(text)
    assert not SpoolSource.probe(spool)
    assert not SpoolSource.probe(spool / "a.jsonl")


def test_empty_folders_and_pipes_are_not_claimed(spool: Path) -> None:
    os.mkfifo(spool / "a.jsonl")
    assert not SpoolSource.probe(spool)
    assert not SpoolSource.probe(spool / "a.jsonl")
    assert not SpoolSource.probe(spool / "gone")


# ------------------------------------------------------------ the document


def read_document() -> str:
    folder = next(
        parent for parent in Path(__file__).parents if (parent / "pyproject.toml").is_file()
    )
    return (folder / "docs" / "sources" / "spool.md").read_text(encoding="utf-8")


def test_the_documented_example_is_read_whole(spool: Path, settings: SourceSettings) -> None:
    example = re.search(r"```json\n(.*?)```", read_document(), re.DOTALL)
    assert example is not None
    (spool / "a.jsonl").write_text(example[1])
    changes, _ = read(spool, settings)
    assert [(found.id, found.edited) for found in messages(changes)] == [
        ("1", False),
        ("2", False),
        ("1", True),
    ]
    assert not [change for change in changes if isinstance(change, Skipped)]


def test_the_document_and_the_class_name_the_same_keys() -> None:
    def list_keys(text: str) -> Iterator[str]:
        return (match[1] for match in re.finditer(r"^ *\| `(\w+)`", text, re.MULTILINE))

    assert SpoolSource.__doc__ is not None
    assert sorted(list_keys(read_document())) == sorted(list_keys(SpoolSource.__doc__))
