"""Owns the command line of training; it must not hold any method of it.

Each command imports what it needs itself: those that need no model run without torch.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from inference.training.corpus import CORPUS_FOLDER, read_corpus

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference.engine import LocalEngine
    from inference.modelfolder import ModelFolder
    from inference.training.base import Base
    from inference.training.cases import Case
    from inference.training.corpus import Conversation
    from inference.training.examples import Example

log = logging.getLogger("inference.training")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options.act(options)
    return 0


def _train(options: argparse.Namespace) -> None:
    from inference.training.adapter import load_adapter
    from inference.training.augmenting import plan_passes
    from inference.training.examples import build_examples
    from inference.training.passages import LISTS, build_passage_examples
    from inference.training.train import Recipe, Trainer

    given = {f.name: getattr(options, f.name) for f in fields(Recipe) if hasattr(options, f.name)}
    recipe = Recipe(**given)
    base = _read_base(options)
    conversations = read_corpus(options.corpus)
    training = [conversation for conversation in conversations if not conversation.held_out]
    held_out = [(conversation, 0) for conversation in conversations if conversation.held_out]
    passes = plan_passes(training, recipe.epochs, recipe.shares, starts_plain=options.start is None)

    def build(given: list[tuple[Conversation, int]], *, is_taught: bool) -> list[Example]:
        if recipe.teaches == "chats":
            return build_examples(given, base.tokenizer, base.end_id, recipe.limit_prompt_tokens)
        passages = LISTS[recipe.teaches](conversation for conversation, _ in given)
        taught = [passage for passage in passages if is_taught or passage.is_told]
        return build_passage_examples(taught, base.tokenizer, base.end_id)

    start = load_adapter(options.start, base.sha256) if options.start else None
    Trainer(
        base,
        [build(given, is_taught=True) for given in passes],
        build(held_out, is_taught=False)[:: options.check_every],
        recipe,
        options.run,
        start,
    ).run()


def _export(options: argparse.Namespace) -> None:
    from inference.training.adapter import save_adapter
    from inference.training.base import file_sha256
    from inference.training.examples import MARKED_PROMPT_FORM, PASSAGE_FORM, PROMPT_FORM
    from inference.training.train import Recipe, blended, checkpoint_lora

    recipe = Recipe.of(options.run)
    lora = checkpoint_lora(options.run, recipe)
    if options.early:
        lora = blended(checkpoint_lora(options.early, recipe), lora, options.share_late)
    sha256 = file_sha256(options.gguf)
    form = MARKED_PROMPT_FORM if options.marks_context else PROMPT_FORM
    save_adapter(lora, sha256, options.out, form if recipe.teaches == "chats" else PASSAGE_FORM)


def _validate(options: argparse.Namespace) -> None:
    from inference.training.adapter import load_adapter
    from inference.training.validate import figures, known_names, save_outputs, write_summaries

    base = _read_base(options)
    conversations = read_corpus(options.corpus)
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


def _evaluation(options: argparse.Namespace) -> None:
    from inference.training.evaluation import describe_held_out, read_lists, write_lines

    lines = describe_held_out(read_corpus(options.corpus), read_lists(options.corpus))
    write_lines(options.out, lines[: options.limit])


def _highlights(options: argparse.Namespace) -> None:
    from inference.training.selecting import describe_choices, refit_selector

    _refit_and_report(options, refit_selector, describe_choices)


def _evidence(options: argparse.Namespace) -> None:
    from inference.training.selecting import describe_evidence, refit_weighing

    _refit_and_report(options, refit_weighing, describe_evidence)


def _passages(options: argparse.Namespace) -> None:
    from inference.training.evaluation import read_lists
    from inference.training.grouping import describe_passages, refit_chooser

    conversations = read_corpus(options.corpus)
    if options.write:
        refit_chooser([c for c in conversations if not c.held_out])
    figures = describe_passages(conversations, read_lists(options.corpus))
    json.dump(figures, sys.stdout, indent=1)
    sys.stdout.write("\n")


def _refit_and_report(
    options: argparse.Namespace,
    refit: Callable[[list[Conversation]], object],
    describe: Callable[[list[Conversation]], object],
) -> None:
    """With --write, fit anew to what is trained on; print the figures of what is held out."""
    conversations = read_corpus(options.corpus)
    if options.write:
        refit([c for c in conversations if not c.held_out])
    json.dump(describe([c for c in conversations if c.held_out]), sys.stdout, indent=1)
    sys.stdout.write("\n")


def _calibrate(options: argparse.Namespace) -> None:
    from inference.training import calibrating, cases, worth
    from inference.training.generations import add_up_seconds

    engine, folder = _open_engine(options)
    written = _write_cases(engine, options)
    engine.close()
    names = cases.list_names(written)
    weighed = calibrating.weigh_parts(written, names)
    limits = calibrating.fit_limits_apart(written, weighed)
    sys.stdout.write(worth.format_table(worth.compare_policies(written, limits, names)))
    for attempt, (count, seconds) in add_up_seconds(options.generations).items():
        sys.stdout.write(f"attempt {attempt + 1}: {count} texts, {seconds / count:.1f} s each\n")
    calibration = calibrating.fit_calibration(written, weighed, folder.facts.adapter_sha256)
    options.out.write_text(calibrating.format_calibration(calibration), encoding="utf-8")


def _write_cases(engine: LocalEngine, options: argparse.Namespace) -> list[Case]:
    """What the model wrote about the held-out tenth, where it fails at the next attempts, too."""
    from inference.drafting import ATTEMPTS
    from inference.training.cases import build_cases
    from inference.training.generations import list_excerpts, read_generations, write_generations

    takes_passages = engine.takes_passages
    held_out = [c for c in read_corpus(options.corpus) if c.held_out]
    # The languages by turns, so that a budget that ends early ends in both.
    held_out.sort(key=lambda c: c.id.partition("-")[::-1])
    excerpts = [e for c in held_out for e in list_excerpts(c, takes_passages=takes_passages)]
    cases: list[Case] = []
    for attempt in range(len(ATTEMPTS)):
        failed = {part.id for case in cases for part in case.parts if not part.tell()}
        wanted = [excerpt for excerpt in excerpts if not attempt or excerpt.id in failed]
        write_generations(engine, wanted, attempt, options.generations, budget_s=options.budget_s)
        known = read_generations(options.generations)
        cases = build_cases(held_out, known, options.corpus, takes_passages=takes_passages)
    return cases


def _todos(options: argparse.Namespace) -> None:
    from inference.training.todos import describe_todos, refit_weights

    _refit_and_report(options, refit_weights, describe_todos)


def _long(options: argparse.Namespace) -> None:
    from inference.summarizer import Summarizer
    from inference.training.lengthening import describe_summary, lengthen

    held_out = [
        c for c in read_corpus(options.corpus) if c.held_out and c.language == options.language
    ]
    long = lengthen(held_out, options.messages, options.seed)
    engine, _ = _open_engine(options)
    began_s = time.process_time()
    ((_, summary),) = Summarizer(engine).summarize([long.chat])
    spent_s = time.process_time() - began_s
    engine.close()
    described = {**describe_summary(long, summary), "cpu_seconds": round(spent_s, 1)}
    json.dump(described, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


def _open_engine(options: argparse.Namespace) -> tuple[LocalEngine, ModelFolder]:
    """The model that is asked for, converted where it is not yet; the engine is to be closed."""
    from inference.engine import LocalEngine
    from inference.modelstore import ModelStore

    store = ModelStore(options.cache)
    entry = store.get(options.model)
    folder = store.prepare(entry, lambda *_: None)
    return LocalEngine(folder, entry.name, workers=options.threads), folder


def _read_base(options: argparse.Namespace) -> Base:
    import torch

    from inference.training.base import read_base

    torch.set_num_threads(options.threads)
    return read_base(options.gguf, torch.float32 if options.exact else torch.bfloat16)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.training", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--corpus", type=Path, default=CORPUS_FOLDER)
    model = argparse.ArgumentParser(add_help=False, parents=[common])
    model.add_argument("--gguf", type=Path, required=True, help="the base model's file")
    model.add_argument("--threads", type=int, default=1)
    model.add_argument(
        "--exact", action="store_true", help="float32 instead of bfloat16: twice the time or more"
    )
    commands = parser.add_subparsers(required=True)
    # What is left out here is as `Recipe` has it.
    train = commands.add_parser(
        "train",
        parents=[model],
        help="fit an adapter; resumes a run",
        argument_default=argparse.SUPPRESS,
    )
    train.add_argument("--run", type=Path, required=True, help="folder of cache and checkpoint")
    train.add_argument("--first-layer", type=int)
    train.add_argument("--epochs", type=int)
    train.add_argument("--budget-s", type=float)
    train.add_argument("--rate", dest="peak_rate", type=float)
    train.add_argument(
        "--shares",
        type=float,
        nargs=5,
        metavar=("RENAMED", "SHIFTED", "JOINED", "ROUGHENED", "CUT"),
        help="of the conversations in each epoch, but the first without --start; without it, all"
        " stay as they are",
    )
    train.add_argument(
        "--teach",
        dest="teaches",
        choices=("chats", "sentences", "chosen"),
        help="whole chats, single sentences from their sources, or what the chosen messages tell",
    )
    train.add_argument(
        "--start", type=Path, default=None, help="an adapter that a new run goes on from"
    )
    train.add_argument(
        "--check-every", type=int, default=4, help="use every nth held-out example for the curve"
    )
    train.set_defaults(act=_train)
    export = commands.add_parser("export", parents=[model], help="write a run's adapter file")
    export.add_argument("--run", type=Path, required=True)
    export.add_argument("--out", type=Path, required=True)
    export.add_argument(
        "--early", type=Path, help="a copy of the run's checkpoint from an earlier step, to blend"
    )
    export.add_argument(
        "--marks-context", action="store_true", help="it was taught prompts with context, too"
    )
    export.add_argument("--share-late", type=float, default=0.6, help="weight of the run's end")
    export.set_defaults(act=_export)
    validate = commands.add_parser("validate", parents=[model], help="score the held-out tenth")
    validate.add_argument("--adapter", type=Path, help="without it, the base alone is scored")
    validate.add_argument("--outputs", type=Path, help="JSON Lines of every summary written")
    validate.add_argument("--limit", type=int, default=None)
    validate.set_defaults(act=_validate)
    calibrate = commands.add_parser(
        "calibrate", parents=[common], help="fit the limits for a converted model's texts"
    )
    calibrate.add_argument("--model", required=True, help="a name of the catalogue")
    calibrate.add_argument("--cache", type=Path, required=True, help="where models are kept")
    calibrate.add_argument(
        "--generations", type=Path, required=True, help="texts written so far; grows, resumes"
    )
    calibrate.add_argument("--out", type=Path, required=True)
    calibrate.add_argument("--threads", type=int, default=1)
    calibrate.add_argument(
        "--budget-s", type=float, default=math.inf, help="of writing at each attempt, at most"
    )
    calibrate.set_defaults(act=_calibrate)
    long = commands.add_parser(
        "long", parents=[common], help="summarise a long chat made of the held-out tenth"
    )
    long.add_argument("--model", required=True, help="a name of the catalogue")
    long.add_argument("--cache", type=Path, required=True, help="where models are kept")
    long.add_argument("--language", choices=("en", "ko"), required=True)
    long.add_argument("--messages", type=int, default=300)
    long.add_argument("--seed", type=int, default=3)
    long.add_argument("--threads", type=int, default=1)
    long.set_defaults(act=_long)
    evaluation = commands.add_parser(
        "evaluation", parents=[common], help="write the held-out tenth for `companion eval`"
    )
    evaluation.add_argument("--out", type=Path, required=True)
    evaluation.add_argument(
        "--limit", type=int, default=None, help="the first so many, half of each language"
    )
    evaluation.set_defaults(act=_evaluation)
    highlights = commands.add_parser(
        "highlights", parents=[common], help="score the choice of highlights on the held-out tenth"
    )
    highlights.add_argument(
        "--write", action="store_true", help="first fit the weights in highlights.toml anew"
    )
    highlights.set_defaults(act=_highlights)
    evidence = commands.add_parser(
        "evidence", parents=[common], help="score the evidence found for the held-out sentences"
    )
    evidence.add_argument(
        "--write", action="store_true", help="first fit the weights in evidence.toml anew"
    )
    evidence.set_defaults(act=_evidence)
    passages = commands.add_parser(
        "passages", parents=[common], help="score the choice of passages, without a model"
    )
    passages.add_argument(
        "--write", action="store_true", help="first fit the weights in passages.toml anew"
    )
    passages.set_defaults(act=_passages)
    todos = commands.add_parser(
        "todos", parents=[common], help="score the finding of to-dos on the held-out tenth"
    )
    todos.add_argument(
        "--write", action="store_true", help="first fit weights and thresholds in todos.toml anew"
    )
    todos.set_defaults(act=_todos)
    return parser


if __name__ == "__main__":
    sys.exit(main())
