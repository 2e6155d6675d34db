"""What every command starts from: the home, its config, the clock; opens the archive when asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from companion.clock import find_local_zone, read_now
from companion.config import Config, load_config
from companion.errors import NotFound, UsageError
from companion.paths import Paths, find_paths
from companion.speaking import Language, find_language
from companion.temporary import make_folder

if TYPE_CHECKING:
    from companion.authoring.process import ModelProcess
    from companion.modelling import Model
    from storage.archive import Archive
    from storage.reader import Reader
    from storage.records import ConversationRow


@dataclass(frozen=True, slots=True)
class Session:
    """One run of one command."""

    paths: Paths
    config: Config
    zone: tzinfo

    @property
    def language(self) -> Language:
        """Of everything Companion itself says in digests and on the screen."""
        return find_language(self.config)

    @property
    def has_archive(self) -> bool:
        """Whether anything was ever stored in this home."""
        return self.paths.archive_file.exists()

    def read_now(self) -> datetime:
        """The present, aware UTC."""
        return read_now()

    @contextmanager
    def open_archive(self) -> Iterator[Archive]:
        """The archive for writing, made and migrated when it is not there yet."""
        from storage.archive import Archive

        with Archive.open(self.paths.archive_file) as archive:
            yield archive

    @contextmanager
    def open_reader(self) -> Iterator[Reader]:
        """The archive for reading, without what has disappeared by now.

        Raises `RecordMissing` when nothing was ever stored.
        """
        from companion.expiring import remove_expired
        from storage.reader import Reader

        with Reader.open(self.paths.archive_file) as reader:
            remove_expired(reader, self.open_archive, self.read_now())
            yield reader

    def find_model(self, name: str | None = None) -> Model:
        """The model of that name, or with None the one the config names; not loaded."""
        from companion.modelling import Model

        config = self.config if name is None else replace(self.config, model=name)
        return Model(config, self.paths.cache)

    def find_author(self) -> ModelProcess:
        """The configured model in a process of its own, which starts with the first chat."""
        from companion.authoring.process import ModelProcess

        return ModelProcess(self.config, self.paths.cache)

    def wake_daemon(self) -> None:
        """Let a running daemon look at what was just written; nothing happens without one."""
        from companion.daemon_state import wake_daemon

        wake_daemon(self.paths)


def start_session() -> Session:
    """The session of this process; creates the home's folders, private."""
    paths = find_paths()
    paths.create()
    make_folder()
    if paths.key_file.exists():
        from companion.commands.asking import ask_passphrase
        from companion.unlocking import provide_archive_key

        provide_archive_key(paths, ask_passphrase)
    return Session(paths, load_config(paths.config_file), find_local_zone())


def get_conversation(reader: Reader, text: str) -> ConversationRow:
    """The one conversation meant by `text` (a title, a part of one, or "#12").

    Raises `NotFound` for none and `UsageError` for several, naming their numbers only:
    titles may be private enough not to end in a shell's error log.
    """
    found = reader.find_conversations(text)
    if not found:
        raise NotFound("no conversation is called so", next_step="see `companion list`")
    if len(found) > 1:
        numbers = ", ".join(f"#{row.id}" for row in found[:8])
        raise UsageError(
            f"{len(found)} conversations match", next_step=f"give one by its number: {numbers}"
        )
    return found[0]
