"""Owns fitting a LoRA adapter, its checkpoints and its curve; it must not decode or judge."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own custom)
from torch import Tensor

from inference.training.base import Base
from inference.training.cache import LowerStates
from inference.training.examples import Example, packs_of
from inference.training.model import Decoder, Lora, Pair, new_lora, spans_of

log = logging.getLogger(__name__)

_RECIPE = "recipe.json"
_CHECKPOINT = "checkpoint.pt"
_CURVE = "curve.jsonl"


@dataclass(frozen=True)
class Recipe:
    """Everything that makes a run what it is; written beside the checkpoint."""

    first_layer: int = 12
    """Layers below it stay frozen and their output is cached."""
    rank: int = 16
    alpha: float = 32.0
    peak_rate: float = 4e-4
    warmup_steps: int = 20
    epochs: int = 3
    teaches: str = "chats"
    """Whole chats; "sentences" or "chosen" for passages (`inference.training.passages`), one
    sentence from its sources or what is told of the messages that are chosen at run time."""
    shares: Sequence[float] = ()
    """In the order of `augmenting.Shares`, for every epoch, but the first of a run that starts
    anew; empty: plain epochs."""
    budget_s: float = math.inf
    """Seconds of training after which the rate has fallen to its floor and the run ends; the
    schedule follows epochs or seconds, whichever is further on."""
    pack_tokens: int = 1200
    """About how many tokens make one optimizer step."""
    extra_vocabulary: int = 6000
    """Random tokens beside the corpus's own over which the softmax is taken."""
    limit_prompt_tokens: int = 900
    seed: int = 0
    check_every_steps: int = 100
    save_every_steps: int = 25

    @classmethod
    def of(cls, folder: Path) -> Recipe:
        """The recipe of the run in a folder."""
        given = json.loads((folder / _RECIPE).read_text(encoding="utf-8"))
        return cls(**(given | {"shares": tuple(given.get("shares", ()))}))


@dataclass
class Progress:
    """Where a run stands; saved with the weights so that it goes on where it stopped."""

    step: int = 0
    epoch: int = 0
    pack: int = 0
    spent_s: float = 0.0


class Head:
    """The output layer over the tokens that matter: a tenth of the vocabulary and of its cost."""

    def __init__(self, base: Base, examples: Sequence[Example], extra: int, seed: int) -> None:
        rows = base.weights["output.weight"].shape[0]
        used = {base.end_id, *random.Random(seed).sample(range(rows), min(extra, rows))}  # noqa: S311
        for example in examples:
            used.update(example.prompt_ids, example.target_ids)
        kept = torch.tensor(sorted(used))
        self._weight = base.weights["output.weight"][kept].clone()
        self._index = torch.full((rows,), -1)
        self._index[kept] = torch.arange(len(kept))

    def loss(self, hidden: Tensor, examples: Sequence[Example]) -> Tensor:
        """Mean nats per target token of the wanted rows of a pack."""
        target = torch.tensor([i for example in examples for i in example.target_ids])
        return F.cross_entropy((hidden @ self._weight.t()).float(), self._index[target])


