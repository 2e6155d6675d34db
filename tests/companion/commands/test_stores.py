"""scan, add, sources, remove, sync: what they print, and what they say about bad input."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from companion.demo.laying_out import SampleStore

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call

SCAN_KEYS = {"kind", "conversations", "messages", "system", "unread", "warnings"}
CONVERSATION_KEYS = {
    "title",
    "kind",
    "participants",
    "messages",
    "system",
    "unread",
    "first",
    "last",
}
ITEM_KEYS = {"id", "sender", "is_me", "sent_at", "text", "kind", "edited", "reply_to"}


class TestScan:
    def test_it_tells_what_is_in_a_store_and_records_nothing(
        self, call: Call, climbing: Path, home: Path
    ) -> None:
        scanned = call("scan", climbing, "--json")
        assert scanned.code == 0
        document = scanned.document
        assert document.keys() >= SCAN_KEYS
        (conversation,) = document["conversations"]
        assert conversation.keys() == CONVERSATION_KEYS
        assert conversation["title"] == "Climbing Thursdays"
        assert conversation["kind"] == "group"
        assert conversation["unread"] is None
        assert (document["messages"], document["system"]) == (16, 2)
        assert datetime.fromisoformat(conversation["first"]).utcoffset() is not None
        assert scanned.err == ""
        assert not home.exists()

    @pytest.mark.parametrize("json_flag", [(), ("--json",)])
    def test_messages_are_added_on_demand(
        self, call: Call, climbing: Path, json_flag: tuple[str, ...]
    ) -> None:
        scanned = call("scan", climbing, "--messages", "--me", "Jiwoo", *json_flag)
        items = scanned.document["conversations"][0]["items"]
        assert len(items) == 18
        assert all(item.keys() == ITEM_KEYS for item in items)
        assert {item["kind"] for item in items} == {"text", "media", "system"}
        assert {item["sender"] for item in items if item["is_me"]} == {"Jiwoo"}

    def test_people_get_a_table_and_the_counts(self, call: Call, jeju: Path) -> None:
        scanned = call("scan", jeju)
        assert scanned.code == 0
        assert "제주 여행" in scanned.out
        assert "kakaotalk: 22 messages in 1 conversation; system lines: 0" in scanned.out

    def test_a_store_that_knows_tells_how_much_is_unread(self, call: Call, chat_db: Path) -> None:
        document = call("scan", chat_db, "--json").document
        assert document["kind"] == "imessage"
        assert document["unread"] == sum(item["unread"] for item in document["conversations"]) > 0

    def test_the_kind_can_be_told(self, call: Call, jeju: Path) -> None:
        assert call("scan", jeju, "--kind", "kakaotalk", "--json").document["kind"] == "kakaotalk"

    def test_a_malformed_part_is_a_warning_with_its_line_and_the_rest_is_read(
        self, call: Call, tmp_path: Path
    ) -> None:
        path = tmp_path / "lunch.jsonl"
        good = {"conversation": "lunch", "id": 1, "sent_at": "2026-11-24T09:30:00Z", "text": "hi"}
        path.write_text(f"{json.dumps(good)}\nno JSON at all\n", encoding="utf-8")
        scanned = call("scan", path, "--kind", "spool", "--json")
        assert scanned.code == 0, scanned.err
        assert scanned.document["messages"] == 1
        (warning,) = scanned.document["warnings"]
        assert "line 2" in warning
        assert "no JSON at all" not in warning


def make_garbage(folder: Path) -> Path:
    path = folder / "noise.txt"
    path.write_text("milk\neggs\nbread\n")
    return path


def make_empty(folder: Path) -> Path:
    path = folder / "empty.txt"
    path.touch()
    return path


def make_utf16(folder: Path) -> Path:
    path = folder / "talk.txt"
    path.write_bytes("이것은 아무 대화도 아닌 글입니다\n".encode("utf-16-be"))
    return path


def make_folder(folder: Path) -> Path:
    path = folder / "somewhere"
    path.mkdir()
    return path


def make_missing(folder: Path) -> Path:
    return folder / "gone.txt"


def make_truncated_zip(folder: Path) -> Path:
    path = folder / "WhatsApp Chat - Ana.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        lines = (f"23/11/2026, 12:{at % 60:02} - Ana: number {at * at}" for at in range(2000))
        archive.writestr("_chat.txt", "\n".join(lines))
    path.write_bytes(path.read_bytes()[:-200])
    return path


def make_foreign_database(folder: Path) -> Path:
    path = folder / "notes.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE note (text)")
    return path


def make_damaged_database(folder: Path) -> Path:
    path = folder / "chat.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\x00\xff" * 4000)
    return path


BAD_INPUTS: dict[Callable[[Path], Path], tuple[str, str]] = {
    make_garbage: ("is not a store", "--kind"),
    make_empty: ("is empty", "export it again"),
    make_utf16: ("is not a store", "--kind"),
    make_folder: ("folder without a store", "name the exported file"),
    make_missing: ("does not exist", "check the path"),
    make_truncated_zip: ("", ""),
    make_foreign_database: ("is not a store", "--kind"),
    make_damaged_database: ("", ""),
}


@pytest.mark.parametrize("make", BAD_INPUTS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("command", ["scan", "add"])
def test_bad_input_is_one_line_that_says_what_and_what_to_do(
    call: Call, tmp_path: Path, make: Callable[[Path], Path], command: str
) -> None:
    path = make(tmp_path)
    error = call(command, path, "--json").get_error()
    what, _, next_step = error.partition("; ")
    wanted_what, wanted_step = BAD_INPUTS[make]
    assert path.name in what
    assert wanted_what in what
    assert next_step
    assert wanted_step in next_step
    assert call("sources", "--json").document == {"sources": []}


@pytest.mark.parametrize(
    ("place", "next_step"),
    [("Downloads", "give your user the right to read it"), ("Library", "Full Disk Access")],
)
def test_a_store_without_permission_is_named_with_the_remedy_of_its_place(
    call: Call, jeju: Path, monkeypatch: pytest.MonkeyPatch, place: str, next_step: str
) -> None:
    store = Path.home() / place / "talk.txt"
    store.parent.mkdir(parents=True)
    shutil.copy(jeju, store)
    opened = Path.open

    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
        # As the system does; root, under whom tests may run, is refused nothing.
        if path == store:
            raise PermissionError(1, "Operation not permitted")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    error = call("scan", store).get_error()
    assert "permission denied" in error
    assert next_step in error


def test_a_locked_database_says_so(
    call: Call, samples: list[SampleStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("companion.sources.sqlite_store.BUSY_S", 0.0)
    store = samples[-1].path
    with closing(sqlite3.connect(store, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        error = call("scan", store).get_error()
    assert "is locked by another program" in error
    assert "run it again" in error


def test_an_unknown_kind_lists_those_that_are_there(call: Call, jeju: Path) -> None:
    error = call("scan", jeju, "--kind", "pager").get_error()
    assert "'pager'" in error
    assert "kakaotalk" in error


class TestAdd:
    def test_it_registers_reads_and_describes_the_store(self, call: Call, jeju: Path) -> None:
        added = call("add", jeju, "--me", "지우", "--me", "한지우", "--json")
        source = added.document["source"]
        assert added.document["added"] == 22
        assert source["path"] == str(jeju)
        assert source["me"] == ["지우", "한지우"]
        assert source["unread_origin"] == "mark"
        assert (source["conversations"], source["messages"]) == (1, 22)
        assert call("sources", "--json").document["sources"] == [source]

    @pytest.mark.parametrize(
        ("policy", "unread"),
        [
            pytest.param("none", 0, id="none: history"),
            pytest.param("all", 19, id="all: after the owner's last word"),
            pytest.param("since=2026-11-23T12:00:00+09:00", 8, id="since an instant"),
            pytest.param("since=2026-11-23", 19, id="since a local day"),
            pytest.param("since=2026-11-24", 0, id="since tomorrow"),
        ],
    )
    def test_unread_policies(self, call: Call, jeju: Path, policy: str, unread: int) -> None:
        call("add", jeju, "--me", "지우", "--unread", policy)
        assert call("status", "--json").document["unread"] == unread

    @pytest.mark.parametrize("policy", ["some", "since", "since=", "since=yesterday", "all=1", ""])
    def test_any_other_policy_is_wrong_usage(self, call: Call, jeju: Path, policy: str) -> None:
        error = call("add", jeju, "--unread", policy, "--json").get_error(2)
        assert "--unread" in error
        assert call("sources", "--json").document == {"sources": []}

    def test_a_store_that_knows_what_is_read_ignores_the_policy(
        self, call: Call, chat_db: Path
    ) -> None:
        known = call("scan", chat_db, "--json").document["unread"]
        call("add", chat_db, "--unread", "none")
        assert call("status", "--json").document["unread"] == known

    def test_adding_again_adds_nothing_and_keeps_one_source(self, call: Call, jeju: Path) -> None:
        call("add", jeju)
        again = call("add", jeju, "--json")
        assert again.document["added"] == 0
        assert len(call("sources", "--json").document["sources"]) == 1

    def test_a_known_store_that_cannot_be_read_now_stays_registered(
        self, call: Call, samples: list[SampleStore], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("companion.sources.sqlite_store.BUSY_S", 0.0)
        store = samples[-1].path
        call("add", store)
        with closing(sqlite3.connect(store, isolation_level=None)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            call("add", store, "--kind", "imessage").get_error()
        assert [item["path"] for item in call("sources", "--json").document["sources"]] == [
            str(store)
        ]

    def test_the_owner_of_the_config_writes_where_no_other_is_told(
        self, call: Call, jeju: Path, home: Path
    ) -> None:
        home.mkdir()
        (home / "config.toml").write_text('me = ["지우"]\n', encoding="utf-8")
        assert call("add", jeju, "--json").document["source"]["me"] == ["지우"]


class TestAddOnATerminal:
    @pytest.fixture(autouse=True)
    def terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        end = SimpleNamespace(isatty=lambda: True)
        monkeypatch.setattr("companion.commands.stores.sys", SimpleNamespace(stdin=end, stdout=end))

    @pytest.mark.parametrize(("answer", "code", "stored"), [("n\n", 130, 0), ("y\n", 0, 1)])
    def test_it_asks_before_reading(
        self, call: Call, jeju: Path, answer: str, code: int, stored: int
    ) -> None:
        added = call("add", jeju, stdin=answer)
        assert added.code == code
        assert f"Read the KakaoTalk store {jeju}? It is opened read-only" in added.out
        assert len(call("sources", "--json").document["sources"]) == stored

    def test_yes_asks_nothing(self, call: Call, jeju: Path) -> None:
        added = call("add", jeju, "--yes")
        assert added.code == 0
        assert "Read the" not in added.out


class TestRemove:
    @pytest.mark.parametrize("by", ["number", "path"])
    def test_it_unregisters_and_keeps_what_was_read(self, call: Call, jeju: Path, by: str) -> None:
        source = call("add", jeju, "--json").document["source"]
        removed = call("remove", source["id"] if by == "number" else jeju, "--json")
        assert [item["id"] for item in removed.document["sources"]] == [source["id"]]
        assert call("sources", "--json").document == {"sources": []}
        assert len(call("list", "--json").document["conversations"]) == 1

    def test_a_store_that_is_not_registered_is_not_found(self, call: Call, jeju: Path) -> None:
        assert "companion sources" in call("remove", "7").get_error()
        call("add", jeju)
        assert "companion sources" in call("remove", "7", "--json").get_error()


class TestSync:
    def test_a_grown_export_adds_its_tail(self, call: Call, jeju: Path) -> None:
        call("add", jeju, "--me", "지우")
        with jeju.open("a", encoding="utf-8") as file:
            file.write("2026년 11월 23일 오후 7:00, 도윤 : 좋아요\n")
        synced = call("sync", "--json").document
        assert synced.keys() >= {"added", "changed", "unread", "seconds", "errors"}
        assert (synced["added"], synced["changed"], synced["unread"]) == (1, 0, 1)
        assert synced["errors"] == []
        assert call("sync", "--json").document["added"] == 0

    def test_a_store_that_is_gone_is_named_and_the_others_are_read(self, stocked: Call) -> None:
        gone = stocked("sources", "--json").document["sources"][1]
        Path(gone["path"]).unlink()
        with Path(stocked("sources", "--json").document["sources"][0]["path"]).open("a") as file:
            file.write("23/11/2026, 19:00 - Lena: See you there\n")
        synced = stocked("sync", "--json")
        assert synced.code == 1
        (line,) = synced.err.splitlines()
        assert "does not exist; check the path" in line
        (error,) = synced.document["errors"]
        assert error["source"] == gone["id"]
        assert "does not exist" in error["error"]
        assert synced.document["added"] == 1
        assert "0 new" in stocked("sync").out
        errors = stocked("status", "--json").document["errors"]
        assert [item["where"] for item in errors] == [f"source {gone['id']}"]
