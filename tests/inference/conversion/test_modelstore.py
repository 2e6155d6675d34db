from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from inference.catalogue import Catalogue, CatalogueEntry
from inference.conversion.assembly import Recipe
from inference.conversion.conversion import Job, convert
from inference.ctranslate import open_generator
from inference.errors import BrokenModelFile, ModelMissing, UnsupportedModel
from inference.files import sha256_of
from inference.modelstore import ModelStore
from inference.tokenizer import Tokenizer

if TYPE_CHECKING:
    from tests.inference.conversion.conftest import TinyModel


def silent(*_: object) -> None:
    return


@pytest.fixture
def stocked(tmp_path: Path, tiny: type[TinyModel]) -> tuple[ModelStore, CatalogueEntry]:
    """A store whose catalogue has one entry, pulled but not converted."""
    path = tiny("llama").write(tmp_path / "source.gguf")
    entry = CatalogueEntry(
        name="small",
        aliases=("default",),
        title="Small",
        file="small.gguf",
        sha256=sha256_of(path),
        size_bytes=path.stat().st_size,
        licence="Apache-2.0",
        context_tokens=256,
        divergence_limit=0.08,
    )
    store = ModelStore(tmp_path / "cache", Catalogue((entry,)))
    store.pull(entry, from_file=path, progress=silent)
    return store, entry


def test_a_pulled_model_is_converted_once_and_then_reused(
    stocked: tuple[ModelStore, CatalogueEntry],
) -> None:
    store, entry = stocked
    assert store.find(entry) is None
    stages: list[str] = []

    def progress(_done: int, _total: int, stage: str) -> None:
        stages.append(stage)

    model = store.prepare(entry, progress)
    assert "layers" in stages
    stages.clear()
    assert store.prepare(entry, progress) == model
    assert stages == []
    tokenizer = Tokenizer.load(model.path)
    generator = open_generator(model.path, threads=1)
    prompt = tokenizer.tokens(tokenizer.encode("the thin other"))
    result = generator.generate_batch([prompt], max_length=4, include_prompt_in_result=False)
    assert len(result[0].sequences_ids[0]) <= 4


def test_nothing_pulled_says_what_to_run(
    tmp_path: Path, stocked: tuple[ModelStore, CatalogueEntry]
) -> None:
    store, entry = stocked
    store.file_of(entry).unlink()
    with pytest.raises(ModelMissing) as caught:
        store.prepare(entry, silent)
    assert caught.value.next_step == "run companion model pull small"


def test_what_an_older_converter_made_is_deleted(
    stocked: tuple[ModelStore, CatalogueEntry],
) -> None:
    store, entry = stocked
    older = store.folder_of(entry).with_name(f"small-{entry.sha256[:12]}-v0")
    older.mkdir()
    store.prepare(entry, silent)
    assert not older.exists()
    assert store.find(entry) is not None


def test_what_killed_processes_left_is_deleted_though_the_model_is_ready(
    stocked: tuple[ModelStore, CatalogueEntry],
) -> None:
    store, entry = stocked
    ready = store.prepare(entry, silent)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    folder = ready.path
    old = folder.with_name(f".{folder.name}.part-{dead.pid}-old")
    file = store.file_of(entry).with_name(f".{entry.file}.part-{dead.pid}")
    older = folder.with_name(f"small-{entry.sha256[:12]}-v0")
    alive = folder.with_name(f".{folder.name}.part-{os.getpid()}")
    for path in (old, older, alive):
        path.mkdir()
        (path / "model.bin").write_bytes(b"weights")
    file.write_bytes(b"GGUF")
    assert store.prepare(entry, silent) == ready
    assert [path.exists() for path in (old, file, older, alive)] == [False, False, False, True]


