"""Provides every process of ours with the archive's key; how a key is kept is `archive_key`'s."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from companion.paths import Paths
from storage.unlocking import find_key, is_plain, provide_keys

if TYPE_CHECKING:
    from companion.archive_key import AskPassphrase

VARIABLE = "COMPANION_PASSPHRASE"
"""Weaker than being asked: other programs of the user can read a process's environment."""

_CREDENTIAL = "companion-passphrase"
"""Name of the file that systemd puts into `$CREDENTIALS_DIRECTORY` (`LoadCredential=`)."""

Encryption = Literal["none", "keyring", "passphrase"]


def provide_archive_key(paths: Paths, ask: AskPassphrase) -> None:
    """Let this process open the home's archive, encrypted or not; asks when it is opened first.

    Other archives (of a demo, a bench) are plain.
    """
    provide_keys(partial(_find_key, paths, ask))


def find_encryption(paths: Paths) -> Encryption:
    """Whether the archive is encrypted, and how its key is kept; may ask for the passphrase."""
    if not paths.key_file.exists():
        return "none"
    from companion.archive_key import find_kept, name_keeping

    kept = find_kept(paths.key_file)
    return "none" if kept is None or find_key(paths.archive_file) is None else name_keeping(kept)


def find_passphrase(environ: Mapping[str, str] | None = None) -> str | None:
    """The passphrase given to this process by its environment or by systemd; None: neither."""
    environ = os.environ if environ is None else environ
    if passphrase := environ.get(VARIABLE):
        return passphrase
    if folder := environ.get("CREDENTIALS_DIRECTORY"):
        file = Path(folder) / _CREDENTIAL
        if file.exists():
            return file.read_text(encoding="utf-8").removesuffix("\n") or None
    return None


def _find_key(paths: Paths, ask: AskPassphrase, path: Path) -> bytes | None:
    """An archive made anew beside a kept key is encrypted, too.

    A plain one beside a kept key is one whose conversion was cut short.
    """
    if path != paths.archive_file or not paths.key_file.exists() or is_plain(path):
        return None
    from companion.archive_key import find_kept, load_key

    kept = find_kept(paths.key_file)
    return None if kept is None else load_key(kept, ask)
