"""Completion: the scripts, and what they are answered when a key is pressed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from companion.commands.group import PLACES

if TYPE_CHECKING:
    from tests.companion.commands.conftest import Call


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(call: Call, shell: str) -> None:
    done = call("completion", shell)
    assert done.code == 0
    assert f"_COMPANION_COMPLETE={shell}_complete" in done.out
    assert done.out.endswith(call("completion", shell, "--json").document["script"] + "\n")


def test_another_shell_is_wrong_usage(call: Call) -> None:
    assert call("completion", "csh").code == 2


def complete(*words: str) -> list[str]:
    """What bash is offered for the last of the words."""
    environ = {
        "_COMPANION_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("companion", *words)),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "companion"],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return [line.removeprefix("plain,") for line in done.stdout.splitlines()]


def test_commands_are_completed_from_the_table() -> None:
    assert complete("re") == sorted(name for name in PLACES if name.startswith("re"))
    assert "--version" in complete("--")


def test_commands_of_a_command_and_options_are_completed() -> None:
    assert "pull" in complete("model", "")
    assert complete("init", "--dry") == ["--dry-run"]
    assert complete("add", "x.txt", "--unread")[0] == "--unread"
