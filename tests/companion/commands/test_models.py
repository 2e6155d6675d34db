"""model: what is known, chosen, taken from a file, and what a wrong file is told."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.sealing import _Seal, is_sealed
from inference.modelstore import ModelStore

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call
    from tests.companion.conftest import ScriptedEngine

MODEL_KEYS = {
    "name",
    "aliases",
    "title",
    "licence",
    "sha256",
    "size_bytes",
    "state",
    "used",
}


class TestList:
    def test_every_model_says_what_of_it_is_here(self, call: Call) -> None:
        models = call("model", "list", "--json").document["models"]
        assert all(item.keys() == MODEL_KEYS for item in models)
        assert {item["state"] for item in models} == {"not downloaded"}
        assert [item["aliases"] for item in models if item["used"]] == [["default"]]

    def test_a_converted_model_is_ready(self, call: Call, engine: ScriptedEngine) -> None:
        models = call("model", "list", "--json").document["models"]
        assert [item["state"] for item in models if item["used"]] == ["ready"]
        assert call("status", "--json").document["model"]["state"] == "ready"

    def test_people_see_the_licence(self, call: Call) -> None:
        assert "Apache-2.0" in call("model", "list").out


class TestUse:
    def test_the_choice_stays_and_comments_of_the_config_too(self, call: Call, home: Path) -> None:
        home.mkdir()
        (home / "config.toml").write_text("# mine\nsettle_s = 5\n", encoding="utf-8")
        used = call("model", "use", "tiny", "--json")
        assert [item["aliases"] for item in used.document["models"] if item["used"]] == [["tiny"]]
        assert "# mine" in (home / "config.toml").read_text(encoding="utf-8")
        assert call("status", "--json").document["model"]["name"] == "smollm2-135m"

    def test_none_is_a_choice(self, call: Call) -> None:
        assert call("model", "use", "none").out == "none is used from now on.\n"
        assert call("status", "--json").document["model"] == {
            "name": "none",
            "state": "none wanted",
        }

    def test_what_is_not_here_is_to_be_pulled(self, call: Call) -> None:
        assert "pull it first" in call("model", "use", "tiny").out

    def test_an_unknown_name_lists_the_known_and_changes_nothing(
        self, call: Call, home: Path
    ) -> None:
        error = call("model", "use", "gpt", "--json").get_error()
        assert "'gpt'" in error
        assert "qwen2.5-coder-0.5b" in error
        assert not (home / "config.toml").exists()


class TestPull:
    def test_a_file_with_a_wrong_hash_is_refused_with_both_hashes(
        self, call: Call, tmp_path: Path, home: Path
    ) -> None:
        path = tmp_path / "model.gguf"
        path.write_bytes(b"GGUF, but another one")
        failed = call("model", "pull", "tiny", "--from", path, "--json")
        assert (failed.code, failed.out) == (1, "")
        error = failed.err.splitlines()[-1]
        assert hashlib.sha256(path.read_bytes()).hexdigest() in error
        assert ModelStore(home).get("tiny").sha256 in error
        assert "companion model pull" in error
        models = call("model", "list", "--json").document["models"]
        assert {item["state"] for item in models} == {"not downloaded"}

    def test_a_file_that_is_not_there_is_one_line(self, call: Call, tmp_path: Path) -> None:
        assert (
            "gone.gguf"
            in call("model", "pull", "tiny", "--from", tmp_path / "gone.gguf").get_error()
        )

    def test_an_unknown_name_is_one_line(self, call: Call) -> None:
        assert "'gpt'" in call("model", "pull", "gpt", "--json").get_error()

    def test_the_seal_is_lifted_for_the_pull_alone(
        self, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lifted = []
        monkeypatch.setattr(_Seal, "installed", True)
        monkeypatch.setattr(ModelStore, "pull", lambda *_, **__: lifted.append(not is_sealed()))
        monkeypatch.setattr(ModelStore, "prepare", lambda *_: lifted.append(not is_sealed()))
        assert call("model", "pull", "tiny", "--json").code == 0
        assert lifted == [True, False]
        assert is_sealed()


class TestAddAndVerify:
    @pytest.mark.parametrize("content", [b"", b"no model", b"GGUF\x03\x00\x00\x00"])
    def test_a_file_that_is_no_model_is_refused(
        self, call: Call, tmp_path: Path, content: bytes
    ) -> None:
        path = tmp_path / "mine.gguf"
        path.write_bytes(content)
        assert "not a usable GGUF file" in call("model", "add", path, "--json").get_error()

    def test_a_folder_that_is_no_model_is_refused(self, call: Call, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()
        assert "mine" in call("model", "add", tmp_path / "mine", "--json").get_error()

    def test_a_path_that_is_not_there_is_wrong_usage(self, call: Call, tmp_path: Path) -> None:
        assert call("model", "add", tmp_path / "gone").code == 2

    def test_a_missing_model_fails_its_check_with_a_remedy(self, call: Call) -> None:
        verified = call("model", "verify", "tiny", "--json")
        assert verified.code == 1
        (model,) = verified.document["models"]
        assert not all(check["ok"] for check in model["checks"])
        (error,) = verified.err.splitlines()
        assert "companion model pull" in error


def test_a_damaged_model_is_named_and_its_highlights_stay(
    stocked: Call, engine: ScriptedEngine, home: Path
) -> None:
    store = ModelStore(home / "cache")
    (store.folder_of(store.get("default")) / "model.bin").write_bytes(b"weighty")
    failed = stocked("summarize", "Climbing", "--json")
    assert failed.code == 1
    (error,) = failed.err.splitlines()
    assert "companion model pull" in error
    (summary,) = failed.document["summaries"]
    assert summary["highlights"]
    assert summary["gist"] == "pending"
