"""`exclude` and `forget` as a user meets them; nothing forgotten is left in any file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from storage.reader import Reader

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call

TITLE, SENDER, WORDS = "쀍쮏 Zqxjtown", "뙑뜳", "뷁퀣쨟 zqxjkv"
CANARIES = (*"쀍쮏뙑뜳뷁퀣쨟", "Zqxjtown", "zqxjkv")


def write_export(path: Path, *lines: str) -> Path:
    """A WhatsApp export of a minute a line; its file name is the conversation's title."""
    text = [f"11/23/26, 9:{minute:02} AM - {line}\n" for minute, line in enumerate(lines)]
    path.write_text("".join(text), encoding="utf-8")
    return path


@pytest.fixture
def secret(call: Call, tmp_path: Path, climbing: Path) -> Path:
    """An export full of canaries, summarised and in a digest, beside a harmless one."""
    export = write_export(
        tmp_path / f"WhatsApp Chat with {TITLE}.txt",
        "Jiwoo: where are we going?",
        *(f"{SENDER}: please bring the {WORDS} to {TITLE} by 18:0{n}, Jiwoo" for n in range(9)),
    )
    (Path(export.parent) / "home").mkdir(mode=0o700, exist_ok=True)
    for path in (climbing, export):
        added = call("add", path, "--me", "Jiwoo", "--unread", "all", "--json")
        assert added.code == 0, added.err
    call("model", "use", "none")
    call("summarize")
    call("digest", "--now")
    call("search", WORDS)
    return export