def truncate(folder: Path) -> None:
    data = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(data[: len(data) // 2])


def flip_a_bit(folder: Path) -> None:
    data = bytearray((folder / "model.bin").read_bytes())
    data[len(data) // 2] ^= 4
    (folder / "model.bin").write_bytes(data)


def lose_the_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def scribble_facts(folder: Path) -> None:
    (folder / "companion.json").write_text('{"name": 1}')


DAMAGE = [truncate, flip_a_bit, lose_the_tokenizer, scribble_facts]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_is_noticed_and_made_anew(
    stocked: tuple[ModelStore, CatalogueEntry], damage: Callable[[Path], None]
) -> None:
    store, entry = stocked
    whole = store.prepare(entry, silent)
    damage(whole.path)
    assert not all(check.ok for check in store.verify(entry))
    assert store.prepare(entry, silent) == whole
    assert all(check.ok for check in store.verify(entry))


@pytest.mark.parametrize("damage", [truncate, lose_the_tokenizer, scribble_facts])
def test_damage_that_sizes_show_is_found_without_reading_the_weights(
    stocked: tuple[ModelStore, CatalogueEntry], damage: Callable[[Path], None]
) -> None:
    store, entry = stocked
    damage(store.prepare(entry, silent).path)
    with pytest.raises(BrokenModelFile):
        store.find(entry)
    assert [model.is_ready for model in store.list_models()] == [False]


def test_verify_catches_a_plain_conversion_by_its_weights_and_by_its_answers(
    tmp_path: Path, tiny: type[TinyModel]
) -> None:
    path = tiny("llama").with_outliers().write(tmp_path / "source.gguf")
    store = ModelStore(tmp_path / "cache", Catalogue(()))
    entry = store.add(path).entry
    folder = store.folder_of(entry)
    folder.parent.mkdir(exist_ok=True)
    plain = Recipe(bounded=False, smooth=False, untie=False)
    convert(Job(path, folder), silent, plain)
    checks = {check.name: check for check in store.verify(entry)}
    assert not checks["int8 overflow"].ok
    assert "128 is safe" in checks["int8 overflow"].detail
    from dataclasses import replace

    strict = replace(entry, divergence_limit=0.012)
    checks = {check.name: check for check in store.verify(strict)}
    assert not checks["answers"].ok
    assert checks["answers"].remedy


def test_verify_of_nothing_says_what_is_missing(
    tmp_path: Path, stocked: tuple[ModelStore, CatalogueEntry]
) -> None:
    store, entry = stocked
    checks = store.verify(entry)
    assert [(check.name, check.ok) for check in checks] == [
        ("file", True),
        ("converted model", False),
    ]
    shutil.rmtree(tmp_path / "cache")
    assert [check.ok for check in store.verify(entry)] == [False, False]


# ---------------------------------------------------------------- added models


def test_an_added_file_is_a_model_like_any_other(tmp_path: Path, tiny: type[TinyModel]) -> None:
    path = tiny("qwen2").write(tmp_path / "My Model (v2).gguf")
    store = ModelStore(tmp_path / "cache")
    added = store.add(path)
    assert added.warnings == ()
    assert added.entry.name == "my-model-v2"
    again = ModelStore(tmp_path / "cache")
    entry = again.get("my-model-v2")
    assert entry == added.entry
    assert again.prepare(entry, silent).facts.architecture == "qwen2"
    assert all(check.ok for check in again.verify(entry))
    again.remove(entry)
    with pytest.raises(ModelMissing):
        again.get("my-model-v2")


def test_a_file_that_cannot_be_converted_is_refused_when_it_is_added(
    tmp_path: Path, tiny: type[TinyModel]
) -> None:
    path = tiny("mamba").write(tmp_path / "m.gguf")
    store = ModelStore(tmp_path / "cache", Catalogue(()))
    with pytest.raises(UnsupportedModel, match="mamba"):
        store.add(path)
    assert store.list_models() == []


@pytest.mark.parametrize("safe", [True, False])
def test_a_ready_folder_is_added_with_a_warning_when_it_can_saturate(
    tmp_path: Path, tiny: type[TinyModel], safe: bool
) -> None:
    path = tiny("llama").write(tmp_path / "m.gguf")
    convert(Job(path, tmp_path / "ready"), silent, None if safe else Recipe(bounded=False))
    for extra in ("companion.json", "reference.npz"):
        (tmp_path / "ready" / extra).unlink()
    store = ModelStore(tmp_path / "cache", Catalogue(()))
    added = store.add(tmp_path / "ready")
    assert [("overflow" in warning) for warning in added.warnings] == ([] if safe else [True])
    model = store.prepare(store.get("ready"), silent)
    assert model.facts.converter_version == 0
    assert model.facts.stop_tokens == ("<|im_end|>",)
    assert all(check.ok for check in store.verify(added.entry)) is safe


@pytest.mark.parametrize(
    "missing", ["model.bin", "config.json", "vocabulary.json", "tokenizer.json"]
)
def test_a_folder_without_its_files_is_no_model(
    tmp_path: Path, tiny: type[TinyModel], missing: str
) -> None:
    path = tiny("llama").write(tmp_path / "m.gguf")
    convert(Job(path, tmp_path / "ready"), silent)
    (tmp_path / "ready" / missing).unlink()
    store = ModelStore(tmp_path / "cache", Catalogue(()))
    with pytest.raises(BrokenModelFile, match=missing.replace(".", r"\.")):
        store.add(tmp_path / "ready")
    assert store.list_models() == []
