"""The architecture, as written down in .importlinter and as it is when the program runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LIST_LOADED = "import json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"


def list_loaded(code: str) -> set[str]:
    """Names of all modules that a fresh process has loaded after running `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LIST_LOADED}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def find_tops(loaded: set[str]) -> set[str]:
    """The packages that modules belong to."""
    return {name.partition(".")[0] for name in loaded}


def test_the_contracts_of_the_import_linter_are_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


HEAVY = {
    "apscheduler",
    "ctranslate2",
    "gguf",
    "ijson",
    "numpy",
    "psutil",
    "safetensors",
    "sqlite_utils",
    "textual",
    "tokenizers",
    "tomlkit",
    "watchdog",
}

HEAVY_OURS = {
    "companion.commands.benching",
    "companion.commands.models",
    "companion.archive_key",
    "companion.tuning",
    "inference.ctranslate",
    "inference.interface",
    "inference.selftest",
    "storage.archive",
}

RUN_COMMAND = "from companion.__main__ import run\nassert run({arguments}) == 0"


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["status", "--json"], ["list", "--json"], ["search", "x"], ["todo"], ["sources"]],
    ids=" ".join,
)
def test_commands_that_look_load_nothing_heavy(home: Path, arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "companion", "digest", "--now"], check=True)
    assert (home / "archive.db").exists()
    loaded = list_loaded(RUN_COMMAND.format(arguments=arguments))
    assert "storage.reader" in loaded
    assert find_tops(loaded) & HEAVY == set()
    assert loaded & HEAVY_OURS == set()


def test_the_command_line_loads_nothing_but_itself_and_click() -> None:
    loaded = list_loaded(RUN_COMMAND.format(arguments=["--help"]))
    assert find_tops(loaded) & (HEAVY | {"rich"}) == set()
    assert {name for name in loaded if name.startswith("companion.commands.")} == {
        "companion.commands.group"
    }


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("storage.reader", {"sqlite_utils", "companion", "inference", "tui"}),
        ("storage.archive", {"companion", "inference", "tui"}),
        ("inference.engine", {"companion", "storage", "tui"}),
        ("inference.summarizer", {"companion", "storage", "tui", "ctranslate2", "tokenizers"}),
        ("tui.app", {"companion", "inference", "sqlite_utils", "ctranslate2"}),
        ("companion.sources.registry", {"storage", "inference", "tui", "ijson", "sqlite_utils"}),
        ("companion.daemon", {"textual", "ctranslate2", "tokenizers"}),
        ("companion.summarizing", {"ctranslate2", "tokenizers", "textual"}),
        ("companion.ingesting", {"inference", "tui"}),
    ],
)
def test_a_module_loads_none_of_these(module: str, forbidden: set[str]) -> None:
    loaded = list_loaded(f"import {module}")
    assert module in loaded
    assert find_tops(loaded) & forbidden == set()


def test_the_catalogue_needs_the_standard_library_alone() -> None:
    loaded = find_tops(list_loaded("import inference.catalogue"))
    at_start = find_tops(list_loaded(""))
    assert {name for name in loaded - at_start if name not in sys.stdlib_module_names} == {
        "inference"
    }


def test_each_source_is_loaded_when_it_is_needed() -> None:
    code = (
        "from companion.sources.registry import list_kinds, load_source_class\n"
        "assert 'telegram' in list_kinds()\n"
        "load_source_class('kakaotalk')"
    )
    loaded = list_loaded(code)
    assert "companion.sources.kakaotalk.source" in loaded
    assert not any(name.startswith("companion.sources.telegram.") for name in loaded)
