"""Loads the optional packages some sources need, or says what to install; reads no store."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from companion.errors import StoreUnreadable

_PACKAGES = {
    "kakao": ("sqlcipher3",),
    "signal": ("sqlcipher3", "cryptography"),
}
"""What each extra of ours brings."""


def load_extra(module: str, extra: str) -> ModuleType:
    """A module of an optional package; raises `StoreUnreadable` where it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        packages = " ".join(_PACKAGES[extra])
        raise StoreUnreadable(
            f"stores of this kind need the extra {extra!r} of Companion, which is not installed",
            next_step=f"run `{sys.executable} -m pip install {packages}` and try again",
        ) from error
