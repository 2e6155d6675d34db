"""Derives name and passphrase of KakaoTalk's database from device and account; opens none.

Both follow from the hardware UUID of the Mac and the number of the account (formats.md 1.3,
after kakaocli; unofficial, and may change with any version of the app). Neither is kept
anywhere but in memory.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from functools import cache

_ROUNDS = 100_000
_KEY_BYTES = 128
_NAME_DIGITS = slice(28, 106)


@dataclass(frozen=True, slots=True)
class Account:
    """Whose database it is."""

    device: str
    """The IOPlatformUUID of the Mac."""

    number: int
    """KakaoTalk's own number of the account."""


@cache
def derive_file_name(account: Account) -> str:
    """The name of the account's database, 78 hexadecimal digits without a suffix."""
    device = account.device
    parts = [".", "F", str(account.number), "A", "F", device[::-1], ".", "|"]
    return _derive(".".join(parts), _digest(device)[::-1])[_NAME_DIGITS]


@cache
def derive_passphrase(account: Account) -> str:
    """The passphrase of the account's database, 256 hexadecimal digits."""
    device = account.device
    parts = ["A", _digest(device), "|", "F", device[:5], "H", str(account.number), "|", device[7:]]
    return _derive("F".join(parts)[::-1], device[int(len(device) * 0.3) :])


def _digest(device: str) -> str:
    raw = device.encode()
    hashed = hashlib.sha1(raw, usedforsecurity=False).digest() + hashlib.sha256(raw).digest()
    return b64encode(hashed).decode()


def _derive(password: str, salt: str) -> str:
    derived = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), _ROUNDS, _KEY_BYTES)
    return derived.hex()
