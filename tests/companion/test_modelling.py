"""What the configured model is called, whether it is there, and when it takes memory."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from companion.config import Config
from companion.modelling import Model
from inference.errors import BrokenModelFile, InferenceError, ModelMissing
from inference.modelstore import ModelStore

if TYPE_CHECKING:
    from companion.paths import Paths
    from tests.companion.conftest import ScriptedEngine


def find_folder(paths: Paths) -> Path:
    store = ModelStore(paths.cache)
    return store.folder_of(store.get("default"))


def put_file(paths: Paths) -> None:
    store = ModelStore(paths.cache)
    file = store.file_of(store.get("default"))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"GGUF")


class TestState:
    @pytest.mark.parametrize(
        ("name", "state", "shown"),
        [
            ("default", "not downloaded", "qwen2.5-coder-0.5b"),
            ("none", "none wanted", "none"),
            ("gpt", "unknown", "gpt"),
        ],
    )
    def test_of_an_empty_cache(self, paths: Paths, name: str, state: str, shown: str) -> None:
        model = Model(Config(model=name), paths.cache)
        assert (model.state, model.name) == (state, shown)
        assert not model.is_usable
        assert model.identity == "none"
        with pytest.raises(InferenceError):
            model.load()

    def test_a_file_alone_is_yet_to_be_converted(self, paths: Paths) -> None:
        put_file(paths)
        model = Model(Config(), paths.cache)
        assert model.state == "not converted yet"
        assert model.is_usable

    def test_a_converted_model_is_ready_without_its_file(
        self, paths: Paths, engine: ScriptedEngine
    ) -> None:
        model = Model(Config(), paths.cache)
        assert model.state == "ready"
        assert model.identity == find_folder(paths).name

    def test_a_damaged_one_is_as_good_as_its_file(
        self, paths: Paths, engine: ScriptedEngine
    ) -> None:
        (find_folder(paths) / "model.bin").write_bytes(b"cut")
        assert Model(Config(), paths.cache).state == "not downloaded"
        put_file(paths)
        assert Model(Config(), paths.cache).state == "not converted yet"


class TestMemory:
    def test_it_is_loaded_once_and_freed_once(self, paths: Paths, engine: ScriptedEngine) -> None:
        model = Model(Config(), paths.cache)
        assert not model.is_loaded
        assert model.load() is model.load()
        assert model.is_loaded
        model.unload()
        model.unload()
        assert not model.is_loaded
        assert (engine.loads, engine.closes) == (1, 1)
        model.load()
        assert engine.loads == 2

    def test_a_model_whose_bytes_changed_is_never_loaded(
        self, paths: Paths, engine: ScriptedEngine
    ) -> None:
        (find_folder(paths) / "model.bin").write_bytes(b"weighty")
        with pytest.raises((BrokenModelFile, ModelMissing)):
            Model(Config(), paths.cache).load()
        assert engine.loads == 0

    def test_one_that_went_away_is_missing(self, paths: Paths, engine: ScriptedEngine) -> None:
        model = Model(Config(), paths.cache)
        shutil.rmtree(find_folder(paths))
        with pytest.raises(ModelMissing, match="not on this machine"):
            model.load()


def test_two_models_have_two_identities(paths: Paths, engine: ScriptedEngine) -> None:
    put_file(paths)
    tiny = ModelStore(paths.cache)
    tiny.file_of(tiny.get("tiny")).write_bytes(b"GGUF")
    names = {
        Model(Config(model=name), paths.cache).identity for name in ("default", "tiny", "none")
    }
    assert len(names) == 3