def find_canaries(home: Path) -> dict[str, list[str]]:
    """Where in the home which canaries stand, in a file's name or in its bytes."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return {
        file.name: found
        for file in files
        if (
            found := [
                canary
                for canary in CANARIES
                if canary in file.name or canary.encode() in file.read_bytes()
            ]
        )
    }


class TestForget:
    def test_leaves_not_a_byte_in_any_file_while_a_reader_is_open(
        self, call: Call, secret: Path, home: Path
    ) -> None:
        assert set().union(*find_canaries(home).values()) == set(CANARIES)
        with Reader.open(home / "archive.db") as reader:
            before = reader.totals().conversations
            forgotten = call("forget", TITLE, "--json")
            assert reader.totals().conversations == before - 1
        assert forgotten.document["changed"] == 10
        assert forgotten.document["erased"]
        assert find_canaries(home) == {}

    def test_stays_forgotten_when_everything_is_read_again(
        self, call: Call, secret: Path, home: Path
    ) -> None:
        call("forget", TITLE, "--yes")
        assert call("sync", "--json").code == 0
        added = call("add", secret, "--me", "Jiwoo", "--json").document
        assert (added["added"], added["left_out"]) == (0, 1)
        write_export(secret, f"{SENDER}: {WORDS} once more")
        call("sync")
        assert call("search", WORDS, "--json").document == {"hits": []}
        assert [row["title"] for row in call("list", "--json").document["conversations"]] == [
            "Climbing Thursdays"
        ]

    def test_is_taken_back_by_its_number(self, call: Call, secret: Path) -> None:
        call("forget", TITLE, "--yes")
        (left,) = call("exclude", "--json").document["conversations"]
        assert (left["title"], left["reason"]) == (None, "forgotten")
        undone = call("exclude", str(left["number"]), "--undo", "--json")
        assert undone.document == {"changed": 1}
        assert call("add", secret, "--me", "Jiwoo", "--json").document["added"] == 10

    def test_asks_for_a_yes_where_nobody_can_be_asked(self, call: Call, secret: Path) -> None:
        assert "--yes" in call("forget", TITLE).get_error(2)
        assert call("search", "zqxjkv", "--json").document["hits"] != []

    def test_says_what_it_did_to_people(self, call: Call, secret: Path) -> None:
        said = call("forget", TITLE, "--yes")
        assert (said.code, said.err) == (0, "")
        assert said.out.startswith("10 messages forgotten.\n")
        assert "followed no longer: 1." in said.out

    def test_keeps_following_when_asked_to(self, call: Call, secret: Path) -> None:
        forgotten = call("forget", TITLE, "--keep-following", "--json").document
        assert forgotten["sources"] == []
        write_export(secret, "Jiwoo: where are we going?", "Ana: home")
        call("sync")
        titles = [row["title"] for row in call("list", "--json").document["conversations"]]
        assert TITLE in titles

    def test_of_an_unknown_chat_is_one_line(self, call: Call, secret: Path) -> None:
        assert "companion list" in call("forget", "nobody", "--yes").get_error()


class TestExclude:
    def test_reads_nothing_more_of_a_chat_until_it_is_undone(
        self, call: Call, secret: Path
    ) -> None:
        assert call("exclude", TITLE, "--json").document == {"changed": 1}
        assert call("exclude", TITLE, "--json").document == {"changed": 0}
        lines = [f"{SENDER}: please bring it", "Ana: the harbour at dawn"]
        write_export(secret, "Jiwoo: where are we going?", *lines)
        call("sync")
        assert call("search", "harbour", "--json").document == {"hits": []}
        (row,) = [
            r for r in call("list", "--json").document["conversations"] if TITLE in r["title"]
        ]
        assert row["unread"] == 0
        assert call("exclude", TITLE, "--undo", "--json").document == {"changed": 1}
        call("sync")
        assert len(call("search", "harbour", "--json").document["hits"]) == 1

    def test_holds_a_pattern_back_before_anything_is_stored(
        self, call: Call, tmp_path: Path, home: Path
    ) -> None:
        (tmp_path / "home").mkdir(mode=0o700)
        assert call("exclude", "--pattern", "*zqxj*", "--json").document == {"changed": 0}
        export = write_export(tmp_path / f"WhatsApp Chat with {TITLE}.txt", f"Ana: {WORDS}")
        added = call("add", export, "--json").document
        assert (added["added"], added["left_out"]) == (0, 1)
        content = (home / "archive.db").read_bytes()
        assert "뷁".encode() not in content
        assert call("exclude", "--pattern", "*zqxj*", "--undo", "--json").document == {"changed": 1}
        call("sync")
        assert len(call("list", "--json").document["conversations"]) == 1

    def test_obeys_the_config_and_leaves_it_to_be_edited(
        self, call: Call, climbing: Path, home: Path
    ) -> None:
        home.mkdir(mode=0o700)
        (home / "config.toml").write_text('exclude = ["Climbing*"]\n', encoding="utf-8")
        assert call("add", climbing, "--json").document["added"] == 0
        assert "config" in call("exclude", "--pattern", "Climbing*", "--undo").get_error(2)
        (home / "config.toml").write_text("", encoding="utf-8")
        assert call("sync", "--json").document["added"] > 0

    def test_lists_what_is_left_out(self, call: Call, secret: Path) -> None:
        assert "Climbing" not in call("exclude").out
        call("exclude", "Climbing Thursdays")
        call("exclude", "--pattern", "Family *")
        listed = call("exclude", "--json").document
        assert listed["patterns"] == ["Family *"]
        assert [item["title"] for item in listed["conversations"]] == ["Climbing Thursdays"]
        assert "Climbing Thursdays" in call("exclude").out

    def test_takes_one_thing_at_a_time(self, call: Call) -> None:
        assert call("exclude", "Ana", "--pattern", "A*").get_error(2)

    def test_of_a_chat_that_a_pattern_leaves_out_names_the_pattern(
        self, call: Call, secret: Path
    ) -> None:
        call("exclude", "--pattern", "Climbing*")
        (left,) = call("exclude", "--json").document["conversations"]
        assert "--pattern" in call("exclude", str(left["number"]), "--undo").get_error()


class TestAge:
    def test_a_stores_own_is_told_and_kept(self, call: Call, climbing: Path) -> None:
        added = call("add", climbing, "--retention", "1", "--json").document
        assert added["source"]["retention_days"] == 1
        assert added["source"]["messages"] == 0
        again = call("add", climbing, "--retention", "0", "--json").document
        assert again["source"]["retention_days"] == 0

    def test_one_that_cannot_be_is_wrong_usage(self, call: Call, climbing: Path) -> None:
        assert call("add", climbing, "--retention", "-1").code == 2
