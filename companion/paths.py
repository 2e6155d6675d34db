"""Where Companion keeps its files; it makes private folders and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from companion.errors import HomeUnusable, PrivacyRefusal

HOME_VARIABLE = "COMPANION_HOME"
OPEN_VARIABLE = "COMPANION_ALLOW_OPEN_HOME"
"""Set to 1, an archive in a folder that others may look into is no reason to refuse."""

_APP = "companion"
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Paths:
    """Every file and folder of one home; nothing is created by making this."""

    data: Path
    config: Path
    cache: Path
    """Models, pulled and converted; may be deleted at any time."""

    state: Path

    @property
    def archive_file(self) -> Path:
        """The SQLite archive; `-wal` and `-shm` lie beside it while it is open."""
        return self.data / "archive.db"

    @property
    def key_file(self) -> Path:
        """How the key of an encrypted archive is kept; absent where the archive is plain."""
        return self.data / "archive.key"

    @property
    def config_file(self) -> Path:
        """Optional; absent means every default."""
        return self.config / "config.toml"

    @property
    def lock_file(self) -> Path:
        """Held by the daemon as long as it lives."""
        return self.state / "daemon.lock"

    @property
    def pass_lock_file(self) -> Path:
        """Held by whoever runs the model over the archive: daemon or command."""
        return self.state / "pass.lock"

    @property
    def daemon_file(self) -> Path:
        """What the daemon does right now, as JSON, for `status` and the screen."""
        return self.state / "daemon.json"

    @property
    def wake_file(self) -> Path:
        """Written after a request, so that the daemon looks at once: unlike a commit to a WAL
        database, that is told by every platform's file events.
        """
        return self.state / "wake"

    @property
    def pause_file(self) -> Path:
        """When the pause that the user asked for ends; absent where there is none."""
        return self.state / "pause"

    @property
    def temporary(self) -> Path:
        """Holds a folder for each running process with its temporary files."""
        return self.state / "tmp"

    def create(self) -> None:
        """Make the folders with mode 0700, and take rights of others away from them.

        Raises `PrivacyRefusal` when a folder belongs to somebody else, so that no chat is
        ever written where its owner could read it, or when others could read an archive that
        is there already (unless `OPEN_VARIABLE` allows it), and `HomeUnusable`.
        """
        try:
            _refuse_open(self)
            for folder in (self.data, self.config, self.cache, self.state):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                make_private(folder)
        except OSError as error:
            raise HomeUnusable(
                f"the folder {error.filename or self.data} cannot be used ({error.strerror})",
                next_step=f"mend that, or set {HOME_VARIABLE} to a folder of your own",
            ) from error


def find_paths(environ: Mapping[str, str] | None = None) -> Paths:
    """The paths of `$COMPANION_HOME`, else those of the platform."""
    home = (os.environ if environ is None else environ).get(HOME_VARIABLE)
    if home:
        return paths_under(Path(home).expanduser().absolute())
    return Paths(
        data=platformdirs.user_data_path(_APP),
        config=platformdirs.user_config_path(_APP),
        cache=platformdirs.user_cache_path(_APP),
        state=platformdirs.user_state_path(_APP),
    )


def paths_under(home: Path) -> Paths:
    """All four folders below one."""
    return Paths(data=home, config=home, cache=home / "cache", state=home / "state")


def _refuse_open(paths: Paths) -> None:
    """A folder is mended silently as long as there is nothing of anybody's chats in it."""
    if os.environ.get(OPEN_VARIABLE) == "1" or not paths.archive_file.exists():
        return
    if paths.data.stat().st_mode & _OTHERS:
        raise PrivacyRefusal(
            f"other users of this machine can look into {paths.data}, where the archive lies",
            next_step=f"run `chmod 700 {paths.data}`, or set {OPEN_VARIABLE}=1 if that is meant",
        )


def make_private(folder: Path) -> None:
    """Set the mode of a folder of ours to 0700; refuses one that belongs to another user.

    Where `OPEN_VARIABLE` allows an open home, its mode is the owner's business.
    """
    status = folder.stat()
    if status.st_uid != os.getuid():
        raise PrivacyRefusal(
            f"the folder {folder} belongs to another user",
            next_step=f"set {HOME_VARIABLE} to a folder of your own",
        )
    if status.st_mode & _OTHERS and os.environ.get(OPEN_VARIABLE) != "1":
        folder.chmod(0o700)
