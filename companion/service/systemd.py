"""The daemon as a systemd user service: its unit, which locks it in, and systemctl."""

from __future__ import annotations

from pathlib import Path

from companion.service.interface import Service, ServiceState

UNIT = "companion.service"

_TEMPLATE = """\
# Written by `companion service install`, which writes it anew: put changes of yours into
# `systemctl --user edit companion`.

[Unit]
Description=Companion, summaries of your messengers made on this machine
# What fails again and again is left alone, to be looked at.
StartLimitIntervalSec=1h
StartLimitBurst=5

[Service]
# Ready when the archive is open and the stores are watched.
Type=notify
ExecStart={command}
{environ}
# Starting may migrate a large archive; whatever it does, it may be ended at any instant.
TimeoutStartSec=15min
TimeoutStopSec=30s
# The daemon gives its signs of life for as long as its threads get somewhere.
WatchdogSec=5min
Restart=on-failure
RestartSec=30s
# Wrong usage and refusals for privacy do not mend themselves.
RestartPreventExitStatus=2 3

# Behind everything else: the setting `nice` at the time of the installation, ...
Nice={nice}
# ... the disk when nobody else wants it, ...
IOSchedulingClass=idle
# ... a processor that others may take away, ...
CPUWeight=20
# ... and the first to go where memory is short.
OOMScoreAdjust=500
# The model's process can go alone: the daemon lives on and tries that conversation later.
OOMPolicy=continue
# A model fits in with room to spare; a leak does not take the machine with it.
MemoryHigh=3G
MemoryMax=4G

# Files are the owner's alone, and a crash leaves no messages on the disk.
UMask=0077
LimitCORE=0

# What follows needs a user namespace of its own where no administrator starts the service.
PrivateUsers=yes
# No network: no interface but a dead loopback, no socket but those of the file system, and no
# packet even through one that was handed in.
PrivateNetwork=yes
RestrictAddressFamilies=AF_UNIX
IPAddressDeny=any
# The whole file system is read-only, the stores of the messengers too ...
ProtectSystem=strict
ProtectHome=read-only
# ... but for the folders of Companion.
{folders}
# Temporary files are seen by nobody else, and go with the service.
PrivateTmp=yes
# No devices but the likes of /dev/null.
PrivateDevices=yes
# Other people's processes are not to be seen.
ProtectProc=invisible
# The kernel's knobs, modules, log, clock, name and groups of processes are not ours to change.
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes

# No program that is started can gain rights, be it by a set-user-id file or a new namespace.
NoNewPrivileges=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
# A daemon that works in the background has no use for real-time scheduling ...
RestrictRealtime=yes
# ... nor for disguising itself as another kind of machine.
LockPersonality=yes
SystemCallArchitectures=native
# What an ordinary service calls, and nothing for administrators, debuggers or old programs.
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @obsolete
# Refused calls fail instead of killing the daemon.
SystemCallErrorNumber=EPERM

[Install]
WantedBy=default.target
"""
"""MemoryDenyWriteExecute is left out: oneDNN, which CTranslate2 computes with on some processors,
makes its machine code at run time, though the default model did run with it where it was tried."""

_ANSWERS = frozenset({"initializing", "starting", "running", "degraded", "maintenance"})
"""What `systemctl is-system-running` says of a manager that takes orders."""

_STATES: dict[str, ServiceState] = {
    "active": "running",
    "reloading": "running",
    "activating": "starting",
    "deactivating": "stopped",
    "inactive": "stopped",
    "failed": "failed",
}


class SystemdService(Service):
    """A unit of the user's own systemd."""

    manager = "systemd"

    def compose(self) -> str:
        environ = "\n".join(
            f"Environment={quote(f'{name}={value}')}" for name, value in self._start.environ.items()
        )
        # "-": one that is missing is the program's to complain about, in words.
        folders = "\n".join(
            f"ReadWritePaths={quote(f'-{folder}')}" for folder in self._start.folders
        )
        return _TEMPLATE.format(
            # In commands alone, "$" begins a variable.
            command=" ".join(quote(word).replace("$", "$$") for word in self._start.command),
            environ=environ,
            folders=folders,
            nice=self._start.nice,
        )

    def install(self) -> tuple[str, ...]:
        self._write_file()
        commands = (
            ("systemctl", "--user", "daemon-reload"),
            ("systemctl", "--user", "enable", UNIT),
            # Not "enable --now": one that runs already is to take the new unit.
            ("systemctl", "--user", "restart", UNIT),
        )
        if not self._is_answering():
            return tuple(" ".join(command) for command in commands)
        for command in commands:
            self._call(*command)
        return ()

    def uninstall(self) -> bool:
        if not self.file.exists():
            return False
        if self._is_answering():
            self._call("systemctl", "--user", "disable", "--now", UNIT)
        self.file.unlink()
        if self._is_answering():
            self._call("systemctl", "--user", "daemon-reload")
        return True

    def _ask_state(self) -> ServiceState:
        shown = self._run(("systemctl", "--user", "show", "--property=ActiveState", UNIT))
        return _STATES.get(shown.out.strip().removeprefix("ActiveState="), "unknown")

    def _is_answering(self) -> bool:
        words = self._run(("systemctl", "--user", "is-system-running")).out.split()
        return bool(words) and words[-1] in _ANSWERS


def find_unit_file(config_home: Path) -> Path:
    """Where the user's units are kept, below `$XDG_CONFIG_HOME`."""
    return config_home / "systemd" / "user" / UNIT


def quote(word: str) -> str:
    """A word as unit files want it: in quotes, and nothing in it means anything special."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain.replace("%", "%%")}"'
