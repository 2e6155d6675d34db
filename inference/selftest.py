"""Owns proving that a converted model computes what the original computes, on this processor.

Two checks. The structural one reads model.bin: no pair of neighbouring int8 weights may overflow
the kernels of processors without VNNI, which catches a plain conversion on any machine. The
numerical one compares next-token distributions with those of the float32 model, noted while it
was converted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inference.binary import ModelBinary
from inference.ctranslate import PAIR_LIMIT, next_token_logits, open_generator
from inference.errors import BrokenModelFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REFERENCE_FILE = "reference.npz"

DEFAULT_DIVERGENCE_LIMIT = 0.08
"""Mean divergence above which a model is refused when nothing tighter was measured for it.

Measured at the probes of `conversion.calibration`, with VNNI / without, the Qwens with the adapters
that ship (another adapter moves the figures: measure again):

    SmolLM2-135M        as here 0.022 / 0.021   unsmoothed 0.047 / 0.044   plain 0.047 / 0.109
    Qwen2.5-Coder-0.5B  as here 0.011 / 0.012   unsmoothed 0.016 / 0.016   plain 0.019 / 0.022
    Qwen2.5-Coder-1.5B  as here 0.012 / 0.012                              plain 0.014 / -
    Gemma 3 270M        as here 0.019 / 0.019   unsmoothed 0.039 / 0.040   plain 0.043 / 0.045

No one limit tells them apart, so a catalogue entry holds its own; plain weights are caught by
the structural check in any case.
"""

# Likeliest tokens noted at each position; all others are summed into one.
_TOP_TOKENS = 128


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What the two checks found. All divergences are in nats."""

    worst_pair: int
    """Largest |w0 + w1| of neighbouring int8 weights; 0 for a model without int8 weights."""

    worst_pair_in: str
    """The variable that holds it; "" when there is none."""

    mean_divergence: float
    """Mean KL(float32 || this model) over all noted positions, over top tokens and the rest."""

    worst_divergence: float
    """The largest mean over one prompt."""

    positions: int
    divergence_limit: float

    @property
    def can_saturate(self) -> bool:
        """Whether some processor's int8 kernel could overflow."""
        return self.worst_pair > PAIR_LIMIT

    @property
    def diverges(self) -> bool:
        """Whether the model says other things than the original; NaN counts as diverging."""
        return not self.mean_divergence <= self.divergence_limit

    @property
    def passed(self) -> bool:
        """Whether the model may be used."""
        return not self.can_saturate and not self.diverges

    def to_json(self) -> dict[str, object]:
        """All fields and the verdict, for companion.json."""
        return {**asdict(self), "passed": self.passed}


def worst_pair(folder: Path) -> tuple[int, str]:
    """(largest |w0 + w1| of neighbouring int8 weights, the variable it is in) of a model folder."""
    from inference.conversion.quantising import worst_pair as worst_of

    worst, where = 0, ""
    with ModelBinary(folder / "model.bin") as binary:
        for name, matrix in binary.int8_matrices():
            pair = worst_of(matrix)
            if pair > worst:
                worst, where = pair, name
    return worst, where


def write_reference(
    folder: Path, prompts: Sequence[Sequence[int]], logits: Sequence[NDArray[np.float32]]
) -> None:
    """Notes the float32 model's answers: for each prompt, logits of its last positions.

    Writes REFERENCE_FILE: the prompts' ids, and at each position the likeliest tokens with their
    log-probabilities.
    """
    import numpy as np

    top_ids, top_log_probs = [], []
    for part in logits:  # one prompt at a time: in float64 a vocabulary's worth is large
        log_probs = _log_softmax(part)
        top = min(_TOP_TOKENS, log_probs.shape[1] - 1)
        ids = np.argpartition(log_probs, -top, axis=1)[:, -top:]
        top_ids.append(ids.astype(np.int32))
        top_log_probs.append(np.take_along_axis(log_probs, ids, axis=1).astype(np.float32))
    np.savez_compressed(
        folder / REFERENCE_FILE,
        prompt_ids=np.concatenate([np.asarray(p, np.int32) for p in prompts]),
        prompt_tokens=np.asarray([len(p) for p in prompts], np.int32),
        noted_tokens=np.asarray([len(part) for part in logits], np.int32),
        top_ids=np.concatenate(top_ids),
        top_log_probs=np.concatenate(top_log_probs),
    )


