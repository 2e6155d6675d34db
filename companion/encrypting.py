"""Turns a home's archive into an encrypted one and back, while nobody else uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from companion.archive_key import Kept, drop_key, find_kept, make_key, save_kept
from companion.lock import hold_daemon_lock, hold_pass_lock
from companion.paths import Paths
from storage.archive import Archive
from storage.encrypting import decrypt_archive, encrypt_archive
from storage.errors import ArchiveLocked
from storage.unlocking import find_key, is_plain, load_driver

Keep = Callable[[bytes], Kept]
"""Keeps a key and says how."""


def encrypt_home(paths: Paths, keep: Keep) -> None:
    """Encrypt the archive under a new key; of one that is encrypted, keep the key by `keep` now.

    The key is kept for good before anything is encrypted with it. A home without an archive
    gets an empty one. Raises `DaemonRunning`, `ArchiveLocked` and `KeyUnusable`.
    """
    load_driver()
    with _hold_home(paths):
        old = find_kept(paths.key_file)
        key = find_key(paths.archive_file)
        if key is None:
            # Updated first, if need be: what is converted is an archive of this program.
            Archive.open(paths.archive_file).close()
            _encrypt(paths, keep)
        else:
            save_kept(paths.key_file, keep(key))
        if old is not None:
            drop_key(old)


def _encrypt(paths: Paths, keep: Keep) -> None:
    key = make_key()
    kept = keep(key)
    try:
        save_kept(paths.key_file, kept)
        encrypt_archive(paths.archive_file, key)
    except BaseException:
        if is_plain(paths.archive_file):  # else the key is needed, whatever went wrong after
            paths.key_file.unlink(missing_ok=True)
            drop_key(kept)
        raise


def decrypt_home(paths: Paths) -> None:
    """Make the archive a plain one and drop its key, last. Raises as `encrypt_home`."""
    with _hold_home(paths):
        if find_key(paths.archive_file) is not None:
            # An archive that is not there yet is made, so that the next one is plain.
            Archive.open(paths.archive_file).close()
            decrypt_archive(paths.archive_file)
        kept = find_kept(paths.key_file)
        if kept is not None:
            paths.key_file.unlink()
            drop_key(kept)


@contextmanager
def _hold_home(paths: Paths) -> Iterator[None]:
    with (
        hold_daemon_lock(paths.lock_file),
        hold_pass_lock(paths.pass_lock_file, limit_s=0) as is_alone,
    ):
        if not is_alone:
            raise ArchiveLocked(
                "another command runs the model over the archive",
                next_step="wait until it is done, and do it again",
            )
        yield
