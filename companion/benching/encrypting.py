"""Measures what encryption at rest costs, against the same import into a plain archive."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from companion.archive_key import make_key
from companion.benching.apart import run_apart
from companion.benching.importing import ImportFigures, find_store, import_store
from storage.unlocking import set_key

_KIND = "whatsapp-mac"


@dataclass(frozen=True, slots=True)
class EncryptionFigures:
    """The same store imported twice, one after the other."""

    plain: ImportFigures
    encrypted: ImportFigures


def measure_encryption(folder: Path) -> EncryptionFigures | None:
    """Import one of the stores that `measure_imports` wrote below `folder` twice more.

    None without SQLCipher. To be called as that, before this process grows.
    """
    if find_spec("sqlcipher3") is None:
        return None
    store = find_store(folder, _KIND)
    return EncryptionFigures(
        run_apart(import_store, store, _KIND, folder / "plain.db"),
        run_apart(_import_encrypted, store, _KIND, folder / "encrypted.db"),
    )


def _import_encrypted(store: Path, kind: str, archive_file: Path) -> ImportFigures:
    """The key dies with this process."""
    set_key(archive_file, make_key())
    return import_store(store, kind, archive_file)


def describe_encryption(figures: EncryptionFigures | None) -> dict[str, object] | None:
    """The section `encryption` of `companion bench --json`: encrypted time over plain time."""
    if figures is None:
        return None
    plain, encrypted = figures.plain, figures.encrypted
    return {
        "kind": plain.kind,
        "messages": plain.messages,
        "import_ratio": round(encrypted.import_s / plain.import_s, 2),
        "index_ratio": round(encrypted.index_s / plain.index_s, 2),
        "unread_ratio": round(encrypted.unread_s / plain.unread_s, 2),
        "search_ratio": round(encrypted.search_s / plain.search_s, 2),
        "search_seconds": round(encrypted.search_s, 4),
    }
