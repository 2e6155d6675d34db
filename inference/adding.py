"""Adds models by hand: a GGUF file or a ready CTranslate2 folder becomes known by a note."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import asdict
from pathlib import Path

from inference.added import AddedModel
from inference.catalogue import CatalogueEntry
from inference.ctranslate import PAIR_LIMIT, read_config
from inference.errors import BrokenModelFile
from inference.files import FILE_MODE, link_or_copy, make_folder, sha256_of
from inference.modelfolder import REQUIRED_FILES, ModelFacts, write_facts
from inference.selftest import DEFAULT_DIVERGENCE_LIMIT, worst_pair

# A ready folder says nothing of how long its prompts may be; this is safe for every model.
_CAUTIOUS_CONTEXT_TOKENS = 2048


def entry_for_file(path: Path, models: Path) -> AddedModel:
    """The entry of a GGUF file, noted; raises UnsupportedModel when it cannot be converted."""
    from inference.conversion.architecture import read_architecture
    from inference.gguf import GgufFile

    with GgufFile(path) as gguf:
        architecture = read_architecture(gguf)
        licence = gguf.text("general.license", "")
    sha256 = sha256_of(path)
    entry = CatalogueEntry(
        name=_name_of(path.stem),
        aliases=(),
        title=path.name,
        file=f"{sha256[:12]}-{_name_of(path.stem)}.gguf",
        sha256=sha256,
        size_bytes=path.stat().st_size,
        licence=licence,
        context_tokens=architecture.context_tokens,
        divergence_limit=DEFAULT_DIVERGENCE_LIMIT,
    )
    _note(entry, models)
    return AddedModel(entry, ())


def link_folder(path: Path, models: Path) -> AddedModel:
    """A ready CTranslate2 folder, checked as far as its files allow, linked and noted.

    Raises BrokenModelFile when a file is missing or does not hold together.
    """
    for name in REQUIRED_FILES:
        if not (path / name).is_file():
            raise BrokenModelFile(
                f"{path.name} is no CTranslate2 model folder: {name} is missing",
                next_step="pass a folder with model.bin, config.json, vocabulary.json and "
                "tokenizer.json, or a GGUF file",
            )
    facts = _facts_of_folder(path)
    pair, where = worst_pair(path)
    entry = CatalogueEntry(
        name=_name_of(path.name),
        aliases=(),
        title=path.name,
        file="",
        sha256=facts.model_sha256,
        size_bytes=facts.model_size_bytes,
        licence="",
        context_tokens=facts.context_tokens,
        divergence_limit=DEFAULT_DIVERGENCE_LIMIT,
    )
    target = models / f"{entry.name}-{entry.sha256[:12]}"
    part = models / f".{target.name}.part-{os.getpid()}"
    shutil.rmtree(part, ignore_errors=True)
    make_folder(part)
    try:
        for name in REQUIRED_FILES:
            link_or_copy(path / name, part / name)
        write_facts(part, facts)
        (part / "companion.json").chmod(FILE_MODE)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _note(entry, models)
    warning = (
        f"int8 weights in {where} can overflow on processors without VNNI (pairs reach {pair}, "
        f"{PAIR_LIMIT} is safe): its answers may be wrong there; a GGUF file of it would be safe"
    )
    return AddedModel(entry, (warning,) if pair > PAIR_LIMIT else ())


def _facts_of_folder(path: Path) -> ModelFacts:
    config = read_config(path)
    eos = config.get("eos_token")
    bos = config.get("bos_token")
    if not isinstance(eos, str) or not eos:
        raise BrokenModelFile(
            f"{path.name}/config.json names no end token",
            next_step="convert the model again, or pass a GGUF file",
        )
    return ModelFacts(
        converter_version=0,
        name=path.name,
        architecture="",
        licence="",
        source_name=path.name,
        source_sha256="",
        adapter_sha256="",
        adapter_prompt="",
        context_tokens=_CAUTIOUS_CONTEXT_TOKENS,
        prompt_limit_tokens=_CAUTIOUS_CONTEXT_TOKENS,
        sliding_window=0,
        chat_template="",
        bos_token=bos if isinstance(bos, str) else "",
        eos_token=eos,
        adds_bos=False,
        stop_tokens=(eos,),
        model_sha256=sha256_of(path / "model.bin"),
        model_size_bytes=(path / "model.bin").stat().st_size,
    )


def _name_of(stem: str) -> str:
    """A name that is safe as a file name and on a command line."""
    return re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip(".-") or "model"


def _note(entry: CatalogueEntry, models: Path) -> None:
    path = models / "added" / f"{entry.name}.json"
    make_folder(path.parent)
    beside = path.with_name(f".{path.name}.part-{os.getpid()}")
    beside.write_text(json.dumps(asdict(entry)), encoding="utf-8")
    beside.chmod(FILE_MODE)
    beside.replace(path)
