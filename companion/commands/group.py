"""The `companion` command itself: the table of its commands, and what happens without one.

Naming a command loads its module and no other; listing them loads none.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import click

from companion import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Place(NamedTuple):
    """Where a command is, and what the list of all says of it."""

    module: str
    """In `companion.commands`."""

    attribute: str
    help: str
    """The first sentence of the command's own help."""


PLACES = {
    "demo": Place(
        "demonstrating",
        "demo",
        "Show everything on bundled sample stores, in a home that is thrown away.",
    ),
    "init": Place(
        "starting",
        "init",
        "Set Companion up: find the stores of this machine, ask what to read, write the config.",
    ),
    "scan": Place("stores", "scan", "Read a store and say what is in it; nothing is recorded."),
    "add": Place("stores", "add", "Register a store, read it now, and follow it from then on."),
    "sources": Place("stores", "sources", "List the registered stores."),
    "remove": Place(
        "stores",
        "remove",
        "Unregister a store (by number or path); what was read from it stays.",
    ),
    "sync": Place("stores", "sync", "Read what is new in every registered store."),
    "summarize": Place(
        "summaries", "summarize", "Summarise unread conversations, all of them or those named."
    ),
    "run": Place("daemon", "run", "Run the daemon in the foreground; SIGTERM or Ctrl-C ends it."),
    "status": Place(
        "daemon",
        "status",
        "Show the daemon, the queue, the stores, the next digest, the model, the last errors.",
    ),
    "pause": Place("pausing", "pause", "Let the daemon do nothing at all for 30m, 2h or 1d12h."),
    "resume": Place("pausing", "resume", "End the pause; the daemon catches up at once."),
    "service": Place(
        "servicing", "service", "Let systemd or launchd start the daemon at every login."
    ),
    "list": Place("browsing", "list_conversations", "List conversations, the most urgent first."),
    "show": Place("browsing", "show", "Show one conversation: its summary and newest messages."),
    "search": Place(
        "browsing", "search", "Find words in messages and summaries, inside Korean words too."
    ),
    "todo": Place("browsing", "todo", "List open to-dos found in conversations, yours first."),
    "digest": Place(
        "digests",
        "digest",
        "Print the digest of a day; today's is composed, not kept, when it was not made yet.",
    ),
    "read": Place(
        "summaries",
        "read",
        "Mark a conversation read here; the messenger itself is never touched.",
    ),
    "exclude": Place(
        "forgetting",
        "exclude",
        "Leave a conversation out from now on; without any, list what is left out.",
    ),
    "forget": Place(
        "forgetting",
        "forget",
        "Wipe a conversation with all that was made of it, and never read it again.",
    ),
    "export": Place(
        "exporting", "export", "Get out what is stored: all of it, or one conversation."
    ),
    "vacuum": Place(
        "keeping", "vacuum", "Compact the archive, and overwrite what was removed from it."
    ),
    "encrypt": Place(
        "encrypting",
        "encrypt",
        "Encrypt the archive; of an encrypted one, keep its key in another way.",
    ),
    "decrypt": Place(
        "encrypting", "decrypt", "Make the archive a plain file again, and drop its key."
    ),
    "privacy": Place(
        "keeping",
        "privacy",
        "Show every file kept, its mode, how long it is kept, and that no network is possible.",
    ),
    "model": Place(
        "models", "model", "List, fetch, add, choose and check the models that write gists."
    ),
    "eval": Place(
        "evaluating",
        "evaluate",
        "Measure a model's summaries on a file of conversations with gold, or on the bundled one.",
    ),
    "bench": Place(
        "benching",
        "bench",
        "Measure speed and memory on generated and sample stores, in a home that is thrown away.",
    ),
    "doctor": Place(
        "checking",
        "doctor",
        "Check everything a support person would ask about, each with its remedy.",
    ),
    "completion": Place(
        "completing",
        "completion",
        "Print what lets bash, zsh or fish complete commands, options and files.",
    ),
    "tui": Place("screen", "tui", "Open the terminal interface."),
}


class Commands(MutableMapping[str, click.Command]):
    """The commands by name, each loaded when it is first asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, click.Command | None] = dict.fromkeys(PLACES)

    def __getitem__(self, name: str) -> click.Command:
        command = self._loaded[name]
        if command is None:
            place = PLACES[name]
            module = import_module(f"companion.commands.{place.module}")
            command = self._loaded[name] = getattr(module, place.attribute)
        return command

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)


class CommandGroup(click.Group):
    """A group whose help is written from the table."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, PLACES[name].help) for name in sorted(PLACES)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """From the table too: a key pressed in the shell waits for this."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        names = (name for name in sorted(PLACES) if name.startswith(incomplete))
        return [CompletionItem(name, help=PLACES[name].help) for name in names]


@click.group(
    cls=CommandGroup,
    commands=Commands(),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="%(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Read what you missed in your messengers, summarised on this machine alone."""
    if context.invoked_subcommand is None:
        context.invoke(cli.commands["tui"])
