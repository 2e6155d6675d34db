"""Owns the notes of models that the owner added by hand; `inference.adding` writes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from inference.catalogue import CatalogueEntry


@dataclass(frozen=True, slots=True)
class AddedModel:
    """A model made known, and what the owner should hear about it."""

    entry: CatalogueEntry
    warnings: tuple[str, ...]


def added_models(models: Path) -> list[AddedModel]:
    """What was added before, by name; a note that cannot be read is left out."""
    found = []
    for path in sorted((models / "added").glob("*.json")):
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            found.append(AddedModel(_entry(stored), ()))
        except (OSError, ValueError, TypeError, KeyError):
            continue  # its model can be added again; the others must not be lost with it
    return found


def _entry(stored: dict[str, object]) -> CatalogueEntry:
    stored["aliases"] = ()
    stored["mirrors"] = ()
    return CatalogueEntry(**stored)  # type: ignore[arg-type]  # TypeError on other fields
