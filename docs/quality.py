"""Makes docs/quality.md of runs of `companion eval`.

    .venv/bin/python docs/quality.py

Reads every docs/quality/MODEL.json, which is what `companion eval FILE --model MODEL --json`
printed, with its `--outputs` beside it as MODEL.jsonl. Another folder and another page can be
named. The words around the figures are in docs/quality.md.jinja.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pages import rank_model, render_page, run_script

from companion.marking_up import escape_markdown
from inference.catalogue import Catalogue

ROOT = Path(__file__).parents[1]
TEMPLATE = "quality.md.jinja"
BASELINES = ("highlights", "lead3", "longest3")
LANGUAGES = {"en": "English", "ko": "Korean"}
FIGURES = (
    *("must", "must_shown", "forbid", "forbid_shown", "rouge1", "rouge2", "rougeL"),
    *("copied", "ungrounded", "language_ok"),
)

AT_LEAST = {"must", "rouge1", "rougeL", "language_ok", "todo_f1"}
"""Of the needed figures; the others must be at most what is needed."""

NEEDED: dict[str, dict[str, float]] = {
    "en": {"must": 0.8, "forbid": 0.05, "rouge1": 0.52, "rougeL": 0.42},
    "ko": {"must": 0.8, "forbid": 0.05, "rouge1": 0.58, "rougeL": 0.45},
}
for needed in NEEDED.values():
    needed |= {"copied": 0.35, "ungrounded": 0.02, "language_ok": 0.99, "todo_f1": 0.5}

N_FAILURES = 3
"""Examples shown of each kind and language."""

N_CURVE = 12
"""Rows shown of a learning curve at most."""


@dataclass(frozen=True, slots=True)
class Run:
    """One model's figures and what it wrote."""

    document: dict[str, Any]
    outputs: list[dict[str, Any]]

    @property
    def model(self) -> str:
        return str(self.document["model"])

    def get_figures(self, language: str) -> dict[str, Any]:
        """Of what a user is shown."""
        return dict(self.document["languages"][language])


def main(folder: Path, target: Path) -> None:
    """Write the page of the runs in `folder`."""
    runs = read_runs(folder)
    page = render_page(
        TEMPLATE,
        first=runs[0],
        runs=runs,
        languages=[name for name in LANGUAGES if name in runs[0].document["languages"]],
        titles=LANGUAGES,
        columns=["figure", "needed", *(name for run in runs for name in (run.model, "gists"))],
        baselines=list(BASELINES),
        figures={name: list_figures(runs, name) for name in LANGUAGES},
        evidence=list_evidence(runs),
        todos=list_todos(runs),
        origins=list_origins(runs),
        costs=list_costs(runs),
        misses=list_misses(runs[0]),
        failures={name: choose_failures(runs[0], name) for name in LANGUAGES},
        n_failures=N_FAILURES,
        curve=list_curve(runs[0].model),
    )
    target.write_text(page, encoding="utf-8")


def read_runs(folder: Path) -> list[Run]:
    """The runs of a folder, that of the default model first."""
    runs = []
    for path in sorted(folder.glob("*.json")):
        lines = path.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
        outputs = [json.loads(line) for line in lines]
        runs.append(Run(json.loads(path.read_text(encoding="utf-8")), outputs))
    return sorted(runs, key=lambda run: rank_model(run.model))


def list_figures(runs: Sequence[Run], language: str) -> list[list[str]]:
    """Figure, needed, each model's all and gists alone, each baseline; bold where reached."""
    rows = []
    for name in FIGURES:
        cells = [f"`{name}`", format_needed(name, language)]
        for run in runs:
            figures = run.get_figures(language)
            cells += [
                format_judged(part[name], name, language)
                for part in (figures, figures["model_only"])
            ]
        shown = runs[0].get_figures(language)
        cells += [format_judged(shown[other][name], name, language) for other in BASELINES]
        rows.append(cells)
    return rows


def list_evidence(runs: Sequence[Run]) -> list[list[str]]:
    """System, then precision and recall by language."""
    shown = [[run.get_figures(language) for language in LANGUAGES] for run in runs]
    parts = {run.model: all_ for run, all_ in zip(runs, shown, strict=True)}
    for run, all_ in zip(runs, shown, strict=True):
        parts[f"{run.model}, gists alone"] = [one["model_only"] for one in all_]
    parts |= {name: [one[name] for one in shown[0]] for name in BASELINES}
    names = ("evidence_precision", "evidence_recall")
    return [
        [title, *(format_figure(one[name]) for one in both for name in names)]
        for title, both in parts.items()
    ]


