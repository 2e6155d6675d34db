"""Owns companion.json: what is known of one converted model, beside CTranslate2's own files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from inference.errors import BrokenModelFile

FACTS_FILE = "companion.json"

REQUIRED_FILES = ("model.bin", "config.json", "vocabulary.json", "tokenizer.json")

CONVERTER_VERSION = 1
"""Raised when the same GGUF file would give other bytes: older folders are then made anew."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Everything about a converted model that the engine cannot read from its weights."""

    converter_version: int
    """0 for a folder that another tool converted and the owner added."""

    name: str
    """The name the model gives itself; "" when it gives none."""

    architecture: str
    licence: str
    """As the file says it; "" when it says nothing."""

    source_name: str
    source_sha256: str
    adapter_sha256: str
    """"" when no adapter was merged."""

    adapter_prompt: str
    """The prompt format the adapter was trained on; "" without an adapter."""

    context_tokens: int
    """The longest prompt and answer together."""

    prompt_limit_tokens: int
    """The longest prompt that this engine gets right; at most `context_tokens`."""

    sliding_window: int
    """0 when the model looks back on everything."""

    chat_template: str
    """Jinja, as the file holds it; "" when it holds none."""

    bos_token: str
    """"" when the file names none."""

    eos_token: str
    adds_bos: bool
    """Whether a prompt must begin with `bos_token`."""

    stop_tokens: tuple[str, ...]
    model_sha256: str
    """Of model.bin."""

    model_size_bytes: int
    self_test: Mapping[str, object] = field(default_factory=dict)
    """What the self-test found when the model was made; {} when it was not run."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that holds a model ready to load, and what is known of it."""

    path: Path
    facts: ModelFacts

    @property
    def model_file(self) -> Path:
        """The weights."""
        return self.path / "model.bin"


def write_facts(folder: Path, facts: ModelFacts) -> None:
    """Writes FACTS_FILE into the folder."""
    text = json.dumps(asdict(facts), ensure_ascii=False, indent=1)
    (folder / FACTS_FILE).write_text(text + "\n", encoding="utf-8")


def read_folder(path: Path) -> ModelFolder:
    """The model in a folder, checked as far as that costs nothing.

    Raises BrokenModelFile when a file is missing, companion.json is not what this version
    writes, or model.bin has another size than noted. Hashes are not computed.
    """
    for name in (*REQUIRED_FILES, FACTS_FILE):
        if not (path / name).is_file():
            raise _broken(path, f"{name} is missing")
    try:
        stored = json.loads((path / FACTS_FILE).read_text(encoding="utf-8"))
        facts = _facts(stored)
    except (OSError, ValueError, TypeError) as error:
        raise _broken(path, f"{FACTS_FILE} is not readable") from error
    size_bytes = (path / "model.bin").stat().st_size
    if size_bytes != facts.model_size_bytes:
        reason = f"model.bin has {size_bytes} bytes, expected {facts.model_size_bytes}"
        raise _broken(path, reason)
    return ModelFolder(path, facts)


def _facts(stored: Any) -> ModelFacts:  # noqa: ANN401 (JSON)
    if not isinstance(stored, dict):
        raise TypeError("not an object")
    samples: dict[str, type] = {
        name.name: {"int": int, "bool": bool, "str": str}.get(str(name.type), object)
        for name in fields(ModelFacts)
    }
    if set(stored) != set(samples):
        raise ValueError("other fields than this version's")
    for name, kind in samples.items():
        if not isinstance(stored[name], kind) or (kind is int and stored[name] is True):
            raise TypeError(name)
    if not isinstance(stored["self_test"], dict) or not isinstance(stored["stop_tokens"], list):
        raise TypeError("self_test or stop_tokens")
    return ModelFacts(**{**stored, "stop_tokens": tuple(map(str, stored["stop_tokens"]))})


def _broken(path: Path, reason: str) -> BrokenModelFile:
    return BrokenModelFile(
        f"the model in {path.name} is damaged: {reason}",
        next_step="run companion model verify",
    )
