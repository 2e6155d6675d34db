"""The process: seals the network, runs the command, turns errors into one line and an exit code."""

from __future__ import annotations

import io
import os
import sys
import traceback
from pathlib import Path

import click

from companion.commands.group import cli
from companion.errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    CompanionError,
)
from companion.paths import find_paths
from companion.sealing import seal_network
from companion.temporary import claim_folder, drop_folder
from inference.errors import InferenceError
from storage.errors import StorageError


def main() -> None:
    """Run the command line and end the process."""
    # Files made from here on are the owner's alone, SQLite's side files too.
    os.umask(0o077)
    seal_network()
    claim_folder(find_paths())
    _prepare_streams()
    try:
        code = run(sys.argv[1:])
    finally:
        drop_folder()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command; gives its exit code (cli.md) and writes at most one line of error."""
    try:
        code = cli.main(arguments, prog_name="companion", standalone_mode=False)
        # Here and not at the interpreter's end, where a failure could not be handled.
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE if isinstance(error, click.UsageError) else EXIT_FAILED
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        return EXIT_INTERRUPTED
    except CompanionError as error:
        _say(str(error))
        return error.exit_code
    except (StorageError, InferenceError) as error:
        _say(f"{error}; {error.next_step}")
        return EXIT_FAILED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except OSError as error:
        # Of a disk that is full, read-only or gone; which file it was could tell a chat's name.
        _say(f"the system refuses: {error.strerror}; check the room and rights of the home's disk")
        return EXIT_FAILED
    except Exception as error:  # noqa: BLE001 (the process's outermost frame)
        # The words of an unexpected error could hold text of a message; its place cannot.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        _say(f"internal error {type(error).__name__} in {place}; please report it")
        return EXIT_FAILED
    return code if isinstance(code, int) else 0


def _prepare_streams() -> None:
    """A terminal gets what its locale can show; what is piped on is UTF-8, as JSON must be."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def _say(line: str) -> None:
    click.echo(f"companion: {line}", err=True)


if __name__ == "__main__":
    main()
