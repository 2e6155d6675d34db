"""What strangers write acts on nothing and hides nothing, whichever way it leaves.

One table (`tests/data/hostile.json`) goes out by every command, as `tests/tui/test_hostile.py`
does with it by every screen. Each case stands in a message, a sender, a title and in all parts of
a summary.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from companion.config import Config
from companion.marking_up import escape_body, escape_markdown
from companion.notifying import compose_notice
from companion.paths import paths_under
from storage.archive import Archive
from storage.entries import NewConversation, NewMessage, NewSource, NewSummary, NewToDo
from storage.reader import Reader
from storage.records import HighlightRecord, SentenceRecord
from tests.companion.commands.conftest import Call

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "hostile.json").read_text(encoding="utf-8")
)
STORED = [
    case for case in CASES if case["written"].isprintable() or "\ud83d" not in case["written"]
]
"""Sources replace lone surrogates: SQLite has none."""

AT = datetime(2026, 11, 24, tzinfo=UTC)
JOINERS = "\u200d"


def squeeze(text: str) -> str:
    return "".join(text.split())


def find_acting(text: str) -> set[str]:
    """Characters that could act on a terminal or hide; joiners are kept in emoji alone."""
    shown = text.replace("\n", "").replace(JOINERS, "")
    return {c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs"}}


def add_case(archive: Archive, reader: Reader, source_id: int, number: int, text: str) -> None:
    key = f"chat {number}"
    message = NewMessage(key, "1", text, is_me=False, sent_at=AT, text=text, is_read=False)
    archive.save_batch(source_id, [NewConversation(key, text, "direct")], [message])
    row = max(reader.conversations(), key=lambda row: row.id)
    (sent,) = reader.unread_messages(row.id)[1]
    ids = (sent.id,)
    archive.save_summary(
        NewSummary(
            conversation_id=row.id,
            input_hash=key,
            language="en",
            origin="model",
            gist="done",
            topic=text,
            highlights=(HighlightRecord(sent.id, text, text),),
            sentences=(SentenceRecord(text, ids), SentenceRecord(text, ids, is_quote=True)),
            todos=(NewToDo(text, text, text, False, ids),),
            covered=1,
            skipped=0,
            unread=1,
            message_ids=ids,
            flags=(),
            model="m",
            options={},
            elapsed_s=1.0,
            made_at=AT,
        )
    )


@pytest.fixture
def hostile(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home whose every conversation is a case of the table."""
    monkeypatch.setenv("COLUMNS", "60000")
    paths = paths_under(home)
    paths.create()
    with Archive.open(paths.archive_file) as archive, Reader.open(paths.archive_file) as reader:
        source = NewSource("imessage", "iMessage", "/stores/x", "store", me=("Me",))
        source_id = archive.add_source(source, at=AT).id
        for number, case in enumerate(STORED):
            add_case(archive, reader, source_id, number, case["written"])
        archive.finish_sync(source_id, "end", AT, warnings=0)


@pytest.mark.parametrize("command", ["list", "todo", "summarize", "digest", "status", "sources"])
def test_every_command_shows_what_was_written_and_acts_on_nothing(
    hostile: None, call: Call, command: str
) -> None:
    done = call(command)
    assert done.code == 0, done.err
    assert find_acting(done.out + done.err) == set()
    if command in ("list", "todo"):
        squeezed = squeeze(done.out)
        for case in STORED:
            assert all(squeeze(part) in squeezed for part in case["shown"]), case["name"]


def test_a_conversation_is_shown_with_all_its_parts(hostile: None, call: Call) -> None:
    for number, case in enumerate(STORED, 1):
        done = call("show", f"#{number}")
        assert done.code == 0, done.err
        assert find_acting(done.out) == set()
        squeezed = squeeze(done.out)
        assert all(squeezed.count(squeeze(part)) >= 7 for part in case["shown"]), case["name"]


def test_what_is_found_is_shown_alike(hostile: None, call: Call) -> None:
    done = call("search", "bank.example")
    assert "[link=https://evil.example]bank.example[/link]" in done.out
    assert "[bank.example](https://evil.example)" in done.out
    assert find_acting(done.out) == set()


