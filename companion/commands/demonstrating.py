"""The demo command: what Companion does, shown on sample stores with the real model."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from companion.commands.models import prepare_with_notice
from companion.commands.printing import (
    describe_conversation,
    describe_summary,
    json_option,
    print_highlights,
    print_json,
    print_notice,
    print_summary,
)
from companion.commands.session import start_session
from companion.marking_up import clean_line
from companion.speaking import say_count

if TYPE_CHECKING:
    from companion.modelling import Model
    from companion.summarizing import Saved
    from storage.reader import Reader

_BANNER = "demo: not your chats"


@click.command()
@click.option("--model", "model_name", help="A model of `companion model list`, or none.")
@json_option
def demo(model_name: str | None, *, as_json: bool) -> None:
    """Show everything on bundled sample stores, in a home that is thrown away."""
    from companion.demo.laying_out import ZONE
    from companion.demo.showing import Demonstration, Listener, read_evening

    session = start_session()
    config = replace(session.config, model=model_name or session.config.model)
    model = session.find_model(model_name)
    started_s = time.monotonic()
    teller = _Teller(quiet=as_json)
    with tempfile.TemporaryDirectory(prefix="demo-", dir=session.paths.state) as folder:
        demonstration = Demonstration(Path(folder), config, model)
        _, digest = demonstration.run(
            Listener(teller.tell_stores, teller.tell_saved, prepare_with_notice)
        )
        seconds = round(time.monotonic() - started_s, 1)
        model.unload()
        if as_json:
            print_json(_describe(demonstration.paths.archive_file, model, digest.markdown, seconds))
            return
        click.echo(f"\n{digest.markdown}")
        print_notice(f"{seconds:.0f} s; the demo's home is thrown away, the model is kept")
        if sys.stdout.isatty() and sys.stdin.isatty():
            from companion.screening import open_screen

            open_screen(
                demonstration.paths, config, zone=ZONE, read_now=read_evening, banner=_BANNER
            )


class _Teller:
    """Tells what goes on: results on stdout unless `quiet`, the rest on stderr."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._stage = ""

    def tell_stores(self, reader: Reader) -> None:
        totals = reader.totals()
        print_notice(
            f"read {say_count(totals.messages, 'message')} in "
            f"{say_count(totals.conversations, 'conversation')} from "
            f"{len(reader.sources())} sample stores; {totals.unread} unread"
        )

    def tell_saved(self, reader: Reader, saved: Saved) -> None:
        if self._quiet:
            return
        if saved.stage != self._stage:
            self._stage = saved.stage
            title = "Highlights: messages chosen by code, word for word"
            if saved.stage == "gist":
                title = "Gists: written by the model on this machine"
            click.echo(click.style(f"\n{title}", bold=True, underline=True))
        summary = reader.get_summary(saved.summary_id)
        conversation = reader.get_conversation(saved.conversation_id)
        click.echo()
        if saved.stage == "gist":
            print_summary(summary, conversation)
            return
        label = click.style(f"{conversation.source_label} · {conversation.unread} unread", dim=True)
        click.echo(f"{click.style(clean_line(conversation.title), bold=True)}  {label}")
        print_highlights(summary.highlights)


def _describe(archive_file: Path, model: Model, markdown: str, seconds: float) -> dict[str, object]:
    from companion.demo.laying_out import ZONE
    from storage.reader import Reader

    with Reader.open(archive_file) as reader:
        rows = reader.conversations()
        summaries = [
            describe_summary(summary, row.title)
            for row in rows
            if (summary := reader.find_summary(row.id)) is not None
        ]
    return {
        "conversations": [describe_conversation(row, ZONE) for row in rows],
        "summaries": summaries,
        "digest": markdown,
        "seconds": seconds,
        "model": model.name,
    }
