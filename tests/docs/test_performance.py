"""docs/performance.md says what `companion bench` printed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def make_page(folder: Path, target: Path) -> str:
    subprocess.run([sys.executable, DOCS / "performance.py", folder, target], check=True)
    return target.read_text(encoding="utf-8")


def read_run() -> dict[str, Any]:
    """A shipped run."""
    path = min((DOCS / "performance").glob("*.json"))
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def make_page_of(run: dict[str, Any], folder: Path) -> str:
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return make_page(folder, folder / "page.md")


def test_the_shipped_page_is_what_the_script_makes(tmp_path: Path) -> None:
    made = make_page(DOCS / "performance", tmp_path / "performance.md")
    assert (DOCS / "performance.md").read_text(encoding="utf-8") == made


def test_every_section_has_the_runs_figures(tmp_path: Path) -> None:
    run = read_run()
    run["prefill"] |= {"tokens_per_second": 314.1, "limit": 628.2, "ratio": 0.5}
    run["import"][0] |= {"messages_per_second": 51_234, "search_seconds": 0.0123}
    run["start"] = {
        "messages": 1_000_000,
        "help_seconds": 0.111,
        "status_seconds": 0.122,
        "screen_seconds": 0.633,
    }
    page = make_page_of(run, tmp_path)
    for shown in ("| 314.1 | 628.2 | 50% |", "| 51,234 |", "| 12.3 ms |", "| 633.0 ms |"):
        assert shown in page


@pytest.mark.parametrize(("gain", "shown"), [(1.7, "**1.70**"), (1.69, "| 1.69 |")])
def test_a_gain_that_is_needed_is_bold(tmp_path: Path, gain: float, shown: str) -> None:
    run = read_run()
    run["engine"]["gain"] = gain
    assert shown in make_page_of(run, tmp_path)


@pytest.mark.parametrize(("ratio", "shown"), [(0.8, "**0.80**"), (0.81, "| 0.81 |")])
def test_a_ratio_to_the_peer_that_is_needed_is_bold(
    tmp_path: Path, ratio: float, shown: str
) -> None:
    run = read_run()
    run["peer"]["ratio"] = ratio
    assert shown in make_page_of(run, tmp_path)


def test_only_the_chosen_setting_is_bold(tmp_path: Path) -> None:
    run = read_run()
    run["engine"] |= {
        "workers": 2,
        "threads": 1,
        "trials": [
            {"workers": 1, "threads": 2, "seconds": 2.25},
            {"workers": 2, "threads": 1, "seconds": 1.125},
        ],
    }
    page = make_page_of(run, tmp_path)
    assert "| 1 | 2 | 2.25 s |" in page
    assert "| 2 | 1 | **1.12 s** |" in page


def test_what_was_not_measured_is_said(tmp_path: Path) -> None:
    run = read_run() | {"peer": None, "start": None}
    assert make_page_of(run, tmp_path).count("Not measured by these runs.") == 2
