"""Where each kind of store usually lies; names alone, which say nothing until `probe` looked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

Platform = Literal["darwin", "linux"]

_DOWNLOADS = ("Downloads", "Documents", "Desktop")

_DATABASES: Mapping[Platform, Mapping[str, tuple[str, ...]]] = {
    "darwin": {
        "imessage": ("Library/Messages/chat.db",),
        "whatsapp-mac": (
            "Library/Group Containers/group.net.whatsapp.WhatsApp.shared/ChatStorage.sqlite",
        ),
        "signal": ("Library/Application Support/Signal/sql/db.sqlite",),
        "beeper": ("Library/Application Support/BeeperTexts/index.db",),
        "mbox": (
            "Library/Thunderbird/Profiles/*/Mail/*/Inbox",
            "Library/Thunderbird/Profiles/*/ImapMail/*/INBOX",
        ),
    },
    "linux": {
        "signal": (
            ".config/Signal/sql/db.sqlite",
            ".var/app/org.signal.Signal/config/Signal/sql/db.sqlite",
        ),
        "beeper": (".config/BeeperTexts/index.db",),
        "mbox": (".thunderbird/*/Mail/*/Inbox", ".thunderbird/*/ImapMail/*/INBOX"),
    },
}
"""What programs of the platform keep, below the user's folder (docs/sources)."""

_ANYWHERE: Mapping[str, tuple[str, ...]] = {
    "whatsapp-android": ("whatsapp/msgstore.db",),
    "signal-cli": ("signal/*.jsonl",),
    "maildir": ("Maildir", "Mail/*"),
}
"""What people put there themselves, as our pages tell them to."""

_EXPORTS: Mapping[str, tuple[str, ...]] = {
    "kakaotalk": ("[Kk]akao[Tt]alk*.txt", "[Kk]akao[Tt]alk*.csv", "[Kk]akao[Tt]alk*/*.txt"),
    "whatsapp": ("WhatsApp*.zip", "WhatsApp*.txt", "WhatsApp*/*.txt", "_chat.txt"),
    "whatsapp-android": ("msgstore.db",),
    "telegram": ("Telegram Desktop/*/result.json", "ChatExport_*/result.json", "result.json"),
    "line": ("[[]LINE[]]*.txt", "LINE*.txt"),
    "slack": ("* Slack export *.zip",),
    "discord": ("*[[]*[]].json",),
    "facebook": ("facebook-*.zip", "facebook-*"),
    "instagram": ("instagram-*.zip", "instagram-*"),
    "element": ("matrix - *.json", "matrix - *.zip"),
    "googlechat": ("takeout-*.zip", "Takeout"),
    "mbox": ("*.mbox",),
}
"""As messengers and browsers name what is saved, in any of `_DOWNLOADS`."""

UNPLACED = frozenset({"kakaotalk-mac", "spool"})
"""Kinds that are read only where the owner names them: an unofficial reader that needs the
account's number, and a folder that a script of the owner's fills."""


def list_patterns(platform: Platform) -> Iterator[tuple[str, str]]:
    """Kinds with glob patterns of their usual places, below the user's folder."""
    for kind, patterns in (*_DATABASES[platform].items(), *_ANYWHERE.items()):
        yield from ((kind, pattern) for pattern in patterns)
    for kind, names in _EXPORTS.items():
        yield from ((kind, f"{folder}/{name}") for name in names for folder in _DOWNLOADS)


def list_places(home: Path, platform: Platform) -> Iterator[tuple[str, Path]]:
    """Kinds with paths that exist by name; one whose folder refuses to say so is told, too.

    Not every path is of the kind, and none comes twice under one kind.
    """
    seen: set[tuple[str, Path]] = set()
    for kind, pattern in list_patterns(platform):
        for path in _match(home, pattern):
            if (kind, path) not in seen:
                seen.add((kind, path))
                yield kind, path


def _match(home: Path, pattern: str) -> Iterator[Path]:
    if any(mark in pattern for mark in "*[?"):
        yield from sorted(home.glob(pattern))
        return
    path = home / pattern
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except PermissionError:
        pass  # macOS guards the folder: whoever reads it is told why
    yield path
