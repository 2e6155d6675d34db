"""Finds the service manager of this platform."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from companion.paths import Paths
from companion.service.interface import RunProgram, Service, ServiceFailed, plan_start, run_program
from companion.service.launchd import LaunchdService, find_agent_file
from companion.service.systemd import SystemdService, find_unit_file


def choose_service(
    paths: Paths, nice: int, *, platform: str = sys.platform, run: RunProgram = run_program
) -> Service:
    """The daemon of this home as a service; raises `ServiceFailed` where nothing could run it."""
    start = plan_start(paths, nice)
    if platform == "darwin":
        return LaunchdService(find_agent_file(Path.home()), start, run)
    if shutil.which("systemctl") is not None:
        config_home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        return SystemdService(find_unit_file(Path(config_home)), start, run)
    raise ServiceFailed(
        "neither systemd nor launchd is on this machine",
        next_step="let whatever starts your programs start `companion run`",
    )
