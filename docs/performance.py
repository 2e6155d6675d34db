"""Makes docs/performance.md of runs of `companion bench`.

    .venv/bin/python docs/performance.py

Reads every docs/performance/MODEL.json, which is what `companion bench --model MODEL --peer
llama.cpp --json` printed. Another folder and another page can be named. The words around the
figures are in docs/performance.md.jinja.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pages import rank_model, render_page, run_script

TEMPLATE = "performance.md.jinja"

NEEDED_GAIN = 1.7
"""Of two free cores over one, for the whole job."""

NEEDED_PEER_RATIO = 0.8
"""Of our time for the whole job over the peer's, at most."""

Run = dict[str, Any]


def main(folder: Path, target: Path) -> None:
    """Write the page of the runs in `folder`."""
    runs = read_runs(folder)
    page = render_page(
        TEMPLATE,
        machines=list_machines(runs),
        commands=[(run["model"], run["import"][0]["messages"]) for run in runs],
        imports=list_imports(runs[0]),
        reads=list_reads(runs[0]),
        starts=list_starts(runs[0]),
        engines=list_engines(runs),
        trials=list_trials(runs),
        gains=list_gains(runs),
        peers=list_peers(runs),
        memory=list_memory(runs),
        limits=list_limits(runs),
        needed_gain=NEEDED_GAIN,
        needed_ratio=NEEDED_PEER_RATIO,
    )
    target.write_text(page, encoding="utf-8")


def read_runs(folder: Path) -> list[Run]:
    """The runs of a folder, that of the default model first."""
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sorted(runs, key=lambda run: rank_model(run["model"]))


def list_machines(runs: Sequence[Run]) -> list[str]:
    """Processor and cores of all runs, each machine once."""
    named = (f"{run['machine']['processor']}, {run['machine']['cores']} cores" for run in runs)
    return list(dict.fromkeys(named))


def list_imports(run: Run) -> list[list[str]]:
    """Store, messages, messages a second with their limits, of the search index, memory."""
    return [
        [
            one["kind"],
            f"{one['messages']:,}",
            *(
                f"{one[key]:,}"
                for key in (
                    *("messages_per_second", "parse_limit", "insert_limit"),
                    "index_messages_per_second",
                )
            ),
            format_bytes(one["peak_memory_bytes"]),
        ]
        for one in run["import"]
    ]


def list_reads(run: Run) -> list[list[str]]:
    """Store, messages, milliseconds of what is asked of the archive."""
    return [
        [
            one["kind"],
            f"{one['messages']:,}",
            *(format_ms(one[f"{name}_seconds"]) for name in ("rescan", "unread", "search")),
        ]
        for one in run["import"]
    ]


def list_starts(run: Run) -> list[list[str]]:
    """What is started, milliseconds; [] for a run of a version that did not measure it."""
    start = run.get("start")
    if not start:
        return []
    names = {
        "help_seconds": "`companion --help`",
        "status_seconds": f"`companion status`, {start['messages']:,} messages",
        "screen_seconds": f"the screen's first conversation, {start['messages']:,} messages",
    }
    return [[title, format_ms(start[key])] for key, title in names.items()]


def list_engines(runs: Sequence[Run]) -> list[list[str]]:
    """Model, seconds to load, tokens a second read and written, each with limit and ratio."""
    rows = []
    for run in runs:
        cells = [run["model"], f"{run['load_seconds']:.1f} s"]
        for name in ("prefill", "decode"):
            part = run[name]
            cells += [f"{part['tokens_per_second']:.1f}", f"{part['limit']:.1f}"]
            cells.append(f"{part['ratio']:.0%}")
        rows.append(cells)
    return rows


def list_trials(runs: Sequence[Run]) -> list[list[str]]:
    """Model, texts side by side, threads of each, seconds; bold what was chosen."""
    rows = []
    for run in runs:
        engine = run["engine"]
        for trial in engine["trials"]:
            is_chosen = all(trial[name] == engine[name] for name in ("workers", "threads"))
            seconds = f"{trial['seconds']:.2f} s"
            rows.append(
                [
                    *(run["model"], str(trial["workers"]), str(trial["threads"])),
                    f"**{seconds}**" if is_chosen else seconds,
                ]
            )
    return rows


def list_gains(runs: Sequence[Run]) -> list[list[str]]:
    """Model, conversations, seconds of each on one core and as chosen, gain; bold as needed."""
    rows = []
    for run in runs:
        gain = run["engine"]["gain"]
        rows.append(
            [
                run["model"],
                str(run["conversations"]),
                f"{run['engine']['one_core_conversation_seconds']:.2f} s",
                f"{run['conversation_seconds']:.2f} s",
                format_judged(f"{gain:.2f}", is_reached=gain >= NEEDED_GAIN),
            ]
        )
    return rows


def list_peers(runs: Sequence[Run]) -> list[list[str]]:
    """The peer's file, seconds of both and their ratio, bold as needed; none where none ran."""
    rows = []
    for run in runs:
        peer = run["peer"]
        if peer is None:
            continue
        both = [peer[name][f"{part}_seconds"] for part in ("prefill", "whole") for name in SIDES]
        reached = peer["ratio"] <= NEEDED_PEER_RATIO
        rows.append(
            [
                f"{peer['file']} ({peer['engine']}, {peer['version']})",
                *(f"{seconds:.2f} s" for seconds in both),
                format_judged(f"{peer['ratio']:.2f}", is_reached=reached),
                *(format_bytes(peer[name]["peak_memory_bytes"]) for name in SIDES),
            ]
        )
    return rows


SIDES = ("ours", "theirs")


def list_memory(runs: Sequence[Run]) -> list[list[str]]:
    """Model, of the process with it loaded and at most."""
    keys = ("resident_memory_bytes", "peak_memory_bytes")
    return [[run["model"], *(format_bytes(run[key]) for key in keys)] for run in runs]


def list_limits(runs: Sequence[Run]) -> list[list[str]]:
    """Model of the run, bytes copied and operations a second."""
    return [
        [
            run["model"],
            f"{run['limits']['copied_bytes_per_second'] / 1e9:.1f} GB/s",
            *(
                f"{run['limits'][f'{kind}_operations_per_second'] / 1e9:.0f} billion/s"
                for kind in ("float", "int8")
            ),
        ]
        for run in runs
    ]


def format_judged(text: str, *, is_reached: bool) -> str:
    """Bold where as good as needed."""
    return f"**{text}**" if is_reached else text


def format_bytes(size_bytes: int) -> str:
    """In MB."""
    return f"{size_bytes / 1e6:.0f} MB"


def format_ms(seconds: float) -> str:
    """In milliseconds."""
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    run_script(main, __doc__, "performance")
