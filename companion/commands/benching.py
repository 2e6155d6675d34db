"""The bench command: how fast Companion is on this machine, and what it takes."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from companion.commands.models import convert_model
from companion.commands.printing import json_option, print_json, print_table
from companion.commands.session import start_session


@click.command()
@click.option("--model", "model_name", help="A model of `companion model list`, or none.")
@click.option(
    "--messages",
    type=click.IntRange(min=1),
    default=100_000,
    show_default=True,
    metavar="N",
    help="In each generated store.",
)
@click.option(
    "--peer",
    type=click.Choice(["llama.cpp"]),
    help="Race this engine on the same weights, too.",
)
@json_option
def bench(model_name: str | None, messages: int, peer: str | None, *, as_json: bool) -> None:
    """Measure speed and memory on generated and sample stores, in a home that is thrown away."""
    from companion.benching import (
        check_peer,
        describe_bench,
        describe_encryption,
        describe_import,
        describe_peer,
        describe_starts,
        measure_encryption,
        measure_imports,
        measure_starts,
        race_peer,
        run_bench,
    )

    if peer is not None:
        check_peer()
    session = start_session()
    config = replace(session.config, model=model_name or session.config.model)
    model = session.find_model(model_name)
    if model.state == "not converted yet":
        convert_model(model)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=session.paths.state) as folder:
        # First, while this process is small: see there.
        imports = [describe_import(figures) for figures in measure_imports(Path(folder), messages)]
        encryption = describe_encryption(measure_encryption(Path(folder)))
        start = measure_starts(Path(folder) / "whatsapp-mac.db", Path(folder) / "start")
        race = describe_peer(race_peer(model)) if peer is not None else None
        document = describe_bench(run_bench(Path(folder), config, model))
        document |= {"import": imports, "encryption": encryption}
        document |= {"start": describe_starts(start), "peer": race}
    if as_json:
        print_json(document)
    else:
        _print_document(document)


def _print_document(document: Mapping[str, Any]) -> None:
    ingest = document["ingest"]
    rows = [
        ("ingest", f"{ingest['messages_per_second']} messages/s", ""),
        ("unread messages", f"{document['unread_seconds'] * 1000:.1f} ms", ""),
    ]
    if document["load_seconds"] is not None:
        rows += [
            ("model", document["model"], ""),
            ("load", f"{document['load_seconds']:.1f} s", ""),
            *(
                (
                    name,
                    f"{document[name]['tokens_per_second']} tokens/s",
                    f"{document[name]['limit']} tokens/s",
                )
                for name in ("prefill", "decode")
            ),
            ("a conversation", f"{document['conversation_seconds']:.1f} s", ""),
            ("memory, loaded", _say_bytes(document["resident_memory_bytes"]), ""),
        ]
    rows.append(("memory, at most", _say_bytes(document["peak_memory_bytes"]), ""))
    print_table(("", "measured", "limit"), rows)
    if document["engine"] is not None:
        _print_engine(document["engine"])
    if document["peer"] is not None:
        _print_peer(document["peer"])
    for figures in document["import"]:
        _print_import(figures)
    if document["encryption"] is not None:
        _print_encryption(document["encryption"])
    _print_start(document["start"])


def _print_encryption(figures: Mapping[str, Any]) -> None:
    rows = [
        (name, f"{figures[key]:.2f}")
        for name, key in (
            ("import", "import_ratio"),
            ("search index", "index_ratio"),
            ("unread messages", "unread_ratio"),
            ("search, at most", "search_ratio"),
        )
    ]
    print_table((f"{figures['kind']}, {figures['messages']} messages", "encrypted / plain"), rows)


def _print_start(figures: Mapping[str, Any]) -> None:
    rows = [
        (command, f"{figures[key] * 1000:.0f} ms")
        for command, key in (
            ("companion --help", "help_seconds"),
            ("companion status", "status_seconds"),
            ("companion tui, first conversation", "screen_seconds"),
        )
    ]
    print_table((f"started with {figures['messages']} messages", "measured"), rows)


def _print_engine(figures: Mapping[str, Any]) -> None:
    rows = [
        (
            "*" if all(trial[name] == figures[name] for name in ("workers", "threads")) else "",
            *(str(trial[name]) for name in ("workers", "threads")),
            f"{trial['seconds']:.1f} s",
        )
        for trial in figures["trials"]
    ]
    print_table(("", "texts side by side", "threads each", "the same work"), rows)


def _print_peer(figures: Mapping[str, Any]) -> None:
    job = f"{figures['prompt_tokens']} tokens read, {figures['new_tokens']} written"
    rows = [
        (
            name,
            *(f"{figures[key][f'{part}_seconds']:.2f} s" for part in ("prefill", "whole")),
            _say_bytes(figures[key]["peak_memory_bytes"]),
        )
        for name, key in (("Companion", "ours"), (figures["engine"], "theirs"))
    ]
    print_table((job, "reading", "all of it", "memory, at most"), rows)


def _print_import(figures: Mapping[str, Any]) -> None:
    limits = f"parse {figures['parse_limit']}, insert {figures['insert_limit']} messages/s"
    rows = [
        ("import", f"{figures['messages_per_second']} messages/s", limits),
        ("search index", f"{figures['index_messages_per_second']} messages/s", ""),
        *(
            (name, f"{figures[key] * 1000:.1f} ms", "")
            for name, key in (
                ("unchanged", "rescan_seconds"),
                ("unread messages", "unread_seconds"),
                ("search, at most", "search_seconds"),
            )
        ),
        ("memory, at most", _say_bytes(figures["peak_memory_bytes"]), ""),
    ]
    print_table((f"{figures['kind']}, {figures['messages']} messages", "measured", "limit"), rows)


def _say_bytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.0f} MB"
