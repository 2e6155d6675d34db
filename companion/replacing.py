"""Replaces small files of the home in one step; knows nothing of what they hold."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, text: str) -> None:
    """Make `text` the file, the owner's alone, in one step: a reader sees the old one or the new.

    Killed in between, a draft is left beside it, which the next call writes over.
    """
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
