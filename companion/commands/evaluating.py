"""The eval command: how good a model's summaries are, on a file with gold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from companion.commands.models import convert_model
from companion.commands.printing import json_option, print_json, print_notice, print_table
from companion.commands.session import start_session
from companion.marking_up import format_json
from companion.speaking import say_count

if TYPE_CHECKING:
    from inference.evaluating.evaluation import Evaluation

_COLUMNS = ("model_only", "highlights", "lead3", "longest3")
_NOT_FIGURES = {"items", "origins", "flags", "seconds", "cpu_seconds", *_COLUMNS}
_NOTICES = 10


@click.command(name="eval")
@click.argument(
    "file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--model", "model_name", help="A model of `companion model list`, or none.")
@click.option(
    "--outputs",
    # Opened before the model runs: half an hour of work must not end at a folder that is not there.
    type=click.File("w", encoding="utf-8", lazy=False),
    help="Write each summary with its own figures to this file, one JSON line each.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Take the first so many items alone.")
@json_option
def evaluate(
    file: Path | None,
    model_name: str | None,
    outputs: IO[str] | None,
    limit: int | None,
    *,
    as_json: bool,
) -> None:
    """Measure a model's summaries on a file of conversations with gold, or on the bundled one."""
    from companion.evaluating import describe_measured, measure_model, read_items
    from inference.evaluating.items import SAMPLE_FILE

    session = start_session()
    read = read_items(file or SAMPLE_FILE, limit)
    read.require_items()
    model = session.find_model(model_name)
    if model.state == "not converted yet":
        convert_model(model)
    measured = measure_model(model, read.items, _Progress(len(read.items)))
    if outputs:
        _write_outputs(outputs, measured.evaluation)
    document = describe_measured(measured, read.bad)
    if as_json:
        print_json(document)
    else:
        _print_document(document)
    read.require_soundness()


class _Progress:
    """Tells on stderr how far it is, every tenth of the way."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._told = 0

    def __call__(self, done: int) -> None:
        step = done * _NOTICES // self._total
        if step > self._told:
            self._told = step
            print_notice(f"summarised {done}/{self._total}")


def _write_outputs(file: IO[str], evaluation: Evaluation) -> None:
    from inference.evaluating.evaluation import describe_result

    for result in evaluation.results:
        file.write(format_json(describe_result(result), indent=None) + "\n")


def _print_document(document: Mapping[str, Any]) -> None:
    for language, figures in document["languages"].items():
        click.echo(
            click.style(f"{language}: {say_count(figures['items'], 'conversation')}", bold=True)
        )
        names = [name for name in figures if name not in _NOT_FIGURES]
        columns = [figures, *(figures[name] for name in _COLUMNS)]
        print_table(
            ("figure", document["model"], *_COLUMNS),
            ((name, *(_format(column[name]) for column in columns)) for name in names),
        )
        for name in ("origins", "flags"):
            told = ", ".join(f"{key} {value}" for key, value in figures[name].items())
            click.echo(f"{name}: {told or '-'}")
        click.echo(
            f"seconds a conversation: {figures['seconds']:.1f}, "
            f"of the processor {figures['cpu_seconds']:.1f}\n"
        )
    click.echo(
        f"{say_count(document['items'], 'conversation')} in {document['seconds']:.0f} s, loaded in "
        f"{document['load_seconds']:.1f} s, at most {document['peak_memory_bytes'] / 1e6:.0f} MB"
    )


def _format(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
