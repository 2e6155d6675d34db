"""Owns one whole conversion inside its own process: from a GGUF file to a tested model folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from inference.conversion.adapter import Adapter, read_adapter
from inference.conversion.architecture import Architecture, read_architecture
from inference.conversion.assembly import Assembled, Recipe, Report, assemble, count_steps
from inference.conversion.calibration import calibration_for
from inference.conversion.layers import Floats
from inference.errors import BrokenModelFile, ConversionFailed, UnsupportedModel
from inference.files import is_disk_full, no_room, require_room, sha256_of
from inference.gguf import GgufFile
from inference.modelfolder import CONVERTER_VERSION, ModelFacts, write_facts
from inference.selftest import DEFAULT_DIVERGENCE_LIMIT, SelfTest, self_test, write_reference
from inference.tokenizer import BuiltTokenizer, build_tokenizer

# Calibration texts longer than this add time and no outliers.
_LONGEST_TEXT_TOKENS = 400

# An output layer of its own is worth it up to this many values (one byte each): for SmolLM2 it
# lowers the divergence from 0.025 to 0.021 for 28 MB, for Gemma 3 270M from 0.021 to 0.017 but
# for 168 MB of a 270 MB model.
_UNTIE_VALUES = 140_000_000

# tokenizer.json, vocabulary.json and the reference: measured 2 to 20 MB.
_OTHER_FILES_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """One conversion to do."""

    source: Path
    folder: Path
    """Where the model is to be; its parent exists."""

    source_sha256: str = ""
    """What the file must be; "" when any file will do."""

    adapter: Path | None = None
    divergence_limit: float = DEFAULT_DIVERGENCE_LIMIT


def convert(job: Job, report: Report, recipe: Recipe | None = None) -> None:
    """Makes job.folder, whole or not at all, replacing what was there.

    Writes beside it first and moves the folder into place when the self-test has passed. Raises
    any InferenceError; nothing is left behind unless the process is killed.
    """
    report(0, 0, "checking the file")
    source_sha256 = sha256_of(job.source)
    if job.source_sha256 and source_sha256 != job.source_sha256:
        raise BrokenModelFile(
            f"{job.source.name} has the SHA-256 {source_sha256}, expected {job.source_sha256}",
            next_step="fetch it again with: companion model pull",
        )
    adapter = read_adapter(job.adapter) if job.adapter is not None else None
    if adapter is not None:
        adapter.require_base(source_sha256)
    part = part_folder(job.folder)
    try:
        with GgufFile(job.source) as gguf:
            architecture = read_architecture(gguf)
            needed_bytes = needed_room(gguf)
            require_room(job.folder.parent, needed_bytes)
            part.mkdir(mode=0o700)
            facts = _write(gguf, architecture, adapter, job, part, report, recipe)
        steps = count_steps(architecture)
        report(steps - 1, steps, "self-test")
        _prove(part, facts(source_sha256), job, recipe)
        _replace(part, job.folder)
        report(steps, steps, "done")
    except OSError as error:
        if is_disk_full(error):
            raise no_room(job.folder.parent, needed_bytes) from error
        raise ConversionFailed(
            f"converting {job.source.name} failed: {error.strerror or error}",
            next_step="check the permissions of the model folder and try again",
        ) from error
    except MemoryError as error:
        raise ConversionFailed(
            f"not enough memory to convert {job.source.name}",
            next_step="close other programs, or pick a smaller model: companion model list",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def part_folder(folder: Path) -> Path:
    """Where this process writes the model before it is moved to `folder`."""
    return folder.with_name(f".{folder.name}.part-{os.getpid()}")


def needed_room(gguf: GgufFile) -> int:
    """Bytes the converted model takes on the disk, rounded up."""
    values = sum(info.n_rows * info.n_cols for info in gguf.tensors.values())
    rows = sum(info.n_rows for info in gguf.tensors.values())
    table = gguf.info("token_embd.weight")
    untied = "output.weight" not in gguf and table.n_rows * table.n_cols <= _UNTIE_VALUES
    head = table.n_rows * table.n_cols if untied else 0
    return values + head + 8 * rows + _OTHER_FILES_BYTES


def _write(
    gguf: GgufFile,
    architecture: Architecture,
    adapter: Adapter | None,
    job: Job,
    part: Path,
    report: Report,
    recipe: Recipe | None,
) -> Callable[[str], ModelFacts]:
    built = build_tokenizer(gguf)
    calibration = calibration_for(
        built, longest_tokens=min(_LONGEST_TEXT_TOKENS, architecture.prompt_limit_tokens)
    )
    if recipe is None:
        table = gguf.info("token_embd.weight")
        recipe = Recipe(untie=table.n_rows * table.n_cols <= _UNTIE_VALUES)

    def unchanged(_name: str, weights: Floats) -> Floats:
        return weights

    merge = unchanged if adapter is None else adapter.merge
    assembled = assemble(gguf, architecture, calibration, recipe, merge, report)
    if adapter is not None:
        adapter.require_merged()
    report(architecture.n_layers + 2, count_steps(architecture), "saving")
    _save(assembled, built, part)
    write_reference(part, calibration.probes, assembled.probe_logits)
    fields = {key: gguf.text(key, "") for key in _TEXT_KEYS}

    def facts(source_sha256: str) -> ModelFacts:
        return ModelFacts(
            converter_version=CONVERTER_VERSION,
            name=fields["general.name"],
            architecture=architecture.name,
            licence=fields["general.license"],
            source_name=job.source.name,
            source_sha256=source_sha256,
            adapter_sha256=sha256_of(job.adapter) if job.adapter is not None else "",
            adapter_prompt=adapter.prompt if adapter is not None else "",
            context_tokens=architecture.context_tokens,
            prompt_limit_tokens=architecture.prompt_limit_tokens,
            sliding_window=architecture.sliding_window,
            chat_template=fields["tokenizer.chat_template"],
            bos_token=built.bos,
            eos_token=built.eos,
            adds_bos=built.adds_bos,
            stop_tokens=built.stops,
            model_sha256=sha256_of(part / "model.bin"),
            model_size_bytes=(part / "model.bin").stat().st_size,
        )

    return facts


_TEXT_KEYS = ("general.name", "general.license", "tokenizer.chat_template")


def _save(assembled: Assembled, built: BuiltTokenizer, part: Path) -> None:
    spare = assembled.n_rows - len(built.tokens)
    if spare < 0:
        raise UnsupportedModel(
            f"{len(built.tokens)} tokens in a table of {assembled.n_rows} rows are not supported",
            next_step="pick a model from: companion model list",
        )
    # Rows that no token has (padding to a round size) need a name in CTranslate2's vocabulary.
    tokens = [*built.tokens, *(f"<extra_id_{index}>" for index in range(spare))]
    assembled.files.save(
        part, tokens, bos=built.bos or built.eos, eos=built.eos, unknown=built.unknown
    )
    built.tokenizer.save(str(part / "tokenizer.json"), pretty=False)


def _prove(part: Path, facts: ModelFacts, job: Job, recipe: Recipe | None) -> None:
    int8 = recipe is None or recipe.int8
    found = self_test(
        part,
        divergence_limit=job.divergence_limit,
        compute_type="int8" if int8 else "float32",
    )
    if recipe is None and not found.passed:
        raise ConversionFailed(
            f"the converted {job.source.name} failed its self-test: {_reason(found)}",
            next_step="use another model, and report this file: companion model list",
        )
    write_facts(part, replace(facts, self_test=found.to_json()))


def _reason(found: SelfTest) -> str:
    if found.can_saturate:
        return f"weights in {found.worst_pair_in} can overflow"
    return f"it diverges by {found.mean_divergence:.3f} nats (limit {found.divergence_limit:g})"


def _replace(part: Path, folder: Path) -> None:
    for file in part.iterdir():
        file.chmod(0o600)
        _flush(file)
    _flush(part)
    if folder.exists():
        # A directory cannot be replaced by another in one step: move the old one out of the way.
        # Killed between the two renames, there is no model, and it is made again.
        old = folder.with_name(f".{folder.name}.part-{os.getpid()}-old")
        folder.rename(old)
        part.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        part.rename(folder)
    _flush(folder.parent)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
