"""The model the config names: what of it is here, and its engine; nothing is fetched here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from companion.config import Config
from inference.errors import BrokenModelFile, InferenceError, ModelMissing
from inference.modelstore import ModelStore

if TYPE_CHECKING:
    from companion.tuning import Setting, Trial
    from inference.catalogue import CatalogueEntry
    from inference.engine import LocalEngine
    from inference.interface import Chat, Summary
    from inference.modelfolder import ModelFolder

NO_MODEL = "none"
"""In the config: highlights alone, no model."""

ModelState = Literal["ready", "not converted yet", "not downloaded", "unknown", "none wanted"]

ConvertProgress = Callable[[int, int, str], None]


class Model:
    """The configured model, loaded into this process when it is first needed.

    Used by one thread at a time. As an author (`companion.authoring.interface`) it is for
    commands that end soon: what ends the engine ends them, and `unload` leaves half of what a
    daemon may take.
    """

    def __init__(self, config: Config, cache: Path) -> None:
        self.store = ModelStore(cache, converter="companion.converting")
        self._wanted = config.model
        self.cache = cache
        self._threads = config.threads
        self._memory_limit_mb = config.memory_limit_mb
        self._masks_secrets = config.mask_secrets
        self._engine: LocalEngine | None = None
        self.on_wait: Callable[[], None] = lambda: None

    @property
    def entry(self) -> CatalogueEntry:
        """The catalogue's entry; raises `ModelMissing` for a name it does not know."""
        return self.store.get(self._wanted)

    @property
    def name(self) -> str:
        """The model's own name, not its alias; the config's word when it names none."""
        return self._wanted if self.state in ("unknown", "none wanted") else self.entry.name

    @property
    def state(self) -> ModelState:
        """What of the model is on this machine, by a look at names and sizes alone."""
        if self._wanted == NO_MODEL:
            return "none wanted"
        try:
            entry = self.entry
        except ModelMissing:
            return "unknown"
        try:
            if self.store.find(entry) is not None:
                return "ready"
        except BrokenModelFile:
            # `load` converts it again from the file, where that is still there.
            pass
        has_file = bool(entry.file) and self.store.file_of(entry).is_file()
        return "not converted yet" if has_file else "not downloaded"

    @property
    def is_usable(self) -> bool:
        """Whether `load` can do without the network."""
        return self.state in ("ready", "not converted yet")

    @property
    def is_loaded(self) -> bool:
        """Whether the model takes memory now."""
        return self._engine is not None

    @property
    def identity(self) -> str:
        """What tells the texts of this model from those of any other: hashes of file, adapter
        and converter; "none" where no model can be used.
        """
        return self.store.folder_of(self.entry).name if self.is_usable else NO_MODEL

    def load(self, progress: ConvertProgress = lambda *_: None) -> LocalEngine:
        """The engine, converting the model first when that was never done.

        Raises an `InferenceError` when the file is missing or cannot be converted.
        """
        if self._engine is None:
            folder = self.prepare(progress)
            self._engine = self._open(folder, self.choose_setting())
        return self._engine

    def choose_setting(self) -> Setting:
        """As many calls side by side as there are threads wanted; else as `tune` found best."""
        from companion.tuning import Setting, choose_setting

        return Setting(self._threads, 1) if self._threads else choose_setting(self.tune())

    def tune(self, *, is_renewed: bool = False) -> list[Trial]:
        """What each setting takes on this machine: measured once, some seconds, and kept.

        Measured again when `is_renewed`. The model must be usable, and be unloaded where this
        measures.
        """
        from companion.tuning import describe_machine, find_trials, save_trials, try_settings

        folder = self.prepare(lambda *_: None)
        machine = describe_machine(self._memory_limit_mb)
        found = None if is_renewed else find_trials(self.trials_file, machine)
        if found is not None:
            return found
        trials = try_settings(lambda setting: self._open(folder, setting), machine.cores)
        save_trials(self.trials_file, machine, trials)
        return trials

    @property
    def trials_file(self) -> Path:
        """Where `tune` keeps what it measured; there or not."""
        return self.cache / "tuning" / f"{self.identity}.json"

    def _open(self, folder: ModelFolder, setting: Setting) -> LocalEngine:
        return _open_engine(self.name, folder, setting, self._memory_limit_mb)

    def prepare(self, progress: ConvertProgress) -> ModelFolder:
        """The converted model, made when it was not there or is damaged; loads nothing."""
        if self._wanted == NO_MODEL:
            raise InferenceError("no model is wanted", next_step='set another `model` than "none"')
        return self.store.prepare(self.entry, progress)

    def summarize(self, chats: Sequence[Chat]) -> Iterator[tuple[int, Summary]]:
        """As an author does; never raises `AuthorLost`."""
        from inference.summarizer import Summarizer

        summarizer = Summarizer(self.load(), masks_secrets=self._masks_secrets)
        yield from summarizer.summarize(chats)

    def interrupt(self) -> None:
        """Nothing: the summary that is being written is written to its end."""

    def unload(self) -> None:
        """Give the memory back; calling twice is fine."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()


def _open_engine(
    name: str, folder: ModelFolder, setting: Setting, memory_limit_mb: int
) -> LocalEngine:
    from inference.engine import LocalEngine

    return LocalEngine(
        folder,
        name,
        workers=setting.workers,
        threads=setting.threads,
        limit_bytes=memory_limit_mb * 1_000_000,
    )
