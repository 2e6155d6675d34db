"""Finds the source for a store on disk: our own ones and those of others; reads no messages.

Others add one through the entry-point group `companion.sources`: the name is the kind, the
object a subclass of `Source`. Each source is imported when it is first needed.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from companion.errors import NotAStore, PluginFailed, SourceError, StoreUnreadable
from companion.sources.foreign import load_plugin
from companion.sources.interface import Source, SourceSettings
from companion.sources.permission import describe_refusal

ENTRY_POINT_GROUP = "companion.sources"

_OWN = {
    "imessage": "companion.sources.imessage:IMessageSource",
    "kakaotalk": "companion.sources.kakaotalk:KakaoTalkSource",
    "kakaotalk-mac": "companion.sources.kakaotalk_mac:KakaoTalkMacSource",
    "signal": "companion.sources.signal:SignalSource",
    "telegram": "companion.sources.telegram:TelegramSource",
    "whatsapp": "companion.sources.whatsapp:WhatsAppSource",
    "whatsapp-mac": "companion.sources.whatsapp_mac:WhatsAppMacSource",
    "whatsapp-android": "companion.sources.whatsapp_android:WhatsAppAndroidSource",
    "signal-cli": "companion.sources.signal_cli:SignalCliSource",
    "beeper": "companion.sources.beeper:BeeperSource",
    "slack": "companion.sources.slack:SlackSource",
    "discord": "companion.sources.discord:DiscordSource",
    "facebook": "companion.sources.meta:FacebookSource",
    "instagram": "companion.sources.meta:InstagramSource",
    "maildir": "companion.sources.mail:MaildirSource",
    "mbox": "companion.sources.mail:MboxSource",
    "element": "companion.sources.element:ElementSource",
    "googlechat": "companion.sources.googlechat:GoogleChatSource",
    "line": "companion.sources.line:LineSource",
    "spool": "companion.sources.spool:SpoolSource",
}

_SUGGESTED_FROM = {"files": 100, "folders": 8}
"""How many entries of a folder are tried for a hint; a folder takes a look at many files."""


def list_kinds() -> tuple[str, ...]:
    """Every kind of source, our own first; imports none of them."""
    return (*_OWN, *sorted(_list_plugins()))


def load_source_class(kind: str) -> type[Source]:
    """The source of that kind. Raises `NotAStore` where no such source is installed.

    Raises `PluginFailed` for a plug-in that cannot be loaded; a loaded one raises nothing but
    `SourceError`s (`companion.sources.foreign`).

    Our own kinds cannot be replaced by a plug-in.
    """
    if kind in _OWN:
        module, _, name = _OWN[kind].partition(":")
        source: type[Source] = getattr(import_module(module), name)
        return source
    if plugin := _list_plugins().get(kind):
        return load_plugin(plugin)
    raise NotAStore(
        f"there is no source of kind {kind!r}", next_step=f"use one of {', '.join(list_kinds())}"
    )


def get_source(path: Path, kind: str | None = None, *, settings: SourceSettings) -> Source:
    """The source for the store at `path`, never None; nothing is read yet but its first bytes.

    With `kind` the user's word is taken, else the first source that recognises the content
    wins. Raises `NotAStore` (missing, empty, or nobody's), `StoreUnreadable` and
    `StoreLocked`.
    """
    _check(path)
    if kind is not None:
        return load_source_class(kind)(path, settings)
    if source := _recognise(path):
        return source(path, settings)
    if path.is_dir():
        raise NotAStore(f"{path} is a folder without a store", next_step=_suggest_inside(path))
    raise NotAStore(
        f"{path} is not a store that any source recognises",
        next_step=f"name its kind with --kind ({', '.join(list_kinds())}) or check the file",
    )


def _list_plugins() -> dict[str, EntryPoint]:
    entries = entry_points(group=ENTRY_POINT_GROUP)
    return {entry.name: entry for entry in entries if entry.name not in _OWN}


def _check(path: Path) -> None:
    """Raises for what no source could read, in words that do not depend on the source."""
    try:
        if path.is_dir():
            next(path.iterdir(), None)
        elif path.is_file():
            with path.open("rb") as file:
                if not file.read(1):
                    raise NotAStore(f"{path} is empty", next_step="export it again")
        elif path.exists():
            raise NotAStore(f"{path} is neither a file nor a folder", next_step="check the path")
        else:
            raise NotAStore(f"{path} does not exist", next_step="check the path")
    except PermissionError as error:
        raise describe_refusal(path) from error
    except OSError as error:
        raise StoreUnreadable(
            f"{path} cannot be read: {error.strerror}", next_step="check the disk"
        ) from error


def _recognise(path: Path) -> type[Source] | None:
    """Raises `PluginFailed` only where no other source recognises the store."""
    failed: PluginFailed | None = None
    for kind in list_kinds():
        try:
            source = load_source_class(kind)
            if source.probe(path):
                return source
        except PluginFailed as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return None


def _suggest_inside(folder: Path) -> str:
    """Names the first store directly inside, for people who point at the folder around it."""
    children = sorted(folder.iterdir())
    files = [child for child in children if child.is_file()][: _SUGGESTED_FROM["files"]]
    folders = [child for child in children if child.is_dir()][: _SUGGESTED_FROM["folders"]]
    for child in (*files, *folders):
        with suppress(SourceError):
            if _recognise(child):
                return f"name the store in it: {child}"
    return "name the exported file, or the database, itself"
