"""Keeps the key of an encrypted archive: in the system's keyring, or under a passphrase.

The key is 32 random bytes, so that opening an archive derives nothing; the file beside the
archive says how the key is kept, and holds it wrapped where a passphrase keeps it. Keys and
passphrases never enter an error, a log line or an argument of a program.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from storage.errors import KeyUnusable
from storage.unlocking import KEY_BYTES

if TYPE_CHECKING:
    from types import ModuleType

KeptBy = Literal["keyring", "passphrase"]

AskPassphrase = Callable[[], str]
"""Gives the passphrase; raises `KeyUnusable` where there is nobody to ask."""

_SERVICE = "companion"
"""Our entries in a keyring are named so; the user of an entry is a random name."""

_SCRYPT = {"n": 2**16, "r": 8, "p": 2}
"""64 MiB and a third of a second a guess (OWASP, Password Storage Cheat Sheet, scrypt)."""


@dataclass(frozen=True, slots=True)
class InKeyring:
    """The key is the keyring's entry of that name."""

    entry: str


@dataclass(frozen=True, slots=True)
class UnderPassphrase:
    """The key, wrapped; all in hexadecimal digits, else `ValueError`.

    scrypt of the passphrase gives 64 bytes: the key is added (XOR) to the first half, which
    nothing else ever uses, as the salt is new for each wrapping; the second half is the key of
    the tag, an HMAC, by which a wrong passphrase is known.
    """

    salt: str
    wrapped: str = field(repr=False)
    tag: str = field(repr=False)
    n: int = _SCRYPT["n"]
    r: int = _SCRYPT["r"]
    p: int = _SCRYPT["p"]

    def __post_init__(self) -> None:
        sizes_bytes = {len(bytes.fromhex(digits)) for digits in (self.wrapped, self.tag)}
        if sizes_bytes != {KEY_BYTES} or not bytes.fromhex(self.salt):
            raise ValueError("no wrapped key")


Kept = InKeyring | UnderPassphrase


def make_key() -> bytes:
    """A new key."""
    return secrets.token_bytes(KEY_BYTES)


def keep_in_keyring(key: bytes) -> InKeyring:
    """Put the key into the keyring under a name of its own, and see that it can be had again."""
    kept = InKeyring(secrets.token_hex(8))
    with _use_keyring() as keyring:
        keyring.set_password(_SERVICE, kept.entry, key.hex())
    if load_key(kept, _ask_nobody) != key:
        raise KeyUnusable("the system's keyring changed the key", next_step="use --passphrase")
    return kept


def keep_under(passphrase: str, key: bytes) -> UnderPassphrase:
    """Wrap the key."""
    salt = secrets.token_bytes(16)
    pad, tag_key = _stretch(passphrase, salt, **_SCRYPT)
    wrapped = _add(key, pad)
    return UnderPassphrase(salt.hex(), wrapped.hex(), _make_tag(tag_key, wrapped).hex())


def load_key(kept: Kept, ask: AskPassphrase) -> bytes:
    """The key; `ask` is called at most once. Raises `KeyUnusable`."""
    if isinstance(kept, UnderPassphrase):
        return _unwrap(kept, ask())
    with _use_keyring() as keyring:
        digits: str | None = keyring.get_password(_SERVICE, kept.entry)
    if digits is None:
        raise KeyUnusable(
            "the system's keyring no longer has the archive's key",
            next_step="unlock or restore the keyring; without it the archive cannot be read",
        )
    return bytes.fromhex(digits)


def drop_key(kept: Kept) -> None:
    """Take the key out of the keyring, if it is there."""
    if isinstance(kept, InKeyring):
        with _use_keyring() as keyring:
            if keyring.get_password(_SERVICE, kept.entry) is not None:
                keyring.delete_password(_SERVICE, kept.entry)


def find_kept(file: Path) -> Kept | None:
    """How the key is kept, as the file says; None without a file. Raises `KeyUnusable`."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        kind = {"keyring": InKeyring, "passphrase": UnderPassphrase}[told.pop("kept_by")]
        kept: Kept = kind(**told)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyUnusable(
            f"{file} is damaged", next_step="restore it from a backup: it leads to the key"
        ) from error
    return kept


def save_kept(file: Path, kept: Kept) -> None:
    """Write the file, private, in one step and for good before anything relies on it."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    text = json.dumps({"kept_by": name_keeping(kept), **asdict(kept)}, indent=2)
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(f"{text}\n")
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def name_keeping(kept: Kept) -> KeptBy:
    """In a word."""
    return "keyring" if isinstance(kept, InKeyring) else "passphrase"


def _unwrap(kept: UnderPassphrase, passphrase: str) -> bytes:
    wrapped = bytes.fromhex(kept.wrapped)
    pad, tag_key = _stretch(passphrase, bytes.fromhex(kept.salt), n=kept.n, r=kept.r, p=kept.p)
    if not hmac.compare_digest(_make_tag(tag_key, wrapped), bytes.fromhex(kept.tag)):
        raise KeyUnusable(
            "that is not the passphrase of the archive", next_step="run the command again with it"
        )
    return _add(wrapped, pad)


def _stretch(passphrase: str, salt: bytes, *, n: int, r: int, p: int) -> tuple[bytes, bytes]:
    """Pad and key of the tag. One passphrase typed on two systems is the same letters (NFC)."""
    stretched = hashlib.scrypt(
        unicodedata.normalize("NFC", passphrase).encode(),
        salt=salt,
        n=n,
        r=r,
        p=p,
        maxmem=256 * n * r,
        dklen=2 * KEY_BYTES,
    )
    return stretched[:KEY_BYTES], stretched[KEY_BYTES:]


def _add(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _make_tag(tag_key: bytes, wrapped: bytes) -> bytes:
    return hmac.digest(tag_key, wrapped, "sha256")


def _ask_nobody() -> str:
    raise KeyUnusable("there is nobody to ask", next_step="run the command in a terminal")


@contextmanager
def _use_keyring() -> Iterator[ModuleType]:
    """The library `keyring`, which speaks to the desktop's service over a local socket."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise KeyUnusable(
            "keys in the keyring need the extra 'encrypt' of Companion, which is not installed",
            next_step=f"run `{sys.executable} -m pip install sqlcipher3 keyring` and try again",
        ) from error
    try:
        yield keyring
    except KeyringError as error:
        raise KeyUnusable(
            f"the system's keyring cannot be used ({type(error).__name__})",
            next_step="start and unlock it, or use `companion encrypt --passphrase`",
        ) from error