def list_todos(runs: Sequence[Run]) -> list[list[str]]:
    """Model, needed, F1 by language."""
    return [
        [
            run.model,
            format_needed("todo_f1", "en"),
            *(
                format_judged(run.get_figures(language)["todo_f1"], "todo_f1", language)
                for language in LANGUAGES
            ),
        ]
        for run in runs
    ]


def list_origins(runs: Sequence[Run]) -> list[list[str]]:
    """Model, language, share of gists, flags."""
    rows = []
    for run in runs:
        for language, title in LANGUAGES.items():
            figures = run.get_figures(language)
            flags = ", ".join(f"{name} {count}" for name, count in figures["flags"].items())
            share = figures["origins"].get("model", 0.0)
            rows.append([run.model, title, str(figures["items"]), f"{share:.0%}", flags or "–"])
    return rows


def list_costs(runs: Sequence[Run]) -> list[list[str]]:
    """Model, seconds a conversation by language (of the clock, of the processor), the rest."""
    return [
        [
            run.model,
            *(
                f"{run.get_figures(language)[name]:.1f}"
                for language in LANGUAGES
                for name in ("seconds", "cpu_seconds")
            ),
            f"{run.document['load_seconds']:.1f}",
            f"{run.document['peak_memory_bytes'] / 1e6:.0f} MB",
        ]
        for run in runs
    ]


def list_misses(run: Run) -> list[str]:
    """What the first model does not reach, in words; [] when it reaches everything."""
    misses = []
    for language, title in LANGUAGES.items():
        figures = run.get_figures(language)
        for name, needed in NEEDED[language].items():
            if figures[name] is not None and not is_reached(figures[name], name, language):
                misses.append(f"{title} `{name}`: {figures[name]:.3f} of {needed:g}")
    return misses


def choose_failures(run: Run, language: str) -> dict[str, list[dict[str, str]]]:
    """Gists that state what is forbidden or ungrounded, and those that lack the most.

    By rule: the former in the file's order; the latter, of the others, by their share of lists
    met, then by ROUGE-1, the lowest first.
    """
    gists = [row for row in run.outputs if row["lang"] == language and row["origin"] == "model"]
    false = [row for row in gists if row["forbidden"] or row["ungrounded"]]
    poor = sorted(
        (row for row in gists if row["unmet"] and row not in false),
        key=lambda row: (row["figures"]["must"], row["figures"]["rouge1"]),
    )
    return {
        "false": [_describe_failure(row) for row in false[:N_FAILURES]],
        "poor": [_describe_failure(row) for row in poor[:N_FAILURES]],
    }


def list_curve(model: str) -> list[list[str]]:
    """Step, passes, training and held-out loss of the model's adapter; [] without one."""
    adapters = [entry.adapter for entry in Catalogue.load() if entry.name == model]
    paths = [ROOT / "inference" / "adapters" / name / "curve.jsonl" for name in adapters if name]
    rows = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]
    checked = [row for row in rows if "held_out_loss" in row]
    step = -(-len(checked) // N_CURVE) or 1
    return [
        [str(row["step"]), str(row["epoch"]), f"{row['loss']:.3f}", f"{row['held_out_loss']:.3f}"]
        for row in checked[::-1][::step][::-1]
    ]


def is_reached(value: float, name: str, language: str) -> bool:
    """Whether a figure is as good as needed."""
    needed = NEEDED[language][name]
    return value >= needed if name in AT_LEAST else value <= needed


def format_needed(name: str, language: str) -> str:
    """Such as "≥ 0.8"; "" where nothing is asked."""
    needed = NEEDED[language].get(name)
    if needed is None:
        return ""
    return f"{'≥' if name in AT_LEAST else '≤'} {needed:g}"


def format_judged(value: float | None, name: str, language: str) -> str:
    """The figure, bold where it is as good as needed."""
    text = format_figure(value)
    judged = value is not None and name in NEEDED[language]
    return f"**{text}**" if judged and is_reached(value or 0.0, name, language) else text


def format_figure(value: float | None) -> str:
    """Three digits; "–" where nothing was measured."""
    return "–" if value is None else f"{value:.3f}"


def _describe_failure(row: dict[str, Any]) -> dict[str, str]:
    faults = [f"states “{phrase}”" for phrase in row["forbidden"]]
    faults += [f"“{name}” stands nowhere in the chat" for name in row["ungrounded"]]
    faults += [f"lacks “{alternatives[0]}”" for alternatives in row["unmet"]]
    return {
        "id": str(row["id"]),
        "faults": escape_markdown("; ".join(faults)),
        "written": escape_markdown(" ".join(row["sentences"])),
        "gold": escape_markdown(" ".join(row["references"][0].split("\n"))),
    }


if __name__ == "__main__":
    run_script(main, __doc__, "quality")
