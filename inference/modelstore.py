"""Owns where models lie in the cache folder: pulled files, converted folders, added ones.

Layout under the cache folder the caller gives:

    models/files/FILE.gguf      pulled or linked files, hash checked on the way in
    models/KEY/                 converted models; KEY holds the hashes of what they were made from
    models/added/NAME.json      what the owner added by hand
    pulls/                      what interrupted pulls have fetched so far
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from inference.added import AddedModel, added_models
from inference.catalogue import Catalogue, CatalogueEntry
from inference.errors import BrokenModelFile, ModelMissing
from inference.files import make_folder, sha256_of, sweep_parts
from inference.modelfolder import CONVERTER_VERSION, ModelFolder, read_folder

PullProgress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""

ConvertProgress = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, stage); 0 in all where they cannot be counted."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that `verify` looked at."""

    name: str
    ok: bool
    detail: str
    remedy: str
    """What to do when it is not ok; "" when it is."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model of the catalogue, or one that was added, and what of it is on this machine."""

    entry: CatalogueEntry
    is_added: bool
    has_file: bool
    is_ready: bool
    """Converted, and complete as far as file sizes tell."""

    size_bytes: int
    """Bytes that its files take on the disk; 0 when nothing is there."""


class ModelStore:
    """The models under one cache folder. Nothing is made before it is needed."""

    def __init__(
        self,
        cache: Path,
        catalogue: Catalogue | None = None,
        *,
        converter: str = "inference.conversion",
    ) -> None:
        """`catalogue`: None for the one that ships. `converter`: see `convert_in_process`."""
        self.models = cache / "models"
        self.pulls = cache / "pulls"
        self._catalogue = catalogue or Catalogue.load()
        self._converter = converter

    # ------------------------------------------------------------ names

    def entries(self) -> list[CatalogueEntry]:
        """The catalogue's entries, then those added by the owner."""
        added = [model.entry for model in added_models(self.models)]
        return [*self._catalogue, *added]

    def get(self, name: str) -> CatalogueEntry:
        """The entry of that name or alias; raises ModelMissing, listing the names."""
        for model in added_models(self.models):
            if model.entry.name == name:
                return model.entry
        return self._catalogue.get(name)

    def list_models(self) -> list[StoredModel]:
        """Every known model and what of it is there; reads no weights."""
        added = {model.entry.name for model in added_models(self.models)}
        return [self._stored(entry, entry.name in added) for entry in self.entries()]

    def _stored(self, entry: CatalogueEntry, is_added: bool) -> StoredModel:
        try:
            ready = self.find(entry) is not None
        except BrokenModelFile:
            ready = False
        file, folder = self.file_of(entry), self.folder_of(entry)
        sizes = [path.stat().st_size for path in folder.glob("*")] if folder.is_dir() else []
        has_file = bool(entry.file) and file.is_file()
        if has_file:
            sizes.append(file.stat().st_size)
        return StoredModel(entry, is_added, has_file, ready, sum(sizes))

    # ------------------------------------------------------------ places

    def file_of(self, entry: CatalogueEntry) -> Path:
        """Where the entry's GGUF file lies, or will."""
        return self.models / "files" / entry.file

    def folder_of(self, entry: CatalogueEntry) -> Path:
        """Where the entry's converted model lies, or will."""
        if not entry.file:
            return self.models / f"{entry.name}-{entry.sha256[:12]}"
        made_from = [entry.name, entry.sha256[:12]]
        if entry.adapter:
            with as_file(_adapter_file(entry)) as adapter:
                made_from.append(_sha256_of_adapter(adapter)[:12])
        return self.models / "-".join([*made_from, f"v{CONVERTER_VERSION}"])

    # ------------------------------------------------------------ getting a model

    def pull(
        self,
        entry: CatalogueEntry,
        *,
        from_file: Path | None = None,
        progress: PullProgress,
    ) -> Path:
        """The entry's GGUF file, fetched when it is not there; returns its path.

        `from_file`: take this local file instead of asking a mirror. Raises PullFailed,
        BrokenModelFile or NoDiskSpace. The only call of this class that may use the network,
        and only by starting other programs.
        """
        from inference.pulling import pull, take_local

        target = self.file_of(entry)
        if not entry.file:
            raise ModelMissing(
                f"{entry.name} was added as a folder and has no file to pull",
                next_step="use it as it is",
            )
        if from_file is not None:
            take_local(entry, from_file, target, progress)
        elif not (target.is_file() and sha256_of(target) == entry.sha256):
            make_folder(self.pulls)
            pull(entry, target, self.pulls, progress)
        progress(entry.size_bytes, entry.size_bytes)
        return target

    def find(self, entry: CatalogueEntry) -> ModelFolder | None:
        """The entry's model if it is ready to load, None when it was never made.

        Costs nothing: sizes are compared, not hashes. Raises BrokenModelFile when damaged.
        """
        folder = self.folder_of(entry)
        return read_folder(folder) if folder.is_dir() else None

    def prepare(self, entry: CatalogueEntry, progress: ConvertProgress) -> ModelFolder:
        """The entry's model, ready to load: the one there when its hash is right, else made anew.

        Makes it from the pulled file in a process of its own. Raises ModelMissing when there is
        no file to make it from, and whatever the conversion raises. What killed processes left
        half made, or half deleted, goes away with it.
        """
        for folder in (self.models, self.models / "files", self.models / "added"):
            sweep_parts(folder)
        try:
            ready = self.find(entry)
            if ready is not None:
                _require_hash(ready)
                self._forget_other_conversions(entry, ready.path)
                return ready
        except BrokenModelFile:
            if not entry.file:
                raise
            progress(0, 0, "the converted model is damaged: converting again")
        return self._convert(entry, progress)

    def _convert(self, entry: CatalogueEntry, progress: ConvertProgress) -> ModelFolder:
        from inference.conversion.process import convert_in_process

        source, folder = self.file_of(entry), self.folder_of(entry)
        if not source.is_file():
            raise ModelMissing(
                f"the model {entry.name} is not on this machine",
                next_step=f"run companion model pull {entry.name}",
            )
        make_folder(self.models)
        if entry.adapter:
            with as_file(_adapter_file(entry)) as adapter:
                self._run(convert_in_process, entry, source, folder, adapter, progress)
        else:
            self._run(convert_in_process, entry, source, folder, None, progress)
        self._forget_other_conversions(entry, folder)
        return read_folder(folder)

    def _forget_other_conversions(self, entry: CatalogueEntry, kept: Path) -> None:
        """Deletes what the same file gave with another adapter or an older converter."""
        for other in self.models.glob(f"{entry.name}-{entry.sha256[:12]}-*"):
            if other != kept and other.is_dir():
                shutil.rmtree(other, ignore_errors=True)

    def _run(
        self,
        convert: Callable[..., None],
        entry: CatalogueEntry,
        source: Path,
        folder: Path,
        adapter: Path | None,
        progress: ConvertProgress,
    ) -> None:
        convert(
            source,
            folder,
            source_sha256=entry.sha256,
            adapter=adapter,
            divergence_limit=entry.divergence_limit,
            progress=progress,
            module=self._converter,
        )

    # ------------------------------------------------------------ the rest

    def verify(self, entry: CatalogueEntry, *, threads: int = 1) -> list[Check]:
        """Looks at everything about the entry's model; reads all of it and loads it.

        A damaged model gives checks that are not ok; nothing is raised and nothing repaired.
        """
        from inference.verifying import verify_file, verify_folder

        checks = []
        if entry.file:
            checks.append(verify_file(entry, self.file_of(entry)))
        remake = f"run companion model pull {entry.name}" if entry.file else "add it again"
        checks += verify_folder(self.folder_of(entry), entry.divergence_limit, threads, remake)
        return checks

    def add(self, path: Path) -> AddedModel:
        """Makes a GGUF file, or a ready CTranslate2 folder, known under the path's own name.

        Links the files, or copies them. Raises BrokenModelFile or UnsupportedModel when it is
        neither, NoDiskSpace when it does not fit. The result's warnings are to be shown.
        """
        from inference.adding import entry_for_file, link_folder

        make_folder(self.models / "added")
        if path.is_dir():
            return link_folder(path, self.models)
        added = entry_for_file(path, self.models)
        self.pull(added.entry, from_file=path, progress=lambda _done, _total: None)
        return added

    def remove(self, entry: CatalogueEntry) -> None:
        """Deletes the entry's file, its converted model and, if it was added, its name."""
        if entry.file:
            self.file_of(entry).unlink(missing_ok=True)
        shutil.rmtree(self.folder_of(entry), ignore_errors=True)
        (self.models / "added" / f"{entry.name}.json").unlink(missing_ok=True)


def _require_hash(ready: ModelFolder) -> None:
    # CTranslate2 trusts a model.bin's own lengths: a damaged one can end the process.
    if sha256_of(ready.model_file) != ready.facts.model_sha256:
        raise BrokenModelFile(
            f"the model in {ready.path.name} is damaged: model.bin has another SHA-256",
            next_step="run companion model verify",
        )


def _adapter_file(entry: CatalogueEntry) -> Traversable:
    return files("inference") / "adapters" / entry.adapter / "adapter.safetensors"


def _sha256_of_adapter(path: Path) -> str:
    if not path.is_file():
        raise ModelMissing(
            f"the adapter {path.parent.name} is not part of this installation",
            next_step="install companion again",
        )
    return sha256_of(path)
