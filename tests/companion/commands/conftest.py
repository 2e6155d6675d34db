"""The command line called in this process: exit code, stdout and stderr of each command."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from companion.__main__ import run
from companion.demo.laying_out import SampleStore


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; fails when there is anything else."""
        return json.loads(self.out)

    def get_error(self, code: int = 1) -> str:
        """The one line on stderr of a command that failed with this exit code, and nothing else."""
        assert self.code == code, (self.code, self.err)
        (line,) = self.err.splitlines()
        assert line.startswith("companion: ")
        assert "Traceback" not in line
        assert "internal error" not in line
        assert self.out == ""
        return line


Call = Callable[..., Outcome]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs one command as `main` does, with `stdin` as what is piped in."""

    def call(*arguments: str | Path, stdin: str | bytes = b"") -> Outcome:
        piped = stdin if isinstance(stdin, bytes) else stdin.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped), encoding="utf-8"))
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def climbing(samples: list[SampleStore]) -> Path:
    """A WhatsApp export of one English group."""
    return next(sample.path for sample in samples if "Climbing" in sample.path.name)


@pytest.fixture
def jeju(samples: list[SampleStore]) -> Path:
    """A KakaoTalk export of one Korean group."""
    return next(sample.path for sample in samples if sample.path.name == "jeju.txt")


@pytest.fixture
def stocked(call: Call, climbing: Path, jeju: Path, chat_db: Path) -> Call:
    """`call` on a home with three stores, everything in them unread that can be."""
    for path, me in ((climbing, "Jiwoo"), (jeju, "지우"), (chat_db, "Jiwoo")):
        added = call("add", path, "--me", me, "--unread", "all", "--json")
        assert added.code == 0, added.err
    return call
