"""Loads the optional packages some sources need, or says what to install; reads no store."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from companion.errors import StoreUnreadable

_PACKAGES = {
    "kakao": ("sqlcipher3",),
    "signal": ("sqlcipher3", "cryptography"),
}
"""What each extra of ours brings."""

_NEEDED = {"kakaotalk-mac": "kakao", "signal": "signal"}
"""The extras of the kinds that have one."""


def load_extra(module: str, extra: str) -> ModuleType:
    """A module of an optional package; raises `StoreUnreadable` where it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise StoreUnreadable(
            f"stores of this kind need the extra {extra!r} of Companion, which is not installed",
            next_step=f"run `{_compose_install(extra)}` and try again",
        ) from error


def find_missing(kind: str) -> str | None:
    """The command that installs what a kind of source needs; None where nothing is missing."""
    extra = _NEEDED.get(kind)
    if extra is None or all(find_spec(package) for package in _PACKAGES[extra]):
        return None
    return _compose_install(extra)


def _compose_install(extra: str) -> str:
    return f"{sys.executable} -m pip install {' '.join(_PACKAGES[extra])}"
