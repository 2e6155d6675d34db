from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inference.conversion import conversion
from inference.conversion.assembly import Recipe
from inference.conversion.conversion import Job, convert
from inference.conversion.process import convert_in_process
from inference.errors import (
    BrokenModelFile,
    ConversionFailed,
    NoDiskSpace,
    UnsupportedModel,
)
from inference.files import sha256_of
from inference.modelfolder import read_folder
from inference.selftest import self_test

if TYPE_CHECKING:
    from tests.inference.conversion.conftest import TinyModel

ARCHITECTURES = ["llama", "qwen2", "qwen3", "phi3", "gemma3"]


def silent(*_: object) -> None:
    return


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_converts_to_a_folder_that_passes_its_self_test(
    tmp_path: Path, tiny: type[TinyModel], architecture: str
) -> None:
    path = tiny(architecture).with_outliers().write(tmp_path / "m.gguf")
    convert(Job(path, tmp_path / "m"), silent)
    facts = read_folder(tmp_path / "m").facts
    assert facts.architecture == architecture
    assert facts.source_sha256 == sha256_of(path)
    assert facts.model_sha256 == sha256_of(tmp_path / "m" / "model.bin")
    assert facts.self_test["passed"] is True
    assert facts.stop_tokens == ("<|im_end|>", "<|endoftext|>")
    assert facts.chat_template == "{{ messages }}"
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "m").iterdir()} == {0o600}


def test_the_limits_of_each_architecture_are_noted(tmp_path: Path, tiny: type[TinyModel]) -> None:
    """(context, prompt limit): Gemma's prompts stay in one window, a windowed phi3 wholly."""
    wanted = {"llama": (256, 256), "gemma3": (256, 16), "phi3": (64, 64)}
    for architecture, limits in wanted.items():
        model = tiny(architecture, window=64 if architecture == "phi3" else 0)
        path = model.write(tmp_path / f"{architecture}.gguf")
        convert(Job(path, tmp_path / architecture), silent)
        facts = read_folder(tmp_path / architecture).facts
        assert (facts.context_tokens, facts.prompt_limit_tokens) == limits


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_plain_conversion_is_caught_on_any_processor(
    tmp_path: Path, tiny: type[TinyModel], architecture: str
) -> None:
    path = tiny(architecture).with_outliers().write(tmp_path / "m.gguf")
    plain = Recipe(bounded=False, smooth=False, untie=False)
    convert(Job(path, tmp_path / "m"), silent, plain)
    found = self_test(tmp_path / "m")
    assert found.can_saturate
    assert not found.passed


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "phi3"])
def test_smoothing_is_what_keeps_outliers_from_drowning_the_rest(
    tmp_path: Path, tiny: type[TinyModel], architecture: str
) -> None:
    path = tiny(architecture).with_outliers().write(tmp_path / "m.gguf")
    convert(Job(path, tmp_path / "with"), silent)
    convert(Job(path, tmp_path / "without"), silent, Recipe(smooth=False, untie=False))
    with_, without = self_test(tmp_path / "with"), self_test(tmp_path / "without")
    assert with_.mean_divergence < without.mean_divergence / 2


def test_a_model_over_its_divergence_limit_is_not_kept(
    tmp_path: Path, tiny: type[TinyModel]
) -> None:
    path = tiny("llama").write(tmp_path / "m.gguf")
    with pytest.raises(ConversionFailed, match="diverges"):
        convert(Job(path, tmp_path / "m", divergence_limit=1e-9), silent)
    assert [file.name for file in tmp_path.iterdir()] == ["m.gguf"]


def test_the_same_file_gives_the_same_bytes(tmp_path: Path, tiny: type[TinyModel]) -> None:
    path = tiny("qwen2").write(tmp_path / "m.gguf")
    for name in ("a", "b"):
        convert(Job(path, tmp_path / name), silent)
    facts = [read_folder(tmp_path / name).facts for name in ("a", "b")]
    assert facts[0] == facts[1]


def test_a_conversion_replaces_what_was_there(tmp_path: Path, tiny: type[TinyModel]) -> None:
    path = tiny("llama").write(tmp_path / "m.gguf")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "junk").write_text("x")
    convert(Job(path, tmp_path / "m"), silent)
    assert not (tmp_path / "m" / "junk").exists()
    read_folder(tmp_path / "m")


REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("mamba", {}, "mamba"),
    ("llama", {"fields": {"llama.rope.scaling.type": "yarn"}}, "yarn"),
    ("llama", {"fields": {"llama.expert_count": 8}}, "experts"),
    ("phi3", {"tensors": {"rope_factors_long.weight": np.ones(4, np.float32)}}, "longrope"),
    ("llama", {"tensors": {"blk.0.attn_sinks.weight": np.ones(4, np.float32)}}, "attn_sinks"),
    ("llama", {"fields": {"tokenizer.ggml.pre": "deepseek-coder"}}, "deepseek-coder"),
    ("llama", {"tensors": {"blk.0.ffn_up.bias": np.ones(48, np.float32)}}, "ffn_up.bias"),
]


@pytest.mark.parametrize(("architecture", "changes", "named"), REFUSED)
def test_what_is_not_supported_is_refused_by_name(
    tmp_path: Path,
    tiny: type[TinyModel],
    architecture: str,
    changes: dict[str, object],
    named: str,
) -> None:
    path = tiny(architecture, **changes).write(tmp_path / "m.gguf")  # type: ignore[arg-type]
    with pytest.raises(UnsupportedModel, match=named):
        convert(Job(path, tmp_path / "m"), silent)
    assert [file.name for file in tmp_path.iterdir()] == ["m.gguf"]