def test_json_holds_texts_unchanged_and_acts_on_nothing(hostile: None, call: Call) -> None:
    for number, case in enumerate(STORED):
        done = call("show", f"#{number + 1}", "--json")
        assert find_acting(done.out) == set()
        shown = done.document
        assert shown["messages"][0]["text"] == case["written"]
        assert shown["messages"][0]["sender"] == case["written"]
        assert shown["conversation"]["title"] == case["written"]
        assert shown["summary"]["sentences"][0]["text"] == case["written"]
    for command in ("list", "todo", "summarize", "digest", "status", "sources"):
        done = call(command, "--json")
        assert done.document is not None
        assert find_acting(done.out) == set()


HARMLESS = {"inline", "text", "text_special", "softbreak", "em", "strong", "heading", "paragraph"}
HARMLESS |= {"bullet_list", "list_item", "hr"}


def walk(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from walk(token.children or [])


def read_markdown(text: str) -> tuple[set[str], str]:
    """What a reader of GitHub's kind makes of it: kinds of parts, and the text that it shows."""
    tokens = list(walk(MarkdownIt("gfm-like").disable("linkify").parse(text)))
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    shown = "".join(t.content for t in tokens if t.type in {"text", "text_special"})
    return kinds, shown


def test_a_digest_is_our_markdown_with_their_letters(hostile: None, call: Call) -> None:
    kinds, shown = read_markdown(call("digest").out)
    assert kinds <= HARMLESS
    squeezed = squeeze(shown)
    for case in STORED:
        for part in case["shown"]:
            assert squeezed.count(squeeze(part)) >= 7, case["name"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("frame", ["- [ ] {}", "- {}", "- *{}*", "### {}", "### {} — {}", "x {}"])
def test_markdown_shows_a_text_letter_by_letter_in_every_place(
    case: dict[str, Any], frame: str
) -> None:
    escaped = escape_markdown(case["written"])
    kinds, shown = read_markdown(frame.format(escaped, escaped))
    assert kinds <= HARMLESS
    assert all(squeeze(part) in squeeze(shown) for part in case["shown"])


def test_an_export_is_our_markdown_with_their_letters(hostile: None, call: Call) -> None:
    for number, case in enumerate(STORED, 1):
        done = call("export", f"#{number}")
        assert done.code == 0, done.err
        assert find_acting(done.out) == set()
        kinds, shown = read_markdown(done.out)
        assert kinds <= HARMLESS | {"blockquote"}, case["name"]
        squeezed = squeeze(shown)
        assert all(squeezed.count(squeeze(part)) >= 7 for part in case["shown"]), case["name"]


def test_an_export_as_json_holds_texts_unchanged_and_acts_on_nothing(
    hostile: None, call: Call
) -> None:
    done = call("export", "--format", "json")
    assert find_acting(done.out) == set()
    told = json.loads(done.out)["conversations"]
    assert [row["items"][0]["text"] for row in told] == [case["written"] for case in STORED]
    assert [row["title"] for row in told] == [case["written"] for case in STORED]


def test_a_notification_shows_a_topic_letter_by_letter(hostile: None, home: Path) -> None:
    with Reader.open(paths_under(home).archive_file) as reader:
        for id_, case in enumerate(STORED, 1):
            notice = compose_notice(reader, Config(notify="topics"), [id_])
            assert notice is not None
            assert find_acting(notice.title + notice.text) == set()
            assert "\n" not in notice.text
            assert all(squeeze(part) in squeeze(notice.text) for part in case["shown"])
            body = ElementTree.fromstring(f"<body>{escape_body(notice.text)}</body>")
            assert (body.text or "", len(body)) == (notice.text, 0), case["name"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_no_error_tells_of_what_was_piped_in(call: Call, case: dict[str, Any]) -> None:
    piped = {"messages": [{"sender": case["written"], "text": case["written"]}], "lang": "xx"}
    done = call("summarize", "--stdin", stdin=json.dumps(piped))
    assert done.code == 1
    assert find_acting(done.err) == set()
    piped["lang"] = "en"
    done = call("summarize", "--stdin", stdin=json.dumps(piped))
    assert done.document["highlights"][0]["text"] == case["written"]
    assert find_acting(done.out) == set()
