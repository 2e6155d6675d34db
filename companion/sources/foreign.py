"""The border around sources of others: whatever a plug-in does, its store alone fails.

The one place beside the process's outermost frame where every exception is caught: what
somebody else's code raises cannot be listed, and the stores beside it must still be read.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import get_args

from companion.errors import PluginFailed, SourceError
from companion.sources.interface import (
    Change,
    ConversationFound,
    ConversationKind,
    CursorAdvanced,
    MessageFound,
    MessageKind,
    MessageRemoved,
    Skipped,
    Source,
    SourceSettings,
    UnreadOrigin,
)

_UPDATE = "update or uninstall the package it comes from"


def load_plugin(plugin: EntryPoint) -> type[Source]:
    """The class of a plug-in, with a border around it: it raises `SourceError`s alone.

    Raises `PluginFailed` for what cannot be loaded, is no `Source`, or lacks what one says
    of itself.
    """
    name = f"the source plug-in {plugin.name!r} ({plugin.value})"
    with _hold_border(name, "cannot be loaded"):
        source = plugin.load()
        if not (isinstance(source, type) and issubclass(source, Source)):
            raise PluginFailed(f"{name} is not a Source", next_step=_UPDATE)
        _check_class(source, plugin.name, name)
    return _contain(source, name)


def _contain(source: type[Source], name: str) -> type[Source]:
    """A subclass of `source` all of whose methods stand behind the border."""

    class Contained(source):  # type: ignore[misc, valid-type]
        def __init__(self, path: Path, settings: SourceSettings) -> None:
            with _hold_border(name, "failed"):
                super().__init__(path, settings)

        @classmethod
        def probe(cls, path: Path) -> bool:
            with _hold_border(name, "failed"):
                return bool(super().probe(path))

        def read(self, cursor: str | None = None) -> Iterator[Change]:
            named: set[str] = set()
            with _hold_border(name, "failed"):
                for change in super().read(cursor):
                    _check_change(change, named)
                    yield change

    return Contained


@contextmanager
def _hold_border(name: str, what: str) -> Iterator[None]:
    """Turns every exception but a `SourceError` into one; an interrupt of the user's passes.

    `sys.exit` of a plug-in is caught, too: it must not end a daemon.
    """
    try:
        yield
    except SourceError:
        raise
    except (Exception, SystemExit) as error:
        # The words of the error may hold text of a message; its type and place cannot.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        raise PluginFailed(
            f"{name} {what}: {type(error).__name__} in {place}", next_step=_UPDATE
        ) from error


def _check_class(source: type[Source], kind: str, name: str) -> None:
    if getattr(source, "kind", None) != kind:
        raise PluginFailed(f"{name} is not of the kind {kind!r} it is named", next_step=_UPDATE)
    is_whole = (
        isinstance(getattr(source, "label", None), str)
        and getattr(source, "unread_origin", None) in get_args(UnreadOrigin)
        and isinstance(getattr(source, "is_live", None), bool)
    )
    if not is_whole:
        raise PluginFailed(f"{name} lacks label, unread_origin or is_live", next_step=_UPDATE)


def _check_change(change: object, named: set[str]) -> None:
    """Raises for what the archive could not keep; `named` are the conversations told so far."""
    match change:
        case ConversationFound():
            _require(isinstance(change.key, str) and isinstance(change.title, str))
            _require(change.kind in get_args(ConversationKind))
            _require(all(isinstance(person, str) for person in change.participants))
            named.add(change.key)
        case MessageFound():
            _require(change.conversation_key in named)
            _require(all(isinstance(t, str) for t in (change.id, change.sender, change.text)))
            _require(change.kind in get_args(MessageKind))
            _require(change.sent_at.utcoffset() is not None)
            _require(isinstance(change.position, int) and -(2**63) <= change.position < 2**63)
            _require(change.reply_to is None or isinstance(change.reply_to, str))
        case MessageRemoved():
            _require(isinstance(change.conversation_key, str) and isinstance(change.id, str))
        case CursorAdvanced():
            _require(isinstance(change.cursor, str))
        case Skipped():
            _require(isinstance(change.reason, str))
        case _:
            _require(False)


def _require(is_kept: bool) -> None:
    if not is_kept:
        raise TypeError("a change against the interface")