def test_a_file_with_values_that_are_not_finite_is_broken(
    tmp_path: Path, tiny: type[TinyModel]
) -> None:
    model = tiny("llama")
    model.tensors["blk.1.ffn_down.weight"][0, 0] = np.nan
    path = model.write(tmp_path / "m.gguf")
    with pytest.raises(BrokenModelFile, match=r"blk\.1\.ffn_down"):
        convert(Job(path, tmp_path / "m"), silent)


def test_a_wrong_hash_names_both_hashes(tmp_path: Path, tiny: type[TinyModel]) -> None:
    path = tiny("llama").write(tmp_path / "m.gguf")
    with pytest.raises(BrokenModelFile) as caught:
        convert(Job(path, tmp_path / "m", source_sha256="0" * 64), silent)
    assert sha256_of(path) in str(caught.value)
    assert "0" * 64 in str(caught.value)


def test_a_full_disk_is_found_before_anything_is_written(
    tmp_path: Path, tiny: type[TinyModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr("inference.files.shutil.disk_usage", lambda _path: usage)
    path = tiny("llama").write(tmp_path / "m.gguf")
    with pytest.raises(NoDiskSpace, match=r"MB are needed, 1 MB are free") as caught:
        convert(Job(path, tmp_path / "m"), silent)
    assert str(tmp_path) in str(caught.value)


def test_a_disk_that_fills_up_meanwhile_is_no_crash(
    tmp_path: Path, tiny: type[TinyModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(conversion, "write_reference", full)
    path = tiny("llama").write(tmp_path / "m.gguf")
    with pytest.raises(NoDiskSpace):
        convert(Job(path, tmp_path / "m"), silent)
    assert [file.name for file in tmp_path.iterdir()] == ["m.gguf"]


# ---------------------------------------------------------------- the process


def run(path: Path, folder: Path, seen: list[tuple[int, int, str]] | None = None) -> None:
    def progress(done: int, total: int, stage: str) -> None:
        if seen is not None:
            seen.append((done, total, stage))

    convert_in_process(
        path,
        folder,
        source_sha256="",
        adapter=None,
        divergence_limit=0.08,
        progress=progress,
    )


def test_the_process_reports_and_gives_the_folder(tmp_path: Path, tiny: type[TinyModel]) -> None:
    path = tiny("llama").write(tmp_path / "m.gguf")
    seen: list[tuple[int, int, str]] = []
    run(path, tmp_path / "m", seen)
    read_folder(tmp_path / "m")
    counted = [done / total for done, total, _ in seen if total]
    assert counted == sorted(counted)
    assert counted[-1] == 1
    assert [stage for _, _, stage in seen][-2:] == ["self-test", "done"]


def test_an_error_in_the_process_is_raised_here_as_itself(
    tmp_path: Path, tiny: type[TinyModel]
) -> None:
    path = tiny("mamba").write(tmp_path / "m.gguf")
    with pytest.raises(UnsupportedModel, match="mamba") as caught:
        run(path, tmp_path / "m")
    assert caught.value.next_step == "pick a model from: companion model list"


def test_a_process_that_dies_is_a_failed_conversion(
    tmp_path: Path, tiny: type[TinyModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tiny("llama").write(tmp_path / "m.gguf")
    killer = tmp_path / "killer"
    killer.write_text("#!/bin/sh\nkill -9 $$\n")
    killer.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(killer))
    with pytest.raises(ConversionFailed, match="signal 9"):
        run(path, tmp_path / "m")


def test_killed_at_any_moment_no_half_made_model_is_left(
    tmp_path: Path, tiny: type[TinyModel]
) -> None:
    """Killed after each of its reports; the next conversion sweeps up and succeeds."""
    path = tiny("gemma3").write(tmp_path / "m.gguf")
    folder = tmp_path / "models" / "m"
    folder.parent.mkdir()
    command = [sys.executable, "-P", "-m", "inference.conversion", str(path), str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for report in (1, 4, 9, 10):
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            for _ in range(report):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        assert not folder.exists()
    run(path, folder)
    assert sorted(file.name for file in folder.parent.iterdir()) == [".m.lock", "m"]
    read_folder(folder)


def test_terminated_it_takes_its_half_made_model_along(
    tmp_path: Path, tiny: type[TinyModel]
) -> None:
    path = tiny("gemma3").write(tmp_path / "m.gguf")

    def interrupt(_done: int, _total: int, stage: str) -> None:
        if stage == "layers":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert_in_process(
            path,
            tmp_path / "m",
            source_sha256="",
            adapter=None,
            divergence_limit=0.08,
            progress=interrupt,
        )
    assert sorted(file.name for file in tmp_path.iterdir()) == [".m.lock", "m.gguf"]


def test_two_conversions_of_one_model_wait_for_each_other(
    tmp_path: Path, tiny: type[TinyModel]
) -> None:
    path = tiny("llama").write(tmp_path / "m.gguf")
    folder = tmp_path / "m"
    command = [sys.executable, "-P", "-m", "inference.conversion", str(path), str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(2)]
    deadline = time.monotonic() + 60
    for process in both:
        output, _ = process.communicate(timeout=deadline - time.monotonic())
        assert json.loads(output.splitlines()[-1]) == {"ok": True}
    read_folder(folder)
