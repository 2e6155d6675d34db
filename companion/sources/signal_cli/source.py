"""signal-cli: the JSON stream of what it received, followed while it is appended to a file."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from companion.clock import read_now
from companion.errors import NotAStore, SourceError, StoreBroken
from companion.sources.appending import AppendedLines, FileMark, list_files
from companion.sources.exports import read_head
from companion.sources.interface import (
    Change,
    CursorAdvanced,
    Skipped,
    Source,
    UnreadOrigin,
)
from companion.sources.links import report_links
from companion.sources.signal_cli.cursor import format_cursor, parse_cursor
from companion.sources.signal_cli.envelopes import MalformedError, is_envelope
from companion.sources.signal_cli.reading import Reading

_PROBED_FILES = 8


class SignalCliSource(Source):
    """What `signal-cli --output=json receive` or its JSON-RPC notifications print, a line each:
    one file, or a folder of `*.jsonl` read in the order of their names (formats.md 1.9).

    The stream says what the owner read on the phone, once there is one; what came before is
    followed by our own mark. The owner's messages have the first name of `settings.me` as
    their sender, or "".
    """

    kind: ClassVar[str] = "signal-cli"
    label: ClassVar[str] = "Signal (signal-cli)"
    unread_origin: ClassVar[UnreadOrigin] = "mark"
    is_live: ClassVar[bool] = True

    @classmethod
    def probe(cls, path: Path) -> bool:
        try:
            files = list_files(path)[:_PROBED_FILES]
        except (NotAStore, StoreBroken):
            return False
        return any(is_envelope(line) for file in files for line in read_head(file).split(b"\n"))

    def read(self, cursor: str | None = None) -> Iterator[Change]:
        return self._read(cursor, read_now())

    def _read(self, cursor: str | None, now: datetime) -> Iterator[Change]:
        known = parse_cursor(cursor)
        files = list_files(self.path)
        if cursor is None:
            yield from report_links(self.path, ".jsonl")
        reading = Reading(
            known,
            folder=self.path.parent if files == [self.path] else self.path,
            me=next(iter(self.settings.me), ""),
            now=now,
        )
        yield from reading.remove_expired()
        known.files = {file.name: known.files.get(file.name, FileMark()) for file in files}
        for file in files:
            try:
                known.files[file.name] = yield from _read_file(
                    file, known.files[file.name], reading
                )
            except SourceError as error:
                if file == self.path:
                    raise
                yield Skipped(error.what)
        yield CursorAdvanced(format_cursor(known))


def _read_file(file: Path, mark: FileMark, reading: Reading) -> Generator[Change, None, FileMark]:
    """Yield what stands below the mark; returns where the reading ended."""
    lines = AppendedLines(file, mark)
    for line in lines:
        if isinstance(line, Skipped):
            yield Skipped(f"{file.name}: {line.reason}", line.line)
            continue
        try:
            yield from reading.read_line(file.name, line)
        except MalformedError as error:
            yield Skipped(f"{file.name}: {error}", line.number)
    return lines.mark
