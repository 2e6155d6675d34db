"""Each platform gets its own manager, and one without any a next step."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from companion.paths import Paths
from companion.service.choosing import choose_service
from companion.service.interface import Outcome, ServiceFailed, plan_start, run_program


def run_nothing(_: object) -> Outcome:
    return Outcome(1, "")


@pytest.mark.parametrize(
    ("platform", "tools", "manager"),
    [("darwin", (), "launchd"), ("linux", ("systemctl",), "systemd")],
)
def test_the_platform_has_its_manager(
    paths: Paths,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    tools: tuple[str, ...],
    manager: str,
) -> None:
    for name in tools:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    service = choose_service(paths, 10, platform=platform, run=run_nothing)
    assert service.manager == manager
    assert service.file.is_relative_to(tmp_path)


def test_a_platform_with_neither_is_told_what_to_do(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceFailed, match="companion run"):
        choose_service(paths, 10, platform="linux")


def test_the_service_starts_this_python_with_this_home(paths: Paths) -> None:
    start = plan_start(paths, 10, {"COMPANION_HOME": "/home/x", "LANG": "ko_KR.UTF-8", "PS1": "$"})
    assert start.command == (sys.executable, "-P", "-m", "companion", "run")
    assert start.environ == {"COMPANION_HOME": "/home/x", "LANG": "ko_KR.UTF-8"}
    assert start.folders == (paths.data, paths.cache, paths.state)


def test_a_program_that_is_not_there_is_an_outcome() -> None:
    assert run_program(("companion-no-such-program",)).code == 127
    assert run_program((sys.executable, "-c", "print('한')")) == Outcome(0, "한\n")
