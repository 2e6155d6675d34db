"""The seal refuses the network; tried in other processes, as it cannot be taken off again."""

from __future__ import annotations

import subprocess
import sys

import pytest

from companion.sealing import PROGRAMS

TRY = """
import os, socket, subprocess, sys
from companion.errors import PrivacyRefusal
from companion.sealing import is_sealed, lift_seal, seal_network
seal_network(); seal_network()
assert is_sealed()
{body}
"""


def run_sealed(body: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", TRY.format(body=body)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket()",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.getaddrinfo('localhost', 80)",
        "socket.gethostbyname('localhost')",
        "socket.getnameinfo(('127.0.0.1', 9), 0)",
        "__import__('urllib.request').request.urlopen('http://127.0.0.1:9/')",
        "subprocess.run(['curl', '--version'])",
        "subprocess.run(['/bin/sh', '-c', 'true'])",
        "subprocess.run('true', shell=True)",
        "subprocess.run([sys.executable, '-c', ''])",
        "subprocess.run([sys.executable, '-m', 'http.server'])",
        "subprocess.run([sys.executable, '-m'])",
        "os.system('true')",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
        "os.execv(sys.executable, [sys.executable, '-m', 'pip'])",
        "__import__('webbrowser').GenericBrowser('true').open('http://127.0.0.1:9/')",
        "__import__('pty').spawn(['true'])",
    ],
)
def test_every_way_out_is_refused(attempt: str) -> None:
    done = run_sealed(f"try:\n    {attempt}\nexcept PrivacyRefusal:\n    print('refused')")
    assert done.stdout == "refused\n", done.stderr


def test_local_sockets_work() -> None:
    done = run_sealed("a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1))")
    assert done.stdout == "b'x'\n", done.stderr


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_the_programs_that_are_needed_may_run(program: str) -> None:
    body = f"try:\n    subprocess.run([{program!r}], capture_output=True, timeout=9, env={{}})\n"
    done = run_sealed(body + "except (FileNotFoundError, subprocess.TimeoutExpired):\n    pass")
    assert done.returncode == 0, done.stderr


def test_a_process_of_ours_may_start() -> None:
    body = (
        "print(subprocess.run([sys.executable, '-P', '-m', 'companion', '--version']).returncode)"
    )
    done = run_sealed(body)
    assert done.stdout.endswith("0\n"), done.stderr


def test_a_child_without_a_program_of_its_own_stays_sealed() -> None:
    body = (
        "if os.fork() == 0:\n"
        "    try:\n        socket.socket()\n"
        "    except PrivacyRefusal:\n        os._exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.wait()[1]))"
    )
    assert run_sealed(body).stdout == "7\n"


def test_the_seal_is_lifted_inside_the_block_alone() -> None:
    body = (
        "with lift_seal():\n    socket.socket().close()\n"
        "try:\n    socket.socket()\nexcept PrivacyRefusal:\n    print('refused again')"
    )
    done = run_sealed(body)
    assert done.stdout == "refused again\n", done.stderr
