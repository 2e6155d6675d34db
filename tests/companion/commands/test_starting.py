"""init: what it shows, asks and writes, and what it leaves alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.commands import starting
from companion.config import Config, load_config

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call

YES = ("init", "--yes", "--json")


@pytest.fixture
def store(climbing: Path, tmp_path: Path) -> Path:
    """An export in the user's downloads, beside a file that is none."""
    folder = tmp_path / "user" / "Downloads"
    folder.mkdir(parents=True)
    (folder / "WhatsApp notes.txt").write_text("buy milk\n")
    return Path(shutil.copy(climbing, folder))


@pytest.fixture
def config_file(home: Path) -> Path:
    return home / "config.toml"


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_is_terminal", lambda: True)


def test_a_dry_run_shows_what_would_be_read_and_writes_nothing(
    call: Call, store: Path, home: Path
) -> None:
    document = call("init", "--dry-run", "--json").document
    (found,) = document["stores"]
    assert found["path"] == str(store)
    assert (found["kind"], found["live"], found["registered"]) == ("whatsapp", False, False)
    assert found["size_bytes"] == store.stat().st_size
    assert document["config"]["written"] is False
    shown = call("init", "--dry-run").out
    assert "export" in shown
    assert "Ben" not in shown
    assert not (home / "config.toml").exists()
    assert not (home / "archive.db").exists()


def test_nobody_to_ask_is_wrong_usage(call: Call, home: Path) -> None:
    assert "--yes" in call("init").get_error(2)
    assert not home.exists()


def test_yes_reads_no_store_that_was_not_named(call: Call, store: Path, config_file: Path) -> None:
    document = call(*YES).document
    assert document["added"] == []
    assert "companion model pull" in document["next"]
    assert load_config(config_file) == Config()
    assert "# poll_s = 60" in config_file.read_text(encoding="utf-8")


def test_answers_are_written_before_a_store_is_read(
    call: Call, store: Path, config_file: Path
) -> None:
    answers = ("--me", "Jiwoo", "--digest", "8:00", "--retention", "36500", "--all")
    document = call(*YES, *answers).document
    assert document["config"]["settings"] == {
        "me": ["Jiwoo"],
        "digest_cron": "0 8 * * *",
        "retention_days": 36500,
    }
    (added,) = document["added"]
    assert added["me"] == ["Jiwoo"]
    assert added["messages"] > 0
    assert document["stores"][0]["registered"] is True
    assert load_config(config_file).me == ("Jiwoo",)
    again = call(*YES, "--all").document
    assert (again["added"], again["config"]["written"]) == ([], False)


def test_a_store_from_elsewhere_is_added_by_its_path(call: Call, jeju: Path) -> None:
    (added,) = call(*YES, "--add", jeju).document["added"]
    assert added["kind"] == "kakaotalk"


def test_a_store_that_cannot_be_read_fails_the_command_and_not_the_rest(
    call: Call, store: Path, tmp_path: Path, config_file: Path
) -> None:
    done = call(*YES, "--add", tmp_path / "gone.txt", "--add", store)
    assert done.code == 1
    assert "gone.txt" in done.err
    assert [error["path"] for error in done.document["errors"]] == [str(tmp_path / "gone.txt")]
    assert len(done.document["added"]) == 1
    assert config_file.exists()


def test_a_config_that_is_there_is_written_anew_only_when_told(
    call: Call, config_file: Path
) -> None:
    config_file.parent.mkdir(mode=0o700)
    mine = "# mine\nsettle_s = 5\n"
    config_file.write_text(mine, encoding="utf-8")
    assert "--overwrite" in call(*YES, "--me", "Jiwoo").get_error(2)
    assert call(*YES).document["config"]["written"] is False
    assert config_file.read_text(encoding="utf-8") == mine
    document = call(*YES, "--me", "Jiwoo", "--overwrite").document
    assert load_config(config_file) == Config(settle_s=5, me=("Jiwoo",))
    assert Path(document["config"]["kept"]).read_text(encoding="utf-8") == mine


@pytest.mark.usefixtures("at_terminal")
class TestAtATerminal:
    def test_each_thing_is_asked_and_a_store_is_off_until_yes(
        self, call: Call, store: Path, jeju: Path, config_file: Path
    ) -> None:
        shutil.copy(jeju, store.with_name("KakaoTalk_1.txt"))
        done = call("init", stdin="Jiwoo, 지우\n25:00\nnever\n90\ny\n\n")
        assert done.code == 0, done.err
        assert load_config(config_file) == Config(
            me=("Jiwoo", "지우"), digest_cron="", retention_days=90
        )
        assert "source 1" in done.out
        assert "source 2" not in done.out
        assert "companion model pull" in done.out
        assert done.out.index(str(store)) < done.out.index("Names under which")

    def test_what_an_option_answers_is_not_asked(self, call: Call, config_file: Path) -> None:
        done = call("init", "--me", "Ann", "--digest", "7:00", "--retention", "0")
        assert done.code == 0, done.err
        assert load_config(config_file) == Config(me=("Ann",), digest_cron="0 7 * * *")

    def test_a_config_that_is_to_stay_asks_for_no_settings(
        self, call: Call, store: Path, config_file: Path
    ) -> None:
        config_file.parent.mkdir(mode=0o700)
        config_file.write_text("settle_s = 5\n", encoding="utf-8")
        done = call("init", stdin="n\ny\n")
        assert done.code == 0, done.err
        assert config_file.read_text(encoding="utf-8") == "settle_s = 5\n"
        assert "source 1" in done.out

    def test_going_away_while_asked_leaves_nothing(
        self, call: Call, store: Path, config_file: Path
    ) -> None:
        assert call("init", stdin="Jiwoo\n").code == 130
        assert not config_file.exists()
        assert not (config_file.parent / "archive.db").exists()
