"""The `companion` command itself: the list of its commands and what happens without one."""

from __future__ import annotations

import click

from companion import __version__
from companion.commands import (
    benching,
    browsing,
    checking,
    daemon,
    demonstrating,
    digests,
    evaluating,
    exporting,
    forgetting,
    keeping,
    models,
    pausing,
    servicing,
    stores,
    summaries,
)
from companion.commands import screen as screen_commands


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Read what you missed in your messengers, summarised on this machine alone."""
    if context.invoked_subcommand is None:
        context.invoke(screen_commands.tui)


for command in (
    demonstrating.demo,
    stores.scan,
    stores.add,
    stores.sources,
    stores.remove,
    stores.sync,
    summaries.summarize,
    daemon.run,
    daemon.status,
    pausing.pause,
    pausing.resume,
    servicing.service,
    browsing.list_conversations,
    browsing.show,
    browsing.search,
    browsing.todo,
    digests.digest,
    summaries.read,
    forgetting.exclude,
    forgetting.forget,
    exporting.export,
    keeping.vacuum,
    keeping.privacy,
    models.model,
    evaluating.evaluate,
    benching.bench,
    checking.doctor,
    screen_commands.tui,
):
    cli.add_command(command)
