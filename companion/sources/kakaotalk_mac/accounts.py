"""Finds out whose database a file is: from the owner, this Mac, or a file beside a copy.

The number of the account is one of the names the owner gives (`--me`), as nothing on a Mac
reliably tells it: it is never guessed (formats.md 1.3).
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from companion.errors import StoreUnreadable
from companion.sources.decoding import clean_text
from companion.sources.kakaotalk_mac.keys import Account

ACCOUNT_FILE = "auth.json"
"""Beside a copy taken to another machine: {"uuid": "...", "userId": 4242}, as tools write it."""

_MAX_BYTES = 64 * 1024
_DEVICE = re.compile(r'"IOPlatformUUID" = "([0-9A-Fa-f-]{36})"')
_COMMAND = ("ioreg", "-rd1", "-c", "IOPlatformExpertDevice")


def get_account(store: Path, me: Iterable[str]) -> Account:
    """The account whose database lies at `store`; raises `StoreUnreadable` with what is lacking."""
    if account := find_account_beside(store):
        return account
    number = next((int(name) for name in me if is_number(name)), None)
    if number is None:
        raise StoreUnreadable(
            f"{store} is opened only with the number of its KakaoTalk account",
            next_step="give it as one of your names: --me NAME --me 123456789",
        )
    device = _find_device()
    if device is None:
        raise StoreUnreadable(
            f"{store} is opened only on the Mac that KakaoTalk runs on",
            next_step=f"read it there, or put {ACCOUNT_FILE} with uuid and userId beside the copy",
        )
    return Account(device, number)


def find_account_beside(store: Path) -> Account | None:
    """What the account file beside a copy says; None without one, or one that says nothing."""
    try:
        with store.with_name(ACCOUNT_FILE).open("rb") as file:
            told = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError):
        return None
    if not isinstance(told, dict):
        return None
    device, number = told.get("uuid"), told.get("userId")
    if isinstance(device, str) and isinstance(number, int):
        return Account(clean_text(device), number)
    return None


def is_number(name: str) -> bool:
    """Whether one of the owner's names is the number of an account."""
    return name.isascii() and name.isdecimal()


def _find_device() -> str | None:
    """The hardware UUID of this Mac; None where there is none."""
    try:
        told = subprocess.run(_COMMAND, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    found = _DEVICE.search(told.stdout)
    return found and found[1]
