"""Training lowers the loss, and a run that was killed ends as if it had not been."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from inference.training.examples import Example  # noqa: E402
from inference.training.train import (  # noqa: E402
    Recipe,
    Trainer,
    blended,
    checkpoint_lora,
    rate_at,
)

if TYPE_CHECKING:
    from inference.training.base import Base

RECIPE = Recipe(
    first_layer=1,
    rank=4,
    alpha=8.0,
    peak_rate=2e-2,
    warmup_steps=2,
    epochs=6,
    pack_tokens=24,
    extra_vocabulary=5,
    check_every_steps=4,
    save_every_steps=3,
)


class Killed(BaseException):
    """Stands for a signal: nothing in the trainer may catch it."""


def examples(base: Base) -> list[Example]:
    return [Example(f"e{n}", (1, 2, n, 3), (n, n + 10, n + 20, base.end_id)) for n in range(4, 12)]


def trainer(base: Base, folder: Path, recipe: Recipe = RECIPE) -> Trainer:
    every = examples(base)
    return Trainer(base, [every[:6]] * recipe.epochs, every[6:], recipe, folder)


def test_loss_falls_and_the_base_stays_as_it_is(tiny_base: Base, tmp_path: Path) -> None:
    before = {name: weight.clone() for name, weight in tiny_base.weights.items()}
    run = trainer(tiny_base, tmp_path)
    run.run()
    curve = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in curve if "loss" in line]
    assert losses[-1] < 0.8 * losses[0]
    assert any("held_out_loss" in line for line in curve)
    assert all(torch.equal(before[name], weight) for name, weight in tiny_base.weights.items())


@pytest.mark.parametrize("killed_at", [3, 4, 7])
def test_a_killed_run_ends_with_the_weights_of_an_unbroken_one(
    tiny_base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    trainer(tiny_base, tmp_path / "unbroken").run()
    steps = 0
    plain_step = Trainer._step

    def step(self: Trainer, pack: list[Example], share_done: float) -> float:
        nonlocal steps
        steps += 1
        if steps == killed_at:
            raise Killed
        return plain_step(self, pack, share_done)

    monkeypatch.setattr(Trainer, "_step", step)
    with pytest.raises(Killed):
        trainer(tiny_base, tmp_path / "broken").run()
    trainer(tiny_base, tmp_path / "broken").run()
    unbroken = checkpoint_lora(tmp_path / "unbroken", RECIPE)
    broken = checkpoint_lora(tmp_path / "broken", RECIPE)
    for name, pair in unbroken.pairs.items():
        torch.testing.assert_close(broken.pairs[name].a, pair.a)
        torch.testing.assert_close(broken.pairs[name].b, pair.b)


def test_a_new_run_goes_on_from_an_adapter(tiny_base: Base, tmp_path: Path) -> None:
    first = trainer(tiny_base, tmp_path / "first")
    first.run()
    every = examples(tiny_base)
    start = checkpoint_lora(tmp_path / "first", RECIPE)
    passes = [every[:6]] * RECIPE.epochs
    second = Trainer(tiny_base, passes, every[6:], RECIPE, tmp_path / "second", start)
    assert second.progress.step == 0
    assert second.held_out_loss() == pytest.approx(first.held_out_loss())


def test_an_adapter_of_other_layers_is_refused(tiny_base: Base, tmp_path: Path) -> None:
    trainer(tiny_base, tmp_path / "first").run()
    start = checkpoint_lora(tmp_path / "first", RECIPE)
    other = replace(RECIPE, first_layer=2)
    with pytest.raises(ValueError, match="other layers"):
        Trainer(tiny_base, [[]] * 6, examples(tiny_base), other, tmp_path / "second", start)


def test_stored_rows_are_made_anew_for_another_first_layer(tiny_base: Base, tmp_path: Path) -> None:
    before = trainer(tiny_base, tmp_path / "one").held_out_loss()
    again = trainer(tiny_base, tmp_path / "one", replace(RECIPE, first_layer=2))
    fresh = trainer(tiny_base, tmp_path / "two", replace(RECIPE, first_layer=2))
    # New adapters change nothing, so wherever they begin the loss is the base's.
    assert again.held_out_loss() == pytest.approx(fresh.held_out_loss(), rel=1e-6)
    assert again.held_out_loss() == pytest.approx(before, rel=1e-2)


def test_a_spent_budget_ends_the_run(tiny_base: Base, tmp_path: Path) -> None:
    run = trainer(tiny_base, tmp_path, replace(RECIPE, budget_s=1e-9))
    run.run()
    assert run.progress.step == 1


def test_the_rate_rises_and_then_falls_to_a_fiftieth() -> None:
    recipe = replace(RECIPE, warmup_steps=10, peak_rate=1.0, budget_s=math.inf)
    assert rate_at(0, 0.0, recipe) == pytest.approx(0.1)
    assert rate_at(9, 0.0, recipe) == pytest.approx(1.0)
    assert rate_at(99, 0.5, recipe) == pytest.approx(0.5)
    assert rate_at(199, 1.0, recipe) == pytest.approx(0.02)


@pytest.mark.parametrize("shares", [(), (0.6, 0.5, 0.1, 0.3, 0.6)])
def test_a_recipe_is_read_back_from_its_run(
    tiny_base: Base, tmp_path: Path, shares: tuple[float, ...]
) -> None:
    recipe = replace(RECIPE, shares=shares)
    trainer(tiny_base, tmp_path, recipe)
    assert Recipe.of(tmp_path) == recipe


def test_each_epoch_trains_on_its_own_pass(
    tiny_base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def step(self: Trainer, pack: list[Example], share_done: float) -> float:
        seen.extend(example.id for example in pack)
        return 0.0

    monkeypatch.setattr(Trainer, "_step", step)
    every = examples(tiny_base)
    recipe = replace(RECIPE, epochs=2, check_every_steps=100)
    Trainer(tiny_base, [every[:3], every[1:5]], every[6:], recipe, tmp_path).run()
    assert sorted(seen[:3]) == [example.id for example in every[:3]]
    assert sorted(seen[3:]) == [example.id for example in every[1:5]]


def test_a_blend_lies_between_its_ends(tiny_base: Base, tmp_path: Path) -> None:
    first = trainer(tiny_base, tmp_path)
    first.save()
    early = checkpoint_lora(tmp_path, RECIPE)
    first.run()
    late = checkpoint_lora(tmp_path, RECIPE)
    for share, end in ((0.0, early), (1.0, late)):
        blend = blended(early, late, share)
        for name, pair in blend.pairs.items():
            torch.testing.assert_close(pair.b, end.pairs[name].b)
    half = blended(early, late, 0.5)
    name = "blk.2.ffn_down"
    torch.testing.assert_close(half.pairs[name].b, (early.pairs[name].b + late.pairs[name].b) / 2)