def divergences(folder: Path, *, threads: int, compute_type: str = "int8") -> list[list[float]]:
    """KL(float32 || this model) at each noted position, one list a prompt.

    Loads the model. Raises BrokenModelFile when the reference or the model is unreadable.
    """
    import numpy as np

    reference = _read_reference(folder)
    top_ids = reference["top_ids"].astype(np.int64)
    generator = open_generator(folder, threads=threads, compute_type=compute_type)
    prompts = np.split(reference["prompt_ids"], np.cumsum(reference["prompt_tokens"])[:-1])
    cuts = np.cumsum(reference["noted_tokens"])[:-1]
    tops = np.split(top_ids, cuts)
    expected = np.split(reference["top_log_probs"], cuts)
    found: list[list[float]] = []
    for prompt, top, wanted in zip(prompts, tops, expected, strict=True):
        logits = next_token_logits(generator, [int(i) for i in prompt])[-len(top) :]
        given = np.take_along_axis(_log_softmax(logits), top, axis=1)
        found.append([float(value) for value in _divergence(wanted, given)])
    return found


def self_test(
    folder: Path,
    *,
    threads: int = 1,
    divergence_limit: float = DEFAULT_DIVERGENCE_LIMIT,
    compute_type: str = "int8",
) -> SelfTest:
    """Runs both checks on a converted model; needs REFERENCE_FILE. Seconds, and loads the model."""
    pair, where = worst_pair(folder)
    found = divergences(folder, threads=threads, compute_type=compute_type)
    everything = [value for prompt in found for value in prompt]
    return SelfTest(
        worst_pair=pair,
        worst_pair_in=where,
        mean_divergence=sum(everything) / len(everything),
        worst_divergence=max(sum(prompt) / len(prompt) for prompt in found),
        positions=len(everything),
        divergence_limit=divergence_limit,
    )


def _read_reference(folder: Path) -> dict[str, NDArray[np.float32]]:
    import zipfile
    import zlib

    import numpy as np

    damage = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)
    try:
        with np.load(folder / REFERENCE_FILE, allow_pickle=False) as stored:
            reference = {name: np.asarray(stored[name]) for name in _REFERENCE_FIELDS}
    except damage as error:
        raise _damaged(folder) from error
    noted = int(reference["noted_tokens"].sum())
    if (
        int(reference["prompt_tokens"].sum()) != len(reference["prompt_ids"])
        or reference["top_ids"].shape != reference["top_log_probs"].shape
        or len(reference["top_ids"]) != noted
        or noted < 1
    ):
        raise _damaged(folder)
    return reference


_REFERENCE_FIELDS = ("prompt_ids", "prompt_tokens", "noted_tokens", "top_ids", "top_log_probs")


def _damaged(folder: Path) -> BrokenModelFile:
    return BrokenModelFile(
        f"{folder.name}/{REFERENCE_FILE} is not readable",
        next_step="delete that folder; the model is converted again when it is needed",
    )


def _log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    import numpy as np

    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    result: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def _divergence(wanted: NDArray[np.float32], given: NDArray[np.float64]) -> NDArray[np.float64]:
    """KL over the top tokens and the sum of all others, by position."""
    import numpy as np

    expected = wanted.astype(np.float64)
    top = (np.exp(expected) * (expected - given)).sum(axis=-1)
    rest = np.maximum(1 - np.exp(expected).sum(axis=-1), 1e-9)
    rest_given = np.maximum(1 - np.exp(given).sum(axis=-1), 1e-9)
    result: NDArray[np.float64] = top + rest * (np.log(rest) - np.log(rest_given))
    return result
