"""Decrypts what Electron's safeStorage encrypted, with the password the OS keychain guards.

The scheme is Chromium's OSCrypt (formats.md 1.8). The keychain is asked once for each process;
its password and what it decrypts are kept in memory alone. Windows is not supported.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache

from companion.errors import StoreUnreadable
from companion.sources.extras import load_extra

_WITH_FIXED_PASSWORD, _WITH_KEYRING = b"v10", b"v11"
"""What encrypted texts begin with; on a Mac always the first, whatever the name says here."""

_SALT, _KEY_BYTES, _BLOCK_BYTES = b"saltysalt", 16, 16
_ROUNDS_OF_MAC, _ROUNDS_OF_LINUX = 1003, 1
_WITHOUT_KEYRING = "peanuts"
"""The password of Linux without a keyring ("basic_text")."""

_ASK_S = 120.0
"""How long the owner may take to answer the keychain's question."""

_MAC_COMMANDS = (("security", "find-generic-password", "-w", "-s", "{} Safe Storage"),)
_SECRET_SERVICE_COMMANDS = (("secret-tool", "lookup", "application", "{}"),)
_KWALLET_COMMANDS = (
    ("kwallet-query", "-f", "{} Keys", "-r", "{} Safe Storage", "kdewallet"),
    ("kwallet-query", "-f", "Chromium Keys", "-r", "Chromium Safe Storage", "kdewallet"),
)


def list_decrypted(encrypted: bytes, backend: str, application: str) -> Iterator[bytes]:
    """What the text may be, one for each password that gives one; the caller knows which is right.

    `backend`: as Electron names it on Linux, "" on a Mac. Raises `StoreUnreadable` where no
    password can be had, and where the driver of the ciphers is not installed.
    """
    prefix, body = encrypted[:3], encrypted[3:]
    if prefix not in {_WITH_FIXED_PASSWORD, _WITH_KEYRING} or len(body) % _BLOCK_BYTES or not body:
        raise StoreUnreadable(
            f"the key of {application} is encrypted in a way that is not known",
            next_step="update Companion, and report it if that does not help",
        )
    is_mac = not backend and prefix == _WITH_FIXED_PASSWORD
    rounds = _ROUNDS_OF_MAC if is_mac else _ROUNDS_OF_LINUX
    for password in _list_passwords(prefix, backend, application, is_mac=is_mac):
        key = hashlib.pbkdf2_hmac("sha1", password.encode(), _SALT, rounds, _KEY_BYTES)
        decrypted = _decrypt(key, body)
        if decrypted is not None:
            yield decrypted


def _list_passwords(
    prefix: bytes, backend: str, application: str, *, is_mac: bool
) -> Iterator[str]:
    if prefix == _WITH_FIXED_PASSWORD and not is_mac:
        yield _WITHOUT_KEYRING
        return
    if is_mac:
        commands: Sequence[Sequence[str]] = _MAC_COMMANDS
    elif backend.startswith("kwallet"):
        commands = _KWALLET_COMMANDS
    else:
        commands = _SECRET_SERVICE_COMMANDS
    for command in commands:
        if password := _ask_keychain(tuple(part.format(application) for part in command)):
            yield password


@cache
def _ask_keychain(command: tuple[str, ...]) -> str:
    """The password; "" where the keychain has none or the owner refuses."""
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_ASK_S)
    except FileNotFoundError as error:
        raise StoreUnreadable(
            f"the keychain cannot be asked: there is no program {command[0]}",
            next_step=f"install {command[0]} (on Debian: libsecret-tools for secret-tool)",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise StoreUnreadable(
            "the keychain's question was not answered", next_step="run it again and allow it"
        ) from error
    return told.stdout.strip() if told.returncode == 0 else ""


def _decrypt(key: bytes, body: bytes) -> bytes | None:
    """AES-128-CBC with PKCS#7 padding; None where the padding says that the key is wrong."""
    ciphers = load_extra("cryptography.hazmat.primitives.ciphers", "signal")
    mode = ciphers.modes.CBC(b" " * _BLOCK_BYTES)
    decryptor = ciphers.Cipher(ciphers.algorithms.AES(key), mode).decryptor()
    padded: bytes = decryptor.update(body) + decryptor.finalize()
    count = padded[-1]
    is_padded = 0 < count <= _BLOCK_BYTES and padded.endswith(bytes([count]) * count)
    return padded[:-count] if is_padded else None