class Trainer:
    """One run in one folder: recipe, cache, checkpoint and learning curve lie there."""

    def __init__(
        self,
        base: Base,
        passes: Sequence[Sequence[Example]],
        held_out: Sequence[Example],
        recipe: Recipe,
        folder: Path,
        start: Lora | None = None,
    ) -> None:
        """`passes` are the examples of each epoch; examples of one id are the same in all.

        A new run goes on from `start`, an adapter of the same layers and rank, where one is given.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._passes = [list(examples) for examples in passes]
        self._held_out = list(held_out)
        self._recipe = recipe
        self._folder = folder
        self.lora = new_lora(base, recipe.first_layer, recipe.rank, recipe.alpha, recipe.seed)
        self._decoder = Decoder(base.shape, base.weights, self.lora)
        examples = list({e.id: e for given in (*passes, held_out) for e in given}.values())
        self._head = Head(base, examples, recipe.extra_vocabulary, recipe.seed)
        key = f"{base.sha256} layer {recipe.first_layer} examples {hash_of(examples)}"
        self._lower = LowerStates(folder, key, examples, self._decoder, recipe.first_layer)
        self._optimizer = torch.optim.AdamW(
            self.lora.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=0.0
        )
        self.progress = Progress()
        if self._checkpoint.exists():
            self._resume()
        elif start:
            self._take({name: (pair.a, pair.b) for name, pair in start.pairs.items()})
        (folder / _RECIPE).write_text(json.dumps(asdict(recipe), indent=1), encoding="utf-8")

    @property
    def _checkpoint(self) -> Path:
        return self._folder / _CHECKPOINT

    def run(self) -> None:
        """Train to the end of the recipe; may be killed at any time and called again."""
        recent: list[float] = []
        since = time.monotonic()
        while self.progress.epoch < self._recipe.epochs:
            packs = self._packs(self.progress.epoch)
            while self.progress.pack < len(packs):
                share = self._share_done(len(packs))
                if share >= 1.0:
                    self.save()
                    return
                recent.append(self._step(packs[self.progress.pack], share))
                self.progress.pack += 1
                self.progress.step += 1
                now = time.monotonic()
                self.progress.spent_s += now - since
                since = now
                self._report(recent, share)
            self.progress.epoch += 1
            self.progress.pack = 0
        self.save()

    def held_out_loss(self) -> float:
        """Mean nats per target token over the held-out examples given."""
        total = 0.0
        count = 0
        for pack in packs_of(self._held_out, self._recipe.pack_tokens):
            with torch.no_grad():
                tokens = sum(len(example.target_ids) for example in pack)
                total += self._loss(pack).item() * tokens
                count += tokens
        return total / count

    def save(self) -> None:
        """Replace the checkpoint atomically."""
        unfinished = self._checkpoint.with_suffix(".unfinished")
        state = {
            "lora": {name: (pair.a, pair.b) for name, pair in self.lora.pairs.items()},
            "optimizer": self._optimizer.state_dict(),
            "progress": asdict(self.progress),
        }
        torch.save(state, unfinished)
        unfinished.replace(self._checkpoint)

    def _resume(self) -> None:
        state = torch.load(self._checkpoint, weights_only=True)
        self._take(state["lora"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.progress = Progress(**state["progress"])

    def _take(self, pairs: Mapping[str, tuple[Tensor, Tensor]]) -> None:
        """Copy in the weights of an adapter; raise ValueError for one of other matrices."""
        if pairs.keys() != self.lora.pairs.keys():
            raise ValueError("an adapter of other layers cannot be gone on from")
        with torch.no_grad():
            for name, (a, b) in pairs.items():
                self.lora.pairs[name].a.copy_(a)
                self.lora.pairs[name].b.copy_(b)

    def _packs(self, epoch: int) -> list[list[Example]]:
        order = list(self._passes[epoch])
        random.Random(f"{self._recipe.seed} {epoch}").shuffle(order)  # noqa: S311
        return packs_of(order, self._recipe.pack_tokens)

    def _share_done(self, packs_an_epoch: int) -> float:
        by_steps = (self.progress.epoch + self.progress.pack / packs_an_epoch) / self._recipe.epochs
        return max(by_steps, self.progress.spent_s / self._recipe.budget_s)

    def _loss(self, pack: Sequence[Example]) -> Tensor:
        spans = spans_of([(len(e.prompt_ids), e.length_tokens) for e in pack])
        lower = self._lower.pack(pack)
        hidden = self._decoder.run_to_wanted(lower, spans, self._recipe.first_layer)
        return self._head.loss(hidden, pack)

    def _step(self, pack: Sequence[Example], share_done: float) -> float:
        rate = rate_at(self.progress.step, share_done, self._recipe)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad()
        loss = self._loss(pack)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.lora.parameters(), 1.0)
        self._optimizer.step()
        return float(loss.detach())

    def _report(self, recent: list[float], share_done: float) -> None:
        step = self.progress.step
        line: dict[str, float] = {"step": step, "epoch": self.progress.epoch}
        line |= {"share": round(share_done, 4), "spent_s": round(self.progress.spent_s, 1)}
        if step % 10 == 0 or step == 1:
            line["loss"] = round(sum(recent) / len(recent), 4)
            recent.clear()
        if step % self._recipe.check_every_steps == 0:
            line["held_out_loss"] = round(self.held_out_loss(), 4)
        if len(line) > 4:
            log.info("%s", line)
            with (self._folder / _CURVE).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        if step % self._recipe.save_every_steps == 0:
            self.save()


def rate_at(step: int, share_done: float, recipe: Recipe) -> float:
    """The learning rate: a short linear rise, then half a cosine down to a fiftieth."""
    rise = min(1.0, (step + 1) / recipe.warmup_steps)
    fall = max(0.02, 0.5 * (1.0 + math.cos(math.pi * min(1.0, share_done))))
    return recipe.peak_rate * rise * fall


def checkpoint_lora(path: Path, recipe: Recipe) -> Lora:
    """The adapter in a run's folder or in a copy of its checkpoint, at whatever step."""
    file = path / _CHECKPOINT if path.is_dir() else path
    state = torch.load(file, weights_only=True)
    pairs = {name: Pair(a.detach(), b.detach()) for name, (a, b) in state["lora"].items()}
    return Lora(recipe.rank, recipe.alpha, pairs)


def blended(early: Lora, late: Lora, share_late: float) -> Lora:
    """The weighted mean of two checkpoints of one run.

    A second pass over a small corpus learns it by heart; the mean keeps what both passes agree
    on, and does better on unseen conversations than either end.
    """
    pairs = {
        name: Pair(
            torch.lerp(early.pairs[name].a, pair.a, share_late),
            torch.lerp(early.pairs[name].b, pair.b, share_late),
        )
        for name, pair in late.pairs.items()
    }
    return Lora(late.rank, late.alpha, pairs)


def hash_of(examples: Sequence[Example]) -> str:
    """A name for the exact tokens of a list of examples."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(repr((example.id, example.input_ids)).encode())
    return digest.hexdigest()[:16]
