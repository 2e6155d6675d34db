"""The privacy page lists what is masked, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

from inference.secrets import load_secrets

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
_ROW = re.compile(r"^\| `([a-z-]+)` \| (.+) \|$", re.MULTILINE)


def test_every_kind_of_secret_has_its_row() -> None:
    catalogue = load_secrets()
    rows = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    names = [pattern.name for pattern in catalogue.patterns]
    assert [name for name, _ in rows] == [*names, catalogue.answers.name]
