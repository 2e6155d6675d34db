"""Owns the command line of training; it must not hold any method of it."""

from __future__ import annotations

import argparse
import json
import logging
import math
import sys
from pathlib import Path

import torch

from inference.training.adapter import load_adapter, save_adapter
from inference.training.base import Base, file_sha256, read_base
from inference.training.corpus import CORPUS_FOLDER, Conversation, read_corpus
from inference.training.examples import build_examples
from inference.training.train import Recipe, Trainer, blended, checkpoint_lora
from inference.training.validate import figures, known_names, save_outputs, write_summaries

log = logging.getLogger("inference.training")


def main(arguments: list[str] | None = None) -> int:
    """Run one of train, export and validate; return the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    if options.command == "export":
        recipe = Recipe.of(options.run)
        lora = checkpoint_lora(options.run, recipe)
        if options.early:
            lora = blended(checkpoint_lora(options.early, recipe), lora, options.share_late)
        save_adapter(lora, file_sha256(options.gguf), options.out)
        return 0
    base = read_base(options.gguf, torch.float32 if options.exact else torch.bfloat16)
    conversations = read_corpus(options.corpus)
    command = _train if options.command == "train" else _validate
    command(options, base, conversations)
    return 0


def _train(options: argparse.Namespace, base: Base, conversations: list[Conversation]) -> None:
    recipe = Recipe(
        first_layer=options.first_layer,
        epochs=options.epochs,
        budget_s=options.budget_s,
        peak_rate=options.rate,
    )
    training, held_out = (
        build_examples(
            [c for c in conversations if c.held_out is wanted],
            base.tokenizer,
            base.end_id,
            recipe.limit_prompt_tokens,
        )
        for wanted in (False, True)
    )
    Trainer(base, training, held_out[:: options.check_every], recipe, options.run).run()


def _validate(options: argparse.Namespace, base: Base, conversations: list[Conversation]) -> None:
    held_out = [c for c in conversations if c.held_out][: options.limit]
    lora = load_adapter(options.adapter, base.sha256) if options.adapter else None
    written = write_summaries(
        base, lora, held_out, lambda done: log.info("%d of %d", done, len(held_out))
    )
    names = known_names(conversations)
    if options.outputs:
        save_outputs(options.outputs, held_out, written, names)
    json.dump(figures(held_out, written, names), sys.stdout, indent=1)
    sys.stdout.write("\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.training", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--gguf", type=Path, required=True, help="the base model's file")
    common.add_argument("--corpus", type=Path, default=CORPUS_FOLDER)
    common.add_argument("--threads", type=int, default=1)
    common.add_argument(
        "--exact", action="store_true", help="float32 instead of bfloat16: twice the time or more"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", parents=[common], help="fit an adapter; resumes a run")
    train.add_argument("--run", type=Path, required=True, help="folder of cache and checkpoint")
    train.add_argument("--first-layer", type=int, default=Recipe.first_layer)
    train.add_argument("--epochs", type=int, default=Recipe.epochs)
    train.add_argument("--budget-s", type=float, default=math.inf)
    train.add_argument("--rate", type=float, default=Recipe.peak_rate)
    train.add_argument(
        "--check-every", type=int, default=4, help="use every nth held-out example for the curve"
    )
    export = commands.add_parser("export", parents=[common], help="write a run's adapter file")
    export.add_argument("--run", type=Path, required=True)
    export.add_argument("--out", type=Path, required=True)
    export.add_argument(
        "--early", type=Path, help="a copy of the run's checkpoint from an earlier step, to blend"
    )
    export.add_argument("--share-late", type=float, default=0.6, help="weight of the run's end")
    validate = commands.add_parser("validate", parents=[common], help="score the held-out tenth")
    validate.add_argument("--adapter", type=Path, help="without it, the base alone is scored")
    validate.add_argument("--outputs", type=Path, help="JSON Lines of every summary written")
    validate.add_argument("--limit", type=int, default=None)
    return parser


if __name__ == "__main__":
    sys.exit(main())
