"""docs/quality.md says what `companion eval` printed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from companion.config import Config
from companion.evaluating import Measured, describe_measured, measure_model, read_items
from companion.modelling import NO_MODEL, Model
from inference.catalogue import Catalogue
from inference.evaluating.evaluation import describe_result
from inference.evaluating.items import SAMPLE_FILE

DOCS = Path(__file__).parents[2] / "docs"
DEFAULT = Catalogue.load().get("default").name
BASELINES = ("highlights", "lead3", "longest3")
TITLES = {"en": "English", "ko": "Korean"}

_ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)
_HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page with the runs it was made of, the default model's first."""

    text: str
    runs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    """Of the default model."""

    def get_rows(self, heading: str) -> list[list[str]]:
        """The cells of the first table below a heading, bold or not, its own headers first."""
        (begin,) = [match.end() for match in _HEADING.finditer(self.text) if match[1] == heading]
        end = _HEADING.search(self.text, begin)
        lines = _ROW.findall(self.text[begin : end.start() if end else None])
        rows = [[cell.strip().strip("*`") for cell in line.split("|")] for line in lines]
        return [rows[0], *rows[2:]]


def make_page(folder: Path, target: Path) -> str:
    script = DOCS / "quality.py"
    subprocess.run([sys.executable, script, folder, target], check=True)
    return target.read_text(encoding="utf-8")


def read_page(text: str, folder: Path) -> Page:
    paths = sorted(folder.glob("*.json"), key=lambda path: (path.stem != DEFAULT, path.stem))
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    lines = paths[0].with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
    return Page(text, runs, [json.loads(line) for line in lines])


def save_run(folder: Path, name: str, measured: Measured) -> None:
    """The two files of a run that calls itself `name`, of quotes passed off as gists."""
    document: dict[str, Any] = {**describe_measured(measured, ()), "model": name}
    for figures in document["languages"].values():
        figures["model_only"] = figures["longest3"]
    outputs: list[dict[str, Any]] = [
        {**describe_result(result), "origin": "model"} for result in measured.evaluation.results
    ]
    outputs[2]["forbidden"] = ["what was *given up*"]
    (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    lines = "".join(json.dumps(row) + "\n" for row in outputs)
    (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A page of two runs on the bundled file, of which an earlier name is not the default."""
    folder = tmp_path_factory.mktemp("runs")
    items = read_items(SAMPLE_FILE, None).items
    measured = measure_model(Model(Config(model=NO_MODEL), folder), items, lambda _: None)
    for name in ("another", DEFAULT):
        save_run(folder, name, measured)
    return read_page(make_page(folder, folder / "quality.md"), folder)


@pytest.fixture(scope="module")
def shipped() -> Page:
    return read_page((DOCS / "quality.md").read_text(encoding="utf-8"), DOCS / "quality")


@pytest.fixture(params=["made", "shipped"])
def page(request: pytest.FixtureRequest) -> Page:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Page)
    return found


def show(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


@pytest.mark.parametrize("language", TITLES)
def test_every_cell_of_the_figures_is_the_documents(page: Page, language: str) -> None:
    headers, *rows = page.get_rows(TITLES[language])
    models = [name for document in page.runs for name in (document["model"], "gists")]
    assert headers == ["figure", "needed", *models, *BASELINES]
    assert {"must", "forbid", "rouge1", "rougeL", "copied", "ungrounded", "language_ok"} <= {
        row[0] for row in rows
    }
    shown = [document["languages"][language] for document in page.runs]
    columns = [part for figures in shown for part in (figures, figures["model_only"])]
    columns += [shown[0][name] for name in BASELINES]
    for name, _, *cells in rows:
        assert cells == [show(column[name]) for column in columns]


def test_evidence_to_dos_and_costs_are_the_documents(page: Page) -> None:
    first = page.runs[0]
    evidence = {row[0]: row[1:] for row in page.get_rows("Evidence")}
    for name in BASELINES:
        parts = [first["languages"][language][name] for language in TITLES]
        names = ("evidence_precision", "evidence_recall")
        assert evidence[name] == [show(part[one]) for part in parts for one in names]
    todos = {row[0]: row[2:] for row in page.get_rows("To-dos")}
    costs = {row[0]: row[1:] for row in page.get_rows("Seconds and memory")}
    for document in page.runs:
        shown = [document["languages"][language] for language in TITLES]
        assert todos[document["model"]] == [show(figures["todo_f1"]) for figures in shown]
        assert costs[document["model"]] == [
            *(f"{one[name]:.1f}" for one in shown for name in ("seconds", "cpu_seconds")),
            f"{document['load_seconds']:.1f}",
            f"{document['peak_memory_bytes'] / 1e6:.0f} MB",
        ]


def test_only_what_is_needed_and_reached_is_bold(made: Page) -> None:
    (begin,) = [match.end() for match in _HEADING.finditer(made.text) if match[1] == "English"][:1]
    lines = {line.split("`")[1]: line for line in made.text[begin:].splitlines() if "| `" in line}
    assert made.runs[0]["languages"]["en"]["copied"] == 1.0
    assert "**" not in lines["copied"]
    assert lines["ungrounded"].count("**0.000**") == 7
    assert "**" not in lines["rouge2"]


def test_what_is_not_reached_is_said(made: Page) -> None:
    english = made.runs[0]["languages"]["en"]
    assert f"- English `rouge1`: {english['rouge1']:.3f} of 0.52\n" in made.text
    assert "- English `ungrounded`" not in made.text


def test_a_failure_says_what_is_wrong_with_it(made: Page) -> None:
    (stating,) = [row for row in made.outputs if row["forbidden"]]
    lacking = [row for row in made.outputs if row["unmet"] and row is not stating]
    assert f"- **{stating['id']}**: states “what was \\*given up\\*”" in made.text
    worst = min(lacking, key=lambda row: (row["figures"]["must"], row["figures"]["rouge1"]))
    assert f"- **{worst['id']}**: lacks “{worst['unmet'][0][0]}”" in made.text


def test_the_shipped_page_is_what_the_script_makes(tmp_path: Path) -> None:
    made = make_page(DOCS / "quality", tmp_path / "quality.md")
    assert (DOCS / "quality.md").read_text(encoding="utf-8") == made
