"""Spares the reading of a store that rests unchanged, which would copy all of it for nothing.

A WAL store that nobody has open is read from a copy (`sqlite_store`), and an encrypted one
needs its key for that: too much at every poll of a messenger that is closed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from companion.sources.interface import Change, CursorAdvanced
from companion.sources.sqlite_store import stamp_at_rest


def read_unless_resting(
    path: Path,
    cursor: str | None,
    settings: Sequence[str],
    read: Callable[[str | None], Iterator[Change]],
) -> Iterator[Change]:
    """The changes that `read` tells since its own cursor, which `cursor` holds.

    The `CursorAdvanced` alone where the store rests as it did when it was last read with
    these `settings`; then `read` is not called.
    """
    stamp = stamp_at_rest(path)  # before the reading: what changes meanwhile is found changed
    rest = None if stamp is None else [stamp, list(settings)]
    known_rest, known = _parse_cursor(cursor)
    if cursor is not None and rest is not None and rest == known_rest:
        yield CursorAdvanced(cursor)
        return
    for change in read(known):
        if isinstance(change, CursorAdvanced):
            yield CursorAdvanced(json.dumps({"rest": rest, "cursor": change.cursor}))
        else:
            yield change


def _parse_cursor(cursor: str | None) -> tuple[object, str | None]:
    """(None, None) for none, and for one of another version, which means: read all."""
    try:
        fields = json.loads(cursor or "{}")
        return fields["rest"], str(fields["cursor"])
    except (ValueError, TypeError, KeyError):
        return None, None
