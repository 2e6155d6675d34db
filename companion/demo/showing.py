"""Runs the demonstration: the real pipeline on the sample stores, in a home that is thrown away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from companion.config import Config
from companion.demo.laying_out import EVENING, ZONE, SampleStore, lay_out_stores
from companion.digesting import make_digest
from companion.indexing import index_messages
from companion.ingesting import sync_sources
from companion.modelling import Model
from companion.paths import Paths, paths_under
from companion.sources.interface import SourceSettings
from companion.sources.registry import get_source
from companion.summarizing import Pass, PassReport, Saved
from storage.archive import Archive
from storage.entries import NewDigest, NewSource
from storage.reader import Reader
from storage.records import UnreadPolicy


def read_evening() -> datetime:
    """The clock of the demonstration: it stands still on the evening of the samples."""
    return EVENING


@dataclass(frozen=True, slots=True)
class Listener:
    """What the demonstration tells while it goes on; each is called on its one thread."""

    on_stores: Callable[[Reader], None]
    """Everything is read; no summary exists yet."""

    on_saved: Callable[[Reader, Saved], None]
    """Highlights or a gist were saved."""

    before_model: Callable[[Model], None]
    """Highlights are there, the model is needed next: fetch and convert it now."""


class Demonstration:
    """One run over a fresh home below `folder`; the archive stays there for the screen."""

    def __init__(self, folder: Path, config: Config, model: Model) -> None:
        self.paths: Paths = paths_under(folder / "home")
        self._stores = folder / "stores"
        self._config = config
        self._model = model

    def run(self, listener: Listener) -> tuple[PassReport, NewDigest]:
        """Import, highlights, gists, digest, in this order.

        Raises `InferenceError` when the model cannot be had, after the highlights.
        """
        self.paths.create()
        self._stores.mkdir()
        archive_file = self.paths.archive_file
        with Archive.open(archive_file) as archive, Reader.open(archive_file) as reader:
            self._read_stores(archive, reader, lay_out_stores(self._stores))
            listener.on_stores(reader)
            summaries = Pass(archive, reader, self._config, self._model, read_evening)
            works = summaries.find_work()
            summaries.save_highlights(works, lambda saved: listener.on_saved(reader, saved))
            listener.before_model(self._model)
            report = summaries.run(
                summaries.find_work(), on_saved=lambda saved: listener.on_saved(reader, saved)
            )
            digest = make_digest(
                archive, reader, self._config, EVENING.astimezone(ZONE).date(), EVENING, ZONE
            )
        return report, digest

    def _read_stores(
        self, archive: Archive, reader: Reader, samples: Sequence[SampleStore]
    ) -> None:
        for sample in samples:
            source = get_source(sample.path, kind=None, settings=SourceSettings(ZONE, sample.me))
            archive.add_source(
                NewSource(
                    kind=source.kind,
                    label=source.label,
                    path=str(sample.path),
                    unread_origin=source.unread_origin,
                    me=sample.me,
                    zone=str(ZONE),
                    policy=UnreadPolicy("all"),
                ),
                at=EVENING,
            )
        for report in sync_sources(archive, reader.sources(), EVENING):
            if report.error is not None:
                raise report.error
        index_messages(archive)
