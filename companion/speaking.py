"""The language Companion itself speaks: Korean where the machine does, English everywhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from companion.config import Config

if TYPE_CHECKING:
    from companion.unlocking import Encryption

Language = Literal["ko", "en"]
Noun = Literal["conversation", "message"]

_KOREAN: Mapping[Noun, str] = {"conversation": "대화", "message": "메시지"}


_ENCRYPTION: Mapping[Encryption, str] = {
    "none": "not encrypted",
    "keyring": "encrypted, its key in the keyring",
    "passphrase": "encrypted, its key under a passphrase",
}


def find_language(config: Config, environ: Mapping[str, str] | None = None) -> Language:
    """The config's language, else that of the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`)."""
    if config.language == "ko":
        return "ko"
    if config.language == "en":
        return "en"
    values = os.environ if environ is None else environ
    locale = next(
        (values[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if values.get(name)), ""
    )
    return "ko" if locale.lower().startswith("ko") else "en"


def say_count(number: int, noun: Noun, language: Language = "en") -> str:
    """The number with its noun, as "1 message", "2 messages" or "메시지 2개"."""
    if language == "ko":
        return f"{_KOREAN[noun]} {number}개"
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def say_encryption(encryption: Encryption) -> str:
    """Whether the archive is encrypted, and how its key is kept."""
    return _ENCRYPTION[encryption]
