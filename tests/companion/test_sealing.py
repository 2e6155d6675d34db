"""The seal refuses the network; tried in other processes, as it cannot be taken off again."""

from __future__ import annotations

import subprocess
import sys

import pytest

TRY = """
import socket
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
        "__import__('urllib.request').request.urlopen('http://127.0.0.1:9/')",
    ],
)
def test_every_way_out_is_refused(attempt: str) -> None:
    done = run_sealed(f"try:\n    {attempt}\nexcept PrivacyRefusal:\n    print('refused')")
    assert done.stdout == "refused\n", done.stderr


def test_local_sockets_work() -> None:
    done = run_sealed("a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1))")
    assert done.stdout == "b'x'\n", done.stderr


def test_the_seal_is_lifted_inside_the_block_alone() -> None:
    body = (
        "with lift_seal():\n    socket.socket().close()\n"
        "try:\n    socket.socket()\nexcept PrivacyRefusal:\n    print('refused again')"
    )
    done = run_sealed(body)
    assert done.stdout == "refused again\n", done.stderr
