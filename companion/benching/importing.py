"""Measures the way from a store to an archive that can be searched, on generated stores."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from companion.benching.apart import run_apart
from companion.benching.generating import (
    END,
    OWNER,
    RARE_WORD,
    ZONE,
    write_kakaotalk,
    write_whatsapp_mac,
)
from companion.indexing import index_messages
from companion.ingesting import Reading, open_registered, sync_source
from companion.leaving_out import NO_RULES
from companion.memory import read_peak_bytes
from companion.sources.interface import SourceSettings
from companion.sources.registry import get_source
from storage.archive import Archive
from storage.entries import NewSource
from storage.reader import Reader
from storage.records import SourceRow, UnreadPolicy

_QUERIES = (RARE_WORD, "점심", "tomorrow", "오늘 예약", "zzzzzz")
"""A rare word, one of two letters, common ones, and one that is nowhere."""

_WRITERS: dict[str, tuple[str, Callable[[Path, int], None]]] = {
    "kakaotalk": ("kakaotalk.txt", write_kakaotalk),
    "whatsapp-mac": ("ChatStorage.sqlite", write_whatsapp_mac),
}
"""A text export and a database that is followed: file and writer by kind of source."""

_TRIES = 3


@dataclass(frozen=True, slots=True)
class ImportFigures:
    """What one store of generated messages takes."""

    kind: str
    messages: int
    import_s: float
    """From the store to the archive, all of it committed."""

    index_s: float
    """From the archive to the search index."""

    parse_s: float
    """Read and dropped: no import is quicker than that."""

    insert_s: float
    """Saved alone, what was read standing ready: nor than that."""

    peak_bytes: int
    """The most that the importing process had in memory, Python included."""

    rescan_s: float
    """To find that the store did not change."""

    unread_s: float
    """To list the unread conversations with their unread messages."""

    search_s: float
    """The slowest of `_QUERIES`."""


def measure_imports(folder: Path, messages: int) -> list[ImportFigures]:
    """Write a store of each kind below `folder` and import it, each in a process of its own.

    To be called before this process grows: on Linux a new one begins with its peak.
    """
    return [_measure_store(folder, kind, messages) for kind in _WRITERS]


def find_store(folder: Path, kind: str) -> Path:
    """Where the store of a kind is written."""
    return folder / _WRITERS[kind][0]


def _measure_store(folder: Path, kind: str, messages: int) -> ImportFigures:
    _, write = _WRITERS[kind]
    store = find_store(folder, kind)
    write(store, messages)
    figures = run_apart(import_store, store, kind, folder / f"{kind}.db")
    parse_s, insert_s = run_apart(_find_limits, store, kind, folder / f"{kind}-limits.db")
    return replace(figures, parse_s=parse_s, insert_s=insert_s)


def import_store(store: Path, kind: str, archive_file: Path) -> ImportFigures:
    """Import a store into an archive that is not there yet; without the limits of that."""
    with Archive.open(archive_file) as archive, Reader.open(archive_file) as reader:
        row = _register(archive, store, kind)
        began_s = time.monotonic()
        report = sync_source(archive, row, END)
        import_s = time.monotonic() - began_s
        if report.error is not None:
            raise report.error
        began_s = time.monotonic()
        index_messages(archive)
        index_s = time.monotonic() - began_s
        peak_bytes = read_peak_bytes()
        (row,) = reader.sources()
        return ImportFigures(
            kind=kind,
            messages=report.counts.added,
            import_s=import_s,
            index_s=index_s,
            parse_s=0.0,
            insert_s=0.0,
            peak_bytes=peak_bytes,
            rescan_s=_time_best(lambda: sync_source(archive, row, END)),
            unread_s=_time_best(lambda: list_unread(reader)),
            search_s=max(_time_best(partial(reader.search, query)) for query in _QUERIES),
        )


def _find_limits(store: Path, kind: str, archive_file: Path) -> tuple[float, float]:
    """Seconds to parse the store, and to insert what it tells."""
    with Archive.open(archive_file) as archive:
        row = _register(archive, store, kind)
        began_s = time.monotonic()
        for _ in open_registered(row).read(None):
            pass
        parse_s = time.monotonic() - began_s
        insert_s = 0.0
        with archive.write_much():
            reading = Reading(archive_file, row, END, open_registered, NO_RULES)
            for batch in reading.list_batches():
                began_s = time.monotonic()
                archive.save_batch(row.id, batch.conversations, batch.messages, batch.removed)
                insert_s += time.monotonic() - began_s
    return parse_s, insert_s


def _register(archive: Archive, store: Path, kind: str) -> SourceRow:
    source = get_source(store, kind=kind, settings=SourceSettings(ZONE, (OWNER,)))
    return archive.add_source(
        NewSource(
            kind=kind,
            label=source.label,
            path=str(store),
            unread_origin=source.unread_origin,
            me=(OWNER,),
            zone=str(ZONE),
            policy=UnreadPolicy("since", END - timedelta(days=1)),
        ),
        at=END,
    )


def list_unread(reader: Reader) -> None:
    """Read every unread message, by conversations."""
    for row in reader.conversations(unread_only=True):
        reader.unread_messages(row.id, context=0)


def _time_best(work: Callable[[], object]) -> float:
    """Seconds; the best of `_TRIES`, as others may be busy."""
    spent_s = []
    for _ in range(_TRIES):
        began_s = time.monotonic()
        work()
        spent_s.append(time.monotonic() - began_s)
    return min(spent_s)


def describe_import(figures: ImportFigures) -> dict[str, object]:
    """One store of the section `import` of `companion bench --json`."""
    messages = figures.messages
    return {
        "kind": figures.kind,
        "messages": messages,
        "messages_per_second": round(messages / figures.import_s),
        "parse_limit": round(messages / figures.parse_s),
        "insert_limit": round(messages / figures.insert_s),
        "index_messages_per_second": round(messages / figures.index_s),
        "peak_memory_bytes": figures.peak_bytes,
        "rescan_seconds": round(figures.rescan_s, 4),
        "unread_seconds": round(figures.unread_s, 4),
        "search_seconds": round(figures.search_s, 4),
    }
