"""Owns `model verify`: turning what is found about a stored model into checks with remedies."""

from __future__ import annotations

from pathlib import Path

from inference.catalogue import CatalogueEntry
from inference.ctranslate import PAIR_LIMIT
from inference.errors import InferenceError
from inference.files import sha256_of
from inference.modelfolder import ModelFolder, read_folder
from inference.modelstore import Check
from inference.selftest import REFERENCE_FILE, divergences, worst_pair


def verify_file(entry: CatalogueEntry, path: Path) -> Check:
    """Whether the GGUF file is there and is the entry's."""
    remedy = f"run companion model pull {entry.name}"
    if not path.is_file():
        return Check("file", False, f"{entry.file} is not on this machine", remedy)
    found = sha256_of(path)
    if found != entry.sha256:
        detail = f"{entry.file} has the SHA-256 {found}, expected {entry.sha256}"
        return Check("file", False, detail, remedy)
    return Check("file", True, f"SHA-256 {found}", "")


def verify_folder(folder: Path, divergence_limit: float, threads: int, remake: str) -> list[Check]:
    """The checks of a converted model: files, hash, overflow, divergence.

    Stops at a check whose failure leaves nothing for the next ones to mean.
    """
    try:
        model = read_folder(folder)
    except InferenceError as error:
        detail = str(error) if folder.is_dir() else "it is not converted yet"
        return [Check("converted model", False, detail, remake)]
    found = sha256_of(model.model_file)
    if found != model.facts.model_sha256:
        detail = f"model.bin has the SHA-256 {found}, expected {model.facts.model_sha256}"
        return [Check("converted model", False, detail, remake)]
    return [
        Check("converted model", True, f"SHA-256 {found}", ""),
        _overflow(model, remake),
        _divergence(model, divergence_limit, threads, remake),
    ]


def _overflow(model: ModelFolder, remake: str) -> Check:
    try:
        pair, where = worst_pair(model.path)
    except InferenceError as error:
        return Check("int8 overflow", False, str(error), remake)
    detail = f"neighbouring weights reach {pair}, {PAIR_LIMIT} is safe on every processor"
    if pair > PAIR_LIMIT:
        return Check("int8 overflow", False, f"{detail} (in {where})", remake)
    return Check("int8 overflow", True, detail, "")


def _divergence(model: ModelFolder, limit: float, threads: int, remake: str) -> Check:
    name = "answers"
    if not (model.path / REFERENCE_FILE).is_file():
        ready_made = model.facts.converter_version == 0
        detail = "nothing to compare with: it was converted by another tool"
        if not ready_made:
            return Check(name, False, f"{REFERENCE_FILE} is missing", remake)
        return Check(name, True, detail, "")
    try:
        found = [value for prompt in divergences(model.path, threads=threads) for value in prompt]
    except InferenceError as error:
        return Check(name, False, str(error), remake)
    mean = sum(found) / len(found)
    detail = f"mean divergence from the float32 model {mean:.4f} nats, limit {limit:g}"
    return Check(name, mean <= limit, detail, "" if mean <= limit else remake)
